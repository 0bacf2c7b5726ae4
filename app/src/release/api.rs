//! Calls of the release pages.

use chrono::{DateTime, Utc};
use domain::access::{Action, Person};
use domain::deployment::DeploymentLine;
use domain::event::Happened;
use domain::id::ItemId;
use domain::release::{Item, ReleaseLine, ReleasePage};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use super::form::PostedRelease;
use crate::error::AppError;

/// What happened to a release, with what it names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseHistory {
    pub items: Vec<Item>,
    pub deployments: Vec<DeploymentLine>,
    pub people: Vec<Person>,
    /// Newest first.
    pub events: Vec<Happened>,
}

/// Releases, newest first, 50 a page.
#[server(prefix = "/call", endpoint = "release/list", input = GetUrl)]
pub async fn release_list(
    service: Option<String>,
    #[server(default)] text: String,
    before: Option<DateTime<Utc>>,
) -> Result<Vec<ReleaseLine>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let filter = store::release::ReleaseFilter {
        service: service.filter(|name| !name.is_empty()),
        text,
        before,
    };
    Ok(store::release::list(&db, &actor, &filter).await?)
}

/// Names of all services, for filters and forms.
#[server(prefix = "/call", endpoint = "release/services", input = GetUrl)]
pub async fn service_names() -> Result<Vec<String>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let services = store::service::list(&db, &actor).await?;
    Ok(services.into_iter().map(|page| page.service.name).collect())
}

/// Names of the services on which the reader may do this, for the form that does it.
#[server(prefix = "/call", endpoint = "release/services-where", input = GetUrl)]
pub async fn services_where(action: Action) -> Result<Vec<String>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let mut services = store::service::list(&db, &actor).await?;
    let there = |page: &domain::service::ServicePage| domain::access::Scope::Service(page.service.id);
    services.retain(|page| actor.may(action, there(page)).is_ok());
    Ok(services.into_iter().map(|page| page.service.name).collect())
}

/// A release with all that its page shows.
#[server(prefix = "/call", endpoint = "release/page", input = GetUrl)]
pub async fn read_release(service: String, version: String) -> Result<ReleasePage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::release::page(&db, &actor, &service, &version).await?)
}

/// What happened to a release, newest first.
#[server(prefix = "/call", endpoint = "release/history", input = GetUrl)]
pub async fn read_history(service: String, version: String) -> Result<ReleaseHistory, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let page = store::release::page(&db, &actor, &service, &version).await?;
    let mut history = store::release::history(&db, &actor, page.release.id).await?;
    history.events.reverse();
    Ok(ReleaseHistory {
        items: page.items,
        deployments: page.deployments,
        people: history.people,
        events: history.events,
    })
}

/// Plans a release.
#[server(prefix = "/call", endpoint = "release/create")]
pub async fn create_release(service: String, form: PostedRelease) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let form = read(&form)?;
    store::release::create(&db, &actor, &service, &form).await?;
    crate::caller::go_to(&super::address(&service, &form.version));
    Ok(())
}

/// Saves an edited plan. Fields named by `form.take` keep what is saved already.
#[server(prefix = "/call", endpoint = "release/update")]
pub async fn update_release(service: String, version: String, form: PostedRelease) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let form = match form.take.is_empty() {
        true => form,
        false => {
            let kept = store::release::page(&db, &actor, &service, &version).await?.release;
            if kept.row_version != form.row_version {
                return Err(crate::caller::refuse(crate::error::Code::Conflict));
            }
            form.taking(&PostedRelease::of(&kept, &zone()))
        }
    };
    let form = read(&form)?;
    store::release::update(&db, &actor, &service, &version, &form).await?;
    crate::caller::go_to(&super::address(&service, &form.version));
    Ok(())
}

/// Ticks an item, marks it as not applicable, or opens it again. `act` is `tick`, `not_applicable` or `reopen`.
#[server(prefix = "/call", endpoint = "release/item")]
pub async fn act_on_item(
    item: ItemId,
    row_version: i32,
    act: String,
    #[server(default)] text: String,
) -> Result<(), AppError> {
    use domain::release::ItemAct;
    let (db, actor) = crate::caller::actor()?;
    let act = match act.as_str() {
        "reopen" => ItemAct::Reopen,
        "not_applicable" => ItemAct::NotApplicable { reason: text },
        _ => ItemAct::Tick { evidence: text },
    };
    Ok(store::release::act_on_item(&db, &actor, item, row_version, &act).await?)
}

#[cfg(feature = "ssr")]
fn zone() -> crate::ui::Zone {
    let me = crate::caller::caller().me;
    me.map(|me| crate::boot::ui_zone(&me.zone)).unwrap_or_default()
}

#[cfg(feature = "ssr")]
fn read(form: &PostedRelease) -> Result<domain::release::ReleaseForm, AppError> {
    form.read(&zone())
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))
}
