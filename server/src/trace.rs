//! Traces, sent to a collector that OpenTelemetry's own variables name. Without one, nothing is measured and nothing is sent.
//!
//! What is sent is written here and in the engine, and nothing else: spans of this one target. So no address with a token in it, no name and no
//! line of the log gets there by accident.

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::KeyValue;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

/// The target of spans that are sent. The log does not show them.
pub const TARGET: &str = "slipway.spans";

/// How long a collector may take for its answer, and how long the end of this process waits for the last spans.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to the collector. Spans wait in a queue of fixed length; what does not fit, or does not arrive, is dropped.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// As the variables say: none when no collector is named, or traces are switched off.
    ///
    /// # Errors
    /// One sentence, when what they say can't be used.
    pub fn named() -> Result<Option<Traces>, String> {
        let given = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let collector = given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| given("OTEL_EXPORTER_OTLP_ENDPOINT"));
        let off = given("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
            || given("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
        let Some(collector) = collector.filter(|_| !off) else {
            return Ok(None);
        };
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .build()
            .map_err(|error| format!("No way to send traces: {error}."))?;
        let way = Way {
            http,
            runtime: Handle::current(),
            down: AtomicBool::new(false),
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(way)
            .build()
            .map_err(|error| format!("OTEL_EXPORTER_OTLP_ENDPOINT, {collector}, can't be used: {error}."))?;
        let named = given("OTEL_SERVICE_NAME").is_some()
            || given("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|all| all.contains("service.name="));
        let mut resource =
            Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        if !named {
            resource = resource.with_service_name("slipway");
        }
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            .with_batch_exporter(exporter)
            .build();
        Ok(Some(Traces(provider)))
    }

    /// What hands the spans over.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("slipway"))
            // Where in the source, on which thread: of no use to who watches.
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(TARGET, tracing::Level::INFO))
    }

    /// Sends what waits, and ends. A collector that does not answer is not waited for longer than a few seconds.
    pub async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(PATIENCE)).await;
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the last traces were not sent"),
            Err(error) => tracing::debug!(%error, "the last traces were not sent"),
        }
    }
}

/// Sends by our own client: one TLS for everything that this process does.
#[derive(Debug)]
struct Way {
    http: reqwest::Client,
    /// Spans are handed over on a thread of their own, which has none.
    runtime: Handle,
    down: AtomicBool,
}

#[async_trait::async_trait]
impl HttpClient for Way {
    async fn send_bytes(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let collector = request.uri().clone();
        let (http, request) = (self.http.clone(), reqwest::Request::try_from(request)?);
        let answered = self.runtime.spawn(async move {
            let mut answer = http.execute(request).await?;
            let mut response = http::Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                *headers = std::mem::take(answer.headers_mut());
            }
            Ok::<_, HttpError>(response.body(answer.bytes().await?)?)
        });
        let answered = answered.await?;
        let trouble = match &answered {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(answer.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        // Said once, not at each attempt.
        match trouble {
            Some(why) if !self.down.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%collector, %why, "traces are not taken there; they are dropped until they are");
            }
            None if self.down.swap(false, Ordering::Relaxed) => {
                tracing::info!(%collector, "traces are taken there again")
            }
            _ => {}
        }
        answered
    }
}

/// The span of a request, for those who learn more about it on its way.
#[derive(Clone)]
pub struct OfRequest(Span);

/// Keeps of a request's span what kind of caller it has: never who.
pub fn asked_by(request: &Request, kind: &'static str) {
    if let Some(OfRequest(span)) = request.extensions().get() {
        span.record("slipway.actor", kind);
    }
}

/// The middleware: a span for each request. It goes on with the trace that the caller has begun.
pub async fn follow(mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Files, and what asks all the time whether we live.
    if ["/pkg/", "/health/", "/metrics"]
        .iter()
        .any(|below| path.starts_with(below))
    {
        return next.run(request).await;
    }
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str);
    let name = format!("{} {route}", request.method());
    let span = tracing::info_span!(
        target: "slipway.spans",
        "request",
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %request.method(),
        http.route = route,
        http.response.status_code = Empty,
        slipway.request = crate::caller::request_id(&request),
        slipway.actor = Empty,
    );
    if span.is_disabled() {
        return next.run(request).await;
    }
    begun_elsewhere(&span, request.headers());
    request.extensions_mut().insert(OfRequest(span.clone()));
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    response
}

fn begun_elsewhere(span: &Span, headers: &HeaderMap) {
    let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if parent.span().span_context().is_valid() {
        // Too late only for a span that has begun.
        let _ = span.set_parent(parent);
    }
}

/// The id of the trace that this is done in, for the log.
pub fn id() -> Option<String> {
    let context = Span::current().context();
    let trace = context.span().span_context().trace_id();
    (trace != opentelemetry::TraceId::INVALID).then(|| trace.to_string())
}

/// Does a job in a span of its own.
pub async fn job<T, E>(task: &'static str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let span = tracing::info_span!(
        target: "slipway.spans",
        "job",
        otel.name = format!("job {task}"),
        otel.kind = "consumer",
        otel.status_code = Empty,
        slipway.task = task,
    );
    let done = async {
        let log = tracing::info_span!("job", task, trace = id());
        work.instrument(log).await
    }
    .instrument(span.clone())
    .await;
    if done.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    done
}
