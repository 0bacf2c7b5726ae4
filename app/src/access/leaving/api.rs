//! Calls about who leaves.

use crate::error::AppError;
use domain::access::Holdings;
use domain::id::PersonId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// To whom a service goes, as the form posts it. Nobody: its other owners keep it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedHandover {
    pub service: String,
    pub to: String,
}

/// What a person holds.
#[server(prefix = "/call", endpoint = "access/holdings")]
pub async fn read_holdings(id: PersonId) -> Result<Holdings, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::holdings(&db, &actor, id).await?)
}

/// Closes an account and hands over what its person holds.
#[server(prefix = "/call", endpoint = "access/leave")]
pub async fn leave(id: PersonId, #[server(default)] handover: Vec<PostedHandover>) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let handover = read(&handover).map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    store::access::leave(&db, &actor, id, &handover).await?;
    crate::caller::go_to("/people");
    Ok(())
}

/// What was chosen. A line without a person says nothing.
#[cfg(feature = "ssr")]
fn read(posted: &[PostedHandover]) -> Result<Vec<domain::access::Handover>, domain::field::FieldErrors> {
    use domain::field::{FieldErrors, Problem};
    let mut errors = FieldErrors::default();
    let mut chosen = Vec::new();
    for PostedHandover { service, to } in posted.iter().filter(|line| !line.to.trim().is_empty()) {
        match (service.trim().parse(), to.trim().parse()) {
            (Ok(service), Ok(to)) => chosen.push(domain::access::Handover { service, to }),
            _ => errors.add(&format!("handover.{service}"), Problem::Unknown),
        }
    }
    errors.into_result().map(|()| chosen)
}
