//! What is wrong with an input, field by field. Words for people are made by `app`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// It is needed.
    Missing,
    /// Fewer characters than this.
    TooShort { least: u32 },
    /// More characters than this.
    TooLong { most: u32 },
    /// A number out of bounds.
    Range { least: f64, most: f64 },
    /// Not a short name: a-z, 0-9 and `-`, with a letter first.
    Name,
    /// Not an http or https address.
    Url,
    /// Not an e-mail address.
    Email,
    /// Not a semantic version, such as 1.2.3.
    Version,
    /// Not a date and time.
    Time,
    /// The end is not after the start.
    Order,
    /// Somebody else has it already.
    Taken,
    /// Neither a link nor a sentence of at least this many characters.
    Evidence { least: u32 },
    /// Not `sha256:` and 64 hexadecimal digits, nor a commit of 7 to 64.
    Digest,
    /// Does not match what was entered before, or what is kept.
    Mismatch,
    /// Names something that does not exist.
    Unknown,
    /// Could not be read: why, as the parser put it.
    Unreadable { why: String },
    /// An address of everybody's instead of one tenant's.
    Tenant,
    /// The line with this number is not `group = role`.
    Groups { line: u32 },
    /// A length in days out of bounds.
    Days { least: f64, most: f64 },
    /// A recurrence that never comes.
    Never,
    /// A recurrence that comes more often than this within the time that is looked ahead.
    TooOften { most: u32 },
    /// A policy that its present members can't satisfy: this many could.
    TooFew { have: u32, need: u32 },
}

/// Problems by field. Several fields may be wrong at once; the first problem of a field is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldErrors(pub BTreeMap<String, Problem>);

impl FieldErrors {
    /// One field is wrong.
    pub fn one(field: &str, problem: Problem) -> FieldErrors {
        let mut errors = FieldErrors::default();
        errors.add(field, problem);
        errors
    }

    pub fn add(&mut self, field: &str, problem: Problem) {
        self.0.entry(field.to_owned()).or_insert(problem);
    }

    pub fn get(&self, field: &str) -> Option<&Problem> {
        self.0.get(field)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing is wrong.
    pub fn into_result(self) -> Result<(), FieldErrors> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// Adds [`Problem::Url`] unless the text is an http(s) address with a host.
pub fn check_url(errors: &mut FieldErrors, field: &str, text: &str) {
    if !is_url(text) {
        errors.add(
            field,
            if text.trim().is_empty() {
                Problem::Missing
            } else {
                Problem::Url
            },
        );
    }
}

/// An http or https address with a host and no white space.
pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    })
}

/// Adds a problem unless the text has between `least` and `most` characters.
pub fn check_length(errors: &mut FieldErrors, field: &str, text: &str, least: u32, most: u32) {
    let length = text.trim().chars().count() as u32;
    if length == 0 && least > 0 {
        errors.add(field, Problem::Missing);
    } else if length < least {
        errors.add(field, Problem::TooShort { least });
    } else if length > most {
        errors.add(field, Problem::TooLong { most });
    }
}

/// Adds [`Problem::Email`] unless the text looks like one address: one `@` with something on both sides, no white space.
pub fn check_email(errors: &mut FieldErrors, field: &str, text: &str) {
    let text = text.trim();
    let fine = matches!(text.split_once('@'), Some((left, right))
        if !left.is_empty() && right.len() > 2 && !right.contains('@'))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text.len() <= 254;
    if !fine {
        errors.add(
            field,
            if text.is_empty() {
                Problem::Missing
            } else {
                Problem::Email
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for fine in ["http://127.0.0.1:9000/x", "https://example.com"] {
            assert!(is_url(fine), "{fine}");
        }
        for bad in ["", "ftp://x", "https://", "https:// x", "javascript:alert(1)"] {
            assert!(!is_url(bad), "{bad}");
        }
    }

    #[test]
    fn the_first_problem_of_a_field_stays() {
        let mut errors = FieldErrors::one("name", Problem::Missing);
        errors.add("name", Problem::Taken);
        assert_eq!(errors.get("name"), Some(&Problem::Missing));
    }
}
