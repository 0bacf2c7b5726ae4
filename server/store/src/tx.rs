//! A use case's transaction: one moment, the topics that it touched, and one notification that leaves with the commit.

use crate::{Db, Error};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};
use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

/// The channel on which pages' kicks travel: a JSON list of topics.
pub(crate) const KICKS: &str = "slipway";

/// The channel on which a process tells itself something, to see whether it hears: one word.
pub(crate) const BEATS: &str = "slipway_beat";

/// The channel that wakes engines at once. It carries nothing.
pub(crate) const WAKES: &str = "slipway_engine";

/// The topic that stands for all topics, when the list would not fit into a notification.
pub(crate) const EVERYTHING: &str = "*";

/// Postgres takes less than 8000 bytes a notification.
const MOST_BYTES: usize = 7_900;

/// An open transaction. Dropped without a commit, it leaves nothing behind.
///
/// It derefs to the connection: `.execute(&mut **tx)` for a `tx: &mut Tx`.
pub(crate) struct Tx {
    inner: Transaction<'static, Postgres>,
    /// Postgres's clock, read once: everything in this transaction happens at this moment.
    pub now: DateTime<Utc>,
    topics: BTreeSet<String>,
    wakes_engine: bool,
}

/// Begins a transaction and reads the clock.
pub(crate) async fn begin(db: &Db) -> Result<Tx, Error> {
    let mut inner = db.begin().await?;
    let now = sqlx::query_scalar!(r#"select now() as "now!""#)
        .fetch_one(&mut *inner)
        .await?;
    Ok(Tx {
        inner,
        now,
        topics: BTreeSet::new(),
        wakes_engine: false,
    })
}

impl Tx {
    /// Kicks the pages that listen to this topic, once the transaction is committed.
    pub fn kick(&mut self, topic: impl Into<String>) {
        self.topics.insert(topic.into());
    }

    /// Wakes the engines, once the transaction is committed.
    pub fn wake_engine(&mut self) {
        self.wakes_engine = true;
    }

    /// Commits; the notifications leave with it.
    pub async fn commit(mut self) -> Result<(), Error> {
        if let Some(payload) = payload(&self.topics) {
            sqlx::query!("select pg_notify($1, $2)", KICKS, payload)
                .execute(&mut *self.inner)
                .await?;
        }
        if self.wakes_engine {
            sqlx::query!("select pg_notify($1, '')", WAKES)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(self.inner.commit().await?)
    }
}

fn payload(topics: &BTreeSet<String>) -> Option<String> {
    if topics.is_empty() {
        return None;
    }
    let list = serde_json::Value::from_iter(topics.iter().map(String::as_str)).to_string();
    if list.len() <= MOST_BYTES {
        Some(list)
    } else {
        Some(format!("[\"{EVERYTHING}\"]"))
    }
}

impl Deref for Tx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_does_not_fit_stands_for_everything() {
        let topics = |count: usize| -> BTreeSet<String> { (0..count).map(|i| format!("release:{i:036}")).collect() };
        assert_eq!(payload(&topics(0)), None);
        assert_eq!(payload(&topics(1)).map(|list| list.len()), Some(48));
        assert_eq!(payload(&topics(1_000)).as_deref(), Some("[\"*\"]"));
    }
}
