//! The control port: how commands reach the supervisor, and what it tells of itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path as Segment, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::Trouble;
use super::instance::Instance;
use super::loopback::url;
use super::metrics::resident_bytes;
use super::order::{Order, Variant};
use super::supervisor::{Place, Supervisor};

/// How to reach a supervisor: the content of `control.json`, readable by its owner only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Access {
    /// The port.
    pub port: u16,
    /// The supervisor's process.
    pub pid: u32,
    /// Sent with each request, so that a page in a browser cannot give orders.
    pub token: String,
}

impl Access {
    /// Access to this process, with a new token.
    pub fn new(port: u16) -> Self {
        Self {
            port,
            pid: std::process::id(),
            token: hex::encode(rand::random::<[u8; 24]>()),
        }
    }

    /// Where it is in a state directory.
    pub fn path(state: &Path) -> PathBuf {
        state.join("control.json")
    }

    /// Writes it.
    pub fn write(&self, state: &Path) -> Result<(), Trouble> {
        super::write_whole(&Self::path(state), self)
    }

    /// Reads it; `None` when no playground is up.
    pub fn read(state: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::path(state)).ok()?).ok()
    }

    /// Takes it away. One that stays is harmless: nobody listens at its port.
    pub fn remove(state: &Path) {
        if let Err(e) = fs::remove_file(Self::path(state)) {
            tracing::debug!(error = %e, "control.json was not there");
        }
    }
}

/// A change of a load generator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadOrder {
    /// Which.
    pub environment: String,
    /// Requests a second.
    pub rps: u32,
}

/// The routes of the control port.
pub fn routes(supervisor: Arc<Supervisor>) -> Router {
    Router::new()
        .route("/orders", post(orders))
        .route("/operations/{operation}/cancel", post(cancel))
        .route("/status", get(status))
        .route("/load", post(load))
        .route("/down", post(down))
        .route_layer(from_fn_with_state(supervisor.clone(), guard))
        .with_state(supervisor)
}

async fn guard(State(supervisor): State<Arc<Supervisor>>, request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if given == Some(&format!("Bearer {}", supervisor.access.token)) {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, "The token of control.json is needed.\n").into_response()
    }
}

/// Answers with one JSON object a line, as things happen.
async fn orders(State(supervisor): State<Arc<Supervisor>>, Json(order): Json<Order>) -> Response {
    let (sender, mut replies) = unbounded_channel();
    supervisor.take(order, sender);
    let lines = async_stream::stream! {
        while let Some(reply) = replies.recv().await {
            yield serde_json::to_string(&reply).map(|line| line + "\n");
        }
    };
    (
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(lines),
    )
        .into_response()
}

async fn cancel(State(supervisor): State<Arc<Supervisor>>, Segment(operation): Segment<u64>) -> StatusCode {
    if supervisor.cancel(operation) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

async fn status(State(supervisor): State<Arc<Supervisor>>) -> Json<Value> {
    Json(supervisor.status())
}

async fn load(State(supervisor): State<Arc<Supervisor>>, Json(order): Json<LoadOrder>) -> Response {
    let changed = supervisor.place(&order.environment).and_then(|place| {
        place.load.set_rate(order.rps)?;
        Ok(json!({ "environment": order.environment, "load": place.load.status() }))
    });
    match changed {
        Ok(status) => Json(status).into_response(),
        Err(trouble) => (StatusCode::UNPROCESSABLE_ENTITY, trouble.to_string()).into_response(),
    }
}

async fn down(State(supervisor): State<Arc<Supervisor>>) -> Json<Value> {
    supervisor.ending.cancel();
    Json(json!({ "down": true, "pid": supervisor.access.pid }))
}

impl Supervisor {
    /// Everything about the playground, as JSON.
    pub fn status(&self) -> Value {
        let environments: Map<String, Value> = self
            .places
            .iter()
            .map(|(name, place)| ((*name).to_owned(), place.status()))
            .collect();
        json!({
            "ready": true,
            "pid": self.access.pid,
            "control": url(self.access.port, ""),
            "environments": environments,
        })
    }
}

impl Place {
    /// Everything about one environment, as JSON.
    fn status(&self) -> Value {
        let gateway = &self.environment.gateway;
        let (weight, [stable, canary]) = gateway.rotation.counts();
        let digest = |variant| {
            gateway
                .rotation
                .instances(variant)
                .first()
                .map(|one| one.version.digest.clone())
        };
        let members = gateway.stable.members().into_iter().chain(gateway.canary.members());
        json!({
            "environment": self.environment.name,
            "version": stable.version,
            "digest": digest(Variant::Stable),
            "canary_version": canary.version,
            "canary_digest": digest(Variant::Canary),
            "weight": weight,
            "running": self.environment.running(),
            "gateway": url(self.gateway_port, ""),
            "admin": url(self.admin_port, ""),
            "stable_metrics": url(self.admin_port, "/_gateway/metrics/stable"),
            "canary_metrics": url(self.admin_port, "/_gateway/metrics/canary"),
            "load": self.load.status(),
            "instances": members.map(|instance| describe(&instance)).collect::<Vec<_>>(),
        })
    }
}

fn describe(instance: &Instance) -> Value {
    json!({
        "name": instance.name,
        "variant": instance.variant.name(),
        "version": instance.version.version,
        "port": instance.port(),
        "pid": instance.pid(),
        "healthy": instance.healthy(),
        "restarts": instance.restarts(),
        "memory_bytes": instance.pid().and_then(resident_bytes),
    })
}
