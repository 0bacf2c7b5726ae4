//! Rows of services and environments as the rules know them.

use crate::Error;
use domain::access::{By, Person, Role};
use domain::deployment::{Brought, Running};
use domain::gate::{Lock, LockReason};
use domain::id::{DeploymentId, EnvironmentId, LockId, PersonId, ReleaseId, ServiceId, TeamId};
use domain::service::{Environment, OwnerTeam, Policy, Service, Settings, Target, Tier};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeSet, HashMap};

/// A service by its name.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn service_by_name(c: &mut PgConnection, name: &str) -> Result<Service, Error> {
    let service = sqlx::query_as!(
        Service,
        r#"select id as "id: ServiceId", name, repository, description, customer_facing, sample, row_version
           from service where name = $1"#,
        name,
    );
    Ok(service.fetch_one(c).await?)
}

/// All services, by name.
pub(crate) async fn services(c: &mut PgConnection) -> Result<Vec<Service>, Error> {
    let services = sqlx::query_as!(
        Service,
        r#"select id as "id: ServiceId", name, repository, description, customer_facing, sample, row_version
           from service order by name"#,
    );
    Ok(services.fetch_all(c).await?)
}

/// Locks a service by its name until the end of the transaction, and reads it.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn locked_by_name(c: &mut PgConnection, name: &str) -> Result<Service, Error> {
    let service = sqlx::query_as!(
        Service,
        r#"select id as "id: ServiceId", name, repository, description, customer_facing, sample, row_version
           from service where name = $1 for update"#,
        name,
    );
    Ok(service.fetch_one(c).await?)
}

/// The environments of these services in promotion order, each with its newest policy.
pub(crate) async fn environments_of(c: &mut PgConnection, services: &[ServiceId]) -> Result<Vec<Environment>, Error> {
    let ids: Vec<_> = services.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        EnvironmentRow,
        r#"select e.id as "id: EnvironmentId", e.service_id as "service: ServiceId", e.name, e.position,
               e.tier as "tier: Tier", e.settings as "settings: Json<Settings>", e.row_version,
               p.version as policy_version, p.body as "policy: Json<Policy>"
           from environment e join lateral (
               select version, body from policy where environment_id = e.id order by version desc limit 1
           ) p on true
           where e.service_id = any($1) order by e.service_id, e.position"#,
        &ids,
    );
    let mut environments: Vec<Environment> = rows
        .fetch_all(&mut *c)
        .await?
        .into_iter()
        .map(Environment::from)
        .collect();
    with_secrets(c, &mut environments).await?;
    Ok(environments)
}

/// One environment with its newest policy.
pub(crate) async fn environment(c: &mut PgConnection, id: EnvironmentId) -> Result<Option<Environment>, Error> {
    let row = sqlx::query_as!(
        EnvironmentRow,
        r#"select e.id as "id: EnvironmentId", e.service_id as "service: ServiceId", e.name, e.position,
               e.tier as "tier: Tier", e.settings as "settings: Json<Settings>", e.row_version,
               p.version as policy_version, p.body as "policy: Json<Policy>"
           from environment e join lateral (
               select version, body from policy where environment_id = e.id order by version desc limit 1
           ) p on true
           where e.id = $1"#,
        id.0,
    );
    let mut found: Vec<Environment> = row
        .fetch_optional(&mut *c)
        .await?
        .map(Environment::from)
        .into_iter()
        .collect();
    with_secrets(c, &mut found).await?;
    Ok(found.pop())
}

/// Adds the newest versions of the secrets that the targets name.
async fn with_secrets(c: &mut PgConnection, environments: &mut [Environment]) -> Result<(), Error> {
    let names = |environment: &Environment| match &environment.settings.target {
        Target::Command(command) => command.secrets.values().cloned().collect(),
        Target::None => BTreeSet::new(),
    };
    let naming: Vec<ServiceId> = environments
        .iter()
        .filter(|environment| !names(environment).is_empty())
        .map(|environment| environment.service)
        .collect();
    if naming.is_empty() {
        return Ok(());
    }
    let newest = crate::secret::newest(c, &naming).await?;
    for environment in environments {
        let found = names(environment)
            .into_iter()
            .filter_map(|name| newest.get(&(environment.service, name)).cloned());
        environment.secrets = found.collect();
    }
    Ok(())
}

/// Locks an environment's row until the end of the transaction, then reads it with its newest policy.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn locked_environment(c: &mut PgConnection, id: EnvironmentId) -> Result<Environment, Error> {
    // The newest policy is read by a statement of its own: one that waited for the lock would still see the older one.
    sqlx::query!("select id from environment where id = $1 for update", id.0)
        .fetch_one(&mut *c)
        .await?;
    environment(c, id).await?.ok_or(Error::NotFound)
}

