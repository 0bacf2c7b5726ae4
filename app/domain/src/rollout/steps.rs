//! The steps of a plan, one after the other.

use super::draft::Draft;
use super::{HEALTHY_WITHIN_S, Seen, UNHEALTHY_S, Write, back, command, queue, weight};
use crate::analysis::{MetricVerdict, Overall};
use crate::deployment::{Observation, Outcome, Pause, State, Trigger};
use crate::plan::{Phase, StepKind};
use crate::service::MetricSource;
use chrono::TimeDelta;

/// Works on the present step, and on the next ones as long as each is done at once.
pub(super) fn go(draft: &mut Draft) {
    for _ in 0..=draft.facts.plan.steps.len() {
        let Some(step) = draft.step() else { return };
        let done = match step.kind {
            StepKind::Observe => observe(draft),
            StepKind::Command { .. } => command::go(draft),
            StepKind::Shift { weight, wait_s } => shift(draft, weight, wait_s),
            StepKind::Watch { wait_s } => watch(draft, wait_s),
        };
        if !done || !matches!(draft.run.state, State::Running | State::Baking) {
            return;
        }
        draft.advance();
    }
}

/// Whether the gates let a step begin that changes the target; if not, the run pauses.
pub(super) fn may_begin(draft: &mut Draft) -> bool {
    let reasons = queue::held(draft);
    if reasons.is_empty() {
        return true;
    }
    draft.pause(Pause::Gate { reasons });
    false
}

/// Done when the target answers and is healthy; for the way back also when it shows what ran before.
fn observe(draft: &mut Draft) -> bool {
    let problem = match &draft.facts.seen {
        Seen::NotAsked => return false,
        Seen::Unreachable { why } => Some(why.clone()),
        Seen::Target(seen) => unhealthy(seen).or_else(|| not_restored(draft, seen)),
    };
    let Some(seen) = problem else {
        if draft.step().is_some_and(|step| step.phase == Phase::Verify) {
            draft.run.before = draft.observation().and_then(|seen| seen.version.clone());
        }
        return true;
    };
    if draft.waited_s() >= HEALTHY_WITHIN_S {
        draft.end(State::Error, Outcome::NotHealthy { seen });
    }
    false
}

/// The instances that are not healthy, by name.
fn unhealthy(seen: &Observation) -> Option<String> {
    let names: Vec<_> = seen
        .instances
        .iter()
        .filter(|one| !one.healthy)
        .map(|one| one.name.as_str())
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn not_restored(draft: &Draft, seen: &Observation) -> Option<String> {
    if !draft.is_rollback() {
        return None;
    }
    let version = draft.facts.previous_version.is_none() || seen.version == draft.facts.previous_version;
    let restored = version && seen.canary_version.is_none() && seen.weight.unwrap_or(0) == 0;
    let show = |version: &Option<String>| version.clone().unwrap_or_else(|| "–".into());
    (!restored).then(|| {
        format!(
            "{} · {} · {} %",
            show(&seen.version),
            show(&seen.canary_version),
            seen.weight.unwrap_or(0)
        )
    })
}

/// Sends a share of traffic to the canary and watches it there.
fn shift(draft: &mut Draft, percent: u8, wait_s: u32) -> bool {
    if draft.run.weight != Some(percent) {
        if may_begin(draft) {
            weight::decide(draft, percent);
            draft.wake_at = Some(draft.now);
        }
        return false;
    }
    // What is measured under another weight than was decided lets nothing advance.
    let stands = weight::shown(draft) == Some(percent);
    draft.run.reached && stands && waited(draft, wait_s)
}

/// Watches what serves everything. The bake ends by time: what it could not tell by then it need not.
fn watch(draft: &mut Draft, wait_s: u32) -> bool {
    if draft.run.state == State::Baking {
        draft.waited_s() >= i64::from(wait_s)
    } else {
        waited(draft, wait_s)
    }
}

/// Whether the wait is over and the judgement lets it advance. A wait of nothing asks for no judgement.
fn waited(draft: &mut Draft, wait_s: u32) -> bool {
    if wait_s == 0 {
        return true;
    }
    let judged = draft.facts.judgement.as_ref().filter(|_| draft.same_step());
    if judged.is_some_and(|judgement| judgement.overall == Overall::Inconclusive)
        && draft.run.patience_until.is_none_or(|until| until <= draft.now)
    {
        cannot_tell(draft);
        return false;
    }
    let no_source = draft.facts.plan.source == MetricSource::None;
    let passes = no_source || judged.is_some_and(|judgement| judgement.overall == Overall::Pass);
    let over = draft.waited_s() >= i64::from(wait_s);
    if over && passes {
        draft.writes.extend(judged.map(|judgement| Write::KeepJudgement {
            judgement: judgement.clone(),
        }));
    }
    over && passes
}

fn cannot_tell(draft: &mut Draft) {
    let Some(judgement) = &draft.facts.judgement else {
        return;
    };
    let unclear = |verdict: &MetricVerdict| matches!(verdict, MetricVerdict::Inconclusive { .. });
    let metrics = judgement
        .metrics
        .iter()
        .filter(|metric| !metric.dry_run && unclear(&metric.verdict));
    let metrics = metrics.map(|metric| metric.id.clone()).collect();
    draft.writes.push(Write::KeepJudgement {
        judgement: judgement.clone(),
    });
    draft.pause(Pause::Inconclusive { metrics });
}

/// During the checks an instance that stays unhealthy, or a target that stays silent, is a critical feature that is broken.
pub(super) fn look(draft: &mut Draft) {
    let checks = draft
        .step()
        .is_some_and(|step| step.phase == Phase::Check && matches!(step.kind, StepKind::Watch { .. }));
    if !checks || draft.run.state != State::Running {
        return;
    }
    let problem = match &draft.facts.seen {
        Seen::NotAsked => return,
        Seen::Unreachable { why } => Some(why.clone()),
        Seen::Target(seen) => unhealthy(seen),
    };
    let Some(seen) = problem else {
        draft.run.unhealthy_since = None;
        return;
    };
    let since = *draft.run.unhealthy_since.get_or_insert(draft.now);
    if draft.now - since >= TimeDelta::seconds(UNHEALTHY_S) {
        back::take(
            draft,
            State::RolledBack,
            Outcome::NotHealthy { seen },
            Trigger::CriticalFeature,
        );
    }
}
