//! Whatever comes from outside is read or refused: nothing brings a handler down, and no answer leaves its description.

use crate::any::{self, Dice};
use crate::application::{self, Answer, Application, Session};
use crate::as_whom::{PASSWORD, address};
use crate::fixtures::{Fixtures, SERVICE, VERSION};
use crate::functions::FUNCTIONS;
use crate::program::{Program, whole_token};
use crate::routes::{ROUTES, Route, fill};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use domain::access::Role;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use store::Db;

/// Requests that one token may make, with room: a minute has 600.
const A_TOKEN: usize = 500;

struct Scene {
    app: Application,
    fixtures: Fixtures,
    session: Session,
    secret: String,
    used: usize,
}

impl Scene {
    async fn set(db: &Db) -> Scene {
        let app = Application::start(db).await;
        let fixtures = Fixtures::make(db).await;
        let session = app.sign_in(&address("Ada"), PASSWORD).await;
        Scene {
            app,
            fixtures,
            session,
            secret: String::new(),
            used: A_TOKEN,
        }
    }

    /// A request of the administrator's program, which is never told that it asks too often.
    async fn request(&mut self, method: &Method, path: &str, body: Option<&Value>) -> Request<Body> {
        if self.used == A_TOKEN {
            self.secret = whole_token(&self.app.db, self.fixtures.actor(Role::Admin)).await;
            self.used = 0;
        }
        self.used += 1;
        let program = Program {
            app: &self.app,
            secret: self.secret.clone(),
        };
        program.request(method, path, body)
    }
}

fn encoded(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).expect("is encoded");
    pair.trim_start_matches('=').replace('+', "%20")
}

/// What is wrong with an answer of a route.
fn wrong(route: &Route, answer: &Answer) -> Option<String> {
    let operation = &server::api::description()["paths"][format!("/api/v1{}", route.path)][route.method];
    let short: String = answer.body.chars().take(200).collect();
    let described = !operation["responses"][answer.status.as_str()].is_null();
    (answer.status.is_server_error() || !described)
        .then(|| format!("{} {}: {} {short}", route.method, route.path, answer.status))
}

fn method(route: &Route) -> Method {
    route.method.to_uppercase().parse().expect("a method")
}

fn report(found: &BTreeMap<String, String>) {
    let lines: Vec<String> = found.iter().map(|(what, by)| format!("{what} ← {by:.200}")).collect();
    assert!(found.is_empty(), "\n  {}", lines.join("\n  "));
}

#[sqlx::test(migrations = "../migrations")]
async fn no_header_is_too_odd(db: Db) {
    const NAMES: &[&str] = &[
        "if-match",
        "if-none-match",
        "idempotency-key",
        "authorization",
        "x-request-id",
        "last-event-id",
        "accept",
        "accept-encoding",
        "content-type",
        "cookie",
        "origin",
        "referer",
        "sec-fetch-site",
        "user-agent",
        "host",
    ];
    let mut scene = Scene::set(&db).await;
    let (mut dice, mut found) = (Dice::new(), BTreeMap::new());
    let path = format!("/api/v1/services/{SERVICE}/releases/{VERSION}");
    let body = serde_json::json!({"title": "Odd"});
    for _ in 0..500 {
        let (name, bytes) = (*dice.one(NAMES), dice.draw(any::header()));
        let bytes = match name {
            "authorization" => [b"Bearer ", &*bytes].concat(),
            "cookie" => [b"slipway=", &*bytes].concat(),
            _ => bytes,
        };
        let Ok(value) = HeaderValue::from_bytes(&bytes) else {
            continue;
        };
        let page = application::request(Method::GET, "/more", &scene.session, "text/html", Body::empty());
        let live = application::request(Method::GET, "/live", &scene.session, "text/event-stream", Body::empty());
        let requests = [
            scene.request(&Method::GET, &path, None).await,
            scene.request(&Method::PATCH, &path, Some(&body)).await,
            page,
            live,
        ];
        for mut request in requests {
            let what = format!("{} {} with {name}", request.method(), request.uri());
            request
                .headers_mut()
                .insert(HeaderName::from_static(name), value.clone());
            // The live stream has no end: its head is enough.
            let answer = scene.app.stream(request).await;
            if answer.status().is_server_error() {
                found.insert(format!("{what}: {}", answer.status()), format!("{value:?}"));
            }
            let id = answer.headers().get("x-request-id").map_or(0, HeaderValue::len);
            if !(1..=100).contains(&id) {
                found.insert(format!("{what}: a request id of {id} bytes"), format!("{value:?}"));
            }
        }
    }
    report(&found);
}

