//! Incidents: the list, and the report of one.

pub mod api;
mod chart;
mod fields;
pub mod form;
mod list;
mod new;
mod parts;
mod report;
mod screen;
pub mod view;
pub mod words;

pub use list::IncidentList;
pub use new::IncidentNew;
pub use screen::IncidentScreen;

/// The address of an incident.
pub fn address(number: i64) -> String {
    format!("/incidents/{number}")
}
