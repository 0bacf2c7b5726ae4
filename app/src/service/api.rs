//! Calls about services.

use super::posted::{PostedPolicy, PostedService, PostedSettings};
use crate::error::AppError;
use domain::access::Person;
use domain::id::EnvironmentId;
use domain::service::{Probe, ServicePage};
use leptos::prelude::*;

/// How a connection is tried. The server gives it: this crate knows no engine.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Prober(pub std::sync::Arc<Probing>);

/// Tries every connection of these settings: name and answer of each.
#[cfg(feature = "ssr")]
pub type Probing = dyn Fn(domain::service::Settings, domain::service::ProbeFacts) -> Answers + Send + Sync;

/// What came back.
#[cfg(feature = "ssr")]
pub type Answers = std::pin::Pin<Box<dyn Future<Output = Vec<(String, Probe)>> + Send>>;

/// The address by which people reach this instance, without a slash at its end.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone)]
pub struct PublicAddress(pub String);

/// All services.
#[server(prefix = "/call", endpoint = "service/list")]
pub async fn read_services() -> Result<Vec<ServicePage>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::service::list(&db, &actor).await?)
}

/// One service.
#[server(prefix = "/call", endpoint = "service/page")]
pub async fn read_service(name: String) -> Result<ServicePage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::service::page(&db, &actor, &name).await?)
}

/// How a service is connected to its source repository; none: not at all.
#[server(prefix = "/call", endpoint = "service/source")]
pub async fn read_source(name: String) -> Result<Option<domain::hook::Hook>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::hook::hook(&db, &actor, &name).await?)
}

/// What the source repository has to be told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourceSecret {
    /// Where deliveries are taken.
    pub address: String,
    pub secret: String,
}

/// Connects a service to its source repository, or makes a new secret. The secret is in the answer, and nowhere else.
#[server(prefix = "/call", endpoint = "service/source-connect")]
pub async fn connect_source(name: String) -> Result<SourceSecret, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let secret = store::hook::connect(&db, &vault, &actor, &name).await?;
    let address = format!("{}/hooks/github/{name}", expect_context::<PublicAddress>().0);
    crate::caller::show_once("address", &address);
    crate::caller::show_once("once", &secret);
    Ok(SourceSecret { address, secret })
}

/// Sets by the token in which secret, and where, the source repository is asked for what was missed. Without a secret it is asked no more.
#[server(prefix = "/call", endpoint = "service/source-ask")]
pub async fn ask_source(
    name: String,
    #[server(default)] kept_in: String,
    #[server(default)] api_url: String,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let form = domain::github::answer::AskForm {
        secret: kept_in,
        api_url,
    };
    Ok(store::hook::ask_by(&db, &actor, &name, &form).await?)
}

/// Asks the source repository as soon as a worker is free.
#[server(prefix = "/call", endpoint = "service/source-reconcile")]
pub async fn reconcile_source(name: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::hook::reconcile_now(&db, &actor, &name).await?)
}

/// Ends the connection.
#[server(prefix = "/call", endpoint = "service/source-disconnect")]
pub async fn disconnect_source(name: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::hook::disconnect(&db, &actor, &name).await?)
}

/// What the form about a service needs.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FormNeeds {
    /// None: a new one.
    pub page: Option<ServicePage>,
    /// Everybody who could own it.
    pub people: Vec<Person>,
    /// Teams that could.
    pub teams: Vec<domain::service::OwnerTeam>,
}

/// A service, if it is not a new one, and everybody who could own it.
#[server(prefix = "/call", endpoint = "service/form")]
pub async fn read_form(name: Option<String>) -> Result<FormNeeds, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let people = store::access::people(&db, &actor).await?;
    let page = match name {
        Some(name) => Some(store::service::page(&db, &actor, &name).await?),
        None => None,
    };
    Ok(FormNeeds {
        page,
        people: people.into_iter().filter(|person| person.active).collect(),
        teams: store::service::owner_teams(&db, &actor).await?,
    })
}

/// Sets up a service.
#[server(prefix = "/call", endpoint = "service/create")]
pub async fn create_service(form: PostedService) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let name = store::service::create(&db, &actor, &form.read()).await?;
    crate::caller::go_to(&format!("/services/{name}"));
    Ok(())
}

