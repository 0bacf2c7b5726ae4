//! The public status page: server-rendered, without a script, readable on anything.

#[cfg(any(feature = "ssr", test))]
mod days;

use chrono::{DateTime, Utc};
use domain::incident::IncidentState;
use domain::status::{ComponentLine, ComponentState, PublicIncident};

#[cfg(feature = "ssr")]
mod components;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
pub use page::public_page;

/// A component's state, as people read it.
pub fn component_words(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "Operational",
        ComponentState::UnderMaintenance => "Under maintenance",
        ComponentState::DegradedPerformance => "Degraded",
        ComponentState::PartialOutage => "Partial outage",
        ComponentState::MajorOutage => "Outage",
    }
}

/// An incident's state, as people read it.
pub fn incident_words(state: IncidentState) -> &'static str {
    match state {
        IncidentState::Investigating => "Investigating",
        IncidentState::Identified => "Identified",
        IncidentState::Monitoring => "Monitoring",
        IncidentState::Resolved => "Resolved",
    }
}

/// The one sentence above everything.
pub fn overall_words(components: &[ComponentLine]) -> String {
    let affected: Vec<&ComponentLine> = components
        .iter()
        .filter(|component| component.state != ComponentState::Operational)
        .collect();
    match affected.as_slice() {
        [] if components.is_empty() => "Nothing is listed here yet.".into(),
        [] => "Everything works.".into(),
        [one] => match one.state {
            ComponentState::UnderMaintenance => format!("{} is under maintenance.", one.name),
            ComponentState::DegradedPerformance => format!("{} is degraded.", one.name),
            ComponentState::PartialOutage => format!("{} is down for some.", one.name),
            _ => format!("{} is down.", one.name),
        },
        many => format!("{} of {} parts are affected.", many.len(), components.len()),
    }
}

/// What is wrong and since when, for each component of which no open incident tells.
pub fn untold(components: &[ComponentLine], open: &[PublicIncident], now: DateTime<Utc>) -> Vec<String> {
    let told = |component: &&ComponentLine| open.iter().any(|incident| incident.component == component.name);
    components
        .iter()
        .filter(|component| component.state != ComponentState::Operational && !told(component))
        .map(|component| sentence(component, now))
        .collect()
}

fn sentence(component: &ComponentLine, now: DateTime<Utc>) -> String {
    let (what, next) = match component.state {
        ComponentState::Operational => ("in working order", ""),
        ComponentState::UnderMaintenance => ("under maintenance", ""),
        ComponentState::DegradedPerformance => ("degraded", " We are looking into it."),
        ComponentState::PartialOutage => ("down for some", " We are looking into it."),
        ComponentState::MajorOutage => ("down", " We are looking into it."),
    };
    let form = if component.since.date_naive() == now.date_naive() {
        "%H:%M UTC"
    } else {
        "%-d %b, %H:%M UTC"
    };
    format!(
        "{} has been {what} since {}.{next}",
        component.name,
        component.since.format(form)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use domain::incident::Severity;

    fn component(name: &str, state: ComponentState) -> ComponentLine {
        ComponentLine {
            name: name.into(),
            description: String::new(),
            state,
            since: DateTime::UNIX_EPOCH,
            days: Vec::new(),
        }
    }

    #[test]
    fn the_sentence_names_what_is_affected() {
        let fine = component("Search", ComponentState::Operational);
        let bad = component("Storefront", ComponentState::DegradedPerformance);
        assert_eq!(overall_words(std::slice::from_ref(&fine)), "Everything works.");
        assert_eq!(overall_words(&[fine.clone(), bad.clone()]), "Storefront is degraded.");
        assert_eq!(overall_words(&[bad.clone(), bad]), "2 of 2 parts are affected.");
    }

    #[test]
    fn what_no_incident_tells_of_is_said() {
        let now: DateTime<Utc> = "2026-11-23T16:41:00Z".parse().expect("a time");
        let mut bad = component("Storefront", ComponentState::DegradedPerformance);
        bad.since = now - TimeDelta::minutes(1);
        let fine = component("Search", ComponentState::Operational);
        let parts = [fine, bad.clone()];
        assert_eq!(
            untold(&parts, &[], now),
            ["Storefront has been degraded since 16:40 UTC. We are looking into it."]
        );
        bad.state = ComponentState::UnderMaintenance;
        assert_eq!(
            untold(&[bad], &[], now + TimeDelta::days(1)),
            ["Storefront has been under maintenance since 23 Nov, 16:40 UTC."]
        );
        let incident = |component: &str| PublicIncident {
            number: 7,
            title: "Some requests failed".into(),
            component: component.into(),
            state: IncidentState::Identified,
            severity: Severity::High,
            started_at: now,
            resolved_at: None,
            updates: Vec::new(),
        };
        assert!(untold(&parts, &[incident("Storefront")], now).is_empty());
        assert_eq!(
            untold(&parts, &[incident("Search")], now).len(),
            1,
            "it is of another part"
        );
    }
}
