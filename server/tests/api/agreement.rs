//! Screens and API are two ways to the same use cases: the same person gets the same answer by both.

use crate::application::{Application, Session};
use crate::fixtures::{Fixtures, SERVICE, VERSION};
use crate::program::{Program, whole_token};
use axum::http::Method;
use domain::access::Role;
use serde_json::{Value, json};
use store::Db;

/// One thing to do, both ways.
struct Pair {
    call: &'static str,
    fields: Vec<(&'static str, String)>,
    method: Method,
    path: String,
    body: Option<Value>,
    /// With an `If-Match` that is not the present one.
    stale: bool,
}

fn pair(
    call: &'static str,
    fields: Vec<(&'static str, String)>,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Pair {
    Pair {
        call,
        fields,
        method,
        path: format!("/api/v1{path}"),
        body,
        stale: false,
    }
}

fn pairs(all: &Fixtures) -> Vec<Pair> {
    let release = format!("/services/{SERVICE}/releases/{VERSION}");
    let production = format!("/services/{SERVICE}/environments/production");
    let of = |text: &str| text.to_owned();
    let plan = |version: &str| {
        vec![
            ("service", of(SERVICE)),
            ("form[version]", of(version)),
            ("form[title]", of("Nine")),
            ("form[reference]", of("storefront:9.9.9")),
            ("form[digest]", format!("sha256:{}", "cd".repeat(32))),
            ("form[changes][0][kind]", of("fix")),
            ("form[changes][0][text]", of("Nine is nine")),
        ]
    };
    let planned = |version: &str| {
        json!({
            "version": version, "title": "Nine", "changes": [{"kind": "fix", "text": "Nine is nine"}],
            "artifact": {"reference": "storefront:9.9.9", "digest": format!("sha256:{}", "cd".repeat(32))},
        })
    };
    let mut pairs = vec![
        // A version that exists.
        pair(
            "release/create",
            plan(VERSION),
            Method::POST,
            &format!("/services/{SERVICE}/releases"),
            Some(planned(VERSION)),
        ),
        pair(
            "release/item",
            vec![
                ("item", all.item.to_string()),
                ("row_version", of("1")),
                ("act", of("tick")),
                ("text", of("ok")),
            ],
            Method::PATCH,
            &format!("{release}/checklist/{}", all.item),
            Some(json!({"state": "done", "text": "ok", "row_version": 1})),
        ),
        pair(
            "release/item",
            vec![
                ("item", all.item.to_string()),
                ("row_version", of("-1")),
                ("act", of("reopen")),
            ],
            Method::PATCH,
            &format!("{release}/checklist/{}", all.item),
            Some(json!({"state": "open", "row_version": -1})),
        ),
        pair(
            "deployment/request",
            vec![
                ("release", all.release.to_string()),
                ("environment", all.held.to_string()),
            ],
            Method::POST,
            &format!("{release}/deployments"),
            Some(json!({"environment": "staging"})),
        ),
        pair(
            "deployment/request",
            vec![
                ("release", all.release.to_string()),
                ("environment", all.development.to_string()),
            ],
            Method::POST,
            &format!("{release}/deployments"),
            Some(json!({"environment": "development"})),
        ),
        pair(
            "deployment/steer",
            vec![
                ("deployment", all.deployment.to_string()),
                ("number", all.number.to_string()),
                ("act", of("resume")),
            ],
            Method::POST,
            &format!("/deployments/{}/commands", all.number),
            Some(json!({"act": "resume"})),
        ),
        pair(
            "deployment/steer",
            vec![
                ("deployment", all.deployment.to_string()),
                ("number", all.number.to_string()),
                ("act", of("abort")),
            ],
            Method::POST,
            &format!("/deployments/{}/commands", all.number),
            Some(json!({"act": "abort"})),
        ),
        pair(
            "gate/request",
            vec![
                ("release", all.release.to_string()),
                ("environment", all.development.to_string()),
            ],
            Method::POST,
            &format!("{release}/approval-requests"),
            Some(json!({"environment": "development"})),
        ),
        pair(
            "gate/decide",
            vec![
                ("request", all.request.to_string()),
                ("seen", "00".repeat(32)),
                ("decision", of("approve")),
            ],
            Method::POST,
            &format!("{release}/decisions"),
            Some(json!({"environment": "production", "digest": "00".repeat(32), "decision": "approve"})),
        ),
        pair(
            "incident/publish",
            vec![
                ("number", all.incident.to_string()),
                ("state", of("identified")),
                ("body", of("")),
            ],
            Method::POST,
            &format!("/incidents/{}/updates", all.incident),
            Some(json!({"state": "identified", "body": ""})),
        ),
        pair(
            "incident/add-action",
            vec![
                ("number", all.incident.to_string()),
                ("text", of("Look again tomorrow")),
            ],
            Method::POST,
            &format!("/incidents/{}/actions", all.incident),
            Some(json!({"text": "Look again tomorrow"})),
        ),
        pair(
            "access/invite",
            vec![("email", of("nobody")), ("role", of("viewer"))],
            Method::POST,
            "/invitations",
            Some(json!({"email": "nobody", "role": "viewer"})),
        ),
        pair(
            "service/page",
            vec![("name", of("none"))],
            Method::GET,
            "/services/none",
            None,
        ),
        pair("release/list", vec![], Method::GET, "/releases", None),
        pair("access/people", vec![], Method::GET, "/people", None),
    ];
    pairs.push(Pair {
        stale: true,
        ..pair(
            "service/policy",
            vec![("environment", all.development.to_string()), ("version_seen", of("-1")), ("form[approvals]", of("0")), ("form[roles][0]", of("approver"))],
            Method::PUT,
            &format!("{production}/policy"),
            Some(json!({"approvals": 0, "approver_roles": ["approver"], "checklist": false, "promotion": false, "rollback_plan": false, "window": false})),
        )
    });
    pairs
}

/// What came of it: `ok`, or the word of the refusal and the fields that are wrong.
fn by_screen(answer: &crate::application::Answer) -> (String, Value) {
    if answer.status.is_success() || answer.status.is_redirection() {
        return ("ok".into(), Value::Null);
    }
    let said = answer.json()["code"].clone();
    (
        said["code"].as_str().unwrap_or_default().to_owned(),
        said["fields"].clone(),
    )
}

fn by_api(answer: &crate::application::Answer) -> (String, Value) {
    if answer.status.is_success() {
        return ("ok".into(), Value::Null);
    }
    let said = answer.json();
    let word = said["type"]
        .as_str()
        .unwrap_or_default()
        .rsplit(':')
        .next()
        .unwrap_or_default();
    // A lost race is a failed precondition where the precondition was named.
    let word = if word == "changed" { "conflict" } else { word };
    (word.replace('-', "_"), said["fields"].clone())
}

#[sqlx::test(migrations = "../migrations")]
async fn both_ways_answer_alike(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let methods: std::collections::BTreeMap<String, Method> = server_fn::axum::server_fn_paths()
        .map(|(path, method)| (path.trim_start_matches("/call/").to_owned(), method))
        .collect();
    let mut wrong = Vec::new();
    for (role, session) in fixtures.sessions(&app).await {
        let program = Program {
            app: &app,
            secret: whole_token(&db, fixtures.actor(role)).await,
        };
        for pair in pairs(&fixtures) {
            let screen = by_screen(&screen(&app, &session, &pair, &methods).await);
            let mut request = program.request(&pair.method, &pair.path, pair.body.as_ref());
            if pair.stale {
                let stale = "\"-1.0\"".parse().expect("a header");
                request.headers_mut().insert("if-match", stale);
            }
            let api = by_api(&app.send(request).await);
            if screen != api {
                wrong.push(format!(
                    "{} as {role:?}: {screen:?} on the screen, {api:?} by {}",
                    pair.call, pair.path
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
    assert!(Role::ALL.len() == 5);
}

async fn screen(
    app: &Application,
    session: &Session,
    pair: &Pair,
    methods: &std::collections::BTreeMap<String, Method>,
) -> crate::application::Answer {
    let fields: Vec<(String, String)> = pair
        .fields
        .iter()
        .map(|(name, value)| ((*name).into(), value.clone()))
        .collect();
    let path = format!("/call/{}", pair.call);
    match methods[pair.call] {
        Method::GET => {
            let query = serde_urlencoded::to_string(&fields).expect("fields are encoded");
            app.fetch(&format!("{path}?{query}"), session).await
        }
        _ => app.call(&path, &fields, session).await,
    }
}
