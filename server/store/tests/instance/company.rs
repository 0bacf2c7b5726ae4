//! Company sign-in: providers, identities, roles by groups; one's own sessions.

use crate::as_whom::{Admin, Engineer, PASSWORD, Viewer, address};
use domain::access::{Actor, Role};
use domain::field::Problem;
use domain::id::PersonId;
use domain::identity::{Asserted, ProviderForm, ProviderKind, Refusal};
use serde_json::json;
use std::collections::HashMap;
use store::access::Wish;
use store::session::{PERSON, Sessions};
use store::{Db, Error, Rule, Vault, access};
use time::{Duration, OffsetDateTime};
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};

const ISSUER: &str = "https://id.example.com";

fn vault() -> Vault {
    Vault::from_text(&"0f".repeat(32)).unwrap()
}

fn form(change: impl FnOnce(&mut ProviderForm)) -> ProviderForm {
    let mut form = ProviderForm {
        slug: "company".into(),
        issuer: ISSUER.into(),
        client_id: "slipway".into(),
        client_secret: "a client secret".into(),
        joins: "true".into(),
        ..ProviderForm::new(ProviderKind::Oidc)
    };
    change(&mut form);
    form
}

async fn provider(db: &Db, admin: &Actor, change: impl FnOnce(&mut ProviderForm)) {
    access::save_provider(db, admin, &vault(), &form(change)).await.unwrap();
}

