//! Who may come in by whom: providers, what they assert, and the rules by which an assertion becomes a person here.
//!
//! An identity is an issuer and a subject. An e-mail address is proof only where the provider says that it has verified it, and is one that means
//! it: otherwise whoever can write an address into a foreign directory would be that person here.

mod claims;
mod provider;
mod standing;
#[cfg(test)]
mod tests;

pub use claims::{Asserted, asserted};
pub use provider::{GroupRole, Provider, ProviderForm, ProviderKind, Settings, domains_text, groups_text};
pub use standing::{Keyholder, Needed, Standing};

use crate::access::Role;
use crate::id::PersonId;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long a sign-in at a provider may take, in seconds: what was begun longer ago is not taken up again.
pub const FLOW_S: i64 = 600;

/// By how many seconds the clocks of a provider and of this instance may differ.
pub const SKEW_S: i64 = 60;

/// Why nobody came in. Which account exists here is not told to who has not proved to be its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No such sign-in was begun in this browser, it has been taken up already, or it is older than [`FLOW_S`].
    Stale,
    /// There is no such provider, or it is switched off.
    NoProvider,
    /// The person said no at the provider, or the provider did.
    Declined,
    /// The provider did not answer, or not as one.
    Unreachable,
    /// The provider refused what we sent: the client's id, its secret, or the address to come back to.
    Misconfigured,
    /// What came back was not made by this provider, for this instance, or for this sign-in.
    NotTrusted,
    /// What came back has expired, or was made in the future: the clocks differ by more than [`SKEW_S`].
    Clock,
    /// The account is closed.
    Deactivated,
    /// Nobody here is known by it, and strangers may not join.
    NotInvited,
    /// The provider does not vouch for the e-mail address.
    EmailNotProven,
    /// The e-mail address is not of a domain that may join.
    Domain,
    /// It belongs to another person here already.
    LinkedElsewhere,
    /// The person has one of this provider already.
    HasOne,
    /// Roles follow from groups, and the provider leaves out the groups of this person, of which there are too many.
    GroupsLeftOut,
    /// Who came back is not who is signed in here.
    SomebodyElse,
    /// The provider let somebody through without asking them again, though it was asked to.
    NotAskedAgain,
}

/// Whether a provider that was asked to ask again did so. It says when it last did, if it `tells` that at all; only one that never tells is
/// believed without it: otherwise whoever sits at an open browser takes the wish out of the address, and is let through.
pub fn asked_again(tells: bool, last: Option<DateTime<Utc>>, begun: DateTime<Utc>) -> bool {
    last.map_or(!tells, |last| last >= begun - TimeDelta::seconds(SKEW_S))
}

/// What somebody wants who comes back from a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// To come in.
    SignIn,
    /// To be able to come in by it later. Signed in as this person.
    Link(PersonId),
    /// To become a person here, by an open invitation with this role.
    Invited { role: Role },
}

/// A person, as far as the rules need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    pub person: PersonId,
    pub active: bool,
}

/// What is known here of what came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// Whose identity it is.
    pub linked: Option<Holder>,
    /// Who has the asserted e-mail address.
    pub by_email: Option<Holder>,
    /// Whether the person who would get it has another identity of this provider.
    pub has_one: bool,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The identity is this person's.
    Enter(PersonId),
    /// It becomes this person's.
    Link(PersonId),
    /// A new person, with this role unless a group gives another.
    Join(Role),
}

/// Whether this identity may come in, and as whom.
///
/// # Errors
/// The reason why not.
pub fn decide(intent: Intent, settings: &Settings, asserted: &Asserted, known: &Known) -> Result<Verdict, Refusal> {
    let verdict = who(intent, settings, asserted, known)?;
    // Without its groups nobody can tell which role somebody has: neither is one taken away in silence, nor does one stay that has gone there.
    let follows_groups = !settings.groups.is_empty() && !matches!(intent, Intent::Link(_));
    if follows_groups && asserted.groups_left_out {
        return Err(Refusal::GroupsLeftOut);
    }
    Ok(verdict)
}

fn who(intent: Intent, settings: &Settings, asserted: &Asserted, known: &Known) -> Result<Verdict, Refusal> {
    match (intent, known.linked) {
        (Intent::Link(person), Some(holder)) if holder.person == person => Ok(Verdict::Enter(person)),
        (Intent::Link(_) | Intent::Invited { .. }, Some(_)) => Err(Refusal::LinkedElsewhere),
        (Intent::Link(_), None) if known.has_one => Err(Refusal::HasOne),
        (Intent::Link(person), None) => Ok(Verdict::Link(person)),
        // The invitation's link is the proof, as it is with a password.
        (Intent::Invited { role }, None) => Ok(Verdict::Join(role)),
        (Intent::SignIn, Some(Holder { active: false, .. })) => Err(Refusal::Deactivated),
        (Intent::SignIn, Some(holder)) => Ok(Verdict::Enter(holder.person)),
        (Intent::SignIn, None) => stranger(settings, asserted, known),
    }
}

fn stranger(settings: &Settings, asserted: &Asserted, known: &Known) -> Result<Verdict, Refusal> {
    let proven = settings.kind.vouches() && asserted.email_verified && asserted.email.is_some();
    if !proven {
        return Err(Refusal::EmailNotProven);
    }
    if !settings.admits_domain(asserted.email.as_deref().unwrap_or_default()) {
        return Err(Refusal::Domain);
    }
    match known.by_email {
        Some(Holder { active: false, .. }) => Err(Refusal::Deactivated),
        Some(_) if known.has_one => Err(Refusal::HasOne),
        Some(holder) => Ok(Verdict::Link(holder.person)),
        None if settings.joins => Ok(Verdict::Join(settings.join_role)),
        None => Err(Refusal::NotInvited),
    }
}

/// A role, and whether a group gave it: then it goes when the group does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub role: Role,
    pub by_group: bool,
}

/// The role after a sign-in: the highest of those that the groups give; what a group gave and none gives any more falls back to the role of who
/// joins; what was given here stays.
pub fn role_after(settings: &Settings, groups: &[String], held: Held) -> Held {
    let given = settings
        .groups
        .iter()
        .filter(|rule| groups.iter().any(|group| group.eq_ignore_ascii_case(&rule.group)))
        .map(|rule| rule.role)
        .max();
    match given {
        Some(role) => Held { role, by_group: true },
        None if held.by_group => Held {
            role: settings.join_role,
            by_group: false,
        },
        None => held,
    }
}

/// A way in that the sign-in page offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    pub slug: String,
    pub name: String,
}

/// The ways in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    pub passwords: bool,
    pub providers: Vec<Door>,
}

/// An identity of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    pub id: crate::id::IdentityId,
    pub provider: String,
    /// As whom the provider knew the person at the last sign-in.
    pub email: Option<String>,
    pub linked_at: chrono::DateTime<chrono::Utc>,
    pub used_at: Option<chrono::DateTime<chrono::Utc>>,
}
