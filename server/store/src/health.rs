//! How the instance itself is: signs of life of engines, and what the database says.

use crate::{Db, Error};
use domain::access::{Action, Actor, Scope};
use domain::health::{EngineAlive, Health};

/// An engine lives. The first sign of a name is the beginning of its life.
///
/// # Errors
/// `Db`.
pub async fn alive(db: &Db, owner: &str, version: &str) -> Result<(), Error> {
    sqlx::query!(
        "insert into engine_alive (owner, version) values ($1, $2) on conflict (owner) do update set at = now()",
        owner,
        version,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An engine stopped in order; those that were not heard of for a day go as well.
///
/// # Errors
/// `Db`.
pub async fn gone(db: &Db, owner: &str) -> Result<(), Error> {
    sqlx::query!(
        "delete from engine_alive where owner = $1 or at < now() - interval '1 day'",
        owner
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What the database says of the instance.
///
/// # Errors
/// `Denied`; `Db`.
pub async fn page(db: &Db, actor: &Actor) -> Result<Health, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let engines = sqlx::query_as!(
        EngineAlive,
        "select owner, version, since, at from engine_alive order by at desc, owner limit 50"
    )
    .fetch_all(&mut *c)
    .await?;
    let row = sqlx::query!(
        r#"select now() as "now!", pg_database_size(current_database()) as "database_bytes!",
               (select count(*) from pg_stat_activity where backend_type = 'client backend') as "connections!",
               current_setting('max_connections')::bigint as "most_connections!",
               (select count(*) from session where person_id is not null and expires_at > now()) as "sessions!",
               (select coalesce(max(id), 0) from event) as "events!",
               (select count(*) from deployment where state in ('queued', 'running', 'paused', 'baking')) as "open_deployments!",
               (select count(*) from execution where state = 'queued') as "queued_executions!""#,
    )
    .fetch_one(&mut *c)
    .await?;
    let checkpoint = sqlx::query!("select number, at from checkpoint order by number desc limit 1");
    Ok(Health {
        now: row.now,
        engines,
        database_bytes: row.database_bytes,
        connections: row.connections,
        most_connections: row.most_connections,
        sessions: row.sessions,
        events: row.events,
        open_deployments: row.open_deployments,
        queued_executions: row.queued_executions,
        checkpoint: checkpoint
            .fetch_optional(&mut *c)
            .await?
            .map(|row| (row.number, row.at)),
    })
}
