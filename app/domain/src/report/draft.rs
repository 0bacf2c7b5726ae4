//! What the machine writes of a deployment that was taken back.

use super::figure::{count, percent, seconds, span};
use super::timeline::trigger_words;
use crate::analysis::{Judgement, MetricJudgement, MetricVerdict, Overall, Reason};
use crate::deployment::{Deployment, Outcome};
use crate::event::{Event, Happened};
use crate::incident::{IncidentForm, Severity};
use crate::plan::{Phase, StepKind};
use crate::service::{Strategy, Tier};
use chrono::{DateTime, TimeDelta, Utc};

/// The metric of failed requests.
pub(super) const ERROR_RATE: &str = "error_rate";

/// All that a draft is made from.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// The deployment that was taken back, with its outcome.
    pub deployment: &'a Deployment,
    /// The judgement that took it back, if one did.
    pub judgement: Option<&'a Judgement>,
    /// The deployment's events, oldest first.
    pub events: &'a [Happened],
    /// The moment of the decision.
    pub now: DateTime<Utc>,
}

/// High when the machine judged a rollout in production bad, medium otherwise.
pub fn severity_of(tier: Tier, judgement: Option<&Judgement>) -> Severity {
    match judgement {
        Some(judgement) if tier == Tier::Production && judgement.overall == Overall::Fail => Severity::High,
        _ => Severity::Medium,
    }
}

