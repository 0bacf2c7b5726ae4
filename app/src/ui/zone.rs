//! The time zone of the person who reads. Neither the browser's wasm nor the rules carry a zone database: the server
//! sends the offsets that hold around now, each with the moment from which it holds, and every moment is written with its own.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};

use super::format::NBSP;

/// A zone by name, and its offsets from UTC for the years around now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its name: `Europe/Berlin`, or `UTC`.
    pub name: String,
    /// Minutes east of UTC before the first change.
    pub minutes: i32,
    /// From when on which offset holds, in minutes east of UTC; in order of time.
    pub changes: Vec<(DateTime<Utc>, i32)>,
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

/// How much of a moment is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamp {
    /// `Mon 15 Jan 2024 10:00 UTC`: where the moment stands alone.
    #[default]
    Full,
    /// `Mon 15 Jan 10:00`: in lists of this year.
    Day,
    /// `Mon 15 Jan 2024`: the day alone.
    Date,
    /// `10:00 UTC`: today.
    Hour,
    /// `10:00`: where the zone is said once.
    Clock,
    /// `10:18:48`: in timelines and logs.
    Second,
    /// `10:16:58.204`: in logs.
    Milli,
    /// `2024-01-15T10:00`: what a `datetime-local` field wants.
    Field,
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            minutes: 0,
            changes: Vec::new(),
        }
    }

    /// A zone with one offset, in minutes east of UTC.
    pub fn fixed(name: impl Into<String>, minutes: i32) -> Self {
        Self {
            name: name.into(),
            minutes,
            changes: Vec::new(),
        }
    }

    /// Minutes east of UTC at a moment.
    pub fn offset(&self, at: DateTime<Utc>) -> i32 {
        let past = self.changes.partition_point(|(from, _)| *from <= at);
        past.checked_sub(1)
            .and_then(|last| self.changes.get(last))
            .map_or(self.minutes, |(_, minutes)| *minutes)
    }

    /// What the clock on the wall says.
    pub fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let utc = at.naive_utc();
        utc.checked_add_signed(TimeDelta::minutes(self.offset(at).into()))
            .unwrap_or(utc)
    }

    /// The moment at which the clock on the wall says this. Where it says so twice, the first; where it never does
    /// (the hour that is skipped), the moment that lies as far behind the skip. What a form field sent is read so.
    pub fn moment(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        let offsets = std::iter::once(self.minutes).chain(self.changes.iter().map(|(_, minutes)| *minutes));
        let at = |minutes: i32| wall.and_utc() - TimeDelta::minutes(minutes.into());
        let exact = offsets
            .clone()
            .map(at)
            .filter(|moment| self.local(*moment) == wall)
            .min();
        exact.unwrap_or_else(|| {
            // No moment has this wall time: take the offset that held just before the skip.
            let before = wall.and_utc() - TimeDelta::days(1);
            at(self.offset(before))
        })
    }

    /// `UTC`, `UTC+1`, `UTC−3:30`.
    pub fn suffix(&self, at: DateTime<Utc>) -> String {
        let minutes = self.offset(at);
        let sign = match minutes {
            0 => return "UTC".to_owned(),
            m if m < 0 => '−',
            _ => '+',
        };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        if rest == 0 {
            format!("UTC{sign}{hours}")
        } else {
            format!("UTC{sign}{hours}:{rest:02}")
        }
    }

    /// A moment in words.
    pub fn write(&self, at: DateTime<Utc>, stamp: Stamp) -> String {
        let local = self.local(at);
        let day = || format!("{} {}{NBSP}{}", local.format("%a"), local.day(), local.format("%b"));
        let hour = || format!("{:02}:{:02}", local.hour(), local.minute());
        match stamp {
            Stamp::Full => format!("{} {} {}{NBSP}{}", day(), local.year(), hour(), self.suffix(at)),
            Stamp::Day => format!("{} {}", day(), hour()),
            Stamp::Date => format!("{} {}", day(), local.year()),
            Stamp::Hour => format!("{}{NBSP}{}", hour(), self.suffix(at)),
            Stamp::Clock => hour(),
            Stamp::Second => local.format("%H:%M:%S").to_string(),
            Stamp::Milli => local.format("%H:%M:%S%.3f").to_string(),
            Stamp::Field => local.format("%Y-%m-%dT%H:%M").to_string(),
        }
    }

    /// A moment as briefly as it can be understood now: `10:31` today, `Sun 19:40` within six days, then with its date.
    pub fn brief(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let (then, today) = (self.local(at), self.local(now));
        let days = (then.date() - today.date()).num_days();
        match days {
            0 => self.write(at, Stamp::Clock),
            -6..=6 => format!("{} {}", then.format("%a"), self.write(at, Stamp::Clock)),
            _ if then.year() == today.year() => self.write(at, Stamp::Day),
            _ => self.write(at, Stamp::Date),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    /// Central Europe around 2024, as the server would send it.
    fn berlin() -> Zone {
        let changes = vec![
            (at("2023-10-29T01:00:00Z"), 60),
            (at("2024-03-31T01:00:00Z"), 120),
            (at("2024-10-27T01:00:00Z"), 60),
        ];
        Zone {
            name: "Europe/Berlin".to_owned(),
            minutes: 120,
            changes,
        }
    }

    #[test]
    fn each_moment_has_its_own_offset() {
        let zone = berlin();
        assert_eq!(
            zone.write(at("2024-01-15T10:00:00Z"), Stamp::Full),
            "Mon 15\u{a0}Jan 2024 11:00\u{a0}UTC+1"
        );
        assert_eq!(zone.write(at("2024-07-15T10:00:00Z"), Stamp::Hour), "12:00\u{a0}UTC+2");
        assert_eq!(zone.write(at("2023-07-15T10:00:00Z"), Stamp::Clock), "12:00");
        assert_eq!(zone.write(at("2024-03-31T00:59:59Z"), Stamp::Second), "01:59:59");
        assert_eq!(zone.write(at("2024-03-31T01:00:00Z"), Stamp::Second), "03:00:00");
    }

    #[test]
    fn utc_reads_as_in_the_procedure() {
        let zone = Zone::utc();
        assert_eq!(
            zone.write(at("2024-01-15T10:00:00Z"), Stamp::Full),
            "Mon 15\u{a0}Jan 2024 10:00\u{a0}UTC"
        );
        assert_eq!(zone.write(at("2024-01-15T10:16:58.204Z"), Stamp::Milli), "10:16:58.204");
        assert_eq!(zone.write(at("2024-01-15T10:16:58Z"), Stamp::Field), "2024-01-15T10:16");
    }

    #[test]
    fn halves_of_hours_west() {
        assert_eq!(
            Zone::fixed("America/St_Johns", -210).suffix(at("2024-01-15T10:00:00Z")),
            "UTC−3:30"
        );
    }

    #[test]
    fn what_a_field_sends_becomes_a_moment() {
        let zone = berlin();
        let wall = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").expect("a wall time");
        assert_eq!(zone.moment(wall("2024-01-15T11:00")), at("2024-01-15T10:00:00Z"));
        assert_eq!(zone.moment(wall("2024-07-15T12:00")), at("2024-07-15T10:00:00Z"));
        // Twice: the first of both. Never: as far behind the skip as before it.
        assert_eq!(zone.moment(wall("2024-10-27T02:30")), at("2024-10-27T00:30:00Z"));
        assert_eq!(zone.moment(wall("2024-03-31T02:30")), at("2024-03-31T01:30:00Z"));
    }

    #[test]
    fn brief_is_as_short_as_today_allows() {
        let (zone, now) = (Zone::utc(), at("2024-01-15T10:17:00Z"));
        assert_eq!(zone.brief(at("2024-01-15T09:31:00Z"), now), "09:31");
        assert_eq!(zone.brief(at("2024-01-14T19:40:00Z"), now), "Sun 19:40");
        assert_eq!(zone.brief(at("2024-01-02T19:40:00Z"), now), "Tue 2\u{a0}Jan 19:40");
        assert_eq!(zone.brief(at("2023-10-23T19:40:00Z"), now), "Mon 23\u{a0}Oct 2023");
    }
}
