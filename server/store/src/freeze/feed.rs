//! The calendar as a feed: a private address for each person who wants one.

use super::page::{entries, places, planned};
use crate::access::token;
use crate::event::append;
use crate::{Db, Error, Rule, tx};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::freeze::{Entry, PlaceNames, PlannedRelease};
use domain::id::PersonId;

/// How far a feed looks back and ahead.
const BACK: TimeDelta = TimeDelta::days(31);
const AHEAD: TimeDelta = TimeDelta::days(366);

/// What a feed holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    pub now: DateTime<Utc>,
    pub entries: Vec<Entry>,
    pub planned: Vec<PlannedRelease>,
    pub places: PlaceNames,
}

/// Makes the actor's feed, or gives it a new key, which ends the one before. The key is returned here, and kept nowhere.
///
/// # Errors
/// `Denied`; `Rule::NothingToDo` to who is no person.
pub async fn make_feed(db: &Db, actor: &Actor) -> Result<String, Error> {
    let owner = owner(actor)?;
    let key = token::random(32);
    let mut tx = tx::begin(db).await?;
    sqlx::query!(
        "insert into calendar_feed (person_id, key_hash, made_at) values ($1, $2, $3)
         on conflict (person_id) do update set key_hash = excluded.key_hash, made_at = excluded.made_at",
        owner.0,
        token::hash(&key),
        tx.now,
    )
    .execute(&mut *tx)
    .await?;
    append(
        &mut tx,
        Stream::new(StreamKind::Person, owner),
        actor.by(),
        &Event::FeedMade,
    )
    .await?;
    tx.kick(super::TOPIC);
    tx.commit().await?;
    Ok(key)
}

/// Ends the actor's feed.
///
/// # Errors
/// `Denied`; `Rule::NothingToDo` when there is none.
pub async fn end_feed(db: &Db, actor: &Actor) -> Result<(), Error> {
    let owner = owner(actor)?;
    let mut tx = tx::begin(db).await?;
    let gone = sqlx::query!("delete from calendar_feed where person_id = $1", owner.0)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Rule::NothingToDo.into());
    }
    append(
        &mut tx,
        Stream::new(StreamKind::Person, owner),
        actor.by(),
        &Event::FeedEnded,
    )
    .await?;
    tx.kick(super::TOPIC);
    tx.commit().await
}

fn owner(actor: &Actor) -> Result<PersonId, Error> {
    actor.may(Action::KeepProfile, Scope::Instance)?;
    actor.by().person().ok_or(Rule::NothingToDo.into())
}

/// Since when the actor has a feed.
///
/// # Errors
/// `Denied`.
pub async fn feed_since(db: &Db, actor: &Actor) -> Result<Option<DateTime<Utc>>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let made = sqlx::query_scalar!("select made_at from calendar_feed where person_id = $1", actor.id.0);
    Ok(made.fetch_optional(db).await?)
}

/// What is on the calendar, for whoever brings a key. None: nobody who is active has it.
///
/// # Errors
/// Those of the database.
pub async fn feed(db: &Db, key: &str) -> Result<Option<Feed>, Error> {
    let mut tx = tx::begin(db).await?;
    let holder = sqlx::query_scalar!(
        "select p.id from calendar_feed f join person p on p.id = f.person_id where f.key_hash = $1 and p.active",
        token::hash(key),
    );
    if holder.fetch_optional(&mut *tx).await?.is_none() {
        return Ok(None);
    }
    let now = tx.now;
    let (from, to) = (now - BACK, now + AHEAD);
    Ok(Some(Feed {
        now,
        entries: entries(&mut tx, from, to).await?,
        planned: planned(&mut tx, from, to).await?,
        places: places(&mut tx).await?,
    }))
}
