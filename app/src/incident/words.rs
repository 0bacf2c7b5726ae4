//! Enums of an incident as words. Pure.

use domain::incident::{IncidentState, Severity};

use crate::ui::icon::Glyph;

/// Outline and word of a state.
pub fn state(state: IncidentState) -> (Glyph, &'static str) {
    match state {
        IncidentState::Investigating => (Glyph::Hold, "Investigating"),
        IncidentState::Identified => (Glyph::Hold, "Identified"),
        IncidentState::Monitoring => (Glyph::Run, "Monitoring"),
        IncidentState::Resolved => (Glyph::Pass, "Resolved"),
    }
}

/// How bad it is, in a word.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

/// Class of the tag that carries a severity.
pub fn severity_tag(severity: Severity) -> &'static str {
    match severity {
        Severity::Low | Severity::Medium => "tag",
        Severity::High => "tag tag-hold",
        Severity::Critical => "tag tag-fail",
    }
}
