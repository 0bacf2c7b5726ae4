//! Sessions of signed-in browsers, kept in Postgres for `tower-sessions`.

use crate::access::sweep_attempts;
use crate::{Db, Error};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::types::Json;
use std::collections::HashMap;
use time::OffsetDateTime;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::session_store::{Error as StoreError, Result};
use uuid::Uuid;

/// The key of a session's data under which the signed-in person's id is kept.
pub const PERSON: &str = "person";

/// The store of sessions. An id is kept hashed: a copy of the table signs nobody in.
#[derive(Debug, Clone)]
pub struct Sessions(pub Db);

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // An id that exists belongs to somebody else's session: take another.
        while !insert(&self.0, record).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    /// Only what is still there: a session that was ended while a request of it was under way stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        let person = person(record);
        sqlx::query!(
            "with holder as (select id from person where id = $2 and active for share)
             update session set person_id = $2::uuid, data = $3::jsonb, expires_at = $4::timestamptz
             where id_hash = $1 and ($2::uuid is null or exists (select 1 from holder))",
            hash(&record.id),
            person,
            Json(&record.data) as _,
            to_chrono(record.expiry_date)?,
        )
        .execute(&self.0)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = sqlx::query!(
            r#"select data as "data: Json<HashMap<String, Value>>", expires_at from session
               where id_hash = $1 and expires_at > now()"#,
            hash(id),
        )
        .fetch_optional(&self.0)
        .await
        .map_err(backend)?;
        row.map(|row| {
            Ok(Record {
                id: *id,
                data: row.data.0,
                expiry_date: to_time(row.expires_at)?,
            })
        })
        .transpose()
    }

    /// The person's open pages hear of it, wherever they are served: a stream of this session ends.
    async fn delete(&self, id: &Id) -> Result<()> {
        sqlx::query!(
            "with gone as (delete from session where id_hash = $1 returning person_id)
             select pg_notify($2, json_build_array('person:' || person_id)::text) from gone where person_id is not null",
            hash(id),
            crate::tx::KICKS,
        )
        .execute(&self.0)
        .await
        .map_err(backend)?;
        Ok(())
    }
}

/// Whether the record's id was free. A record of somebody whose account is closed is left out as if it were kept: it can't be loaded.
async fn insert(db: &Db, record: &Record) -> Result<bool> {
    let person = person(record);
    let row = sqlx::query_scalar!(
        r#"with holder as (select id from person where id = $2 and active for share),
             kept as (
                 insert into session (id_hash, person_id, data, expires_at)
                 select $1::bytea, $2::uuid, $3::jsonb, $4::timestamptz where $2::uuid is null or exists (select 1 from holder)
                 on conflict (id_hash) do nothing returning 1
             )
           select exists (select 1 from kept) or ($2::uuid is not null and not exists (select 1 from holder)) as "done!""#,
        hash(&record.id),
        person,
        Json(&record.data) as _,
        to_chrono(record.expiry_date)?,
    );
    row.fetch_one(db).await.map_err(backend)
}

/// Removes sessions that have ended by themselves, failed sign-ins that no longer count, and answers that are not kept any more. Answers how many sessions.
///
/// # Errors
/// `Db`.
pub async fn sweep_expired(db: &Db) -> std::result::Result<u64, Error> {
    sweep_attempts(db).await?;
    crate::replay::sweep(db).await?;
    crate::hook::sweep(db).await?;
    Ok(sqlx::query!("delete from session where expires_at <= now()")
        .execute(db)
        .await?
        .rows_affected())
}

pub(crate) fn hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.0.to_be_bytes()).to_vec()
}

fn person(record: &Record) -> Option<Uuid> {
    record
        .data
        .get(PERSON)
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok())
}

fn backend(error: sqlx::Error) -> StoreError {
    StoreError::Backend(error.to_string())
}

fn to_chrono(at: OffsetDateTime) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp(at.unix_timestamp(), at.nanosecond())
        .ok_or_else(|| StoreError::Encode(format!("expiry out of range: {at}")))
}

fn to_time(at: DateTime<Utc>) -> Result<OffsetDateTime> {
    let nanos = i128::from(at.timestamp_micros()) * 1_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|error| StoreError::Decode(error.to_string()))
}
