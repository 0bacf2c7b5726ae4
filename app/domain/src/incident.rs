//! Incidents: an interruption with severity, timeline, impact, cause and action items; and the procedure's report.

use crate::access::{By, Person};
use crate::event::Happened;
use crate::field::{FieldErrors, check_length};
use crate::id::{ActionItemId, DeploymentId, IncidentId, ServiceId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    pub fn key(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    pub fn from_key(key: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.key() == key)
    }
}

/// How far an incident is; the words of the public status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
}

impl IncidentState {
    pub const ALL: [IncidentState; 4] = [
        IncidentState::Investigating,
        IncidentState::Identified,
        IncidentState::Monitoring,
        IncidentState::Resolved,
    ];

    pub fn key(self) -> &'static str {
        match self {
            IncidentState::Investigating => "investigating",
            IncidentState::Identified => "identified",
            IncidentState::Monitoring => "monitoring",
            IncidentState::Resolved => "resolved",
        }
    }

    pub fn from_key(key: &str) -> Option<IncidentState> {
        IncidentState::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// What a person writes of an incident: the parts of the procedure's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentForm {
    pub title: String,
    /// What the status page calls it; empty while nobody has said. The title above stays among those who sign in.
    #[serde(default)]
    pub public_title: String,
    pub severity: Severity,
    pub what_happened: String,
    pub impact: String,
    pub root_cause: String,
    pub resolution: String,
    pub lessons: String,
    pub started_at: DateTime<Utc>,
    pub row_version: i32,
}

impl IncidentForm {
    /// What is wrong, by field.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        check_length(&mut errors, "title", &self.title, 3, 160);
        check_length(&mut errors, "public_title", &self.public_title, 0, 160);
        for (field, text) in [
            ("what_happened", &self.what_happened),
            ("impact", &self.impact),
            ("root_cause", &self.root_cause),
            ("resolution", &self.resolution),
            ("lessons", &self.lessons),
        ] {
            check_length(&mut errors, field, text, 0, 20_000);
        }
        errors
    }
}

/// An incident as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    /// What people call it by: INC-7.
    pub number: i64,
    pub service: ServiceId,
    /// The deployment that caused it, named explicitly or none.
    pub deployment: Option<DeploymentId>,
    pub state: IncidentState,
    pub form: IncidentForm,
    pub opened_by: By,
    pub opened_at: DateTime<Utc>,
    pub detected_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Something to do so that it does not happen again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionItem {
    pub id: ActionItemId,
    pub text: String,
    /// Ticket, or empty.
    pub ticket: String,
    pub done: bool,
}

/// What the public has been told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    pub state: IncidentState,
    pub body: String,
    pub at: DateTime<Utc>,
    pub by: By,
}

/// A moment of an incident's timeline, in words of a person or as an event of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "moment", rename_all = "snake_case")]
pub enum Moment {
    Event(Happened),
    Update(Update),
}

/// An incident in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentLine {
    pub id: IncidentId,
    pub number: i64,
    pub title: String,
    pub service: String,
    pub severity: Severity,
    pub state: IncidentState,
    pub started_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
}

/// An incident with all that its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentPage {
    pub incident: Incident,
    pub service: crate::service::Service,
    pub deployment: Option<crate::deployment::DeploymentLine>,
    pub rollback: Option<crate::deployment::DeploymentLine>,
    /// Oldest first.
    pub timeline: Vec<Moment>,
    pub updates: Vec<Update>,
    pub actions: Vec<ActionItem>,
    /// Figures of the judgement that took the deployment back, if one did.
    pub judgement: Option<crate::analysis::Judgement>,
    pub people: Vec<Person>,
}
