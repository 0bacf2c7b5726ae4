//! Secrets: named values that commands are given and nobody reads again.

use crate::access::Person;
use crate::field::{FieldErrors, Problem};
use crate::id::{PersonId, SecretId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A shorter value could not be masked without hiding half of a log.
pub const LEAST: usize = 4;

/// The longest value, in bytes: a private key with its chain fits.
pub const MOST: usize = 64 * 1024;

/// What a plan needs of a secret: exactly this version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRef {
    pub id: SecretId,
    pub name: String,
    pub version: i32,
}

/// A secret as its page shows it: all but its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretLine {
    pub id: SecretId,
    pub name: String,
    /// The service that alone may use it; None: every service.
    pub service: Option<String>,
    pub version: i32,
    pub set_by: PersonId,
    pub set_at: DateTime<Utc>,
    /// When a command was last given it.
    pub used_at: Option<DateTime<Utc>>,
    /// Environments whose target names it: `storefront production`.
    pub used_by: Vec<String>,
    /// What its next version voids.
    pub voids: Voids,
}

/// Requests for approval that are for plans with the present version of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Voids {
    pub requests: u32,
    /// Approvals that were given on them.
    pub approvals: u32,
}

/// The page about secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretPage {
    pub secrets: Vec<SecretLine>,
    pub people: Vec<Person>,
    /// Services that can have secrets of their own.
    pub services: Vec<String>,
}

/// What is wrong with a name and a value, by field: `name`, `secret_value`.
pub fn check(name: &str, value: &str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if let Some(problem) = crate::service::name_problem(name) {
        errors.add("name", problem);
    }
    match value.len() {
        0 => errors.add("secret_value", Problem::Missing),
        length if length > MOST => errors.add("secret_value", Problem::TooLong { most: MOST as u32 }),
        // Environment variables end at a zero character.
        _ if value.contains('\0') => errors.add(
            "secret_value",
            Problem::Unreadable {
                why: "it holds a zero character".into(),
            },
        ),
        _ if value.trim().chars().count() < LEAST => {
            errors.add("secret_value", Problem::TooShort { least: LEAST as u32 });
        }
        _ => {}
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_masked_is_refused() {
        assert!(check("deploy-key", "s3cr3t").is_empty());
        for value in ["", "abc", "  abc \n", "ab\0cd", &"x".repeat(MOST + 1)] {
            assert!(check("deploy-key", value).get("secret_value").is_some());
        }
        assert_eq!(check("Deploy Key", "s3cr3t").get("name"), Some(&Problem::Name));
    }
}
