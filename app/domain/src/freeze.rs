//! Freezes and windows: times in which an environment may not, or may only, be deployed to.
//!
//! The rules know no time zone and no recurrence: what a person wrote is expanded to intervals in UTC before it comes here ([`Span`]).

mod form;
mod times;

pub use form::{MOST_DAYS, MOST_DAYS_AGAIN, Schedule, TimeForm};
pub use times::{Brief, Override, Span, Times};

use crate::access::{Person, Scope};
use crate::id::{DeploymentId, EnvironmentId, PersonId, ReleaseId, ServiceId, TimeRuleId};
use crate::release::Window;
use crate::service::Tier;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether a time forbids deploying, or allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum TimeKind {
    /// Nothing is deployed in it.
    Freeze,
    /// Something is deployed only in it, or in another window of the same place.
    Window,
}

impl TimeKind {
    pub const ALL: [TimeKind; 2] = [TimeKind::Freeze, TimeKind::Window];

    pub fn key(self) -> &'static str {
        match self {
            TimeKind::Freeze => "freeze",
            TimeKind::Window => "window",
        }
    }

    pub fn from_key(key: &str) -> Option<TimeKind> {
        TimeKind::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// What becomes of a deployment that runs when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum OnRun {
    /// It goes on as if nothing had happened.
    Continue,
    /// It changes nothing more until it may again. Its analysis goes on.
    Hold,
    /// It is taken back.
    RollBack,
}

impl OnRun {
    pub const ALL: [OnRun; 3] = [OnRun::Hold, OnRun::Continue, OnRun::RollBack];

    pub fn key(self) -> &'static str {
        match self {
            OnRun::Hold => "hold",
            OnRun::Continue => "continue",
            OnRun::RollBack => "roll_back",
        }
    }

    pub fn from_key(key: &str) -> Option<OnRun> {
        OnRun::ALL.into_iter().find(|one| one.key() == key)
    }
}

/// Where a freeze or a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum Place {
    Instance,
    /// All environments of this tier.
    Tier {
        tier: Tier,
    },
    Service {
        service: ServiceId,
    },
    Environment {
        service: ServiceId,
        environment: EnvironmentId,
    },
}

impl Place {
    /// Whether it holds for an environment.
    pub fn covers(self, service: ServiceId, environment: EnvironmentId, tier: Tier) -> bool {
        match self {
            Place::Instance => true,
            Place::Tier { tier: of } => of == tier,
            Place::Service { service: of } => of == service,
            Place::Environment { environment: of, .. } => of == environment,
        }
    }

    /// Where setting it is asked for: one of a tier holds across services.
    pub fn scope(self) -> Scope {
        match self {
            Place::Instance | Place::Tier { .. } => Scope::Instance,
            Place::Service { service } => Scope::Service(service),
            Place::Environment { service, environment } => Scope::Environment { service, environment },
        }
    }
}

/// A freeze or a window, as it was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRule {
    pub id: TimeRuleId,
    pub kind: TimeKind,
    pub name: String,
    pub reason: String,
    pub place: Place,
    pub schedule: Schedule,
    pub on_run: OnRun,
    pub by: PersonId,
    pub at: DateTime<Utc>,
    /// Taken out of force by somebody; kept for the record.
    pub ended_at: Option<DateTime<Utc>>,
    /// Counts the edits; an edit that names an older one is a conflict.
    pub row_version: i32,
}

/// A planned release, and when it would be held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldRelease {
    pub release: ReleaseId,
    pub service: String,
    pub version: String,
    pub environment: String,
    pub window: Window,
    /// The first time in its planned window in which it could not start.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// A deployment under way that would be held, or taken back, were the rule in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldDeployment {
    pub deployment: DeploymentId,
    pub number: i64,
    pub service: String,
    pub version: String,
    pub environment: String,
    pub from: DateTime<Utc>,
}

/// What a freeze or window would do, before it is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Its next times, at most ten.
    pub next: Vec<Span>,
    /// How many there are within the horizon.
    pub count: u64,
    pub releases: Vec<HeldRelease>,
    pub deployments: Vec<HeldDeployment>,
}

/// One time of a rule on the calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub rule: TimeRuleId,
    pub kind: TimeKind,
    pub name: String,
    pub place: Place,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// A release's planned window on the calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedRelease {
    pub release: ReleaseId,
    pub service: String,
    pub version: String,
    pub title: String,
    pub window: Window,
}

/// Names of what places are called.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlaceNames {
    pub services: Vec<(ServiceId, String)>,
    /// Id, service and name.
    pub environments: Vec<(EnvironmentId, ServiceId, String)>,
}

/// The page of freezes and windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalendarPage {
    pub now: DateTime<Utc>,
    /// In force, by name.
    pub rules: Vec<TimeRule>,
    /// Times of the rules in the period asked for, by start.
    pub entries: Vec<Entry>,
    pub planned: Vec<PlannedRelease>,
    pub places: PlaceNames,
    pub people: Vec<Person>,
}
