//! The procedure's report, written out.

use super::figure::span;
use super::timeline::{line, tells, trigger_words};
use crate::event::Event;
use crate::incident::{ActionItem, IncidentPage, Moment, Severity};

/// The report of an incident in a layout with `{{…}}` marks: `number title service date severity duration what_happened
/// impact root_cause timeline resolution action_items lessons`. An unknown mark stays as it is; a mark inside a person's
/// words is not looked at.
///
/// Times are UTC.
pub fn markdown(layout: &str, page: &IncidentPage) -> String {
    let mut out = String::with_capacity(layout.len() * 4);
    let mut rest = layout;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        match after
            .split_once("}}")
            .and_then(|(mark, behind)| Some((value(mark.trim(), page)?, behind)))
        {
            Some((text, behind)) => {
                out.push_str(&text);
                rest = behind;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn value(mark: &str, page: &IncidentPage) -> Option<String> {
    let form = &page.incident.form;
    Some(match mark {
        "number" => format!("INC-{}", page.incident.number),
        "title" => form.title.split_whitespace().collect::<Vec<_>>().join(" "),
        "service" => page.service.name.clone(),
        "date" => form.started_at.format("%Y-%m-%d").to_string(),
        "severity" => severity_word(form.severity).to_owned(),
        "duration" => duration(page),
        "what_happened" => written(&form.what_happened, "Not written yet."),
        "impact" => written(&form.impact, "Not written yet."),
        "root_cause" => written(&form.root_cause, &unknown_cause(page)),
        "timeline" => moments(page),
        "resolution" => written(&form.resolution, "Not resolved yet."),
        "action_items" => actions(&page.actions),
        "lessons" => written(&form.lessons, "Not written yet."),
        _ => return None,
    })
}

fn written(text: &str, otherwise: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        format!("_{otherwise}_")
    } else {
        text.replace("\r\n", "\n")
    }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

fn duration(page: &IncidentPage) -> String {
    match page.incident.resolved_at {
        Some(resolved) => span(resolved - page.incident.form.started_at),
        None => "ongoing".into(),
    }
}

/// What is known while nobody has written the cause: what took the deployment back.
fn unknown_cause(page: &IncidentPage) -> String {
    let trigger = page.timeline.iter().find_map(|moment| match moment {
        Moment::Event(happened) => match &happened.event {
            Event::TakingBack { trigger } => Some(trigger_words(trigger)),
            _ => None,
        },
        Moment::Update(_) => None,
    });
    match (trigger, &page.deployment) {
        (Some(trigger), Some(deployment)) => {
            format!(
                "Not written yet. {} {} was taken back: {trigger}.",
                deployment.service, deployment.version
            )
        }
        _ => "Not written yet.".into(),
    }
}

/// One line a moment; the date leads where it changes from the incident's own.
fn moments(page: &IncidentPage) -> String {
    let mut day = page.incident.form.started_at.date_naive();
    let mut lines = Vec::new();
    for moment in &page.timeline {
        let at = match moment {
            Moment::Event(happened) if !tells(&happened.event) => continue,
            Moment::Event(happened) => happened.at,
            Moment::Update(update) => update.at,
        };
        let form = if at.date_naive() == day {
            "%H:%M:%S"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        day = at.date_naive();
        let words = line(moment, page).split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(format!("- {}: {words}", at.format(form)));
    }
    if lines.is_empty() {
        "_Nothing recorded._".into()
    } else {
        lines.join("\n")
    }
}

fn actions(actions: &[ActionItem]) -> String {
    let one = |action: &ActionItem| {
        let tick = if action.done { 'x' } else { ' ' };
        let ticket = action.ticket.trim();
        let ticket = if ticket.is_empty() {
            String::new()
        } else {
            format!(" ({ticket})")
        };
        format!(
            "- [{tick}] {}{ticket}",
            action.text.split_whitespace().collect::<Vec<_>>().join(" ")
        )
    };
    if actions.is_empty() {
        "_None yet._".into()
    } else {
        actions.iter().map(one).collect::<Vec<_>>().join("\n")
    }
}
