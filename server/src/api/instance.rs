//! How the instance itself is.

use super::answer::{Answer, Asks};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health))
}

/// How the instance is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "read_at": "2026-01-15T10:00:00Z", "engines": [{"owner": "host-1", "version": "0.1.0", "since": "2026-01-15T09:00:00Z", "at": "2026-01-15T09:59:58Z", "alive": true}],
    "database_bytes": 12_000_000, "connections": 12, "most_connections": 100, "sessions": 4, "events": 1200, "open_deployments": 1,
    "queued_executions": 0, "checkpoint": 12, "disk_free_bytes": 50_000_000_000_i64, "key": "file",
    "sealed": {"newest": 7, "older": 0, "unknown": 0}, "listener_lag_ms": 3, "listener_waits_ms": null
}))]
pub struct Health {
    pub read_at: DateTime<Utc>,
    pub engines: Vec<Engine>,
    pub database_bytes: i64,
    /// Of everybody, and how many the server allows.
    pub connections: i64,
    pub most_connections: i64,
    /// Browsers that are signed in.
    pub sessions: i64,
    pub events: i64,
    /// Deployments that wait or run.
    pub open_deployments: i64,
    /// Commands that wait for an engine.
    pub queued_executions: i64,
    /// Number of the newest checkpoint of the audit trail.
    pub checkpoint: Option<i64>,
    /// Of the disk that the answering server's data folder is on.
    pub disk_free_bytes: Option<u64>,
    /// Where the answering server has its sealing key from: `given`, or `file`.
    pub key: String,
    pub sealed: SealedValues,
    /// How long a notice took that the answering server sent to itself through the database.
    pub listener_lag_ms: Option<u32>,
    /// For how long one that it sent has not come.
    pub listener_waits_ms: Option<u32>,
}

/// Sealed values, by the key that sealed them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SealedValues {
    pub newest: i64,
    /// More than none: rotation is not finished.
    pub older: i64,
    /// The answering server does not have that key.
    pub unknown: i64,
}

/// An engine, as it last gave a sign of life.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Engine {
    pub owner: String,
    pub version: String,
    pub since: DateTime<Utc>,
    pub at: DateTime<Utc>,
    pub alive: bool,
}

/// How the instance itself is
#[utoipa::path(get, path = "/health", tag = "instance", responses((status = 200, description = "As its page shows it", body = Health)))]
async fn health(State(state): State<AppState>, asks: Asks) -> Answer {
    let kept = store::health::page(&state.db, &asks.actor).await?;
    let sealed = store::sealing(&state.db, &asks.actor, &state.vault).await?;
    let hearing = state.kicks.pulse().hearing();
    let engines = kept.engines.iter().map(|engine| Engine {
        owner: engine.owner.clone(),
        version: engine.version.clone(),
        since: engine.since,
        at: engine.at,
        alive: engine.is_alive(kept.now),
    });
    Ok(Json(Health {
        read_at: kept.now,
        engines: engines.collect(),
        database_bytes: kept.database_bytes,
        connections: kept.connections,
        most_connections: kept.most_connections,
        sessions: kept.sessions,
        events: kept.events,
        open_deployments: kept.open_deployments,
        queued_executions: kept.queued_executions,
        checkpoint: kept.checkpoint.map(|(number, _)| number),
        key: super::person::word(&state.key),
        sealed: SealedValues {
            newest: sealed.newest,
            older: sealed.older,
            unknown: sealed.unknown,
        },
        listener_lag_ms: hearing.lag_ms,
        listener_waits_ms: hearing.waits_ms,
        disk_free_bytes: crate::health::disk(&state.place.data).map(|(free, _)| free),
    })
    .into_response())
}
