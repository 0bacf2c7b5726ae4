//! What must hold before an environment is deployed to.

use super::Tier;
use crate::access::Role;
use crate::field::{FieldErrors, Problem};
use serde::{Deserialize, Serialize};

/// An environment's rules. Versioned: a saved policy is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Distinct people who must approve a plan; 0: none.
    pub approvals: u32,
    /// Roles that count as approvers.
    pub approver_roles: Vec<Role>,
    /// Every checklist item done or not applicable.
    pub checklist: bool,
    /// The same artifact succeeded in the environment before this one.
    pub promotion: bool,
    /// The release has a rollback plan.
    pub rollback_plan: bool,
    /// A deployment starts only inside the release's planned window.
    pub window: bool,
    /// Who decides has proved who they are within so many minutes. None: signed in is enough. It is left out then, so that a plan from before has
    /// the digest that it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reauthenticate_min: Option<u32>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            approvals: 0,
            approver_roles: vec![Role::Approver, Role::Admin],
            checklist: false,
            promotion: false,
            rollback_plan: false,
            window: false,
            reauthenticate_min: None,
        }
    }
}

impl Policy {
    /// The procedure's rules for a tier: production needs a person, a checklist, staging first and a plan B.
    pub fn for_tier(tier: Tier) -> Policy {
        match tier {
            Tier::Development | Tier::Staging => Policy::default(),
            Tier::Production => Policy {
                approvals: 1,
                checklist: true,
                promotion: true,
                rollback_plan: true,
                ..Policy::default()
            },
        }
    }

    /// What is wrong with it by itself, by field.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let (least, most) = crate::access::PROOF_MINUTES;
        if self
            .reauthenticate_min
            .is_some_and(|minutes| !(least..=most).contains(&minutes))
        {
            let problem = Problem::Range {
                least: least.into(),
                most: most.into(),
            };
            errors.add("reauthenticate_min", problem);
        }
        errors
    }
}
