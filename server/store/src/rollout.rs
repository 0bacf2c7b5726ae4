//! The engine's side of deployments: claimed under a lease, read whole, saved behind a fence.

mod load;
mod samples;
mod save;
mod write;

pub use load::{Kept, Loaded, load, samples_of};
pub(crate) use load::{collector, occupied_by, open_intents, samples_after};
pub use samples::keep_samples;
pub use save::{Saved, save};

use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::id::DeploymentId;
use std::time::Duration;

/// A lease on one deployment. Its `fence` grows with each claim: what is saved under an older one is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub deployment: DeploymentId,
    pub owner: String,
    pub fence: i64,
    /// Postgres's clock at the claim: the `now` of everything that is decided under it.
    pub now: DateTime<Utc>,
    /// Until when it stands, by Postgres's clock.
    pub until: DateTime<Utc>,
    /// When the deployment was due. Whoever wakes it meanwhile changes that, and a save then leaves it due.
    woken: Option<DateTime<Utc>>,
}

/// Claims the deployment that is due for longest and that nobody holds, and notes who holds it from when to when. One statement.
///
/// # Errors
/// `Db`.
pub async fn claim(db: &Db, owner: &str, lease: Duration) -> Result<Option<Claim>, Error> {
    let row = sqlx::query!(
        r#"with due as (
             select id from deployment
             where wake_at <= now() and (lease_until is null or lease_until <= clock_timestamp())
             order by wake_at limit 1 for update skip locked
           ), moment as materialized (select id, clock_timestamp() as at from due),
           claimed as (
             update deployment d
             set lease_owner = $1, lease_until = moment.at + make_interval(secs => $2), attempt = d.attempt + 1
             from moment where d.id = moment.id
             returning d.id, d.attempt, moment.at as claimed_at, d.lease_until, d.wake_at
           ), noted as (
             insert into lease_history (deployment_id, attempt, owner, claimed_at, lease_until)
             select id, attempt, $1, claimed_at, lease_until from claimed
           )
           select id, attempt, claimed_at as "claimed_at!", lease_until as "lease_until!", wake_at from claimed"#,
        owner,
        lease.as_secs_f64(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Claim {
        deployment: DeploymentId(row.id),
        owner: owner.to_owned(),
        fence: row.attempt,
        now: row.claimed_at,
        until: row.lease_until,
        woken: row.wake_at,
    }))
}

/// Prolongs a lease that still stands; false: it does not, and everything must be dropped.
///
/// # Errors
/// `Db`.
pub async fn renew(db: &Db, claim: &Claim, lease: Duration) -> Result<bool, Error> {
    let row = sqlx::query!(
        r#"with renewed as (
             update deployment set lease_until = clock_timestamp() + make_interval(secs => $4)
             where id = $1 and lease_owner = $2 and attempt = $3 and lease_until > clock_timestamp()
             returning id, attempt, lease_until
           )
           update lease_history h set lease_until = renewed.lease_until from renewed
           where h.deployment_id = renewed.id and h.attempt = renewed.attempt"#,
        claim.deployment.0,
        claim.owner,
        claim.fence,
        lease.as_secs_f64(),
    )
    .execute(db)
    .await?;
    Ok(row.rows_affected() == 1)
}

/// Gives a lease back. One that has run out meanwhile is nobody's to give back.
///
/// # Errors
/// `Db`.
pub async fn release(db: &Db, claim: &Claim) -> Result<(), Error> {
    sqlx::query!(
        r#"with released as (
             update deployment set lease_owner = null, lease_until = null
             where id = $1 and lease_owner = $2 and attempt = $3 and lease_until > clock_timestamp()
             returning id, attempt
           )
           update lease_history h set released_at = clock_timestamp() from released
           where h.deployment_id = released.id and h.attempt = released.attempt"#,
        claim.deployment.0,
        claim.owner,
        claim.fence,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How long until the next deployment is due; None: none waits.
///
/// # Errors
/// `Db`.
pub async fn next_due(db: &Db) -> Result<Option<Duration>, Error> {
    let seconds = sqlx::query_scalar!(
        r#"select extract(epoch from min(greatest(wake_at, lease_until)) - clock_timestamp())::float8
           from deployment where wake_at is not null"#
    )
    .fetch_one(db)
    .await?;
    Ok(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
}

/// A time in which an engine held a deployment, by Postgres's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub owner: String,
    pub fence: i64,
    pub from: DateTime<Utc>,
    /// When it was given back, or when it ran out.
    pub until: DateTime<Utc>,
}

/// Who held a deployment from when to when, oldest first.
///
/// # Errors
/// `Db`.
pub async fn history(db: &Db, id: DeploymentId) -> Result<Vec<Held>, Error> {
    let held = sqlx::query_as!(
        Held,
        r#"select owner, attempt as fence, claimed_at as "from!", coalesce(released_at, lease_until) as "until!"
           from lease_history where deployment_id = $1 order by attempt"#,
        id.0,
    )
    .fetch_all(db)
    .await?;
    Ok(held)
}
