//! Services and their environments: what is deployed, where, how, and under which rules.

mod file;
mod form;
mod lock;
mod page;
mod policy;
pub(crate) mod read;
mod settings;

pub use file::{export, import};
pub(crate) use form::insert;
pub use form::{create, remove, update};
pub use lock::{lock, unlock};
pub(crate) use page::states;
pub use page::{list, owner_teams, page};
pub use policy::{PolicyEffect, policy_effect, save_policy};
pub use settings::save_settings;

use crate::{Db, Error};
use domain::id::{EnvironmentId, ServiceId};
use domain::service::Environment;

/// An environment with its newest policy. None when it is gone.
///
/// # Errors
/// `Db`.
pub async fn environment(db: &Db, id: EnvironmentId) -> Result<Option<Environment>, Error> {
    read::environment(&mut *db.acquire().await?, id).await
}

/// The name of a service.
///
/// # Errors
/// `NotFound`.
pub async fn name(db: &Db, id: ServiceId) -> Result<String, Error> {
    Ok(crate::release::read::service(&mut *db.acquire().await?, id).await?.name)
}
