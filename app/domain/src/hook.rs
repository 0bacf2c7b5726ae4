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
}

/// One delivery that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// As the source names it.
    pub id: String,
    pub event: String,
    pub received_at: DateTime<Utc>,
    /// `used`, `nothing` or `unreadable`.
    pub outcome: String,
    /// What it brought, or why it could not be read.
    pub told: String,
}
