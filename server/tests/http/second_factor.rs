//! The second step of sign-in, and confirming that it is oneself, through the door.

use crate::application::factor::Authenticator;
use crate::application::{Answer, Application, Session};
use crate::as_whom::{Admin, Approver, Engineer, PASSWORD, address, release_form, service_form, settings};
use axum::http::StatusCode;
use domain::service::Policy;
use store::{Db, gate, release, service};

/// A page that a form without script leads back to.
const BACK: &str = "/releases/storefront/1.0.0?tab=approvals";

async fn code(app: &Application, code: &str, session: &Session) -> Answer {
    app.submit("/sign-in/code", &[("code", code)], session).await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_code_follows_the_password_and_leads_on(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let ada = app.sign_in(&address("Ada"), PASSWORD).await;
    let authenticator = Authenticator::turned_on(&app, &ada).await;
    app.submit("/sign-out", &[], &ada).await;

    let fields = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("next", "/releases?text=x"),
    ];
    let answer = app.submit("/sign-in", &fields, &Session::nobody()).await;
    assert_eq!(answer.location(), "/login/code");
    let half = Application::session_of(&answer);
    let page = app.visit("/login/code", &half).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("one-time-code"), "{}", page.body);

    let wrong = code(&app, &authenticator.code(5), &half).await;
    assert_eq!(wrong.location(), "/login/code");
    assert!(
        app.visit("/login/code", &half)
            .await
            .body
            .contains("This code is wrong")
    );
    assert!(
        !app.visit("/login/code", &half)
            .await
            .body
            .contains("This code is wrong"),
        "it is said once"
    );
    let right = authenticator.code(0);
    let answer = code(&app, &right, &half).await;
    assert_eq!(answer.location(), "/releases?text=x");
    let inside = Application::session_of(&answer);
    assert_ne!(inside.cookie(), half.cookie(), "the session has a new id");
    assert_eq!(app.visit("/releases", &inside).await.status, StatusCode::OK);
    assert_eq!(app.visit("/login/code", &inside).await.location(), "/login");
    // The session of before is over, with what was begun in it.
    assert_eq!(app.visit("/login/code", &half).await.location(), "/login");
    assert_eq!(code(&app, &authenticator.code(1), &half).await.location(), "/login");
    // Another browser brings the code that was used.
    let half = app.half_signed_in(&address("Ada")).await;
    assert_eq!(code(&app, &right, &half).await.location(), "/login/code");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_begun_ends_after_some_minutes(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let ada = app.sign_in(&address("Ada"), PASSWORD).await;
    let authenticator = Authenticator::turned_on(&app, &ada).await;
    let half = app.half_signed_in(&address("Ada")).await;
    sqlx::query(
        "update session set data = jsonb_set(data, '{half,at}', to_jsonb((data -> 'half' ->> 'at')::timestamptz - interval '601 seconds'))
         where data ? 'half'",
    )
    .execute(&db)
    .await
    .expect("time passes");
    assert_eq!(app.visit("/login/code", &half).await.location(), "/login");
    let late = code(&app, &authenticator.code(0), &half).await;
    assert_eq!(late.location(), "/login");
    let page = app.visit("/login", &half).await.body;
    assert!(page.contains("Begin again"), "{page}");
    assert_eq!(app.visit("/releases", &half).await.status, StatusCode::SEE_OTHER);
}

/// An instance on whose production nobody decides without a proof within ten minutes, and what is asked there.
struct Asked {
    app: Application,
    approver: Session,
    fields: Vec<(String, String)>,
}

async fn asked(db: &Db) -> Asked {
    let app = Application::start(db).await;
    let admin = Admin::sets_up(db).await;
    let engineer = Engineer::join(db, &admin, "Eve").await;
    Approver::join(db, &admin, "Sam").await;
    service::create(db, &admin, &service_form("storefront", &engineer))
        .await
        .expect("is set up");
    let engineer = engineer.again(db).await;
    let page = service::page(db, &admin, "storefront").await.expect("a page");
    let production = page.environments.last().expect("production").environment.clone();
    service::save_settings(db, &admin, production.id, production.row_version, &settings())
        .await
        .expect("is saved");
    let policy = Policy {
        reauthenticate_min: Some(10),
        ..production.policy.clone()
    };
    service::save_policy(db, &admin, production.id, production.policy_version, &policy)
        .await
        .expect("is saved");
    let planned = release::create(db, &engineer, "storefront", &release_form("1.0.0"))
        .await
        .expect("is planned");
    let request = gate::request_approval(db, &engineer, planned, production.id)
        .await
        .expect("is asked for");
    let page = release::page(db, &admin, "storefront", "1.0.0").await.expect("a page");
    let digest = page.environments.last().expect("production").digest;
    let approver = app.sign_in(&address("Sam"), PASSWORD).await;
    let fields = vec![
        ("request".to_owned(), request.to_string()),
        ("seen".to_owned(), digest.to_string()),
        ("decision".to_owned(), "approve".to_owned()),
        ("comment".to_owned(), "Looked at it closely".to_owned()),
    ];
    Asked { app, approver, fields }
}

