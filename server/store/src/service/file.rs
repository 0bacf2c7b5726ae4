//! A service as a file: taken from one instance, or kept beside its code, and brought into another.

use super::read;
use super::{form, page, policy, settings};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, Problem};
use domain::id::{PersonId, ServiceId, TeamId};
use domain::service::{Environment, EnvironmentFile, EnvironmentForm, Service, ServiceFile, ServiceForm};

/// A service with its environments, settings and policies; people by e-mail.
///
/// # Errors
/// `NotFound`; `Denied` to those who may not manage it.
pub async fn export(db: &Db, actor: &Actor, name: &str) -> Result<ServiceFile, Error> {
    let mut tx = tx::begin(db).await?;
    let service = read::service_by_name(&mut tx, name).await?;
    actor.may(Action::ManageService, Scope::Service(service.id))?;
    let (owners, stakeholders) = page::people(&mut tx, service.id).await?;
    let team = read::owner_teams_of(&mut tx, &[service.id]).await?.remove(&service.id);
    let environments = read::environments_of(&mut tx, &[service.id]).await?;
    let environments = environments.into_iter().map(|environment| EnvironmentFile {
        name: environment.name,
        tier: environment.tier,
        settings: environment.settings,
        policy: environment.policy,
    });
    Ok(ServiceFile {
        name: service.name,
        repository: service.repository,
        description: service.description,
        customer_facing: service.customer_facing,
        owners: owners.into_iter().map(|person| person.email).collect(),
        team: team.map(|team| team.name),
        stakeholders: stakeholders.into_iter().map(|person| person.email).collect(),
        environments: environments.collect(),
    })
}

/// Makes the service of a file, or brings the one of that name to what the file says. Answers its name. All or nothing.
///
/// # Errors
/// `Denied`, as for a service, its targets and its policies; `Invalid` as for the forms, with `environments.N.…` before the field; `Rule::InUse`
/// when the file leaves out an environment that was deployed to.
pub async fn import(db: &Db, actor: &Actor, file: &ServiceFile) -> Result<String, Error> {
    for action in [Action::ManageService, Action::ManageTarget, Action::ManagePolicy] {
        actor.may(action, Scope::Instance)?;
    }
    check(file).into_result()?;
    let mut tx = tx::begin(db).await?;
    let before = match read::locked_by_name(&mut tx, &file.name).await {
        Ok(service) => Some(service),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let form = form_of(&mut tx, file, before.as_ref()).await?;
    let service = match &before {
        Some(service) => {
            form::change(&mut tx, actor, service, &form).await?;
            service.id
        }
        None => form::insert(&mut tx, actor, &form, false).await?,
    };
    write_environments(&mut tx, actor, service, file).await?;
    tx.commit().await?;
    Ok(file.name.clone())
}

fn check(file: &ServiceFile) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for (i, environment) in file.environments.iter().enumerate() {
        for (field, problem) in settings::check(&environment.settings).0 {
            errors.add(&format!("environments.{i}.{field}"), problem);
        }
    }
    errors
}

/// The file as a form of this instance: people and environments by their ids here.
async fn form_of(tx: &mut Tx, file: &ServiceFile, before: Option<&Service>) -> Result<ServiceForm, Error> {
    let kept = match before {
        Some(service) => read::environments_of(tx, &[service.id]).await?,
        None => Vec::new(),
    };
    let mut errors = FieldErrors::default();
    let owners = people(tx, &mut errors, "owners", &file.owners).await?;
    let stakeholders = people(tx, &mut errors, "stakeholders", &file.stakeholders).await?;
    let team = team(tx, &mut errors, file.team.as_deref()).await?;
    errors.into_result()?;
    let id_of = |name: &str| {
        kept.iter()
            .find(|environment| environment.name == name)
            .map(|environment| environment.id)
    };
    let environments = file.environments.iter().map(|environment| EnvironmentForm {
        id: id_of(&environment.name),
        name: environment.name.clone(),
        tier: environment.tier,
    });
    Ok(ServiceForm {
        name: file.name.clone(),
        repository: file.repository.clone(),
        description: file.description.clone(),
        customer_facing: file.customer_facing,
        owners,
        team,
        stakeholders,
        environments: environments.collect(),
        row_version: before.map_or(0, |service| service.row_version),
    })
}

async fn people(tx: &mut Tx, errors: &mut FieldErrors, field: &str, emails: &[String]) -> Result<Vec<PersonId>, Error> {
    let wanted: Vec<String> = emails.iter().map(|email| email.trim().to_lowercase()).collect();
    let found = sqlx::query!(
        r#"select id as "id: PersonId", lower(email) as "email!" from person where lower(email) = any($1)"#,
        &wanted,
    )
    .fetch_all(&mut **tx)
    .await?;
    if !wanted
        .iter()
        .all(|email| found.iter().any(|person| person.email == *email))
    {
        errors.add(field, Problem::Unknown);
    }
    Ok(found.into_iter().map(|person| person.id).collect())
}

/// The team of this name, in capitals or not.
async fn team(tx: &mut Tx, errors: &mut FieldErrors, name: Option<&str>) -> Result<Option<TeamId>, Error> {
    let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let found = sqlx::query_scalar!(
        r#"select id as "id: TeamId" from team where lower(name) = lower($1)"#,
        name
    )
    .fetch_optional(&mut **tx)
    .await?;
    if found.is_none() {
        errors.add("team", Problem::Unknown);
    }
    Ok(found)
}

async fn write_environments(tx: &mut Tx, actor: &Actor, service: ServiceId, file: &ServiceFile) -> Result<(), Error> {
    let environments = read::environments_of(tx, &[service]).await?;
    for (i, (environment, wanted)) in environments.iter().zip(&file.environments).enumerate() {
        // Through the lock: settings and policy are saved by others only while they hold it.
        let environment = read::locked_environment(tx, environment.id).await?;
        write_environment(tx, actor, &environment, wanted)
            .await
            .map_err(|error| within(error, i))?;
    }
    Ok(())
}

async fn write_environment(
    tx: &mut Tx,
    actor: &Actor,
    environment: &Environment,
    wanted: &EnvironmentFile,
) -> Result<(), Error> {
    let fields = settings::changed(&environment.settings, &wanted.settings);
    if !fields.is_empty() {
        settings::known_secrets(tx, environment.service, &wanted.settings).await?;
        settings::write(tx, environment.id, &wanted.settings).await?;
        let stream = Stream::new(StreamKind::Environment, environment.id);
        let changes = settings::changes(&environment.settings, &wanted.settings);
        append(tx, stream, actor.by(), &Event::EnvironmentChanged { fields, changes }).await?;
    }
    if environment.policy != wanted.policy {
        wanted.policy.check().into_result()?;
        policy::satisfiable(tx, &wanted.policy, environment.scope()).await?;
        policy::replace(tx, actor, environment, &wanted.policy).await?;
    }
    Ok(())
}

/// A field's problem, told as the problem of the Nth environment's field.
fn within(error: Error, i: usize) -> Error {
    match error {
        Error::Invalid(errors) => {
            let named = errors
                .0
                .into_iter()
                .map(|(field, problem)| (format!("environments.{i}.{field}"), problem));
            Error::Invalid(FieldErrors(named.collect()))
        }
        other => other,
    }
}
