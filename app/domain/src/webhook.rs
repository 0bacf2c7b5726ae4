//! Webhooks out: what is reported to which receiver.

use crate::access::By;
use crate::event::Event;
use crate::field::{FieldErrors, Problem, check_length, check_url};
use crate::id::{DeliveryId, ServiceId, WebhookId};
use crate::notice::About;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// What can be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "approval.requested")]
    ApprovalRequested,
    #[serde(rename = "approval.decided")]
    ApprovalDecided,
    #[serde(rename = "approval.voided")]
    ApprovalVoided,
    #[serde(rename = "deployment.requested")]
    DeploymentRequested,
    #[serde(rename = "deployment.started")]
    DeploymentStarted,
    #[serde(rename = "deployment.paused")]
    DeploymentPaused,
    #[serde(rename = "deployment.in_production")]
    DeploymentInProduction,
    #[serde(rename = "deployment.taken_back")]
    DeploymentTakenBack,
    #[serde(rename = "deployment.ended")]
    DeploymentEnded,
    #[serde(rename = "incident.opened")]
    IncidentOpened,
    #[serde(rename = "incident.updated")]
    IncidentUpdated,
    /// Sent on request, to see whether it arrives. Nobody chooses it.
    #[serde(rename = "test")]
    Test,
}

impl Kind {
    /// Those that can be chosen.
    pub const ALL: [Kind; 11] = [
        Kind::ApprovalRequested,
        Kind::ApprovalDecided,
        Kind::ApprovalVoided,
        Kind::DeploymentRequested,
        Kind::DeploymentStarted,
        Kind::DeploymentPaused,
        Kind::DeploymentInProduction,
        Kind::DeploymentTakenBack,
        Kind::DeploymentEnded,
        Kind::IncidentOpened,
        Kind::IncidentUpdated,
    ];

    /// The word by which it is stored, posted, and sent as `type`.
    pub fn key(self) -> &'static str {
        match self {
            Kind::ApprovalRequested => "approval.requested",
            Kind::ApprovalDecided => "approval.decided",
            Kind::ApprovalVoided => "approval.voided",
            Kind::DeploymentRequested => "deployment.requested",
            Kind::DeploymentStarted => "deployment.started",
            Kind::DeploymentPaused => "deployment.paused",
            Kind::DeploymentInProduction => "deployment.in_production",
            Kind::DeploymentTakenBack => "deployment.taken_back",
            Kind::DeploymentEnded => "deployment.ended",
            Kind::IncidentOpened => "incident.opened",
            Kind::IncidentUpdated => "incident.updated",
            Kind::Test => "test",
        }
    }

    /// The kind with this word.
    pub fn from_key(key: &str) -> Option<Kind> {
        Kind::ALL.into_iter().chain([Kind::Test]).find(|kind| kind.key() == key)
    }

    /// What an event is reported as; nothing for most.
    pub fn of(event: &Event) -> Option<Kind> {
        match event {
            Event::ApprovalRequested { .. } => Some(Kind::ApprovalRequested),
            Event::Decided { .. } => Some(Kind::ApprovalDecided),
            Event::ApprovalsVoided { .. } => Some(Kind::ApprovalVoided),
            Event::DeploymentRequested { .. } => Some(Kind::DeploymentRequested),
            Event::DeploymentStarted => Some(Kind::DeploymentStarted),
            Event::Paused { .. } => Some(Kind::DeploymentPaused),
            Event::InProduction => Some(Kind::DeploymentInProduction),
            Event::TakingBack { .. } => Some(Kind::DeploymentTakenBack),
            Event::Ended { .. } => Some(Kind::DeploymentEnded),
            Event::IncidentOpened { .. } => Some(Kind::IncidentOpened),
            Event::IncidentStateChanged { .. }
            | Event::IncidentSeverityChanged { .. }
            | Event::StatusPublished { .. } => Some(Kind::IncidentUpdated),
            _ => None,
        }
    }
}

/// In which form it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// JSON, signed as Standard Webhooks are.
    Standard,
    /// A sentence, as Slack's incoming webhooks take it.
    Slack,
}

impl Form {
    pub const ALL: [Form; 2] = [Form::Standard, Form::Slack];

