//! The engine's decision: facts in, next run, writes and effects out. It performs nothing; the same facts give the same decision.
//!
//! The order in which a tick thinks: a failed analysis comes before everything, then people's commands, then a freeze that takes back, then what the
//! target shows against what it should show, then the present step. What is decided is remembered in [`Run`] alone, so that a tick after a crash knows
//! all that the last one knew.

mod back;
mod command;
mod draft;
mod end;
mod judging;
mod queue;
mod steer;
mod steps;
mod weight;

pub use judging::{Judged, Judging, judge_now, judging};

use crate::analysis::Judgement;
use crate::deployment::{Execution, Intent, Kind, Observation, Run, State};
use crate::event::Event;
use crate::gate::GateResult;
use crate::id::{DeploymentId, ExecutionId, IntentId};
use crate::plan::{CommandKind, Plan};
use chrono::{DateTime, Utc};
use draft::Draft;
use serde::{Deserialize, Serialize};

/// Seconds within which a target must answer and be healthy in a step that only looks.
pub const HEALTHY_WITHIN_S: i64 = 60;
/// Seconds for which an instance may be unhealthy during the checks before the deployment is taken back.
pub const UNHEALTHY_S: i64 = 30;
/// Attempts of one command that asks to be tried again.
pub const ATTEMPTS: u32 = 5;
/// Seconds that a target has to show a weight before it is set again.
pub const REASSERT_AFTER_S: i64 = 5;
/// Times that a weight is set again, in a row and without effect, before a person is asked.
pub const REASSERTIONS: u32 = 3;
/// Seconds after the end for which what was decided is still asserted: the fence guards our record and not the target, so that the late write of an
/// engine that was stopped and revived must not stand.
pub const TIDY_S: i64 = 300;

/// What was seen of the target at this tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// Nobody looked: the plan has no step that needs it now.
    NotAsked,
    Target(Observation),
    /// The status command failed, or did not answer in time.
    Unreachable {
        why: String,
    },
}

/// All that a decision looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub deployment: DeploymentId,
    pub kind: Kind,
    pub plan: Plan,
    pub run: Run,
    /// The version that ran before: what the way back restores.
    pub previous_version: Option<String>,
    /// Deployments that occupy the environment before this one; empty: it is free.
    pub occupied_by: Vec<DeploymentId>,
    /// A newer deployment began in the same environment: this one's bake ends.
    pub superseded_by: Option<DeploymentId>,
    /// Commands of people that have not been carried out, oldest first.
    pub intents: Vec<Intent>,
    /// The newest execution of the present step.
    pub execution: Option<Execution>,
    pub seen: Seen,
    /// The judgement over all samples since the canary first got traffic; None: nothing to judge in this step.
    pub judgement: Option<Judgement>,
    /// Gates that are asked at every step.
    pub gates: Vec<GateResult>,
}

/// What is to be done, and what is to be remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub run: Run,
    /// Done in the same transaction that keeps the run.
    pub writes: Vec<Write>,
    /// Done after it, while the lease stands.
    pub effects: Vec<Effect>,
    /// Kept in the same transaction.
    pub events: Vec<Event>,
    /// Commands that this decision carried out, or refused for good.
    pub consumed: Vec<IntentId>,
    /// When to look again, at the latest.
    pub wake_at: Option<DateTime<Utc>>,
}

/// A change in our own record that goes with a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "write", rename_all = "snake_case")]
pub enum Write {
    /// A command to run, as a row of its own. Supervised beside the ticks.
    StartExecution {
        step: u32,
        command: CommandKind,
        attempt: u32,
        key: String,
    },
    /// Ask a running command to stop: TERM, then KILL of its process group.
    CancelExecution { execution: ExecutionId },
    /// A child deployment that restores what ran before.
    CreateRollback,
    /// Keep automation from deploying the bad version again.
    LockEnvironment,
    /// An incident, drafted from the event stream.
    DraftIncident,
    /// Keep the judgement, and the samples that it used, with the deployment.
    KeepJudgement { judgement: Judgement },
    /// This version runs there now.
    SetRunning,
    /// What ran before runs there again.
    RestoreRunning,
    /// The incident that this deployment's parent opened is over: stable serves everything again.
    ResolveIncident,
}

/// Something short to do to the target, under a key that it treats as idempotent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Send this share of traffic to the canary.
    SetWeight { percent: u8, key: String },
}

/// What to do now.
///
/// Total: any facts give a decision. A terminal state is never left; only the weight that was decided is asserted a while longer.
pub fn decide(facts: &Facts, now: DateTime<Utc>) -> Decision {
    let mut draft = Draft::new(facts, now);
    match facts.run.state {
        State::Queued => queue::decide(&mut draft),
        state if state.terminal() => end::decide(&mut draft),
        _ => carry_on(&mut draft),
    }
    draft.finish()
}

/// A tick of a run that is under way.
fn carry_on(draft: &mut Draft) {
    if draft.run.state == State::Baking
        && let Some(by) = draft.facts.superseded_by
    {
        draft.end(State::Superseded, crate::deployment::Outcome::Superseded { by });
        return end::refuse_intents(draft);
    }
    back::judged_bad(draft);
    steer::all(draft);
    back::frozen(draft);
    if draft.ended() {
        return;
    }
    weight::look(draft);
    steps::look(draft);
    queue::gate_again(draft);
    if matches!(draft.run.state, State::Running | State::Baking) {
        steps::go(draft);
    }
    if !draft.ended() {
        draft.wake_in(if draft.run.state == State::Baking { 5 } else { 1 });
    }
}
