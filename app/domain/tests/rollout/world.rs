//! A deployment, the target that it changes, and the engine's record of it, in simulated seconds.

use chrono::{DateTime, TimeDelta, Utc};
use domain::analysis::{
    AnalysisRules, Evidence, Judgement, MetricJudgement, MetricVerdict, Overall, Reason as Because, Why,
};
use domain::deployment::{Execution, ExecutionState, Instance, Intent, Kind, Observation, Run, State, Steer};
use domain::freeze::OnRun;
use domain::gate::{Gate, GateResult, Lock, LockReason, Reason, Verdict};
use domain::id::{DeploymentId, ExecutionId, IntentId, LockId, PersonId, TimeRuleId};
use domain::plan::{CommandKind, Phase, Plan, SCHEME, Step, StepKind};
use domain::release::{Artifact, TemplateRef};
use domain::rollout::{Decision, Effect, Facts, Seen, Write, decide, judging};
use domain::service::{CommandTarget, MetricSource, Policy, Strategy, Target, Tier};
use uuid::Uuid;

pub const NEW: &str = "1.4.0";
pub const OLD: &str = "1.3.0";

pub fn person() -> PersonId {
    PersonId(Uuid::from_u128(7))
}

/// A plan with these steps in production.
pub fn plan(steps: Vec<Step>) -> Plan {
    let argv = |word: &str| vec![word.to_owned()];
    let target = CommandTarget {
        deploy: argv("deploy"),
        canary: argv("canary"),
        weight: argv("weight"),
        promote: argv("promote"),
        rollback: argv("rollback"),
        status: argv("status"),
        timeout_s: 60,
        ..CommandTarget::default()
    };
    Plan {
        scheme: SCHEME,
        service: "storefront".into(),
        version: NEW.into(),
        artifact: Artifact {
            reference: format!("storefront:{NEW}"),
            digest: "abcdef0".into(),
        },
        commit: String::new(),
        changes: Vec::new(),
        environment: "production".into(),
        tier: Tier::Production,
        target: Target::Command(target),
        source: MetricSource::scrape("http://stable".into(), "http://canary".into(), 1),
        strategy: Strategy::AllAtOnce,
        steps,
        analysis: AnalysisRules::default(),
        database_changes: String::new(),
        rollback_plan: String::new(),
        verification: String::new(),
        window: None,
        template: TemplateRef {
            name: "release".into(),
            version: 1,
        },
        checklist: Vec::new(),
        policy: Policy::default(),
        policy_version: 1,
        secrets: Vec::new(),
    }
}

/// The steps of a canary with these shares and waits.
pub fn canary(shares: &[(u8, u32)], check_s: u32, bake_s: u32) -> Vec<Step> {
    let command = |phase, command: CommandKind| Step {
        phase,
        kind: StepKind::Command {
            command,
            argv: vec![command.key().to_owned()],
        },
    };
    let mut steps = vec![
        Step {
            phase: Phase::Verify,
            kind: StepKind::Observe,
        },
        command(Phase::Prepare, CommandKind::Canary),
    ];
    steps.extend(shares.iter().map(|(weight, wait_s)| Step {
        phase: Phase::RollOut,
        kind: StepKind::Shift {
            weight: *weight,
            wait_s: *wait_s,
        },
    }));
    steps.push(command(Phase::RollOut, CommandKind::Promote));
    steps.push(Step {
        phase: Phase::Check,
        kind: StepKind::Watch { wait_s: check_s },
    });
    if bake_s > 0 {
        steps.push(Step {
            phase: Phase::Bake,
            kind: StepKind::Watch { wait_s: bake_s },
        });
    }
    steps
}

/// How nature treats the run at this second.
#[derive(Debug, Clone)]
pub struct Nature {
    pub overall: Overall,
    /// The status command answers.
    pub answers: bool,
    /// Weight commands do what they are told.
    pub obeys: bool,
    pub healthy: bool,
    pub locked: bool,
    /// A freeze holds, and says what becomes of what has begun.
    pub frozen: Option<OnRun>,
    pub occupied: bool,
    /// Seconds that a command takes.
    pub takes_s: i64,
    /// How the command that ends next ends.
    pub ends: ExecutionState,
}

