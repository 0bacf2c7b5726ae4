//! People's commands, in the order in which they were given.

use super::draft::Draft;
use super::{back, command, queue};
use crate::deployment::{Intent, Outcome, Pause, State, Steer, Trigger, fits};
use crate::event::Event;
use chrono::TimeDelta;

/// Carries out every command that fits, and refuses the others for good.
pub(super) fn all(draft: &mut Draft) {
    for intent in &draft.facts.intents {
        draft.consumed.push(intent.id);
        let fitting = fits(draft.facts.kind, &draft.facts.plan, &draft.run, &intent.act).is_ok();
        if !fitting || in_vain(draft, &intent.act) {
            draft.events.push(Event::SteerRefused {
                act: intent.act.clone(),
            });
        } else {
            one(draft, intent);
        }
    }
}

/// Going on while a gate holds would pause at once for the same reason, and a deployment that has not begun has nothing to skip.
fn in_vain(draft: &Draft, act: &Steer) -> bool {
    let gated = matches!(draft.run.pause, Some(Pause::Gate { .. }));
    let unbegun = draft.run.begun_at.is_none();
    gated && matches!(act, Steer::Resume | Steer::Promote) && (unbegun || !queue::held(draft).is_empty())
}

fn one(draft: &mut Draft, intent: &Intent) {
    let by = intent.by;
    match &intent.act {
        Steer::Pause { reason } => draft.pause(Pause::Person {
            by,
            reason: reason.clone(),
        }),
        Steer::Resume => resume(draft),
        Steer::Promote => {
            resume(draft);
            draft.advance();
        }
        Steer::Abort { reason } => {
            let trigger = Trigger::Words { text: reason.clone() };
            back::take(
                draft,
                State::Aborted,
                Outcome::Aborted {
                    by,
                    reason: reason.clone(),
                },
                trigger,
            );
        }
        Steer::RollBack { trigger } => {
            let outcome = Outcome::TakenBack {
                by,
                trigger: trigger.clone(),
            };
            back::take(draft, State::RolledBack, outcome, trigger.clone());
        }
        Steer::Happened => {
            draft.resume();
            command::done(draft);
        }
        Steer::Repeat => {
            draft.resume();
            command::start(draft);
        }
        // Only the queue is left this way; `fits` refuses it here.
        Steer::Cancel => {}
    }
}

/// Goes on. Where the analysis could not tell, it gets as long again as it had.
fn resume(draft: &mut Draft) {
    if matches!(draft.run.pause, Some(Pause::Inconclusive { .. })) {
        let deadline = draft
            .facts
            .plan
            .analysis
            .metrics
            .iter()
            .map(|rule| rule.deadline_s)
            .max()
            .unwrap_or(0);
        draft.run.patience_until = Some(draft.now + TimeDelta::seconds(i64::from(deadline)));
    }
    draft.resume();
}
