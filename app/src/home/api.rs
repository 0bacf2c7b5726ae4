//! Calls of the first page and of the search.

use crate::error::AppError;
use domain::home::{Hit, HomePage};
use leptos::prelude::*;

/// What is in flight, what runs where, what waits for me.
#[server(prefix = "/call", endpoint = "home/page")]
pub async fn read_home() -> Result<HomePage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::home::page(&db, &actor).await?)
}

/// People, services, releases, deployments and incidents by name.
#[server(prefix = "/call", endpoint = "home/search")]
pub async fn search(#[server(default)] text: String) -> Result<Vec<Hit>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::home::search(&db, &actor, &text).await?)
}
