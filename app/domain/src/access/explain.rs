//! What somebody may do at a place, and why: the same question as [`Actor::may`], answered with its grounds.

use super::{AccessToken, Action, Actor, Grant, Person, Place, Role, Scope, TokenScope, TokenState, grant};
use crate::id::TeamId;
use serde::{Deserialize, Serialize};

/// Where a role comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The person's own role on the instance.
    Own,
    /// A team's role, and where the team gives it.
    Team { team: TeamId, on: Scope },
}

/// A role that grants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    pub role: Role,
    pub source: Source,
    /// The role grants it because the person owns the service.
    pub as_owner: bool,
}

/// Yes or no, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Explanation {
    /// Each of these would be enough.
    Granted { grounds: Vec<Ground> },
    /// The person may, the token by which they ask does not reach so far.
    TokenEnds { needs: TokenScope },
    /// The person has a role that grants it to owners, and does not own the service.
    NotOwner { role: Role },
    /// None of the person's roles there grants it. These would; `owners` only to who owns the service.
    NoRole { roles: Vec<Role>, owners: Vec<Role> },
}

impl Explanation {
    /// Whether it is granted.
    pub fn yes(&self) -> bool {
        matches!(self, Explanation::Granted { .. })
    }
}

/// Why this actor may or may not do that there. It says yes exactly where [`Actor::may`] does.
pub fn explain(actor: &Actor, action: Action, scope: Scope) -> Explanation {
    let held: Vec<(Role, Source)> = held(actor, scope).collect();
    let grounds: Vec<Ground> = held
        .iter()
        .filter(|(role, _)| actor.granted(*role, action, scope))
        .map(|(role, source)| Ground {
            role: *role,
            source: *source,
            as_owner: grant(*role, action) == Grant::Own && scope.service().is_some(),
        })
        .collect();
    let needs = TokenScope::of(action);
    let reached = actor.token.as_ref().is_none_or(|token| token.reaches(action));
    if !grounds.is_empty() && reached {
        return Explanation::Granted { grounds };
    }
    if !grounds.is_empty() {
        return Explanation::TokenEnds { needs };
    }
    let owning = held.iter().find(|(role, _)| grant(*role, action) == Grant::Own);
    if let (Some((role, _)), true) = (owning, scope.service().is_some()) {
        return Explanation::NotOwner { role: *role };
    }
    let granting = |wanted: Grant| {
        Role::ALL
            .into_iter()
            .filter(|role| grant(*role, action) == wanted)
            .collect()
    };
    Explanation::NoRole {
        roles: granting(Grant::Yes),
        owners: granting(Grant::Own),
    }
}

/// The roles that somebody has there, each with its source: their own first.
fn held(actor: &Actor, scope: Scope) -> impl Iterator<Item = (Role, Source)> {
    let by_teams = actor.teams.iter().filter(move |held| held.on.covers(scope));
    let by_teams = by_teams.map(|held| {
        let source = Source::Team {
            team: held.team,
            on: held.on,
        };
        (held.role, source)
    });
    std::iter::once((actor.role, Source::Own)).chain(by_teams)
}

/// A person with all that decides what they may do, and the names to say it with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAccess {
    pub person: Person,
    /// The person as they would ask; by the token, when one was asked about. While the account is closed nobody asks: then none of it holds.
    pub actor: Actor,
    /// Their teams, by name.
    pub teams: Vec<(TeamId, String)>,
    /// Where something can be asked for, the instance first.
    pub places: Vec<Place>,
    /// The token that was asked about.
    pub token: Option<AskedToken>,
}

impl PersonAccess {
    /// Whether any of it holds: the account is open, and the token has not ended.
    pub fn works(&self) -> bool {
        let live = |asked: &AskedToken| asked.state == TokenState::Live;
        self.person.active && self.token.as_ref().is_none_or(live)
    }
}

