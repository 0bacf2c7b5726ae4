//! Taking back: traffic at once, in the same decision; a child deployment does the rest.

use super::draft::Draft;
use super::{Write, weight};
use crate::analysis::{Judgement, MetricKind, MetricVerdict, Overall};
use crate::deployment::{Outcome, State, Trigger};
use crate::event::Event;
use crate::freeze::OnRun;
use crate::gate::{Reason, reasons};
use crate::plan::{CommandKind, StepKind};
use crate::service::Tier;

/// Takes back what the analysis failed, whether the run goes on, is paused or bakes.
pub(super) fn judged_bad(draft: &mut Draft) {
    let Some(judgement) = &draft.facts.judgement else {
        return;
    };
    if judgement.overall != Overall::Fail {
        return;
    }
    let failed: Vec<_> = failed(judgement).map(|metric| metric.id.clone()).collect();
    draft.events.push(Event::AnalysisFailed {
        metrics: failed.clone(),
    });
    let trigger = trigger(draft, &failed);
    take(
        draft,
        State::RolledBack,
        Outcome::JudgedBad {
            judgement: judgement.clone(),
        },
        trigger,
    );
}

fn failed(judgement: &Judgement) -> impl Iterator<Item = &crate::analysis::MetricJudgement> {
    judgement
        .metrics
        .iter()
        .filter(|metric| metric.verdict == MetricVerdict::Fail && !metric.dry_run)
}

/// Which of the procedure's triggers a failed metric is.
fn trigger(draft: &Draft, failed: &[String]) -> Trigger {
    let rules = &draft.facts.plan.analysis.metrics;
    let errors = rules
        .iter()
        .any(|rule| rule.kind == MetricKind::ErrorRate && failed.contains(&rule.id));
    if errors {
        Trigger::ErrorRate
    } else {
        Trigger::Performance
    }
}

/// Takes back what a freeze, or the end of its windows, does not let go on. What has reached everybody and bakes stays: nothing begins any more.
pub(super) fn frozen(draft: &mut Draft) {
    let under_way = matches!(draft.run.state, State::Running | State::Paused) && draft.run.begun_at.is_some();
    if !under_way || draft.is_rollback() {
        return;
    }
    let name = reasons(&draft.facts.gates).into_iter().find_map(|reason| match reason {
        Reason::Frozen {
            name,
            on_run: OnRun::RollBack,
            ..
        } => Some(name),
        Reason::OutsideWindow {
            names,
            on_run: OnRun::RollBack,
            ..
        } => Some(names.join(", ")),
        _ => None,
    });
    let Some(name) = name else { return };
    let trigger = Trigger::Words { text: name.clone() };
    undo(draft, State::RolledBack, Outcome::Frozen { name }, trigger, false);
}

/// Ends the run in `state` and undoes what it did: traffic to 0 %, a running command cancelled, what ran before restored by a child.
pub(super) fn take(draft: &mut Draft, state: State, outcome: Outcome, trigger: Trigger) {
    undo(draft, state, outcome, trigger, true);
}

/// The same; `bad`: the version must not come again by itself, and people may have been hurt.
fn undo(draft: &mut Draft, state: State, outcome: Outcome, trigger: Trigger, bad: bool) {
    let (touched, served) = (touched(draft), served(draft));
    traffic_away(draft);
    stop_command(draft);
    if touched && !draft.is_rollback() {
        draft.events.push(Event::TakingBack { trigger });
        draft.writes.push(Write::CreateRollback);
        draft.writes.extend(bad.then_some(Write::LockEnvironment));
        if bad && served && draft.facts.plan.tier == Tier::Production {
            draft.writes.push(Write::DraftIncident);
        }
    }
    if let Some(judgement) = &draft.facts.judgement {
        draft.writes.push(Write::KeepJudgement {
            judgement: judgement.clone(),
        });
    }
    draft.end(state, outcome);
}

/// Traffic to stable, said even when the target could not be seen.
pub(super) fn traffic_away(draft: &mut Draft) {
    draft.effects.clear();
    let Some(decided) = draft.run.weight else { return };
    if decided > 0 || weight::shown(draft) != Some(0) {
        weight::decide(draft, 0);
    }
}

/// A command that runs is asked to stop; one that was only about to be started is not.
pub(super) fn stop_command(draft: &mut Draft) {
    draft
        .writes
        .retain(|write| !matches!(write, Write::StartExecution { .. }));
    if let Some(execution) = draft
        .facts
        .execution
        .as_ref()
        .filter(|execution| !execution.state.ended())
    {
        draft.writes.push(Write::CancelExecution {
            execution: execution.id,
        });
    }
}

/// Whether the target may have been changed: a command was begun.
pub(super) fn touched(draft: &Draft) -> bool {
    begun_commands(draft).next().is_some()
}

/// Whether users may have been served by the version: it got traffic, or a command that gives it all of it was begun.
pub(super) fn served(draft: &Draft) -> bool {
    let traffic = draft.run.weight.is_some_and(|weight| weight > 0) || draft.run.analysis_since.is_some();
    traffic || begun_commands(draft).any(|command| command != CommandKind::Canary)
}

fn begun_commands<'a>(draft: &Draft<'a>) -> impl Iterator<Item = CommandKind> + use<'a> {
    let (step, attempt) = (draft.run.step as usize, draft.run.attempt);
    let begun = move |i: usize| i < step || (i == step && attempt > 0);
    draft
        .facts
        .plan
        .steps
        .iter()
        .enumerate()
        .filter(move |(i, _)| begun(*i))
        .filter_map(|(_, step)| match step.kind {
            StepKind::Command { command, .. } => Some(command),
            _ => None,
        })
}
