//! The door's switches: what may be switched off, who still comes in, and the way in for who stands at the machine.

use crate::as_whom::{Admin, Engineer, PASSWORD, address};
use domain::access::{Actor, Role};
use domain::id::PersonId;
use domain::identity::{Asserted, Needed, ProviderForm, ProviderKind, Refusal};
use store::access::Wish;
use store::{Db, Error, Rule, Vault, access};

const NEW: &str = "a new long password";

fn vault() -> Vault {
    Vault::from_text(&"0f".repeat(32)).unwrap()
}

fn issuer(slug: &str) -> String {
    format!("https://{slug}.example.com")
}

fn form(slug: &str) -> ProviderForm {
    ProviderForm {
        slug: slug.into(),
        issuer: issuer(slug),
        client_id: "slipway".into(),
        client_secret: "a client secret".into(),
        ..ProviderForm::new(ProviderKind::Oidc)
    }
}

async fn provider(db: &Db, admin: &Actor, slug: &str) {
    access::save_provider(db, admin, &vault(), &form(slug)).await.unwrap();
}

fn asserted(slug: &str, subject: &str) -> Asserted {
    Asserted {
        issuer: issuer(slug),
        subject: subject.into(),
        email: None,
        email_verified: false,
        name: Some("Somebody".into()),
        groups: Vec::new(),
        groups_left_out: false,
    }
}

async fn link(db: &Db, slug: &str, person: PersonId) {
    let who = asserted(slug, &person.to_string());
    access::enter(db, slug, &who, Wish::Link(person)).await.unwrap();
}

async fn comes_in_by(db: &Db, slug: &str, person: PersonId) {
    let who = asserted(slug, &person.to_string());
    let found = access::enter(db, slug, &who, Wish::SignIn).await.unwrap();
    assert_eq!(found, person);
}

fn rule<T: std::fmt::Debug>(answer: Result<T, Error>) -> Rule {
    match answer {
        Err(Error::Rule(rule)) => rule,
        other => panic!("no rule refused it: {other:?}"),
    }
}

/// An instance without passwords, and its administrator, who comes in by `company`.
async fn without_passwords(db: &Db) -> Admin {
    let admin = Admin::sets_up(db).await;
    provider(db, &admin, "company").await;
    link(db, "company", admin.id).await;
    access::switch_passwords(db, &admin, false).await.unwrap();
    admin
}

