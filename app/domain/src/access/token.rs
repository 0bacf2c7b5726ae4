//! Access tokens: what a program may do in somebody's name, which is never more than that person may.

use super::Action;
use crate::id::{PersonId, TokenId};
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
    /// Set up services, people and the instance.
    Administer,
}

impl TokenScope {
    /// All scopes, the harmless ones first.
    pub const ALL: [TokenScope; 6] = [
        TokenScope::Read,
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
