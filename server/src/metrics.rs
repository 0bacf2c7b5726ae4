//! What monitoring scrapes: requests by route and status, the database pool, engines, live pages. In Prometheus's text format, by a library.

use crate::state::AppState;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};
use sha2::{Digest as _, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Upper bounds of the buckets of a request's duration, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// By what requests are told apart. A route is a template, never an address: so there are only so many.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Served {
    method: &'static str,
    route: String,
    status: u32,
}

/// A duration is not told apart by status: that would be eleven series more for each.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

/// What this process counts.
#[derive(Clone)]
pub struct Metrics(Arc<Counted>);

struct Counted {
    served: Family<Served, Counter>,
    took: Family<Asked, Histogram>,
    registry: Registry,
    /// Without it, only this machine may ask.
    token: Option<[u8; 32]>,
    engine: Arc<engine::Counters>,
}

impl Metrics {
    /// Counts from now on. With a token, whoever has it may ask; without, only this machine.
    pub fn new(token: Option<&str>, engine: Arc<engine::Counters>) -> Metrics {
        let mut registry = Registry::with_prefix("slipway");
        let served = Family::<Served, Counter>::default();
        let took = Family::<Asked, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register("http_requests", "Requests answered", served.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time until the head of an answer",
            took.clone(),
        );
        Metrics(Arc::new(Counted {
            served,
            took,
            registry,
            token: token.map(hash),
            engine,
        }))
    }

    /// Where this process's engine counts.
    pub fn engine(&self) -> Arc<engine::Counters> {
        self.0.engine.clone()
    }

    fn count(&self, method: &'static str, route: &str, status: StatusCode, took: Duration) {
        let served = Served {
            method,
            route: route.to_owned(),
            status: u32::from(status.as_u16()),
        };
        self.0.served.get_or_create(&served).inc();
        let asked = Asked {
            method,
            route: route.to_owned(),
        };
        self.0.took.get_or_create(&asked).observe(took.as_secs_f64());
    }

