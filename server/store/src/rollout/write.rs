//! The changes in our own record that go with a decision.

use crate::deployment::stream;
use crate::tx::Tx;
use crate::{Error, event};
use domain::access::By;
use domain::analysis::Judgement;
use domain::deployment::{Deployment, Run};
use domain::event::{Event, Stream, StreamKind};
use domain::gate::LockReason;
use domain::id::{DeploymentId, ExecutionId, LockId};
use domain::plan::CommandKind;
use domain::rollout::Write;
use sqlx::types::Json;
use uuid::Uuid;

/// Makes one change, in the transaction that keeps the run. Incidents come later, after the events that they tell.
pub(super) async fn perform(tx: &mut Tx, deployment: &Deployment, write: &Write) -> Result<(), Error> {
    match write {
        Write::StartExecution {
            step,
            command,
            attempt,
            key,
        } => start_execution(tx, deployment.id, *step, *command, *attempt, key).await,
        Write::CancelExecution { execution } => cancel_execution(tx, *execution).await,
        Write::CreateRollback => create_rollback(tx, deployment).await,
        Write::LockEnvironment => take_lock(tx, deployment).await,
        Write::KeepJudgement { judgement } => keep_judgement(tx, deployment, judgement).await,
        Write::SetRunning => set_running(tx, deployment).await,
        Write::RestoreRunning => restore_running(tx, deployment).await,
        // After the events, which they tell.
        Write::DraftIncident | Write::ResolveIncident => Ok(()),
    }
}

async fn start_execution(
    tx: &mut Tx,
    id: DeploymentId,
    step: u32,
    command: CommandKind,
    attempt: u32,
    key: &str,
) -> Result<(), Error> {
    sqlx::query!(
        r#"insert into execution (id, deployment_id, step, command, attempt, key, state, created_at)
           values ($1, $2, $3, $4, $5, $6, 'queued', clock_timestamp())"#,
        ExecutionId(Uuid::now_v7()).0,
        id.0,
        i32::try_from(step).unwrap_or(i32::MAX),
        command.key(),
        i32::try_from(attempt).unwrap_or(i32::MAX),
        key,
    )
    .execute(&mut **tx)
    .await?;
    tx.wake_engine();
    Ok(())
}

/// One that nobody has begun is over at once; a running one is asked to stop.
async fn cancel_execution(tx: &mut Tx, id: ExecutionId) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        r#"update execution set cancel_requested_at = coalesce(cancel_requested_at, $2),
             state = case state when 'queued' then 'cancelled' else state end,
             ended_at = case state when 'queued' then $2 else ended_at end
           where id = $1 and state in ('queued', 'running')"#,
        id.0,
        now,
    )
    .execute(&mut **tx)
    .await?;
    tx.wake_engine();
    Ok(())
}

/// The way back, as a deployment of its own. There is one a parent: another decision finds the first one's.
async fn create_rollback(tx: &mut Tx, parent: &Deployment) -> Result<(), Error> {
    let plan = parent.plan.back();
    let digest = crate::gate::keep_plan(tx, &plan).await?;
    let id = DeploymentId(Uuid::now_v7());
    let now = tx.now;
    // What the target itself showed before anything was changed counts more than our record.
    let created = sqlx::query!(
        r#"insert into deployment (id, kind, service_id, release_id, environment_id, parent_id, digest, state, run,
             previous_version, previous_release_id, by, requested_at, wake_at)
           select $1, 'rollback', p.service_id, p.release_id, p.environment_id, p.id, $3, 'queued', $4,
             coalesce($5, p.previous_version),
             case when $5 is null or $5 = p.previous_version then p.previous_release_id
               else (select r.id from release r where r.service_id = p.service_id and r.version = $5) end,
             $6, $7, $7
           from deployment p where p.id = $2
           on conflict (parent_id) where kind = 'rollback' do nothing"#,
        id.0,
        parent.id.0,
        &digest.0[..],
        Json(Run::queued()) as _,
        parent.run.before,
        Json(By::Engine) as _,
        now,
    )
    .execute(&mut **tx)
    .await?;
    if created.rows_affected() == 1 {
        event::append(
            tx,
            stream(parent.id),
            By::Engine,
            &Event::RollbackCreated { deployment: id },
        )
        .await?;
        let environment = parent.plan.environment.clone();
        let version = parent.plan.version.clone();
        let requested = Event::DeploymentRequested {
            release: parent.release,
            environment,
            version,
        };
        event::append(tx, stream(id), By::Engine, &requested).await?;
    }
    tx.wake_engine();
    Ok(())
}

