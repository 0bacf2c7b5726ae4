//! Deployments: what they are, where they stand, and what is kept of them.

use crate::access::{By, Person};
use crate::id::{DeploymentId, EnvironmentId, ExecutionId, IncidentId, IntentId, PersonId, ReleaseId};
use crate::plan::{CommandKind, Phase, Plan, PlanDigest};
use crate::service::Tier;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why a deployment exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Planned,
    Hotfix,
    /// The way back; it has a parent.
    Rollback,
    Redeploy,
}

/// Where a deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Behind another one of the same environment.
    Queued,
    Running,
    /// A person must say how to go on: paused by one, inconclusive, unknown, or held by a gate.
    Paused,
    /// At 100 % and checked; watched on. Does not occupy its environment.
    Baking,
    Succeeded,
    /// The target said no.
    Failed,
    /// We could not tell.
    Error,
    /// A person stopped it.
    Aborted,
    /// Taken back, by the machine or by a person; a child deployment restores what ran before.
    RolledBack,
    /// A newer one took its place.
    Superseded,
    /// Taken out of the queue before it began.
    Cancelled,
}

impl State {
    pub const ALL: [State; 11] = [
        State::Queued,
        State::Running,
        State::Paused,
        State::Baking,
        State::Succeeded,
        State::Failed,
        State::Error,
        State::Aborted,
        State::RolledBack,
        State::Superseded,
        State::Cancelled,
    ];

    /// No path leaves a terminal state.
    pub fn terminal(self) -> bool {
        !matches!(self, State::Queued | State::Running | State::Paused | State::Baking)
    }

    /// It is asked for and has not arrived: until then no second deployment of the same release to the same environment is taken.
    pub fn under_way(self) -> bool {
        !self.terminal() && self != State::Baking
    }

    /// Keeps others out of the environment.
    pub fn occupies(self) -> bool {
        matches!(self, State::Running | State::Paused)
    }

    pub fn key(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Paused => "paused",
            State::Baking => "baking",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::Error => "error",
            State::Aborted => "aborted",
            State::RolledBack => "rolled_back",
            State::Superseded => "superseded",
            State::Cancelled => "cancelled",
        }
    }
}

/// The procedure's five triggers of a rollback, or a person's sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trigger", rename_all = "snake_case")]
pub enum Trigger {
    ErrorRate,
    CriticalFeature,
    DataCorruption,
    SecurityVulnerability,
    Performance,
    Words { text: String },
}

/// Why a deployment waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "pause", rename_all = "snake_case")]
pub enum Pause {
    Person {
        by: PersonId,
        reason: String,
    },
    /// The analysis can't tell: these metrics, each with its reason as the judgement gives it.
    Inconclusive {
        metrics: Vec<String>,
    },
    /// A command may or may not have happened.
    Unknown {
        execution: ExecutionId,
        command: CommandKind,
    },
    /// A gate that is asked at every step does not pass.
    Gate {
        reasons: Vec<crate::gate::Reason>,
    },
    /// What the target shows is not what was decided, and setting it again did not help.
    Drift {
        want: String,
        seen: String,
    },
}

/// Why a deployment ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Succeeded,
    /// A command said no: its exit code, and its last line.
    CommandFailed {
        command: CommandKind,
        exit_code: Option<i32>,
        last_line: String,
    },
    /// The target did not become what it should in time.
    NotHealthy {
        seen: String,
    },
    /// A person stopped it, and said why.
    Aborted {
        by: PersonId,
        reason: String,
    },
    /// A person took it back.
    TakenBack {
        by: PersonId,
        trigger: Trigger,
    },
    /// The machine took it back: the judgement that decided.
    JudgedBad {
        judgement: crate::analysis::Judgement,
    },
    /// A freeze began, or its windows were over, and the rule says to take back: its name.
    Frozen {
        name: String,
    },
    Superseded {
        by: DeploymentId,
    },
    Cancelled {
        by: PersonId,
    },
}

