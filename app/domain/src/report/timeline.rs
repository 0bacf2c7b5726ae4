//! The timeline of an incident: which events tell the story, and each as one line.

use crate::access::By;
use crate::analysis::Judgement;
use crate::deployment::{Outcome, Pause, Steer, Trigger};
use crate::event::{Event, Happened, StreamKind};
use crate::id::PersonId;
use crate::incident::{IncidentPage, IncidentState, Moment, Update};

/// Whether an event belongs to the story; the rest is bookkeeping.
pub fn tells(event: &Event) -> bool {
    match event {
        Event::DeploymentRequested { .. }
        | Event::DeploymentStarted
        | Event::WeightReached { .. }
        | Event::WeightReasserted { .. }
        | Event::InProduction
        | Event::AnalysisFailed { .. }
        | Event::Paused { .. }
        | Event::Resumed
        | Event::TakingBack { .. }
        | Event::Restored { .. }
        | Event::IncidentOpened { .. }
        | Event::IncidentStateChanged { .. }
        | Event::IncidentSeverityChanged { .. } => true,
        // The pause, or the end, of a command is an event of its own.
        Event::Steered { act } => matches!(act, Steer::Promote | Steer::Abort { .. } | Steer::RollBack { .. }),
        Event::Ended { outcome } => !matches!(outcome, Outcome::JudgedBad { .. } | Outcome::TakenBack { .. }),
        _ => false,
    }
}

/// The moments of an incident, oldest first. A change of state that was told to the public is shown as what was told.
pub fn timeline(events: Vec<Happened>, updates: &[Update]) -> Vec<Moment> {
    let told = |happened: &Happened| {
        matches!(happened.event, Event::IncidentStateChanged { to }
            if updates.iter().any(|update| update.at == happened.at && update.state == to))
    };
    let mut moments: Vec<((chrono::DateTime<chrono::Utc>, i64), Moment)> = events
        .into_iter()
        .filter(|happened| tells(&happened.event) && !told(happened))
        .map(|happened| ((happened.at, happened.id), Moment::Event(happened)))
        .collect();
    // After the events of the same transaction, which share its moment.
    moments.extend(
        updates
            .iter()
            .map(|update| ((update.at, i64::MAX), Moment::Update(update.clone()))),
    );
    moments.sort_by_key(|(key, _)| *key);
    moments.into_iter().map(|(_, moment)| moment).collect()
}

/// The procedure's five triggers in its own words, or a person's sentence.
pub fn trigger_words(trigger: &Trigger) -> String {
    match trigger {
        Trigger::ErrorRate => "error rate increased significantly".into(),
        Trigger::CriticalFeature => "critical feature is broken".into(),
        Trigger::DataCorruption => "data corruption detected".into(),
        Trigger::SecurityVulnerability => "security vulnerability discovered".into(),
        Trigger::Performance => "performance degraded severely".into(),
        Trigger::Words { text } => text.trim().trim_end_matches('.').to_owned(),
    }
}

/// One moment in words, with the names of the page.
pub fn line(moment: &Moment, page: &IncidentPage) -> String {
    match moment {
        Moment::Event(happened) => event_line(happened, page),
        Moment::Update(update) => format!("Public update, {}: “{}”", state_words(update.state), update.body.trim()),
    }
}

pub(super) fn state_words(state: IncidentState) -> &'static str {
    state.key()
}

fn event_line(happened: &Happened, page: &IncidentPage) -> String {
    let subject = subject(happened, page);
    let by = || who(happened.by, page);
    match &happened.event {
        Event::DeploymentRequested {
            version, environment, ..
        } => {
            format!("{subject} of {version} to {environment} requested by {}", by())
        }
        Event::DeploymentStarted => format!("{subject} started"),
        Event::WeightReached { percent: 0 } => "Stable serves all traffic".into(),
        Event::WeightReached { percent } => format!("Canary serves {percent} % of traffic"),
        Event::WeightReasserted { want, seen } => format!("Traffic was at {seen} %, set to {want} % again"),
        Event::InProduction => format!("{subject} serves all traffic"),
        Event::AnalysisFailed { metrics } => format!("Analysis failed: {}", titles(metrics, page.judgement.as_ref())),
        Event::Paused { pause } => paused(pause, page),
        Event::Resumed => format!("{subject} resumed by {}", by()),
        Event::Steered { act } => format!("{} {subject}", steered(act, &by())),
        Event::TakingBack { trigger } => format!("Rollback initiated: {}", trigger_words(trigger)),
        Event::Restored { version: Some(version) } => format!("Service restored: {version} serves everything"),
        Event::Restored { version: None } => "Service restored".into(),
        Event::Ended { outcome } => ended(&subject, outcome, page),
        Event::IncidentOpened { number, .. } => format!("Incident INC-{number} opened by {}", by()),
        Event::IncidentStateChanged { to } => format!("Incident is {} ({})", state_words(*to), by()),
        Event::IncidentSeverityChanged { to } => format!("Severity set to {} by {}", to.key(), by()),
        other => format!("{other:?}"),
    }
}

