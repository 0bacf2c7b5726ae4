//! A step that runs a command: started once an attempt, observed before it is repeated.

use super::draft::Draft;
use super::{ATTEMPTS, HEALTHY_WITHIN_S, Seen, Write, back, steps};
use crate::deployment::{Execution, ExecutionState, Observation, Outcome, Pause, State, Trigger};
use crate::plan::CommandKind;
use chrono::TimeDelta;

/// Whether the command of the present step is done.
pub(super) fn go(draft: &mut Draft) -> bool {
    let Some(command) = draft.command() else { return false };
    if draft.run.attempt == 0 {
        if steps::may_begin(draft) {
            start(draft);
        }
        return false;
    }
    let Some(execution) = draft
        .execution()
        .filter(|execution| execution.attempt == draft.run.attempt)
    else {
        // The row is written with the decision that counts the attempt, so this one was begun just now.
        return false;
    };
    match execution.state {
        ExecutionState::Queued | ExecutionState::Running => false,
        ExecutionState::Succeeded => happened(draft, command),
        ExecutionState::Failed => refused(draft, execution),
        ExecutionState::Retry => again(draft, execution),
        ExecutionState::Unknown | ExecutionState::Cancelled => look(draft, execution),
    }
}

/// Starts the next attempt, under a key of its own.
pub(super) fn start(draft: &mut Draft) {
    let Some(command) = draft.command() else { return };
    draft.run.attempt += 1;
    let (step, attempt) = (draft.run.step, draft.run.attempt);
    let key = draft.key(command.key(), attempt);
    draft.writes.push(Write::StartExecution {
        step,
        command,
        attempt,
        key,
    });
}

/// A person says that an unknown command did happen.
pub(super) fn done(draft: &mut Draft) {
    if let Some(command) = draft.command() {
        happened(draft, command);
        draft.advance();
    }
}

fn happened(draft: &mut Draft, command: CommandKind) -> bool {
    match command {
        CommandKind::Canary => draft.run.weight = Some(0),
        CommandKind::Deploy | CommandKind::Promote => {
            if command == CommandKind::Promote {
                // What was the canary is stable now.
                draft.run.weight = Some(0);
            }
            draft.in_production();
            draft.writes.push(Write::SetRunning);
        }
        CommandKind::Rollback => {}
    }
    true
}

/// The target said no. A canary that never served leaves nothing to restore.
fn refused(draft: &mut Draft, execution: &Execution) -> bool {
    let outcome = Outcome::CommandFailed {
        command: execution.command,
        exit_code: execution.exit_code,
        last_line: execution.last_line.clone(),
    };
    if draft.is_rollback() {
        draft.end(State::Error, outcome);
    } else if back::served(draft) {
        back::take(draft, State::RolledBack, outcome, Trigger::CriticalFeature);
    } else {
        back::traffic_away(draft);
        draft.end(State::Failed, outcome);
    }
    false
}

/// Seconds before the attempt after this one: 2, 4, 8, 16.
fn backoff_s(attempt: u32) -> i64 {
    1 << attempt.min(5)
}

fn again(draft: &mut Draft, execution: &Execution) -> bool {
    if execution.attempt >= ATTEMPTS {
        return refused(draft, execution);
    }
    let due = execution.ended_at.unwrap_or(draft.now) + TimeDelta::seconds(backoff_s(execution.attempt));
    if due <= draft.now {
        start(draft);
    }
    false
}

/// It may or may not have happened: look before anything is repeated.
fn look(draft: &mut Draft, execution: &Execution) -> bool {
    match &draft.facts.seen {
        Seen::Target(seen) => match shows(draft, execution.command, seen) {
            Some(true) => happened(draft, execution.command),
            Some(false) if execution.attempt < ATTEMPTS => {
                start(draft);
                false
            }
            Some(false) | None => ask(draft, execution),
        },
        Seen::NotAsked => false,
        Seen::Unreachable { .. } => {
            let long = execution.ended_at.is_none_or(|at| draft.since(at) >= HEALTHY_WITHIN_S);
            if long { ask(draft, execution) } else { false }
        }
    }
}

fn ask(draft: &mut Draft, execution: &Execution) -> bool {
    draft.pause(Pause::Unknown {
        execution: execution.id,
        command: execution.command,
    });
    false
}

/// Whether the target shows what a command does; None: it does not show enough to tell.
fn shows(draft: &Draft, command: CommandKind, seen: &Observation) -> Option<bool> {
    let version = Some(&draft.facts.plan.version);
    let stable = seen.version.as_ref();
    match command {
        CommandKind::Deploy => stable.map(|stable| Some(stable) == version),
        CommandKind::Canary => {
            let shown = seen.canary_version.as_ref();
            if shown.is_none() && stable.is_none() {
                None
            } else {
                Some(shown == version)
            }
        }
        CommandKind::Promote => stable.map(|stable| Some(stable) == version && seen.canary_version.is_none()),
        CommandKind::Rollback => {
            let wanted = draft.facts.previous_version.as_ref();
            let restored = wanted.is_none() || stable == wanted;
            stable.map(|_| restored && seen.canary_version.is_none() && seen.weight.unwrap_or(0) == 0)
        }
    }
}
