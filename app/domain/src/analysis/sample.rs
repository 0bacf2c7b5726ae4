//! What the metric sources deliver: counts or a histogram of one variant over one interval, never a ratio.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Which of the two versions that serve during a progressive deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// The version that served before.
    Stable,
    /// The version that is being tried.
    Canary,
}

/// One metric of one variant over the interval `from < t <= to`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub variant: Variant,
    /// Id of the metric: the `id` of the rule that judges it.
    pub metric: String,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub body: SampleBody,
}

/// What was counted in the interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SampleBody {
    /// Requests, and how many of them the metric counts as errors.
    Counts { total: u64, bad: u64 },
    /// Durations of requests by bucket.
    Histogram {
        /// Upper bounds in seconds, inclusive, rising, finite; the last bucket, up to infinity, has no bound here.
        bounds: Vec<f64>,
        /// Requests per bucket, not cumulative: one more than there are bounds.
        counts: Vec<u64>,
    },
}

/// The time over which a judgement looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Start of the watch, usually when the canary got its first traffic.
    pub from: DateTime<Utc>,
    /// The moment of the judgement.
    pub now: DateTime<Utc>,
}

impl Window {
    /// A sample belongs to the window in which it *ended*. The first one may begin up to an interval earlier: to
    /// leave it out would hide the canary's first seconds.
    pub fn holds(&self, sample: &Sample) -> bool {
        sample.to > self.from && sample.to <= self.now
    }
}

/// Whether a metric source answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Up,
    Down,
}

/// The state of a source, for the variants that are expected to answer (with 100 % on the canary, stable is not).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    pub variant: Variant,
    /// The metric that comes from this source; `None` when all of them do.
    pub metric: Option<String>,
    pub health: Health,
    /// Since when it has been so.
    pub since: DateTime<Utc>,
}