    fn open_to(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> bool {
        match self.0.token {
            Some(token) => {
                let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
                // Hashes are compared: how long that takes says nothing of the token.
                given
                    .and_then(|value| value.strip_prefix("Bearer "))
                    .is_some_and(|given| hash(given) == token)
            }
            None => {
                // A proxy on this machine passes strangers on.
                let passed_on = ["x-forwarded-for", "forwarded", "x-real-ip"];
                peer.is_some_and(|peer| peer.ip().is_loopback())
                    && !passed_on.iter().any(|name| headers.contains_key(*name))
            }
        }
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The middleware: counts what is answered, and how long it took.
pub async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let route = route(&request);
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let begun = Instant::now();
    let response = next.run(request).await;
    state.metrics.count(method, &route, response.status(), begun.elapsed());
    response
}

/// The template of the address. What is no route is one word for all.
fn route(request: &Request) -> String {
    if request.uri().path().starts_with("/pkg/") {
        return "/pkg".to_owned();
    }
    let path = request.extensions().get::<MatchedPath>();
    path.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned())
}

/// GET /metrics. Whoever may not ask finds nothing here.
pub async fn show(State(state): State<AppState>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    if !state.metrics.open_to(request.headers(), peer) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (now, mut text) = (now(&state).await, String::new());
    let written = encode_registry(&mut text, &state.metrics.0.registry)
        .and_then(|()| encode_registry(&mut text, &now))
        .and_then(|()| encode_eof(&mut text));
    match written {
        Ok(()) => (
            [(
                header::CONTENT_TYPE,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            )],
            text,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What is not counted but stands somewhere: read at each scrape.
async fn now(state: &AppState) -> Registry {
    let mut registry = Registry::with_prefix("slipway");
    let pool = store::db::pool(&state.db);
    let engine = state.metrics.0.engine.read();
    gauge(
        &mut registry,
        "database_connections",
        "Open connections of the pool",
        pool.open,
    );
    gauge(
        &mut registry,
        "database_connections_idle",
        "Connections that nobody uses",
        pool.idle,
    );
    gauge(&mut registry, "live_pages", "Open live streams", state.kicks.pages());
    counter(
        &mut registry,
        "engine_rounds",
        "Rounds of this process's engine",
        engine.rounds,
    );
    counter(&mut registry, "engine_ticks", "Ticks of deployments", engine.ticks);
    counter(
        &mut registry,
        "engine_executions",
        "Commands that were started",
        engine.executions,
    );
    let hearing = state.kicks.pulse().hearing();
    seconds(
        &mut registry,
        "listener_lag_seconds",
        "How long a notice through the database took that this process sent to itself",
        hearing.lag_ms,
    );
    seconds(
        &mut registry,
        "listener_silent_seconds",
        "For how long one that was sent has not come",
        Some(hearing.waits_ms.unwrap_or(0)),
    );
    if let Some((free, all)) = crate::health::disk(&state.place.data) {
        gauge(
            &mut registry,
            "disk_free_bytes",
            "Free on the disk of the data folder",
            free,
        );
        gauge(&mut registry, "disk_bytes", "Size of the disk of the data folder", all);
    }
    recorded(state, &mut registry).await;
    registry
}

/// What the database says. While it does not answer, these are left out.
async fn recorded(state: &AppState, registry: &mut Registry) {
    match store::job::depth(&state.db).await {
        Ok(depth) => {
            let jobs = [
                ("waiting", depth.waiting),
                ("running", depth.running),
                ("failing", depth.failing),
                ("gave_up", depth.gave_up),
            ];
            told_apart(registry, "jobs", "Jobs in the queue", "state", &jobs);
            let workers = u64::try_from(depth.workers).unwrap_or(0);
            gauge(
                registry,
                "job_workers",
                "Workers that were heard of within a minute",
                workers,
            );
        }
        Err(error) => tracing::debug!(%error, "the queue could not be counted"),
    }
    match store::sealed_by(&state.db, &state.vault).await {
        Ok(found) => {
            let values = [
                ("newest", found.newest),
                ("older", found.older),
                ("unknown", found.unknown),
            ];
            told_apart(
                registry,
                "sealed_values",
                "Sealed values by the key that sealed them",
                "key",
                &values,
            );
        }
        Err(error) => tracing::debug!(%error, "what is sealed could not be counted"),
    }
}

fn told_apart(registry: &mut Registry, name: &str, help: &str, label: &'static str, values: &[(&'static str, i64)]) {
    let family = Family::<[(&'static str, &'static str); 1], Gauge>::default();
    for (word, value) in values {
        family.get_or_create(&[(label, *word)]).set(*value);
    }
    add(registry, name, help, family);
}

fn seconds(registry: &mut Registry, name: &str, help: &str, ms: Option<u32>) {
    if let Some(ms) = ms {
        add(registry, name, help, ConstGauge::new(f64::from(ms) / 1000.0));
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    add(registry, name, help, ConstGauge::new(value));
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    add(registry, name, help, ConstCounter::new(value));
}

fn add(registry: &mut Registry, name: &str, help: &str, metric: impl Metric) {
    registry.register(name, help, metric);
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asked(metrics: &Metrics, peer: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        metrics.open_to(&headers, peer.parse().ok())
    }

    #[test]
    fn without_a_token_only_this_machine_may_ask() {
        let metrics = Metrics::new(None, Arc::default());
        assert!(asked(&metrics, "127.0.0.1:5", &[]));
        assert!(asked(&metrics, "[::1]:5", &[]));
        assert!(!asked(&metrics, "10.0.0.7:5", &[]));
        assert!(!asked(&metrics, "127.0.0.1:5", &[("x-forwarded-for", "10.0.0.7")]));
        assert!(!asked(&metrics, "nobody", &[]));
    }

    #[test]
    fn with_a_token_it_is_the_token_that_counts() {
        let metrics = Metrics::new(Some("scrape me"), Arc::default());
        assert!(asked(&metrics, "10.0.0.7:5", &[("authorization", "Bearer scrape me")]));
        assert!(!asked(&metrics, "127.0.0.1:5", &[]));
        assert!(!asked(&metrics, "127.0.0.1:5", &[("authorization", "Bearer scrape")]));
    }

    #[test]
    fn what_is_counted_is_written_by_route_and_status() {
        let metrics = Metrics::new(None, Arc::default());
        metrics.count("GET", "/releases/{service}", StatusCode::OK, Duration::from_millis(3));
        let mut text = String::new();
        encode_registry(&mut text, &metrics.0.registry).expect("a page");
        assert!(
            text.contains("slipway_http_requests_total{method=\"GET\",route=\"/releases/{service}\",status=\"200\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("slipway_http_request_duration_seconds_bucket{le=\"0.005\""),
            "{text}"
        );
    }
}
