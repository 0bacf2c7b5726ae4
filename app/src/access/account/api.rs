//! Calls about service accounts.

use crate::error::AppError;
use domain::access::{Role, ServiceAccount};
use domain::id::PersonId;
use leptos::prelude::*;

/// All service accounts.
#[server(prefix = "/call", endpoint = "account/list")]
pub async fn read_accounts() -> Result<Vec<ServiceAccount>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::service_accounts(&db, &actor).await?)
}

/// Makes a service account.
#[server(prefix = "/call", endpoint = "account/create")]
pub async fn create_account(name: String, #[server(default)] description: String, role: Role) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::access::create_service_account(&db, &actor, &name, &description, role).await?;
    crate::caller::go_to("/administration/service-accounts");
    Ok(())
}

/// Removes a service account.
#[server(prefix = "/call", endpoint = "account/remove")]
pub async fn remove_account(id: PersonId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::remove_service_account(&db, &actor, id).await?)
}