#[sqlx::test(migrations = "../migrations")]
async fn no_query_is_too_odd(db: Db) {
    let mut scene = Scene::set(&db).await;
    let (mut dice, mut found) = (Dice::new(), BTreeMap::new());
    for route in ROUTES.iter().filter(|route| route.method == "get") {
        let path = fill(route, &scene.fixtures);
        let operation = &server::api::description()["paths"][format!("/api/v1{}", route.path)]["get"];
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in parameters.iter().filter(|one| one["in"] == "query") {
            let name = parameter["name"].as_str().expect("a name");
            for _ in 0..40 {
                let text: String = dice.draw(any::text()).chars().take(2_000).collect();
                let path = path.split('?').next().unwrap_or_default();
                let needed = if path.ends_with("/gate") && name != "environment" {
                    "environment=production&"
                } else {
                    ""
                };
                let request = scene
                    .request(&Method::GET, &format!("{path}?{needed}{name}={}", encoded(&text)), None)
                    .await;
                // A wait for a gate that never passes is no odd answer, only a slow one.
                if name == "wait" && text.parse::<u64>().is_ok_and(|wait| wait > 0) {
                    continue;
                }
                if let Some(why) = wrong(route, &scene.app.send(request).await) {
                    found.insert(format!("{name} of {why}"), format!("{text:?}"));
                }
            }
        }
    }
    report(&found);
}

#[sqlx::test(migrations = "../migrations")]
async fn no_address_is_too_odd(db: Db) {
    let mut scene = Scene::set(&db).await;
    let (mut dice, mut found) = (Dice::new(), BTreeMap::new());
    for route in ROUTES.iter().filter(|route| route.path.contains('{')) {
        let names: Vec<&str> = route.path.split('/').filter(|part| part.starts_with('{')).collect();
        let body = (route.body)(&scene.fixtures);
        for _ in 0..12 {
            let text: String = dice.draw(any::text()).chars().take(500).collect();
            let here = *dice.one(&names);
            let known = fill(route, &scene.fixtures);
            let place = route.path.split('/').position(|part| part == here).expect("is there");
            // The address has `/api/v1` before it.
            let mut parts: Vec<String> = known.split('/').map(str::to_owned).collect();
            parts[place + 2] = encoded(&text);
            let mut request = scene.request(&method(route), &parts.join("/"), body.as_ref()).await;
            if route.conditional {
                request
                    .headers_mut()
                    .insert(header::IF_MATCH, HeaderValue::from_static("\"-1.0\""));
            }
            let answer = scene.app.send(request).await;
            // An empty part, or a longer one, may be another address.
            let elsewhere = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
            if let Some(why) = wrong(route, &answer).filter(|_| !elsewhere) {
                found.insert(format!("{here} of {why}"), format!("{text:?}"));
            }
        }
    }
    report(&found);
}

