//! Calls about company sign-in and about sessions.

use crate::error::AppError;
use domain::access::OpenSession;
use domain::id::{IdentityId, PersonId};
use domain::identity::{Linked, Provider, ProviderForm, Standing, Ways};
use domain::service::Probe;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// How a provider is asked what it says of itself. The server gives it: this crate speaks with nobody.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Discoverer(pub std::sync::Arc<Discovering>);

/// Asks one provider.
#[cfg(feature = "ssr")]
pub type Discovering = dyn Fn(Provider) -> Discovery + Send + Sync;

/// What it answers.
#[cfg(feature = "ssr")]
pub type Discovery = std::pin::Pin<Box<dyn Future<Output = Probe> + Send>>;

/// The ways in. Open to all: the sign-in page offers them.
#[server(prefix = "/call", endpoint = "access/ways")]
pub async fn read_ways() -> Result<Ways, AppError> {
    Ok(store::access::ways(&crate::caller::db()).await?)
}

/// What the page of providers shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProvidersPage {
    pub providers: Vec<Provider>,
    /// What may be switched off.
    pub door: Standing,
    /// Where people reach this instance: what a provider has to know.
    pub address: String,
}

/// All providers.
#[server(prefix = "/call", endpoint = "access/providers")]
pub async fn read_providers() -> Result<ProvidersPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let providers = store::access::providers(&db, &actor).await?;
    let door = store::access::standing(&db, &actor).await?;
    let address = expect_context::<crate::service::PublicAddress>().0;
    Ok(ProvidersPage {
        providers,
        door,
        address,
    })
}

/// What a provider says of itself now.
#[server(prefix = "/call", endpoint = "access/provider-test")]
pub async fn test_provider(slug: String) -> Result<Probe, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let client = store::access::provider_to_test(&db, &actor, &vault, &slug).await?;
    Ok(expect_context::<Discoverer>().0(client.provider).await)
}

/// Adds a provider, or saves one.
#[server(prefix = "/call", endpoint = "access/provider-save")]
pub async fn save_provider(form: ProviderForm) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    store::access::save_provider(&db, &actor, &vault, &form).await?;
    crate::caller::go_to(&format!("/administration/sign-in?saved={}", form.slug));
    Ok(())
}

/// Switches passwords on or off for everybody.
#[server(prefix = "/call", endpoint = "access/passwords-switch")]
pub async fn switch_passwords(on: bool) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::switch_passwords(&db, &actor, on).await?)
}

/// Switches a provider on or off.
#[server(prefix = "/call", endpoint = "access/provider-switch")]
pub async fn switch_provider(slug: String, enabled: bool) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::switch_provider(&db, &actor, &slug, enabled).await?)
}

/// Removes a provider.
#[server(prefix = "/call", endpoint = "access/provider-remove")]
pub async fn remove_provider(slug: String, confirmation: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::access::remove_provider(&db, &actor, &slug, &confirmation).await?;
    crate::caller::go_to("/administration/sign-in");
    Ok(())
}

/// What somebody sees of their own ways in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnWays {
    pub ways: Ways,
    pub linked: Vec<Linked>,
}

/// One's own ways in.
#[server(prefix = "/call", endpoint = "access/own-ways")]
pub async fn read_own_ways() -> Result<OwnWays, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let linked = store::access::identities(&db, &actor).await?;
    let ways = store::access::ways(&db).await?;
    Ok(OwnWays { ways, linked })
}

/// Unlinks one's own identity.
#[server(prefix = "/call", endpoint = "access/unlink")]
pub async fn unlink(id: IdentityId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::unlink(&db, &actor, id).await?)
}

/// One's own sessions, and which of them this is.
#[server(prefix = "/call", endpoint = "access/sessions")]
pub async fn read_sessions() -> Result<(Vec<OpenSession>, Option<i64>), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let sessions = store::access::sessions(&db, &actor).await?;
    Ok((sessions, crate::caller::caller().session))
}

/// Ends one of one's own sessions.
#[server(prefix = "/call", endpoint = "access/end-session")]
pub async fn end_session(number: i64) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::end_session(&db, &actor, number).await?)
}

/// Ends all of one's own sessions but this one.
#[server(prefix = "/call", endpoint = "access/end-others")]
pub async fn end_others() -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let session = crate::caller::caller().session;
    store::access::end_others(&db, &actor, session).await?;
    Ok(())
}

/// Ends somebody's sessions.
#[server(prefix = "/call", endpoint = "access/end-sessions-of")]
pub async fn end_sessions_of(person: PersonId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::access::end_sessions_of(&db, &actor, person).await?;
    Ok(())
}
