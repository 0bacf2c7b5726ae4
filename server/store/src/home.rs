//! The first page: what is in flight, what runs where, what waits for the person who looks.

mod waits;

pub use crate::search::search;

use crate::service::{read, states};
use crate::{Db, Error, deployment, freeze, tx};
use domain::access::{Action, Actor, Scope};
use domain::deployment::DeploymentLine;
use domain::freeze::PlaceNames;
use domain::home::{Counts, HomePage, HomeService};
use domain::id::{IncidentId, ServiceId};
use domain::incident::{IncidentLine, IncidentState, Severity};
use sqlx::PgConnection;

/// All that the first page shows to this person.
///
/// # Errors
/// `Denied`.
pub async fn page(db: &Db, actor: &Actor) -> Result<HomePage, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let services = read::services(&mut tx).await?;
    let ids: Vec<ServiceId> = services.iter().map(|service| service.id).collect();
    let mut states = states(&mut tx, &ids).await?;
    let sample = services.iter().any(|service| service.sample);
    let matrix = services.into_iter().map(|service| HomeService {
        environments: states.remove(&service.id).unwrap_or_default(),
        name: service.name,
    });
    let in_flight = in_flight(&mut tx).await?;
    let frozen = freeze::holding(&mut tx).await?;
    let places = match frozen.is_empty() {
        true => PlaceNames::default(),
        false => freeze::places(&mut tx).await?,
    };
    Ok(HomePage {
        people: deployment::people_of(&mut tx, &in_flight).await?,
        in_flight,
        services: matrix.collect(),
        waits: waits::of(&mut tx, actor).await?,
        incidents: open_incidents(&mut tx).await?,
        frozen,
        places,
        sample,
        now: tx.now,
    })
}

/// Deployments that have not ended, newest first.
async fn in_flight(c: &mut PgConnection) -> Result<Vec<DeploymentLine>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from deployment where state in ('running', 'paused', 'baking', 'queued')
         order by number desc limit 50"
    )
    .fetch_all(&mut *c)
    .await?;
    deployment::lines(c, &ids).await
}

/// Incidents that are not over, the worst first.
async fn open_incidents(c: &mut PgConnection) -> Result<Vec<IncidentLine>, Error> {
    let incidents = sqlx::query_as!(
        IncidentLine,
        r#"select i.id as "id: IncidentId", i.number, i.form ->> 'title' as "title!", s.name as service,
               i.severity as "severity: Severity", i.state as "state: IncidentState", i.started_at, i.resolved_at
           from incident i join service s on s.id = i.service_id
           where i.resolved_at is null
           order by array_position(array['critical', 'high', 'medium', 'low'], i.severity), i.number desc limit 20"#,
    );
    Ok(incidents.fetch_all(c).await?)
}

/// What the navigation counts: releases that have not reached production, deployments in flight, open incidents.
///
/// # Errors
/// `Denied`.
pub async fn counts(db: &Db, actor: &Actor) -> Result<Counts, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let counts = sqlx::query_as!(
        Counts,
        r#"select
               (select count(*) from release r where not exists (
                    select 1 from deployment d join environment e on e.id = d.environment_id
                    where d.release_id = r.id and e.tier = 'production' and d.in_production_at is not null
                ) and not exists (
                    select 1 from outside_deployment o join environment e on e.id = o.environment_id
                    where o.service_id = r.service_id and o.version = r.version and e.tier = 'production' and o.state = 'succeeded'
                )) as "releases!",
               (select count(*) from deployment where state in ('running', 'paused', 'baking', 'queued')) as "deployments!",
               (select count(*) from incident where resolved_at is null) as "incidents!""#,
    );
    Ok(counts.fetch_one(db).await?)
}
