//! The audit trail: records as they are exported, checkpoints over the heads of all streams, and the check that finds what was tampered with.
//!
//! Pure: keys live elsewhere. Whoever checks says of each checkpoint whether its signature is good.

mod check;
mod file;
mod filter;

pub use check::{Checker, Finding, Report};
pub use file::{End, FileChecker, FileProblem, FileReport, Header, Line, SCHEME};
pub use filter::{AuditForm, Filter, Who};

use crate::access::By;
use crate::canonical;
use crate::event::{Event, Stream};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// SHA-256, or another value of 32 bytes; as text, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Hash(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An event exactly as it is kept, for the check and the export: not read as one of ours, so that whatever stands there can be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Grows over the whole instance.
    pub id: i64,
    pub stream: Stream,
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub by: Value,
    pub event: Value,
    pub hash: Hash,
}

impl Record {
    /// The hash that it must have as the successor of a record with this hash. None when nobody can have written it: `by` is no one.
    pub fn link(&self, previous: Hash, seq: i64) -> Option<Hash> {
        let by: By = serde_json::from_value(self.by.clone()).ok()?;
        Some(Hash(crate::event::link(
            &previous.0,
            &self.stream,
            seq,
            self.at,
            by,
            &self.event,
        )))
    }
}

/// The newest record of a stream at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub stream: Stream,
    pub seq: i64,
    pub hash: Hash,
}

/// A signed statement of where streams stood. It names the heads that moved since the checkpoint before, whose hash it holds: so all of them
/// together say how long every stream was, and what stood at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// From 1, without a gap.
    pub number: i64,
    pub at: DateTime<Utc>,
    /// The hash of the checkpoint before; zeros for the first.
    pub previous: Hash,
    /// Sorted by stream.
    pub heads: Vec<Head>,
    /// The public key that signs it.
    pub key: Hash,
    /// [`Checkpoint::digest`], as it was signed.
    pub hash: Hash,
    /// 64 bytes in hexadecimal digits.
    pub signature: String,
}

impl Checkpoint {
    /// SHA-256 over everything but hash and signature, in canonical form. `at` is cut to microseconds, which is what Postgres keeps.
    pub fn digest(&self) -> Hash {
        Hash(canonical::sha256(&serde_json::json!({
            "scheme": 1,
            "number": self.number,
            "at": self.at.timestamp_micros(),
            "previous": self.previous,
            "heads": self.heads,
            "key": self.key,
        })))
    }
}

/// An event as the page of the audit trail shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: i64,
    pub stream: Stream,
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// None: nobody that this program knows.
    pub by: Option<By>,
    /// None: this program can't read it. It was written by a newer one, or tampered with.
    pub event: Option<Event>,
    /// As it is kept, in canonical form.
    pub text: String,
    pub hash: Hash,
}

/// What a stream is of, by name, with the page where it is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    pub stream: Stream,
    pub name: String,
    /// None when it has no page of its own, or is gone.
    pub href: Option<String>,
}

/// Where the checkpoints of an instance stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The public key that checks them.
    pub key: Hash,
    /// The newest one's number, hash and moment.
    pub last: Option<(i64, Hash, DateTime<Utc>)>,
}
