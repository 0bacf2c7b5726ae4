//! Records as they are kept, by filter and by stream.

use super::hash;
use crate::Error;
use domain::audit::{Filter, Record, Who};
use domain::event::{Stream, StreamKind};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// A row. Its kind is not read as one of ours: whatever stands there can be looked at.
struct Row {
    id: i64,
    stream_kind: String,
    stream_id: Uuid,
    seq: i64,
    at: chrono::DateTime<chrono::Utc>,
    by: Value,
    body: Value,
    hash: Vec<u8>,
}

/// A record, or the id of a row that is none: its kind of stream is unknown, or its hash is no hash.
pub(super) type Found = Result<Record, i64>;

fn record(row: Row) -> Found {
    let (Some(kind), Ok(hash)) = (StreamKind::from_key(&row.stream_kind), hash(&row.hash)) else {
        return Err(row.id);
    };
    Ok(Record {
        id: row.id,
        stream: Stream {
            kind,
            id: row.stream_id,
        },
        seq: row.seq,
        at: row.at,
        by: row.by,
        event: row.body,
        hash,
    })
}

/// Records with an id between these two, both exclusive, newest first, at most so many.
pub(super) async fn between(
    c: &mut PgConnection,
    (after, before): (i64, i64),
    filter: &Filter,
    most: i64,
) -> Result<Vec<Found>, Error> {
    let (person, machine) = match filter.who {
        Some(Who::Person(id)) => (Some(id.to_string()), None),
        Some(Who::Engine) => (None, Some("engine")),
        Some(Who::System) => (None, Some("system")),
        None => (None, None),
    };
    let rows = sqlx::query_as!(
        Row,
        "select id, stream_kind, stream_id, seq, at, by, body, hash from event
         where id > $1 and id < $2
             and ($3::text is null or coalesce(by ->> 'person', by -> 'token' ->> 'person') = $3)
             and ($4::text is null or by = to_jsonb($4::text))
             and ($5::text is null or stream_kind = $5)
             and ($6::text is null or stream_kind = $6)
             and ($7::uuid is null or stream_id = $7)
             and ($8::text is null or body ->> 'event' = $8)
             and ($9::timestamptz is null or at >= $9)
             and ($10::timestamptz is null or at < $10)
             and ($11::text is null or body::text ilike $11)
         order by id desc limit $12",
        after,
        before,
        person,
        machine,
        filter.kind.map(StreamKind::key),
        filter.stream.map(|stream| stream.kind.key()),
        filter.stream.map(|stream| stream.id),
        filter.event,
        filter.from,
        filter.until,
        filter.text.as_deref().map(crate::search::pattern),
        most,
    )
    .fetch_all(c)
    .await?;
    Ok(rows.into_iter().map(record).collect())
}

/// The next thousand rows after this place, stream by stream, each in its order; and the place of the last of them.
pub(super) async fn by_stream(c: &mut PgConnection, place: &Place) -> Result<(Vec<Found>, Option<Place>), Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, stream_kind, stream_id, seq, at, by, body, hash from event
         where (stream_kind, stream_id, seq) > ($1, $2, $3) order by stream_kind, stream_id, seq limit 1000",
        place.0,
        place.1,
        place.2,
    )
    .fetch_all(c)
    .await?;
    let next = rows.last().map(|row| (row.stream_kind.clone(), row.stream_id, row.seq));
    Ok((rows.into_iter().map(record).collect(), next))
}

/// Kind, id and seq of a row; the smallest to begin with.
pub(super) type Place = (String, Uuid, i64);
