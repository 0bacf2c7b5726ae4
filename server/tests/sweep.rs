//! The authorisation sweep: every page of the router, every function of the registry and every plain route, tried as nobody and as each role, and
//! compared with the permission table. What is not listed here fails.

mod application;
#[path = "../store/tests/as_whom/mod.rs"]
mod as_whom;
#[path = "sweep/fixtures.rs"]
mod fixtures;
#[path = "sweep/functions.rs"]
mod functions;

use application::{Answer, Application, Session};
use axum::http::{Method, StatusCode};
use domain::access::{Action, Role, Scope};
use fixtures::Fixtures;
use functions::{FUNCTIONS, Function, Needs, On};
use std::collections::{BTreeMap, BTreeSet};
use store::Db;

/// Pages that are open to who is not signed in, and where they lead to on an instance that is set up.
const OPEN_PAGES: &[(&str, StatusCode)] = &[
    ("/login", StatusCode::OK),
    ("/login/code", StatusCode::SEE_OTHER),
    ("/setup", StatusCode::SEE_OTHER),
    ("/invite/{token}", StatusCode::OK),
    ("/forgot", StatusCode::OK),
    ("/reset/{token}", StatusCode::NOT_FOUND),
];

/// Pages that need more than to be signed in. Others of administration say to whom they are open, and call nothing.
const PAGES: &[(&str, Action)] = &[
    ("/administration/webhooks", Action::ManageInstance),
    ("/administration/webhooks/{id}", Action::ManageInstance),
    ("/administration/jobs", Action::ManageInstance),
    ("/administration/audit", Action::ManageInstance),
    ("/administration/secrets", Action::ManageInstance),
    ("/administration/health", Action::ManageInstance),
];

/// What a plain route needs.
enum Plain {
    /// Open to all.
    Open,
    /// Answers who is signed in by this action, nobody not at all.
    For(Action),
    /// Needs this action, and answers a refusal by sending back to a page that says so.
    Says(Action),
    /// Let in by a signature over its body, or a key in its address; by nothing else.
    Signed,
    /// Open to whoever is signed in.
    SignedIn,
}

const PLAIN: &[(&str, &str, Plain)] = &[
    ("POST", "/sign-in", Plain::Open),
    ("POST", "/sign-in/code", Plain::Open),
    ("POST", "/confirm/begin", Plain::SignedIn),
    ("POST", "/confirm/password", Plain::SignedIn),
    ("POST", "/sign-in/with/{provider}", Plain::Open),
    ("GET", "/sign-in/callback/{provider}", Plain::Open),
    ("POST", "/sign-out", Plain::Open),
    ("POST", "/set-up", Plain::Open),
    ("POST", "/accept-invitation", Plain::Open),
    ("POST", "/forgot-password", Plain::Open),
    ("POST", "/reset-password", Plain::Open),
    ("POST", "/sample/load", Plain::Says(Action::ManageInstance)),
    ("POST", "/sample/remove", Plain::Says(Action::ManageInstance)),
    (
        "GET",
        "/services/{name}/service.toml",
        Plain::For(Action::ManageService),
    ),
    ("GET", "/incidents/{number}/report.md", Plain::For(Action::Read)),
    ("GET", "/administration/audit.jsonl", Plain::For(Action::ManageInstance)),
    // Its own signature lets it in: without one it is turned away, whoever is signed in.
    ("POST", "/hooks/github/{service}", Plain::Signed),
    // So does the key in its address.
    ("GET", "/calendar.ics", Plain::Signed),
    ("GET", "/live", Plain::SignedIn),
    ("GET", "/status", Plain::Open),
    ("GET", "/health/live", Plain::Open),
    ("GET", "/health/ready", Plain::Open),
    ("GET", "/metrics", Plain::Open),
    ("GET", "/api", Plain::Open),
    ("GET", "/api/openapi.json", Plain::Open),
];

fn pages() -> Vec<String> {
    let routes = leptos_axum::generate_route_list(app::App);
    routes.iter().map(|route| route.path().to_owned()).collect()
}

/// The prefix of every server function's path.
const CALL: &str = "/call/";

