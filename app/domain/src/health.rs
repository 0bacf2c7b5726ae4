//! How the instance itself is.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Seconds between two signs of life of an engine.
pub const SIGN_S: i64 = 5;

/// An engine, as it last gave a sign of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineAlive {
    /// Its name in leases.
    pub owner: String,
    pub version: String,
    pub since: DateTime<Utc>,
    pub at: DateTime<Utc>,
}

impl EngineAlive {
    /// Whether it gave a sign of life lately: three may get lost.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        now - self.at <= TimeDelta::seconds(4 * SIGN_S)
    }
}

/// What the database says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub now: DateTime<Utc>,
    pub engines: Vec<EngineAlive>,
    pub database_bytes: i64,
    /// Connections of everybody, and how many the server allows.
    pub connections: i64,
    pub most_connections: i64,
    /// Sessions of signed-in browsers.
    pub sessions: i64,
    pub events: i64,
    /// Deployments that wait or run.
    pub open_deployments: i64,
    /// Commands that wait for an engine.
    pub queued_executions: i64,
    /// The newest checkpoint's number and moment.
    pub checkpoint: Option<(i64, DateTime<Utc>)>,
}

/// What the process that answered says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Process {
    pub version: String,
    pub started_at: DateTime<Utc>,
    /// Pages that listen to it.
    pub live_pages: u32,
    /// Free and all bytes of the disk that the data folder is on. None: the system does not say.
    pub disk: Option<(u64, u64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_is_silent_for_long_is_not_alive() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let engine = |silent| EngineAlive {
            owner: "one".into(),
            version: "1".into(),
            since: DateTime::UNIX_EPOCH,
            at: now - TimeDelta::seconds(silent),
        };
        assert!(engine(0).is_alive(now) && engine(20).is_alive(now) && !engine(21).is_alive(now));
    }
}
