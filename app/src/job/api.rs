//! Calls about the queue.

use crate::error::AppError;
use domain::job::{Depth, Job};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueuePage {
    pub depth: Depth,
    pub jobs: Vec<Job>,
}

/// The queue: how full it is, and its jobs, failures first.
#[server(prefix = "/call", endpoint = "job/queue")]
pub async fn read_queue() -> Result<QueuePage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let store::job::Queue { depth, jobs } = store::job::queue(&db, &actor).await?;
    Ok(QueuePage { depth, jobs })
}

/// Has a job done at once.
#[server(prefix = "/call", endpoint = "job/retry")]
pub async fn retry_job(id: i64) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::job::retry(&db, &actor, id).await?)
}

/// Takes a job out of the queue.
#[server(prefix = "/call", endpoint = "job/remove")]
pub async fn remove_job(id: i64) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::job::remove(&db, &actor, id).await?)
}
