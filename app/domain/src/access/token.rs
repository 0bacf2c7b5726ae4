//! Access tokens: what a program may do in somebody's name, which is never more than that person may.

use super::{Action, Actor, Scope, TABLE};
use crate::field::{FieldErrors, Problem, check_length};
use crate::id::{PersonId, TokenId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A part of what a person may do, given to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Read everything that the person can read.
    Read,
    /// Plan releases, tick items, ask for approval, report commits and checks.
    Plan,
    /// Deploy what all gates pass, and steer what runs.
    Deploy,
    /// Approve and reject, freeze, lift locks, override.
    Approve,
    /// Open, edit and publish incidents.
    Incident,
    /// Change the person's own profile, and end their sessions. Not the password: what a token sets would outlast it.
    Profile,
    /// Set up services, people and the instance.
    Administer,
}

impl TokenScope {
    /// All scopes, the harmless ones first.
    pub const ALL: [TokenScope; 7] = [
        TokenScope::Read,
        TokenScope::Profile,
        TokenScope::Plan,
        TokenScope::Deploy,
        TokenScope::Incident,
        TokenScope::Approve,
        TokenScope::Administer,
    ];

    /// The word by which the scope is stored and posted.
    pub fn key(self) -> &'static str {
        match self {
            TokenScope::Read => "read",
            TokenScope::Plan => "plan",
            TokenScope::Deploy => "deploy",
            TokenScope::Approve => "approve",
            TokenScope::Incident => "incident",
            TokenScope::Profile => "profile",
            TokenScope::Administer => "administer",
        }
    }

    /// The scope with this word.
    pub fn from_key(key: &str) -> Option<TokenScope> {
        TokenScope::ALL.into_iter().find(|scope| scope.key() == key)
    }

    /// The scope that an action belongs to: each belongs to exactly one.
    pub fn of(action: Action) -> TokenScope {
        match action {
            Action::Read => TokenScope::Read,
            Action::KeepProfile => TokenScope::Profile,
            Action::Comment | Action::PlanRelease | Action::TickItem | Action::RequestApproval => TokenScope::Plan,
            Action::Deploy | Action::Steer => TokenScope::Deploy,
            Action::Approve | Action::Freeze | Action::LiftLock | Action::Override => TokenScope::Approve,
            Action::EditIncident | Action::PublishStatus => TokenScope::Incident,
            Action::ManageService
            | Action::ManageTarget
            | Action::ManagePolicy
            | Action::ManageTemplate
            | Action::ManagePeople
            | Action::ManageInstance => TokenScope::Administer,
        }
    }
}

/// The token by which somebody asks, while it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUse {
    pub id: TokenId,
    pub scopes: Vec<TokenScope>,
}

impl TokenUse {
    /// Whether the token reaches as far as this action.
    pub fn reaches(&self, action: Action) -> bool {
        self.scopes.contains(&TokenScope::of(action))
    }
}

/// A token's deed, as it is kept: which token, and in whose name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ByToken {
    pub token: TokenId,
    pub person: PersonId,
}

/// The longest time that a token may last, in days.
pub const TOKEN_DAYS: u32 = 365;

/// What a person enters for a new token.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    /// What it is for, in the person's own words.
    pub name: String,
    pub scopes: Vec<TokenScope>,
    /// After so many days it ends by itself, 1 to [`TOKEN_DAYS`].
    pub days: u32,
}

impl TokenForm {
    /// What is wrong, by field: `name`, `scopes` (`Missing`, or `Unknown` for one that the person could use nowhere), `days`.
    pub fn check(&self, actor: &Actor) -> FieldErrors {
        let mut errors = FieldErrors::default();
        check_length(&mut errors, "name", &self.name, 2, 80);
        if self.scopes.is_empty() {
            errors.add("scopes", Problem::Missing);
        } else if self.scopes.iter().any(|scope| !usable(actor, *scope)) {
            errors.add("scopes", Problem::Unknown);
        }
        if !(1..=TOKEN_DAYS).contains(&self.days) {
            let most = f64::from(TOKEN_DAYS);
            errors.add("days", Problem::Range { least: 1.0, most });
        }
        errors
    }

    /// When a token ends that is made now.
    pub fn ends(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::days(i64::from(self.days))
    }
}

