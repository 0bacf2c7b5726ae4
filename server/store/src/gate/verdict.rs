//! What the gates say of a release before an environment, for a program that waits for it.

use super::facts::standing;
use crate::release::read;
use crate::service::read::environments_of;
use crate::tx::begin;
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::event::{Stream, StreamKind};
use domain::gate::{GateResult, evaluate};
use domain::plan::PlanDigest;

/// All gates at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdicts {
    /// In the order in which people clear them.
    pub gates: Vec<GateResult>,
    /// The digest of the plan as it would be frozen now.
    pub digest: PlanDigest,
    /// When they were evaluated.
    pub now: DateTime<Utc>,
    /// A kick of one of these may mean another verdict.
    pub topics: Vec<String>,
}

/// Evaluates the gates of a release before an environment of its service.
///
/// # Errors
/// `NotFound`, also for the environment; `Denied`.
pub async fn verdicts(
    db: &Db,
    actor: &Actor,
    service: &str,
    version: &str,
    environment: &str,
) -> Result<Verdicts, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let release = read::release_id(&mut tx, service, version).await?;
    let service = read::release(&mut tx, release).await?.service;
    let environments = environments_of(&mut tx, &[service]).await?;
    let environment = environments
        .iter()
        .find(|one| one.name == environment)
        .ok_or(Error::NotFound)?
        .id;
    let standing = standing(&mut tx, release, environment).await?;
    Ok(Verdicts {
        gates: evaluate(&standing.facts, tx.now),
        digest: standing.digest,
        now: tx.now,
        topics: vec![
            Stream::new(StreamKind::Release, release).topic(),
            Stream::new(StreamKind::Environment, environment).topic(),
            Stream::new(StreamKind::Service, service).topic(),
            // Promotion: what succeeds in the environment before.
            "deployments".into(),
            // Who may approve, and whose account is active.
            "people".into(),
        ],
    })
}
