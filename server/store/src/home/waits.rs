//! What waits for one person: decisions, approvals, reports.

use crate::tx::Tx;
use crate::{Error, deployment, gate};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Grant, grant};
use domain::gate::allowed_actions;
use domain::home::Waits;
use domain::id::{EnvironmentId, IncidentId, ReleaseId};
use domain::incident::{IncidentLine, IncidentState, Severity};
use uuid::Uuid;

/// So many of each kind: the rest is in the lists.
const MOST: i64 = 20;

/// Everything that this person could settle, what is urgent first: runs that stand still, approvals, reports.
pub(super) async fn of(tx: &mut Tx, actor: &Actor) -> Result<Vec<Waits>, Error> {
    let granted = |action: Action| grant(actor.role, action) == Grant::Yes;
    let mut waits = Vec::new();
    if granted(Action::Steer) {
        waits.extend(paused(tx).await?);
    }
    if granted(Action::Approve) {
        waits.extend(approvals(tx, actor).await?);
    }
    if granted(Action::EditIncident) {
        waits.extend(reports(tx).await?);
    }
    Ok(waits)
}

/// Deployments that a person must decide on, since they paused.
async fn paused(tx: &mut Tx) -> Result<Vec<Waits>, Error> {
    let rows = sqlx::query!(
        r#"select d.id, coalesce((
               select e.at from event e
               where e.stream_kind = 'deployment' and e.stream_id = d.id and e.body ->> 'event' = 'paused'
               order by e.seq desc limit 1), d.requested_at) as "since!"
           from deployment d where d.state = 'paused' order by 2 limit $1"#,
        MOST,
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
    let asked = sqlx::query_as!(
        Asked,
        r#"select release_id as "release: ReleaseId", environment_id as "environment: EnvironmentId",
               requested_at as since
           from (
               select distinct on (release_id, environment_id) * from approval_request
               order by release_id, environment_id, requested_at desc
           ) r
           where requested_by <> $1
               and not exists (select 1 from approval a where a.request_id = r.id and a.person_id = $1)
               and not exists (
                   select 1 from deployment d where d.release_id = r.release_id
                       and d.environment_id = r.environment_id and d.requested_at >= r.requested_at)
           order by requested_at desc limit $2"#,
        actor.id.0,
        MOST,
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
async fn reports(tx: &mut Tx) -> Result<Vec<Waits>, Error> {
    let rows = sqlx::query!(
        r#"select i.id as "id: IncidentId", i.number, i.form ->> 'title' as "title!", s.name as service,
               i.severity as "severity: Severity", i.state as "state: IncidentState", i.started_at, i.resolved_at,
               i.opened_at as since
           from incident i join service s on s.id = i.service_id
           where btrim(coalesce(i.form ->> 'root_cause', '')) = '' order by i.opened_at limit $1"#,
        MOST,
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
