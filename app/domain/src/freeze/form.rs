//! What a person writes of a freeze or window.

use super::{OnRun, Place, TimeKind};
use crate::field::{FieldErrors, Problem, check_length};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

/// The longest single freeze or window, in days.
pub const MOST_DAYS: i64 = 366;
/// The longest one that comes again, in days.
pub const MOST_DAYS_AGAIN: i64 = 31;

/// When it is: by the clock on the wall of one zone, so that it stays at its hour when summer time begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its IANA name: `Europe/Berlin`.
    pub zone: String,
    /// The first beginning.
    pub from: NaiveDateTime,
    /// The first end. Every later one lies as far behind its beginning, by the wall.
    pub to: NaiveDateTime,
    /// How it comes again, as RFC 5545 writes it (`FREQ=WEEKLY;BYDAY=FR`); empty: it does not.
    pub rule: String,
}

impl Schedule {
    pub fn again(&self) -> bool {
        !self.rule.is_empty()
    }
}

/// A new or changed freeze or window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeForm {
    pub kind: TimeKind,
    pub name: String,
    pub reason: String,
    pub place: Place,
    pub schedule: Schedule,
    pub on_run: OnRun,
    /// The version that the person saw; 0 for a new one.
    pub row_version: i32,
}

impl TimeForm {
    /// What is wrong, by field: `name`, `reason`, `to`, `rule`. Whether the zone and the recurrence exist is found where they are expanded.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        check_length(&mut errors, "name", &self.name, 2, 80);
        check_length(&mut errors, "reason", &self.reason, 3, 500);
        check_length(&mut errors, "rule", &self.schedule.rule, 0, 500);
        let length = self.schedule.to.signed_duration_since(self.schedule.from);
        let most = if self.schedule.again() {
            MOST_DAYS_AGAIN
        } else {
            MOST_DAYS
        };
        if length.num_seconds() <= 0 {
            errors.add("to", Problem::Order);
        } else if length.num_days() > most {
            let (least, most) = (0.0, most as f64);
            errors.add("to", Problem::Days { least, most });
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(from: &str, to: &str, rule: &str) -> TimeForm {
        TimeForm {
            kind: TimeKind::Freeze,
            name: "Holidays".into(),
            reason: "Nobody is there".into(),
            place: Place::Instance,
            schedule: Schedule {
                zone: "Europe/Berlin".into(),
                from: from.parse().unwrap(),
                to: to.parse().unwrap(),
                rule: rule.into(),
            },
            on_run: OnRun::Hold,
            row_version: 0,
        }
    }

    #[test]
    fn ends_come_after_beginnings_and_not_too_late() {
        let wrong = |from, to, rule| form(from, to, rule).check().get("to").cloned();
        assert_eq!(wrong("2026-12-20T18:00:00", "2027-01-03T06:00:00", ""), None);
        let order = Some(Problem::Order);
        assert_eq!(wrong("2026-12-20T18:00:00", "2026-12-20T18:00:00", ""), order);
        assert_eq!(wrong("2026-12-20T18:00:00", "2026-12-19T18:00:00", ""), order);
        assert!(wrong("2026-12-20T18:00:00", "2028-12-20T18:00:00", "").is_some());
        assert!(wrong("2026-12-20T18:00:00", "2027-03-20T18:00:00", "FREQ=YEARLY").is_some());
    }

    #[test]
    fn a_freeze_has_a_name_and_a_reason() {
        let mut form = form("2026-12-20T18:00:00", "2027-01-03T06:00:00", "");
        (form.name, form.reason) = (String::new(), " ".into());
        let errors = form.check();
        assert!(errors.get("name").is_some() && errors.get("reason").is_some());
    }
}
