//! Calls about stopping the line.

use crate::error::AppError;
use domain::stop::Stop;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Whether the line is stopped, and by whom.
#[server(prefix = "/call", endpoint = "stop/standing", input = GetUrl)]
pub async fn read_stop() -> Result<Option<Stop>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::stop::read(&db, &actor).await?)
}

/// Stops it.
#[server(prefix = "/call", endpoint = "stop/stop")]
pub async fn stop_line(reason: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::stop::stop(&db, &actor, &reason).await?;
    crate::caller::go_to("/stop");
    Ok(())
}

/// Releases it.
#[server(prefix = "/call", endpoint = "stop/release")]
pub async fn release_line() -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::stop::release(&db, &actor).await?;
    crate::caller::go_to("/stop");
    Ok(())
}
