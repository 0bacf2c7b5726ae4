//! Holds on an environment.

use super::read;
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, By};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, Problem, check_length};
use domain::gate::LockReason;
use domain::id::{EnvironmentId, LockId, PersonId};
use domain::service::Environment;
use sqlx::types::Json;
use uuid::Uuid;

/// Puts a hold on an environment whose row is locked. None when another one stands.
async fn hold(
    tx: &mut Tx,
    environment: EnvironmentId,
    by: By,
    reason: &LockReason,
    until: Option<DateTime<Utc>>,
) -> Result<Option<LockId>, Error> {
    let now = tx.now;
    // One that is over by itself still stands in the unique index.
    sqlx::query!(
        "update environment_lock set lifted_at = until
         where environment_id = $1 and lifted_at is null and until <= $2",
        environment.0,
        now,
    )
    .execute(&mut **tx)
    .await?;
    if standing(tx, environment).await?.is_some() {
        return Ok(None);
    }
    let id = LockId(Uuid::now_v7());
    sqlx::query!(
        "insert into environment_lock (id, environment_id, by, reason, since, until) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        environment.0,
        Json(by) as _,
        Json(reason) as _,
        now,
        until,
    )
    .execute(&mut **tx)
    .await?;
    let event = Event::Locked {
        lock: id,
        reason: reason.clone(),
    };
    append(tx, Stream::new(StreamKind::Environment, environment), by, &event).await?;
    Ok(Some(id))
}

async fn standing(tx: &mut Tx, environment: EnvironmentId) -> Result<Option<(LockId, By)>, Error> {
    let row = sqlx::query!(
        r#"select id as "id: LockId", by as "by: Json<By>" from environment_lock
           where environment_id = $1 and lifted_at is null and (until is null or until > $2)"#,
        environment.0,
        tx.now,
    );
    Ok(row.fetch_optional(&mut **tx).await?.map(|row| (row.id, row.by.0)))
}

async fn lift(tx: &mut Tx, environment: EnvironmentId, lock: LockId, by: By) -> Result<(), Error> {
    let (now, person) = (tx.now, by.person().map(|person: PersonId| person.0));
    sqlx::query!(
        "update environment_lock set lifted_at = $2, lifted_by = $3 where id = $1",
        lock.0,
        now,
        person
    )
    .execute(&mut **tx)
    .await?;
    append(
        tx,
        Stream::new(StreamKind::Environment, environment),
        by,
        &Event::Unlocked { lock },
    )
    .await?;
    Ok(())
}

/// Pages that show an environment's lock beside something else.
fn kick(tx: &mut Tx, environment: &Environment) {
    tx.kick(Stream::new(StreamKind::Service, environment.service).topic());
    tx.kick("releases");
    tx.kick("deployments");
}

/// A person's hold on an environment, with a sentence why, until it is lifted or a moment comes.
///
/// # Errors
/// `Denied` to those who may not deploy; `Invalid` with `text`, `until`; `Rule::NothingToDo` when it is locked already.
pub async fn lock(
    db: &Db,
    actor: &Actor,
    environment: EnvironmentId,
    text: &str,
    until: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    let environment = read::locked_environment(&mut tx, environment).await?;
    actor.may(Action::Deploy, environment.scope())?;
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "text", text, 3, 500);
    if until.is_some_and(|until| until <= tx.now) {
        errors.add("until", Problem::Order);
    }
    errors.into_result()?;
    let reason = LockReason::Words {
        text: text.trim().to_owned(),
    };
    if hold(&mut tx, environment.id, actor.by(), &reason, until)
        .await?
        .is_none()
    {
        return Err(Rule::NothingToDo.into());
    }
    kick(&mut tx, &environment);
    tx.commit().await
}

/// Lifts the hold on an environment: one's own, or, with the role for it, somebody else's or the machine's.
///
/// # Errors
/// `Denied`; `Rule::NothingToDo` when it is not locked.
pub async fn unlock(db: &Db, actor: &Actor, environment: EnvironmentId) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    let environment = read::locked_environment(&mut tx, environment).await?;
    let scope = environment.scope();
    let Some((lock, by)) = standing(&mut tx, environment.id).await? else {
        actor.may(Action::Deploy, scope)?;
        return Err(Rule::NothingToDo.into());
    };
    let needed = if by.person() == Some(actor.id) {
        Action::Deploy
    } else {
        Action::LiftLock
    };
    actor.may(needed, scope)?;
    lift(&mut tx, environment.id, lock, actor.by()).await?;
    kick(&mut tx, &environment);
    // What waits in the queue may begin now.
    tx.wake_engine();
    tx.commit().await
}