/// So many minutes pass for every session.
async fn minutes_pass(db: &Db, minutes: i32) {
    sqlx::query(
        "update session set data = jsonb_set(data, '{proved}', to_jsonb((data ->> 'proved')::timestamptz - make_interval(mins => $1)))
         where data ? 'proved'",
    )
    .bind(minutes)
    .execute(db)
    .await
    .expect("time passes");
}

#[sqlx::test(migrations = "../migrations")]
async fn who_signed_in_long_ago_confirms_that_it_is_them_and_comes_back_with_what_was_typed(db: Db) {
    let Asked { app, approver, fields } = asked(&db).await;
    let page = app.visit(BACK, &approver).await.body;
    assert!(
        page.contains("You have.") && page.contains(">Reject<"),
        "just signed in"
    );
    minutes_pass(&db, 11).await;
    let page = app.visit(BACK, &approver).await.body;
    assert!(
        page.contains("Confirm that it is you") && !page.contains(">Reject<"),
        "{page}"
    );
    let refused = app.call("/call/gate/decide", &fields, &approver).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.json()["code"]["code"], "prove_again");

    // Without script the refusal leads back to the page, which says it, keeps the comment, and leads on without the failure in its address.
    let typed: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let request = crate::application::request(
        axum::http::Method::POST,
        "/call/gate/decide",
        &approver,
        "text/html",
        axum::body::Body::from(serde_urlencoded::to_string(&typed).expect("fields are encoded")),
    );
    let request = crate::application::with(request, "content-type", "application/x-www-form-urlencoded");
    let request = crate::application::with(request, "referer", &format!("{}{BACK}", crate::application::HERE));
    let answer = app.send(request).await;
    assert!(answer.location().contains("__err="), "{}", answer.location());
    let page = app
        .visit(
            answer.location().trim_start_matches(crate::application::HERE),
            &approver,
        )
        .await
        .body;
    assert!(
        page.contains("Looked at it closely") && page.contains("formaction=\"/confirm/begin\""),
        "{page}"
    );
    assert!(
        page.contains("value=\"/releases/storefront/1.0.0?tab=approvals\""),
        "{page}"
    );

    let held = [("next", BACK), ("comment", "Looked at it closely")];
    let answer = app.submit("/confirm/begin", &held, &approver).await;
    let asks = answer.location().to_owned();
    assert!(asks.starts_with("/confirm?next=%2Freleases"), "{asks}");
    assert!(app.visit(&asks, &approver).await.body.contains("By your password"));
    let wrong = [("password", "guess"), ("next", BACK)];
    let answer = app.submit("/confirm/password", &wrong, &approver).await;
    assert_eq!(answer.location(), asks);
    assert!(
        app.visit(&asks, &approver)
            .await
            .body
            .contains("This is not your password")
    );
    let right = [("password", PASSWORD), ("next", BACK)];
    let answer = app.submit("/confirm/password", &right, &approver).await;
    assert_eq!(answer.location(), BACK);
    let page = app.visit(BACK, &approver).await.body;
    assert!(
        page.contains("Looked at it closely") && page.contains(">Reject<"),
        "{page}"
    );
    let done = app.call("/call/gate/decide", &fields, &approver).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_wrong_proof_leads_nowhere_else_and_proves_nothing(db: Db) {
    let Asked { app, approver, fields } = asked(&db).await;
    Authenticator::turned_on(&app, &approver).await;
    minutes_pass(&db, 11).await;
    // With a second factor the password alone is not enough.
    let alone = [("password", PASSWORD), ("next", "//evil.example")];
    let answer = app.submit("/confirm/password", &alone, &approver).await;
    assert_eq!(answer.location(), "/confirm?next=%2F");
    let refused = app.call("/call/gate/decide", &fields, &approver).await;
    assert_eq!(refused.json()["code"]["code"], "prove_again");
}
