//! Whether this process lives, and whether it can serve.

use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use domain::health::Process;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

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

/// What this process says of itself on the page about the instance's health.
pub fn here(state: &AppState) -> app::health::Here {
    let (kicks, place, key) = (state.kicks.clone(), state.place.clone(), state.key);
    let started_at = SystemTime::now().into();
    app::health::Here(Arc::new(move || Process {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at,
        live_pages: u32::try_from(kicks.pages()).unwrap_or(u32::MAX),
        disk: disk(&place.data),
        key,
        hearing: kicks.pulse().hearing(),
    }))
}

/// Free and all bytes of the disk that a folder is on.
pub fn disk(folder: &Path) -> Option<(u64, u64)> {
    let found = nix::sys::statvfs::statvfs(folder).ok()?;
    let block = found.fragment_size();
    Some((found.blocks_available() * block, found.blocks() * block))
}
