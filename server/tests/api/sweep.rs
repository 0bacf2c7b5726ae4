//! Each route of the description: as nobody, as each role by token, with each scope alone. What is not listed fails, and so does an answer that is
//! not described.

use crate::application::{Answer, Application};
use crate::fixtures::Fixtures;
use crate::program::{Program, token, whole_token};
use crate::routes::{ROUTES, Route, fill};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use domain::access::{Actor, Role, Scope, TokenScope, TokenUse};
use serde_json::Value;
use std::collections::BTreeSet;
use store::Db;

fn described() -> impl Iterator<Item = (String, String, &'static Value)> {
    let paths = server::api::description()["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().expect("operations");
        operations
            .iter()
            .map(|(method, operation)| (method.clone(), path.replace("/api/v1", ""), operation))
    })
}

fn operation(route: &Route) -> &'static Value {
    &server::api::description()["paths"][format!("/api/v1{}", route.path)][route.method]
}

fn method(route: &Route) -> Method {
    route.method.to_uppercase().parse().expect("a method")
}

#[test]
fn every_route_is_tried_and_described_whole() {
    let listed: BTreeSet<(String, String)> = ROUTES
        .iter()
        .map(|route| (route.method.to_owned(), route.path.to_owned()))
        .collect();
    let found: BTreeSet<(String, String)> = described().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(
        found, listed,
        "routes of the description, and routes that the sweep tries"
    );
    let mut ids = BTreeSet::new();
    for (method, path, operation) in described() {
        let here = format!("{method} {path}");
        assert!(
            !operation["summary"].as_str().unwrap_or_default().is_empty(),
            "{here} says nothing"
        );
        assert_eq!(operation["security"][0]["token"], serde_json::json!([]), "{here}");
        assert!(
            ids.insert(operation["operationId"].to_string()),
            "{here}: its id is another's"
        );
        for status in ["401", "403", "429"] {
            assert!(
                operation["responses"][status].is_object(),
                "{here} does not describe {status}"
            );
        }
        let body = &operation["requestBody"]["content"]["application/json"];
        assert!(
            operation.get("requestBody").is_none() || !body["example"].is_null(),
            "{here}: no example of what is sent"
        );
        let good = operation["responses"].as_object().expect("responses");
        for (status, response) in good.iter().filter(|(status, _)| status.starts_with('2')) {
            let body = &response["content"]["application/json"];
            assert!(
                body.is_null() || !body["example"].is_null(),
                "{here}: no example of its {status}"
            );
        }
    }
    assert_eq!(server::api::description()["openapi"], "3.1.0");
}

/// What is wrong with an answer, given the first action that is not granted.
fn differs(route: &Route, answer: &Answer, denied: Option<String>) -> Option<String> {
    let short: String = answer.body.chars().take(300).collect();
    if operation(route)["responses"][answer.status.as_str()].is_null() {
        return Some(format!("{} is not described: {short}", answer.status));
    }
    let refused = answer.status == StatusCode::FORBIDDEN;
    match denied {
        Some(action) if !refused => Some(format!(
            "should be denied by {action}, and is {} {short}",
            answer.status
        )),
        None if refused || answer.status == StatusCode::UNAUTHORIZED || answer.status.is_server_error() => {
            Some(format!("should be let in, and is {} {short}", answer.status))
        }
        None if route.method == "get" && answer.status != StatusCode::OK => Some(format!("{} {short}", answer.status)),
        _ => None,
    }
}

/// Done by whom it is granted, it would start the playground: what it does then is tried in a browser.
fn starts_processes(route: &Route) -> bool {
    route.path == "/sample-workspace" && route.method == "post"
}

async fn attempt(program: &Program<'_>, route: &Route, fixtures: &Fixtures) -> Answer {
    let body = (route.body)(fixtures);
    let mut request = program.request(&method(route), &fill(route, fixtures), body.as_ref());
    if route.conditional {
        let nobody_read_it = "\"-1.0\"".parse().expect("a header");
        request.headers_mut().insert("if-match", nobody_read_it);
    }
    program.app.send(request).await
}

async fn try_all(program: &Program<'_>, who: &str, actor: &Actor, fixtures: &Fixtures) -> Vec<String> {
    let mut wrong = Vec::new();
    for route in ROUTES {
        let granted = route
            .needs
            .iter()
            .all(|action| actor.may(*action, Scope::Instance).is_ok());
        if starts_processes(route) && granted {
            continue;
        }
        let answer = attempt(program, route, fixtures).await;
        let scope = match route.on_service {
            true => Scope::Service(fixtures.service.id),
            false => Scope::Instance,
        };
        let denied = route.needs.iter().find(|action| actor.may(**action, scope).is_err());
        let denied = denied.map(|action| format!("{action:?}"));
        if let Some(why) = differs(route, &answer, denied) {
            wrong.push(format!("{} {} as {who}: {why}", route.method, route.path));
        }
    }
    wrong
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_gets_in(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let session = app
        .sign_in(&crate::as_whom::address("Ada"), crate::as_whom::PASSWORD)
        .await;
    for route in ROUTES {
        let path = fill(route, &fixtures);
        for secret in ["", "slipway_guessed", "not one at all"] {
            let program = Program {
                app: &app,
                secret: secret.into(),
            };
            let answer = program.call(method(route), &path, (route.body)(&fixtures)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} {path}", route.method);
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        // A session is of no use here, not even an administrator's.
        let request = Request::builder()
            .method(method(route))
            .uri(&path)
            .header("cookie", session.cookie().expect("a cookie"))
            .body(Body::empty())
            .expect("a request");
        assert_eq!(app.send(request).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn each_role_by_token_follows_the_table(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let actor = fixtures.actor(role);
        let program = Program {
            app: &app,
            secret: whole_token(&db, actor).await,
        };
        wrong.extend(try_all(&program, role.key(), actor, &fixtures).await);
    }
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

#[sqlx::test(migrations = "../migrations")]
async fn each_scope_alone_gives_its_part_and_nothing_else(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let admin = fixtures.actor(Role::Admin);
    let mut wrong = Vec::new();
    for scope in TokenScope::ALL {
        let program = Program {
            app: &app,
            secret: token(&db, admin, &[scope]).await,
        };
        let mut actor = admin.clone();
        let (tokens, _) = store::access::own_tokens(&db, admin).await.expect("a list");
        actor.token = Some(TokenUse {
            id: tokens[0].id,
            scopes: vec![scope],
        });
        wrong.extend(try_all(&program, scope.key(), &actor, &fixtures).await);
    }
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

/// Whatever the description gives as an example gets an answer that the description has.
#[sqlx::test(migrations = "../migrations")]
async fn every_example_gets_a_described_answer(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let program = Program {
        app: &app,
        secret: whole_token(&db, fixtures.actor(Role::Admin)).await,
    };
    for route in ROUTES
        .iter()
        .filter(|route| route.method != "delete" && !starts_processes(route))
    {
        let operation = operation(route);
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        let body = (!example.is_null()).then(|| example.clone());
        let answer = program.call(method(route), &fill(route, &fixtures), body).await;
        let here = format!("{} {}: {} {}", route.method, route.path, answer.status, answer.body);
        assert!(!operation["responses"][answer.status.as_str()].is_null(), "{here}");
        assert!(!answer.status.is_server_error(), "{here}");
        // An example that can't be read would be no example.
        assert!(!answer.body.contains("problem:unreadable"), "{here}");
    }
}