impl Default for Nature {
    fn default() -> Self {
        Nature {
            overall: Overall::Pass,
            answers: true,
            obeys: true,
            healthy: true,
            locked: false,
            frozen: None,
            occupied: false,
            takes_s: 3,
            ends: ExecutionState::Succeeded,
        }
    }
}

/// What becomes of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Done,
    /// The engine dies before it saves: nothing is kept.
    Lost,
    /// It dies after it saved: what was to be done to the target is not done.
    Undone,
}

pub struct World {
    pub kind: Kind,
    pub plan: Plan,
    pub run: Run,
    pub now: DateTime<Utc>,
    pub nature: Nature,
    pub target: Observation,
    pub executions: Vec<Execution>,
    pub intents: Vec<Intent>,
    pub superseded: bool,
    /// Every key that was ever sent to the target or written for a command.
    pub keys: Vec<String>,
    ids: u128,
}

pub fn start() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

impl World {
    pub fn new(kind: Kind, plan: Plan) -> World {
        let target = Observation {
            version: Some(OLD.into()),
            weight: Some(0),
            ..Observation::default()
        };
        World {
            kind,
            plan,
            run: Run::queued(),
            now: start(),
            nature: Nature::default(),
            target,
            executions: Vec::new(),
            intents: Vec::new(),
            superseded: false,
            keys: Vec::new(),
            ids: 100,
        }
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    pub fn steer(&mut self, act: Steer) {
        let id = IntentId(self.id());
        self.intents.push(Intent {
            id,
            by: person(),
            at: self.now,
            act,
        });
    }

    pub fn facts(&self) -> Facts {
        let mut facts = Facts {
            deployment: DeploymentId(Uuid::from_u128(1)),
            kind: self.kind,
            plan: self.plan.clone(),
            run: self.run.clone(),
            previous_version: Some(OLD.into()),
            occupied_by: self
                .nature
                .occupied
                .then(|| DeploymentId(Uuid::from_u128(2)))
                .into_iter()
                .collect(),
            superseded_by: self.superseded.then(|| DeploymentId(Uuid::from_u128(3))),
            intents: self.intents.clone(),
            execution: self.executions.iter().rfind(|one| one.step == self.run.step).cloned(),
            seen: self.seen(),
            judgement: None,
            gates: vec![self.freeze(), self.gate()],
        };
        facts.judgement = judging(&self.plan, &self.run, self.now).map(|_| judgement(self.nature.overall, self.now));
        facts
    }

    fn seen(&self) -> Seen {
        if self.run.begun_at.is_none() {
            return Seen::NotAsked;
        }
        if !self.nature.answers {
            return Seen::Unreachable {
                why: "connection refused".into(),
            };
        }
        let instance = Instance {
            name: "a".into(),
            healthy: self.nature.healthy,
            ..Instance::default()
        };
        Seen::Target(Observation {
            instances: vec![instance],
            ..self.target.clone()
        })
    }

    fn freeze(&self) -> GateResult {
        let begun = self.run.begun_at.is_some();
        let held = self.nature.frozen.filter(|on_run| !begun || *on_run != OnRun::Continue);
        let frozen = |on_run| Reason::Frozen {
            rule: TimeRuleId(Uuid::from_u128(5)),
            name: "Holidays".into(),
            by: person(),
            until: start() + TimeDelta::days(1),
            on_run,
        };
        GateResult {
            gate: Gate::Calendar,
            verdict: held.map_or(Verdict::Pass, |on_run| Verdict::Waiting(vec![frozen(on_run)])),
        }
    }

    fn gate(&self) -> GateResult {
        let lock = Lock {
            id: LockId(Uuid::from_u128(4)),
            by: domain::access::By::Person(person()),
            reason: LockReason::Words { text: "freeze".into() },
            since: start(),
            until: None,
        };
        let held = Verdict::Blocked(vec![Reason::Locked { lock }]);
        GateResult {
            gate: Gate::Lock,
            verdict: if self.nature.locked { held } else { Verdict::Pass },
        }
    }

    /// One tick.
    pub fn tick(&mut self, fate: Fate) -> Decision {
        let facts = self.facts();
        let decision = decide(&facts, self.now);
        assert_eq!(
            decision,
            decide(&facts.clone(), self.now),
            "the same facts give the same decision"
        );
        if fate != Fate::Lost {
            self.keep(&decision, fate);
        }
        decision
    }

    fn keep(&mut self, decision: &Decision, fate: Fate) {
        self.run = decision.run.clone();
        self.intents.retain(|intent| !decision.consumed.contains(&intent.id));
        for write in &decision.writes {
            match write {
                Write::StartExecution {
                    step,
                    command,
                    attempt,
                    key,
                } => {
                    self.use_key(key);
                    self.begin(*step, *command, *attempt, key);
                }
                Write::CancelExecution { execution } => self.cancel(*execution),
                _ => {}
            }
        }
        for Effect::SetWeight { percent, key } in decision.effects.iter().filter(|_| fate == Fate::Done) {
            self.use_key(key);
            if self.nature.obeys {
                self.target.weight = Some(*percent);
            }
        }
    }

    fn use_key(&mut self, key: &str) {
        assert!(!self.keys.iter().any(|used| used == key), "{key} was used before");
        self.keys.push(key.to_owned());
    }

    fn begin(&mut self, step: u32, command: CommandKind, attempt: u32, key: &str) {
        let execution = Execution {
            id: ExecutionId(self.id()),
            deployment: DeploymentId(Uuid::from_u128(1)),
            step,
            command,
            attempt,
            key: key.to_owned(),
            state: ExecutionState::Running,
            exit_code: None,
            last_line: String::new(),
            started_at: Some(self.now),
            ended_at: None,
            cancel_requested: false,
        };
        self.executions.push(execution);
    }

    fn cancel(&mut self, id: ExecutionId) {
        let now = self.now;
        let execution = self
            .executions
            .iter_mut()
            .find(|one| one.id == id)
            .expect("an execution that was started");
        assert!(!execution.state.ended(), "only what runs is cancelled");
        (execution.state, execution.ended_at, execution.cancel_requested) =
            (ExecutionState::Cancelled, Some(now), true);
    }

    /// The running command ends now; `happened`: the target shows what it does.
    pub fn end_command(&mut self, state: ExecutionState, happened: bool) {
        let now = self.now;
        let Some(execution) = self.executions.iter_mut().find(|one| !one.state.ended()) else {
            return;
        };
        (execution.state, execution.ended_at) = (state, Some(now));
        execution.exit_code = match state {
            ExecutionState::Succeeded => Some(0),
            ExecutionState::Failed => Some(1),
            ExecutionState::Retry => Some(75),
            _ => None,
        };
        let command = execution.command;
        if happened {
            self.happen(command);
        }
    }

    fn happen(&mut self, command: CommandKind) {
        let (new, old) = (Some(NEW.to_owned()), Some(OLD.to_owned()));
        match command {
            CommandKind::Deploy => self.target.version = new,
            CommandKind::Canary => self.target.canary_version = new,
            CommandKind::Promote => {
                (self.target.version, self.target.canary_version, self.target.weight) = (new, None, Some(0));
            }
            CommandKind::Rollback => {
                (self.target.version, self.target.canary_version, self.target.weight) = (old, None, Some(0));
            }
        }
    }

    /// Time passes; a command that had its time ends as nature has it.
    pub fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
        let over = self.executions.iter().any(|one| {
            !one.state.ended()
                && one
                    .started_at
                    .is_some_and(|at| (self.now - at).num_seconds() >= self.nature.takes_s)
        });
        if over {
            let ends = self.nature.ends;
            self.end_command(ends, ends == ExecutionState::Succeeded);
        }
    }

    pub fn state(&self) -> State {
        self.run.state
    }
}

pub fn judgement(overall: Overall, at: DateTime<Utc>) -> Judgement {
    let verdict = match overall {
        Overall::Pass => MetricVerdict::Pass,
        Overall::Fail => MetricVerdict::Fail,
        Overall::Waiting => MetricVerdict::TooLittleData { have: 23, need: 50 },
        Overall::Inconclusive => MetricVerdict::Inconclusive {
            why: Why::TooLittleData { have: 23, need: 50 },
        },
    };
    let metric = MetricJudgement {
        id: "error_rate".into(),
        title: "Error rate".into(),
        verdict,
        critical: true,
        dry_run: false,
        canary: None,
        stable: None,
        evidence: Evidence {
            e_value: 1.0,
            threshold: 300.0,
            reason: Because::Quiet,
        },
        failures: u32::from(overall == Overall::Fail),
        failed_at: None,
    };
    Judgement {
        at,
        metrics: vec![metric],
        overall,
    }
}
