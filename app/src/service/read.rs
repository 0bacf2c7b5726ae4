//! What the forms about services mean: text becomes what the rules know, or the name of the field that can't be read. Pure.

use super::posted::{PostedPolicy, PostedService, PostedSettings};
use domain::access::Role;
use domain::analysis::{AnalysisRules, MetricKind};
use domain::field::{FieldErrors, Problem};
use domain::service::{
    CanaryStep, CommandTarget, EnvironmentForm, MetricSource, Policy, ServiceForm, Settings, Strategy, Target, Tier,
};
use std::collections::BTreeMap;

impl PostedService {
    /// What is meant. What names nobody is left out: the rules then say what is missing.
    pub fn read(&self) -> ServiceForm {
        let environments = self.environments.iter().filter(|line| !line.name.trim().is_empty());
        ServiceForm {
            name: self.name.trim().into(),
            repository: self.repository.trim().into(),
            description: self.description.trim().into(),
            customer_facing: self.customer_facing == "true",
            owners: self.owners.iter().filter_map(|id| id.parse().ok()).collect(),
            team: self.team.parse().ok(),
            stakeholders: self.stakeholders.iter().filter_map(|id| id.parse().ok()).collect(),
            environments: environments
                .map(|line| EnvironmentForm {
                    id: line.id.parse().ok(),
                    name: line.name.trim().into(),
                    tier: Tier::from_key(&line.tier).unwrap_or(Tier::Development),
                })
                .collect(),
            row_version: self.row_version,
        }
    }
}

impl PostedSettings {
    /// The settings that are meant. What the form does not show stays as in `base`.
    ///
    /// # Errors
    /// What can't be read, by field.
    pub fn read(&self, base: &Settings) -> Result<Settings, FieldErrors> {
        let mut errors = FieldErrors::default();
        let settings = Settings {
            target: self.read_target(&mut errors),
            strategy: self.read_strategy(&mut errors),
            source: self.read_source(&mut errors),
            analysis: self.read_rules(base, &mut errors),
            check_s: whole(&mut errors, "check_s", &self.check_s, 0),
            bake_s: whole(&mut errors, "bake_s", &self.bake_s, 0),
        };
        errors.into_result().map(|()| settings)
    }

    fn read_target(&self, errors: &mut FieldErrors) -> Target {
        if self.target != "command" {
            return Target::None;
        }
        Target::Command(CommandTarget {
            deploy: argv(&self.deploy),
            canary: argv(&self.canary),
            weight: argv(&self.weight),
            promote: argv(&self.promote),
            rollback: argv(&self.rollback),
            status: argv(&self.status),
            logs: argv(&self.logs),
            timeout_s: whole(errors, "target.timeout_s", &self.timeout_s, 600),
            env: pairs(errors, "target.env", &self.env),
            secrets: pairs(errors, "target.secrets", &self.secrets)
                .into_iter()
                .map(|(name, secret)| (name, secret.trim().to_owned()))
                .collect(),
        })
    }

    fn read_strategy(&self, errors: &mut FieldErrors) -> Strategy {
        if self.strategy != "canary" {
            return Strategy::AllAtOnce;
        }
        let filled = self.steps.iter().filter(|step| !step.weight.trim().is_empty());
        let steps = filled
            .enumerate()
            .map(|(i, step)| CanaryStep {
                weight: u8::try_from(whole(errors, &format!("strategy.{i}.weight"), &step.weight, 0))
                    .unwrap_or(u8::MAX),
                wait_s: whole(errors, &format!("strategy.{i}.wait_s"), &step.wait_s, 0),
            })
            .collect();
        Strategy::Canary { steps }
    }

    fn read_source(&self, errors: &mut FieldErrors) -> MetricSource {
        if self.source != "scrape" {
            return MetricSource::None;
        }
        let interval_s = whole(errors, "source.interval_s", &self.interval_s, 5);
        let named = MetricSource::scrape(self.stable_url.trim().into(), self.canary_url.trim().into(), interval_s);
        let MetricSource::Scrape {
            stable_url,
            canary_url,
            interval_s,
            requests,
            status_label,
            latency,
        } = named
        else {
            return named;
        };
        let or = |given: &str, usual: String| {
            if given.trim().is_empty() {
                usual
            } else {
                given.trim().to_owned()
            }
        };
        MetricSource::Scrape {
            stable_url,
            canary_url,
            interval_s,
            requests: or(&self.requests, requests),
            status_label: or(&self.status_label, status_label),
            latency: or(&self.latency, latency),
        }
    }