/// Changes a service.
#[server(prefix = "/call", endpoint = "service/update")]
pub async fn update_service(name: String, form: PostedService) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let form = form.read();
    store::service::update(&db, &actor, &name, &form).await?;
    crate::caller::go_to(&format!("/services/{}", form.name));
    Ok(())
}

/// Removes a service. Its name is typed to confirm.
#[server(prefix = "/call", endpoint = "service/remove")]
pub async fn remove_service(name: String, #[server(default)] confirmation: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    if confirmation.trim() != name {
        let fields = domain::field::FieldErrors::one("confirmation", domain::field::Problem::Mismatch);
        return Err(crate::caller::refuse(crate::error::Code::Invalid { fields }));
    }
    store::service::remove(&db, &actor, &name).await?;
    crate::caller::go_to("/services");
    Ok(())
}

/// Makes a service from an exported file.
#[server(prefix = "/call", endpoint = "service/import")]
pub async fn import_service(#[server(default)] file: String) -> Result<(), AppError> {
    use domain::field::{FieldErrors, Problem};
    let (db, actor) = crate::caller::actor()?;
    let read: domain::service::ServiceFile = toml::from_str(&file).map_err(|error| {
        let why = error.to_string();
        crate::caller::refuse(crate::error::Code::Invalid {
            fields: FieldErrors::one("file", Problem::Unreadable { why }),
        })
    })?;
    let name = store::service::import(&db, &actor, &read).await?;
    crate::caller::go_to(&format!("/services/{name}"));
    Ok(())
}

/// Saves how an environment is changed and measured.
#[server(prefix = "/call", endpoint = "service/settings")]
pub async fn save_settings(environment: EnvironmentId, row_version: i32, form: PostedSettings) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let base = store::service::environment(&db, environment)
        .await?
        .map(|found| found.settings)
        .unwrap_or_default();
    let settings = form
        .read(&base)
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    Ok(store::service::save_settings(&db, &actor, environment, row_version, &settings).await?)
}

/// Tries every connection of the form's settings, saved or not.
#[server(prefix = "/call", endpoint = "service/test")]
pub async fn test_settings(environment: EnvironmentId, form: PostedSettings) -> Result<Vec<(String, Probe)>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let found = store::service::environment(&db, environment)
        .await?
        .ok_or(store::Error::NotFound)?;
    actor
        .may(domain::access::Action::ManageTarget, found.scope())
        .map_err(store::Error::from)?;
    let settings = form
        .read(&found.settings)
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    let facts = domain::service::ProbeFacts {
        service: store::service::name(&db, found.service).await?,
        environment: found.name,
    };
    let Prober(probe) = expect_context::<Prober>();
    let answers = probe(settings, facts).await;
    crate::caller::show_once("answers", &serde_json::to_string(&answers).unwrap_or_default());
    Ok(answers)
}

/// How many pending approvals a policy would void.
#[server(prefix = "/call", endpoint = "service/policy-effect")]
pub async fn policy_effect(environment: EnvironmentId, form: PostedPolicy) -> Result<u32, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let policy = form
        .read()
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    Ok(store::service::policy_effect(&db, &actor, environment, &policy)
        .await?
        .voids)
}

/// Saves a policy as its next version; the answer counts the approvals that this voided.
#[server(prefix = "/call", endpoint = "service/policy")]
pub async fn save_policy(environment: EnvironmentId, version_seen: i32, form: PostedPolicy) -> Result<u32, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let policy = form
        .read()
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))?;
    Ok(store::service::save_policy(&db, &actor, environment, version_seen, &policy).await?)
}

/// Holds an environment, with a reason.
#[server(prefix = "/call", endpoint = "service/lock")]
pub async fn lock_environment(environment: EnvironmentId, #[server(default)] text: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::service::lock(&db, &actor, environment, &text, None).await?)
}

/// Lifts the hold on an environment.
#[server(prefix = "/call", endpoint = "service/unlock")]
pub async fn unlock_environment(environment: EnvironmentId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::service::unlock(&db, &actor, environment).await?)
}
