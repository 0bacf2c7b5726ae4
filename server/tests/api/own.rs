//! What is one's own: the profile and the sessions, as the screens show them.

use crate::application::Application;
use crate::as_whom::{Admin, Engineer, PASSWORD, address};
use crate::program::{Program, token};
use axum::http::{Method, StatusCode};
use domain::access::{Role, TokenForm, TokenScope};
use serde_json::json;
use store::{Db, access};

#[sqlx::test(migrations = "../migrations")]
async fn a_profile_is_read_and_changed_as_on_its_page(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let program = Program {
        app: &app,
        secret: token(&db, &eve, &[TokenScope::Read, TokenScope::Profile]).await,
    };
    let change = |body| program.call(Method::PATCH, "/api/v1/me", Some(body));
    let before = program.get("/api/v1/me").await.json();
    assert_eq!((&before["zone"], &before["theme"]), (&json!("UTC"), &json!("system")));
    let changed = change(json!({"zone": "Europe/Oslo", "theme": "dark"})).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT);
    let after = program.get("/api/v1/me").await.json();
    assert_eq!(
        (&after["person"]["name"], &after["zone"], &after["theme"]),
        (&json!("Eve"), &json!("Europe/Oslo"), &json!("dark")),
        "what was left out stays"
    );
    let session = app.sign_in(&address("Eve"), PASSWORD).await;
    assert!(app.visit("/profile", &session).await.body.contains("Europe/Oslo"));
    let wrong = change(json!({"zone": "Mars/Olympus", "name": ""})).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = &wrong.json()["fields"];
    assert!(fields["zone"].is_object() && fields["name"].is_object(), "{fields}");
    for field in ["password", "email", "role"] {
        let answer = change(json!({field: "x"})).await;
        assert!(answer.status.is_client_error(), "{field}: {}", answer.body);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn sessions_are_listed_and_ended_and_are_ones_own(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let ada = app.sign_in(&address("Ada"), PASSWORD).await;
    let one = app.sign_in(&address("Eve"), PASSWORD).await;
    let program = Program {
        app: &app,
        secret: token(&db, &eve, &[TokenScope::Read, TokenScope::Profile]).await,
    };
    let listed = program.get("/api/v1/me/sessions").await.json();
    let items = listed["items"].as_array().expect("sessions");
    assert_eq!(items.len(), 1, "{listed}");
    let end = async |number: String| {
        let path = format!("/api/v1/me/sessions/{number}");
        program.call(Method::DELETE, &path, None).await.status
    };
    let foreign = access::sessions(&db, &admin).await.expect("sessions")[0].number;
    assert_eq!(end(foreign.to_string()).await, StatusCode::NOT_FOUND);
    assert_eq!(end(items[0]["number"].to_string()).await, StatusCode::NO_CONTENT);
    assert_eq!(app.visit("/", &one).await.status, StatusCode::SEE_OTHER);
    let two = app.sign_in(&address("Eve"), PASSWORD).await;
    let all = program.call(Method::DELETE, "/api/v1/me/sessions", None).await;
    assert_eq!(all.status, StatusCode::NO_CONTENT);
    assert_eq!(app.visit("/", &two).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.visit("/", &ada).await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_service_account_has_no_profile(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let bot = access::create_service_account(&db, &admin, "deploy-bot", "Deploys the shop", Role::Engineer)
        .await
        .expect("is made");
    let form = TokenForm {
        name: "A program".into(),
        scopes: vec![TokenScope::Read, TokenScope::Profile],
        days: 30,
    };
    let secret = access::make_account_token(&db, &admin, bot, &form)
        .await
        .expect("a token");
    let program = Program { app: &app, secret };
    let renamed = program
        .call(Method::PATCH, "/api/v1/me", Some(json!({"name": "Mallory"})))
        .await;
    assert_eq!(renamed.status, StatusCode::NOT_FOUND, "{}", renamed.body);
    assert_eq!(program.get("/api/v1/me/sessions").await.json()["items"], json!([]));
}
