//! The first page: what is in flight, what runs where, what waits for me; and what the palette finds.

use crate::access::Person;
use crate::deployment::DeploymentLine;
use crate::freeze::{Entry, PlaceNames};
use crate::incident::IncidentLine;
use crate::service::EnvironmentState;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// All that the first page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HomePage {
    pub in_flight: Vec<DeploymentLine>,
    /// Whom those in flight mention.
    pub people: Vec<Person>,
    pub services: Vec<HomeService>,
    pub waits: Vec<Waits>,
    pub incidents: Vec<IncidentLine>,
    /// Freezes that hold now.
    pub frozen: Vec<Entry>,
    /// What the places of these are called.
    pub places: PlaceNames,
    /// The sample workspace is loaded.
    pub sample: bool,
    pub now: DateTime<Utc>,
}

/// A service's line of the matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HomeService {
    pub name: String,
    pub environments: Vec<EnvironmentState>,
}

/// Something that waits for me.
#[allow(
    clippy::large_enum_variant,
    reason = "a handful of them at once, each sent over the wire and drawn once"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "waits", rename_all = "snake_case")]
pub enum Waits {
    /// An approval that I could give.
    Approve {
        service: String,
        version: String,
        environment: String,
        since: DateTime<Utc>,
    },
    /// A deployment that a person must decide on.
    Decide {
        deployment: DeploymentLine,
        since: DateTime<Utc>,
    },
    /// A report that is not finished.
    Report {
        incident: IncidentLine,
        since: DateTime<Utc>,
    },
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub kind: HitKind,
    pub title: String,
    pub hint: String,
    pub href: String,
}

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    Person,
    Service,
    Release,
    Deployment,
    Incident,
}

/// How many things a person's navigation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub releases: i64,
    pub deployments: i64,
    pub incidents: i64,
}
