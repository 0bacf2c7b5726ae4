//! The sample web service: one instance, a process of its own on a loopback port.
//!
//! It prints its port as the first line of standard output, serves until it is told to stop, and
//! ends with its parent: standard input is a pipe from the supervisor, and its end is the order to go.

use std::hint::black_box;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Trouble;
use super::catalogue::{Behaviour, SERVICE};
use super::metrics::Metrics;
use super::{input_closed, stopping};

/// Arguments of one instance; the supervisor gives them, nobody types them.
#[derive(Debug, Clone, clap::Args)]
pub struct InstanceArgs {
    /// Name of the instance
    #[arg(long)]
    pub name: String,
    /// Version that it says it is
    #[arg(long)]
    pub version: String,
    /// Fraction of requests that fail
    #[arg(long)]
    pub error_rate: f64,
    /// Added latency
    #[arg(long)]
    pub latency_ms: u32,
    /// Spread of the added latency
    #[arg(long)]
    pub latency_spread_ms: u32,
    /// Memory to hold
    #[arg(long)]
    pub memory_mib: u32,
    /// Process that it belongs to
    #[arg(long)]
    pub parent: u32,
}

#[derive(Debug)]
struct Store {
    name: String,
    version: String,
    behaviour: Behaviour,
    metrics: Metrics,
}

const PRODUCTS: [(&str, &str, u32); 6] = [
    ("anchor", "Folding anchor", 4900),
    ("buoy", "Mooring buoy", 2750),
    ("cleat", "Bronze cleat", 1290),
    ("fender", "Side fender", 1890),
    ("lantern", "Harbour lantern", 6400),
    ("rope", "Dock line, 10 m", 2200),
];

/// Runs an instance until it is told to stop.
pub async fn run(args: InstanceArgs) -> Result<ExitCode, Trouble> {
    end_with_parent(args.parent)?;
    // Written, not only reserved: the pages must really be resident.
    let held = vec![0xA5_u8; args.memory_mib as usize * 1024 * 1024];
    black_box(&held);
    let listener = super::loopback::listen(0).await?;
    let port = listener.local_addr().map_err(|e| Trouble::fatal(e.to_string()))?.port();
    announce(port)?;
    let behaviour = Behaviour {
        error_rate: args.error_rate,
        latency_ms: args.latency_ms,
        latency_spread_ms: args.latency_spread_ms,
        memory_mib: args.memory_mib,
    };
    let parent_gone = input_closed()?;
    let store = Store {
        name: args.name,
        version: args.version,
        behaviour,
        metrics: Metrics::default(),
    };
    super::loopback::serve(listener, routes(Arc::new(store)), async {
        tokio::select! {
            () = stopping() => {}
            _ = parent_gone => {}
        }
    })
    .await?;
    black_box(&held);
    Ok(ExitCode::SUCCESS)
}

fn announce(port: u16) -> Result<(), Trouble> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{port}")
        .and_then(|()| out.flush())
        .map_err(|e| Trouble::fatal(e.to_string()))
}

/// Asks the kernel to kill this process when its parent dies. Done here, by the child, because only
/// unsafe code can do it between fork and exec; a parent that died before is noticed by its id.
#[cfg(target_os = "linux")]
fn end_with_parent(parent: u32) -> Result<(), Trouble> {
    use nix::sys::{prctl, signal::Signal};
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(|e| Trouble::fatal(e.to_string()))?;
    if u32::try_from(nix::unistd::getppid().as_raw()) == Ok(parent) {
        Ok(())
    } else {
        Err(Trouble::fatal("The supervisor that started this instance is gone."))
    }
}

/// Elsewhere the end of standard input alone says that the parent is gone.
#[cfg(not(target_os = "linux"))]
fn end_with_parent(_parent: u32) -> Result<(), Trouble> {
    Ok(())
}

fn routes(store: Arc<Store>) -> Router {
    let measured = Router::new()
        .route("/", get(home))
        .route("/products", get(products))
        .route("/products/{id}", get(product))
        .route("/cart", get(cart))
        .route("/signup", post(signup))
        .route("/api/v1/status", get(status))
        .route_layer(from_fn_with_state(store.clone(), behave));
    // Not measured and never faulty: what watches the instance must not change what is watched.
    let plain = Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/version", get(version))
        .route("/metrics", get(metrics));
    measured.merge(plain).with_state(store)
}

/// Adds the version's latency and errors, and measures.
async fn behave(State(store): State<Arc<Store>>, route: MatchedPath, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().as_str().to_owned();
    let (delay, fails) = draw(&store.behaviour);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut response = if fails {
        (StatusCode::INTERNAL_SERVER_ERROR, "Something broke in this version.\n").into_response()
    } else {
        next.run(request).await
    };
    store
        .metrics
        .observe(&method, route.as_str(), response.status().as_u16(), begun.elapsed());
    for (name, value) in [
        ("x-storefront-version", &store.version),
        ("x-storefront-instance", &store.name),
    ] {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn draw(behaviour: &Behaviour) -> (Duration, bool) {
    let spread = f64::from(behaviour.latency_spread_ms);
    let latency = f64::from(behaviour.latency_ms) + spread * (2.0 * rand::random::<f64>() - 1.0);
    // `random` is below 1, so a rate of 1 always fails and a rate of 0 never does.
    (
        Duration::from_secs_f64(latency.max(0.0) / 1000.0),
        rand::random::<f64>() < behaviour.error_rate,
    )
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <nav><a href=\"/\">Harbour Store</a> <a href=\"/products\">Products</a> <a href=\"/cart\">Cart</a></nav>\
         <main><h1>{title}</h1>{body}</main></html>\n"
    ))
}

async fn home(State(store): State<Arc<Store>>) -> Html<String> {
    let body = format!(
        "<p>Things for boats. Version {}.</p><form method=\"post\" action=\"/signup\"><button>Sign up</button></form>",
        store.version
    );
    page("Harbour Store", &body)
}

async fn products() -> Html<String> {
    let rows: String = PRODUCTS
        .iter()
        .map(|(id, name, _)| format!("<li><a href=\"/products/{id}\">{name}</a></li>"))
        .collect();
    page("Products", &format!("<ul>{rows}</ul>"))
}

async fn product(Path(id): Path<String>) -> Response {
    match PRODUCTS.iter().find(|(known, ..)| *known == id) {
        Some((_, name, cents)) => {
            let price = format!("<p>€ {}.{:02}</p>", cents / 100, cents % 100);
            page(name, &price).into_response()
        }
        None => (
            StatusCode::NOT_FOUND,
            page("Not found", "<p>There is no such product.</p>"),
        )
            .into_response(),
    }
}

async fn cart() -> Html<String> {
    page("Cart", "<p>Your cart is empty.</p>")
}

async fn signup(State(store): State<Arc<Store>>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({ "signups": store.metrics.sign_up() })))
}

async fn status(State(store): State<Arc<Store>>) -> Json<Value> {
    Json(json!({ "service": SERVICE, "version": store.version, "status": "ok" }))
}

async fn version(State(store): State<Arc<Store>>) -> Json<Value> {
    Json(json!({ "service": SERVICE, "version": store.version, "instance": store.name }))
}

async fn metrics(State(store): State<Arc<Store>>) -> impl IntoResponse {
    (
        [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
        store.metrics.render(),
    )
}
