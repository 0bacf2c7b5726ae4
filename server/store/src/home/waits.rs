//! What waits for one person: decisions, approvals, reports.

use crate::tx::Tx;
use crate::{Error, deployment, gate};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::gate::allowed_actions;
use domain::home::Waits;
use domain::id::{EnvironmentId, IncidentId, ReleaseId};
use domain::incident::{IncidentLine, IncidentState, Severity};
use uuid::Uuid;

/// So many of each kind: the rest is in the lists.
const MOST: i64 = 20;

/// Everything that this person could settle, what is urgent first: runs that stand still, approvals, reports.
pub(super) async fn of(tx: &mut Tx, actor: &Actor) -> Result<Vec<Waits>, Error> {
    let mut waits = Vec::new();
    if actor.may_somewhere(Action::Steer) {
        waits.extend(paused(tx, actor).await?);
    }
    if actor.may_somewhere(Action::Approve) {
        waits.extend(approvals(tx, actor).await?);
    }
    if actor.may_somewhere(Action::EditIncident) {
        waits.extend(reports(tx, actor).await?);
    }
    Ok(waits)
}

/// Where somebody may do something, as a query asks for it.
struct There {
    everywhere: bool,
    services: Vec<Uuid>,
    environments: Vec<Uuid>,
}

impl There {
    fn of(actor: &Actor, action: Action) -> There {
        let mut there = There {
            everywhere: actor.may(action, Scope::Instance).is_ok(),
            services: Vec::new(),
            environments: Vec::new(),
        };
        for held in actor.teams.iter().filter(|held| actor.may(action, held.on).is_ok()) {
            match held.on {
                Scope::Instance => {}
                Scope::Service(service) => there.services.push(service.0),
                Scope::Environment { environment, .. } => there.environments.push(environment.0),
            }
        }
        there
    }
}

/// Deployments that this person may decide on, since they paused.
async fn paused(tx: &mut Tx, actor: &Actor) -> Result<Vec<Waits>, Error> {
    let there = There::of(actor, Action::Steer);
    let rows = sqlx::query!(
        r#"select d.id, coalesce((
               select e.at from event e
               where e.stream_kind = 'deployment' and e.stream_id = d.id and e.body ->> 'event' = 'paused'
               order by e.seq desc limit 1), d.requested_at) as "since!"
           from deployment d
           where d.state = 'paused' and ($2 or d.service_id = any($3) or d.environment_id = any($4))
           order by 2 limit $1"#,
        MOST,
        there.everywhere,
        &there.services,
        &there.environments,
    )
    .fetch_all(&mut **tx)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let lines = deployment::lines(tx, &ids).await?;
    let waits = rows.iter().filter_map(|row| {
        let line = lines.iter().find(|line| line.id.0 == row.id)?;
        Some(Waits::Decide {
            deployment: line.clone(),
            since: row.since,
        })
    });
    Ok(waits.collect())
}

/// A request that may be open: the newest one of a release for an environment, with no deployment since.
struct Asked {
    release: ReleaseId,
    environment: EnvironmentId,
    since: DateTime<Utc>,
}

/// Approvals that this person could give, by the same rule that decides when it is given.
async fn approvals(tx: &mut Tx, actor: &Actor) -> Result<Vec<Waits>, Error> {
    let there = There::of(actor, Action::Approve);
    let asked = sqlx::query_as!(
        Asked,
        r#"select release_id as "release: ReleaseId", environment_id as "environment: EnvironmentId",
               requested_at as since
           from (
               select distinct on (release_id, environment_id) * from approval_request
               order by release_id, environment_id, requested_at desc
           ) r join environment e on e.id = r.environment_id
           where requested_by <> $1 and ($3 or e.service_id = any($4) or e.id = any($5))
               and not exists (select 1 from approval a where a.request_id = r.id and a.person_id = $1)
               and not exists (
                   select 1 from deployment d where d.release_id = r.release_id
                       and d.environment_id = r.environment_id and d.requested_at >= r.requested_at)
           order by requested_at desc limit $2"#,
        actor.id.0,
        MOST,
        there.everywhere,
        &there.services,
        &there.environments,
    )
    .fetch_all(&mut **tx)
    .await?;
    let now = tx.now;
    let mut waits = Vec::new();
    for request in asked {
        let standing = gate::standing(tx, request.release, request.environment).await?;
        if allowed_actions(actor, &standing.facts, now).decide.yes() {
            waits.push(Waits::Approve {
                service: standing.service.name,
                version: standing.release.form.version,
                environment: standing.environment.name,
                since: request.since,
            });
        }
    }
    Ok(waits)
}

/// Reports whose cause nobody has written down, oldest first.
async fn reports(tx: &mut Tx, actor: &Actor) -> Result<Vec<Waits>, Error> {
    let there = There::of(actor, Action::EditIncident);
    let rows = sqlx::query!(
        r#"select i.id as "id: IncidentId", i.number, i.form ->> 'title' as "title!", s.name as service,
               i.severity as "severity: Severity", i.state as "state: IncidentState", i.started_at, i.resolved_at,
               i.opened_at as since
           from incident i join service s on s.id = i.service_id
           where btrim(coalesce(i.form ->> 'root_cause', '')) = '' and ($2 or i.service_id = any($3))
           order by i.opened_at limit $1"#,
        MOST,
        there.everywhere,
        &there.services,
    )
    .fetch_all(&mut **tx)
    .await?;
    let waits = rows.into_iter().map(|row| Waits::Report {
        incident: IncidentLine {
            id: row.id,
            number: row.number,
            title: row.title,
            service: row.service,
            severity: row.severity,
            state: row.state,
            started_at: row.started_at,
            resolved_at: row.resolved_at,
        },
        since: row.since,
    });
    Ok(waits.collect())
}
