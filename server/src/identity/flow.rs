//! A sign-in that is under way at a provider, kept in the session of the browser that began it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::id::{InvitationId, PersonId};
use domain::identity::FLOW_S;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::access::Wish;
use tower_sessions::Session;
use tower_sessions::session::Error;

/// The key of the session's record.
const FLOWS: &str = "flows";

/// As many sign-ins may be under way in one browser: several tabs, several providers.
const MOST: usize = 4;

/// What has to come back, and what for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    pub provider: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    pub purpose: Purpose,
    pub at: DateTime<Utc>,
}

/// What it was begun for, and where it leads.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    SignIn {
        next: String,
    },
    Link(PersonId),
    /// Somebody who is signed in proves again who they are.
    Confirm {
        person: PersonId,
        next: String,
    },
    /// The invitation's own link is not kept: it is known by its id from here on.
    Accept(InvitationId),
}

impl Purpose {
    /// What is wished of the instance; None: that it lets nobody in, but believes who is in already.
    pub fn wish(&self) -> Option<Wish> {
        match self {
            Purpose::SignIn { .. } => Some(Wish::SignIn),
            Purpose::Link(person) => Some(Wish::Link(*person)),
            Purpose::Accept(invitation) => Some(Wish::Accept(*invitation)),
            Purpose::Confirm { .. } => None,
        }
    }
}

/// Keeps a flow; the oldest one goes when there are too many.
pub async fn keep(session: &Session, flow: Flow) -> Result<(), Error> {
    let mut flows: Vec<Flow> = session.get(FLOWS).await?.unwrap_or_default();
    flows.push(flow);
    let surplus = flows.len().saturating_sub(MOST);
    session.insert(FLOWS, &flows[surplus..]).await
}

/// Takes the flow with this state out, whatever happens next: it is used once. It is gone from the database before this returns.
pub async fn take(session: &Session, provider: &str, state: &str, now: DateTime<Utc>) -> Result<Option<Flow>, Error> {
    let mut flows: Vec<Flow> = session.get(FLOWS).await?.unwrap_or_default();
    let Some(at) = flows.iter().position(|flow| same(&flow.state, state)) else {
        return Ok(None);
    };
    let flow = flows.remove(at);
    session.insert(FLOWS, &flows).await?;
    session.save().await?;
    let age = now - flow.at;
    let young = age >= TimeDelta::zero() && age <= TimeDelta::seconds(FLOW_S);
    Ok((young && flow.provider == provider).then_some(flow))
}

/// Compares hashes, so that the time that it takes tells nothing of the state.
fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one.as_bytes()) == Sha256::digest(other.as_bytes())
}