/// What the event is about: the deployment, its way back, or the incident.
fn subject(happened: &Happened, page: &IncidentPage) -> String {
    let of = |line: &Option<crate::deployment::DeploymentLine>| {
        line.as_ref()
            .filter(|line| line.id.0 == happened.stream.id)
            .map(|line| line.number)
    };
    match (happened.stream.kind, of(&page.deployment), of(&page.rollback)) {
        (StreamKind::Deployment, Some(number), _) => format!("Deployment #{number}"),
        (StreamKind::Deployment, _, Some(number)) => format!("Rollback #{number}"),
        (StreamKind::Deployment, None, None) => "Deployment".into(),
        _ => format!("INC-{}", page.incident.number),
    }
}

fn who(by: By, page: &IncidentPage) -> String {
    by.person().map_or_else(|| "the machine".into(), |id| name(id, page))
}

fn name(id: PersonId, page: &IncidentPage) -> String {
    page.people
        .iter()
        .find(|person| person.id == id)
        .map_or_else(|| "somebody".into(), |person| person.name.clone())
}

fn titles(metrics: &[String], judgement: Option<&Judgement>) -> String {
    let title = |id: &String| {
        let metric = judgement.and_then(|judgement| judgement.metrics.iter().find(|metric| metric.id == *id));
        metric.map_or_else(|| id.clone(), |metric| metric.title.clone())
    };
    metrics.iter().map(title).collect::<Vec<_>>().join(", ")
}

fn paused(pause: &Pause, page: &IncidentPage) -> String {
    match pause {
        Pause::Person { by, reason } => format!("Paused by {}: {}", name(*by, page), reason.trim()),
        Pause::Inconclusive { metrics } => {
            format!(
                "Paused: the analysis can't tell ({})",
                titles(metrics, page.judgement.as_ref())
            )
        }
        Pause::Unknown { command, .. } => format!("Paused: not known whether command {} happened", command.key()),
        Pause::Gate { .. } => "Paused: a gate does not pass".into(),
        Pause::Drift { want, seen } => format!("Paused: target shows {seen} instead of {want}"),
    }
}

fn steered(act: &Steer, by: &str) -> String {
    match act {
        Steer::Abort { reason } => format!("{by} aborted ({}):", reason.trim()),
        Steer::RollBack { trigger } => format!("{by} decided to roll back ({}):", trigger_words(trigger)),
        Steer::Promote => format!("{by} promoted"),
        other => format!("{by} gave {}:", other.key()),
    }
}

fn ended(subject: &str, outcome: &Outcome, page: &IncidentPage) -> String {
    match outcome {
        Outcome::Succeeded => format!("{subject} succeeded"),
        Outcome::CommandFailed { command, exit_code, .. } => {
            let code = exit_code.map_or_else(|| "a signal".into(), |code| format!("exit code {code}"));
            format!("{subject}: command {} failed with {code}", command.key())
        }
        Outcome::NotHealthy { seen } => format!("{subject}: not healthy ({seen})"),
        Outcome::Aborted { by, reason } => format!("{subject} aborted by {}: {}", name(*by, page), reason.trim()),
        Outcome::TakenBack { by, .. } => format!("{subject} taken back by {}", name(*by, page)),
        Outcome::JudgedBad { .. } => format!("{subject} taken back by the machine"),
        Outcome::Frozen { name } => format!("{subject} taken back: {}", name.trim()),
        Outcome::Superseded { .. } => format!("{subject} superseded by a newer one"),
        Outcome::Cancelled { by } => format!("{subject} cancelled by {}", name(*by, page)),
    }
}
