//! Services, environments and how an environment is changed.

mod policy;

pub use policy::Policy;

use crate::access::{Person, Scope};
use crate::analysis::AnalysisRules;
use crate::field::{FieldErrors, check_url};
use crate::id::{EnvironmentId, PersonId, ServiceId, TeamId};
use crate::secret::SecretRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that is deployed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    pub id: ServiceId,
    /// Short name, unique on the instance, part of addresses: `storefront`.
    pub name: String,
    pub repository: String,
    pub description: String,
    /// Whether customers see it: then it is a component of the status page.
    pub customer_facing: bool,
    /// Part of the sample workspace, and removed with it.
    pub sample: bool,
    /// Counts the edits; an edit that names an older one is a conflict.
    pub row_version: i32,
}

/// How near an environment is to customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    Development,
    Staging,
    Production,
}

impl Tier {
    pub const ALL: [Tier; 3] = [Tier::Development, Tier::Staging, Tier::Production];

    /// The word by which the tier is stored, posted and styled (`env-staging`).
    pub fn key(self) -> &'static str {
        match self {
            Tier::Development => "development",
            Tier::Staging => "staging",
            Tier::Production => "production",
        }
    }

    pub fn from_key(key: &str) -> Option<Tier> {
        Tier::ALL.into_iter().find(|tier| tier.key() == key)
    }
}

/// An environment of a service, in promotion order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    pub id: EnvironmentId,
    pub service: ServiceId,
    pub name: String,
    /// Promotion order, from 0.
    pub position: i32,
    pub tier: Tier,
    pub settings: Settings,
    /// The newest version of its policy.
    pub policy: Policy,
    pub policy_version: i32,
    /// The newest versions of the secrets that its target names, by name.
    #[serde(default)]
    pub secrets: Vec<SecretRef>,
    pub row_version: i32,
}

impl Environment {
    /// Where actions on it are asked for.
    pub fn scope(&self) -> Scope {
        Scope::Environment {
            service: self.service,
            environment: self.id,
        }
    }
}

/// What an administrator sets of an environment, but for its policy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub target: Target,
    pub strategy: Strategy,
    pub source: MetricSource,
    pub analysis: AnalysisRules,
    /// Seconds of checks after 100 % is reached.
    pub check_s: u32,
    /// Seconds of bake after the checks, at most 24 h.
    pub bake_s: u32,
}

/// An argument vector: the program first. Values reach it by environment variables only.
pub type Argv = Vec<String>;

/// How an environment is changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every target is a command, and there are few of them"
)]
pub enum Target {
    /// Nothing is configured yet.
    #[default]
    None,
    Command(CommandTarget),
}

/// Commands that change one environment.
///
/// Contract: values come by the environment variables `SLIPWAY_*`; exit code 0 is done, 75 asks for another attempt, any other is fatal; the last
/// line of standard output may be a JSON object. A repeated `SLIPWAY_KEY` must not do its work twice.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CommandTarget {
    /// Replaces what serves by the version of the release (all at once).
    pub deploy: Argv,
    /// Starts the version beside stable, with no traffic.
    pub canary: Argv,
    /// Sends `SLIPWAY_WEIGHT` per cent of traffic to the canary.
    pub weight: Argv,
    /// Makes the canary stable.
    pub promote: Argv,
    /// Restores `SLIPWAY_PREVIOUS_VERSION` and removes the canary.
    pub rollback: Argv,
    /// Prints what runs, as JSON: `version`, `canary_version`, `weight`, `instances`.
    pub status: Argv,
    /// Prints the last lines of the application's own log.
    pub logs: Argv,
    /// The longest time one command may take, in seconds.
    pub timeout_s: u32,
    /// Further environment variables. No secrets.
    pub env: BTreeMap<String, String>,
    /// Environment variables that hold a secret, by its name. The value is opened when a command starts, and masked in whatever it prints.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
}

/// A step of a canary: this share of traffic for this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryStep {
    /// Per cent of traffic, 1 to 100.
    pub weight: u8,
    /// Seconds to watch before the next step.
    pub wait_s: u32,
}

/// The way a release reaches an environment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Strategy {
    #[default]
    AllAtOnce,
    Canary {
        steps: Vec<CanaryStep>,
    },
}

impl Strategy {
    /// The procedure's canary, 10 → 25 → 50 → 100 %, each step watched this long.
    pub fn procedure_canary(wait_s: u32) -> Strategy {
        Strategy::Canary {
            steps: [10, 25, 50, 100]
                .into_iter()
                .map(|weight| CanaryStep { weight, wait_s })
                .collect(),
        }
    }
}

