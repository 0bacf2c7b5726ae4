//! The connection of a service to its source repository, as its page shows it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A connection by webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// The name of whoever connected it: what it tells is done in that person's name.
    pub connected_by: String,
    pub connected_at: DateTime<Utc>,
    /// Whether that person's account is active. If not, deliveries are refused.
    pub works: bool,
    /// The newest first.
    pub deliveries: Vec<Delivery>,
    /// How the repository is asked for what was missed. None: no token is given, and missed deliveries are not found.
    pub asking: Option<Asking>,
}

/// How a repository is asked for what its webhook missed, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Name of the secret that holds the token.
    pub secret: String,
    pub api_url: String,
    /// When everything was asked to its end.
    pub reconciled_at: Option<DateTime<Utc>>,
    /// When it was last tried.
    pub tried_at: Option<DateTime<Utc>>,
    /// Why the last try came to no end; empty when it did.
    pub error: String,
    /// GitHub's limit is reached: it is asked again from then on.
    pub rests_until: Option<DateTime<Utc>>,
    /// What had been missed, the newest first.
    pub filled: Vec<Filled>,
}

/// Something that a webhook did not bring, and asking did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    pub at: DateTime<Utc>,
    pub told: String,
}

/// One delivery that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// As the source names it.
    pub id: String,
    pub event: String,
    pub received_at: DateTime<Utc>,
    /// `used`, `nothing` or `unreadable`; what names an environment that the service does not have is `nothing`.
    pub outcome: String,
    /// What it brought, or why it could not be read.
    pub told: String,
}
