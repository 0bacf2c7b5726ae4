//! A person's own notices: the bell, and the page.

use super::topic;
use crate::access::read::people;
use crate::tx::begin;
use crate::{Db, Error};
use domain::access::{Action, Actor, Person, Scope};
use domain::id::NoticeId;
use domain::notice::{Notice, Told};
use sqlx::types::Json;

/// Notices of one page.
const A_PAGE: i64 = 50;

/// What the page of notices shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Notices {
    /// The newest first.
    pub told: Vec<Told>,
    pub unread: i64,
    /// There are older ones.
    pub more: bool,
    /// The people whom they name.
    pub people: Vec<Person>,
}

/// How many of one's own notices are not read.
///
/// # Errors
/// `Denied` to a token that does not reach so far; `Db`.
pub async fn unread(db: &Db, actor: &Actor) -> Result<i64, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let unread = sqlx::query_scalar!(
        r#"select count(*) as "unread!" from notice where person_id = $1 and read_at is null"#,
        actor.id.0,
    );
    Ok(unread.fetch_one(db).await?)
}

/// One's own notices, the newest first: those after the one that is named, or the first ones.
///
/// # Errors
/// `Denied` to a token that does not reach so far; `Db`.
pub async fn page(db: &Db, actor: &Actor, after: Option<NoticeId>) -> Result<Notices, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let rows = sqlx::query!(
        r#"select id as "id: NoticeId", body as "notice: Json<Notice>", at, read_at is not null as "read!"
           from notice where person_id = $1
             and ($2::uuid is null or (at, id) < (select at, id from notice where id = $2 and person_id = $1))
           order by at desc, id desc limit $3"#,
        actor.id.0,
        after.map(|id| id.0),
        A_PAGE + 1,
    )
    .fetch_all(db)
    .await?;
    let more = rows.len() > A_PAGE as usize;
    let told: Vec<Told> = rows
        .into_iter()
        .take(A_PAGE as usize)
        .map(|row| Told {
            id: row.id,
            notice: row.notice.0,
            at: row.at,
            read: row.read,
        })
        .collect();
    let named: Vec<_> = told.iter().filter_map(|told| told.notice.by.person()).collect();
    let people = people(&mut *db.acquire().await?, &named).await?;
    Ok(Notices {
        told,
        unread: unread(db, actor).await?,
        more,
        people,
    })
}

/// Marks one of one's own notices as read. One that is read already stays so.
///
/// # Errors
/// `Denied` to a token that does not reach so far; `NotFound`, also for somebody else's.
pub async fn mark_read(db: &Db, actor: &Actor, id: NoticeId) -> Result<(), Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let now = tx.now;
    let marked = sqlx::query!(
        "update notice set read_at = coalesce(read_at, $3) where id = $1 and person_id = $2",
        id.0,
        actor.id.0,
        now,
    );
    if marked.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.kick(topic(actor.id));
    tx.commit().await
}

/// Marks all of one's own notices as read, up to the newest that the person saw; what came since stays unread.
///
/// # Errors
/// `Denied` to a token that does not reach so far; `Db`.
pub async fn mark_all_read(db: &Db, actor: &Actor, newest: NoticeId) -> Result<(), Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let now = tx.now;
    sqlx::query!(
        "update notice set read_at = $3 where person_id = $1 and read_at is null
           and (at, id) <= (select at, id from notice where id = $2 and person_id = $1)",
        actor.id.0,
        newest.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.kick(topic(actor.id));
    tx.commit().await
}
