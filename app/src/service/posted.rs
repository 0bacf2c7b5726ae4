//! What the forms about services post: all of it text, so that nothing is lost when some of it can't be read. Pure.

use domain::analysis::{AnalysisRules, MetricKind};
use domain::service::{CommandTarget, MetricSource, ServicePage, Settings, Strategy, Target, Tier};
use serde::{Deserialize, Serialize};

/// Name, repository, people and environments of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedService {
    pub name: String,
    pub repository: String,
    pub description: String,
    pub customer_facing: String,
    pub owners: Vec<String>,
    /// The id of a team; empty: none.
    pub team: String,
    pub stakeholders: Vec<String>,
    /// In promotion order. A line without a name does not count.
    pub environments: Vec<PostedEnvironment>,
    pub row_version: i32,
}

/// A line of the environments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedEnvironment {
    pub id: String,
    pub name: String,
    pub tier: String,
}

impl PostedService {
    /// The form of a kept service.
    pub fn of(page: &ServicePage) -> PostedService {
        let service = &page.service;
        PostedService {
            name: service.name.clone(),
            repository: service.repository.clone(),
            description: service.description.clone(),
            customer_facing: if service.customer_facing {
                "true".into()
            } else {
                String::new()
            },
            owners: page.owners.iter().map(|person| person.id.to_string()).collect(),
            team: page.team.as_ref().map(|team| team.id.to_string()).unwrap_or_default(),
            stakeholders: page.stakeholders.iter().map(|person| person.id.to_string()).collect(),
            environments: page
                .environments
                .iter()
                .map(|state| PostedEnvironment {
                    id: state.environment.id.to_string(),
                    name: state.environment.name.clone(),
                    tier: state.environment.tier.key().into(),
                })
                .collect(),
            row_version: service.row_version,
        }
    }

    /// The form of a new service: the procedure's three environments.
    pub fn fresh() -> PostedService {
        let environments = Tier::ALL.map(|tier| PostedEnvironment {
            id: String::new(),
            name: tier.key().into(),
            tier: tier.key().into(),
        });
        PostedService {
            environments: environments.to_vec(),
            ..PostedService::default()
        }
    }
}

/// How an environment is changed and measured. Commands are one argument a line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedSettings {
    pub target: String,
    pub deploy: String,
    pub canary: String,
    pub weight: String,
    pub promote: String,
    pub rollback: String,
    pub status: String,
    pub logs: String,
    pub timeout_s: String,
    /// `NAME=value` lines.
    pub env: String,
    /// `NAME=name of a secret` lines.
    pub secrets: String,
    pub strategy: String,
    pub steps: Vec<PostedStep>,
    pub source: String,
    pub stable_url: String,
    pub canary_url: String,
    pub interval_s: String,
    pub requests: String,
    pub status_label: String,
    pub latency: String,
    /// Per cent.
    pub error_limit: String,
    /// Per cent by which latency may exceed stable's; empty: not compared.
    pub latency_tolerance: String,
    /// Milliseconds; empty: no limit.
    pub latency_limit: String,
    pub min_sample: String,
    pub check_s: String,
    pub bake_s: String,
}

/// A step of a canary. One without a weight does not count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedStep {
    pub weight: String,
    pub wait_s: String,
}

impl PostedSettings {
    /// The form of kept settings.
    pub fn of(settings: &Settings) -> PostedSettings {
        let mut form = PostedSettings {
            target: "none".into(),
            timeout_s: "600".into(),
            strategy: "all_at_once".into(),
            source: "none".into(),
            interval_s: "5".into(),
            check_s: settings.check_s.to_string(),
            bake_s: settings.bake_s.to_string(),
            ..PostedSettings::default()
        };
        if let Target::Command(command) = &settings.target {
            form.write_command(command);
        }
        if let Strategy::Canary { steps } = &settings.strategy {
            form.strategy = "canary".into();
            form.steps = steps
                .iter()
                .map(|step| PostedStep {
                    weight: step.weight.to_string(),
                    wait_s: step.wait_s.to_string(),
                })
                .collect();
        }
        if let MetricSource::Scrape {
            stable_url,
            canary_url,
            interval_s,
            requests,
            status_label,
            latency,
        } = &settings.source
        {
            form.source = "scrape".into();
            form.stable_url = stable_url.clone();
            form.canary_url = canary_url.clone();
            form.interval_s = interval_s.to_string();
            form.requests = requests.clone();
            form.status_label = status_label.clone();
            form.latency = latency.clone();
        }
        form.write_rules(&settings.analysis);
        form
    }

    fn write_command(&mut self, command: &CommandTarget) {
        self.target = "command".into();
        for (field, argv) in [
            (&mut self.deploy, &command.deploy),
            (&mut self.canary, &command.canary),
            (&mut self.weight, &command.weight),
            (&mut self.promote, &command.promote),
            (&mut self.rollback, &command.rollback),
            (&mut self.status, &command.status),
            (&mut self.logs, &command.logs),
        ] {
            *field = argv.join("\n");
        }
        self.timeout_s = command.timeout_s.to_string();
        self.env = command
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("\n");
        let secrets = command.secrets.iter().map(|(name, secret)| format!("{name}={secret}"));
        self.secrets = secrets.collect::<Vec<_>>().join("\n");
    }

    fn write_rules(&mut self, rules: &AnalysisRules) {
        let hundred = |share: f64| crate::ui::format::plain((share * 100_000.0).round() / 1000.0);
        for metric in &rules.metrics {
            match metric.kind {
                MetricKind::ErrorRate => {
                    self.error_limit = metric.limit.map(hundred).unwrap_or_default();
                    self.min_sample = metric.min_sample.to_string();
                }
                MetricKind::Latency { .. } => {
                    self.latency_tolerance = metric
                        .compare
                        .map(|compare| hundred(compare.tolerance))
                        .unwrap_or_default();
                    self.latency_limit = metric
                        .limit
                        .map(|seconds| crate::ui::format::plain((seconds * 1000.0).round()))
                        .unwrap_or_default();
                }
            }
        }
    }
}

/// Who must approve, and which rules hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedPolicy {
    pub approvals: String,
    pub roles: Vec<String>,
    pub checklist: String,
    pub promotion: String,
    pub rollback_plan: String,
    pub window: String,
    /// Minutes; empty: signed in is enough.
    pub reauthenticate: String,
}
