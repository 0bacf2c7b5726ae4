//! Sessions as people see and end them.

use crate::event::append;
use crate::session::hash;
use crate::{Db, Error, tx};
use domain::access::{Action, Actor, OpenSession, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::id::PersonId;
use tower_sessions_core::session::Id;

/// Keeps that a session was used now, at most once a minute, and answers its number. None when it is over.
///
/// # Errors
/// `Db`.
pub async fn touch(db: &Db, id: &Id, network: &str, agent: &str) -> Result<Option<i64>, Error> {
    let agent: String = agent.chars().filter(|c| !c.is_control()).take(300).collect();
    let number = sqlx::query_scalar!(
        "with seen as (
             update session set seen_at = now(), network = $2, agent = $3
             where id_hash = $1 and (seen_at < now() - interval '1 minute' or network <> $2 or agent <> $3)
         )
         select number from session where id_hash = $1",
        hash(id),
        network,
        agent,
    );
    Ok(number.fetch_optional(db).await?)
}

/// One's own open sessions, the one that was used last first.
///
/// # Errors
/// `Denied` to a program whose token does not read.
pub async fn sessions(db: &Db, actor: &Actor) -> Result<Vec<OpenSession>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let sessions = sqlx::query_as!(
        OpenSession,
        "select number, since, seen_at, network, agent from session
         where person_id = $1 and expires_at > now() order by seen_at desc, number desc limit 200",
        actor.id.0,
    );
    Ok(sessions.fetch_all(db).await?)
}

/// Ends one of one's own sessions.
///
/// # Errors
/// `Denied` to a program whose token does not reach so far; `NotFound` when it is over, or somebody else's.
pub async fn end_session(db: &Db, actor: &Actor, number: i64) -> Result<(), Error> {
    actor.may(Action::KeepProfile, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let ended = sqlx::query!(
        "delete from session where number = $1 and person_id = $2",
        number,
        actor.id.0
    );
    if ended.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    said(&mut tx, actor, actor.id, 1).await?;
    tx.commit().await
}

/// Ends all of one's own sessions but this one. Answers how many.
///
/// # Errors
/// `Denied` to a program whose token does not reach so far.
pub async fn end_others(db: &Db, actor: &Actor, keep: Option<i64>) -> Result<u64, Error> {
    actor.may(Action::KeepProfile, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let ended = delete_others(&mut tx, actor.id, keep).await?;
    if ended > 0 {
        said(&mut tx, actor, actor.id, ended).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Ends somebody's sessions: they have to sign in again.
///
/// # Errors
/// `Denied`; `NotFound` when there is no such person.
pub async fn end_sessions_of(db: &Db, actor: &Actor, person: PersonId) -> Result<u64, Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    sqlx::query!("select id from person where id = $1 for share", person.0)
        .fetch_one(&mut *tx)
        .await?;
    let ended = delete_others(&mut tx, person, None).await?;
    said(&mut tx, actor, person, ended).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends a person's sessions but one.
pub(super) async fn delete_others(tx: &mut tx::Tx, person: PersonId, keep: Option<i64>) -> Result<u64, Error> {
    let ended = sqlx::query!(
        "delete from session where person_id = $1 and number is distinct from $2",
        person.0,
        keep,
    );
    Ok(ended.execute(&mut **tx).await?.rows_affected())
}

async fn said(tx: &mut tx::Tx, actor: &Actor, person: PersonId, count: u64) -> Result<(), Error> {
    let event = Event::SessionsEnded {
        person,
        count: u32::try_from(count).unwrap_or(u32::MAX),
    };
    append(tx, Stream::new(StreamKind::Person, person), actor.by(), &event).await?;
    Ok(())
}