struct EnvironmentRow {
    id: EnvironmentId,
    service: ServiceId,
    name: String,
    position: i32,
    tier: Tier,
    settings: Json<Settings>,
    row_version: i32,
    policy_version: i32,
    policy: Json<Policy>,
}

impl From<EnvironmentRow> for Environment {
    fn from(row: EnvironmentRow) -> Environment {
        Environment {
            id: row.id,
            service: row.service,
            name: row.name,
            position: row.position,
            tier: row.tier,
            settings: row.settings.0,
            policy: row.policy.0,
            policy_version: row.policy_version,
            secrets: Vec::new(),
            row_version: row.row_version,
        }
    }
}

/// The holds on these environments that are neither lifted nor over.
pub(crate) async fn locks_of(
    c: &mut PgConnection,
    environments: &[EnvironmentId],
) -> Result<HashMap<EnvironmentId, Lock>, Error> {
    let ids: Vec<_> = environments.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select environment_id as "environment: EnvironmentId", id as "id: LockId", by as "by: Json<By>",
               reason as "reason: Json<LockReason>", since, until
           from environment_lock
           where environment_id = any($1) and lifted_at is null and (until is null or until > now())"#,
        &ids,
    )
    .fetch_all(c)
    .await?;
    let locks = rows.into_iter().map(|row| {
        (
            row.environment,
            Lock {
                id: row.id,
                by: row.by.0,
                reason: row.reason.0,
                since: row.since,
                until: row.until,
            },
        )
    });
    Ok(locks.collect())
}

/// What is believed to run in these environments.
pub(crate) async fn running_in(
    c: &mut PgConnection,
    environments: &[EnvironmentId],
) -> Result<HashMap<EnvironmentId, Running>, Error> {
    let mut ours = recorded_in(&mut *c, environments).await?;
    let mut outside = crate::outside::newest_in(c, environments).await?;
    let believed = environments.iter().filter_map(|id| {
        let running = domain::outside::believed(ours.remove(id), outside.remove(id))?;
        Some((*id, running))
    });
    Ok(believed.collect())
}

/// What runs in these environments, by our own record.
async fn recorded_in(
    c: &mut PgConnection,
    environments: &[EnvironmentId],
) -> Result<HashMap<EnvironmentId, Running>, Error> {
    let ids: Vec<_> = environments.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select environment_id as "environment: EnvironmentId", version, release_id as "release: ReleaseId",
               deployment_id as "deployment: DeploymentId", since
           from running where environment_id = any($1)"#,
        &ids,
    )
    .fetch_all(c)
    .await?;
    let running = rows.into_iter().map(|row| {
        let running = Running {
            version: row.version,
            release: Some(row.release),
            brought: Brought::Deployment {
                deployment: row.deployment,
            },
            since: row.since,
        };
        (row.environment, running)
    });
    Ok(running.collect())
}

/// The teams that own these services.
pub(crate) async fn owner_teams_of(
    c: &mut PgConnection,
    services: &[ServiceId],
) -> Result<HashMap<ServiceId, OwnerTeam>, Error> {
    let ids: Vec<_> = services.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select s.id as "service: ServiceId", t.id as "id: TeamId", t.name
           from service s join team t on t.id = s.owner_team where s.id = any($1)"#,
        &ids,
    )
    .fetch_all(c)
    .await?;
    let teams = rows.into_iter().map(|row| {
        let team = OwnerTeam {
            id: row.id,
            name: row.name,
        };
        (row.service, team)
    });
    Ok(teams.collect())
}

/// What a person is to a service.
pub(crate) enum Part {
    Owner,
    Stakeholder,
}

impl Part {
    pub fn key(&self) -> &'static str {
        match self {
            Part::Owner => "owner",
            Part::Stakeholder => "stakeholder",
        }
    }
}

/// Owners or stakeholders of these services, by name.
pub(crate) async fn people_of(
    c: &mut PgConnection,
    services: &[ServiceId],
    part: &Part,
) -> Result<HashMap<ServiceId, Vec<Person>>, Error> {
    let ids: Vec<_> = services.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select sp.service_id as "service: ServiceId", p.id as "id: PersonId", p.name, p.email,
               p.role as "role: Role", p.active
           from service_person sp join person p on p.id = sp.person_id
           where sp.service_id = any($1) and sp.part = $2 order by lower(p.name), p.id"#,
        &ids,
        part.key(),
    )
    .fetch_all(c)
    .await?;
    let mut people: HashMap<ServiceId, Vec<Person>> = HashMap::new();
    for row in rows {
        let person = Person {
            id: row.id,
            name: row.name,
            email: row.email,
            role: row.role,
            active: row.active,
        };
        people.entry(row.service).or_default().push(person);
    }
    Ok(people)
}
