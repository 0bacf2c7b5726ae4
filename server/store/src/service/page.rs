//! Services as pages show them.

use super::read::{self, Part};
use crate::{Db, Error, deployment, tx};
use domain::access::{Action, Actor, Person, Scope};
use domain::deployment::DeploymentLine;
use domain::id::{DeploymentId, EnvironmentId, ServiceId, TeamId};
use domain::service::{Environment, EnvironmentState, OwnerTeam, Service, ServicePage};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// All services, by name.
///
/// # Errors
/// `Denied`.
pub async fn list(db: &Db, actor: &Actor) -> Result<Vec<ServicePage>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let services = read::services(&mut tx).await?;
    pages(&mut tx, services).await
}

/// One service.
///
/// # Errors
/// `NotFound`; `Denied`.
pub async fn page(db: &Db, actor: &Actor, name: &str) -> Result<ServicePage, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let service = read::service_by_name(&mut tx, name).await?;
    pages(&mut tx, vec![service]).await?.pop().ok_or(Error::NotFound)
}

/// The teams that could own a service, by name.
///
/// # Errors
/// `Denied`.
pub async fn owner_teams(db: &Db, actor: &Actor) -> Result<Vec<OwnerTeam>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let teams = sqlx::query_as!(
        OwnerTeam,
        r#"select id as "id: TeamId", name from team order by lower(name), id"#
    );
    Ok(teams.fetch_all(db).await?)
}

/// The pages of these services, in their order, with as many statements as for one.
pub(crate) async fn pages(c: &mut PgConnection, services: Vec<Service>) -> Result<Vec<ServicePage>, Error> {
    let ids: Vec<ServiceId> = services.iter().map(|service| service.id).collect();
    let mut owners = read::people_of(c, &ids, &Part::Owner).await?;
    let mut stakeholders = read::people_of(c, &ids, &Part::Stakeholder).await?;
    let mut states = states(c, &ids).await?;
    let mut teams = read::owner_teams_of(c, &ids).await?;
    let pages = services.into_iter().map(|service| ServicePage {
        owners: owners.remove(&service.id).unwrap_or_default(),
        stakeholders: stakeholders.remove(&service.id).unwrap_or_default(),
        team: teams.remove(&service.id),
        environments: states.remove(&service.id).unwrap_or_default(),
        service,
    });
    Ok(pages.collect())
}

/// The environments of these services and what is known of each now, in promotion order.
pub(crate) async fn states(
    c: &mut PgConnection,
    services: &[ServiceId],
) -> Result<HashMap<ServiceId, Vec<EnvironmentState>>, Error> {
    let environments = read::environments_of(c, services).await?;
    let ids: Vec<EnvironmentId> = environments.iter().map(|environment| environment.id).collect();
    let mut running = read::running_in(c, &ids).await?;
    let mut locks = read::locks_of(c, &ids).await?;
    let mut current = current_in(c, &ids).await?;
    let frozen = crate::freeze::holding(c).await?;
    let mut states: HashMap<ServiceId, Vec<EnvironmentState>> = HashMap::new();
    for environment in environments {
        let Environment { id, service, tier, .. } = environment;
        let holds = frozen.iter().find(|one| one.place.covers(service, id, tier));
        let (running, lock) = (running.remove(&id), locks.remove(&id));
        let state = EnvironmentState {
            environment,
            running,
            lock,
            frozen: holds.cloned(),
            current: current.remove(&id),
        };
        states.entry(service).or_default().push(state);
    }
    Ok(states)
}

/// In each environment the deployment that occupies it; else the one that bakes, else the first of the queue.
async fn current_in(
    c: &mut PgConnection,
    environments: &[EnvironmentId],
) -> Result<HashMap<EnvironmentId, DeploymentLine>, Error> {
    let ids: Vec<_> = environments.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select distinct on (environment_id) environment_id as "environment: EnvironmentId", id as "id: DeploymentId"
           from deployment
           where environment_id = any($1) and state in ('running', 'paused', 'baking', 'queued')
           order by environment_id,
               case state when 'running' then 0 when 'paused' then 0 when 'baking' then 1 else 2 end, number"#,
        &ids,
    )
    .fetch_all(&mut *c)
    .await?;
    let wanted: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let lines = deployment::lines(c, &wanted).await?;
    let of = |id: DeploymentId| lines.iter().find(|line| line.id == id).cloned();
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.environment, of(row.id)?)))
        .collect())
}

/// Owners and stakeholders of one service.
pub(super) async fn people(c: &mut PgConnection, service: ServiceId) -> Result<(Vec<Person>, Vec<Person>), Error> {
    let owners = read::people_of(c, &[service], &Part::Owner)
        .await?
        .remove(&service)
        .unwrap_or_default();
    let stakeholders = read::people_of(c, &[service], &Part::Stakeholder)
        .await?
        .remove(&service)
        .unwrap_or_default();
    Ok((owners, stakeholders))
}