#[sqlx::test(migrations = "../../migrations")]
async fn passwords_stay_until_who_switches_them_off_comes_in_without(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let off = |actor: Actor| {
        let db = db.clone();
        async move { access::switch_passwords(&db, &actor, false).await }
    };
    assert!(matches!(off((*eve).clone()).await, Err(Error::Denied(_))));
    assert_eq!(rule(off((*admin).clone()).await), Rule::Needed(Needed::NoProvider));
    provider(&db, &admin, "company").await;
    assert_eq!(rule(off((*admin).clone()).await), Rule::Needed(Needed::Yourself));
    link(&db, "company", admin.id).await;
    access::switch_provider(&db, &admin, "company", false).await.unwrap();
    assert_eq!(rule(off((*admin).clone()).await), Rule::Needed(Needed::NoProvider));
    access::switch_provider(&db, &admin, "company", true).await.unwrap();

    // Another administrator's link is of no use to who switches.
    access::change_role(&db, &admin, eve.id, Role::Admin).await.unwrap();
    let eve = access::actor(&db, eve.id).await.unwrap().unwrap();
    assert_eq!(rule(off(eve.clone()).await), Rule::Needed(Needed::Yourself));
    assert!(access::standing(&db, &eve).await.unwrap().passwords);
    off((*admin).clone()).await.unwrap();
    assert_eq!(rule(off((*admin).clone()).await), Rule::NothingToDo);
    assert!(!access::ways(&db).await.unwrap().passwords);
    access::switch_passwords(&db, &eve, true).await.unwrap();
    access::sign_in(&db, &address("Ada"), PASSWORD, "a").await.unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn without_passwords_nothing_is_done_by_one(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    store::mail::announce(&db, true).await.unwrap();
    let link_before = access::reset_at_console(&db, &address("Eve"), false)
        .await
        .unwrap()
        .token;
    provider(&db, &admin, "company").await;
    link(&db, "company", admin.id).await;
    access::switch_passwords(&db, &admin, false).await.unwrap();

    let off = Rule::PasswordsOff;
    assert_eq!(rule(access::sign_in(&db, &address("Ada"), PASSWORD, "a").await), off);
    assert_eq!(
        rule(access::sign_in(&db, &address("Ada"), "wrong", "a").await),
        off,
        "nothing is told"
    );
    assert_eq!(rule(access::forgot(&db, &vault(), &address("Eve"), "a").await), off);
    assert_eq!(rule(access::reset_works(&db, &link_before).await), off);
    assert_eq!(rule(access::reset_password(&db, &link_before, NEW).await), off);
    assert_eq!(rule(access::change_password(&db, &eve, PASSWORD, NEW, None).await), off);
    let token = access::invite(&db, &admin, "kim@example.com", Role::Support)
        .await
        .unwrap();
    assert_eq!(rule(access::accept_invitation(&db, &token, "Kim", PASSWORD).await), off);
    let id = access::invitation(&db, &token).await.unwrap().id;
    let kim = access::enter(&db, "company", &asserted("company", "kim"), Wish::Accept(id))
        .await
        .unwrap();
    assert_eq!(access::actor(&db, kim).await.unwrap().unwrap().role, Role::Support);
    comes_in_by(&db, "company", admin.id).await;
    assert!(
        access::me(&db, eve.id).await.unwrap().is_some(),
        "who is inside stays inside"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_last_way_in_of_all_administrators_stays(db: Db) {
    let admin = without_passwords(&db).await;
    let needed = Rule::Needed(Needed::Nobody);
    let off = |slug: &'static str| access::switch_provider(&db, &admin, slug, false);
    assert_eq!(rule(off("company").await), needed);
    assert_eq!(
        rule(access::remove_provider(&db, &admin, "company", "company").await),
        needed
    );
    let elsewhere = ProviderForm {
        issuer: "https://elsewhere.example.com".into(),
        row_version: 1,
        ..form("company")
    };
    let moved = access::save_provider(&db, &admin, &vault(), &elsewhere).await;
    assert_eq!(rule(moved), needed, "with another issuer nobody would be known");
    let renamed = ProviderForm {
        name: "Our company".into(),
        row_version: 1,
        ..form("company")
    };
    access::save_provider(&db, &admin, &vault(), &renamed).await.unwrap();

    let own = access::identities(&db, &admin).await.unwrap()[0].id;
    assert_eq!(
        rule(access::unlink(&db, &admin, own).await),
        Rule::LastWayIn,
        "a password opens nothing"
    );

    // A second one that nobody is linked to changes nothing.
    provider(&db, &admin, "github").await;
    assert_eq!(rule(off("company").await), needed);
    access::switch_provider(&db, &admin, "github", false).await.unwrap();
    access::switch_provider(&db, &admin, "github", true).await.unwrap();
    link(&db, "github", admin.id).await;
    off("company").await.unwrap();
    assert_eq!(rule(off("github").await), needed);
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_administrator_who_comes_in_is_left(db: Db) {
    let admin = without_passwords(&db).await;
    let id = access::invite(&db, &admin, "kim@example.com", Role::Admin)
        .await
        .unwrap();
    let id = access::invitation(&db, &id).await.unwrap().id;
    let kim = access::enter(&db, "company", &asserted("company", "kim"), Wish::Accept(id))
        .await
        .unwrap();
    let as_kim = access::actor(&db, kim).await.unwrap().unwrap();
    let own = access::identities(&db, &admin).await.unwrap()[0].id;
    // Two administrators, one of whom has nothing but a password.
    sqlx::query("delete from identity where id = $1")
        .bind(own.0)
        .execute(&db)
        .await
        .unwrap();
    let needed = Rule::Needed(Needed::Nobody);
    assert_eq!(rule(access::change_role(&db, &admin, kim, Role::Viewer).await), needed);
    assert_eq!(rule(access::set_active(&db, &admin, kim, false).await), needed);
    access::change_role(&db, &as_kim, admin.id, Role::Viewer).await.unwrap();
    assert_eq!(
        rule(access::change_role(&db, &as_kim, kim, Role::Viewer).await),
        Rule::LastAdmin
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_who_switch_at_once_one_does(db: Db) {
    let admin = Admin::sets_up(&db).await;
    provider(&db, &admin, "company").await;
    link(&db, "company", admin.id).await;
    for on in [false, true].repeat(5) {
        let (one, other) = tokio::join!(
            access::switch_passwords(&db, &admin, on),
            access::switch_passwords(&db, &admin, on)
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        assert_eq!(rule(one.and(other)), Rule::NothingToDo);
        assert_eq!(access::ways(&db).await.unwrap().passwords, on);
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn passwords_and_the_last_provider_never_go_together(db: Db) {
    let admin = Admin::sets_up(&db).await;
    provider(&db, &admin, "company").await;
    link(&db, "company", admin.id).await;
    for _ in 0..10 {
        let (passwords, provider) = tokio::join!(
            access::switch_passwords(&db, &admin, false),
            access::switch_provider(&db, &admin, "company", false)
        );
        assert!(passwords.is_ok() != provider.is_ok(), "{passwords:?} {provider:?}");
        let door = access::standing(&db, &admin).await.unwrap();
        assert!(door.somebody_comes_in(), "{door:?}");
        let _ = access::switch_passwords(&db, &admin, true).await;
        let _ = access::switch_provider(&db, &admin, "company", true).await;
    }
    // And nobody unlinks the way in while passwords go.
    let own = access::identities(&db, &admin).await.unwrap()[0].id;
    let (passwords, unlinked) = tokio::join!(
        access::switch_passwords(&db, &admin, false),
        access::unlink(&db, &admin, own)
    );
    assert!(passwords.is_ok() != unlinked.is_ok(), "{passwords:?} {unlinked:?}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_console_gives_a_link_and_lifts_what_locked_out(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    for _ in 0..10 {
        let _ = access::sign_in(&db, &address("Eve"), "a wrong guess", "a").await;
    }
    let locked = access::sign_in(&db, &address("Eve"), PASSWORD, "b").await;
    assert!(matches!(rule(locked), Rule::TooManyAttempts { .. }));
    let first = access::reset_at_console(&db, "EVE@example.com ", false).await.unwrap();
    assert_eq!((first.name.as_str(), first.switched_on), ("Eve", false));
    access::sign_in(&db, &address("Eve"), PASSWORD, "b").await.unwrap();
    let second = access::reset_at_console(&db, &address("Eve"), false).await.unwrap();
    assert_eq!(
        rule(access::reset_works(&db, &first.token).await),
        Rule::ResetEnded,
        "the newest works"
    );
    let row: String = sqlx::query_scalar(
        "select string_agg(s::text, ' ') || string_agg(e::text, ' ') from password_reset s, event e",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert!(!row.contains(&second.token), "{row}");
    let left: f64 = sqlx::query_scalar(
        "select extract(epoch from expires_at - created_at)::float8 from password_reset where used_at is null",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!(left, 1800.0);
    access::reset_password(&db, &second.token, NEW).await.unwrap();
    assert_eq!(access::sign_in(&db, &address("Eve"), NEW, "b").await.unwrap(), eve.id);
    assert_eq!(
        rule(access::reset_password(&db, &second.token, NEW).await),
        Rule::ResetEnded,
        "once"
    );
    let events: i64 = sqlx::query_scalar(
        r#"select count(*) from event where body->>'event' = 'reset_at_console' and by = '"system"' and stream_id = $1"#,
    )
    .bind(eve.id.0)
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!(events, 2);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_console_says_for_whom_it_can_do_nothing(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    access::create_service_account(
        &db,
        &admin,
        "deploy-bot",
        "Deploys, looked after by Ada",
        Role::Engineer,
    )
    .await
    .unwrap();
    for nobody in ["nobody@example.com", "", "deploy-bot"] {
        let answer = access::reset_at_console(&db, nobody, true).await;
        assert!(matches!(answer, Err(Error::NotFound)), "{nobody}: {answer:?}");
    }
    access::set_active(&db, &admin, eve.id, false).await.unwrap();
    let closed = access::reset_at_console(&db, &address("Eve"), true).await;
    assert_eq!(rule(closed), Rule::Identity(Refusal::Deactivated));
    let links: i64 = sqlx::query_scalar("select count(*) from password_reset")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(links, 0);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_console_opens_the_door_when_the_provider_is_lost(db: Db) {
    let admin = without_passwords(&db).await;
    assert_eq!(
        rule(access::reset_at_console(&db, &address("Ada"), false).await),
        Rule::PasswordsOff
    );
    let opened = access::reset_at_console(&db, &address("Ada"), true).await.unwrap();
    assert!(opened.switched_on);
    access::reset_password(&db, &opened.token, NEW).await.unwrap();
    assert_eq!(access::sign_in(&db, &address("Ada"), NEW, "a").await.unwrap(), admin.id);
    access::switch_provider(&db, &admin, "company", false).await.unwrap();
    let again = access::reset_at_console(&db, &address("Ada"), true).await.unwrap();
    assert!(!again.switched_on, "they are on");
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_program_keeps_the_profile_by_its_scope_and_never_the_password(db: Db) {
    use domain::access::{Theme, TokenForm, TokenScope};
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let program = |scopes: Vec<TokenScope>| {
        let (db, eve) = (db.clone(), (*eve).clone());
        async move {
            let form = TokenForm {
                name: "A program".into(),
                scopes,
                days: 30,
            };
            let secret = access::make_token(&db, &eve, &form).await.unwrap();
            let (me, used) = access::by_token(&db, &secret, "a").await.unwrap().unwrap();
            Actor {
                token: Some(used),
                ..me.actor()
            }
        }
    };
    let all_but = program(vec![TokenScope::Read, TokenScope::Plan, TokenScope::Deploy]).await;
    let keeps = program(vec![TokenScope::Read, TokenScope::Profile]).await;
    let save = |actor: Actor| {
        let db = db.clone();
        async move { access::save_profile(&db, &actor, "Eve Nilsson", "Europe/Oslo", Theme::Dark).await }
    };
    assert!(matches!(save(all_but.clone()).await, Err(Error::Denied(_))));
    assert!(matches!(
        access::end_others(&db, &all_but, None).await,
        Err(Error::Denied(_))
    ));
    assert!(matches!(
        access::end_session(&db, &all_but, 1).await,
        Err(Error::Denied(_))
    ));
    save(keeps.clone()).await.unwrap();
    assert_eq!(access::end_others(&db, &keeps, None).await.unwrap(), 0);
    let password = access::change_password(&db, &keeps, PASSWORD, NEW, None).await;
    assert!(matches!(password, Err(Error::Denied(_))), "{password:?}");
}
