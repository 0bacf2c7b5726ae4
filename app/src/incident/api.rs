//! Calls of the incident pages.

use domain::id::ActionItemId;
use domain::incident::{IncidentLine, IncidentPage, IncidentState};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::form::PostedIncident;
use crate::error::AppError;

/// Incidents, newest first.
#[server(prefix = "/call", endpoint = "incident/list", input = GetUrl)]
pub async fn incident_list(#[server(default)] open_only: bool) -> Result<Vec<IncidentLine>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::incident::list(&db, &actor, open_only).await?)
}

/// An incident with all that its page shows.
#[server(prefix = "/call", endpoint = "incident/page", input = GetUrl)]
pub async fn read_incident(number: i64) -> Result<IncidentPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::incident::page(&db, &actor, number).await?)
}

/// Opens an incident.
#[server(prefix = "/call", endpoint = "incident/open")]
pub async fn open_incident(
    service: String,
    #[server(default)] deployment: String,
    form: PostedIncident,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let deployment = deployment.parse::<domain::id::DeploymentId>().ok();
    let form = form.read(&zone(), None).map_err(invalid)?;
    let number = store::incident::open(&db, &actor, &service, deployment, &form).await?;
    crate::caller::go_to(&super::address(number));
    Ok(())
}

/// Saves the report. Fields named by `form.take` keep what is saved already.
#[server(prefix = "/call", endpoint = "incident/update")]
pub async fn update_incident(number: i64, form: PostedIncident) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let kept = store::incident::page(&db, &actor, number).await?.incident.form;
    if !form.take.is_empty() && kept.row_version != form.row_version {
        return Err(crate::caller::refuse(crate::error::Code::Conflict));
    }
    let zone = zone();
    let form = form
        .taking(&PostedIncident::of(&kept, &zone))
        .read(&zone, Some(kept.started_at))
        .map_err(invalid)?;
    store::incident::update(&db, &actor, number, &form).await?;
    crate::caller::go_to(&super::address(number));
    Ok(())
}

/// Tells the public, and sets the incident's state.
#[server(prefix = "/call", endpoint = "incident/publish")]
pub async fn publish_update(
    number: i64,
    state: IncidentState,
    #[server(default)] body: String,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::incident::publish(&db, &actor, number, state, &body).await?)
}

/// Adds something to do.
#[server(prefix = "/call", endpoint = "incident/add-action")]
pub async fn add_action(
    number: i64,
    #[server(default)] text: String,
    #[server(default)] ticket: String,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::incident::add_action(&db, &actor, number, &text, &ticket).await?;
    Ok(())
}

/// Ticks something that was to do, or opens it again.
#[server(prefix = "/call", endpoint = "incident/tick-action")]
pub async fn tick_action(action: ActionItemId, #[server(default)] done: bool) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::incident::set_action_done(&db, &actor, action, done).await?)
}

#[cfg(feature = "ssr")]
fn zone() -> crate::ui::Zone {
    let me = crate::caller::caller().me;
    me.map(|me| crate::boot::ui_zone(&me.zone)).unwrap_or_default()
}

#[cfg(feature = "ssr")]
fn invalid(fields: domain::field::FieldErrors) -> AppError {
    crate::caller::refuse(crate::error::Code::Invalid { fields })
}
