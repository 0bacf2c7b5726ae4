//! What a decision looks at, but for what is seen of the target.

use super::Claim;
use crate::deployment::{self, ExecutionRow};
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::analysis::{Collector, Sample, SampleBody};
use domain::deployment::{Deployment, Execution, ExecutionState, Intent, Kind, State, Steer};
use domain::gate::{Gate, GateResult};
use domain::id::DeploymentId;
use domain::rollout::{Facts, Seen};
use sqlx::PgConnection;
use sqlx::types::Json;

/// A claimed deployment, read whole. In the facts, what is seen and judged is still empty.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub deployment: Deployment,
    pub facts: Facts,
    pub kept: Option<Kept>,
}

/// The state of the scraping after its last round.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub collector: Collector,
    pub observed_at: DateTime<Utc>,
}

/// Reads what was claimed. None: it has been removed meanwhile.
///
/// # Errors
/// `Db`.
pub async fn load(db: &Db, claim: &Claim) -> Result<Option<Loaded>, Error> {
    let mut connection = db.acquire().await?;
    let c = &mut *connection;
    let Some(deployment) = deployment::read(c, claim.deployment).await? else {
        return Ok(None);
    };
    let facts = Facts {
        deployment: deployment.id,
        kind: deployment.kind,
        plan: deployment.plan.clone(),
        run: deployment.run.clone(),
        previous_version: previous_version(c, &deployment).await?,
        occupied_by: occupied_by(c, &deployment).await?,
        superseded_by: superseded_by(c, &deployment).await?,
        intents: open_intents(c, deployment.id).await?,
        execution: newest_execution(c, &deployment).await?,
        seen: Seen::NotAsked,
        judgement: None,
        gates: gates(c, &deployment, claim.now).await?,
    };
    let kept = collector(c, deployment.id).await?;
    Ok(Some(Loaded {
        deployment,
        facts,
        kept,
    }))
}

/// What the way back restores: what ran when it began, which for one that waits is what runs now.
async fn previous_version(c: &mut PgConnection, deployment: &Deployment) -> Result<Option<String>, Error> {
    if deployment.run.state != State::Queued || deployment.kind == Kind::Rollback {
        return Ok(deployment.previous_version.clone());
    }
    let mut running = crate::service::read::running_in(c, &[deployment.environment]).await?;
    Ok(running.remove(&deployment.environment).map(|running| running.version))
}

/// Which deployments keep this one out of its environment, in the order of the queue.
///
/// One whose command still runs keeps others out even when it has ended. The way back goes before all that only wait: also before one that a gate
/// holds and that has not begun.
pub(crate) async fn occupied_by(c: &mut PgConnection, deployment: &Deployment) -> Result<Vec<DeploymentId>, Error> {
    let ids = sqlx::query_scalar!(
        r#"select o.id from deployment o where o.environment_id = $1 and o.id <> $2 and (
             (o.state in ('running', 'paused')
               and not ($3 and o.state = 'paused' and o.run ->> 'begun_at' is null))
             or exists (select from execution x where x.deployment_id = o.id and x.state in ('queued', 'running'))
             or (o.state = 'queued' and (
               ((o.kind = 'rollback') and not $3) or ((o.kind = 'rollback') = $3 and o.number < $4)))
           ) order by o.number"#,
        deployment.environment.0,
        deployment.id.0,
        deployment.kind == Kind::Rollback,
        deployment.number,
    )
    .fetch_all(c)
    .await?;
    Ok(ids.into_iter().map(DeploymentId).collect())
}

/// The first deployment that began in the same environment after this one did.
pub(super) async fn superseded_by(
    c: &mut PgConnection,
    deployment: &Deployment,
) -> Result<Option<DeploymentId>, Error> {
    let id = sqlx::query_scalar!(
        "select id from deployment where environment_id = $1 and started_at > $2 order by started_at limit 1",
        deployment.environment.0,
        deployment.started_at,
    )
    .fetch_optional(c)
    .await?;
    Ok(id.map(DeploymentId))
}

