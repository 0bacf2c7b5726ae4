//! The hash chain of a stream: each event vouches for all before it.

use super::Stream;
use crate::access::By;
use crate::canonical;
use chrono::{DateTime, Utc};

/// The link of the hash chain: SHA-256 over the previous link and the event in canonical form. The first link of a stream follows 32 zero bytes.
///
/// `at` is cut to microseconds, which is what Postgres keeps.
pub fn link(
    previous: &[u8],
    stream: &Stream,
    seq: i64,
    at: DateTime<Utc>,
    by: By,
    event: &serde_json::Value,
) -> [u8; 32] {
    let form = serde_json::json!({
        "previous": hex::encode(previous),
        "stream": stream,
        "seq": seq,
        "at": at.timestamp_micros(),
        "by": by,
        "event": event,
    });
    canonical::sha256(&form)
}
