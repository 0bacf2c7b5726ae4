//! The end of a run, and the minutes after it.

use super::draft::Draft;
use super::{TIDY_S, Write, weight};
use crate::deployment::{Outcome, State};
use crate::event::Event;

/// The last step is done.
pub(super) fn succeed(draft: &mut Draft) {
    if draft.is_rollback() {
        draft.writes.push(Write::RestoreRunning);
        draft.writes.push(Write::ResolveIncident);
        draft.events.push(Event::Restored {
            version: draft.facts.previous_version.clone(),
        });
    }
    draft.end(State::Succeeded, Outcome::Succeeded);
}

/// A tick after the end: nothing is changed but a target that shows another weight than was decided.
pub(super) fn decide(draft: &mut Draft) {
    refuse_intents(draft);
    let lasts = draft.run.ended_at.is_some_and(|at| draft.since(at) <= TIDY_S);
    if lasts && draft.facts.superseded_by.is_none() {
        weight::look(draft);
    }
}

/// Commands that came too late.
pub(super) fn refuse_intents(draft: &mut Draft) {
    for intent in &draft.facts.intents {
        if !draft.consumed.contains(&intent.id) {
            draft.consumed.push(intent.id);
            draft.events.push(Event::SteerRefused {
                act: intent.act.clone(),
            });
        }
    }
}
