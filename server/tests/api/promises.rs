//! What the headers promise: keys, tags, pages, rates; and that a token works here, as long as it works, and nowhere else.

use crate::application::Application;
use crate::fixtures::{Fixtures, SERVICE, VERSION};
use crate::program::{Program, token, whole_token};
use axum::http::{Method, StatusCode};
use domain::access::{Role, TokenScope};
use serde_json::{Value, json};
use std::time::Duration;
use store::{Db, access};

/// How long something may take that comes by itself.
const PATIENCE: Duration = Duration::from_secs(20);

async fn program<'a>(app: &'a Application, fixtures: &Fixtures, role: Role) -> Program<'a> {
    Program {
        app,
        secret: whole_token(&app.db, fixtures.actor(role)).await,
    }
}

fn with(
    mut request: axum::http::Request<axum::body::Body>,
    name: &'static str,
    value: &str,
) -> axum::http::Request<axum::body::Body> {
    request.headers_mut().insert(name, value.parse().expect("a header"));
    request
}

#[sqlx::test(migrations = "../migrations")]
async fn a_token_works_here_while_it_works_and_nowhere_else(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let engineer = fixtures.actor(Role::Engineer);
    let program = Program {
        app: &app,
        secret: token(&db, engineer, &[TokenScope::Read, TokenScope::Deploy]).await,
    };
    assert_eq!(
        program.get("/api/v1/me").await.json()["scopes"],
        json!(["read", "deploy"])
    );
    // Another site's page may carry it: no cookie is borrowed. And no answer sets one.
    let elsewhere = with(
        program.request(&Method::GET, "/api/v1/me", None),
        "origin",
        "https://example.org",
    );
    let answer = app.send(elsewhere).await;
    assert_eq!((answer.status, answer.set_cookie()), (StatusCode::OK, ""));
    for path in ["/", "/profile", "/live", "/incidents/1/report.md", "/call/home/page"] {
        let answer = program.get(path).await;
        assert!(
            matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::SEE_OTHER),
            "{path}: {}",
            answer.status
        );
    }
    let call = || program.call(Method::POST, "/api/v1/services/storefront/releases", Some(json!({})));
    assert_eq!(call().await.status, StatusCode::FORBIDDEN, "the scope was not given");
    // The person's role goes mid-way, then the token.
    let admin = fixtures.actor(Role::Admin);
    access::change_role(&db, admin, engineer.id, Role::Viewer)
        .await
        .expect("is changed");
    let deploy = format!("/api/v1/services/{SERVICE}/releases/{VERSION}/deployments");
    let answer = program
        .call(Method::POST, &deploy, Some(json!({"environment": "development"})))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let own = program.get("/api/v1/tokens").await.json()["items"][0].clone();
    assert_eq!(own["this"], true);
    let path = format!("/api/v1/tokens/{}", own["id"].as_str().expect("an id"));
    assert_eq!(
        program.call(Method::DELETE, &path, None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(program.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_write_under_a_key_happens_once(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let program = program(&app, &fixtures, Role::Support).await;
    let path = format!("/api/v1/incidents/{}/actions", fixtures.incident);
    let send = async |key: &str, text: &str| {
        let body = json!({"text": text});
        let request = program.request(&Method::POST, &path, Some(&body));
        app.send(with(request, "idempotency-key", key)).await
    };
    let first = send("a", "Look again tomorrow").await;
    let again = send("a", "Look again tomorrow").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("etag"), first.header("etag"));
    let other = send("a", "Look again today").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.body.contains("key-reused"), "{}", other.body);
    // Of eight at once one does it; the others are told so, or get its answer.
    let all = futures::future::join_all((0..8).map(|_| send("b", "Ask the supplier"))).await;
    let bad = all
        .iter()
        .find(|answer| !matches!(answer.status, StatusCode::CREATED | StatusCode::CONFLICT));
    assert!(bad.is_none(), "{bad:?}");
    let page = store::incident::page(&db, fixtures.actor(Role::Admin), fixtures.incident)
        .await
        .expect("a page");
    let texts: Vec<&str> = page.actions.iter().map(|action| action.text.as_str()).collect();
    assert_eq!(texts, ["Watch the orders", "Look again tomorrow", "Ask the supplier"]);
    // A refusal is an answer too; a key is another program's for another program.
    let refused = send("c", "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send("c", "").await.header("idempotency-replayed"), "true");
    assert_eq!(send("", "x").await.status, StatusCode::BAD_REQUEST);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_secret_is_answered_once_and_kept_nowhere(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let program = program(&app, &fixtures, Role::Admin).await;
    let path = format!("/api/v1/webhooks/{}/secret", fixtures.webhook);
    let send = async || {
        let request = program.request(&Method::POST, &path, None);
        app.send(with(request, "idempotency-key", "a")).await
    };
    let first = send().await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert!(
        first.json()["secret"]
            .as_str()
            .is_some_and(|secret| secret.starts_with("whsec_"))
    );
    let again = send().await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    assert_eq!(again.json()["type"], "urn:slipway:problem:shown-once");
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_tag_saves_reading_and_keeps_changes(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let program = program(&app, &fixtures, Role::Engineer).await;
    let path = format!("/api/v1/services/{SERVICE}/releases/{VERSION}");
    let read = program.get(&path).await;
    let tag = read.header("etag").to_owned();
    let same = app
        .send(with(program.request(&Method::GET, &path, None), "if-none-match", &tag))
        .await;
    assert_eq!((same.status, same.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let change = |title: &str| {
        let body = json!({"title": title});
        program.request(&Method::PATCH, &path, Some(&body))
    };
    assert_eq!(
        app.send(change("Unseen")).await.status,
        StatusCode::PRECONDITION_REQUIRED
    );
    let first = app.send(with(change("First"), "if-match", &tag)).await;
    assert_eq!(
        (first.status, first.json()["title"].as_str()),
        (StatusCode::OK, Some("First"))
    );
    let second = app.send(with(change("Second"), "if-match", &tag)).await;
    assert_eq!(second.status, StatusCode::PRECONDITION_FAILED, "{}", second.body);
    let next = app.send(with(change("Third"), "if-match", first.header("etag"))).await;
    assert_eq!(
        next.status,
        StatusCode::OK,
        "the answer to a change carries the next tag"
    );
    let other = app
        .send(with(program.request(&Method::GET, &path, None), "if-none-match", &tag))
        .await;
    assert_eq!(other.status, StatusCode::OK);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_can_not_be_read_is_said_as_a_problem(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let program = program(&app, &fixtures, Role::Engineer).await;
    let post = |body: &str, kind: &str| {
        let mut request = program.request(&Method::POST, "/api/v1/services", None);
        *request.body_mut() = axum::body::Body::from(body.to_owned());
        with(request, "content-type", kind)
    };
    for (request, status) in [
        (post("name=x", "application/x-www-form-urlencoded"), 415),
        (post("{", "application/json"), 400),
        (post("{\"name\": 7}", "application/json"), 422),
        (post("{\"nam\": \"x\"}", "application/json"), 422),
        (program.request(&Method::GET, "/api/v1/releases?cursor=x", None), 400),
        (program.request(&Method::GET, "/api/v1/deployments?state=x", None), 400),
        (program.request(&Method::GET, "/api/v1/deployments/x", None), 404),
        (
            program.request(&Method::GET, "/api/v1/deployments/99999999999999999999", None),
            404,
        ),
        (program.request(&Method::GET, "/api/v1/nothing", None), 404),
        (program.request(&Method::POST, "/api/v1/me", None), 405),
        (program.request(&Method::GET, "/api/v1/services/%FF", None), 400),
    ] {
        let here = format!("{} {}", request.method(), request.uri());
        let answer = app.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{here}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{here}");
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{here}");
        assert_eq!(problem["instance"], answer.header("x-request-id"), "{here}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_is_read_page_by_page(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let program = program(&app, &fixtures, Role::Viewer).await;
    for patch in 0..60 {
        let form = crate::as_whom::release_form(&format!("5.0.{patch}"));
        store::release::create(&db, fixtures.actor(Role::Admin), SERVICE, &form)
            .await
            .expect("is planned");
    }
    let first = program.get("/api/v1/releases?text=5.0.").await;
    let link = first.header("link").to_owned();
    let next = link.trim_start_matches('<').split('>').next().expect("an address");
    assert!(
        link.ends_with("rel=\"next\"") && next.starts_with("/api/v1/releases?text=5.0."),
        "{link}"
    );
    let second = program.get(next).await;
    let versions = |page: Value| -> Vec<String> {
        let items = page["items"].as_array().expect("items").clone();
        items
            .iter()
            .map(|item| item["version"].as_str().expect("a version").to_owned())
            .collect()
    };
    assert_eq!(second.json()["next"], Value::Null);
    let mut all = versions(first.json());
    assert_eq!(all.len(), 50);
    all.extend(versions(second.json()));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60);
}

#[sqlx::test(migrations = "../migrations")]
async fn who_asks_too_often_waits_and_the_others_do_not(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let busy = program(&app, &fixtures, Role::Viewer).await;
    let other = program(&app, &fixtures, Role::Support).await;
    let mut refused = None;
    for _ in 0..2_000 {
        let answer = busy.get("/api/v1/me").await;
        assert_eq!(answer.header("ratelimit-limit"), "600");
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("is refused some time");
    assert!(refused.header("retry-after").parse::<u32>().expect("seconds") >= 1);
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    assert_eq!(other.get("/api/v1/me").await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "../migrations")]
async fn who_waits_for_a_gate_is_told_when_it_changes(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let program = program(&app, &fixtures, Role::Engineer).await;
    let admin = fixtures.actor(Role::Admin);
    let page = store::service::page(&db, admin, SERVICE).await.expect("a page");
    let production = page.environments.last().expect("production").environment.clone();
    let policy = domain::service::Policy {
        approvals: 1,
        ..domain::service::Policy::default()
    };
    store::service::save_policy(&db, admin, production.id, production.policy_version, &policy)
        .await
        .expect("is saved");
    let path = format!("/api/v1/services/{SERVICE}/releases/{VERSION}/gate?environment=production");
    assert_eq!(
        program.get(&path).await.json()["verdict"],
        "blocked",
        "nobody has asked"
    );
    let request = store::gate::request_approval(&db, fixtures.actor(Role::Engineer), fixtures.release, production.id)
        .await
        .expect("is asked for");
    assert_eq!(program.get(&path).await.json()["verdict"], "waiting");
    let waits = async { program.get(&format!("{path}&wait=60")).await };
    let approves = async {
        let seen = store::release::page(&db, admin, SERVICE, VERSION)
            .await
            .expect("a page");
        let digest = seen.environments.last().expect("production").digest;
        let approver = fixtures.actor(Role::Approver);
        store::gate::decide(&db, approver, request, digest, domain::release::Decision::Approve, "")
            .await
            .expect("is approved");
    };
    let (answer, ()) = tokio::time::timeout(PATIENCE, async { tokio::join!(waits, approves) })
        .await
        .expect("is woken, long before its minute is over");
    assert_eq!(answer.json()["verdict"], "pass", "{}", answer.body);
}

#[sqlx::test(migrations = "../migrations")]
async fn no_token_decides_where_a_person_has_to_prove_who_they_are(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let admin = program(&app, &fixtures, Role::Admin).await;
    let address = format!("/api/v1/services/{SERVICE}/environments/production/policy");
    let read = admin.get(&address).await;
    let mut policy = read.json();
    assert!(
        policy.get("reauthenticate_min").is_none(),
        "off, unless somebody asks for it: {policy}"
    );
    policy["reauthenticate_min"] = json!(15);
    let put = admin.request(&Method::PUT, &address, Some(&policy));
    let saved = app.send(with(put, "if-match", read.header("etag"))).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert_eq!(admin.get(&address).await.json()["reauthenticate_min"], 15);

    let release = format!("/api/v1/services/{SERVICE}/releases/{VERSION}");
    let asked = admin
        .call(
            Method::POST,
            &format!("{release}/approval-requests"),
            Some(json!({"environment": "production"})),
        )
        .await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.body);
    let approver = program(&app, &fixtures, Role::Approver).await;
    let decision = json!({
        "environment": "production", "digest": asked.json()["digest"], "decision": "approve", "comment": "",
    });
    let refused = approver
        .call(Method::POST, &format!("{release}/decisions"), Some(decision))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert_eq!(refused.json()["type"], "urn:slipway:problem:not-by-token");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pipeline_registers_reports_and_asks(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let program = Program {
        app: &app,
        secret: token(
            &db,
            fixtures.actor(Role::Engineer),
            &[TokenScope::Read, TokenScope::Plan],
        )
        .await,
    };
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let release = format!("/api/v1/services/{SERVICE}/releases/7.0.0");
    let body = json!({
        "artifact": {"reference": "storefront:7.0.0", "digest": format!("sha256:{}", "ef".repeat(32))}, "commit": commit,
        "commits": [{"sha": commit, "message": "feat: coupons", "author": "Ana", "at": "2026-01-15T10:00:00Z"}],
    });
    let first = program.call(Method::PUT, &release, Some(body.clone())).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let again = program.call(Method::PUT, &release, Some(body)).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["row_version"], first.json()["row_version"]);
    let check = format!("/api/v1/services/{SERVICE}/commits/{commit}/checks/security");
    let report = json!({"state": "passed", "url": "https://ci.example.com/7"});
    assert_eq!(
        program.call(Method::PUT, &check, Some(report)).await.status,
        StatusCode::OK
    );
    let items = program.get(&format!("{release}/checklist")).await.json()["items"].clone();
    let scan = items
        .as_array()
        .expect("items")
        .iter()
        .find(|item| item["text"] == "Security scan passed")
        .expect("an item")
        .clone();
    assert_eq!(
        (scan["state"].as_str(), scan["evidence"].as_str()),
        (Some("done"), Some("https://ci.example.com/7"))
    );
    let history = program.get(&format!("{release}/history")).await.json();
    assert!(
        history["items"][0]["token"].is_string(),
        "it says by which token: {history}"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn the_page_reads_without_signing_in(db: Db) {
    let app = Application::start(&db).await;
    Fixtures::make(&db).await;
    let nobody = crate::application::Session::nobody();
    let page = app.visit("/api", &nobody).await;
    assert_eq!(page.status, StatusCode::OK);
    for told in [
        "/api/v1/services/{service}/releases/{version}/gate",
        "GitHub Actions",
        "GitLab CI",
        "Idempotency-Key",
    ] {
        assert!(page.body.contains(told), "{told}");
    }
    assert!(!page.body.contains("<script"), "it needs none");
    let document = app.fetch("/api/openapi.json", &nobody).await;
    assert_eq!(document.json()["info"]["title"], "Slipway");
}
