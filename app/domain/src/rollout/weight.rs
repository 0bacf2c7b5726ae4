//! The share of traffic: set, seen, set again.

use super::draft::Draft;
use super::{Effect, REASSERT_AFTER_S, REASSERTIONS, Seen};
use crate::deployment::{Pause, State};
use crate::event::Event;
use crate::plan::{CommandKind, StepKind};

/// Seconds between two assertions once a person has been asked.
const PATIENT_S: i64 = 30;

/// Decides a weight and sends it: the newest one is the only one that a decision sends.
pub(super) fn decide(draft: &mut Draft, percent: u8) {
    draft.run.weight = Some(percent);
    draft.run.tries = 0;
    draft.events.push(Event::WeightDecided { percent });
    assert(draft, percent);
}

fn assert(draft: &mut Draft, percent: u8) {
    draft.run.assertions += 1;
    draft.run.tries += 1;
    draft.run.asserted_at = Some(draft.now);
    let key = draft.key("weight", draft.run.assertions);
    draft.effects.clear();
    draft.effects.push(Effect::SetWeight { percent, key });
}

/// The weight that the target shows. One that says nothing sends everything to stable.
pub(super) fn shown(draft: &Draft) -> Option<u8> {
    draft.observation().map(|seen| seen.weight.unwrap_or(0))
}

/// Compares what the target shows with what was decided, and sets it again where they differ.
pub(super) fn look(draft: &mut Draft) {
    let Some(want) = draft.run.weight else { return };
    if commands_own_it(draft) {
        return;
    }
    match shown(draft) {
        Some(shown) if shown == want => arrived(draft, want),
        Some(shown) => differs(draft, want, shown),
        None => silent(draft, want),
    }
    other_version(draft);
}

/// While a command moves versions about, traffic is the command's to set.
fn commands_own_it(draft: &Draft) -> bool {
    let moves = matches!(
        draft.command(),
        Some(CommandKind::Deploy | CommandKind::Promote | CommandKind::Rollback)
    );
    moves && draft.run.attempt > 0 && !draft.ended()
}

fn arrived(draft: &mut Draft, want: u8) {
    // The one that worked counts: whoever changes the weight from now on finds it set again as often as any other.
    (draft.run.tries, draft.run.asserted_at) = (1, None);
    let shifting = draft
        .step()
        .is_some_and(|step| matches!(step.kind, StepKind::Shift { weight, .. } if weight == want));
    if !shifting || draft.run.reached {
        return;
    }
    draft.run.reached = true;
    draft.run.analysis_since.get_or_insert(draft.now);
    draft.events.push(Event::WeightReached { percent: want });
    if draft.run.state == State::Running {
        draft.run.step_since = Some(draft.now);
    }
    if want == 100 {
        draft.in_production();
    }
}

fn differs(draft: &mut Draft, want: u8, seen: u8) {
    let pace = if draft.run.state == State::Paused && draft.run.tries > REASSERTIONS {
        PATIENT_S
    } else {
        REASSERT_AFTER_S
    };
    if draft.run.asserted_at.is_some_and(|at| draft.since(at) < pace) {
        return;
    }
    if draft.run.tries > REASSERTIONS && draft.run.state == State::Running {
        return draft.pause(Pause::Drift {
            want: format!("{want} %"),
            seen: format!("{seen} %"),
        });
    }
    draft.events.push(Event::WeightReasserted { want, seen });
    assert(draft, want);
}

/// A weight was sent and the target has said nothing since: nobody knows what users get.
fn silent(draft: &mut Draft, want: u8) {
    let Seen::Unreachable { why } = &draft.facts.seen else {
        return;
    };
    let unknown = !draft.run.reached
        && draft
            .run
            .asserted_at
            .is_some_and(|at| draft.since(at) >= super::HEALTHY_WITHIN_S);
    if unknown && draft.run.state == State::Running {
        draft.pause(Pause::Drift {
            want: format!("{want} %"),
            seen: why.clone(),
        });
    }
}

/// A canary of another version gets our traffic: somebody else changed the target.
fn other_version(draft: &mut Draft) {
    let shifting = draft
        .step()
        .is_some_and(|step| matches!(step.kind, StepKind::Shift { .. }));
    let canary = draft.observation().and_then(|seen| seen.canary_version.clone());
    if let Some(seen) = canary.filter(|seen| shifting && *seen != draft.facts.plan.version)
        && draft.run.state == State::Running
    {
        draft.pause(Pause::Drift {
            want: draft.facts.plan.version.clone(),
            seen,
        });
    }
}
