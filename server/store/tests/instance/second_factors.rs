//! The second factor: turned on, asked at sign-in, each code once, lost, removed; and proving again who one is.

use crate::as_whom::{Admin, Engineer, PASSWORD, address};
use chrono::Utc;
use domain::access::{Action, Actor, FactorState, RECOVERY_CODES};
use domain::field::Problem;
use domain::identity::Refusal;
use store::access::{self, Half};
use store::{Db, Error, Rule, Vault, rotate};
use totp_rs::{Builder, Secret, Totp};

const NETWORK: &str = "127.0.0.1";

fn vault(keys: &[&str]) -> Vault {
    let keys: Vec<String> = keys.iter().map(|key| key.repeat(32)).collect();
    Vault::from_text(&keys.join(",")).unwrap()
}

fn rule<T: std::fmt::Debug>(answer: Result<T, Error>) -> Rule {
    match answer {
        Err(Error::Rule(rule)) => rule,
        other => panic!("no rule refused it: {other:?}"),
    }
}

fn problem<T: std::fmt::Debug>(answer: Result<T, Error>, field: &str) -> Problem {
    match answer {
        Err(Error::Invalid(errors)) => errors.get(field).cloned().unwrap_or_else(|| panic!("{errors:?}")),
        other => panic!("nothing is invalid: {other:?}"),
    }
}

/// What a person has on their phone.
struct Authenticator(Totp);

impl Authenticator {
    fn of(key: &str) -> Authenticator {
        let key = Secret::try_from_base32(key).unwrap();
        Authenticator(Builder::new().with_secret(key).build().unwrap())
    }

    /// The code of so many steps from now.
    fn code(&self, steps: i64) -> String {
        let at = u64::try_from(Utc::now().timestamp() + steps * 30).unwrap();
        self.0.generate(at).to_string()
    }
}

/// Begins, and gives the key to an authenticator.
async fn begin(db: &Db, who: &Actor, vault: &Vault) -> Authenticator {
    access::begin_factor(db, who, vault, PASSWORD).await.unwrap();
    match access::own_factor(db, who, vault).await.unwrap().state {
        FactorState::Begun(enrolment) => Authenticator::of(&enrolment.key),
        other => panic!("not begun: {other:?}"),
    }
}

/// Somebody with a second factor, as if it were turned on a while ago; and the recovery codes.
async fn turned_on(db: &Db, who: &Actor, vault: &Vault) -> (Authenticator, Vec<String>) {
    let authenticator = begin(db, who, vault).await;
    let codes = access::confirm_factor(db, who, vault, &authenticator.code(0))
        .await
        .unwrap();
    time_passes(db).await;
    (authenticator, codes)
}

/// Codes of now were not used yet.
async fn time_passes(db: &Db) {
    sqlx::query("update second_factor set last_step = 0")
        .execute(db)
        .await
        .unwrap();
}