/// The engine's own record of a run: what `decide` reads and returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub state: State,
    /// Index into the plan's steps.
    pub step: u32,
    /// When the present step began; the clock of its wait. A pause stops that clock.
    pub step_since: Option<DateTime<Utc>>,
    /// Seconds of the present step's wait that passed before the last pause.
    pub step_spent_s: u32,
    /// The share of traffic that the canary should have; None: traffic is not ours to set.
    pub weight: Option<u8>,
    /// Counts the times that the weight was asserted: part of the effect's key.
    pub assertions: u32,
    /// Counts the attempts of the present step's command: part of the effect's key.
    pub attempt: u32,
    pub pause: Option<Pause>,
    pub outcome: Option<Outcome>,
    /// First sample that may count: when the canary first got traffic.
    pub analysis_since: Option<DateTime<Utc>>,
    /// When 100 % was reached.
    pub in_production_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// The version that the target shows as canary or stable, by the last observation.
    pub seen: Option<Observation>,
    /// When it left the queue.
    #[serde(default)]
    pub begun_at: Option<DateTime<Utc>>,
    /// The version that the target showed before anything was changed: what the way back restores.
    #[serde(default)]
    pub before: Option<String>,
    /// The target has shown the weight of the present step.
    #[serde(default)]
    pub reached: bool,
    /// When the weight was last asserted.
    #[serde(default)]
    pub asserted_at: Option<DateTime<Utc>>,
    /// Assertions in a row after which the target still showed another weight.
    #[serde(default)]
    pub tries: u32,
    /// First sample that may count of what serves everything: when the checks began.
    #[serde(default)]
    pub watch_since: Option<DateTime<Utc>>,
    /// Since when an instance has been unhealthy, or the target silent, without a break.
    #[serde(default)]
    pub unhealthy_since: Option<DateTime<Utc>>,
    /// A person said to go on although the analysis could not tell: it has until then before it may pause again.
    #[serde(default)]
    pub patience_until: Option<DateTime<Utc>>,
}

impl Run {
    /// A run that has not begun.
    pub fn queued() -> Run {
        Run {
            state: State::Queued,
            step: 0,
            step_since: None,
            step_spent_s: 0,
            weight: None,
            assertions: 0,
            attempt: 0,
            pause: None,
            outcome: None,
            analysis_since: None,
            in_production_at: None,
            ended_at: None,
            seen: None,
            begun_at: None,
            before: None,
            reached: false,
            asserted_at: None,
            tries: 0,
            watch_since: None,
            unhealthy_since: None,
            patience_until: None,
        }
    }
}

/// What the target said of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Observation {
    pub version: Option<String>,
    pub canary_version: Option<String>,
    pub weight: Option<u8>,
    pub instances: Vec<Instance>,
}

/// One instance of the service, as the target lists it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Instance {
    pub name: String,
    pub variant: String,
    pub version: String,
    pub healthy: bool,
    pub memory_bytes: Option<u64>,
}

/// How far an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionState {
    Queued,
    Running,
    Succeeded,
    /// The command said no.
    Failed,
    /// The command asked for another attempt.
    Retry,
    /// It was stopped because somebody wanted it to.
    Cancelled,
    /// It may or may not have happened.
    Unknown,
}

impl ExecutionState {
    pub fn ended(self) -> bool {
        !matches!(self, ExecutionState::Queued | ExecutionState::Running)
    }
}

/// One attempt to perform a step's command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    pub id: ExecutionId,
    pub deployment: DeploymentId,
    pub step: u32,
    pub command: CommandKind,
    pub attempt: u32,
    /// The key that the target treats as idempotent.
    pub key: String,
    pub state: ExecutionState,
    pub exit_code: Option<i32>,
    pub last_line: String,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub cancel_requested: bool,
}

/// A person's command to a run, as the engine finds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    pub id: IntentId,
    pub by: PersonId,
    pub at: DateTime<Utc>,
    pub act: Steer,
}

/// What a person can tell a running deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Steer {
    Pause {
        reason: String,
    },
    Resume,
    /// Go to the next step without waiting further.
    Promote,
    /// Stop here; traffic goes back to stable.
    Abort {
        reason: String,
    },
    RollBack {
        trigger: Trigger,
    },
    /// Out of the queue.
    Cancel,
    /// An unknown command did happen.
    Happened,
    /// An unknown command did not happen: run it again.
    Repeat,
}

impl Steer {
    /// The word by which it is stored, posted and named.
    pub fn key(&self) -> &'static str {
        match self {
            Steer::Pause { .. } => "pause",
            Steer::Resume => "resume",
            Steer::Promote => "promote",
            Steer::Abort { .. } => "abort",
            Steer::RollBack { .. } => "roll_back",
            Steer::Cancel => "cancel",
            Steer::Happened => "happened",
            Steer::Repeat => "repeat",
        }
    }
}

/// Why a command to a run can't be given now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SteerRefused {
    /// The deployment has ended.
    Ended,
    /// It has not begun.
    NotBegun,
    /// It has begun already.
    Begun,
    NotRunning,
    NotPaused,
    /// Nothing is unknown.
    NothingUnknown,
    /// The present step does not wait.
    NotWaiting,
    /// A rollback can't itself be rolled back.
    IsRollback,
}

