//! What holds for every request: headers, origin, sessions, the door, the live stream.

#[path = "http/administration.rs"]
mod administration;
mod application;
#[path = "../store/tests/as_whom/mod.rs"]
mod as_whom;
#[path = "http/door.rs"]
mod door;
#[path = "http/feed.rs"]
mod feed;
#[path = "http/live.rs"]
mod live;
#[path = "http/network.rs"]
mod network;
#[path = "http/second_factor.rs"]
mod second_factor;

use application::{Application, Session, request, with, without};
use as_whom::{Admin, PASSWORD, address};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use store::Db;

fn post(path: &str, session: &Session, body: &str) -> axum::http::Request<Body> {
    let request = request(Method::POST, path, session, "text/html", Body::from(body.to_owned()));
    with(request, "content-type", "application/x-www-form-urlencoded")
}

#[sqlx::test(migrations = "../migrations")]
async fn every_answer_is_guarded(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let nobody = Session::nobody();
    for path in [
        "/login",
        "/status",
        "/health/live",
        "/no-such-page",
        "/pkg/slipway.a.js",
        "/pkg/none.js",
        "/call/home/page",
    ] {
        let answer = app.visit(path, &nobody).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path} has no request id");
        let policy = answer.header("content-security-policy");
        assert!(
            !policy.contains("unsafe-inline") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
    }
    let page = app.visit("/login", &nobody).await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("'nonce-") && policy.contains("'wasm-unsafe-eval'"),
        "{policy}"
    );
    assert!(
        !page.body.contains(" style=\""),
        "inline style would be refused by the policy"
    );
    assert_eq!(page.header("cache-control"), "no-store");
    let file = app.visit("/pkg/slipway.a.js", &nobody).await;
    assert!(file.header("cache-control").contains("immutable"));
    let missing = app.visit("/pkg/none.js", &nobody).await;
    assert_eq!(
        missing.header("cache-control"),
        "no-store",
        "a missing file may appear later"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn two_pages_never_share_a_nonce(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let nonce = |policy: &str| {
        policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next())
            .map(str::to_owned)
    };
    let first = nonce(
        app.visit("/login", &Session::nobody())
            .await
            .header("content-security-policy"),
    );
    let second = nonce(
        app.visit("/login", &Session::nobody())
            .await
            .header("content-security-policy"),
    );
    assert!(first.is_some() && first != second);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_write_of_another_site_is_refused(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let attack = || post("/call/access/profile", &session, "name=Mallory&zone=UTC&theme=dark");
    for wrong in [
        with(attack(), "origin", "https://evil.example"),
        with(attack(), "origin", "null"),
        with(without(attack(), "origin"), "sec-fetch-site", "cross-site"),
        without(attack(), "origin"),
    ] {
        let answer = app.send(wrong).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    }
    let me = store::access::me(&db, admin.id)
        .await
        .expect("an answer")
        .expect("somebody");
    assert_eq!(me.person.name, "Ada", "nothing was written");
    assert_eq!(
        app.send(attack()).await.status,
        StatusCode::FOUND,
        "our own page writes"
    );
    let me = store::access::me(&db, admin.id)
        .await
        .expect("an answer")
        .expect("somebody");
    assert_eq!(me.person.name, "Mallory");
}

#[sqlx::test(migrations = "../migrations")]
async fn reading_never_writes(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    for path in [
        "/call/access/profile?name=Mallory&zone=UTC&theme=dark",
        "/sign-out",
        "/sample/remove",
    ] {
        let answer = app.fetch(path, &session).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
    let me = store::access::me(&db, admin.id)
        .await
        .expect("an answer")
        .expect("somebody");
    assert_eq!(me.person.name, "Ada");
    assert_eq!(app.visit("/", &session).await.status, StatusCode::OK, "still signed in");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_is_new_at_sign_in_and_gone_at_sign_out(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    // A failed sign-in has a session of its own, which keeps what was typed.
    let failed = app
        .submit(
            "/sign-in",
            &[("email", "ada@example.com"), ("password", "a wrong guess")],
            &Session::nobody(),
        )
        .await;
    assert_eq!(failed.location(), "/login");
    let planted = Application::session_of(&failed);
    let again = app.visit("/login", &planted).await;
    assert!(again.body.contains("ada@example.com") && !again.body.contains("a wrong guess"));

    let fields = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("next", "/releases?text=x"),
    ];
    let entered = app.submit("/sign-in", &fields, &planted).await;
    assert_eq!(entered.location(), "/releases?text=x");
    let cookie = entered.set_cookie();
    assert!(
        cookie.starts_with("slipway=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let session = Application::session_of(&entered);
    assert_ne!(
        session.cookie(),
        planted.cookie(),
        "whoever planted the old id has nothing of it"
    );
    assert_eq!(app.visit("/", &planted).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.visit("/", &session).await.status, StatusCode::OK);

    assert_eq!(app.submit("/sign-out", &[], &session).await.location(), "/login");
    assert_eq!(app.visit("/", &session).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrations = "../migrations")]
async fn sign_in_leads_nowhere_else(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("next", next)];
        assert_eq!(
            app.submit("/sign-in", &fields, &Session::nobody()).await.location(),
            "/",
            "{next}"
        );
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_https_instance_has_a_secure_cookie_and_says_so(db: Db) {
    let app = Application::reached_at(&db, "https://slipway.example.com").await;
    Admin::sets_up(&db).await;
    let body = format!("email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let entry = with(
        post("/sign-in", &Session::nobody(), &body),
        "origin",
        "https://slipway.example.com",
    );
    let answer = app.send(with(entry, "host", "slipway.example.com")).await;
    let cookie = answer.set_cookie();
    assert!(
        cookie.starts_with("__Host-slipway=") && cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(answer.header("strict-transport-security").contains("max-age"));
}

#[sqlx::test(migrations = "../migrations")]
async fn no_password_over_plain_http_from_elsewhere(db: Db) {
    let app = Application::reached_at(&db, "http://slipway.example.com").await;
    Admin::sets_up(&db).await;
    let body = format!("email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let entry = with(
        post("/sign-in", &Session::nobody(), &body),
        "origin",
        "http://slipway.example.com",
    );
    let answer = app.send(with(entry, "host", "slipway.example.com")).await;
    assert_eq!(answer.location(), "/login");
    let page = app.visit("/login", &Application::session_of(&answer)).await;
    assert!(page.body.contains("SLIPWAY_PUBLIC_URL"), "it says what to do");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_does_not_exist_is_said_to_people_and_programs(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let page = app.visit("/no-such-page", &session).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("There is nothing here") && page.body.contains("<html"));
    let problem = app.fetch("/no-such-page", &session).await;
    assert_eq!(problem.status, StatusCode::NOT_FOUND);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json()["status"], 404);
    for path in [
        "/releases/none/1.0.0",
        "/services/none",
        "/deployments/77",
        "/incidents/77",
    ] {
        let page = app.visit(path, &session).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.body.contains("There is nothing here"), "{path}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_form_without_script_comes_back_with_what_was_typed(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let body = "form%5Bname%5D=Not+a+name&form%5Bdescription%5D=What+I+wrote&form%5Brow_version%5D=0";
    let answer = app
        .send(with(
            post("/call/service/create", &session, body),
            "referer",
            "http://127.0.0.1:3000/services/new",
        ))
        .await;
    assert!(answer.status.is_redirection(), "{}", answer.status);
    let back = answer.location().trim_start_matches("http://127.0.0.1:3000");
    assert!(back.starts_with("/services/new?"), "{back}");
    let page = app.visit(back, &session).await;
    assert!(
        page.body.contains("value=\"Not a name\"") && page.body.contains("value=\"What I wrote\""),
        "it stays in the fields"
    );
    assert!(
        page.body.contains("beginning with a letter"),
        "and what is wrong stands beside it"
    );
    let later = app.visit("/services/new", &session).await;
    assert!(!later.body.contains("What I wrote"), "once");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_body_has_an_end(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let body = format!("email={}&password=x", "a".repeat(2 * 1024 * 1024));
    let answer = app.send(post("/sign-in", &Session::nobody(), &body)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
