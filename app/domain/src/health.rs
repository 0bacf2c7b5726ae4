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

/// By which keys the sealed values of the database were sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sealing {
    /// By the newest key of the process that answered.
    pub newest: i64,
    /// By an older one that it has: rotation is not finished.
    pub older: i64,
    /// By one that it does not have: these open nowhere here.
    pub unknown: i64,
}

/// Where a process has its sealing key from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// The setting.
    Given,
    /// The file in the data folder.
    #[default]
    File,
}

/// Seconds between two notices that a process sends to itself through the database.
pub const NOTICE_S: u32 = 10;

/// How a process hears what other processes tell: by notices that it sends to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hearing {
    /// How long the last one that came took, in milliseconds. None: none has come yet.
    pub lag_ms: Option<u32>,
    /// For how long one that was sent has not come, in milliseconds. None: none is under way.
    pub waits_ms: Option<u32>,
}

/// How well a process hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    Well,
    /// Open pages follow late.
    Late,
    /// Open pages do not follow at all.
    Nothing,
}

impl Hearing {
    /// A second is late; three notices that did not come are nothing.
    pub fn state(&self) -> Hears {
        match (self.lag_ms, self.waits_ms) {
            (_, Some(waits)) if waits > 3 * NOTICE_S * 1000 => Hears::Nothing,
            (Some(lag), _) if lag > 1000 => Hears::Late,
            (_, Some(waits)) if waits > 1000 => Hears::Late,
            _ => Hears::Well,
        }
    }
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
    pub key: KeySource,
    pub hearing: Hearing,
}

impl Process {
    /// Whether the disk is nearly full: less than a twentieth, or than a gigabyte, is free.
    pub fn disk_is_short(&self) -> bool {
        self.disk
            .is_some_and(|(free, all)| free < 1_000_000_000 || free < all / 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_hears_late_or_nothing_says_so() {
        let state = |lag_ms, waits_ms| Hearing { lag_ms, waits_ms }.state();
        assert_eq!(state(None, None), Hears::Well, "nothing was sent yet");
        assert_eq!(state(Some(3), Some(900)), Hears::Well);
        assert_eq!(state(Some(1001), None), Hears::Late);
        assert_eq!(state(Some(3), Some(1001)), Hears::Late);
        assert_eq!(state(Some(3), Some(30_001)), Hears::Nothing);
        assert_eq!(state(None, Some(30_001)), Hears::Nothing, "it never heard anything");
    }

    #[test]
    fn a_disk_is_short_before_it_is_full() {
        let short = |free, all| {
            let disk = Some((free, all));
            Process {
                disk,
                ..Process::default()
            }
            .disk_is_short()
        };
        assert!(short(900_000_000, 10_000_000_000));
        assert!(short(40_000_000_000, 1_000_000_000_000));
        assert!(!short(60_000_000_000, 1_000_000_000_000));
        assert!(!Process::default().disk_is_short(), "the system does not say");
    }

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