/// Whether a token with this scope could do anything at all in the person's name: on the instance, or where a team or an ownership gives it.
pub fn usable(actor: &Actor, scope: TokenScope) -> bool {
    let owned = actor.owns.iter().map(|service| Scope::Service(*service));
    let places = std::iter::once(Scope::Instance)
        .chain(actor.teams.iter().map(|held| held.on))
        .chain(owned);
    let person = Actor {
        token: None,
        ..actor.clone()
    };
    places.into_iter().any(|place| {
        TABLE
            .iter()
            .any(|(action, _)| TokenScope::of(*action) == scope && person.may(*action, place).is_ok())
    })
}

/// A token as it is listed. The token itself is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    pub id: TokenId,
    pub person: PersonId,
    pub name: String,
    pub scopes: Vec<TokenScope>,
    /// Its first characters, by which one that leaked is recognised.
    pub beginning: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// To the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Where it was used from last.
    pub last_network: Option<String>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Whether a token still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    Live,
    Expired,
    Revoked,
}

impl AccessToken {
    /// Whether it still works now, as far as the token itself says: its person must be active too.
    pub fn state(&self, now: DateTime<Utc>) -> TokenState {
        match (self.revoked_at, self.expires_at <= now) {
            (Some(_), _) => TokenState::Revoked,
            (None, true) => TokenState::Expired,
            (None, false) => TokenState::Live,
        }
    }

    /// Whether this person, or program, may end it: one's own by oneself, any by who manages people, and a program its own token.
    ///
    /// # Errors
    /// `Denied`, also for a program that would end another token of its person without the scope to administer.
    pub fn revocable_by(&self, actor: &Actor) -> Result<(), super::Denied> {
        let own = self.person == actor.id && actor.token.as_ref().is_none_or(|used| used.id == self.id);
        if own {
            return Ok(());
        }
        actor.may(Action::ManagePeople, Scope::Instance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use uuid::Uuid;

    fn actor(role: Role) -> Actor {
        Actor::new(PersonId(Uuid::from_u128(1)), role, Vec::new())
    }

    fn form(scopes: &[TokenScope]) -> TokenForm {
        TokenForm {
            name: "CI".into(),
            scopes: scopes.to_vec(),
            days: 90,
        }
    }

    #[test]
    fn scopes_never_exceed_the_person() {
        for (role, fitting) in [
            (Role::Viewer, vec![TokenScope::Read, TokenScope::Profile]),
            (
                Role::Support,
                vec![
                    TokenScope::Read,
                    TokenScope::Profile,
                    TokenScope::Plan,
                    TokenScope::Incident,
                ],
            ),
            (Role::Admin, TokenScope::ALL.to_vec()),
        ] {
            let found: Vec<_> = TokenScope::ALL
                .into_iter()
                .filter(|scope| usable(&actor(role), *scope))
                .collect();
            assert_eq!(found, fitting, "{role:?}");
        }
        let errors = form(&[TokenScope::Approve]).check(&actor(Role::Engineer));
        assert_eq!(errors.get("scopes"), Some(&Problem::Unknown));
    }

    #[test]
    fn a_token_has_an_end_within_a_year() {
        for (days, fine) in [(0, false), (1, true), (365, true), (366, false)] {
            let form = TokenForm {
                days,
                ..form(&[TokenScope::Read])
            };
            assert_eq!(form.check(&actor(Role::Viewer)).is_empty(), fine, "{days}");
        }
        assert!(!form(&[]).check(&actor(Role::Admin)).is_empty());
    }

    #[test]
    fn a_program_ends_its_own_token_and_no_other() {
        let (own, other) = (TokenId(Uuid::from_u128(7)), TokenId(Uuid::from_u128(8)));
        let token = AccessToken {
            id: own,
            person: PersonId(Uuid::from_u128(1)),
            name: "CI".into(),
            scopes: vec![TokenScope::Read],
            beginning: String::new(),
            created_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::days(1),
            last_used_at: None,
            last_network: None,
            revoked_at: None,
        };
        let by = |id| Actor {
            token: Some(TokenUse {
                id,
                scopes: vec![TokenScope::Read],
            }),
            ..actor(Role::Engineer)
        };
        assert!(token.revocable_by(&actor(Role::Engineer)).is_ok());
        assert!(token.revocable_by(&by(own)).is_ok());
        assert!(token.revocable_by(&by(other)).is_err());
        assert_eq!(token.state(DateTime::UNIX_EPOCH), TokenState::Live);
        assert_eq!(token.state(token.expires_at), TokenState::Expired);
    }
}