/// The body with one of its leaves, or all of it, replaced.
fn spoil(at: &mut Value, dice: &mut Dice) {
    let deeper = dice.draw(0..4) != 0;
    match at {
        Value::Object(map) if deeper && !map.is_empty() => {
            let keys: Vec<String> = map.keys().cloned().collect();
            spoil(&mut map[dice.one(&keys)], dice);
        }
        Value::Array(all) if deeper && !all.is_empty() => {
            let place = dice.draw(0..all.len());
            spoil(&mut all[place], dice);
        }
        _ => {
            *at = match dice.draw(0..3) {
                0 => dice.draw(any::json()),
                _ => Value::from(dice.draw(any::text())),
            }
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn no_body_is_too_odd(db: Db) {
    let mut scene = Scene::set(&db).await;
    let (mut dice, mut found) = (Dice::new(), BTreeMap::new());
    for route in ROUTES.iter().filter(|route| route.method != "get") {
        let operation = &server::api::description()["paths"][format!("/api/v1{}", route.path)][route.method];
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        let Some(body) = (route.body)(&scene.fixtures) else {
            continue;
        };
        for _ in 0..20 {
            let whole = if dice.draw(any::<bool>()) && !example.is_null() {
                example
            } else {
                &body
            };
            let mut body = whole.clone();
            spoil(&mut body, &mut dice);
            let mut request = scene
                .request(&method(route), &fill(route, &scene.fixtures), Some(&body))
                .await;
            if route.conditional {
                request
                    .headers_mut()
                    .insert(header::IF_MATCH, HeaderValue::from_static("\"1.0\""));
            }
            if let Some(why) = wrong(route, &scene.app.send(request).await) {
                found.insert(why, body.to_string());
            }
        }
    }
    report(&found);
}

/// As a script and as a browser without one posts it: what is kept of a form that failed must not stand in the way of the next page.
#[sqlx::test(migrations = "../migrations")]
async fn no_form_is_too_odd(db: Db) {
    let scene = Scene::set(&db).await;
    let (mut dice, mut found) = (Dice::new(), BTreeMap::new());
    // Those end the session that asks.
    const ENDS: &[&str] = &["access/password", "access/end-session", "access/end-others"];
    let posts: Vec<String> = server_fn::axum::server_fn_paths()
        .filter(|(_, method)| *method == Method::POST)
        .map(|(path, _)| path.trim_start_matches("/call/").to_owned())
        .collect();
    for function in FUNCTIONS.iter().filter(|one| !ENDS.contains(&one.path)) {
        if !posts.iter().any(|path| path == function.path) {
            continue;
        }
        let path = format!("/call/{}", function.path);
        for _ in 0..6 {
            let mut fields: Vec<(String, String)> = (function.fields)(&scene.fixtures)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let odd: String = dice.draw(any::text()).chars().take(5_000).collect();
            match fields.len() {
                0 => fields.push((odd.clone(), odd.clone())),
                many => {
                    let place = dice.draw(0..many);
                    match dice.draw(0..5) {
                        0 => fields[place].0 = odd.clone(),
                        _ => fields[place].1 = odd.clone(),
                    }
                }
            }
            let told = format!("{fields:?}");
            let answer = scene.app.call(&path, &fields, &scene.session).await;
            if answer.status.is_server_error() {
                found.insert(format!("{path}: {} {:.200}", answer.status, answer.body), told.clone());
            }
            let plain: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let answer = scene.app.submit(&path, &plain, &scene.session).await;
            let next = scene.app.visit("/more", &scene.session).await;
            for (what, status) in [("as a form", answer.status), ("the page after it", next.status)] {
                if status.is_server_error() {
                    found.insert(format!("{path} {what}: {status}"), told.clone());
                }
            }
        }
    }
    report(&found);
}

#[sqlx::test(migrations = "../migrations")]
async fn any_file_of_a_service_is_read_or_refused_at_a_field(db: Db) {
    let scene = Scene::set(&db).await;
    let admin = scene.fixtures.actor(Role::Admin);
    let file = store::service::export(&db, admin, SERVICE).await.expect("a file");
    let text = toml::to_string_pretty(&file).expect("TOML");
    let import = async |file: &str| {
        let fields = [("file".to_owned(), file.to_owned())];
        scene.app.call("/call/service/import", &fields, &scene.session).await
    };
    let answer = import(&text).await;
    assert!(
        answer.status.is_success() || answer.status.is_redirection(),
        "{}",
        answer.body
    );
    let again = store::service::export(&db, admin, SERVICE).await.expect("a file");
    assert_eq!(again, file, "brought in as it was taken out");
    let lines: Vec<&str> = text.lines().collect();
    let (mut dice, mut found) = (Dice::new(), BTreeMap::new());
    for _ in 0..200 {
        let odd = dice.draw(any::text());
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let place = dice.draw(0..changed.len());
        match dice.draw(0..5) {
            0 => changed = vec![odd],
            1 => drop(changed.remove(place)),
            2 => changed[place] = odd,
            3 => changed.insert(place, lines[dice.draw(0..lines.len())].to_owned()),
            _ => {
                let name = lines[place].split(" = ").next().unwrap_or_default();
                changed[place] = format!("{name} = {}", Value::from(odd));
            }
        }
        let changed = changed.join("\n");
        let answer = import(&changed).await;
        let code = answer.json()["code"].clone();
        let at_a_field = code["fields"].as_object().is_some_and(|fields| !fields.is_empty());
        let fine = answer.status.is_success() || answer.status.is_redirection() || at_a_field;
        // The limit of a body is before any field.
        if !fine && answer.status != StatusCode::PAYLOAD_TOO_LARGE && code["code"] != "in_use" {
            found.insert(format!("{} {:.300}", answer.status, answer.body), changed);
        }
    }
    report(&found);
}
