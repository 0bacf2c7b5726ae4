//! Orders: what the commands ask of the supervisor, and what it answers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Which of the two sets that serve an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// The set that serves normally.
    Stable,
    /// The set that is being tried.
    Canary,
}

impl Variant {
    /// Its name in addresses, JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Canary => "canary",
        }
    }
}

/// The change that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Change {
    /// Bring a version to one of the variants.
    Deploy {
        /// Artifact reference or version.
        artifact: String,
        /// The content id that the artifact must have.
        digest: Option<String>,
        /// Where to.
        variant: Variant,
    },
    /// Send this share of the requests to canary.
    Weight {
        /// 0 to 100.
        percent: u8,
    },
    /// Make canary's version the stable one.
    Promote {
        /// What canary is expected to be.
        artifact: Option<String>,
    },
    /// Take canary away, and bring stable back to a version when one is named.
    Rollback {
        /// Artifact reference or version.
        to: Option<String>,
    },
}

impl Change {
    /// The command's name.
    pub fn command(&self) -> &'static str {
        match self {
            Self::Deploy { .. } => "deploy",
            Self::Weight { .. } => "weight",
            Self::Promote { .. } => "promote",
            Self::Rollback { .. } => "rollback",
        }
    }

    /// The arguments, as the journal keeps them.
    pub fn arguments(&self) -> Value {
        match self {
            Self::Deploy {
                artifact,
                digest,
                variant,
            } => {
                json!({ "artifact": artifact, "digest": digest, "variant": variant })
            }
            Self::Weight { percent } => json!({ "percent": percent }),
            Self::Promote { artifact } => json!({ "artifact": artifact }),
            Self::Rollback { to } => json!({ "to": to }),
        }
    }
}

/// A change of one environment, with the key under which it may be repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The environment.
    pub environment: String,
    /// Idempotency key; without one the order is carried out each time.
    pub key: Option<String>,
    /// Slipway's number of the deployment, for the journal.
    pub deployment: Option<String>,
    /// Make a deploy or a promote take this long, in milliseconds.
    pub slow_ms: Option<u64>,
    /// What to do.
    pub change: Change,
}

impl Order {
    /// What the order is known by: environment, command, key.
    pub fn identity(&self) -> Option<(String, String, String)> {
        let key = self.key.clone()?;
        Some((self.environment.clone(), self.change.command().to_owned(), key))
    }
}

/// One line of the answer to an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The order runs under this number; it can be cancelled by it.
    Operation(u64),
    /// Something for the log.
    Progress(String),
    /// The end.
    Outcome(Outcome),
}

/// How an order ended; the last line that a command prints.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// How.
    pub outcome: Ending,
    /// Why, unless it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The environment.
    pub environment: String,
    /// The command.
    pub command: String,
    /// Whether this is the answer to an earlier order with the same key.
    pub repeated: bool,
    /// What was answered: `changed`, versions, weight.
    #[serde(flatten)]
    pub result: Map<String, Value>,
}

/// The four ways in which an order ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The effect is there.
    Done,
    /// It cannot be done.
    Failed,
    /// It could not be done now; the same order may succeed later.
    Retry,
    /// It was stopped and put back.
    Interrupted,
}
