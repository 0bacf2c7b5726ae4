//! Stopping the line: a hold on everything, by whoever deploys anywhere, until it is released.

use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, By, Scope};
use domain::event::{Event, Stream};
use domain::field::{FieldErrors, check_length};
use domain::gate::{Lock, LockReason};
use domain::id::LockId;
use domain::stop::{Stop, may_release, may_stop};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// Open pages hear of it by this topic.
const TOPIC: &str = "stop";

/// The hold that stands now.
pub(crate) async fn standing(c: &mut PgConnection) -> Result<Option<Lock>, Error> {
    let row = sqlx::query!(
        r#"select id as "id: LockId", by as "by: Json<By>", reason, since from line_stop where lifted_at is null"#
    )
    .fetch_optional(c)
    .await?;
    Ok(row.map(|row| Lock {
        id: row.id,
        by: row.by.0,
        reason: LockReason::Words { text: row.reason },
        since: row.since,
        until: None,
    }))
}

/// Whether the line is stopped, and by whom.
///
/// # Errors
/// `Denied`.
pub async fn read(db: &Db, actor: &Actor) -> Result<Option<Stop>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let Some(lock) = standing(&mut c).await? else {
        return Ok(None);
    };
    let ids: Vec<_> = lock.by.person().into_iter().collect();
    let by = crate::access::read::people(&mut c, &ids).await?.pop();
    Ok(Some(Stop { lock, by }))
}

/// Stops the line: nothing starts anywhere, and what runs holds at its next step. Rollbacks stay possible.
///
/// # Errors
/// `Denied` to who deploys nowhere; `Invalid` with `reason`; `Rule::NothingToDo` when it is stopped already.
pub async fn stop(db: &Db, actor: &Actor, reason: &str) -> Result<(), Error> {
    may_stop(actor)?;
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "reason", reason, 3, 500);
    errors.into_result()?;
    let mut tx = tx::begin(db).await?;
    let (lock, reason) = (LockId(Uuid::now_v7()), reason.trim().to_owned());
    let made = sqlx::query!(
        "insert into line_stop (id, by, reason, since) values ($1, $2, $3, $4) on conflict do nothing",
        lock.0,
        Json(actor.by()) as _,
        reason,
        tx.now,
    )
    .execute(&mut *tx)
    .await?;
    if made.rows_affected() == 0 {
        return Err(Rule::NothingToDo.into());
    }
    append(
        &mut tx,
        Stream::instance(),
        actor.by(),
        &Event::LineStopped { lock, reason },
    )
    .await?;
    spread(&mut tx);
    tx.commit().await
}

/// Releases the line: one's own stop, or, with the role for it, somebody else's.
///
/// # Errors
/// `Denied`; `Rule::NothingToDo` when it is not stopped.
pub async fn release(db: &Db, actor: &Actor) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    sqlx::query!("select id from line_stop where lifted_at is null for update")
        .fetch_optional(&mut *tx)
        .await?;
    let Some(stop) = standing(&mut tx).await? else {
        may_stop(actor)?;
        return Err(Rule::NothingToDo.into());
    };
    may_release(actor, &stop)?;
    sqlx::query!(
        "update line_stop set lifted_at = $2, lifted_by = $3 where id = $1",
        stop.id.0,
        tx.now,
        actor.by().person().map(|person| person.0),
    )
    .execute(&mut *tx)
    .await?;
    let released = Event::LineReleased { lock: stop.id };
    append(&mut tx, Stream::instance(), actor.by(), &released).await?;
    spread(&mut tx);
    tx.commit().await
}

/// Every page that says whether something may be deployed changes, and the engine looks at what waits or runs.
fn spread(tx: &mut Tx) {
    for topic in [TOPIC, "releases", "deployments", "services"] {
        tx.kick(topic);
    }
    tx.wake_engine();
}
