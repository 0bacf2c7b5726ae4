//! The call behind the pages that say what somebody may do.

use crate::error::AppError;
use domain::access::PersonAccess;
use leptos::prelude::*;

/// What decides for a token, or for a person; without either, for who asks.
#[server(prefix = "/call", endpoint = "access/explain")]
pub async fn read_access(
    #[server(default)] person: String,
    #[server(default)] token: String,
) -> Result<PersonAccess, AppError> {
    let (db, actor) = crate::caller::actor()?;
    if !token.trim().is_empty() {
        let token = token.trim().parse().map_err(|_| store::Error::NotFound)?;
        return Ok(store::access::token_access(&db, &actor, token).await?);
    }
    let person = match person.trim() {
        "" => actor.id,
        posted => crate::access::team::posted::chosen(posted, "person")
            .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?,
    };
    Ok(store::access::person_access(&db, &actor, person).await?)
}
