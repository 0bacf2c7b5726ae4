//! Teams: roles that hold on the instance, on a service or on one environment, for whoever is a member.

use super::{Person, Role, Scope};
use crate::field::{FieldErrors, check_length};
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

impl Scope {
    /// The words by which a scope is posted and stands in an address: `instance`, a service's id, or a service's and an environment's.
    pub fn key(self) -> String {
        match self {
            Scope::Instance => "instance".to_owned(),
            Scope::Service(service) => service.to_string(),
            Scope::Environment { service, environment } => format!("{service}.{environment}"),
        }
    }

    /// The scope with these words.
    pub fn from_key(key: &str) -> Option<Scope> {
        if key == "instance" {
            return Some(Scope::Instance);
        }
        match key.split_once('.') {
            None => key.parse().ok().map(Scope::Service),
            Some((service, environment)) => Some(Scope::Environment {
                service: service.parse().ok()?,
                environment: environment.parse().ok()?,
            }),
        }
    }

    /// The environment that this is.
    pub fn environment(self) -> Option<crate::id::EnvironmentId> {
        match self {
            Scope::Environment { environment, .. } => Some(environment),
            Scope::Instance | Scope::Service(_) => None,
        }
    }
}

/// People who work together, and get roles together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub id: TeamId,
    /// Unique on the instance, whatever the case of its letters.
    pub name: String,
    pub description: String,
    /// Counts the edits; an edit that names an older one is a conflict.
    pub row_version: i32,
}

/// A place where a role can hold, by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub on: Scope,
    /// Name of the service. Empty on the instance.
    pub service: String,
    /// Name of the environment. Empty on the instance and on a service as a whole.
    pub environment: String,
}

impl Place {
    /// The instance as a whole.
    pub fn instance() -> Place {
        Place {
            on: Scope::Instance,
            service: String::new(),
            environment: String::new(),
        }
    }
}

/// A role that a team gives, and where, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamGrant {
    pub role: Role,
    pub place: Place,
}

/// A team in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamLine {
    pub team: Team,
    /// Members whose account is active.
    pub members: u32,
    pub grants: Vec<TeamGrant>,
}

/// A team with all that its page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamPage {
    pub team: Team,
    /// By name; also those whose account is closed, who get nothing by it.
    pub members: Vec<Person>,
    /// The widest first.
    pub grants: Vec<TeamGrant>,
    /// Active people and service accounts who are no members. Only for who may manage people.
    pub others: Vec<Person>,
    /// Where a role can be given, the instance first. Only for who may manage people.
    pub places: Vec<Place>,
}

/// What is wrong with a team's name and description, by field.
pub fn check_team(name: &str, description: &str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "name", name, 2, 60);
    check_length(&mut errors, "description", description, 0, 500);
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{EnvironmentId, ServiceId};
    use uuid::Uuid;

    #[test]
    fn a_scope_comes_back_from_its_words() {
        let service = ServiceId(Uuid::from_u128(7));
        for scope in [
            Scope::Instance,
            Scope::Service(service),
            Scope::Environment {
                service,
                environment: EnvironmentId(Uuid::from_u128(8)),
            },
        ] {
            assert_eq!(Scope::from_key(&scope.key()), Some(scope));
        }
        for wrong in [
            "",
            "storefront",
            ".",
            "instance.instance",
            "00000000-0000-0000-0000-000000000007.",
        ] {
            assert_eq!(Scope::from_key(wrong), None, "{wrong}");
        }
    }
}
