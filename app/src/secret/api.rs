//! Calls about secrets. None of them answers with a value.

use crate::error::AppError;
use domain::id::SecretId;
use domain::secret::SecretPage;
use leptos::prelude::*;

/// All secrets, without their values.
#[server(prefix = "/call", endpoint = "secret/page")]
pub async fn read_secrets() -> Result<SecretPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::secret::page(&db, &actor).await?)
}

/// Sets a secret of one service, or of all when none is named: a new one, or the next version of it. Answers where to go on.
#[server(prefix = "/call", endpoint = "secret/set")]
pub async fn set_secret(
    #[server(default)] service: String,
    #[server(default)] name: String,
    #[server(default)] secret_value: String,
) -> Result<String, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let of = Some(service.as_str()).filter(|service| !service.is_empty());
    // Browsers send line feeds of a text as CR LF.
    let value = secret_value.replace("\r\n", "\n");
    let name = name.trim();
    store::secret::set(&db, &actor, &vault, of, name, &value).await?;
    let next = format!("/administration/secrets?set={name}");
    crate::caller::go_to(&next);
    Ok(next)
}

/// Removes a secret with all its versions.
#[server(prefix = "/call", endpoint = "secret/remove")]
pub async fn remove_secret(id: SecretId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::secret::remove(&db, &actor, id).await?)
}