/// Where an environment's samples come from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MetricSource {
    #[default]
    None,
    /// Prometheus text, scraped from one address a variant.
    Scrape {
        stable_url: String,
        canary_url: String,
        /// Seconds between scrapes, at least 1.
        interval_s: u32,
        /// Counter of requests, with the HTTP status in a label.
        #[serde(default = "requests_metric")]
        requests: String,
        /// The label that holds the status; 5xx is an error.
        #[serde(default = "status_label")]
        status_label: String,
        /// Histogram of seconds a request took.
        #[serde(default = "latency_metric")]
        latency: String,
    },
}

fn requests_metric() -> String {
    "http_requests_total".into()
}

fn status_label() -> String {
    "status".into()
}

fn latency_metric() -> String {
    "http_request_duration_seconds".into()
}

impl MetricSource {
    /// A scrape of two addresses, with the names that most exporters use.
    pub fn scrape(stable_url: String, canary_url: String, interval_s: u32) -> MetricSource {
        MetricSource::Scrape {
            stable_url,
            canary_url,
            interval_s,
            requests: requests_metric(),
            status_label: status_label(),
            latency: latency_metric(),
        }
    }
}

/// What a person enters for a new or changed service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceForm {
    pub name: String,
    pub repository: String,
    pub description: String,
    pub customer_facing: bool,
    pub owners: Vec<PersonId>,
    /// The team that owns it, beside people or instead of them.
    pub team: Option<TeamId>,
    pub stakeholders: Vec<PersonId>,
    pub environments: Vec<EnvironmentForm>,
    /// The version that the person saw; 0 for a new service.
    pub row_version: i32,
}

/// An environment's line in the service form, in promotion order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentForm {
    /// None for a new one.
    pub id: Option<EnvironmentId>,
    pub name: String,
    pub tier: Tier,
}

impl ServiceForm {
    /// The procedure's three environments.
    pub fn with_default_environments() -> ServiceForm {
        let environments = Tier::ALL
            .into_iter()
            .map(|tier| EnvironmentForm {
                id: None,
                name: tier.key().into(),
                tier,
            })
            .collect();
        ServiceForm {
            environments,
            ..ServiceForm::default()
        }
    }

    /// What is wrong, by field: `name`, `repository`, `owners`, `environments`, `environments.N.name`.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        if let Some(problem) = name_problem(&self.name) {
            errors.add("name", problem);
        }
        if !self.repository.trim().is_empty() {
            check_url(&mut errors, "repository", &self.repository);
        }
        // Somebody answers for it: people, or a team.
        if self.owners.is_empty() && self.team.is_none() {
            errors.add("owners", crate::field::Problem::Missing);
        }
        if self.environments.is_empty() {
            errors.add("environments", crate::field::Problem::Missing);
        }
        for (i, environment) in self.environments.iter().enumerate() {
            let field = format!("environments.{i}.name");
            if let Some(problem) = name_problem(&environment.name) {
                errors.add(&field, problem);
            } else if self.environments[..i]
                .iter()
                .any(|other| other.name == environment.name)
            {
                errors.add(&field, crate::field::Problem::Taken);
            }
        }
        if self.environments.windows(2).any(|pair| pair[0].tier > pair[1].tier) {
            errors.add("environments", crate::field::Problem::Order);
        }
        errors
    }
}

/// The name of an environment variable that is nobody else's.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with("SLIPWAY_")
}

/// Names in addresses: 2 to 40 of a-z, 0-9 and `-`, with a letter first.
pub(crate) fn name_problem(name: &str) -> Option<crate::field::Problem> {
    use crate::field::Problem;
    let fine = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && (2..=40).contains(&name.len());
    match (name.is_empty(), fine) {
        (true, _) => Some(Problem::Missing),
        (false, false) => Some(Problem::Name),
        (false, true) => None,
    }
}

