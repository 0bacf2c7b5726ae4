//! What a page fetches since a cursor: log lines and chart points.

use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::analysis::{Sample, SampleBody, Variant};
use domain::deployment::LogLine;
use domain::id::DeploymentId;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

/// Lines that one call answers at most.
const LINES: u32 = 2_000;

/// Samples that one call answers at most.
const SAMPLES: i64 = 5_000;

/// Log lines after a cursor, oldest first.
///
/// # Errors
/// `Denied`.
pub async fn log_since(
    db: &Db,
    actor: &Actor,
    id: DeploymentId,
    after: i64,
    limit: u32,
) -> Result<Vec<LogLine>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let lines = sqlx::query_as!(
        LogLine,
        "select id, at, stream, text from log_line where deployment_id = $1 and id > $2 order by id limit $3",
        id.0,
        after,
        i64::from(limit.min(LINES)),
    )
    .fetch_all(db)
    .await?;
    if lines.is_empty() {
        known(db, id).await?;
    }
    Ok(lines)
}

/// That nothing new came of it is an answer; that there is no such deployment is another one.
async fn known(db: &Db, id: DeploymentId) -> Result<(), Error> {
    sqlx::query!("select id from deployment where id = $1", id.0)
        .fetch_one(db)
        .await?;
    Ok(())
}

/// Chart points after a cursor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SamplesSince {
    /// Hand it in the next time.
    pub cursor: i64,
    pub samples: Vec<Sample>,
    /// The share of traffic over time, whole: it changes a few times in a deployment.
    pub weights: Vec<(DateTime<Utc>, u8)>,
}

/// Samples after a cursor, in the order in which they came.
///
/// # Errors
/// `Denied`.
pub async fn samples_since(db: &Db, actor: &Actor, id: DeploymentId, after: i64) -> Result<SamplesSince, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let rows = sqlx::query!(
        r#"select id, variant, metric, from_at, to_at, body as "body: Json<SampleBody>" from sample
           where deployment_id = $1 and id > $2 order by id limit $3"#,
        id.0,
        after,
        SAMPLES,
    )
    .fetch_all(db)
    .await?;
    if rows.is_empty() {
        known(db, id).await?;
    }
    let cursor = rows.last().map_or(after, |row| row.id);
    let samples = rows.into_iter().map(|row| Sample {
        variant: variant(&row.variant),
        metric: row.metric,
        from: row.from_at,
        to: row.to_at,
        body: row.body.0,
    });
    Ok(SamplesSince {
        cursor,
        samples: samples.collect(),
        weights: weights(db, id).await?,
    })
}

/// The variant of a column that knows only these two.
pub(crate) fn variant(key: &str) -> Variant {
    if key == "canary" {
        Variant::Canary
    } else {
        Variant::Stable
    }
}

async fn weights(db: &Db, id: DeploymentId) -> Result<Vec<(DateTime<Utc>, u8)>, Error> {
    let rows = sqlx::query!(
        "select at, percent from weight_point where deployment_id = $1 order by id",
        id.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.at, u8::try_from(row.percent).unwrap_or(100)))
        .collect())
}
