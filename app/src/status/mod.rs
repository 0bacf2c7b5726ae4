//! The public status page: server-rendered, without a script, readable on anything.

#[cfg(any(feature = "ssr", test))]
mod days;

use domain::incident::IncidentState;
use domain::status::{ComponentLine, ComponentState};

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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

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
}