/// After the right password.
async fn half(db: &Db, email: &str) -> Half {
    match rule(access::sign_in(db, email, PASSWORD, NETWORK).await) {
        Rule::CodeNeeded(half) => half,
        other => panic!("no code is needed: {other:?}"),
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_first_code_turns_it_on_and_the_next_one_signs_in(db: Db) {
    let (admin, vault) = (Admin::sets_up(&db).await, vault(&["0a"]));
    assert_eq!(
        problem(access::begin_factor(&db, &admin, &vault, "guess").await, "password"),
        Problem::Mismatch
    );
    let first = begin(&db, &admin, &vault).await;
    // Begun, it asks nobody for anything yet.
    access::sign_in(&db, &address("Ada"), PASSWORD, NETWORK).await.unwrap();
    let authenticator = begin(&db, &admin, &vault).await;
    for wrong in [
        authenticator.code(-3),
        authenticator.code(3),
        first.code(0),
        String::new(),
        "abcdef".into(),
    ] {
        assert_eq!(
            problem(access::confirm_factor(&db, &admin, &vault, &wrong).await, "code"),
            Problem::Mismatch
        );
    }
    let code = authenticator.code(0);
    let codes = access::confirm_factor(&db, &admin, &vault, &code).await.unwrap();
    assert_eq!(codes.len(), RECOVERY_CODES);
    let kept: String = sqlx::query_scalar("select string_agg(r::text, ' ') from recovery_code r")
        .fetch_one(&db)
        .await
        .unwrap();
    for code in &codes {
        let plain = code.replace('-', "");
        assert!(
            !kept.contains(&plain) && !kept.contains(&hex::encode(plain)),
            "{code} is kept"
        );
    }
    let own = access::own_factor(&db, &admin, &vault).await.unwrap();
    assert!(matches!(own.state, FactorState::On { left: 10, .. }), "{own:?}");
    assert_eq!(
        rule(access::begin_factor(&db, &admin, &vault, PASSWORD).await),
        Rule::NothingToDo
    );

    let half = half(&db, &address("Ada")).await;
    let with = |code: String| {
        let (db, vault) = (db.clone(), vault.clone());
        async move { access::enter_code(&db, &vault, half, &code, NETWORK).await }
    };
    assert_eq!(
        problem(with(code).await, "code"),
        Problem::Mismatch,
        "it was used to turn it on"
    );
    assert_eq!(with(authenticator.code(1)).await.unwrap(), admin.id);
    let signed_in: i64 = sqlx::query_scalar("select count(*) from event where body ->> 'event' = 'signed_in'")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(signed_in, 2, "the password alone is no sign-in");
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_step_each_way_is_accepted_and_each_code_once(db: Db) {
    let (admin, vault) = (Admin::sets_up(&db).await, vault(&["0a"]));
    let (authenticator, _) = turned_on(&db, &admin, &vault).await;
    let half = half(&db, &address("Ada")).await;
    for far in [-3, 3, 10] {
        let answer = access::enter_code(&db, &vault, half, &authenticator.code(far), NETWORK).await;
        assert_eq!(problem(answer, "code"), Problem::Mismatch, "{far} steps away");
    }
    let now = authenticator.code(0);
    let spaced = format!(" {} {} ", &now[..3], &now[3..]);
    access::enter_code(&db, &vault, half, &spaced, NETWORK).await.unwrap();
    let again = access::enter_code(&db, &vault, half, &now, NETWORK).await;
    assert_eq!(problem(again, "code"), Problem::Mismatch);
    let earlier = access::enter_code(&db, &vault, half, &authenticator.code(-1), NETWORK).await;
    assert_eq!(problem(earlier, "code"), Problem::Mismatch, "none before it either");
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_who_bring_one_code_at_once_one_comes_in(db: Db) {
    let (admin, vault) = (Admin::sets_up(&db).await, vault(&["0a"]));
    let (authenticator, codes) = turned_on(&db, &admin, &vault).await;
    let half = half(&db, &address("Ada")).await;
    for code in [authenticator.code(0), codes[3].clone()] {
        let (one, other) = tokio::join!(
            access::enter_code(&db, &vault, half, &code, NETWORK),
            access::enter_code(&db, &vault, half, &code, NETWORK),
        );
        let (done, refused) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(done.unwrap(), admin.id);
        assert_eq!(problem(refused, "code"), Problem::Mismatch);
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_recovery_code_works_once_for_its_person_until_new_ones_are_made(db: Db) {
    let (admin, vault) = (Admin::sets_up(&db).await, vault(&["0a"]));
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let (_, codes) = turned_on(&db, &admin, &vault).await;
    turned_on(&db, &eve, &vault).await;
    let (ada, of_eve) = (half(&db, &address("Ada")).await, half(&db, &address("Eve")).await);
    let foreign = access::enter_code(&db, &vault, of_eve, &codes[0], NETWORK).await;
    assert_eq!(problem(foreign, "code"), Problem::Mismatch);
    let typed = codes[0].to_uppercase().replace('-', " ");
    access::enter_code(&db, &vault, ada, &typed, NETWORK).await.unwrap();
    let again = access::enter_code(&db, &vault, ada, &codes[0], NETWORK).await;
    assert_eq!(problem(again, "code"), Problem::Mismatch);
    let own = access::own_factor(&db, &admin, &vault).await.unwrap();
    assert!(matches!(own.state, FactorState::On { left: 9, .. }), "{own:?}");

    let answer = access::renew_recovery_codes(&db, &admin, &vault, "guess").await;
    assert_eq!(problem(answer, "password_or_code"), Problem::Mismatch);
    let new = access::renew_recovery_codes(&db, &admin, &vault, PASSWORD)
        .await
        .unwrap();
    let old = access::enter_code(&db, &vault, ada, &codes[1], NETWORK).await;
    assert_eq!(problem(old, "code"), Problem::Mismatch);
    access::enter_code(&db, &vault, ada, &new[1], NETWORK).await.unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn guessing_codes_is_limited_even_for_the_right_one(db: Db) {
    let (admin, vault) = (Admin::sets_up(&db).await, vault(&["0a"]));
    let (authenticator, codes) = turned_on(&db, &admin, &vault).await;
    let half = half(&db, &address("Ada")).await;
    for n in 0..10 {
        let answer = access::enter_code(&db, &vault, half, "00000000", &format!("network {n}")).await;
        assert_eq!(problem(answer, "code"), Problem::Mismatch);
    }
    for right in [authenticator.code(0), codes[0].clone()] {
        let answer = access::enter_code(&db, &vault, half, &right, "another network").await;
        assert!(matches!(rule(answer), Rule::TooManyAttempts { .. }));
    }
    sqlx::query("update sign_in_failure set at = at - interval '15 minutes'")
        .execute(&db)
        .await
        .unwrap();
    access::enter_code(&db, &vault, half, &codes[0], NETWORK).await.unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_was_begun_is_void_once_the_account_changed(db: Db) {
    let (admin, vault) = (Admin::sets_up(&db).await, vault(&["0a"]));
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let (authenticator, codes) = turned_on(&db, &eve, &vault).await;
    let stale = |answer: Result<_, Error>| assert_eq!(rule(answer), Rule::Identity(Refusal::Stale));
    let begun = half(&db, &address("Eve")).await;
    access::change_password(&db, &eve, PASSWORD, "a quite different sentence", None)
        .await
        .unwrap();
    stale(access::enter_code(&db, &vault, begun, &authenticator.code(0), NETWORK).await);
    access::change_password(&db, &eve, "a quite different sentence", PASSWORD, None)
        .await
        .unwrap();
    let begun = half(&db, &address("Eve")).await;
    access::set_active(&db, &admin, eve.id, false).await.unwrap();
    stale(access::enter_code(&db, &vault, begun, &codes[0], NETWORK).await);
    // Nobody with a second factor at all.
    let nobody = Half {
        person: admin.id,
        row_version: 1,
    };
    stale(access::enter_code(&db, &vault, nobody, &codes[0], NETWORK).await);
}

#[sqlx::test(migrations = "../../migrations")]
async fn it_is_turned_off_by_who_proves_it_or_by_an_administrator(db: Db) {
    let (admin, vault) = (Admin::sets_up(&db).await, vault(&["0a"]));
    let eve = Engineer::join(&db, &admin, "Eve").await;
    assert!(matches!(
        access::turn_factor_off(&db, &eve, &vault, PASSWORD).await,
        Err(Error::NotFound)
    ));
    let (authenticator, _) = turned_on(&db, &eve, &vault).await;
    for wrong in ["", "guess", &authenticator.code(5)] {
        let answer = access::turn_factor_off(&db, &eve, &vault, wrong).await;
        assert_eq!(problem(answer, "password_or_code"), Problem::Mismatch, "{wrong}");
    }
    access::turn_factor_off(&db, &eve, &vault, &authenticator.code(0))
        .await
        .unwrap();
    access::sign_in(&db, &address("Eve"), PASSWORD, NETWORK).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from recovery_code")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(left, 0);
    turned_on(&db, &eve, &vault).await;
    access::turn_factor_off(&db, &eve, &vault, PASSWORD).await.unwrap();

    turned_on(&db, &eve, &vault).await;
    for answer in [
        access::remove_factor(&db, &eve, eve.id).await.err(),
        access::who_has_factors(&db, &eve).await.err(),
    ] {
        assert!(
            matches!(answer, Some(Error::Denied(denied)) if denied.action == Action::ManagePeople),
            "{answer:?}"
        );
    }
    assert_eq!(access::who_has_factors(&db, &admin).await.unwrap(), [eve.id]);
    access::remove_factor(&db, &admin, eve.id).await.unwrap();
    let told = store::notice::page(&db, &eve, None).await.unwrap();
    assert_eq!(told.told[0].notice.what, domain::notice::What::SecondFactorRemoved);
    assert!(access::who_has_factors(&db, &admin).await.unwrap().is_empty());
    access::sign_in(&db, &address("Eve"), PASSWORD, NETWORK).await.unwrap();
    assert!(matches!(
        access::remove_factor(&db, &admin, eve.id).await,
        Err(Error::NotFound)
    ));
    turned_on(&db, &admin, &vault).await;
    assert_eq!(
        rule(access::remove_factor(&db, &admin, admin.id).await),
        Rule::NothingToDo,
        "one's own needs a proof"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_key_is_sealed_for_its_person_and_sealed_anew(db: Db) {
    let (admin, old) = (Admin::sets_up(&db).await, vault(&["0a"]));
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let (authenticator, _) = turned_on(&db, &admin, &old).await;
    turned_on(&db, &eve, &old).await;
    let sealed: Vec<u8> = sqlx::query_scalar("select secret_sealed from second_factor where person_id = $1")
        .bind(admin.id.0)
        .fetch_one(&db)
        .await
        .unwrap();
    let key = authenticator.0.secret().as_ref();
    assert!(!sealed.windows(key.len()).any(|part| part == key));
    let done = rotate(&db, &vault(&["0b", "0a"])).await.unwrap();
    assert!(done.contains(&("keys of second factors", 2)), "{done:?}");
    let new = vault(&["0b"]);
    let half = half(&db, &address("Ada")).await;
    access::enter_code(&db, &new, half, &authenticator.code(0), NETWORK)
        .await
        .unwrap();
    // Another person's key is of no use: what it was sealed for is bound in.
    sqlx::query(
        "update second_factor set secret_sealed = (select secret_sealed from second_factor where person_id = $2) where person_id = $1",
    )
    .bind(admin.id.0)
    .bind(eve.id.0)
    .execute(&db)
    .await
    .unwrap();
    let answer = access::enter_code(&db, &new, half, &authenticator.code(1), NETWORK).await;
    assert!(matches!(answer, Err(Error::Vault(_))), "{answer:?}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn who_proves_again_brings_the_password_and_a_code_where_there_is_one(db: Db) {
    let (admin, vault) = (Admin::sets_up(&db).await, vault(&["0a"]));
    let prove = |password: &'static str, code: String| {
        let (db, vault, admin) = (db.clone(), vault.clone(), (*admin).clone());
        async move { access::prove(&db, &vault, &admin, password, &code).await }
    };
    assert_eq!(problem(prove("", String::new()).await, "password"), Problem::Missing);
    assert_eq!(
        problem(prove("guess", String::new()).await, "password"),
        Problem::Mismatch
    );
    prove(PASSWORD, String::new()).await.unwrap();
    let (authenticator, codes) = turned_on(&db, &admin, &vault).await;
    assert!(access::ways_to_prove(&db, &admin).await.unwrap().code);
    assert_eq!(problem(prove(PASSWORD, String::new()).await, "code"), Problem::Missing);
    assert_eq!(
        problem(prove(PASSWORD, authenticator.code(4)).await, "code"),
        Problem::Mismatch
    );
    let code = authenticator.code(0);
    assert_eq!(
        problem(prove("guess", code.clone()).await, "password"),
        Problem::Mismatch,
        "a wrong password uses no code up"
    );
    prove(PASSWORD, code.clone()).await.unwrap();
    assert_eq!(problem(prove(PASSWORD, code).await, "code"), Problem::Mismatch);
    prove(PASSWORD, codes[0].clone()).await.unwrap();
    let proved: i64 = sqlx::query_scalar("select count(*) from event where body ->> 'event' = 'proved_again'")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(proved, 3);
}
