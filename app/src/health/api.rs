//! The call about the instance's health.

use crate::error::AppError;
use domain::health::{Health, Process, Sealing};
use domain::job::Depth;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthPage {
    pub health: Health,
    pub sealing: Sealing,
    pub queue: Depth,
    pub process: Process,
}

/// What this process says of itself, given by the server.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Here(pub std::sync::Arc<dyn Fn() -> Process + Send + Sync>);

/// How the instance is now.
#[server(prefix = "/call", endpoint = "health/page")]
pub async fn read_health() -> Result<HealthPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let health = store::health::page(&db, &actor).await?;
    let vault = expect_context::<store::Vault>();
    let sealing = store::sealing(&db, &actor, &vault).await?;
    let queue = store::job::depth(&db).await?;
    let Here(here) = expect_context::<Here>();
    Ok(HealthPage {
        health,
        sealing,
        queue,
        process: here(),
    })
}
