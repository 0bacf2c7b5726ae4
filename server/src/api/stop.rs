//! Stopping the line.

use super::answer::{Answer, Asks, Sent};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::gate::LockReason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(standing))
        .routes(routes!(stop, release))
}

/// Whether the line is stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "stopped": true, "reason": "Checkout loses orders. Stopped until we know why.", "by": "ana@example.com",
    "since": "2026-01-15T10:00:00Z"
}))]
pub struct Line {
    /// Nothing is deployed anywhere.
    pub stopped: bool,
    pub reason: Option<String>,
    /// E-mail of whoever stopped it; null: it was no person.
    pub by: Option<String>,
    pub since: Option<DateTime<Utc>>,
}

/// Why the line is stopped.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Checkout loses orders. Stopped until we know why."}))]
pub struct StopInput {
    /// 3 to 500 characters.
    pub reason: String,
}

/// Whether the line is stopped
#[utoipa::path(get, path = "/line", tag = "calendar", responses((status = 200, description = "How it stands", body = Line)))]
async fn standing(State(state): State<AppState>, asks: Asks) -> Answer {
    let stop = store::stop::read(&state.db, &asks.actor).await?;
    let reason = stop.as_ref().and_then(|stop| match &stop.lock.reason {
        LockReason::Words { text } => Some(text.clone()),
        LockReason::TakenBack { .. } => None,
    });
    let line = Line {
        stopped: stop.is_some(),
        reason,
        since: stop.as_ref().map(|stop| stop.lock.since),
        by: stop.and_then(|stop| stop.by).map(|person| person.email),
    };
    Ok(Json(line).into_response())
}

/// Stop the line: nothing is deployed anywhere until it is released
///
/// Everybody who deploys anywhere may. What is being deployed holds at its next step; rollbacks stay possible.
#[utoipa::path(put, path = "/line/stop", tag = "calendar", request_body = StopInput,
    responses((status = 204, description = "It is stopped")))]
async fn stop(State(state): State<AppState>, asks: Asks, Sent(input): Sent<StopInput>) -> Answer {
    store::stop::stop(&state.db, &asks.actor, &input.reason).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Release the line
#[utoipa::path(delete, path = "/line/stop", tag = "calendar", responses((status = 204, description = "It runs again")))]
async fn release(State(state): State<AppState>, asks: Asks) -> Answer {
    store::stop::release(&state.db, &asks.actor).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