    pub fn key(self) -> &'static str {
        match self {
            Form::Standard => "standard",
            Form::Slack => "slack",
        }
    }

    pub fn from_key(key: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.key() == key)
    }
}

/// What an administrator writes of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookForm {
    pub name: String,
    pub form: Form,
    /// Empty while editing: the address stays as it is.
    pub url: String,
    pub kinds: Vec<Kind>,
    /// None: of all services.
    pub services: Vec<ServiceId>,
    pub row_version: i32,
}

impl WebhookForm {
    /// What is wrong, by field. A new one needs an address.
    pub fn check(&self, new: bool) -> FieldErrors {
        let mut errors = FieldErrors::default();
        check_length(&mut errors, "name", &self.name, 1, 80);
        if new || !self.url.trim().is_empty() {
            check_url(&mut errors, "url", self.url.trim());
            check_length(&mut errors, "url", &self.url, 1, 2_000);
        }
        if self.kinds.is_empty() || self.kinds.contains(&Kind::Test) {
            errors.add("kinds", Problem::Missing);
        }
        errors
    }
}

/// Scheme and host of an address: what may be shown of one that is itself a secret.
pub fn shown_of(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return String::new();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}")
}

/// Why nothing is sent there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    Person,
    Failing,
}

/// A webhook as administrators see it: its address and its secret are not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub id: WebhookId,
    pub name: String,
    pub form: Form,
    pub host: String,
    pub kinds: Vec<Kind>,
    pub services: Vec<ServiceId>,
    pub stopped: Option<(DateTime<Utc>, Stopped)>,
    pub failing_since: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub row_version: i32,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It will be tried, or tried again.
    Waiting,
    Delivered,
    /// It was tried to the last attempt.
    Failed,
}

/// One happening for one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub id: DeliveryId,
    pub kind: Kind,
    pub at: DateTime<Utc>,
    pub state: DeliveryState,
    pub attempts: Vec<Attempt>,
}

/// One try, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub attempt: i32,
    pub at: DateTime<Utc>,
    /// None: no answer came.
    pub status: Option<i32>,
    /// Why no answer came, or why this one does not count.
    pub error: String,
    /// The first 4096 bytes of the answer.
    pub answer: String,
    pub duration_ms: i32,
}

/// What is reported: the same at each attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub about: About,
    pub by: By,
    pub event: Option<Event>,
}

/// A receiver that took nothing for this long is left alone.
pub const PATIENCE: TimeDelta = TimeDelta::days(3);

/// Whether a receiver is given up, that has been failing since then.
pub fn gives_up(failing_since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - failing_since >= PATIENCE
}

/// How often one delivery is tried: with the queue's pauses, which grow from seconds to six hours, over about a day and a half.
pub const ATTEMPTS: i32 = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_of_an_address_is_shown() {
        assert_eq!(
            shown_of("https://hooks.slack.com/services/T0/B0/secret"),
            "https://hooks.slack.com"
        );
        assert_eq!(shown_of("http://user:secret@[::1]:8080/x?y"), "http://[::1]:8080");
        assert_eq!(shown_of("nonsense"), "");
    }

    #[test]
    fn words_lead_back_and_are_those_of_the_wire() {
        for kind in Kind::ALL.into_iter().chain([Kind::Test]) {
            assert_eq!(Kind::from_key(kind.key()), Some(kind));
            assert_eq!(
                serde_json::to_value(kind).expect("a word"),
                serde_json::Value::from(kind.key())
            );
        }
    }

    #[test]
    fn a_new_one_needs_an_address_and_something_to_report() {
        let form = WebhookForm {
            name: "Chat".into(),
            form: Form::Slack,
            url: String::new(),
            kinds: vec![],
            services: vec![],
            row_version: 1,
        };
        let errors = form.check(true);
        assert_eq!(errors.get("url"), Some(&Problem::Missing));
        assert_eq!(errors.get("kinds"), Some(&Problem::Missing));
        assert_eq!(form.check(false).get("url"), None);
    }

    #[test]
    fn a_receiver_is_given_up_after_days() {
        let since = DateTime::UNIX_EPOCH;
        assert!(!gives_up(since, since + TimeDelta::hours(71)));
        assert!(gives_up(since, since + TimeDelta::hours(72)));
    }
}
