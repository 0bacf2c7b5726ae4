//! Teams in words. Pure.

use domain::access::{Place, Scope, TeamGrant};
use domain::id::TeamId;

/// A team's page.
pub fn address(id: TeamId) -> String {
    format!("/administration/teams/{id}")
}

/// A place as one reads it: "the whole instance", "storefront", "storefront production".
pub fn place_words(place: &Place) -> String {
    match place.on {
        Scope::Instance => "the whole instance".to_owned(),
        Scope::Service(_) => place.service.clone(),
        Scope::Environment { .. } => format!("{} {}", place.service, place.environment),
    }
}

/// A place as one chooses it: a service says that it is meant as a whole.
pub fn place_choice(place: &Place) -> String {
    match place.on {
        Scope::Instance => "The whole instance".to_owned(),
        Scope::Service(_) => format!("{}, all environments", place.service),
        Scope::Environment { .. } => place_words(place),
    }
}

/// A role that a team gives: "Engineer on storefront".
pub fn grant_words(grant: &TeamGrant) -> String {
    format!("{} on {}", crate::words::role(grant.role), place_words(&grant.place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::Role;
    use domain::id::{EnvironmentId, ServiceId};

    #[test]
    fn a_place_says_how_far_it_reaches() {
        let service = ServiceId(uuid());
        let named = |on, environment: &str| Place {
            on,
            service: "storefront".into(),
            environment: environment.into(),
        };
        let environment = EnvironmentId(uuid());
        let there = named(Scope::Environment { service, environment }, "production");
        assert_eq!(
            place_choice(&named(Scope::Service(service), "")),
            "storefront, all environments"
        );
        assert_eq!(place_words(&Place::instance()), "the whole instance");
        let grant = TeamGrant {
            role: Role::Approver,
            place: there,
        };
        assert_eq!(grant_words(&grant), "Approver on storefront production");
    }

    fn uuid() -> uuid::Uuid {
        uuid::Uuid::nil()
    }
}
