//! A deployment with all that its page shows.

use super::read;
use crate::{Db, Error, event, rollout};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, By, Person, Role, Scope};
use domain::analysis::Judgement;
use domain::deployment::{Deployment, DeploymentLine, DeploymentPage, Intent, Pause, State, Steer};
use domain::event::{Event, Happened};
use domain::gate::{Lock, LockReason};
use domain::id::{DeploymentId, IncidentId, IntentId, LockId, PersonId, ServiceId};
use domain::rollout::{judge_now, judging};
use domain::service::Service;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// Everything about one deployment, but for the charts and the log.
///
/// # Errors
/// `Denied`, `NotFound`.
pub async fn page(db: &Db, actor: &Actor, number: i64) -> Result<DeploymentPage, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let row = sqlx::query!(
        r#"select d.id, d.service_id, r.title, now() as "now!" from deployment d
           join release r on r.id = d.release_id where d.number = $1"#,
        number
    )
    .fetch_one(db)
    .await?;
    let id = DeploymentId(row.id);
    let events = event::of_stream(db, super::stream(id)).await?;
    let mut connection = db.acquire().await?;
    let c = &mut *connection;
    let deployment = read::read(c, id).await?.ok_or(Error::NotFound)?;
    let pending = rollout::open_intents(c, id).await?;
    let parent = match deployment.parent {
        Some(parent) => read::line_of(c, parent).await?,
        None => None,
    };
    let (ahead, queue_place) = queue(c, &deployment).await?;
    Ok(DeploymentPage {
        service: service(c, ServiceId(row.service_id)).await?,
        title: row.title,
        executions: read::executions(c, id).await?,
        judgement: judgement(c, &deployment, row.now).await?,
        judgements: judgements(c, id).await?,
        children: children(c, id).await?,
        parent,
        incident: incident(c, &deployment).await?,
        queue_place,
        ahead,
        lock: lock_of(c, deployment.environment.0).await?,
        people: people(c, &mentioned(&deployment, &events, &pending)).await?,
        pending,
        events,
        deployment,
        now: row.now,
    })
}

async fn service(c: &mut PgConnection, id: ServiceId) -> Result<Service, Error> {
    let row = sqlx::query!(
        "select name, repository, description, customer_facing, sample, row_version from service where id = $1",
        id.0
    )
    .fetch_one(c)
    .await?;
    Ok(Service {
        id,
        name: row.name,
        repository: row.repository,
        description: row.description,
        customer_facing: row.customer_facing,
        sample: row.sample,
        row_version: row.row_version,
    })
}

/// The judgement as it stands now; after the end, the last one that changed something.
async fn judgement(
    c: &mut PgConnection,
    deployment: &Deployment,
    now: DateTime<Utc>,
) -> Result<Option<Judgement>, Error> {
    if let Some(judging) = judging(&deployment.plan, &deployment.run, now) {
        let samples = rollout::samples_after(c, deployment.id, judging.reads_from()).await?;
        let sources = rollout::collector(c, deployment.id).await?;
        let sources = sources.map_or_else(Vec::new, |kept| kept.collector.states());
        return Ok(Some(judge_now(
            &deployment.plan.analysis,
            judging,
            &samples,
            &sources,
            now,
        )));
    }
    let kept = sqlx::query_scalar!(
        r#"select body as "body: Json<Judgement>" from judgement where deployment_id = $1 order by id desc limit 1"#,
        deployment.id.0
    )
    .fetch_optional(c)
    .await?;
    Ok(kept.map(|kept| kept.0))
}

async fn judgements(c: &mut PgConnection, id: DeploymentId) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from judgement where deployment_id = $1"#,
        id.0
    );
    Ok(count.fetch_one(c).await?)
}

async fn children(c: &mut PgConnection, id: DeploymentId) -> Result<Vec<DeploymentLine>, Error> {
    let ids = sqlx::query_scalar!("select id from deployment where parent_id = $1", id.0)
        .fetch_all(&mut *c)
        .await?;
    read::lines(c, &ids).await
}

/// The incident that this deployment, or the one that it takes back, opened.
async fn incident(c: &mut PgConnection, deployment: &Deployment) -> Result<Option<(IncidentId, i64)>, Error> {
    let row = sqlx::query!(
        "select id, number from incident where deployment_id = $1 or deployment_id = $2 order by number desc limit 1",
        deployment.id.0,
        deployment.parent.map(Uuid::from),
    )
    .fetch_optional(c)
    .await?;
    Ok(row.map(|row| (IncidentId(row.id), row.number)))
}

/// Who is before it in its environment, and its place from 1, while it waits.
async fn queue(c: &mut PgConnection, deployment: &Deployment) -> Result<(Option<DeploymentLine>, Option<i64>), Error> {
    if deployment.run.state != State::Queued {
        return Ok((None, None));
    }
    let before = rollout::occupied_by(c, deployment).await?;
    let ids: Vec<Uuid> = before.iter().map(|id| id.0).collect();
    let lines = read::lines(c, &ids).await?;
    let waiting = lines.iter().filter(|line| line.state == State::Queued).count();
    let place = i64::try_from(waiting).unwrap_or(i64::MAX).saturating_add(1);
    Ok((lines.into_iter().next(), Some(place)))
}

/// The hold on an environment, if it is not lifted.
pub(crate) async fn lock_of(c: &mut PgConnection, environment: Uuid) -> Result<Option<Lock>, Error> {
    let row = sqlx::query!(
        r#"select id, by as "by: Json<By>", reason as "reason: Json<LockReason>", since, until from environment_lock
           where environment_id = $1 and lifted_at is null"#,
        environment,
    )
    .fetch_optional(c)
    .await?;
    Ok(row.map(|row| Lock {
        id: LockId(row.id),
        by: row.by.0,
        reason: row.reason.0,
        since: row.since,
        until: row.until,
    }))
}

fn mentioned(deployment: &Deployment, events: &[Happened], pending: &[Intent]) -> Vec<PersonId> {
    let mut ids: Vec<PersonId> = events.iter().filter_map(|event| event.by.person()).collect();
    ids.extend(events.iter().filter_map(|event| match &event.event {
        Event::Paused {
            pause: Pause::Person { by, .. },
        } => Some(*by),
        _ => None,
    }));
    ids.extend(pending.iter().map(|intent| intent.by));
    ids.extend(deployment.by.person());
    ids.sort();
    ids.dedup();
    ids
}

async fn people(c: &mut PgConnection, ids: &[PersonId]) -> Result<Vec<Person>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id, name, email, role as "role: Role", active from person where id = any($1) order by name"#,
        &ids
    )
    .fetch_all(c)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Person {
            id: PersonId(row.id),
            name: row.name,
            email: row.email,
            role: row.role,
            active: row.active,
        })
        .collect())
}

/// A person's command, from its row.
pub(crate) fn intent(id: Uuid, by: Uuid, at: DateTime<Utc>, act: Steer) -> Intent {
    Intent {
        id: IntentId(id),
        by: PersonId(by),
        at,
        act,
    }
}
