//! The queue: what is to be done in the background, enqueued in the transaction that causes it.
//!
//! The queue is graphile_worker's, its tables are in our schema (migration 9), and whoever does the jobs runs it in `server`.

use crate::event::append;
use crate::tx::{Tx, begin};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream};
use domain::job::{Depth, Job, Task};
use serde_json::Value;

/// The topic of pages that show the queue.
pub(crate) const TOPIC: &str = "jobs";

/// Jobs that a page shows at most.
const SHOWN: i64 = 200;

/// Enqueues a job: it is there once the transaction is committed, and never without.
///
/// A second one under the same key, while the first has not begun, takes its place.
pub(crate) async fn enqueue(tx: &mut Tx, task: Task, payload: Value, key: &str, most: i32) -> Result<(), Error> {
    sqlx::query!(
        r#"select (graphile_worker.add_job(identifier => $1, payload => $2::jsonb::json, max_attempts => $3, job_key => $4)).id as "id!""#,
        task.key(),
        payload,
        most,
        key,
    )
    .fetch_one(&mut **tx)
    .await?;
    tx.kick(TOPIC);
    Ok(())
}

/// The queue as a page shows it: failures first, then what runs, then what waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    pub depth: Depth,
    pub jobs: Vec<Job>,
}

/// The queue.
///
/// # Errors
/// `Denied`.
pub async fn queue(db: &Db, actor: &Actor) -> Result<Queue, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let jobs = sqlx::query_as!(
        Job,
        r#"select j.id, t.identifier as task, j.attempts::integer as "attempts!", j.max_attempts::integer as "most!",
               j.last_error as error, j.created_at as made_at, j.run_at, j.locked_at as running_since
           from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
           order by j.attempts >= j.max_attempts and j.locked_at is null desc, j.last_error is not null desc,
               j.locked_at nulls last, j.run_at, j.id
           limit $1"#,
        SHOWN,
    )
    .fetch_all(db)
    .await?;
    let jobs = jobs.into_iter().map(|job| Job {
        error: job.error.map(|error| plain(&error)),
        ..job
    });
    Ok(Queue {
        depth: depth(db).await?,
        jobs: jobs.collect(),
    })
}

/// The queue keeps why a job failed as its code writes it, `TaskError("…")`: people read what is inside.
fn plain(error: &str) -> String {
    let inside = error.strip_prefix("TaskError(").and_then(|rest| rest.strip_suffix(')'));
    inside
        .and_then(|quoted| serde_json::from_str(quoted).ok())
        .unwrap_or_else(|| error.to_owned())
}

/// How full the queue is; also for the figures of the instance.
///
/// # Errors
/// `Db`.
pub async fn depth(db: &Db) -> Result<Depth, Error> {
    let depth = sqlx::query_as!(
        Depth,
        r#"select
             count(*) filter (where locked_at is null and attempts < max_attempts and last_error is null) as "waiting!",
             count(*) filter (where locked_at is not null) as "running!",
             count(*) filter (where locked_at is null and attempts < max_attempts and last_error is not null) as "failing!",
             count(*) filter (where locked_at is null and attempts >= max_attempts) as "gave_up!",
             (select count(*) from graphile_worker._private_workers
                where last_heartbeat_at > now() - interval '1 minute') as "workers!"
           from graphile_worker._private_jobs"#,
    );
    Ok(depth.fetch_one(db).await?)
}

/// Has a job done at once, as if it had never been tried.
///
/// # Errors
/// `Denied`; `NotFound` when it is done or removed meanwhile; `Rule::InUse` while it runs.
pub async fn retry(db: &Db, actor: &Actor, id: i64) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let task = idle(&mut tx, id).await?;
    sqlx::query!(
        r#"select id as "id!" from graphile_worker.reschedule_jobs(array[$1::bigint], run_at => now(), attempts => 0)"#,
        id
    )
    .fetch_all(&mut *tx)
    .await?;
    // Workers look when something is added, and else once a second.
    append(&mut tx, Stream::instance(), actor.by(), &Event::JobRetried { task }).await?;
    tx.kick(TOPIC);
    tx.commit().await
}

/// Takes a job out of the queue: it is not done.
///
/// # Errors
/// `Denied`; `NotFound` when it is done or removed meanwhile; `Rule::InUse` while it runs.
pub async fn remove(db: &Db, actor: &Actor, id: i64) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let task = idle(&mut tx, id).await?;
    sqlx::query!(
        r#"select id as "id!" from graphile_worker.complete_jobs(array[$1::bigint])"#,
        id
    )
    .fetch_all(&mut *tx)
    .await?;
    append(&mut tx, Stream::instance(), actor.by(), &Event::JobRemoved { task }).await?;
    tx.kick(TOPIC);
    tx.commit().await
}

/// Locks a job that does not run, and answers its task.
async fn idle(tx: &mut Tx, id: i64) -> Result<String, Error> {
    let job = sqlx::query!(
        r#"select t.identifier as task, j.locked_at is not null as "runs!"
           from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
           where j.id = $1 for update of j"#,
        id,
    )
    .fetch_one(&mut **tx)
    .await?;
    if job.runs {
        return Err(Rule::InUse.into());
    }
    Ok(job.task)
}

/// Tells open pages that the queue moved. Whoever does the jobs calls it, and not for each of many.
///
/// # Errors
/// `Db`.
pub async fn moved(db: &Db) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    tx.kick(TOPIC);
    tx.commit().await
}

/// Removes what has ended and is kept no longer: sessions, failed sign-ins, notices after 90 days, mails and links for passwords after 30.
///
/// # Errors
/// `Db`.
pub async fn sweep(db: &Db) -> Result<(), Error> {
    crate::session::sweep_expired(db).await?;
    crate::freeze::look_further(db).await?;
    sqlx::query!("delete from notice where at < now() - interval '90 days'")
        .execute(db)
        .await?;
    sqlx::query!("delete from mail where at < now() - interval '30 days'")
        .execute(db)
        .await?;
    sqlx::query!("delete from password_reset where expires_at < now() - interval '30 days'")
        .execute(db)
        .await?;
    sqlx::query!("delete from delivery where at < now() - interval '30 days' and state <> 'waiting'")
        .execute(db)
        .await?;
    Ok(())
}
