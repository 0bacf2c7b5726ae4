//! Days of a calendar, and what is in each. Pure.

use crate::ui::Zone;
use crate::ui::zone::Stamp;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use domain::freeze::{CalendarPage, TimeKind};

/// How much of a calendar is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    Month,
    Week,
}

impl Show {
    pub fn key(self) -> &'static str {
        match self {
            Show::Month => "month",
            Show::Week => "week",
        }
    }

    pub fn from_key(key: &str) -> Show {
        if key == "week" { Show::Week } else { Show::Month }
    }
}

/// A page of the calendar: whole weeks, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    pub show: Show,
    /// A day in it.
    pub at: NaiveDate,
}

impl Leaf {
    /// The first day that is shown, a Monday.
    pub fn first(self) -> NaiveDate {
        let day = match self.show {
            Show::Month => self.at.with_day(1).unwrap_or(self.at),
            Show::Week => self.at,
        };
        day - Days::new(day.weekday().num_days_from_monday().into())
    }

    /// Weeks that are shown.
    pub fn weeks(self) -> u64 {
        match self.show {
            Show::Week => 1,
            Show::Month => {
                let next = self
                    .at
                    .with_day(1)
                    .and_then(|day| day.checked_add_months(Months::new(1)));
                let days = next.map_or(35, |next| (next - self.first()).num_days());
                u64::try_from(days).unwrap_or(35).div_ceil(7)
            }
        }
    }

    /// Days that are shown.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        let first = self.first();
        (0..self.weeks() * 7).map(move |n| first + Days::new(n))
    }

    /// Whether a day is of this month; of a week, every day is.
    pub fn within(self, day: NaiveDate) -> bool {
        self.show == Show::Week || (day.year(), day.month()) == (self.at.year(), self.at.month())
    }

    /// From when until when, in a zone.
    pub fn period(self, zone: &Zone) -> (DateTime<Utc>, DateTime<Utc>) {
        let end = self.first() + Days::new(self.weeks() * 7);
        (midnight(self.first(), zone), midnight(end, zone))
    }

    /// The leaf before or behind.
    pub fn turned(self, back: bool) -> Leaf {
        let at = match (self.show, back) {
            (Show::Week, true) => self.at.checked_sub_days(Days::new(7)),
            (Show::Week, false) => self.at.checked_add_days(Days::new(7)),
            (Show::Month, true) => self
                .at
                .with_day(1)
                .and_then(|day| day.checked_sub_months(Months::new(1))),
            (Show::Month, false) => self
                .at
                .with_day(1)
                .and_then(|day| day.checked_add_months(Months::new(1))),
        };
        Leaf {
            at: at.unwrap_or(self.at),
            ..self
        }
    }

    /// Its address.
    pub fn href(self) -> String {
        format!("/calendar?show={}&at={}", self.show.key(), self.at)
    }

    /// `November 2026`, or `23 Nov to 29 Nov 2026`.
    pub fn title(self) -> String {
        match self.show {
            Show::Month => self.at.format("%B %Y").to_string(),
            Show::Week => {
                let last = self.first() + Days::new(6);
                format!("{} to {}", self.first().format("%-d %b"), last.format("%-d %b %Y"))
            }
        }
    }
}

fn midnight(day: NaiveDate, zone: &Zone) -> DateTime<Utc> {
    zone.moment(day.and_time(NaiveTime::MIN))
}

/// Something on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub kind: NoteKind,
    /// `18:00 to 24:00`, `all day`.
    pub hours: String,
    pub text: String,
    pub href: String,
}

/// What a note is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    Freeze,
    Window,
    Release,
}

/// What is on a day, freezes first.
pub fn notes(page: &CalendarPage, day: NaiveDate, zone: &Zone) -> Vec<Note> {
    let (begin, end) = (midnight(day, zone), midnight(day + Days::new(1), zone));
    let meets = |from: DateTime<Utc>, to: DateTime<Utc>| from < end && to > begin;
    let hours = |from: DateTime<Utc>, to: DateTime<Utc>| {
        let clock = |at| zone.write(at, Stamp::Clock);
        match (from <= begin, to >= end) {
            (true, true) => "all day".to_owned(),
            (true, false) => format!("until {}", clock(to)),
            (false, true) => format!("from {}", clock(from)),
            (false, false) => format!("{} to {}", clock(from), clock(to)),
        }
    };
    let times = page.entries.iter().filter(|one| meets(one.from, one.to)).map(|one| {
        let (kind, word) = match one.kind {
            TimeKind::Freeze => (NoteKind::Freeze, "Freeze"),
            TimeKind::Window => (NoteKind::Window, "Window"),
        };
        Note {
            kind,
            hours: hours(one.from, one.to),
            text: format!("{word}: {}", one.name),
            href: format!("/calendar/{}", one.rule),
        }
    });
    let planned = page
        .planned
        .iter()
        .filter(|one| meets(one.window.opens_at, one.window.closes_at));
    let planned = planned.map(|one| Note {
        kind: NoteKind::Release,
        hours: hours(one.window.opens_at, one.window.closes_at),
        text: format!("{} {}", one.service, one.version),
        href: format!("/releases/{}/{}", one.service, one.version),
    });
    let mut notes: Vec<_> = times.chain(planned).collect();
    notes.sort_by_key(|note| note.kind);
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::freeze::{Entry, Place, PlaceNames};
    use domain::id::TimeRuleId;
    use uuid::Uuid;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn leaf(show: Show, at: &str) -> Leaf {
        Leaf { show, at: day(at) }
    }

    #[test]
    fn a_month_is_whole_weeks_from_monday() {
        let november = leaf(Show::Month, "2026-11-25");
        assert_eq!((november.first(), november.weeks()), (day("2026-10-26"), 6));
        let february = leaf(Show::Month, "2027-02-10");
        assert_eq!((february.first(), february.weeks()), (day("2027-02-01"), 4));
        assert_eq!(november.turned(false).at, day("2026-12-01"));
        assert_eq!(november.turned(true).title(), "October 2026");
        let week = leaf(Show::Week, "2026-11-25");
        assert_eq!(week.title(), "23 Nov to 29 Nov 2026");
        assert_eq!(week.days().count(), 7);
    }

    #[test]
    fn a_day_has_the_hours_that_fall_on_it_in_the_readers_zone() {
        let berlin = Zone::fixed("Europe/Berlin", 60);
        let page = CalendarPage {
            now: "2026-12-18T00:00:00Z".parse().unwrap(),
            rules: Vec::new(),
            entries: vec![Entry {
                rule: TimeRuleId(Uuid::nil()),
                kind: TimeKind::Freeze,
                name: "Week end".into(),
                place: Place::Instance,
                from: "2026-12-18T17:00:00Z".parse().unwrap(),
                to: "2026-12-21T05:00:00Z".parse().unwrap(),
            }],
            planned: Vec::new(),
            places: PlaceNames::default(),
            people: Vec::new(),
        };
        let on = |date: &str| notes(&page, day(date), &berlin).pop().map(|note| note.hours);
        assert_eq!(on("2026-12-17"), None);
        assert_eq!(on("2026-12-18").as_deref(), Some("from 18:00"));
        assert_eq!(on("2026-12-19").as_deref(), Some("all day"));
        assert_eq!(on("2026-12-21").as_deref(), Some("until 06:00"));
        assert_eq!(on("2026-12-22"), None);
    }
}
