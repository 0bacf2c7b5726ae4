//! What the page and the export of the audit trail can be asked for: the same in an address and in a query.

use crate::access::Zone;
use crate::event::{Stream, StreamKind};
use crate::field::{FieldErrors, Problem};
use crate::id::PersonId;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The filters as they stand in an address. Empty: not filtered by it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditForm {
    /// A person's id, `engine`, or `system`.
    pub who: String,
    /// A word of [`StreamKind`].
    pub kind: String,
    /// One thing: the topic of its stream, `release:<id>`.
    pub thing: String,
    /// What happened: `role_changed`.
    pub event: String,
    /// First day, `2026-01-15`, in the reader's time zone.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Part of the record's text.
    pub text: String,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A person, by hand or by a token.
    Person(PersonId),
    /// The engine.
    Engine,
    /// The instance itself.
    System,
}

/// The filters, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub who: Option<Who>,
    pub kind: Option<StreamKind>,
    pub stream: Option<Stream>,
    pub event: Option<String>,
    pub from: Option<DateTime<Utc>>,
    /// Up to here, exclusive.
    pub until: Option<DateTime<Utc>>,
    pub text: Option<String>,
}

impl Filter {
    /// Whether nothing is filtered out: then the records are whole streams.
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }
}

impl AuditForm {
    /// Whether anything is asked for.
    pub fn is_empty(&self) -> bool {
        *self == AuditForm::default()
    }

    /// Reads the filters; days begin at midnight in this zone.
    ///
    /// # Errors
    /// By field: what can't be read.
    pub fn read(&self, zone: &Zone) -> Result<Filter, FieldErrors> {
        let mut errors = FieldErrors::default();
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut filter = Filter {
            event: given(&self.event),
            text: given(&self.text),
            ..Filter::default()
        };
        let mut read = |field: &str, problem: Option<Problem>| {
            if let Some(problem) = problem {
                errors.add(field, problem);
            }
        };
        if let Some(who) = given(&self.who) {
            filter.who = match who.as_str() {
                "engine" => Some(Who::Engine),
                "system" => Some(Who::System),
                id => id.parse().ok().map(Who::Person),
            };
            read("who", filter.who.is_none().then_some(Problem::Unknown));
        }
        if let Some(kind) = given(&self.kind) {
            filter.kind = StreamKind::from_key(&kind);
            read("kind", filter.kind.is_none().then_some(Problem::Unknown));
        }
        if let Some(thing) = given(&self.thing) {
            filter.stream = Stream::from_topic(&thing);
            read("thing", filter.stream.is_none().then_some(Problem::Unknown));
        }
        if let Some(day) = given(&self.from) {
            filter.from = midnight(&day, 0, zone);
            read("from", filter.from.is_none().then_some(Problem::Time));
        }
        if let Some(day) = given(&self.to) {
            filter.until = midnight(&day, 1, zone);
            read("to", filter.until.is_none().then_some(Problem::Time));
        }
        if let (Some(from), Some(until)) = (filter.from, filter.until)
            && until <= from
        {
            read("to", Some(Problem::Order));
        }
        errors.into_result()?;
        Ok(filter)
    }
}

/// The beginning of a day, or of one so many days later. Where clocks change at midnight, the offset before counts.
fn midnight(day: &str, later: i64, zone: &Zone) -> Option<DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let local = day
        .checked_add_signed(TimeDelta::days(later))?
        .and_time(NaiveTime::MIN)
        .and_utc();
    let offset = |at| TimeDelta::minutes(i64::from(zone.offset_minutes(at)));
    let guess = local.checked_sub_signed(offset(local))?;
    local.checked_sub_signed(offset(guess))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_an_address_asks_for_is_read_or_said_at_its_field() {
        let id = Uuid::from_u128(7);
        let form = AuditForm {
            who: id.to_string(),
            kind: "release".into(),
            thing: format!("release:{id}"),
            event: " decided ".into(),
            from: "2026-01-15".into(),
            to: "2026-01-15".into(),
            text: String::new(),
        };
        let zone = Zone {
            name: "Europe/Berlin".into(),
            offsets: vec![(DateTime::UNIX_EPOCH, 60)],
        };
        let filter = form.read(&zone).expect("a filter");
        assert_eq!(filter.who, Some(Who::Person(PersonId(id))));
        assert_eq!(filter.stream, Some(Stream::new(StreamKind::Release, id)));
        assert_eq!(filter.event.as_deref(), Some("decided"));
        let times = [filter.from, filter.until].map(|at| at.expect("a moment").to_rfc3339());
        assert_eq!(times, ["2026-01-14T23:00:00+00:00", "2026-01-15T23:00:00+00:00"]);
        assert!(!filter.is_empty() && AuditForm::default().read(&zone).expect("all").is_empty());

        let wrong = AuditForm {
            who: "nobody".into(),
            kind: "train".into(),
            thing: "release".into(),
            from: "yesterday".into(),
            to: "+999999-01-01".into(),
            ..AuditForm::default()
        };
        let errors = wrong.read(&zone).expect_err("nothing of it can be read");
        assert_eq!(
            errors.0.keys().collect::<Vec<_>>(),
            ["from", "kind", "thing", "to", "who"]
        );
        let backwards = AuditForm {
            from: "2026-01-15".into(),
            to: "2026-01-14".into(),
            ..AuditForm::default()
        };
        assert!(backwards.read(&zone).is_err());
    }
}