impl Story<'_> {
    /// The drafted report. Root cause and lessons are a person's to write.
    pub fn form(&self) -> IncidentForm {
        IncidentForm {
            title: self.title(),
            public_title: self.public_title(),
            severity: severity_of(self.deployment.plan.tier, self.judgement()),
            what_happened: self.what_happened(),
            impact: self.impact(),
            root_cause: String::new(),
            resolution: String::new(),
            lessons: String::new(),
            started_at: self.started_at(),
            row_version: 0,
        }
    }

    /// The judgement: the one that was handed over, else the one that the outcome holds.
    pub(super) fn judgement(&self) -> Option<&Judgement> {
        match &self.deployment.run.outcome {
            Some(Outcome::JudgedBad { judgement }) => Some(self.judgement.unwrap_or(judgement)),
            _ => self.judgement,
        }
    }

    /// When customers could first meet the new version; before that, when the deployment began.
    pub fn started_at(&self) -> DateTime<Utc> {
        let deployment = self.deployment;
        let run = &deployment.run;
        run.analysis_since
            .or(run.in_production_at)
            .or(deployment.started_at)
            .unwrap_or(deployment.requested_at)
    }

    fn title(&self) -> String {
        let plan = &self.deployment.plan;
        let what = format!("{} {} taken back from {}", plan.service, plan.version, plan.environment);
        let title = format!("{what}: {}", self.cause());
        if title.chars().count() <= 160 {
            title
        } else {
            title.chars().take(159).chain(['…']).collect()
        }
    }

    /// Why it came back, in a few words.
    fn cause(&self) -> String {
        match &self.deployment.run.outcome {
            Some(Outcome::TakenBack { trigger, .. }) => trigger_words(trigger),
            Some(Outcome::CommandFailed { command, .. }) => format!("command {} failed", command.key()),
            Some(Outcome::NotHealthy { .. }) => "instances did not become healthy".into(),
            Some(Outcome::Aborted { reason, .. }) => reason.trim().to_owned(),
            _ => self.judgement().map_or_else(|| "it was decided so".into(), short_cause),
        }
    }

    fn what_happened(&self) -> String {
        let deployment = self.deployment;
        let plan = &deployment.plan;
        let began = deployment.started_at.unwrap_or(deployment.requested_at);
        let mut text = format!(
            "Deployment #{} brought {} {} to {} ({}) from {} UTC on.",
            deployment.number,
            plan.service,
            plan.version,
            plan.environment,
            way(&plan.strategy),
            began.format("%Y-%m-%d %H:%M:%S"),
        );
        let share = exposure(self.events, self.now)
            .last()
            .map(|(percent, _)| *percent)
            .filter(|percent| *percent > 0);
        let with = share.map_or_else(String::new, |percent| {
            format!(", with {percent} % of traffic on the new version")
        });
        text.push_str(&format!(
            " At {}{with}, {}",
            self.now.format("%H:%M:%S"),
            self.decided()
        ));
        match deployment.run.before.as_ref().or(deployment.previous_version.as_ref()) {
            Some(version) => text.push_str(&format!(
                " Traffic was sent back to {version}, and its restoration began."
            )),
            None => text.push_str(" Nothing ran there before that could be restored."),
        }
        text
    }

    /// Who or what decided, as a sentence.
    fn decided(&self) -> String {
        match &self.deployment.run.outcome {
            Some(Outcome::TakenBack { trigger, .. }) => format!("a person took it back: {}.", trigger_words(trigger)),
            Some(Outcome::Aborted { reason, .. }) => format!("a person stopped it: {}.", reason.trim()),
            Some(Outcome::CommandFailed {
                command,
                exit_code,
                last_line,
            }) => {
                let code = exit_code.map_or_else(|| "ended by a signal".into(), |code| format!("exit code {code}"));
                let said = last_line.trim();
                let said = if said.is_empty() {
                    String::new()
                } else {
                    format!("; its last line: {said}")
                };
                format!(
                    "the command {} failed ({code}{said}), and the machine took it back.",
                    command.key()
                )
            }
            Some(Outcome::NotHealthy { seen }) => {
                format!("instances were not healthy ({seen}), and the machine took it back.")
            }
            _ => match self.judgement() {
                Some(judgement) => format!(
                    "the analysis failed and the machine took it back: {}.",
                    evidence(judgement)
                ),
                None => "the machine took it back.".into(),
            },
        }
    }

    /// The figures, one bullet each.
    fn impact(&self) -> String {
        let subject = if self.on_canary() {
            "The canary"
        } else {
            "The new version"
        };
        let mut lines: Vec<String> = self
            .judgement()
            .map(|judgement| {
                decisive(judgement)
                    .into_iter()
                    .map(|metric| figures(subject, metric))
                    .collect()
            })
            .unwrap_or_default();
        lines.extend(exposed(&exposure(self.events, self.now)));
        lines
            .iter()
            .map(|line| format!("- {line}"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Whether stable still served beside it.
    fn on_canary(&self) -> bool {
        let step = self.deployment.plan.steps.get(self.deployment.run.step as usize);
        step.is_none_or(|step| {
            step.phase == Phase::RollOut && matches!(step.kind, StepKind::Shift { weight, .. } if weight < 100)
        })
    }
}

fn way(strategy: &Strategy) -> String {
    match strategy {
        Strategy::AllAtOnce => "all at once".into(),
        Strategy::Canary { steps } => {
            let shares: Vec<String> = steps.iter().map(|step| step.weight.to_string()).collect();
            format!("canary {} %", shares.join(" → "))
        }
    }
}

/// The metrics that failed; when none did, those that have figures at all.
pub(super) fn decisive(judgement: &Judgement) -> Vec<&MetricJudgement> {
    let failed: Vec<_> = judgement
        .metrics
        .iter()
        .filter(|metric| metric.verdict == MetricVerdict::Fail && !metric.dry_run)
        .collect();
    if failed.is_empty() {
        judgement
            .metrics
            .iter()
            .filter(|metric| metric.canary.is_some())
            .collect()
    } else {
        failed
    }
}

fn short_cause(judgement: &Judgement) -> String {
    let Some(metric) = decisive(judgement).into_iter().next() else {
        return "the analysis failed".into();
    };
    let title = lower(&metric.title);
    match metric.evidence.reason {
        Reason::Quiet => title,
        Reason::BeyondLimit { limit } => format!("{title} beyond {}", percent(limit)),
        Reason::QuantileBeyondLimit { limit, .. } => format!("{title} beyond {}", seconds(limit)),
        Reason::WorseThanStable { .. } | Reason::QuantileWorseThanStable { .. } => format!("{title} worse than stable"),
    }
}

/// How sure the judgement is, and of what.
fn evidence(judgement: &Judgement) -> String {
    let metrics: Vec<String> = decisive(judgement)
        .into_iter()
        .map(|metric| {
            let evidence = metric.evidence;
            let sure = format!(
                "evidence {:.0} against a threshold of {:.0}",
                evidence.e_value.floor(),
                evidence.threshold
            );
            format!("{} ({sure})", lower(&metric.title))
        })
        .collect();
    if metrics.is_empty() {
        "no metric had figures".into()
    } else {
        metrics.join(", ")
    }
}

pub(super) fn is_latency(metric: &MetricJudgement) -> bool {
    matches!(
        metric.evidence.reason,
        Reason::QuantileBeyondLimit { .. } | Reason::QuantileWorseThanStable { .. }
    ) || metric.id.starts_with("latency")
}

/// `The canary answered 21.6 % of 371 requests with errors, limit 5 %; stable 0 % of 3,302.`
fn figures(subject: &str, metric: &MetricJudgement) -> String {
    let Some(canary) = metric.canary else {
        return format!("{}: nothing was measured.", metric.title);
    };
    let latency = is_latency(metric);
    let requests = count(canary.n);
    let mut text = match (latency, metric.id.as_str()) {
        (true, _) => format!("{}: {} over {requests} requests", metric.title, seconds(canary.value)),
        (false, ERROR_RATE) => format!(
            "{subject} answered {} of {requests} requests with errors",
            percent(canary.value)
        ),
        (false, _) => format!("{}: {} of {requests} requests", metric.title, percent(canary.value)),
    };
    match metric.evidence.reason {
        Reason::BeyondLimit { limit } => text.push_str(&format!(", limit {}", percent(limit))),
        Reason::QuantileBeyondLimit { limit, .. } => text.push_str(&format!(", limit {}", seconds(limit))),
        _ => {}
    }
    if let Some(stable) = metric.stable {
        let value = if latency {
            seconds(stable.value)
        } else {
            percent(stable.value)
        };
        let of = if latency { "over" } else { "of" };
        text.push_str(&format!("; stable {value} {of} {}", count(stable.n)));
    }
    text.push('.');
    text
}

/// How long which share of traffic went to the new version, in order; equal neighbours are one.
pub(super) fn exposure(events: &[Happened], until: DateTime<Utc>) -> Vec<(u8, TimeDelta)> {
    let reached = events.iter().filter_map(|happened| match happened.event {
        Event::WeightReached { percent } => Some((happened.at, percent)),
        Event::InProduction => Some((happened.at, 100)),
        _ => None,
    });
    let points: Vec<(DateTime<Utc>, u8)> = reached.collect();
    let mut shares: Vec<(u8, TimeDelta)> = Vec::new();
    for (i, (at, percent)) in points.iter().enumerate() {
        let end = points.get(i + 1).map_or(until, |(next, _)| *next);
        let length = (end - *at).max(TimeDelta::zero());
        match shares.last_mut() {
            Some((last, sum)) if last == percent => *sum += length,
            _ => shares.push((*percent, length)),
        }
    }
    shares
}

fn exposed(shares: &[(u8, TimeDelta)]) -> Option<String> {
    let parts: Vec<String> = shares
        .iter()
        .filter(|(percent, _)| *percent > 0)
        .map(|(percent, length)| format!("{percent} % of traffic for {}", span(*length)))
        .collect();
    (!parts.is_empty()).then(|| format!("It served {}.", parts.join(", then ")))
}

fn lower(title: &str) -> String {
    let mut chars = title.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// How it was resolved, for the report: what runs again, by which deployment, and how long it took.
pub fn resolution(version: Option<&str>, rollback: Option<i64>, started: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let what = version.map_or_else(
        || "The new version was removed".into(),
        |version| format!("{version} was restored"),
    );
    let by = rollback.map_or_else(String::new, |number| format!(" by deployment #{number}"));
    format!(
        "{what}{by} at {} UTC, {} after the start.",
        now.format("%H:%M:%S"),
        span(now - started)
    )
}
