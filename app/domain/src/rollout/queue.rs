//! Before it begins: its place in the queue, and the gates that are asked at every step.

use super::draft::Draft;
use super::end;
use crate::deployment::{Outcome, Pause, State, Steer};
use crate::event::Event;
use crate::gate::{Reason, reasons};

/// Waits until the environment is free, then begins.
pub(super) fn decide(draft: &mut Draft) {
    let cancel = draft.facts.intents.iter().find(|intent| intent.act == Steer::Cancel);
    if let Some(intent) = cancel {
        draft.consumed.push(intent.id);
        draft.end(State::Cancelled, Outcome::Cancelled { by: intent.by });
    }
    end::refuse_intents(draft);
    if draft.ended() {
        return;
    }
    if !draft.facts.occupied_by.is_empty() {
        // Whoever leaves the environment wakes the queue; this is for the case that it could not.
        return draft.wake_in(if draft.is_rollback() { 1 } else { 5 });
    }
    let held = held(draft);
    if held.is_empty() {
        begin(draft)
    } else {
        draft.pause(Pause::Gate { reasons: held })
    }
    draft.wake_in(i64::from(draft.run.state == State::Paused));
}

fn begin(draft: &mut Draft) {
    draft.run.state = State::Running;
    draft.run.begun_at = Some(draft.now);
    draft.events.push(Event::DeploymentStarted);
    let sets_weight = draft
        .facts
        .plan
        .command()
        .is_some_and(|command| !command.weight.is_empty());
    if draft.is_rollback() && sets_weight {
        // Its parent decided so; from here on it is this one's to assert.
        draft.run.weight = Some(0);
    }
    if draft.step().is_none() {
        return draft.end(State::Error, Outcome::NotHealthy { seen: String::new() });
    }
    draft.enter();
    super::steps::go(draft);
}

/// Why the gates that are asked at every step hold this run. The way back is never held.
pub(super) fn held(draft: &Draft) -> Vec<Reason> {
    if draft.is_rollback() {
        Vec::new()
    } else {
        reasons(&draft.facts.gates)
    }
}

/// A run that a gate held goes on by itself once the gate passes: behind the others, if it had not begun.
pub(super) fn gate_again(draft: &mut Draft) {
    let waits = matches!(draft.run.pause, Some(Pause::Gate { .. }));
    if !waits || !held(draft).is_empty() {
        return;
    }
    draft.resume();
    if draft.run.begun_at.is_none() {
        (draft.run.state, draft.run.step_since) = (State::Queued, None);
    }
}
