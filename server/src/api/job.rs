//! The queue of what is done in the background.

use super::answer::{Answer, Asks, Listed, number};
use super::person::word;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(depth))
        .routes(routes!(retry))
        .routes(routes!(remove))
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 7, "task": "mail", "state": "failing", "attempts": 2, "most": 25, "error": "The server refused the address",
    "made_at": "2026-01-15T10:00:00Z", "run_at": "2026-01-15T10:01:00Z", "running_since": null
}))]
pub struct Job {
    pub id: i64,
    /// `mail`, `webhook` or `sweep`.
    pub task: String,
    /// `gave_up`, `failing`, `running` or `waiting`.
    pub state: String,
    pub attempts: i32,
    /// It is tried so often.
    pub most: i32,
    pub error: Option<String>,
    pub made_at: DateTime<Utc>,
    pub run_at: DateTime<Utc>,
    pub running_since: Option<DateTime<Utc>>,
}

/// Jobs that are to be done
#[utoipa::path(get, path = "/jobs", tag = "instance",
    responses((status = 200, description = "The 200 that need somebody most: failures first. What is done leaves the queue", body = Listed<Job>)))]
async fn list(State(state): State<AppState>, asks: Asks) -> Answer {
    let queue = store::job::queue(&state.db, &asks.actor).await?;
    let jobs = queue.jobs.into_iter().map(|job| Job {
        state: word(&job.state()),
        id: job.id,
        task: job.task,
        attempts: job.attempts,
        most: job.most,
        error: job.error,
        made_at: job.made_at,
        run_at: job.run_at,
        running_since: job.running_since,
    });
    Ok(Json(Listed::whole(jobs)).into_response())
}

/// How full the queue is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"waiting": 3, "running": 1, "failing": 0, "gave_up": 0, "workers": 1}))]
pub struct Depth {
    pub waiting: i64,
    pub running: i64,
    /// They failed, and are tried again.
    pub failing: i64,
    /// They were tried to the last attempt: somebody has to look.
    pub gave_up: i64,
    /// Workers that were heard of within the last minute.
    pub workers: i64,
}

/// How full the queue is
#[utoipa::path(get, path = "/jobs/depth", tag = "instance", responses((status = 200, description = "By state", body = Depth)))]
async fn depth(State(state): State<AppState>, asks: Asks) -> Answer {
    let depth = store::job::queue(&state.db, &asks.actor).await?.depth;
    Ok(Json(Depth {
        waiting: depth.waiting,
        running: depth.running,
        failing: depth.failing,
        gave_up: depth.gave_up,
        workers: depth.workers,
    })
    .into_response())
}

/// Have a job done at once
#[utoipa::path(post, path = "/jobs/{id}/attempts", tag = "instance", params(("id" = i64, Path, example = 7)),
    responses((status = 202, description = "The next worker takes it")))]
async fn retry(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    store::job::retry(&state.db, &asks.actor, number(&id)?).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Take a job out of the queue: it is not done
#[utoipa::path(delete, path = "/jobs/{id}", tag = "instance", params(("id" = i64, Path, example = 7)),
    responses((status = 204, description = "It is gone")))]
async fn remove(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    store::job::remove(&state.db, &asks.actor, number(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
