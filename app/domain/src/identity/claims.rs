//! What a provider says of somebody, read from claims that have been verified already.

use super::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest text that is taken over from a claim, in bytes.
const MOST: usize = 300;
/// The most groups that are looked at.
const GROUPS: usize = 1000;

/// What a provider asserts of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Asserted {
    pub issuer: String,
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    pub groups: Vec<String>,
    /// The person is in more groups than it tells: whoever is missing among them may be there all the same.
    #[serde(default)]
    pub groups_left_out: bool,
}

/// Reads claims: those of the ID token first, and what it does not say from the user info. An address and whether it is verified are read from
/// one of them, never one from each.
///
/// # Errors
/// `NotTrusted` without a subject, or with one that can't be kept.
pub fn asserted(
    issuer: &str,
    id_token: &Map<String, Value>,
    user_info: &Map<String, Value>,
    groups_claim: &str,
) -> Result<Asserted, Refusal> {
    let subject = text(id_token, "sub").ok_or(Refusal::NotTrusted)?;
    if user_info
        .get("sub")
        .is_some_and(|other| other.as_str() != Some(&subject))
    {
        return Err(Refusal::NotTrusted);
    }
    let source = [id_token, user_info].into_iter().find(|claims| email(claims).is_some());
    let name = [id_token, user_info]
        .into_iter()
        .find_map(|claims| text(claims, "name").or_else(|| text(claims, "preferred_username")));
    let told = [id_token, user_info]
        .into_iter()
        .find_map(|claims| claims.get(groups_claim));
    let groups_left_out = match told {
        Some(told) => told.as_array().is_some_and(|all| all.len() > GROUPS),
        None => [id_token, user_info]
            .into_iter()
            .any(|claims| left_out(claims, groups_claim)),
    };
    let groups = told.map(groups).unwrap_or_default();
    Ok(Asserted {
        issuer: issuer.to_owned(),
        subject,
        email: source.and_then(email),
        // The word itself: a text or a number that looks like it is no proof.
        email_verified: source.is_some_and(|claims| claims.get("email_verified") == Some(&Value::Bool(true))),
        name,
        groups,
        groups_left_out,
    })
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    let text = claims.get(name)?.as_str()?;
    let fine = !text.trim().is_empty() && text.len() <= MOST && !text.chars().any(char::is_control);
    fine.then(|| text.to_owned())
}

fn email(claims: &Map<String, Value>) -> Option<String> {
    let email = text(claims, "email")?;
    let mut errors = crate::field::FieldErrors::default();
    crate::field::check_email(&mut errors, "email", &email);
    errors.is_empty().then(|| email.trim().to_owned())
}

/// Whether a provider says that there are groups and where they could be asked for, instead of naming them: as Microsoft's does of who is in more
/// than 200 of them (`_claim_names`, or `hasgroups` where there is no room for that).
fn left_out(claims: &Map<String, Value>, groups_claim: &str) -> bool {
    let elsewhere = claims.get("_claim_names").and_then(Value::as_object);
    let has = match claims.get("hasgroups") {
        Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
        other => other == Some(&Value::Bool(true)),
    };
    has || elsewhere.is_some_and(|names| names.contains_key(groups_claim))
}

/// A list of names, a list of things with a name, or one name.
fn groups(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many
            .iter()
            .take(GROUPS)
            .filter_map(|one| one.as_str().or_else(|| one.get("name").and_then(Value::as_str)))
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}
