//! What a use case answers when it does not do what it was asked.

use crate::access::Half;
use domain::access::Denied;
use domain::deployment::SteerRefused;
use domain::field::{FieldErrors, Problem};
use domain::gate::Reason;
use domain::identity::{Needed, Refusal};

/// Why a use case did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was named does not exist.
    #[error("not found")]
    NotFound,
    /// Somebody else was faster: the row version is older than the one kept, or a unique race was lost. Nothing was written.
    #[error("changed by somebody else")]
    Conflict,
    /// The role does not grant it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Gates that do not pass.
    #[error("refused by gates")]
    Refused(Vec<Reason>),
    /// A rule says no.
    #[error("refused: {0:?}")]
    Rule(Rule),
    /// Fields that are wrong.
    #[error("invalid input: {0:?}")]
    Invalid(FieldErrors),
    /// What is sealed could not be opened, or sealed.
    #[error(transparent)]
    Vault(#[from] crate::VaultError),
    /// Postgres, or the way to it.
    #[error(transparent)]
    Db(sqlx::Error),
}

/// A rule of the instance that refused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The command does not fit the run.
    SteerRefused(SteerRefused),
    /// Who planned or asked can't approve.
    SeparationOfDuties,
    /// It has been settled already, or nothing is asked for.
    NothingToDo,
    /// Too many failed sign-ins; another one counts after this many seconds.
    TooManyAttempts { retry_after_s: u32 },
    /// E-mail and password do not belong together, or the account is not active. Which of them is not told.
    WrongCredentials,
    /// The password was right, and a code of the second factor has to follow: nobody is signed in.
    CodeNeeded(Half),
    /// The account has no password, so nothing can be the second factor to it, or proved by it.
    NoPassword,
    /// The policy asks who decides to prove again who they are.
    ProveAgain { within_min: u32 },
    /// The policy asks for a proof that a program can't give.
    NotByToken,
    /// The set-up code is not the one that was printed at the last start.
    CodeWrong,
    /// The invitation was accepted, revoked, has expired, or never existed.
    InvitationEnded,
    /// The link for a new password was used, has expired, or never existed.
    ResetEnded,
    /// The instance would be left without an active administrator.
    LastAdmin,
    /// The first administrator exists.
    AlreadySetUp,
    /// There is no administrator yet.
    NotSetUp,
    /// Deployments of it are under way.
    InUse,
    /// A team owns services: they go to somebody else first.
    OwnsServices,
    /// A target names the secret, or a deployment that needs it has not ended.
    SecretInUse,
    /// Nobody comes in by what the provider said.
    Identity(Refusal),
    /// People sign in by providers alone on this instance.
    PasswordsOff,
    /// It has to stay switched on, or as it is, so that an administrator comes in.
    Needed(Needed),
    /// Nothing would be left by which the person could come in.
    LastWayIn,
    /// A secret was sealed by a key that this instance does not have.
    Unsealed,
}

impl Error {
    /// One field is wrong.
    pub fn field(field: &str, problem: Problem) -> Error {
        Error::Invalid(FieldErrors::one(field, problem))
    }
}

impl From<Rule> for Error {
    fn from(rule: Rule) -> Error {
        Error::Rule(rule)
    }
}

impl From<Needed> for Error {
    fn from(needed: Needed) -> Error {
        Error::Rule(Rule::Needed(needed))
    }
}

impl From<SteerRefused> for Error {
    fn from(refused: SteerRefused) -> Error {
        Error::Rule(Rule::SteerRefused(refused))
    }
}

impl From<FieldErrors> for Error {
    fn from(errors: FieldErrors) -> Error {
        Error::Invalid(errors)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        if matches!(error, sqlx::Error::RowNotFound) {
            return Error::NotFound;
        }
        let refused = error.as_database_error().and_then(|db| {
            let code = db.code().unwrap_or_default();
            refusal(&code, db.constraint().unwrap_or_default())
        });
        refused.unwrap_or(Error::Db(error))
    }
}

/// What a failed constraint means to the person who ran into it. Unnamed unique races and lost serialisations are conflicts.
fn refusal(code: &str, constraint: &str) -> Option<Error> {
    const UNIQUE: &str = "23505";
    const FOREIGN: &str = "23503";
    const LOST: [&str; 2] = ["40001", "40P01"];
    // A zero character, which Postgres keeps in no text and no JSON; a moment before its first or after its last one.
    const UNKEPT: [&str; 3] = ["22021", "22P05", "22008"];
    let taken = |field: &str| Some(Error::field(field, Problem::Taken));
    match (code, constraint) {
        (UNIQUE, "release_version") => taken("version"),
        (UNIQUE, "person_email") => taken("email"),
        (UNIQUE, "service_name_key" | "team_name" | "person_service_name" | "webhook_name") => taken("name"),
        (UNIQUE, "environment_name") => taken("environments"),
        (UNIQUE, "sign_in_provider_slug_key") => taken("slug"),
        (UNIQUE, "identity_subject") => Some(Error::Rule(Rule::Identity(Refusal::LinkedElsewhere))),
        (UNIQUE, "identity_one") => Some(Error::Rule(Rule::Identity(Refusal::HasOne))),
        (UNIQUE, "approval_once") => Some(Error::Rule(Rule::NothingToDo)),
        // What was referred to has gone meanwhile, or is referred to meanwhile.
        (UNIQUE | FOREIGN, _) => Some(Error::Conflict),
        (code, _) if LOST.contains(&code) => Some(Error::Conflict),
        (code, _) if UNKEPT.contains(&code) => {
            let why = "it holds a zero character, or a moment that no calendar here has".into();
            Some(Error::field("form", Problem::Unreadable { why }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_become_fields() {
        for (constraint, field) in [
            ("release_version", "version"),
            ("person_email", "email"),
            ("service_name_key", "name"),
            ("team_name", "name"),
            ("person_service_name", "name"),
            ("environment_name", "environments"),
        ] {
            match refusal("23505", constraint) {
                Some(Error::Invalid(errors)) => assert_eq!(errors.get(field), Some(&Problem::Taken)),
                other => panic!("{constraint}: {other:?}"),
            }
        }
    }

    /// A program or a person sent it: nothing of it is this side's fault.
    #[test]
    fn what_postgres_can_not_keep_is_invalid_and_no_failure() {
        for code in ["22021", "22P05", "22008"] {
            assert!(matches!(refusal(code, ""), Some(Error::Invalid(_))), "{code}");
        }
    }

    #[test]
    fn races_become_conflicts_and_the_rest_stays() {
        for code in ["23505", "23503", "40001", "40P01"] {
            assert!(matches!(refusal(code, "some_index"), Some(Error::Conflict)), "{code}");
        }
        assert!(refusal("57014", "").is_none());
    }
}