async fn take_lock(tx: &mut Tx, deployment: &Deployment) -> Result<(), Error> {
    let lock = LockId(Uuid::now_v7());
    let version = deployment.plan.version.clone();
    let reason = LockReason::TakenBack {
        deployment: deployment.id,
        version,
    };
    let now = tx.now;
    // A lock that has run out holds nothing and makes room.
    sqlx::query!(
        "update environment_lock set lifted_at = $2 where environment_id = $1 and lifted_at is null and until <= $2",
        deployment.environment.0,
        now,
    )
    .execute(&mut **tx)
    .await?;
    let taken = sqlx::query!(
        r#"insert into environment_lock (id, environment_id, by, reason, since) values ($1, $2, $3, $4, $5)
           on conflict do nothing"#,
        lock.0,
        deployment.environment.0,
        Json(By::Engine) as _,
        Json(&reason) as _,
        now,
    )
    .execute(&mut **tx)
    .await?;
    if taken.rows_affected() == 1 {
        let stream = Stream::new(StreamKind::Environment, deployment.environment);
        event::append(tx, stream, By::Engine, &Event::Locked { lock, reason }).await?;
    }
    Ok(())
}

async fn keep_judgement(tx: &mut Tx, deployment: &Deployment, judgement: &Judgement) -> Result<(), Error> {
    sqlx::query!(
        "insert into judgement (deployment_id, at, step, body) values ($1, $2, $3, $4)",
        deployment.id.0,
        judgement.at,
        i32::try_from(deployment.run.step).unwrap_or(i32::MAX),
        Json(judgement) as _,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn set_running(tx: &mut Tx, deployment: &Deployment) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        r#"insert into running (environment_id, release_id, deployment_id, version, since) values ($1, $2, $3, $4, $5)
           on conflict (environment_id) do update set release_id = excluded.release_id,
             deployment_id = excluded.deployment_id, version = excluded.version, since = excluded.since"#,
        deployment.environment.0,
        deployment.release.0,
        deployment.id.0,
        deployment.plan.version,
        now,
    )
    .execute(&mut **tx)
    .await?;
    kick_environment(tx, deployment).await
}

/// Our record is what it was before. A version that no release of ours has runs without a record.
async fn restore_running(tx: &mut Tx, deployment: &Deployment) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        r#"delete from running r using deployment d where d.id = $1 and r.environment_id = d.environment_id
           and r.version is distinct from d.previous_version"#,
        deployment.id.0,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        r#"insert into running (environment_id, release_id, deployment_id, version, since)
           select d.environment_id, d.previous_release_id, d.id, d.previous_version, $2 from deployment d
           where d.id = $1 and d.previous_release_id is not null and d.previous_version is not null
           on conflict (environment_id) do nothing"#,
        deployment.id.0,
        now,
    )
    .execute(&mut **tx)
    .await?;
    kick_environment(tx, deployment).await
}

async fn kick_environment(tx: &mut Tx, deployment: &Deployment) -> Result<(), Error> {
    let service = sqlx::query_scalar!("select service_id from deployment where id = $1", deployment.id.0)
        .fetch_one(&mut **tx)
        .await?;
    tx.kick(Stream::new(StreamKind::Service, service).topic());
    tx.kick(Stream::new(StreamKind::Release, deployment.release).topic());
    tx.kick("home");
    Ok(())
}
