//! The frozen plan: what approvers see, what a diff compares, and what the engine runs.

use crate::analysis::AnalysisRules;
use crate::canonical;
use crate::release::{Artifact, Change, Item, ItemState, Release, TemplateRef, Window};
use crate::secret::SecretRef;
use crate::service::{Argv, CommandTarget, Environment, MetricSource, Policy, Service, Strategy, Target, Tier};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// The newest scheme. A plan is made under the oldest one that can say it, so that an upgrade changes no digest; and it is verified by its own.
///
/// 2 added secrets, by name and version.
pub const SCHEME: u32 = 2;

/// SHA-256 over a plan's canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanDigest(pub [u8; 32]);

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for PlanDigest {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(PlanDigest(bytes))
    }
}

impl Serialize for PlanDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlanDigest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Everything that will run, and what it was made under. Titles, notes, comments and ticks are not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub scheme: u32,
    pub service: String,
    pub version: String,
    pub artifact: Artifact,
    pub commit: String,
    pub changes: Vec<Change>,
    pub environment: String,
    pub tier: Tier,
    pub target: Target,
    pub source: MetricSource,
    pub strategy: Strategy,
    pub steps: Vec<Step>,
    pub analysis: AnalysisRules,
    pub database_changes: String,
    pub rollback_plan: String,
    pub verification: String,
    pub window: Option<Window>,
    pub template: TemplateRef,
    pub checklist: Vec<PlannedItem>,
    pub policy: Policy,
    pub policy_version: i32,
    /// The secrets that the target's commands are given, in exactly these versions, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretRef>,
}

/// A checklist item's definition, and whether it was marked not applicable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedItem {
    pub section: String,
    pub text: String,
    pub not_applicable: bool,
}

/// Part of a deployment, in the procedure's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Final checks: the target answers and runs what we think.
    Verify,
    /// Prepare: start the version where it gets no traffic.
    Prepare,
    /// The strategy's steps.
    RollOut,
    /// The first minutes at 100 %.
    Check,
    /// The longer watch, in which a deployment can still roll itself back.
    Bake,
}

/// A unit of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub phase: Phase,
    pub kind: StepKind,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepKind {
    /// Observe the target until it answers and every instance is healthy.
    Observe,
    /// Run a command of the target to its end, as an execution of its own.
    Command { command: CommandKind, argv: Argv },
    /// Send this share of traffic to the canary, then watch it with analysis.
    Shift { weight: u8, wait_s: u32 },
    /// Watch what serves everything, by absolute limits.
    Watch { wait_s: u32 },
}

/// Which of the target's commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    Deploy,
    Canary,
    Promote,
    Rollback,
}

impl CommandKind {
    pub fn key(self) -> &'static str {
        match self {
            CommandKind::Deploy => "deploy",
            CommandKind::Canary => "canary",
            CommandKind::Promote => "promote",
            CommandKind::Rollback => "rollback",
        }
    }
}

impl Plan {
    /// The plan of a release for an environment, from what is kept of both now.
    pub fn freeze(service: &Service, release: &Release, items: &[Item], environment: &Environment) -> Plan {
        let form = &release.form;
        let settings = &environment.settings;
        let secrets = secrets(environment);
        let checklist = if environment.policy.checklist {
            planned_items(items)
        } else {
            Vec::new()
        };
        Plan {
            scheme: if secrets.is_empty() { 1 } else { SCHEME },
            service: service.name.clone(),
            version: form.version.clone(),
            artifact: form.artifact.clone(),
            commit: form.commit.clone(),
            changes: form.changes.clone(),
            environment: environment.name.clone(),
            tier: environment.tier,
            target: settings.target.clone(),
            source: settings.source.clone(),
            strategy: settings.strategy.clone(),
            steps: steps(&settings.target, &settings.strategy, settings.check_s, settings.bake_s),
            analysis: settings.analysis.clone(),
            database_changes: form.database_changes.clone(),
            rollback_plan: form.rollback_plan.clone(),
            verification: form.verification.clone(),
            window: form.window,
            template: release.template.clone(),
            checklist,
            policy: environment.policy.clone(),
            policy_version: environment.policy_version,
            secrets,
        }
    }

