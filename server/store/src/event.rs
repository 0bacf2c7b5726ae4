//! The record: append-only streams of events, each a hash chain without a gap.

use crate::tx::Tx;
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::By;
use domain::event::{Event, Happened, Stream, StreamKind, link};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

pub use crate::listener::{Kick, Listener, Wakes, beat, listen, listen_wakes};

/// Appends what happened to its stream, kicks the topics that this implies, and tells whom it concerns. Answers the event's id.
///
/// Two transactions that append to one stream go one after the other: the second waits for the first one's commit.
pub(crate) async fn append(tx: &mut Tx, stream: Stream, by: By, event: &Event) -> Result<i64, Error> {
    kick(tx, &stream);
    lock_stream(tx, &stream).await?;
    let head = head(tx, &stream, event).await?;
    let seq = head.seq + 1;
    let hash = link(&head.hash, &stream, seq, tx.now, by, &head.body);
    let now = tx.now;
    let id = sqlx::query_scalar!(
        r#"insert into event (stream_kind, stream_id, seq, at, by, body, hash) values ($1, $2, $3, $4, $5, $6, $7)
           returning id"#,
        stream.kind.key(),
        stream.id,
        seq,
        now,
        Json(by) as _,
        Json(event) as _,
        &hash[..],
    )
    .fetch_one(&mut **tx)
    .await?;
    crate::notice::of_event(tx, &stream, by, event).await?;
    Ok(id)
}

/// Until the end of the transaction nobody else appends to this stream.
async fn lock_stream(tx: &mut Tx, stream: &Stream) -> Result<(), Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", stream.topic())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The newest link of a stream, and an event as Postgres gives it back.
struct Head {
    seq: i64,
    hash: Vec<u8>,
    body: Value,
}

/// The event takes the way through `jsonb` before it is hashed: Postgres writes some numbers differently, and the chain is checked over what is kept.
async fn head(tx: &mut Tx, stream: &Stream, event: &Event) -> Result<Head, Error> {
    let row = sqlx::query!(
        r#"select newest.seq as "seq?", newest.hash as "hash?", $3::jsonb as "body!"
           from (select 1) one left join lateral (
               select seq, hash from event where stream_kind = $1 and stream_id = $2 order by seq desc limit 1
           ) newest on true"#,
        stream.kind.key(),
        stream.id,
        Json(event) as _,
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Head {
        seq: row.seq.unwrap_or(0),
        hash: row.hash.unwrap_or_else(|| vec![0; 32]),
        body: row.body,
    })
}

/// Every page that could show something of this stream.
fn kick(tx: &mut Tx, stream: &Stream) {
    tx.kick(stream.topic());
    let collections: &[&str] = match stream.kind {
        StreamKind::Instance => &["home", "people", "services"],
        StreamKind::Person => &["people"],
        StreamKind::Team => &["teams", "people"],
        StreamKind::Service | StreamKind::Environment => &["services", "home"],
        StreamKind::Release => &["releases", "home"],
        StreamKind::Deployment => &["deployments", "home"],
        StreamKind::Incident => &["incidents", "status", "home"],
        StreamKind::Component => &["status"],
    };
    for topic in collections {
        tx.kick(*topic);
    }
}

/// All that happened to one aggregate, oldest first.
///
/// # Errors
/// `Db`, also when a kept event can't be read as one.
pub async fn of_stream(db: &Db, stream: Stream) -> Result<Vec<Happened>, Error> {
    let rows = sqlx::query!(
        r#"select id, seq, at, by as "by: Json<By>", body as "body: Json<Event>" from event
           where stream_kind = $1 and stream_id = $2 order by seq"#,
        stream.kind.key(),
        stream.id,
    )
    .fetch_all(db)
    .await?;
    let happened = rows.into_iter().map(|row| Happened {
        id: row.id,
        stream,
        seq: row.seq,
        at: row.at,
        by: row.by.0,
        event: row.body.0,
    });
    Ok(happened.collect())
}

