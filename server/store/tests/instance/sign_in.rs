//! Setting up, signing in, one's own password.

use crate::as_whom::{Admin, Engineer, PASSWORD, address};
use domain::access::{Role, Theme};
use domain::field::Problem;
use store::{Db, Error, Rule, access};

fn rule<T: std::fmt::Debug>(answer: Result<T, Error>) -> Rule {
    match answer {
        Err(Error::Rule(rule)) => rule,
        other => panic!("no rule refused it: {other:?}"),
    }
}

fn problem<T: std::fmt::Debug>(answer: Result<T, Error>, field: &str) -> Problem {
    match answer {
        Err(Error::Invalid(errors)) => errors
            .get(field)
            .cloned()
            .unwrap_or_else(|| panic!("{field} is fine: {errors:?}")),
        other => panic!("nothing is invalid: {other:?}"),
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_code_of_the_last_start_sets_up_once(db: Db) {
    assert!(!access::is_set_up(&db).await.unwrap());
    let old = access::issue_setup_code(&db).await.unwrap().unwrap();
    let code = access::issue_setup_code(&db).await.unwrap().unwrap();
    let with = |code: String, password: &'static str| {
        let db = db.clone();
        async move { access::set_up(&db, &code, "Ada", "ada@example.com", password).await }
    };
    assert_eq!(problem(with(old, PASSWORD).await, "code"), Problem::Mismatch);
    assert_eq!(problem(with(String::new(), PASSWORD).await, "code"), Problem::Missing);
    assert_eq!(
        problem(with(code.clone(), "short").await, "password"),
        Problem::TooShort { least: 12 }
    );
    let id = with(code.clone(), PASSWORD).await.unwrap();
    assert_eq!(access::actor(&db, id).await.unwrap().unwrap().role, Role::Admin);
    assert!(access::is_set_up(&db).await.unwrap());
    assert_eq!(access::issue_setup_code(&db).await.unwrap(), None);
    assert_eq!(rule(with(code, PASSWORD).await), Rule::AlreadySetUp);
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_who_set_up_at_once_one_does(db: Db) {
    let code = access::issue_setup_code(&db).await.unwrap().unwrap();
    let (one, other) = tokio::join!(
        access::set_up(&db, &code, "Ada", "ada@example.com", PASSWORD),
        access::set_up(&db, &code, "Bea", "bea@example.com", PASSWORD),
    );
    let (done, refused) = if one.is_ok() { (one, other) } else { (other, one) };
    done.unwrap();
    assert_eq!(rule(refused), Rule::AlreadySetUp);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_code_is_not_kept(db: Db) {
    let code = access::issue_setup_code(&db).await.unwrap().unwrap();
    let kept: Vec<u8> = sqlx::query_scalar("select setup_code_hash from instance")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_ne!(kept, code.as_bytes());
    assert_eq!(kept.len(), 32);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_person_signs_in_by_address_in_any_case(db: Db) {
    let admin = Admin::sets_up(&db).await;
    assert_eq!(
        access::sign_in(&db, " ADA@example.com ", PASSWORD, "127.0.0.1")
            .await
            .unwrap(),
        admin.id
    );
    access::signed_out(&db, admin.id).await.unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn wrong_unknown_and_inactive_get_one_answer(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    access::set_active(&db, &admin, engineer.id, false).await.unwrap();
    for (email, password) in [
        ("ada@example.com", "not the password"),
        ("nobody@example.com", PASSWORD),
        ("", ""),
        (&address("Eve"), PASSWORD),
    ] {
        assert_eq!(
            rule(access::sign_in(&db, email, password, "127.0.0.1").await),
            Rule::WrongCredentials,
            "{email}"
        );
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn ten_failures_close_an_address_for_a_while_whether_it_exists_or_not(db: Db) {
    let admin = Admin::sets_up(&db).await;
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..10 {
            assert_eq!(
                rule(access::sign_in(&db, email, "wrong", "a").await),
                Rule::WrongCredentials
            );
        }
        match rule(access::sign_in(&db, email, PASSWORD, "another network").await) {
            Rule::TooManyAttempts { retry_after_s } => assert!((1..=900).contains(&retry_after_s), "{retry_after_s}"),
            other => panic!("{other:?}"),
        }
    }
    // Time passes.
    sqlx::query("update sign_in_failure set at = at - interval '15 minutes'")
        .execute(&db)
        .await
        .unwrap();
    assert_eq!(
        access::sign_in(&db, "ada@example.com", PASSWORD, "a").await.unwrap(),
        admin.id
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn guesses_at_once_do_not_slip_through(db: Db) {
    Admin::sets_up(&db).await;
    let guesses = (0..16).map(|_| access::sign_in(&db, "ada@example.com", "wrong", "a"));
    let answers: Vec<Rule> = futures::future::join_all(guesses).await.into_iter().map(rule).collect();
    assert_eq!(
        answers
            .iter()
            .filter(|answer| **answer == Rule::WrongCredentials)
            .count(),
        10
    );
    assert_eq!(
        answers
            .iter()
            .filter(|answer| matches!(answer, Rule::TooManyAttempts { .. }))
            .count(),
        6
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_success_forgives_the_address_but_not_the_network(db: Db) {
    Admin::sets_up(&db).await;
    for _ in 0..9 {
        assert_eq!(
            rule(access::sign_in(&db, "ada@example.com", "wrong", "a").await),
            Rule::WrongCredentials
        );
    }
    access::sign_in(&db, "ada@example.com", PASSWORD, "a").await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from sign_in_failure")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(
        left, 9,
        "the network's nine failures, and nothing of the address or of the success"
    );
    assert_eq!(
        rule(access::sign_in(&db, "ada@example.com", "wrong", "a").await),
        Rule::WrongCredentials
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn fifty_failures_close_a_network(db: Db) {
    let admin = Admin::sets_up(&db).await;
    sqlx::query(
        "insert into sign_in_failure (key_hash)
         select sha256(convert_to(E'network\\n10.0.0.0/24', 'UTF8')) from generate_series(1, $1)",
    )
    .bind(50)
    .execute(&db)
    .await
    .unwrap();
    let (mut closed, mut open) = (0, 0);
    for network in ["10.0.0.0/24", "10.0.1.0/24"] {
        match access::sign_in(&db, "ada@example.com", PASSWORD, network).await {
            Ok(id) => {
                assert_eq!(id, admin.id);
                open += 1;
            }
            Err(Error::Rule(Rule::TooManyAttempts { .. })) => closed += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((closed, open), (1, 1));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_password_is_replaced_by_who_knows_it(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let new = "a quite different sentence";
    assert_eq!(
        problem(
            access::change_password(&db, &admin, "guess", new, None).await,
            "old_password"
        ),
        Problem::Mismatch
    );
    assert_eq!(
        problem(
            access::change_password(&db, &admin, PASSWORD, "x", None).await,
            "new_password"
        ),
        Problem::TooShort { least: 12 }
    );
    access::change_password(&db, &admin, PASSWORD, new, None).await.unwrap();
    assert_eq!(
        rule(access::sign_in(&db, "ada@example.com", PASSWORD, "a").await),
        Rule::WrongCredentials
    );
    assert_eq!(
        access::sign_in(&db, "ada@example.com", new, "a").await.unwrap(),
        admin.id
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn guessing_ones_own_password_is_limited_too(db: Db) {
    let admin = Admin::sets_up(&db).await;
    for _ in 0..10 {
        assert_eq!(
            problem(
                access::change_password(&db, &admin, "guess", "a quite different sentence", None).await,
                "old_password"
            ),
            Problem::Mismatch
        );
    }
    let answer = access::change_password(&db, &admin, PASSWORD, "a quite different sentence", None).await;
    assert!(matches!(rule(answer), Rule::TooManyAttempts { .. }));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_profile_is_ones_own(db: Db) {
    let admin = Admin::sets_up(&db).await;
    assert_eq!(
        problem(
            access::save_profile(&db, &admin, "Ada", "Mars/Olympus", Theme::Dark).await,
            "zone"
        ),
        Problem::Unknown
    );
    access::save_profile(&db, &admin, " Ada L. ", "Europe/Berlin", Theme::Dark)
        .await
        .unwrap();
    let me = access::me(&db, admin.id).await.unwrap().unwrap();
    assert_eq!(
        (me.person.name.as_str(), me.theme, me.zone.name.as_str()),
        ("Ada L.", Theme::Dark, "Europe/Berlin")
    );
    assert!(
        me.zone.offsets.len() > 4,
        "two years before and after now, with summer time"
    );
}
