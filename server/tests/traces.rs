//! Traces: the served binary, and a collector that reads what it is sent.

use axum::body::Bytes;
use axum::routing::post;
use axum::{Router, extract::State};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use sqlx::ConnectOptions as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::Db;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long something may take that comes by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a collector was sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl Collector {
    /// Listens, and says where.
    async fn start() -> (Collector, String) {
        let collector = Collector::default();
        let router = Router::new()
            .route("/v1/traces", post(Collector::take))
            .with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, address)
    }

    async fn take(State(collector): State<Collector>, body: Bytes) {
        let sent = ExportTraceServiceRequest::decode(body).expect("protobuf of OTLP");
        collector.0.lock().expect("no panic").push(sent);
    }

    fn spans(&self) -> Vec<Span> {
        let sent = self.0.lock().expect("no panic");
        let scopes = sent
            .iter()
            .flat_map(|request| &request.resource_spans)
            .flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// The name of the service that sent it.
    fn service(&self) -> String {
        let sent = self.0.lock().expect("no panic");
        let resource = sent[0].resource_spans[0].resource.as_ref().expect("a resource");
        let named = resource.attributes.iter().find(|one| one.key == "service.name");
        text(named.and_then(|one| one.value.as_ref()?.value.as_ref()))
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|one| one.key == key);
    text(found.and_then(|one| one.value.as_ref()?.value.as_ref()))
}

/// The served binary, on this database.
struct Served {
    child: Child,
    address: String,
    log: tokio::task::JoinHandle<String>,
    seen: Arc<Mutex<String>>,
    _folder: tempfile::TempDir,
}

impl Served {
    async fn start(db: &Db, collector: &str, pause_ms: &str) -> Served {
        let folder = tempfile::tempdir().expect("a folder");
        let site = folder.path().join("site");
        make_site(&site);
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_slipway"))
            .args(["serve", "--playground-ports", "0", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("--data")
            .arg(folder.path().join("data"))
            .env("DATABASE_URL", db.connect_options().to_url_lossy().to_string())
            .env("SLIPWAY_SITE", &site)
            .env("SLIPWAY_LOG", "info,tower_http=debug")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
            .env("OTEL_BSP_SCHEDULE_DELAY", pause_ms)
            .env_remove("OTEL_SERVICE_NAME")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let seen = Arc::new(Mutex::new(String::new()));
        let mut complaints = BufReader::new(child.stderr.take().expect("its errors")).lines();
        let kept = seen.clone();
        let log = tokio::spawn(async move {
            while let Ok(Some(line)) = complaints.next_line().await {
                let mut kept = kept.lock().expect("no panic");
                kept.push_str(&line);
                kept.push('\n');
            }
            kept.lock().expect("no panic").clone()
        });
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if line.contains("with this code: ") {
                    return true;
                }
            }
            false
        };
        let ready = tokio::time::timeout(PATIENCE, ready).await;
        assert_eq!(ready, Ok(true), "{}", seen.lock().expect("no panic"));
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Served {
            child,
            address: format!("http://127.0.0.1:{port}"),
            log,
            seen,
            _folder: folder,
        }
    }

    /// Asks it to stop; what it logged.
    async fn stop(mut self) -> String {
        let pid = nix::unistd::Pid::from_raw(self.child.id().expect("it runs") as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it is told");
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        assert!(ended.expect("it ends").expect("it ends").success());
        self.log.await.expect("its log")
    }
}

fn make_site(site: &Path) {
    std::fs::create_dir_all(site.join("pkg")).expect("a folder");
    std::fs::write(site.join("hash.txt"), "js: a\nwasm: b\ncss: c\n").expect("a file");
    std::fs::write(site.join("manifest.json"), "{}").expect("a file");
    std::fs::write(site.join("pkg/slipway.a.js"), "export {}").expect("a file");
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[sqlx::test(migrations = "../migrations")]
async fn a_request_is_a_span_of_its_callers_trace_and_nothing_secret_is_sent(db: Db) {
    let (collector, address) = Collector::start().await;
    // Far apart: what arrives was sent at the end.
    let served = Served::start(&db, &address, "3600000").await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let api = http
        .get(format!("{}/api/v1/services/sesame", served.address))
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .header("x-request-id", "asked-by-the-test");
    assert_eq!(api.send().await.expect("an answer").status(), 401);
    for path in ["/invite/sesame", "/login?next=/sesame", "/health/live"] {
        let page = http
            .get(format!("{}{path}", served.address))
            .header("accept", "text/html");
        page.send().await.expect("an answer");
    }
    assert!(collector.spans().is_empty());
    let log = served.stop().await;

    let spans = collector.spans();
    assert_eq!(collector.service(), "slipway");
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    let span = spans
        .iter()
        .find(|span| span.name == "GET /api/v1/services/{service}")
        .unwrap_or_else(|| panic!("the request's span among {names:?}"));
    assert_eq!(hex::encode(&span.trace_id), TRACE);
    assert_eq!(hex::encode(&span.parent_span_id), PARENT);
    assert_eq!(attribute(span, "http.request.method"), "GET");
    assert_eq!(attribute(span, "http.route"), "/api/v1/services/{service}");
    assert_eq!(attribute(span, "http.response.status_code"), "401");
    assert_eq!(attribute(span, "slipway.request"), "asked-by-the-test");
    let page = spans.iter().find(|span| span.name == "GET /invite/{token}");
    let page = page.unwrap_or_else(|| panic!("the page's span among {names:?}"));
    assert_eq!(attribute(page, "slipway.actor"), "nobody");
    assert!(page.parent_span_id.is_empty(), "its trace begins here");
    assert!(!names.iter().any(|name| name.contains("health")), "{names:?}");
    assert!(
        !format!("{spans:?}").contains("sesame"),
        "a part of an address was sent"
    );
    // The log leads to the trace, and shows nothing of the spans themselves.
    let line = log.lines().find(|line| line.contains("asked-by-the-test"));
    let line = line.unwrap_or_else(|| panic!("a line of the request in {log}"));
    assert!(line.contains(TRACE), "{line}");
    assert!(!log.contains("otel."), "{log}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_collector_that_is_down_is_said_once_and_costs_nothing(db: Db) {
    // Nothing listens there.
    let served = Served::start(&db, "http://127.0.0.1:1", "20").await;
    const SAID: &str = "traces are not taken there";
    let asked = async |times: u32| {
        for _ in 0..times {
            let page = reqwest::get(format!("{}/status", served.address)).await;
            assert_eq!(page.expect("an answer").status(), 200);
        }
    };
    let said = async {
        while !served.seen.lock().expect("no panic").contains(SAID) {
            asked(1).await;
        }
    };
    tokio::time::timeout(PATIENCE, said).await.expect("it is said");
    asked(20).await;
    let log = served.stop().await;
    assert_eq!(log.matches(SAID).count(), 1, "{log}");
}