impl Settings {
    /// What is wrong, by field: `target.deploy`, `strategy.N.weight`, `source.stable_url`, …
    pub fn check(&self) -> FieldErrors {
        use crate::field::Problem;
        let mut errors = FieldErrors::default();
        if let Target::Command(command) = &self.target {
            let canary = matches!(self.strategy, Strategy::Canary { .. });
            for (field, argv, needed) in [
                ("target.deploy", &command.deploy, !canary),
                ("target.canary", &command.canary, canary),
                ("target.weight", &command.weight, canary),
                ("target.promote", &command.promote, canary),
                ("target.rollback", &command.rollback, true),
                ("target.status", &command.status, true),
            ] {
                if needed && argv.first().is_none_or(|program| program.trim().is_empty()) {
                    errors.add(field, Problem::Missing);
                }
            }
            if !(1..=86_400).contains(&command.timeout_s) {
                errors.add(
                    "target.timeout_s",
                    Problem::Range {
                        least: 1.0,
                        most: 86_400.0,
                    },
                );
            }
            for (field, names) in [
                ("target.env", command.env.keys().collect::<Vec<_>>()),
                ("target.secrets", command.secrets.keys().collect()),
            ] {
                if names.iter().any(|name| !is_variable(name)) {
                    errors.add(field, Problem::Name);
                }
            }
            if command.secrets.keys().any(|name| command.env.contains_key(name)) {
                errors.add("target.secrets", Problem::Taken);
            }
        }
        if let Strategy::Canary { steps } = &self.strategy {
            check_steps(steps, &mut errors);
            if matches!(self.source, MetricSource::None) {
                errors.add("source.stable_url", Problem::Missing);
            }
        }
        if let MetricSource::Scrape {
            stable_url,
            canary_url,
            interval_s,
            ..
        } = &self.source
        {
            check_url(&mut errors, "source.stable_url", stable_url);
            check_url(&mut errors, "source.canary_url", canary_url);
            if !(1..=300).contains(interval_s) {
                errors.add(
                    "source.interval_s",
                    Problem::Range {
                        least: 1.0,
                        most: 300.0,
                    },
                );
            }
        }
        if self.bake_s > 86_400 {
            errors.add(
                "bake_s",
                Problem::Range {
                    least: 0.0,
                    most: 86_400.0,
                },
            );
        }
        if self.check_s > 3_600 {
            errors.add(
                "check_s",
                Problem::Range {
                    least: 0.0,
                    most: 3_600.0,
                },
            );
        }
        errors
    }
}

fn check_steps(steps: &[CanaryStep], errors: &mut FieldErrors) {
    use crate::field::Problem;
    if steps.is_empty() {
        errors.add("strategy", Problem::Missing);
    }
    let mut before = 0;
    for (i, step) in steps.iter().enumerate() {
        if step.weight <= before || step.weight > 100 {
            errors.add(
                &format!("strategy.{i}.weight"),
                Problem::Range {
                    least: f64::from(before) + 1.0,
                    most: 100.0,
                },
            );
        }
        if step.wait_s > 86_400 {
            errors.add(
                &format!("strategy.{i}.wait_s"),
                Problem::Range {
                    least: 0.0,
                    most: 86_400.0,
                },
            );
        }
        before = step.weight;
    }
    if steps.last().is_some_and(|last| last.weight != 100) {
        errors.add(
            "strategy",
            Problem::Range {
                least: 100.0,
                most: 100.0,
            },
        );
    }
}

/// A service as it is written to a file: without ids, people by e-mail, so that another instance can read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceFile {
    pub name: String,
    #[serde(default)]
    pub repository: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub customer_facing: bool,
    #[serde(default)]
    pub owners: Vec<String>,
    /// Name of the team that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(default)]
    pub stakeholders: Vec<String>,
    /// In promotion order.
    pub environments: Vec<EnvironmentFile>,
}

/// An environment in a [`ServiceFile`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentFile {
    pub name: String,
    pub tier: Tier,
    #[serde(default)]
    pub settings: Settings,
    /// The rules that hold there. None are assumed: what is not written does not hold.
    #[serde(default)]
    pub policy: Policy,
}

/// A team that owns a service, or could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerTeam {
    pub id: TeamId,
    pub name: String,
}

/// A service with all that its pages show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServicePage {
    pub service: Service,
    pub owners: Vec<Person>,
    pub team: Option<OwnerTeam>,
    pub stakeholders: Vec<Person>,
    pub environments: Vec<EnvironmentState>,
}

/// An environment and what is known of it now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentState {
    pub environment: Environment,
    /// What runs, by Slipway's record.
    pub running: Option<crate::deployment::Running>,
    pub lock: Option<crate::gate::Lock>,
    /// The freeze that holds there now; of several, the one that ends last.
    #[serde(default)]
    pub frozen: Option<crate::freeze::Entry>,
    /// The deployment that occupies it, or bakes.
    pub current: Option<crate::deployment::DeploymentLine>,
}

/// What a connection answered when it was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    pub ok: bool,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// One line: `exit 0`, `200 OK, 42 series`, `connection refused`.
    pub summary: String,
    /// What came back, cut at 8 kB with a visible mark, secrets masked.
    pub output: String,
}

/// For which service and environment a connection is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeFacts {
    pub service: String,
    pub environment: String,
}