/// People's commands that have not been carried out, oldest first.
pub(crate) async fn open_intents(c: &mut PgConnection, id: DeploymentId) -> Result<Vec<Intent>, Error> {
    let rows = sqlx::query!(
        r#"select id, by_id, at, act as "act: Json<Steer>" from intent
           where deployment_id = $1 and consumed_at is null order by at, id"#,
        id.0
    )
    .fetch_all(c)
    .await?;
    let intents = rows
        .into_iter()
        .map(|row| deployment::intent(row.id, row.by_id, row.at, row.act.0));
    Ok(intents.collect())
}

async fn newest_execution(c: &mut PgConnection, deployment: &Deployment) -> Result<Option<Execution>, Error> {
    let row = sqlx::query_as!(
        ExecutionRow,
        r#"select id, step, command, attempt, key, state as "state: ExecutionState", exit_code, last_line, started_at,
             ended_at, cancel_requested_at
           from execution where deployment_id = $1 and step = $2 order by attempt desc limit 1"#,
        deployment.id.0,
        i32::try_from(deployment.run.step).unwrap_or(i32::MAX),
    )
    .fetch_optional(c)
    .await?;
    Ok(row.and_then(|row| row.of(deployment.id)))
}

/// The gates that are asked at every step: freezes and windows, the lock, and the stop of the line.
async fn gates(c: &mut PgConnection, deployment: &Deployment, now: DateTime<Utc>) -> Result<Vec<GateResult>, Error> {
    let lock = deployment::lock_of(&mut *c, deployment.environment.0).await?;
    let stopped = crate::stop::standing(&mut *c).await?;
    let lock = GateResult {
        gate: Gate::Lock,
        verdict: domain::gate::held(stopped.as_ref(), lock.as_ref(), now),
    };
    let environment = crate::service::read::environment(&mut *c, deployment.environment).await?;
    let Some(environment) = environment else {
        return Ok(vec![lock]);
    };
    let times = crate::freeze::times(c, &environment, Some(deployment.release)).await?;
    let verdict = match deployment.run.begun_at {
        None => times.verdict(now),
        Some(_) => times.verdict_of_run(now),
    };
    let calendar = GateResult {
        gate: Gate::Calendar,
        verdict,
    };
    Ok(vec![calendar, lock])
}

/// The state of the scraping, if there has been any.
pub(crate) async fn collector(c: &mut PgConnection, id: DeploymentId) -> Result<Option<Kept>, Error> {
    let row = sqlx::query!(
        r#"select body as "body: serde_json::Value", observed_at from collector where deployment_id = $1"#,
        id.0
    )
    .fetch_optional(c)
    .await?;
    // One that an older version wrote and this one can't read is rebuilt from nothing.
    Ok(row.map(|row| Kept {
        collector: serde_json::from_value(row.body).unwrap_or_default(),
        observed_at: row.observed_at,
    }))
}

/// All samples of a deployment that ended after a moment, oldest first.
///
/// # Errors
/// `Db`.
pub async fn samples_of(db: &Db, id: DeploymentId, after: DateTime<Utc>) -> Result<Vec<Sample>, Error> {
    samples_after(&mut *db.acquire().await?, id, after).await
}

pub(crate) async fn samples_after(
    c: &mut PgConnection,
    id: DeploymentId,
    after: DateTime<Utc>,
) -> Result<Vec<Sample>, Error> {
    let rows = sqlx::query!(
        r#"select variant, metric, from_at, to_at, body as "body: Json<SampleBody>" from sample
           where deployment_id = $1 and to_at > $2 order by to_at"#,
        id.0,
        after,
    )
    .fetch_all(c)
    .await?;
    let samples = rows.into_iter().map(|row| Sample {
        variant: deployment::variant(&row.variant),
        metric: row.metric,
        from: row.from_at,
        to: row.to_at,
        body: row.body.0,
    });
    Ok(samples.collect())
}
