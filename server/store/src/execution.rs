//! Executions: a command's row has a lease, a heartbeat and a log of its own, beside the ticks of its deployment.

use crate::deployment::{self, stream};
use crate::tx;
use crate::{Db, Error, event};
use chrono::{DateTime, Utc};
use domain::access::By;
use domain::deployment::{Deployment, ExecutionState};
use domain::event::Event;
use domain::id::{DeploymentId, ExecutionId};
use domain::plan::{CommandKind, StepKind};
use std::time::Duration;

/// A command to run, claimed.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: ExecutionId,
    pub deployment: Deployment,
    pub step: u32,
    pub command: CommandKind,
    pub attempt: u32,
    pub key: String,
    /// The supervisor that holds it.
    pub owner: String,
}

impl Job {
    /// The argument vector, from the plan that the deployment runs: program first.
    pub fn argv(&self) -> &[String] {
        match self
            .deployment
            .plan
            .steps
            .get(self.step as usize)
            .map(|step| &step.kind)
        {
            Some(StepKind::Command { argv, .. }) => argv,
            _ => &[],
        }
    }
}

/// Claims the execution that waits for longest.
///
/// # Errors
/// `Db`.
pub async fn claim(db: &Db, owner: &str, host: &str, lease: Duration) -> Result<Option<Job>, Error> {
    let mut tx = tx::begin(db).await?;
    let row = sqlx::query!(
        r#"with due as (
             select id from execution where state = 'queued' order by created_at limit 1 for update skip locked
           )
           update execution x set state = 'running', started_at = clock_timestamp(), lease_owner = $1, lease_host = $2,
             lease_until = clock_timestamp() + make_interval(secs => $3)
           from due where x.id = due.id
           returning x.id, x.deployment_id, x.step, x.command, x.attempt, x.key"#,
        owner,
        host,
        lease.as_secs_f64(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let id = DeploymentId(row.deployment_id);
    let deployment = deployment::read(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let command = deployment::command(&row.command).ok_or(Error::NotFound)?;
    let execution = ExecutionId(row.id);
    event::append(
        &mut tx,
        stream(id),
        By::Engine,
        &Event::CommandStarted { execution, command },
    )
    .await?;
    tx.commit().await?;
    Ok(Some(Job {
        id: execution,
        deployment,
        step: u32::try_from(row.step).unwrap_or(u32::MAX),
        command,
        attempt: u32::try_from(row.attempt).unwrap_or(u32::MAX),
        key: row.key,
        owner: owner.to_owned(),
    }))
}

/// What a heartbeat finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    GoOn,
    /// Somebody wants the command to stop.
    Cancel,
    /// The lease ran out, and what became of the command is no longer this supervisor's to say.
    Lost,
}

/// Prolongs a supervisor's lease, and notes the process group that it watches.
///
/// # Errors
/// `Db`.
pub async fn beat(db: &Db, job: &Job, pid: Option<i32>, lease: Duration) -> Result<Beat, Error> {
    let cancel = sqlx::query_scalar!(
        r#"update execution set lease_until = clock_timestamp() + make_interval(secs => $3), pid = coalesce($4, pid)
           where id = $1 and lease_owner = $2 and state = 'running' and lease_until > clock_timestamp()
           returning cancel_requested_at is not null as "cancel!""#,
        job.id.0,
        job.owner,
        lease.as_secs_f64(),
        pid,
    )
    .fetch_optional(db)
    .await?;
    Ok(match cancel {
        None => Beat::Lost,
        Some(true) => Beat::Cancel,
        Some(false) => Beat::GoOn,
    })
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub state: ExecutionState,
    pub exit_code: Option<i32>,
    /// The last line of its standard output, or what there is to say instead.
    pub last_line: String,
    /// Bytes of output that were not kept.
    pub cut_bytes: i64,
}

/// Keeps how a command ended, and wakes its deployment. False: it has been given up as unknown meanwhile.
///
/// # Errors
/// `Db`.
pub async fn finish(db: &Db, job: &Job, ended: &Ended) -> Result<bool, Error> {
    end(db, job.deployment.id, job.id, job.command, Some(&job.owner), ended).await
}

async fn end(
    db: &Db,
    deployment: DeploymentId,
    id: ExecutionId,
    command: CommandKind,
    owner: Option<&str>,
    ended: &Ended,
) -> Result<bool, Error> {
    let mut tx = tx::begin(db).await?;
    sqlx::query!("select id from deployment where id = $1 for update", deployment.0)
        .fetch_optional(&mut *tx)
        .await?;
    let done = sqlx::query!(
        r#"update execution set state = $3, exit_code = $4, last_line = $5, cut_bytes = $6, ended_at = clock_timestamp()
           where id = $1 and state = 'running'
             and case when $2::text is null then lease_until <= clock_timestamp() else lease_owner = $2 end"#,
        id.0,
        owner,
        ended.state as ExecutionState,
        ended.exit_code,
        ended.last_line,
        ended.cut_bytes,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update deployment set wake_at = clock_timestamp() where id = $1",
        deployment.0
    )
    .execute(&mut *tx)
    .await?;
    let exit_code = ended.exit_code;
    let event = Event::CommandEnded {
        execution: id,
        command,
        exit_code,
    };
    event::append(&mut tx, stream(deployment), By::Engine, &event).await?;
    tx.wake_engine();
    tx.commit().await?;
    Ok(true)
}

/// A running execution whose supervisor has been silent for longer than its lease.
#[derive(Debug, Clone)]
pub struct Orphan {
    pub id: ExecutionId,
    pub deployment: DeploymentId,
    pub command: CommandKind,
    pub key: String,
    /// The process group, meaningful on `host` alone.
    pub pid: Option<i32>,
    pub host: String,
}

/// Executions that nobody supervises any more.
///
/// # Errors
/// `Db`.
pub async fn orphans(db: &Db) -> Result<Vec<Orphan>, Error> {
    let rows = sqlx::query!(
        r#"select id, deployment_id, command, key, pid, coalesce(lease_host, '') as "host!" from execution
           where state = 'running' and lease_until <= now()"#
    )
    .fetch_all(db)
    .await?;
    let orphans = rows.into_iter().filter_map(|row| {
        Some(Orphan {
            id: ExecutionId(row.id),
            deployment: DeploymentId(row.deployment_id),
            command: deployment::command(&row.command)?,
            key: row.key,
            pid: row.pid,
            host: row.host,
        })
    });
    Ok(orphans.collect())
}

/// Gives an orphan up: it may or may not have happened. False: it was not one any more.
///
/// # Errors
/// `Db`.
pub async fn give_up(db: &Db, orphan: &Orphan) -> Result<bool, Error> {
    let ended = Ended {
        state: ExecutionState::Unknown,
        exit_code: None,
        last_line: String::new(),
        cut_bytes: 0,
    };
    end(db, orphan.deployment, orphan.id, orphan.command, None, &ended).await
}

/// A line of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at: DateTime<Utc>,
    /// `stdout`, `stderr`, or `slipway` for the machine's own remarks.
    pub stream: &'static str,
    pub text: String,
}

/// Appends lines to a deployment's log, and kicks its pages once.
///
/// # Errors
/// `Db`.
pub async fn log(
    db: &Db,
    deployment: DeploymentId,
    execution: Option<ExecutionId>,
    lines: &[Line],
) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let at: Vec<_> = lines.iter().map(|line| line.at).collect();
    let streams: Vec<String> = lines.iter().map(|line| line.stream.to_owned()).collect();
    // Postgres keeps no zero byte in a text.
    let texts: Vec<String> = lines.iter().map(|line| line.text.replace('\0', "\u{fffd}")).collect();
    let mut tx = tx::begin(db).await?;
    sqlx::query!(
        r#"insert into log_line (deployment_id, execution_id, at, stream, text)
           select $1, $2, line.* from unnest($3::timestamptz[], $4::text[], $5::text[]) as line"#,
        deployment.0,
        execution.map(uuid::Uuid::from),
        &at,
        &streams,
        &texts,
    )
    .execute(&mut *tx)
    .await?;
    tx.kick(stream(deployment).topic());
    tx.commit().await
}
