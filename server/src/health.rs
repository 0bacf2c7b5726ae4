//! Whether this process lives, and whether it can serve.

use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;

/// GET /health/live
pub async fn live() -> &'static str {
    "live\n"
}

/// GET /health/ready: 503 while the database does not answer, or while the server drains.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    if state.shutdown.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match store::db::ready(&state.db).await {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "no database\n"),
    }
}
