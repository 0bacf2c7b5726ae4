//! The public status page: components, and how they have been.

use crate::incident::{IncidentState, Severity, Update};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// How a component is; the words of the Statuspage API v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    Operational,
    UnderMaintenance,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
}

impl ComponentState {
    pub const ALL: [ComponentState; 5] = [
        ComponentState::Operational,
        ComponentState::UnderMaintenance,
        ComponentState::DegradedPerformance,
        ComponentState::PartialOutage,
        ComponentState::MajorOutage,
    ];

    pub fn key(self) -> &'static str {
        match self {
            ComponentState::Operational => "operational",
            ComponentState::UnderMaintenance => "under_maintenance",
            ComponentState::DegradedPerformance => "degraded_performance",
            ComponentState::PartialOutage => "partial_outage",
            ComponentState::MajorOutage => "major_outage",
        }
    }

    /// What an open incident makes of its component.
    pub fn of(severity: Severity) -> ComponentState {
        match severity {
            Severity::Low => ComponentState::Operational,
            Severity::Medium | Severity::High => ComponentState::DegradedPerformance,
            Severity::Critical => ComponentState::MajorOutage,
        }
    }
}

/// One day of a component: its worst state, and how much of it was not operational. None: not known (it did not exist).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    pub date: NaiveDate,
    pub worst: Option<ComponentState>,
    pub down_s: u32,
    /// Seconds of the day of which the state is known: fewer on the first day, and on one that is not over.
    pub known_s: u32,
}

/// A component with its last 90 days, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentLine {
    pub name: String,
    pub description: String,
    pub state: ComponentState,
    pub since: DateTime<Utc>,
    pub days: Vec<Day>,
}

/// An incident as the public sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicIncident {
    pub number: i64,
    /// What the public may read; see [`public_title`].
    pub title: String,
    pub component: String,
    pub state: IncidentState,
    pub severity: Severity,
    pub started_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    /// Newest first.
    pub updates: Vec<Update>,
}

/// All that the public page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusPage {
    pub name: String,
    pub components: Vec<ComponentLine>,
    pub open: Vec<PublicIncident>,
    pub past: Vec<PublicIncident>,
    pub updated_at: DateTime<Utc>,
}

/// What the public page calls an incident: what somebody wrote for it, else no more than that there is one.
pub fn public_title(written: &str, component: &str, over: bool) -> String {
    match (written.trim(), over) {
        ("", true) => format!("{component} was disturbed"),
        ("", false) => format!("{component} is disturbed"),
        (written, _) => written.to_owned(),
    }
}

/// The worst of all components; operational when there is none.
pub fn overall(components: &[ComponentLine]) -> ComponentState {
    components
        .iter()
        .map(|component| component.state)
        .max()
        .unwrap_or(ComponentState::Operational)
}

/// A component's days from its changes (oldest first), up to and including the day of `now`, in UTC.
///
/// A day's state is the worst that held at any moment of it; days before the first change are not known.
pub fn days(changes: &[(DateTime<Utc>, ComponentState)], now: DateTime<Utc>, count: u32) -> Vec<Day> {
    let today = now.date_naive();
    (0..count)
        .rev()
        .map(|back| {
            let date = today - chrono::Days::new(u64::from(back));
            day(changes, date, now)
        })
        .collect()
}

fn day(changes: &[(DateTime<Utc>, ComponentState)], date: NaiveDate, now: DateTime<Utc>) -> Day {
    let start = date.and_time(chrono::NaiveTime::MIN).and_utc();
    let end = (start + chrono::TimeDelta::days(1)).min(now);
    let mut worst = None;
    let (mut down_s, mut known_s) = (0, 0);
    for (i, (from, state)) in changes.iter().enumerate() {
        let until = changes.get(i + 1).map_or(now, |(next, _)| *next);
        let (from, until) = ((*from).max(start), until.min(end));
        if from < until || (from == until && from == start && i + 1 == changes.len()) {
            let length = (until - from).num_seconds().max(0) as u32;
            worst = worst.max(Some(*state));
            known_s += length;
            if *state != ComponentState::Operational {
                // What was over within a second was not nothing.
                down_s += length.max(1);
            }
        }
    }
    Day {
        date,
        worst,
        down_s,
        known_s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_shows_its_worst_and_how_long() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let changes = [
            (at("2026-01-02T00:00:00Z"), ComponentState::Operational),
            (at("2026-01-02T10:00:00Z"), ComponentState::DegradedPerformance),
            (at("2026-01-02T10:05:00Z"), ComponentState::Operational),
        ];
        let days = days(&changes, at("2026-01-03T12:00:00Z"), 3);
        assert_eq!(days[0].worst, None);
        assert_eq!(
            (days[1].worst, days[1].down_s),
            (Some(ComponentState::DegradedPerformance), 300)
        );
        assert_eq!((days[2].worst, days[2].down_s), (Some(ComponentState::Operational), 0));
        assert_eq!(
            days.iter().map(|day| day.known_s).collect::<Vec<_>>(),
            [0, 86_400, 43_200],
            "today counts as far as it has come"
        );
    }

    #[test]
    fn an_incident_without_a_public_title_says_that_there_is_one() {
        assert_eq!(public_title(" ", "Shop", false), "Shop is disturbed");
        assert_eq!(public_title("", "Shop", true), "Shop was disturbed");
        assert_eq!(public_title("Orders arrived late", "Shop", true), "Orders arrived late");
    }
}
