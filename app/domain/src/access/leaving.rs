//! What a person holds when they leave, and to whom it goes.

use super::{Person, Place};
use crate::gate::Lock;
use crate::id::{PersonId, ServiceId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// To whom a service goes that somebody owns who leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    pub service: ServiceId,
    pub to: PersonId,
}

/// A service that the person owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldService {
    pub id: ServiceId,
    pub name: String,
    /// Its other owners whose account is active. Nobody, and no team: it must go to somebody.
    pub others: Vec<Person>,
    /// Name of the team that owns it too.
    pub team: Option<String>,
}

/// A request for approval that waits, of a release for an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRequest {
    pub service: String,
    pub version: String,
    pub environment: String,
    pub since: DateTime<Utc>,
}

/// An incident that the person opened and that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIncident {
    pub number: i64,
    pub title: String,
    pub service: String,
}

/// A hold of the person's on an environment. It stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub place: Place,
    pub lock: Lock,
    /// Who may lift it there.
    pub lifters: Vec<Person>,
}

/// All that a person holds: what the page before a deactivation shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    pub person: Person,
    pub services: Vec<HeldService>,
    /// Active people who could take a service over.
    pub heirs: Vec<Person>,
    /// Requests that they made. They stay, and others may ask anew.
    pub requests: Vec<HeldRequest>,
    /// Requests that they approved and that nothing was deployed on yet: their approval does not count any more.
    pub approvals: Vec<HeldRequest>,
    pub incidents: Vec<OpenIncident>,
    /// Addresses of open invitations that they sent. They end.
    pub invitations: Vec<String>,
    pub locks: Vec<Standing>,
    /// Names of their teams. The membership stays and gives nothing.
    pub teams: Vec<String>,
    /// Browsers in which they are signed in.
    pub sessions: u32,
}
