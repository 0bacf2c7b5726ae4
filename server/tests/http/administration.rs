//! What those who run the instance are given: the audit trail as a file, secrets that never come back, metrics.

use crate::application::{Application, Session, request, with};
use crate::as_whom::{Admin, Engineer, PASSWORD, address};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use domain::audit::FileChecker;
use std::net::SocketAddr;
use store::Db;

#[sqlx::test(migrations = "../migrations")]
async fn the_audit_trail_is_taken_away_whole_and_in_part(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    Engineer::join(&db, &admin, "Eve").await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let check = |text: &str| {
        let mut checker = FileChecker::new(None, None, store::audit::signed_by);
        text.lines().for_each(|line| checker.line(line));
        checker.finish()
    };
    let whole = app.fetch("/administration/audit.jsonl", &session).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert!(whole.header("content-disposition").contains("audit.jsonl"));
    let report = check(&whole.body);
    assert!(
        report.is_fine() && report.whole && report.report.records > 4,
        "{report:?}"
    );

    let part = app
        .fetch("/administration/audit.jsonl?event=signed_in&from=2026-01-01", &session)
        .await;
    let report = check(&part.body);
    assert!(
        report.is_fine() && !report.whole && report.report.records == 1,
        "{report:?}"
    );
    let wrong = app.fetch("/administration/audit.jsonl?from=yesterday", &session).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    let page = app.visit("/administration/audit?from=yesterday", &session).await;
    assert!(page.body.contains("Write a date"), "what is wrong stands at its field");
    let page = app.visit("/administration/audit?text=joined", &session).await;
    assert!(page.body.contains("Joined as engineer"), "{}", page.body);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_secret_that_was_not_set_does_not_come_back(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let fields = [
        ("name", "Not A Name"),
        ("service", ""),
        ("secret_value", "correct horse battery"),
    ];
    let body = serde_urlencoded::to_string(fields).expect("fields are encoded");
    let form = request(
        Method::POST,
        "/call/secret/set",
        &session,
        "text/html",
        Body::from(body),
    );
    let form = with(form, "content-type", "application/x-www-form-urlencoded");
    let form = with(form, "referer", "http://127.0.0.1:3000/administration/secrets");
    let answer = app.send(form).await;
    assert!(
        answer.location().contains("__err="),
        "{} {}",
        answer.status,
        answer.location()
    );
    assert!(!answer.location().contains("horse"), "{}", answer.location());
    let kept: Vec<String> = sqlx::query_scalar("select data::text from session")
        .fetch_all(&db)
        .await
        .expect("sessions");
    assert!(kept.iter().any(|data| data.contains("Not A Name")), "{kept:?}");
    assert!(kept.iter().all(|data| !data.contains("horse")), "{kept:?}");
    let page = app.visit("/administration/secrets", &session).await;
    assert!(page.body.contains("value=\"Not A Name\"") && !page.body.contains("horse"));

    let fields = [
        ("name", "registry"),
        ("service", ""),
        ("secret_value", "correct horse battery"),
    ];
    let answer = app.submit("/call/secret/set", &fields, &session).await;
    assert!(
        answer.location().ends_with("/administration/secrets?set=registry"),
        "{}",
        answer.location()
    );
    let page = app.visit("/administration/secrets", &session).await;
    assert!(page.body.contains("registry") && !page.body.contains("horse"));
}

#[sqlx::test(migrations = "../migrations")]
async fn metrics_are_read_by_this_machine_and_count_routes(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    app.visit("/services/some-name", &Session::nobody()).await;
    let ask = |from: &str| {
        let from: SocketAddr = from.parse().expect("an address");
        let mut request = request(Method::GET, "/metrics", &Session::nobody(), "*/*", Body::empty());
        request.extensions_mut().insert(ConnectInfo(from));
        request
    };
    let page = app.send(ask("127.0.0.1:9000")).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "slipway_http_requests_total{method=\"GET\",route=\"/services/",
        "slipway_database_connections ",
        "slipway_engine_ticks_total 0",
        "slipway_listener_silent_seconds 0",
        "slipway_jobs{state=\"gave_up\"} 0",
        "slipway_job_workers 0",
        "slipway_sealed_values{key=\"older\"} 0",
        "slipway_disk_free_bytes ",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(!page.body.contains("some-name"), "a template, never an address");
    assert!(page.body.ends_with("# EOF\n"));
    assert_eq!(app.send(ask("10.0.0.7:9000")).await.status, StatusCode::NOT_FOUND);
    let passed_on = with(ask("127.0.0.1:9000"), "x-forwarded-for", "10.0.0.7");
    assert_eq!(app.send(passed_on).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrations = "../migrations")]
async fn without_a_database_it_lives_and_is_not_ready(db: Db) {
    let app = Application::start(&db).await;
    let ask = async |path| app.fetch(path, &Session::nobody()).await;
    assert_eq!(ask("/health/ready").await.status, StatusCode::OK);
    db.close().await;
    let answer = ask("/health/ready").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "no database\n")
    );
    assert_eq!(
        ask("/health/live").await.status,
        StatusCode::OK,
        "to start it anew would mend nothing"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_server_that_drains_is_not_ready(db: Db) {
    let app = Application::start(&db).await;
    app.shutdown.cancel();
    let answer = app.fetch("/health/ready", &Session::nobody()).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn the_health_page_says_where_the_key_is_and_what_to_do(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    // By a key that this server does not have.
    let another = store::Vault::from_text(&"0c".repeat(32)).expect("a key");
    store::secret::set(&db, &admin, &another, None, "registry", "a value")
        .await
        .expect("is set");
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let page = app.visit("/administration/health", &session).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "in the data folder",
        "1 of them can't be opened.",
        "Nobody does these jobs.",
        "the first notice is on its way",
    ] {
        assert!(page.body.contains(words), "{words}");
    }
}
