//! Making checkpoints, and reading them.

use super::{hash, key};
use crate::{Db, Error, Vault, tx};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Action, Actor, Scope};
use domain::audit::{Checkpoint, Hash, Head, Sealed};
use domain::event::{Stream, StreamKind};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Signs where all streams stand that moved since the last checkpoint. None when nothing moved, or when the last one is younger than `least_age`:
/// of several servers on one database, one makes it.
///
/// # Errors
/// `Vault` when the instance's own key does not open the one that signs; `Db`.
pub async fn checkpoint(db: &Db, vault: &Vault, least_age: Option<TimeDelta>) -> Result<Option<Checkpoint>, Error> {
    let mut tx = tx::begin(db).await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('audit checkpoint', 0))")
        .execute(&mut *tx)
        .await?;
    let last = newest(&mut tx).await?;
    let young = |(_, _, at): &(i64, Hash, DateTime<Utc>)| least_age.is_some_and(|age| *at + age > tx.now);
    if last.as_ref().is_some_and(young) {
        return Ok(None);
    }
    let heads = moved(&mut tx).await?;
    if heads.is_empty() {
        return Ok(None);
    }
    let signer = key::signer(&mut tx, vault).await?;
    let mut made = Checkpoint {
        number: last.map_or(1, |(number, _, _)| number + 1),
        at: tx.now,
        previous: last.map_or(Hash::default(), |(_, hash, _)| hash),
        heads,
        key: signer.public,
        hash: Hash::default(),
        signature: String::new(),
    };
    made.hash = made.digest();
    made.signature = signer.sign(&Checkpoint::message(made.hash));
    insert(&mut tx, &made).await?;
    tx.commit().await?;
    Ok(Some(made))
}

/// The heads of streams that no checkpoint knows yet. One whose end was cut off has none.
async fn moved(c: &mut PgConnection) -> Result<Vec<Head>, Error> {
    let rows = sqlx::query!(
        r#"select e.stream_kind as "kind!", e.stream_id as "id!", e.seq as "seq!", e.hash as "hash!"
           from (select stream_kind, stream_id, max(seq) as seq from event group by stream_kind, stream_id) newest
           join event e using (stream_kind, stream_id, seq)
           where not exists (select 1 from checkpoint_head h
               where h.stream_kind = e.stream_kind and h.stream_id = e.stream_id and h.seq >= e.seq)"#,
    )
    .fetch_all(c)
    .await?;
    let mut heads = Vec::new();
    for row in rows {
        heads.extend(head(&row.kind, row.id, row.seq, &row.hash)?);
    }
    sort(&mut heads);
    Ok(heads)
}

/// None for a kind of stream that this program does not know.
fn head(kind: &str, id: Uuid, seq: i64, bytes: &[u8]) -> Result<Option<Head>, Error> {
    let Some(kind) = StreamKind::from_key(kind) else {
        return Ok(None);
    };
    Ok(Some(Head {
        stream: Stream { kind, id },
        seq,
        hash: hash(bytes)?,
    }))
}

/// By the words that are kept, so that the order stays when kinds are added.
fn sort(heads: &mut [Head]) {
    heads.sort_by_key(|head| (head.stream.kind.key(), head.stream.id));
}

async fn insert(c: &mut PgConnection, made: &Checkpoint) -> Result<(), Error> {
    sqlx::query!(
        "insert into checkpoint (number, at, previous, key, hash, signature) values ($1, $2, $3, $4, $5, decode($6, 'hex'))",
        made.number,
        made.at,
        &made.previous.0[..],
        &made.key.0[..],
        &made.hash.0[..],
        made.signature,
    )
    .execute(&mut *c)
    .await?;
    let kinds: Vec<String> = made
        .heads
        .iter()
        .map(|head| head.stream.kind.key().to_owned())
        .collect();
    let ids: Vec<Uuid> = made.heads.iter().map(|head| head.stream.id).collect();
    let seqs: Vec<i64> = made.heads.iter().map(|head| head.seq).collect();
    let hashes: Vec<Vec<u8>> = made.heads.iter().map(|head| head.hash.0.to_vec()).collect();
    sqlx::query!(
        "insert into checkpoint_head (checkpoint, stream_kind, stream_id, seq, hash)
         select $1, kind, id, seq, hash from unnest($2::text[], $3::uuid[], $4::bigint[], $5::bytea[]) as h(kind, id, seq, hash)",
        made.number,
        &kinds,
        &ids,
        &seqs,
        &hashes,
    )
    .execute(c)
    .await?;
    Ok(())
}

/// Number, hash and moment of the newest one.
async fn newest(c: &mut PgConnection) -> Result<Option<(i64, Hash, DateTime<Utc>)>, Error> {
    let row = sqlx::query!("select number, hash, at from checkpoint order by number desc limit 1")
        .fetch_optional(c)
        .await?;
    row.map(|row| Ok((row.number, hash(&row.hash)?, row.at))).transpose()
}

/// Where the checkpoints stand. None before the first one.
///
/// # Errors
/// `Denied`; `Db`.
pub async fn sealed(db: &Db, actor: &Actor) -> Result<Option<Sealed>, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let key = sqlx::query_scalar!("select public_key from audit_key")
        .fetch_optional(&mut *c)
        .await?;
    let Some(key) = key else { return Ok(None) };
    Ok(Some(Sealed {
        key: hash(&key)?,
        last: newest(&mut c).await?,
    }))
}

/// The next checkpoints after this number, in order; none at the end.
pub(super) async fn after(c: &mut PgConnection, number: i64) -> Result<Vec<Checkpoint>, Error> {
    let rows = sqlx::query!(
        r#"select number, at, previous, key, hash, encode(signature, 'hex') as "signature!" from checkpoint
           where number > $1 order by number limit 100"#,
        number,
    )
    .fetch_all(&mut *c)
    .await?;
    let mut checkpoints = BTreeMap::new();
    for row in rows {
        let checkpoint = Checkpoint {
            number: row.number,
            at: row.at,
            previous: hash(&row.previous)?,
            heads: Vec::new(),
            key: hash(&row.key)?,
            hash: hash(&row.hash)?,
            signature: row.signature,
        };
        checkpoints.insert(row.number, checkpoint);
    }
    let numbers: Vec<i64> = checkpoints.keys().copied().collect();
    let heads = sqlx::query!(
        "select checkpoint, stream_kind, stream_id, seq, hash from checkpoint_head where checkpoint = any($1)",
        &numbers,
    )
    .fetch_all(c)
    .await?;
    for row in heads {
        if let Some(checkpoint) = checkpoints.get_mut(&row.checkpoint) {
            checkpoint
                .heads
                .extend(head(&row.stream_kind, row.stream_id, row.seq, &row.hash)?);
        }
    }
    let mut checkpoints: Vec<Checkpoint> = checkpoints.into_values().collect();
    for checkpoint in &mut checkpoints {
        sort(&mut checkpoint.heads);
    }
    Ok(checkpoints)
}