    /// Without a source there is nothing to judge: the form does not show the rules then, and they stay as they are.
    fn read_rules(&self, base: &Settings, errors: &mut FieldErrors) -> AnalysisRules {
        let mut rules = base.analysis.clone();
        if self.source != "scrape" {
            return rules;
        }
        rules.interval_s = whole(errors, "source.interval_s", &self.interval_s, rules.interval_s);
        let error_limit = decimal(errors, "analysis.error_limit", &self.error_limit).map(|percent| percent / 100.0);
        let tolerance =
            decimal(errors, "analysis.latency_tolerance", &self.latency_tolerance).map(|percent| percent / 100.0);
        let latency_limit = decimal(errors, "analysis.latency_limit", &self.latency_limit).map(|ms| ms / 1000.0);
        for metric in &mut rules.metrics {
            if !self.min_sample.trim().is_empty() {
                metric.min_sample = u64::from(whole(errors, "analysis.min_sample", &self.min_sample, 50));
            }
            match metric.kind {
                MetricKind::ErrorRate => metric.limit = error_limit,
                MetricKind::Latency { .. } => {
                    metric.limit = latency_limit;
                    metric.compare = tolerance.map(|tolerance| domain::analysis::Comparison { tolerance });
                }
            }
        }
        rules
    }
}

impl PostedPolicy {
    /// The policy that is meant.
    ///
    /// # Errors
    /// What can't be read, by field.
    pub fn read(&self) -> Result<Policy, FieldErrors> {
        let mut errors = FieldErrors::default();
        let policy = Policy {
            approvals: whole(&mut errors, "approvals", &self.approvals, 0),
            approver_roles: self.roles.iter().filter_map(|key| Role::from_key(key)).collect(),
            checklist: self.checklist == "true",
            promotion: self.promotion == "true",
            rollback_plan: self.rollback_plan == "true",
            window: self.window == "true",
            reauthenticate_min: match self.reauthenticate.trim() {
                "" => None,
                minutes => Some(whole(&mut errors, "reauthenticate_min", minutes, 0)),
            },
        };
        errors.into_result().map(|()| policy)
    }
}

/// One argument a line; empty lines do not count.
/// `NAME=value` lines.
fn pairs(errors: &mut FieldErrors, field: &str, text: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once('=') {
            Some((name, value)) => {
                pairs.insert(name.trim().to_owned(), value.to_owned());
            }
            None => errors.add(
                field,
                Problem::Unreadable {
                    why: format!("\"{line}\" is not of the form NAME=value"),
                },
            ),
        }
    }
    pairs
}

fn argv(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A whole number; nothing typed means the usual one.
fn whole(errors: &mut FieldErrors, field: &str, text: &str, usual: u32) -> u32 {
    let text = text.trim();
    if text.is_empty() {
        return usual;
    }
    text.parse().unwrap_or_else(|_| {
        errors.add(
            field,
            Problem::Range {
                least: 0.0,
                most: 86_400.0,
            },
        );
        usual
    })
}

/// A number with or without a fraction; nothing typed means none.
fn decimal(errors: &mut FieldErrors, field: &str, text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    if text.is_empty() {
        return None;
    }
    let number: Option<f64> = text
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0);
    if number.is_none() {
        errors.add(
            field,
            Problem::Range {
                least: 0.0,
                most: 100_000.0,
            },
        );
    }
    number
}

#[cfg(test)]
mod tests {
    use super::super::posted::{PostedEnvironment, PostedStep};
    use super::*;

    #[test]
    fn settings_come_back_as_they_were() {
        let settings = Settings {
            target: Target::Command(CommandTarget {
                deploy: vec!["bin/deploy".into(), "--all of it".into()],
                env: BTreeMap::from([("REGION".into(), "eu=1".into())]),
                timeout_s: 30,
                ..CommandTarget::default()
            }),
            strategy: Strategy::procedure_canary(60),
            source: MetricSource::scrape("http://a".into(), "http://b".into(), 7),
            analysis: AnalysisRules {
                interval_s: 7,
                ..AnalysisRules::default()
            },
            check_s: 300,
            bake_s: 3600,
        };
        assert_eq!(PostedSettings::of(&settings).read(&settings), Ok(settings));
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        let form = PostedSettings {
            target: "command".into(),
            env: "NOVALUE".into(),
            check_s: "soon".into(),
            source: "scrape".into(),
            error_limit: "five".into(),
            ..PostedSettings::default()
        };
        let errors = form.read(&Settings::default()).expect_err("three fields are wrong");
        for field in ["target.env", "check_s", "analysis.error_limit"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn what_is_hidden_is_passed_over() {
        let hidden = PostedSettings {
            target: "none".into(),
            env: "NOVALUE".into(),
            timeout_s: "long".into(),
            strategy: "all_at_once".into(),
            steps: vec![PostedStep {
                weight: "half".into(),
                wait_s: "long".into(),
            }],
            source: "none".into(),
            interval_s: "often".into(),
            error_limit: "five".into(),
            ..PostedSettings::default()
        };
        assert_eq!(hidden.read(&Settings::default()), Ok(Settings::default()));
    }

    #[test]
    fn empty_lines_are_no_environments() {
        let mut form = PostedService::fresh();
        form.environments.push(PostedEnvironment::default());
        assert_eq!(form.read().environments.len(), 3);
    }
}
