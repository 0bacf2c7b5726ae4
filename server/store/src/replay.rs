//! Answers kept for a day, so that a write that is sent twice under one key happens once.

use crate::{Db, Error, tx};
use chrono::TimeDelta;
use domain::id::TokenId;
use sqlx::types::Json;

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// After this long without an answer the first request is taken as lost with its process, and another one may try.
const LOST: TimeDelta = TimeDelta::minutes(5);

/// An answer as it is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names and values of the headers that belong to it.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What a key means for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It is new: do it, then [`finish`] or [`forget`].
    New,
    /// It was done: this is the answer.
    Done(Answer),
    /// The first request under this key is still being answered.
    Running,
    /// The key belongs to another request.
    Another,
}

/// Takes a key for a request, unless it is taken. Of two at once, one gets it. `request` is the hash of method, address and body.
///
/// # Errors
/// `Db`.
pub async fn begin(db: &Db, token: TokenId, key: &str, request: &[u8]) -> Result<Known, Error> {
    let mut tx = tx::begin(db).await?;
    let now = tx.now;
    // What is too old counts as never sent.
    sqlx::query!(
        "delete from api_answer where token_id = $1 and key = $2 and (begun_at < $3 or (status is null and begun_at < $4))",
        token.0,
        key,
        now - KEPT,
        now - LOST,
    )
    .execute(&mut *tx)
    .await?;
    let taken = sqlx::query!(
        "insert into api_answer (token_id, key, request, begun_at) values ($1, $2, $3, $4) on conflict do nothing",
        token.0,
        key,
        request,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if taken.rows_affected() == 1 {
        tx.commit().await?;
        return Ok(Known::New);
    }
    let row = sqlx::query!(
        r#"select request, status, headers as "headers: Json<Vec<(String, String)>>", body from api_answer
           where token_id = $1 and key = $2"#,
        token.0,
        key,
    )
    .fetch_optional(&mut *tx)
    .await?;
    Ok(match row {
        // Taken and forgotten meanwhile: as good as running.
        None => Known::Running,
        Some(row) if row.request != request => Known::Another,
        Some(row) => match row.status.and_then(|status| u16::try_from(status).ok()) {
            Some(status) => Known::Done(Answer {
                status,
                headers: row.headers.map(|headers| headers.0).unwrap_or_default(),
                body: row.body.unwrap_or_default(),
            }),
            None => Known::Running,
        },
    })
}

/// Keeps the answer.
///
/// # Errors
/// `Db`.
pub async fn finish(db: &Db, token: TokenId, key: &str, answer: &Answer) -> Result<(), Error> {
    sqlx::query!(
        "update api_answer set status = $3, headers = $4, body = $5 where token_id = $1 and key = $2 and status is null",
        token.0,
        key,
        i32::from(answer.status),
        Json(&answer.headers) as _,
        &answer.body,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives the key back: nothing was done under it.
///
/// # Errors
/// `Db`.
pub async fn forget(db: &Db, token: TokenId, key: &str) -> Result<(), Error> {
    sqlx::query!(
        "delete from api_answer where token_id = $1 and key = $2 and status is null",
        token.0,
        key
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes answers that are not kept any more.
pub(crate) async fn sweep(db: &Db) -> Result<(), Error> {
    sqlx::query!(
        "delete from api_answer where begun_at < now() - make_interval(secs => $1)",
        KEPT.as_seconds_f64()
    )
    .execute(db)
    .await?;
    Ok(())
}
