//! Stopping the line: a hold on everything, for when something is wrong and nobody knows yet what.

use crate::access::{Action, Actor, Denied, Person, Scope};
use crate::gate::Lock;
use serde::{Deserialize, Serialize};

/// The hold on everything, and whoever stopped the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    pub lock: Lock,
    /// None: it was no person.
    pub by: Option<Person>,
}

/// Everybody who deploys anywhere may stop the line: it is better stopped once too often.
///
/// # Errors
/// `Denied` to everybody else.
pub fn may_stop(actor: &Actor) -> Result<(), Denied> {
    let action = Action::Deploy;
    actor.may_somewhere(action).then_some(()).ok_or(Denied { action })
}

/// Who stopped the line releases it, while they still deploy, and who lifts others' locks everywhere.
///
/// # Errors
/// `Denied` to everybody else.
pub fn may_release(actor: &Actor, stop: &Lock) -> Result<(), Denied> {
    if stop.by.person() == Some(actor.id) {
        return may_stop(actor);
    }
    actor.may(Action::LiftLock, Scope::Instance)
}
