//! Calls about the audit trail.

use crate::error::AppError;
use domain::access::Person;
use domain::audit::{AuditForm, Entry, Sealed, Thing};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page of the audit trail shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    pub entries: Vec<Entry>,
    /// What they are about.
    pub things: Vec<Thing>,
    pub people: Vec<Person>,
    /// Whether older ones follow.
    pub more: bool,
    /// None before the first checkpoint.
    pub sealed: Option<Sealed>,
}

/// A page of what the filters find, newest first, before an entry with this id.
#[server(prefix = "/call", endpoint = "audit/page")]
pub async fn read_audit(#[server(default)] form: AuditForm, before: Option<i64>) -> Result<AuditPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let zone = crate::caller::caller().me.map(|me| me.zone).unwrap_or_default();
    let filter = form
        .read(&zone)
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    let page = store::audit::page(&db, &actor, &filter, before).await?;
    Ok(AuditPage {
        entries: page.entries,
        things: page.things,
        people: page.people,
        more: page.more,
        sealed: store::audit::sealed(&db, &actor).await?,
    })
}
