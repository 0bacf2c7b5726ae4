//! The rate limit of guessing: every attempt counts as failed until it succeeded, so that many at once can't slip through.

use crate::tx::Tx;
use crate::{Db, Error, Rule, tx};
use chrono::{DateTime, TimeDelta, Utc};
use domain::id::PersonId;
use domain::network::customer;
use sha2::{Digest as _, Sha256};

/// Failures are forgotten after this time.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// What attempts are counted by.
pub(super) struct Key {
    hash: Vec<u8>,
    /// So many failures within the window are let through.
    most: usize,
}

impl Key {
    /// By the address that somebody tries to sign in with, whether it exists or not.
    pub fn email(email: &str) -> Key {
        Key::new("email", &email.trim().to_lowercase(), 10)
    }

    /// By the network that attempts come from: of an address, the part that belongs to one customer.
    pub fn network(network: &str) -> Key {
        let customer = network.parse().map(|address| customer(address).to_string());
        Key::new("network", customer.as_deref().unwrap_or(network), 50)
    }

    /// By the address for which a new password is asked: far fewer than sign-ins, since each may send a mail.
    pub fn forgotten(email: &str) -> Key {
        Key::new("forgotten", &email.trim().to_lowercase(), 3)
    }

    /// By the person whose codes are tried.
    pub fn code(person: PersonId) -> Key {
        Key::new("code", &person.to_string(), 10)
    }

    fn new(kind: &str, value: &str, most: usize) -> Key {
        Key {
            hash: Sha256::digest(format!("{kind}\n{value}").as_bytes()).to_vec(),
            most,
        }
    }
}

/// An attempt that is under way, counted as failed.
pub(super) struct Attempt {
    rows: Vec<i64>,
}

/// Counts an attempt, unless there were too many.
///
/// # Errors
/// `Rule::TooManyAttempts` with the seconds after which the next one counts.
pub(super) async fn begin(db: &Db, mut keys: Vec<Key>) -> Result<Attempt, Error> {
    let mut tx = tx::begin(db).await?;
    // Two attempts that share both keys must lock them in one order.
    keys.sort_by(|a, b| a.hash.cmp(&b.hash));
    let mut wait: u32 = 0;
    for key in &keys {
        let lock = hex::encode(&key.hash);
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 1))", lock)
            .execute(&mut *tx)
            .await?;
        let newest_first = sqlx::query_scalar!(
            "select at from sign_in_failure where key_hash = $1 and at > $2 order by at desc",
            key.hash,
            tx.now - WINDOW,
        )
        .fetch_all(&mut *tx)
        .await?;
        wait = wait.max(wait_s(&newest_first, key.most, tx.now));
    }
    if wait > 0 {
        return Err(Rule::TooManyAttempts { retry_after_s: wait }.into());
    }
    let mut rows = Vec::new();
    for key in &keys {
        let now = tx.now;
        let row = sqlx::query_scalar!(
            "insert into sign_in_failure (key_hash, at) values ($1, $2) returning id",
            key.hash,
            now
        )
        .fetch_one(&mut *tx)
        .await?;
        rows.push(row);
    }
    tx.commit().await?;
    Ok(Attempt { rows })
}

/// Seconds until fewer than `most` failures are within the window; 0: now.
fn wait_s(newest_first: &[DateTime<Utc>], most: usize, now: DateTime<Utc>) -> u32 {
    let Some(deciding) = most.checked_sub(1).and_then(|last| newest_first.get(last)) else {
        return 0;
    };
    let left = (*deciding + WINDOW - now).num_milliseconds();
    u32::try_from((left + 999) / 1000).unwrap_or(0).max(1)
}

impl Attempt {
    /// It was no failure after all; and whoever `forgives` counted until now starts anew.
    pub async fn succeeded(self, db: &Db, forgives: &Key) -> Result<(), Error> {
        sqlx::query!(
            "delete from sign_in_failure where id = any($1) or key_hash = $2",
            &self.rows,
            forgives.hash
        )
        .execute(db)
        .await?;
        Ok(())
    }
}

/// Forgets what was counted by these keys.
pub(super) async fn forget(tx: &mut Tx, keys: &[Key]) -> Result<(), Error> {
    let hashes: Vec<Vec<u8>> = keys.iter().map(|key| key.hash.clone()).collect();
    sqlx::query!("delete from sign_in_failure where key_hash = any($1)", &hashes)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes failures that no longer count.
pub(crate) async fn sweep(db: &Db) -> Result<u64, Error> {
    let seconds = WINDOW.as_seconds_f64();
    let swept = sqlx::query!(
        "delete from sign_in_failure where at < now() - make_interval(secs => $1)",
        seconds
    );
    Ok(swept.execute(db).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_has_one_key() {
        let same = |one: &str, other: &str| Key::network(one).hash == Key::network(other).hash;
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:3::"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        assert!(!same("", "192.0.2.2"));
    }

    #[test]
    fn one_waits_until_the_deciding_failure_is_forgotten() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let ago = |s: i64| now - TimeDelta::seconds(s);
        assert_eq!(wait_s(&[], 2, now), 0);
        assert_eq!(wait_s(&[ago(1)], 2, now), 0);
        assert_eq!(wait_s(&[ago(1), ago(100)], 2, now), 800);
        assert_eq!(wait_s(&[ago(1), ago(100), ago(500)], 2, now), 800);
        assert_eq!(wait_s(&[ago(899), ago(900)], 2, now), 1);
    }
}
