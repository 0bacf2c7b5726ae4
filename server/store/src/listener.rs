//! Live kicks: what a commit notifies, as it arrives, across lost connections.

use crate::tx::{BEATS, EVERYTHING, KICKS, WAKES};
use crate::{Db, Error};
use sqlx::postgres::{PgListener, PgNotification};
use std::time::Duration;

/// How long to wait before the way to Postgres is tried again; doubled up to the second.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What listeners are told: which topics changed, never what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kick {
    Topics(Vec<String>),
    /// Something may have been missed: everything is to be fetched again.
    Resync,
    /// What some process told itself by [`beat`].
    Beat(String),
}

/// Sends a word to every listener of kicks: whoever sent it hears whether, and after how long, it comes back.
///
/// # Errors
/// `Db`.
pub async fn beat(db: &Db, word: &str) -> Result<(), Error> {
    sqlx::query!("select pg_notify($1, $2)", BEATS, word)
        .execute(db)
        .await?;
    Ok(())
}

/// Hears the kicks of all processes that share the database.
pub struct Listener(Ear);

/// Starts to listen. From its return on, no commit is missed without a [`Kick::Resync`].
///
/// # Errors
/// `Db` when Postgres does not answer.
pub async fn listen(db: &Db) -> Result<Listener, Error> {
    Ok(Listener(Ear::open(db, &[KICKS, BEATS]).await?))
}

impl Listener {
    /// The next kick. Reconnects by itself; waits for ever once the pool is closed.
    pub async fn next(&mut self) -> Kick {
        match self.0.next().await {
            Some(notification) if notification.channel() == BEATS => Kick::Beat(notification.payload().to_owned()),
            Some(notification) => kick(notification.payload()),
            None => Kick::Resync,
        }
    }
}

fn kick(payload: &str) -> Kick {
    match serde_json::from_str::<Vec<String>>(payload) {
        Ok(topics) if topics.iter().all(|topic| topic != EVERYTHING) => Kick::Topics(topics),
        _ => Kick::Resync,
    }
}

/// Hears that an engine has something to do.
pub struct Wakes(Ear);

/// Starts to listen for what wakes engines.
///
/// # Errors
/// `Db` when Postgres does not answer.
pub async fn listen_wakes(db: &Db) -> Result<Wakes, Error> {
    Ok(Wakes(Ear::open(db, &[WAKES]).await?))
}

impl Wakes {
    /// Returns when an engine should look: somebody said so, or something may have been missed. Waits for ever once the pool is closed.
    pub async fn next(&mut self) {
        self.0.next().await;
    }
}

/// Channels, listened to across lost connections.
struct Ear {
    db: Db,
    channels: &'static [&'static str],
    listener: Option<PgListener>,
}

impl Ear {
    async fn open(db: &Db, channels: &'static [&'static str]) -> Result<Ear, Error> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen_all(channels.iter().copied()).await?;
        Ok(Ear {
            db: db.clone(),
            channels,
            listener: Some(listener),
        })
    }

    /// The next notification; `None` after a gap in which some may have been missed.
    async fn next(&mut self) -> Option<PgNotification> {
        match &mut self.listener {
            Some(listener) => match listener.try_recv().await {
                Ok(heard) => heard,
                Err(error) => {
                    tracing::warn!(channels = ?self.channels, %error, "listening was interrupted");
                    self.listener = None;
                    self.reopen().await;
                    None
                }
            },
            // A caller's `select!` dropped the wait below.
            None => {
                self.reopen().await;
                None
            }
        }
    }

    async fn reopen(&mut self) {
        let mut pause = RETRY.0;
        loop {
            if self.db.is_closed() {
                std::future::pending::<()>().await;
            }
            match Ear::open(&self.db, self.channels).await {
                Ok(ear) => {
                    self.listener = ear.listener;
                    return;
                }
                Err(error) => tracing::debug!(channels = ?self.channels, %error, "still no way to listen"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_read_is_a_resync() {
        assert_eq!(
            kick(r#"["home","release:1"]"#),
            Kick::Topics(vec!["home".into(), "release:1".into()])
        );
        assert_eq!(kick(r#"["*"]"#), Kick::Resync);
        assert_eq!(kick("nonsense"), Kick::Resync);
    }
}
