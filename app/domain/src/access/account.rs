//! Service accounts: programs with a role of their own. They act by access tokens, sign in nowhere, and count as nobody's approval.

use super::Role;
use crate::field::{FieldErrors, check_length};
use crate::id::PersonId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    pub id: PersonId,
    /// Unique among the accounts that are not removed: `deploy-bot`.
    pub name: String,
    /// What it is for, and who looks after it.
    pub description: String,
    /// The role on the whole instance; teams give more.
    pub role: Role,
    pub created_at: DateTime<Utc>,
    /// Its teams, by name.
    pub teams: Vec<String>,
}

/// What is wrong with a service account's name and description, by field.
pub fn check_account(name: &str, description: &str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "name", name, 2, 60);
    check_length(&mut errors, "description", description, 3, 500);
    errors
}