/// Whether a command fits a run: the one rule for buttons, use case and engine.
///
/// # Errors
/// Why it does not fit.
pub fn fits(kind: Kind, plan: &Plan, run: &Run, act: &Steer) -> Result<(), SteerRefused> {
    use SteerRefused::{Begun, Ended, IsRollback, NotBegun, NotPaused, NotRunning, NotWaiting, NothingUnknown};
    if run.state.terminal() {
        return Err(Ended);
    }
    let waits = plan.steps.get(run.step as usize).is_some_and(|step| {
        matches!(
            step.kind,
            crate::plan::StepKind::Shift { .. } | crate::plan::StepKind::Watch { .. }
        )
    });
    let unknown = matches!(run.pause, Some(Pause::Unknown { .. }));
    match (act, run.state) {
        (Steer::Cancel, State::Queued) => Ok(()),
        (Steer::Cancel, _) => Err(Begun),
        (_, State::Queued) => Err(NotBegun),
        (Steer::Pause { .. }, State::Running) => Ok(()),
        (Steer::Pause { .. }, _) => Err(NotRunning),
        (Steer::Resume, State::Paused) if !unknown => Ok(()),
        (Steer::Resume, _) => Err(NotPaused),
        (Steer::Happened | Steer::Repeat, _) => {
            if unknown {
                Ok(())
            } else {
                Err(NothingUnknown)
            }
        }
        (Steer::Promote, _) => {
            if waits {
                Ok(())
            } else {
                Err(NotWaiting)
            }
        }
        (Steer::Abort { .. }, _) => Ok(()),
        (Steer::RollBack { .. }, _) => {
            if kind == Kind::Rollback {
                Err(IsRollback)
            } else {
                Ok(())
            }
        }
    }
}

/// What is believed to run in an environment: by Slipway's own record, or by what was deployed past it later ([`crate::outside::believed`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    pub version: String,
    /// None: there is no release of this version.
    pub release: Option<ReleaseId>,
    pub brought: Brought,
    pub since: DateTime<Utc>,
}

/// What brought a version to where it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "brought", rename_all = "snake_case")]
pub enum Brought {
    Deployment {
        deployment: DeploymentId,
    },
    /// Something else, by its own name.
    Outside {
        outside: crate::id::OutsideId,
        tool: String,
    },
}

/// A deployment in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentLine {
    pub id: DeploymentId,
    pub number: i64,
    pub kind: Kind,
    pub service: String,
    pub version: String,
    pub environment: String,
    pub tier: Tier,
    pub state: State,
    pub by: By,
    pub requested_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Phase of the present step.
    pub phase: Option<Phase>,
    /// Shares of the strategy's steps and which of them is present, for the staircase glyph.
    pub weights: Vec<u8>,
    pub weight: Option<u8>,
    pub run: Run,
}

/// A deployment as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: DeploymentId,
    /// Counts up on the instance: what people call it by.
    pub number: i64,
    pub kind: Kind,
    pub release: ReleaseId,
    pub environment: EnvironmentId,
    pub parent: Option<DeploymentId>,
    pub digest: PlanDigest,
    pub plan: Plan,
    pub run: Run,
    /// The version that ran when this one was asked for.
    pub previous_version: Option<String>,
    pub by: By,
    pub requested_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
}

/// A deployment with all that its page shows, but for the charts and the log, which are fetched since a cursor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentPage {
    pub deployment: Deployment,
    pub service: crate::service::Service,
    pub title: String,
    pub executions: Vec<Execution>,
    pub judgement: Option<crate::analysis::Judgement>,
    pub judgements: i64,
    pub events: Vec<crate::event::Happened>,
    pub children: Vec<DeploymentLine>,
    pub parent: Option<DeploymentLine>,
    pub incident: Option<(IncidentId, i64)>,
    /// Place in the queue, from 1, while it is queued.
    pub queue_place: Option<i64>,
    pub ahead: Option<DeploymentLine>,
    pub lock: Option<crate::gate::Lock>,
    pub pending: Vec<Intent>,
    pub people: Vec<Person>,
    /// The moment for which this page is true.
    pub now: DateTime<Utc>,
}

/// One line of a deployment's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Grows within the instance: the cursor.
    pub id: i64,
    pub at: DateTime<Utc>,
    /// `stdout`, `stderr`, or `slipway` for the machine's own remarks.
    pub stream: String,
    pub text: String,
}
