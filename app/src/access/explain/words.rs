//! Grounds and refusals in words. Pure.

use crate::access::team::words::place_words;
use crate::event_words::join;
use domain::access::{Explanation, Ground, PersonAccess, Place, Role, Scope, Source};

/// Why, as one or more short sentences without a full stop: "engineer by team Payments on storefront".
pub fn why(explanation: &Explanation, access: &PersonAccess, here: &Place) -> String {
    match explanation {
        Explanation::Granted { grounds } => {
            let grounds: Vec<String> = grounds.iter().map(|one| ground(one, access)).collect();
            join(&grounds.iter().map(String::as_str).collect::<Vec<_>>(), "and")
        }
        Explanation::TokenEnds { needs } => format!("the person may; the token lacks the scope {}", needs.key()),
        Explanation::NotOwner { role } => format!(
            "{} may on services that they own; this is not an owner of {}",
            many(*role),
            here.service
        ),
        Explanation::NoRole { roles, owners } => only(roles, owners),
    }
}

/// A role and where it comes from.
pub fn ground(ground: &Ground, access: &PersonAccess) -> String {
    let role = crate::words::role(ground.role).to_lowercase();
    let owner = if ground.as_owner {
        ", as an owner of the service"
    } else {
        ""
    };
    match ground.source {
        Source::Own => format!("{role} on the whole instance{owner}"),
        Source::Team { team, on } => {
            let name = access.teams.iter().find(|(id, _)| *id == team);
            let name = name.map_or("that is gone", |(_, name)| name.as_str());
            format!("{role} by team {name} on {}{owner}", place_of(on, access))
        }
    }
}

fn place_of(on: Scope, access: &PersonAccess) -> String {
    let found = access.places.iter().find(|place| place.on == on);
    found.map_or_else(|| "what is gone".to_owned(), place_words)
}

fn only(roles: &[Role], owners: &[Role]) -> String {
    let mut who: Vec<String> = roles.iter().map(|role| many(*role).to_owned()).collect();
    who.extend(owners.iter().map(|role| format!("{} who own the service", many(*role))));
    let who: Vec<&str> = who.iter().map(String::as_str).collect();
    format!("only {}", join(&who, "and"))
}

fn many(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewers",
        Role::Support => "support",
        Role::Engineer => "engineers",
        Role::Approver => "approvers",
        Role::Admin => "administrators",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::{Action, Actor, Person, TeamRole, explain};
    use domain::id::{PersonId, ServiceId, TeamId};
    use uuid::Uuid;

    /// A viewer who owns storefront, and whose team Payments makes them an engineer there if `in_team`.
    fn scene(in_team: bool) -> (PersonAccess, Place) {
        let (id, service, team) = (PersonId(Uuid::nil()), ServiceId(Uuid::nil()), TeamId(Uuid::nil()));
        let here = Place {
            on: Scope::Service(service),
            service: "storefront".into(),
            environment: String::new(),
        };
        let held = TeamRole {
            team,
            role: Role::Engineer,
            on: here.on,
        };
        let access = PersonAccess {
            person: Person {
                id,
                name: "Vic".into(),
                email: String::new(),
                role: Role::Viewer,
                active: true,
            },
            actor: Actor {
                teams: in_team.then_some(held).into_iter().collect(),
                ..Actor::new(id, Role::Viewer, vec![service])
            },
            teams: vec![(team, "Payments".into())],
            places: vec![Place::instance(), here.clone()],
            token: None,
        };
        (access, here)
    }

    fn said(in_team: bool, action: Action) -> String {
        let (access, here) = scene(in_team);
        why(&explain(&access.actor, action, here.on), &access, &here)
    }

    #[test]
    fn grounds_are_named() {
        assert_eq!(said(true, Action::Deploy), "engineer by team Payments on storefront");
        assert_eq!(
            said(true, Action::ManageService),
            "engineer by team Payments on storefront, as an owner of the service"
        );
        assert_eq!(
            said(true, Action::Read),
            "viewer on the whole instance and engineer by team Payments on storefront"
        );
    }

    #[test]
    fn a_no_says_who_may() {
        assert_eq!(said(false, Action::Approve), "only approvers and administrators");
        assert_eq!(
            said(false, Action::ManageService),
            "only administrators and engineers who own the service"
        );
        let (mut access, here) = scene(true);
        access.actor.owns.clear();
        let explanation = explain(&access.actor, Action::ManageService, here.on);
        assert_eq!(
            why(&explanation, &access, &here),
            "engineers may on services that they own; this is not an owner of storefront"
        );
    }
}