/// Functions of the registry, and how each is called.
fn registered() -> BTreeMap<String, Method> {
    let paths = server_fn::axum::server_fn_paths();
    paths
        .map(|(path, method)| (path.trim_start_matches(CALL).to_owned(), method))
        .collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn nothing_is_unlisted(_db: Db) {
    let listed: BTreeSet<String> = FUNCTIONS.iter().map(|function| function.path.to_owned()).collect();
    assert_eq!(listed.len(), FUNCTIONS.len(), "a function is listed twice");
    let found: BTreeSet<String> = registered().into_keys().collect();
    assert_eq!(
        found, listed,
        "functions of the registry, and functions that the sweep tries"
    );

    let known = Fixtures::addresses();
    let unknown: Vec<String> = pages()
        .into_iter()
        .filter(|page| !known.contains(&page.as_str()))
        .collect();
    assert!(unknown.is_empty(), "pages that the sweep does not try: {unknown:?}");

    let plain: BTreeSet<(&str, &str)> = server::http::PLAIN.iter().copied().collect();
    let tried: BTreeSet<(&str, &str)> = PLAIN.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(
        plain, tried,
        "plain routes of the server, and those that the sweep tries"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_gets_in(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    closed_to(&app, &fixtures, &Session::nobody(), OPEN_PAGES).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn the_right_password_without_its_code_gets_in_nowhere(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let admin = as_whom::address("Ada");
    let inside = app.sign_in(&admin, as_whom::PASSWORD).await;
    application::factor::Authenticator::turned_on(&app, &inside).await;
    let half = app.half_signed_in(&admin).await;
    let mut open = OPEN_PAGES.to_vec();
    open.retain(|(page, _)| *page != "/login/code");
    open.push(("/login/code", StatusCode::OK));
    closed_to(&app, &fixtures, &half, &open).await;
}

/// Nothing opens but what is open to all.
async fn closed_to(app: &Application, fixtures: &Fixtures, session: &Session, open: &[(&str, StatusCode)]) {
    for page in pages() {
        let path = fixtures.fill(&page);
        let answer = app.visit(&path, session).await;
        match open.iter().find(|(open, _)| *open == page) {
            Some((_, status)) => assert_eq!(answer.status, *status, "{page}"),
            None => {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{page}");
                assert!(
                    answer.location().starts_with("/login"),
                    "{page} leads to {}",
                    answer.location()
                );
            }
        }
    }
    for path in registered().into_keys() {
        let path = format!("{CALL}{path}");
        for answer in [app.call(&path, &[], session).await, app.fetch(&path, session).await] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {}", answer.body);
        }
        // A browser without script posts forms: it is not let through either.
        let answer = app.submit(&path, &[], session).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {}", answer.body);
    }
    for (method, path, plain) in PLAIN {
        let ends_the_session = *path == "/sign-out" && session.cookie().is_some();
        if ends_the_session {
            continue;
        }
        let answer = try_plain(app, method, &fixtures.fill(path), session).await;
        let open = matches!(plain, Plain::Open);
        assert_eq!(answer == StatusCode::UNAUTHORIZED, !open, "{method} {path}: {answer}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_role_reads_every_page(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    for (role, session) in fixtures.sessions(&app).await {
        for page in pages() {
            let answer = app.visit(&fixtures.fill(&page), &session).await;
            let needed = PAGES.iter().find(|(path, _)| *path == page).map(|(_, action)| *action);
            let granted = |action| fixtures.actor(role).may(action, Scope::Instance).is_ok();
            let wanted = match page.as_str() {
                "/login" | "/login/code" | "/setup" => StatusCode::SEE_OTHER,
                "/reset/{token}" => StatusCode::NOT_FOUND,
                _ if !needed.is_none_or(granted) => StatusCode::FORBIDDEN,
                _ => StatusCode::OK,
            };
            assert_eq!(answer.status, wanted, "{page} as {role:?}");
            assert!(
                !answer.body.contains("This page could not be made"),
                "{page} as {role:?}"
            );
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn functions_follow_the_table(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let methods = registered();
    let mut wrong = Vec::new();
    for (caller, actor, session) in fixtures.callers(&app).await {
        for function in FUNCTIONS {
            let environment = |environment| Scope::Environment {
                service: fixtures.service.id,
                environment,
            };
            let scope = match function.on {
                On::Instance | On::Somewhere => Scope::Instance,
                On::Service => Scope::Service(fixtures.service.id),
                On::Environment(which) => environment(which(&fixtures)),
            };
            let fields: Vec<(String, String)> = (function.fields)(&fixtures)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let path = format!("{CALL}{}", function.path);
            let answer = match methods[function.path] {
                Method::GET => {
                    let query = serde_urlencoded::to_string(&fields).expect("fields are encoded");
                    app.fetch(&format!("{path}?{query}"), &session).await
                }
                _ => app.call(&path, &fields, &session).await,
            };
            let expected = match function.needs {
                Needs::SignedIn => None,
                Needs::All(actions) if matches!(function.on, On::Somewhere) => {
                    actions.iter().find(|action| !actor.may_somewhere(**action))
                }
                Needs::All(actions) => actions.iter().find(|action| actor.may(**action, scope).is_err()),
            };
            if let Some(why) = differs(function, &answer, expected.copied()) {
                wrong.push(format!("{} as {caller}: {why}", function.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

/// How an answer differs from the table's.
fn differs(function: &Function, answer: &Answer, denied: Option<Action>) -> Option<String> {
    let said = answer.json()["code"].clone();
    let (code, action) = (said["code"].as_str().unwrap_or_default(), said["action"].clone());
    let short: String = answer.body.chars().take(200).collect();
    match denied {
        Some(wanted) => {
            let right = answer.status == StatusCode::FORBIDDEN
                && code == "denied"
                && action == serde_json::to_value(wanted).expect("an action as JSON");
            (!right).then(|| format!("should be denied by {wanted:?}, and is {} {short}", answer.status))
        }
        None if code == "denied" || answer.status == StatusCode::UNAUTHORIZED => {
            Some(format!("should be let in, and is {} {short}", answer.status))
        }
        // Let in, it has to come to its own answer: a field that can't be read would say nothing about permissions.
        None if answer.status.is_server_error() || !said["fields"]["form"].is_null() => {
            Some(format!("{} {short}", answer.status))
        }
        None if function.reads && !answer.status.is_success() => Some(format!("{} {short}", answer.status)),
        None => None,
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn plain_routes_follow_the_table(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    for (role, session) in fixtures.sessions(&app).await {
        for (method, path, plain) in PLAIN {
            let ends_the_session = *path == "/sign-out";
            // Only an administrator's call would start the playground: what it does then is tried in a browser.
            let starts_processes = *path == "/sample/load" && role == Role::Admin;
            if ends_the_session || starts_processes {
                continue;
            }
            let scope = Scope::Service(fixtures.service.id);
            let status = try_plain(&app, method, &fixtures.fill(path), &session).await;
            let granted = |action: Action| fixtures.actor(role).may(action, scope).is_ok();
            match plain {
                Plain::For(action) => {
                    let wanted = if granted(*action) {
                        StatusCode::OK
                    } else {
                        StatusCode::FORBIDDEN
                    };
                    assert_eq!(status, wanted, "{method} {path} as {role:?}");
                }
                Plain::Says(action) => {
                    assert_eq!(status, StatusCode::SEE_OTHER, "{method} {path} as {role:?}");
                    if !granted(*action) {
                        let page = app.visit("/", &session).await.body;
                        assert!(page.contains("Only an administrator"), "{path} as {role:?} is not told");
                    }
                }
                Plain::Signed => assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} as {role:?}"),
                Plain::SignedIn | Plain::Open => assert!(
                    status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN && !status.is_server_error(),
                    "{method} {path} as {role:?}: {status}"
                ),
            }
        }
    }
    assert!(
        !store::workspace::loaded(&db).await.expect("an answer"),
        "nobody but an administrator loads it"
    );
}

async fn try_plain(app: &Application, method: &str, path: &str, session: &Session) -> StatusCode {
    match method {
        "POST" => app.submit(path, &[], session).await.status,
        // The live stream does not end by itself: its head is enough.
        _ => {
            let request = application::request(Method::GET, path, session, "*/*", axum::body::Body::empty());
            app.stream(request).await.status()
        }
    }
}