fn of(subject: &str, email: &str) -> Asserted {
    Asserted {
        issuer: ISSUER.into(),
        subject: subject.into(),
        email: Some(email.into()),
        email_verified: true,
        name: Some("Kim Okafor".into()),
        groups: Vec::new(),
        groups_left_out: false,
    }
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, Error>) -> Refusal {
    match answer {
        Err(Error::Rule(Rule::Identity(refusal))) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

async fn role(db: &Db, person: PersonId) -> Role {
    access::actor(db, person).await.unwrap().unwrap().role
}

async fn sign_in(db: &Db, asserted: &Asserted) -> Result<PersonId, Error> {
    access::enter(db, "company", asserted, Wish::SignIn).await
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_secret_is_sealed_and_stays_when_none_is_given(db: Db) {
    let admin = Admin::sets_up(&db).await;
    provider(&db, &admin, |_| {}).await;
    let row: String = sqlx::query_scalar(
        "select sign_in_provider::text || encode(client_secret_sealed, 'escape') from sign_in_provider",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert!(!row.contains("a client secret"), "{row}");
    let edited = form(|form| {
        form.row_version = 1;
        form.client_secret = String::new();
        form.name = "Our company".into();
    });
    access::save_provider(&db, &admin, &vault(), &edited).await.unwrap();
    let client = access::provider_to_enter(&db, &vault(), "company").await.unwrap();
    assert_eq!(
        (client.provider.name.as_str(), client.secret.as_deref()),
        ("Our company", Some("a client secret"))
    );
    assert!(!format!("{client:?}").contains("a client secret"));
    let stale = access::save_provider(&db, &admin, &vault(), &edited).await;
    assert!(matches!(stale, Err(Error::Conflict)));
    let taken = access::save_provider(&db, &admin, &vault(), &form(|_| {})).await;
    assert!(matches!(taken, Err(Error::Invalid(errors)) if errors.get("slug") == Some(&Problem::Taken)));
    let other = Vault::from_text(&"0e".repeat(32)).unwrap();
    let unsealed = access::provider_to_enter(&db, &other, "company").await;
    assert!(matches!(unsealed, Err(Error::Rule(Rule::Unsealed))));
}

#[sqlx::test(migrations = "../../migrations")]
async fn only_administrators_keep_providers_and_one_that_is_off_lets_nobody_in(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let viewer = Viewer::join(&db, &admin, "Vera").await;
    assert!(matches!(
        access::save_provider(&db, &viewer, &vault(), &form(|_| {})).await,
        Err(Error::Denied(_))
    ));
    assert!(matches!(access::providers(&db, &viewer).await, Err(Error::Denied(_))));
    provider(&db, &admin, |_| {}).await;
    assert_eq!(access::ways(&db).await.unwrap().providers.len(), 1);
    let person = sign_in(&db, &of("1", "kim@example.com")).await.unwrap();
    access::switch_provider(&db, &admin, "company", false).await.unwrap();
    assert!(access::ways(&db).await.unwrap().providers.is_empty());
    assert_eq!(
        refusal(sign_in(&db, &of("1", "kim@example.com")).await),
        Refusal::NoProvider
    );
    assert!(
        access::actor(&db, person).await.unwrap().is_some(),
        "who is inside stays inside"
    );
    assert!(access::remove_provider(&db, &admin, "company", "").await.is_err());
    access::remove_provider(&db, &admin, "company", "company")
        .await
        .unwrap();
    assert!(access::providers(&db, &admin).await.unwrap().is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_identity_is_issuer_and_subject_not_an_address(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    provider(&db, &admin, |_| {}).await;
    assert_eq!(
        sign_in(&db, &of("1", "EVE@example.com")).await.unwrap(),
        eve.id,
        "a proven address finds its person"
    );
    assert_eq!(
        sign_in(&db, &of("1", "ada@example.com")).await.unwrap(),
        eve.id,
        "the subject decides from then on"
    );
    let unproven = Asserted {
        email_verified: false,
        ..of("2", "ada@example.com")
    };
    assert_eq!(refusal(sign_in(&db, &unproven).await), Refusal::EmailNotProven);
    assert_eq!(
        refusal(sign_in(&db, &of("3", "eve@example.com")).await),
        Refusal::HasOne
    );
    access::set_active(&db, &admin, eve.id, false).await.unwrap();
    assert_eq!(
        refusal(sign_in(&db, &of("1", "eve@example.com")).await),
        Refusal::Deactivated
    );
    let events: i64 = sqlx::query_scalar("select count(*) from event where body->>'event' = 'signed_in_with'")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(events, 2);
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_first_sign_ins_at_once_one_person_comes(db: Db) {
    let admin = Admin::sets_up(&db).await;
    provider(&db, &admin, |_| {}).await;
    let kim = of("1", "kim@example.com");
    let (one, other) = tokio::join!(sign_in(&db, &kim), sign_in(&db, &kim));
    assert_eq!(one.unwrap(), other.unwrap());
    let people: i64 = sqlx::query_scalar("select count(*) from person where email = 'kim@example.com'")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(people, 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn strangers_stay_outside_unless_they_may_join(db: Db) {
    let admin = Admin::sets_up(&db).await;
    provider(&db, &admin, |form| {
        form.joins = String::new();
        form.domains = "example.com".into();
    })
    .await;
    assert_eq!(
        refusal(sign_in(&db, &of("1", "kim@example.com")).await),
        Refusal::NotInvited
    );
    assert_eq!(
        refusal(sign_in(&db, &of("2", "kim@evil.example")).await),
        Refusal::Domain
    );
    let token = access::invite(&db, &admin, "kim@other.org", Role::Support)
        .await
        .unwrap();
    let id = access::invitation(&db, &token).await.unwrap().id;
    let person = access::enter(&db, "company", &of("2", "kim@evil.example"), Wish::Accept(id))
        .await
        .unwrap();
    assert_eq!(role(&db, person).await, Role::Support);
    let me = access::me(&db, person).await.unwrap().unwrap().person;
    assert_eq!((me.email.as_str(), me.name.as_str()), ("kim@other.org", "Kim Okafor"));
    assert!(access::invitation(&db, &token).await.is_err(), "a link works once");
    let again = access::enter(&db, "company", &of("4", "x@example.com"), Wish::Accept(id)).await;
    assert!(matches!(again, Err(Error::Rule(Rule::InvitationEnded))));
    assert!(
        access::sign_in(&db, "kim@other.org", "", "a").await.is_err(),
        "who has no password signs in by none"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn groups_give_roles_and_take_them_back_but_never_the_last_administrator(db: Db) {
    let admin = Admin::sets_up(&db).await;
    provider(&db, &admin, |form| {
        form.groups = "platform = engineer\nroot = admin".into()
    })
    .await;
    let kim = |groups: &[&str]| Asserted {
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..of("1", "kim@example.com")
    };
    let person = sign_in(&db, &kim(&["platform"])).await.unwrap();
    assert_eq!(role(&db, person).await, Role::Engineer);
    sign_in(&db, &kim(&["platform", "root"])).await.unwrap();
    assert_eq!(role(&db, person).await, Role::Admin);
    access::change_role(&db, &admin, admin.id, Role::Viewer).await.unwrap();
    sign_in(&db, &kim(&[])).await.unwrap();
    assert_eq!(role(&db, person).await, Role::Admin, "the last administrator stays");
    let kim_as_admin = access::actor(&db, person).await.unwrap().unwrap();
    access::change_role(&db, &kim_as_admin, admin.id, Role::Admin)
        .await
        .unwrap();
    sign_in(&db, &kim(&[])).await.unwrap();
    assert_eq!(
        role(&db, person).await,
        Role::Viewer,
        "what the group gave goes with it"
    );
    access::change_role(&db, &admin, person, Role::Approver).await.unwrap();
    sign_in(&db, &kim(&[])).await.unwrap();
    assert_eq!(role(&db, person).await, Role::Approver, "what was given here stays");
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_links_and_unlinks_ones_own_alone(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    provider(&db, &admin, |form| form.joins = String::new()).await;
    let unproven = Asserted {
        email_verified: false,
        email: None,
        ..of("1", "")
    };
    access::enter(&db, "company", &unproven, Wish::Link(eve.id))
        .await
        .unwrap();
    assert_eq!(sign_in(&db, &unproven).await.unwrap(), eve.id);
    let taken = access::enter(&db, "company", &unproven, Wish::Link(admin.id)).await;
    assert_eq!(refusal(taken), Refusal::LinkedElsewhere);
    let id = access::identities(&db, &eve).await.unwrap()[0].id;
    assert!(matches!(access::unlink(&db, &admin, id).await, Err(Error::NotFound)));
    sqlx::query("update person set password_hash = null where id = $1")
        .bind(eve.id.0)
        .execute(&db)
        .await
        .unwrap();
    assert!(matches!(
        access::unlink(&db, &eve, id).await,
        Err(Error::Rule(Rule::LastWayIn))
    ));
    sqlx::query("update person set password_hash = 'x' where id = $1")
        .bind(eve.id.0)
        .execute(&db)
        .await
        .unwrap();
    access::unlink(&db, &eve, id).await.unwrap();
    assert_eq!(refusal(sign_in(&db, &unproven).await), Refusal::EmailNotProven);
}

async fn session(db: &Db, person: PersonId) -> (Id, i64) {
    let mut record = Record {
        id: Id::default(),
        data: HashMap::from([(PERSON.to_owned(), json!(person))]),
        expiry_date: OffsetDateTime::now_utc() + Duration::HOUR,
    };
    Sessions(db.clone()).create(&mut record).await.unwrap();
    let number = access::touch(db, &record.id, "10.0.0.7", "Firefox/140.0")
        .await
        .unwrap();
    (record.id, number.unwrap())
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_ends_ones_own_sessions_alone(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let (own, number) = session(&db, eve.id).await;
    let (other, second) = session(&db, eve.id).await;
    let (_, foreign) = session(&db, admin.id).await;
    let listed = access::sessions(&db, &eve).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(
        listed
            .iter()
            .all(|one| one.network == "10.0.0.7" && one.agent == "Firefox/140.0")
    );
    assert!(matches!(
        access::end_session(&db, &eve, foreign).await,
        Err(Error::NotFound)
    ));
    access::end_session(&db, &eve, second).await.unwrap();
    let sessions = Sessions(db.clone());
    assert_eq!(sessions.load(&other).await.unwrap(), None);
    // A request of it that was under way does not bring it back.
    let ended = Record {
        id: other,
        data: HashMap::from([(PERSON.to_owned(), json!(eve.id))]),
        expiry_date: OffsetDateTime::now_utc() + Duration::HOUR,
    };
    sessions.save(&ended).await.unwrap();
    assert_eq!(sessions.load(&other).await.unwrap(), None);
    assert!(sessions.load(&own).await.unwrap().is_some());
    session(&db, eve.id).await;
    assert_eq!(access::end_others(&db, &eve, Some(number)).await.unwrap(), 1);
    assert!(sessions.load(&own).await.unwrap().is_some());
    assert!(matches!(
        access::end_sessions_of(&db, &eve, admin.id).await,
        Err(Error::Denied(_))
    ));
    assert_eq!(access::end_sessions_of(&db, &admin, eve.id).await.unwrap(), 1);
    assert_eq!(sessions.load(&own).await.unwrap(), None);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_new_password_ends_the_other_sessions(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let (own, number) = session(&db, eve.id).await;
    let (other, _) = session(&db, eve.id).await;
    access::change_password(&db, &eve, PASSWORD, "a quite different sentence", Some(number))
        .await
        .unwrap();
    let sessions = Sessions(db.clone());
    assert!(sessions.load(&own).await.unwrap().is_some());
    assert_eq!(sessions.load(&other).await.unwrap(), None);
    access::sign_in(&db, &address("Eve"), "a quite different sentence", "a")
        .await
        .unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn who_confirms_by_a_provider_has_to_be_who_is_signed_in(db: Db) {
    let admin = Admin::sets_up(&db).await;
    provider(&db, &admin, |_| {}).await;
    let kim = sign_in(&db, &of("1", "kim@example.com")).await.unwrap();
    let kim = access::actor(&db, kim).await.unwrap().unwrap();
    sign_in(&db, &of("2", "robin@example.com")).await.unwrap();
    let ways = access::ways_to_prove(&db, &kim).await.unwrap();
    assert!(!ways.password && !ways.code && ways.providers.len() == 1, "{ways:?}");
    assert!(matches!(
        access::prove(&db, &vault(), &kim, "anything", "").await,
        Err(Error::Rule(Rule::NoPassword))
    ));
    assert!(matches!(
        access::begin_factor(&db, &kim, &vault(), "").await,
        Err(Error::Rule(Rule::NoPassword))
    ));
    access::prove_by(&db, &kim, "company", &of("1", "kim@example.com"))
        .await
        .unwrap();
    for somebody_else in [of("2", "kim@example.com"), of("3", "kim@example.com")] {
        let answer = access::prove_by(&db, &kim, "company", &somebody_else).await;
        assert_eq!(refusal(answer), Refusal::SomebodyElse);
    }
    access::switch_provider(&db, &admin, "company", false).await.unwrap();
    let answer = access::prove_by(&db, &kim, "company", &of("1", "kim@example.com")).await;
    assert_eq!(refusal(answer), Refusal::NoProvider);
    assert!(access::ways_to_prove(&db, &kim).await.unwrap().providers.is_empty());
}
