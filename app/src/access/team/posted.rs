//! What the forms about teams post, read on the server. Pure.

use domain::access::Scope;
use domain::field::{FieldErrors, Problem};

/// Somebody who was chosen in a list.
///
/// # Errors
/// The field's problem when nobody was, or what was posted is no id.
pub fn chosen<T: std::str::FromStr>(posted: &str, field: &str) -> Result<T, FieldErrors> {
    let problem = if posted.trim().is_empty() {
        Problem::Missing
    } else {
        Problem::Unknown
    };
    posted.trim().parse().map_err(|_| FieldErrors::one(field, problem))
}

/// A place that was chosen in a list.
///
/// # Errors
/// The problem of `on`.
pub fn place(posted: &str) -> Result<Scope, FieldErrors> {
    let problem = if posted.trim().is_empty() {
        Problem::Missing
    } else {
        Problem::Unknown
    };
    Scope::from_key(posted.trim()).ok_or_else(|| FieldErrors::one("on", problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::PersonId;

    #[test]
    fn nothing_chosen_is_missing_and_nonsense_unknown() {
        for (posted, problem) in [(" ", Problem::Missing), ("kim", Problem::Unknown)] {
            let errors = chosen::<PersonId>(posted, "person").expect_err("nobody");
            assert_eq!(errors.get("person"), Some(&problem));
            let errors = place(posted).expect_err("nowhere");
            assert_eq!(errors.get("on"), Some(&problem));
        }
    }
}
