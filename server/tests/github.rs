//! GitHub's deliveries over HTTP: signed, in its own form.

mod application;
#[path = "../store/tests/as_whom/mod.rs"]
mod as_whom;

use application::{Answer, Application, Session, request, with};
use as_whom::{Admin, Engineer, PASSWORD, address, service_form};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use store::Db;

const SHA: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
const TO: &str = "/hooks/github/storefront";

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// As GitHub sends it: without cookie, origin or accepted types.
async fn deliver(app: &Application, id: &str, event: &str, body: &str, signature: &str) -> Answer {
    let mut sent = request(Method::POST, TO, &Session::nobody(), "*/*", Body::from(body.to_owned()));
    sent.headers_mut().remove("origin");
    let sent = with(sent, "content-type", "application/json");
    let sent = with(sent, "x-github-event", event);
    let sent = with(sent, "x-github-delivery", id);
    app.send(with(sent, "x-hub-signature-256", signature)).await
}

fn check_run(state: &str) -> String {
    serde_json::json!({
        "action": "completed",
        "check_run": {"name": "Security", "head_sha": SHA, "conclusion": state, "completed_at": "2026-11-20T10:00:00Z",
            "html_url": "https://github.com/example/storefront/runs/1"},
        "repository": {"full_name": "example/storefront"},
    })
    .to_string()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_signed_delivery_is_kept_once(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Ana").await;
    store::service::create(&db, &admin, &service_form("storefront", &engineer))
        .await
        .expect("a service");
    let body = check_run("success");
    let answer = deliver(&app, "1", "check_run", &body, &signature("any", &body)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "nobody connected it yet");

    let session = app.sign_in(&address("Ana"), PASSWORD).await;
    let connect = [("name".to_owned(), "storefront".to_owned())];
    let made = app.call("/call/service/source-connect", &connect, &session).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
    assert_eq!(made.json()["address"], format!("{}{TO}", application::HERE));

    let right = signature(&secret, &body);
    for wrong in [
        signature("another", &body),
        signature(&secret, "{}"),
        String::new(),
        "sha1=00".into(),
    ] {
        let answer = deliver(&app, "1", "check_run", &body, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    for said in ["kept\n", "it came before\n"] {
        let answer = deliver(&app, "1", "check_run", &body, &right).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, said));
    }
    let engineer = engineer.again(&db).await;
    let checks = store::release::checks(&db, &engineer, "storefront", SHA)
        .await
        .expect("checks");
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].url, "https://github.com/example/storefront/runs/1");

    let broken = r#"{"check_run": {"name": 7}}"#;
    let answer = deliver(&app, "2", "check_run", broken, &signature(&secret, broken)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = r#"{"zen": "Design for failure."}"#;
    let answer = deliver(&app, "3", "something_new", unknown, &signature(&secret, unknown)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let status = serde_json::json!({
        "action": "created",
        "deployment_status": {"id": 1, "state": "success", "created_at": "2026-11-20T10:01:00Z", "updated_at": "2026-11-20T10:01:00Z"},
        "deployment": {"id": 42, "sha": SHA, "ref": "v1.4.0", "environment": "Production", "created_at": "2026-11-20T10:00:00Z"},
        "repository": {"full_name": "example/storefront"},
    })
    .to_string();
    let answer = deliver(&app, "4", "deployment_status", &status, &signature(&secret, &status)).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "kept\n"));
    for path in ["/", "/deployments", "/services/storefront"] {
        let page = app.visit(path, &session).await;
        assert!(page.body.contains("1.4.0") && page.body.contains("outside"), "{path}");
    }
    let page = app.visit("/services/storefront", &session).await;
    for told in [
        "Last deliveries",
        "Not readable",
        "Security passed".to_lowercase().as_str(),
    ] {
        assert!(page.body.contains(told), "{told}");
    }
    assert!(!page.body.contains(&secret), "the secret is shown once");
}
