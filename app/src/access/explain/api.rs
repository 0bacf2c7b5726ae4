//! The call behind the pages that say what somebody may do.

use crate::error::AppError;
use domain::access::PersonAccess;
use leptos::prelude::*;

/// What decides for a person; without one, for who asks.
#[server(prefix = "/call", endpoint = "access/explain")]
pub async fn read_access(#[server(default)] person: String) -> Result<PersonAccess, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let person = match person.trim() {
        "" => actor.id,
        posted => crate::access::team::posted::chosen(posted, "person")
            .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?,
    };
    Ok(store::access::person_access(&db, &actor, person).await?)
}