    /// The plan of the way back: the same target and artifact names, one command, then a look that it came back.
    pub fn back(&self) -> Plan {
        let mut plan = self.clone();
        plan.strategy = Strategy::AllAtOnce;
        plan.steps = command_target(&self.target).map_or_else(Vec::new, |command| {
            vec![
                Step {
                    phase: Phase::RollOut,
                    kind: StepKind::Command {
                        command: CommandKind::Rollback,
                        argv: command.rollback.clone(),
                    },
                },
                Step {
                    phase: Phase::Check,
                    kind: StepKind::Observe,
                },
            ]
        });
        plan
    }

    /// SHA-256 over the canonical form, with the scheme inside.
    pub fn digest(&self) -> PlanDigest {
        PlanDigest(canonical::sha256(self))
    }

    /// The command target, if that is what the plan runs on.
    pub fn command(&self) -> Option<&CommandTarget> {
        command_target(&self.target)
    }

    /// Seconds that the plan waits by itself, commands not counted.
    pub fn planned_s(&self) -> u32 {
        self.steps
            .iter()
            .map(|step| match step.kind {
                StepKind::Shift { wait_s, .. } | StepKind::Watch { wait_s } => wait_s,
                _ => 0,
            })
            .sum()
    }
}

/// The secrets that the target names, sorted by name, each once.
fn secrets(environment: &Environment) -> Vec<SecretRef> {
    let named = command_target(&environment.settings.target).map(|command| &command.secrets);
    let mut secrets: Vec<SecretRef> = environment
        .secrets
        .iter()
        .filter(|secret| named.is_some_and(|named| named.values().any(|name| *name == secret.name)))
        .cloned()
        .collect();
    secrets.sort_by(|a, b| a.name.cmp(&b.name));
    secrets.dedup();
    secrets
}

fn command_target(target: &Target) -> Option<&CommandTarget> {
    match target {
        Target::Command(command) => Some(command),
        Target::None => None,
    }
}

fn planned_items(items: &[Item]) -> Vec<PlannedItem> {
    items
        .iter()
        .map(|item| PlannedItem {
            section: item.section.clone(),
            text: item.text.clone(),
            not_applicable: item.state == ItemState::NotApplicable,
        })
        .collect()
}

/// The steps of a strategy on a target; none while no target is configured.
fn steps(target: &Target, strategy: &Strategy, check_s: u32, bake_s: u32) -> Vec<Step> {
    let Some(command) = command_target(target) else {
        return Vec::new();
    };
    let run = |phase, kind, argv: &Argv| Step {
        phase,
        kind: StepKind::Command {
            command: kind,
            argv: argv.clone(),
        },
    };
    let mut steps = vec![Step {
        phase: Phase::Verify,
        kind: StepKind::Observe,
    }];
    match strategy {
        Strategy::AllAtOnce => steps.push(run(Phase::RollOut, CommandKind::Deploy, &command.deploy)),
        Strategy::Canary { steps: shares } => {
            steps.push(run(Phase::Prepare, CommandKind::Canary, &command.canary));
            steps.extend(shares.iter().map(|share| Step {
                phase: Phase::RollOut,
                kind: StepKind::Shift {
                    weight: share.weight,
                    wait_s: share.wait_s,
                },
            }));
            steps.push(run(Phase::RollOut, CommandKind::Promote, &command.promote));
        }
    }
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

/// A difference between two plans: where, what it was, what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Path into the plan: `steps.3.wait_s`.
    pub path: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What changed from one plan to another, leaf by leaf, sorted by path.
pub fn differences(before: &Plan, after: &Plan) -> Vec<Difference> {
    let mut found = Vec::new();
    let value = |plan: &Plan| serde_json::to_value(plan).unwrap_or(Value::Null);
    compare("", Some(&value(before)), Some(&value(after)), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    let keys = |value: Option<&Value>| -> Vec<String> {
        match value {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            Some(Value::Array(items)) => (0..items.len()).map(|i| i.to_string()).collect(),
            _ => Vec::new(),
        }
    };
    let mut inside = keys(before);
    inside.extend(keys(after));
    inside.sort();
    inside.dedup();
    if inside.is_empty() {
        let show =
            |value: Option<&Value>| value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        found.push(Difference {
            path: path.to_owned(),
            before: show(before),
            after: show(after),
        });
        return;
    }
    for key in inside {
        let child = |value: Option<&'_ Value>| -> Option<Value> {
            match value {
                Some(Value::Object(map)) => map.get(&key).cloned(),
                Some(Value::Array(items)) => key.parse::<usize>().ok().and_then(|i| items.get(i).cloned()),
                _ => None,
            }
        };
        let deeper = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        compare(&deeper, child(before).as_ref(), child(after).as_ref(), found);
    }
}