/// The events of several streams in the order in which they happened.
pub(crate) async fn of_streams(c: &mut PgConnection, streams: &[Stream]) -> Result<Vec<Happened>, Error> {
    let kinds: Vec<String> = streams.iter().map(|stream| stream.kind.key().to_owned()).collect();
    let ids: Vec<Uuid> = streams.iter().map(|stream| stream.id).collect();
    let rows = sqlx::query!(
        r#"select e.id, e.stream_kind as "kind: StreamKind", e.stream_id, e.seq, e.at,
                  e.by as "by: Json<By>", e.body as "body: Json<Event>"
           from unnest($1::text[], $2::uuid[]) as s(kind, id)
           join event e on e.stream_kind = s.kind and e.stream_id = s.id
           order by e.id"#,
        &kinds,
        &ids,
    )
    .fetch_all(c)
    .await?;
    let happened = rows.into_iter().map(|row| Happened {
        id: row.id,
        stream: Stream {
            kind: row.kind,
            id: row.stream_id,
        },
        seq: row.seq,
        at: row.at,
        by: row.by.0,
        event: row.body.0,
    });
    Ok(happened.collect())
}

/// Where a stream's chain stops holding: a row that was changed, that is missing, or that stands in another's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the chain of events breaks at {seq}")]
pub struct BrokenAt {
    /// The first place that does not hold.
    pub seq: i64,
}

/// Checks a stream's hash chain from its first event to its newest. Rows missing at the very end can't be seen by a chain alone.
///
/// # Errors
/// The outer one when Postgres does not answer; the inner one says where the chain breaks.
pub async fn verify(db: &Db, stream: Stream) -> Result<Result<(), BrokenAt>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select seq, at, by, body, hash from event where stream_kind = $1 and stream_id = $2 order by seq",
        stream.kind.key(),
        stream.id,
    )
    .fetch_all(db)
    .await?;
    Ok(check(&stream, &rows))
}

struct Row {
    seq: i64,
    at: DateTime<Utc>,
    by: Value,
    body: Value,
    hash: Vec<u8>,
}

fn check(stream: &Stream, rows: &[Row]) -> Result<(), BrokenAt> {
    let mut previous = vec![0; 32];
    for (expected, row) in (1..).zip(rows) {
        let broken = BrokenAt { seq: expected };
        let by: By = serde_json::from_value(row.by.clone()).map_err(|_| broken)?;
        if row.seq != expected || link(&previous, stream, row.seq, row.at, by, &row.body)[..] != row.hash[..] {
            return Err(broken);
        }
        previous.clone_from(&row.hash);
    }
    Ok(())
}

/// All streams of the record, to check each.
///
/// # Errors
/// `Db`.
pub async fn streams(db: &Db) -> Result<Vec<Stream>, Error> {
    let rows = sqlx::query!(
        r#"select distinct stream_kind as "kind: StreamKind", stream_id as "id: Uuid" from event order by 1, 2"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Stream {
            kind: row.kind,
            id: row.id,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tx::begin;
    use domain::analysis::{Evidence, Figure, Judgement, MetricJudgement, MetricVerdict, Overall, Reason};
    use domain::deployment::Outcome;

    /// A judgement with this figure in it.
    fn judged(value: f64) -> Event {
        let metric = MetricJudgement {
            id: "error_rate".into(),
            title: "Error rate".into(),
            verdict: MetricVerdict::Fail,
            critical: true,
            dry_run: false,
            canary: Some(Figure { value, n: 371 }),
            stable: None,
            evidence: Evidence {
                e_value: value,
                threshold: 400.0,
                reason: Reason::BeyondLimit { limit: 0.05 },
            },
            failures: 1,
            failed_at: None,
        };
        let judgement = Judgement {
            at: DateTime::UNIX_EPOCH,
            metrics: vec![metric],
            overall: Overall::Fail,
        };
        Event::Ended {
            outcome: Outcome::JudgedBad { judgement },
        }
    }

    /// Postgres keeps `1e16` as an integer and `1e-7` without an exponent; a sum of tenths has seventeen digits.
    #[sqlx::test(migrations = "../../migrations")]
    async fn a_chain_holds_over_every_kind_of_figure(db: Db) {
        let stream = Stream::new(StreamKind::Deployment, Uuid::now_v7());
        let figures = [
            0.1 + 0.2,
            1e-7,
            1e16,
            1e12,
            123_456_789_012_345_680.0,
            5e-324,
            -0.0,
            1.0,
            f64::MAX,
        ];
        for figure in figures {
            let mut tx = begin(&db).await.expect("begins");
            append(&mut tx, stream, By::Engine, &judged(figure))
                .await
                .expect("appends");
            tx.commit().await.expect("commits");
        }
        assert_eq!(verify(&db, stream).await.expect("an answer"), Ok(()));
        let kept = of_stream(&db, stream).await.expect("an answer");
        let figures = figures.map(judged);
        assert!(kept.iter().map(|happened| &happened.event).eq(&figures), "{kept:?}");
    }
}