/// A token that was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedToken {
    pub token: AccessToken,
    /// When it was asked.
    pub state: TokenState,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{TABLE, TeamRole, TokenUse};
    use crate::id::{EnvironmentId, PersonId, ServiceId, TokenId};
    use proptest::prelude::*;
    use uuid::Uuid;

    /// Two services with two environments each: enough for every way in which places lie to each other.
    fn scope() -> impl Strategy<Value = Scope> {
        let service = |n: u128| ServiceId(Uuid::from_u128(n));
        prop_oneof![
            Just(Scope::Instance),
            (1..=2u128).prop_map(move |n| Scope::Service(service(n))),
            (1..=2u128, 1..=2u128).prop_map(move |(n, m)| Scope::Environment {
                service: service(n),
                environment: EnvironmentId(Uuid::from_u128(n * 10 + m)),
            }),
        ]
    }

    fn role() -> impl Strategy<Value = Role> {
        proptest::sample::select(Role::ALL.to_vec())
    }

    fn actor() -> impl Strategy<Value = Actor> {
        let team_role = (1..=3u128, role(), scope()).prop_map(|(team, role, on)| TeamRole {
            team: TeamId(Uuid::from_u128(team)),
            role,
            on,
        });
        let token = proptest::option::of(proptest::sample::subsequence(TokenScope::ALL.to_vec(), 0..=7));
        let owns = proptest::sample::subsequence(vec![1u128, 2], 0..=2);
        (role(), owns, proptest::collection::vec(team_role, 0..4), token).prop_map(|(role, owns, teams, token)| Actor {
            id: PersonId(Uuid::from_u128(1)),
            role,
            owns: owns.into_iter().map(|n| ServiceId(Uuid::from_u128(n))).collect(),
            teams,
            token: token.map(|scopes| TokenUse {
                id: TokenId(Uuid::from_u128(5)),
                scopes,
            }),
        })
    }

    proptest! {
        #[test]
        fn it_says_yes_exactly_where_it_is_granted(actor in actor(), scope in scope()) {
            for (action, _) in TABLE {
                let explanation = explain(&actor, *action, scope);
                prop_assert_eq!(explanation.yes(), actor.may(*action, scope).is_ok(), "{:?}: {:?}", action, explanation);
            }
        }

        #[test]
        fn every_ground_is_enough_and_without_them_nothing_is_left(actor in actor(), scope in scope()) {
            let bare = Actor { token: None, ..actor };
            for (action, _) in TABLE {
                let Explanation::Granted { grounds } = explain(&bare, *action, scope) else { continue };
                for ground in &grounds {
                    // Somebody with this one role alone may as well.
                    let alone = match ground.source {
                        Source::Own => Actor { teams: Vec::new(), ..bare.clone() },
                        Source::Team { team, on } => Actor {
                            role: Role::Viewer,
                            teams: vec![TeamRole { team, role: ground.role, on }],
                            ..bare.clone()
                        },
                    };
                    prop_assert!(alone.may(*action, scope).is_ok(), "{:?} by {:?}", action, ground);
                    // And who is named as an owner is one.
                    prop_assert!(!ground.as_owner || scope.service().is_some_and(|service| bare.owns.contains(&service)));
                }
                let is_ground = |held: &TeamRole| grounds.iter().any(|ground| {
                    ground.source == Source::Team { team: held.team, on: held.on } && ground.role == held.role
                });
                let left = Actor {
                    role: Role::Viewer,
                    teams: bare.teams.iter().filter(|held| !is_ground(held)).copied().collect(),
                    ..bare.clone()
                };
                let everybodys = crate::access::grant(Role::Viewer, *action) == Grant::Yes;
                prop_assert!(everybodys || left.may(*action, scope).is_err(), "{:?} is left", action);
            }
        }

        #[test]
        fn a_no_names_what_would_be_enough(actor in actor(), scope in scope()) {
            for (action, _) in TABLE {
                match explain(&actor, *action, scope) {
                    Explanation::Granted { .. } => {}
                    Explanation::TokenEnds { needs } => {
                        let token = actor.token.clone().expect("only a token ends");
                        prop_assert!(!token.scopes.contains(&needs));
                        let person = Actor { token: None, ..actor.clone() };
                        prop_assert!(person.may(*action, scope).is_ok());
                    }
                    Explanation::NotOwner { role } => {
                        let owner = Actor { owns: scope.service().into_iter().collect(), token: None, ..actor.clone() };
                        prop_assert!(owner.may(*action, scope).is_ok(), "{:?} as an owning {:?}", action, role);
                    }
                    Explanation::NoRole { roles, owners } => {
                        prop_assert!(!roles.is_empty());
                        for role in roles {
                            let other = Actor { role, token: None, ..actor.clone() };
                            prop_assert!(other.may(*action, scope).is_ok());
                        }
                        for role in owners {
                            let owner = Actor { role, owns: scope.service().into_iter().collect(), token: None, ..actor.clone() };
                            prop_assert!(scope == Scope::Instance || owner.may(*action, scope).is_ok());
                        }
                    }
                }
            }
        }

        #[test]
        fn somewhere_is_one_of_the_places(actor in actor()) {
            let service = |n: u128| ServiceId(Uuid::from_u128(n));
            let environments = [(1, 11), (1, 12), (2, 21), (2, 22)].map(|(n, m)| Scope::Environment {
                service: service(n),
                environment: EnvironmentId(Uuid::from_u128(m)),
            });
            let mut places = vec![Scope::Instance, Scope::Service(service(1)), Scope::Service(service(2))];
            places.extend(environments);
            for (action, _) in TABLE {
                let found = places.iter().any(|place| actor.may(*action, *place).is_ok());
                prop_assert_eq!(actor.may_somewhere(*action), found, "{:?}", action);
            }
        }
    }
}
