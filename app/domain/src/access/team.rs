//! Teams: roles that hold on the instance, on a service or on one environment, for whoever is a member.

use super::{Role, Scope};
use crate::id::TeamId;
use serde::{Deserialize, Serialize};

/// A role that a team gives to its members, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TeamRole {
    pub team: TeamId,
    pub role: Role,
    pub on: Scope,
}

impl Scope {
    /// Whether what holds here holds there too: the instance covers all, a service covers its environments.
    pub fn covers(self, there: Scope) -> bool {
        match (self, there) {
            (Scope::Instance, _) => true,
            (Scope::Service(ours), Scope::Service(theirs)) => ours == theirs,
            (Scope::Service(ours), Scope::Environment { service, .. }) => ours == service,
            (
                Scope::Environment { environment: ours, .. },
                Scope::Environment {
                    environment: theirs, ..
                },
            ) => ours == theirs,
            (Scope::Service(_) | Scope::Environment { .. }, Scope::Instance) => false,
            (Scope::Environment { .. }, Scope::Service(_)) => false,
        }
    }

    /// The service that this is, or belongs to.
    pub fn service(self) -> Option<crate::id::ServiceId> {
        match self {
            Scope::Instance => None,
            Scope::Service(service) | Scope::Environment { service, .. } => Some(service),
        }
    }
}
