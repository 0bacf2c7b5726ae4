//! Letting one release through.

use super::TOPIC;
use crate::event::append;
use crate::{Db, Error, Rule, gate, tx};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Action, Actor};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, check_length};
use domain::gate::Reason;
use domain::id::{EnvironmentId, ReleaseId, TimeRuleId};
use uuid::Uuid;

/// An override lasts no longer.
const MOST: TimeDelta = TimeDelta::hours(24);

/// Lets a release into an environment against every freeze and closed window that holds it now, each until its time is over and for a day at most.
/// What begins later is not overridden by it.
///
/// # Errors
/// `Denied`; `NotFound`; `Invalid` with `reason`; `Rule::NothingToDo` when nothing of that kind holds it.
pub async fn override_times(
    db: &Db,
    actor: &Actor,
    release: ReleaseId,
    environment: EnvironmentId,
    reason: &str,
) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    gate::hold(&mut tx, release, environment).await?;
    let standing = gate::standing(&mut tx, release, environment).await?;
    actor.may(Action::Override, standing.environment.scope())?;
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "reason", reason, 10, 500);
    errors.into_result()?;
    let now = tx.now;
    let held: Vec<_> = standing
        .facts
        .times
        .against(now)
        .into_iter()
        .flat_map(|reason| rules(reason, now))
        .collect();
    if held.is_empty() {
        return Err(Rule::NothingToDo.into());
    }
    for (rule, until) in &held {
        sqlx::query!(
            "insert into time_override (id, rule_id, release_id, environment_id, by_id, reason, at, until)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            Uuid::now_v7(),
            rule.0,
            release.0,
            environment.0,
            actor.id.0,
            reason.trim(),
            now,
            until,
        )
        .execute(&mut *tx)
        .await?;
    }
    let stream = Stream::new(StreamKind::Release, release);
    let event = Event::TimesOverridden {
        environment: standing.environment.name,
        rules: held.iter().map(|(rule, _)| *rule).collect(),
        reason: reason.trim().to_owned(),
    };
    append(&mut tx, stream, actor.by(), &event).await?;
    for topic in [TOPIC, "releases", "deployments"] {
        tx.kick(topic);
    }
    tx.wake_engine();
    tx.commit().await
}

/// The rules behind a reason, each with the end of its override.
fn rules(reason: Reason, now: DateTime<Utc>) -> Vec<(TimeRuleId, DateTime<Utc>)> {
    match reason {
        Reason::Frozen { rule, until, .. } => vec![(rule, until.min(now + MOST))],
        Reason::OutsideWindow { rules, opens_at, .. } => {
            let until = opens_at.map_or(now + MOST, |at| at.min(now + MOST));
            rules.into_iter().map(|rule| (rule, until)).collect()
        }
        _ => Vec::new(),
    }
}
