//! Time zones, expanded to offsets: the rules and the browser know none.

use chrono::{DateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::access::Zone;

/// How far before and after now offsets are known.
const REACH: TimeDelta = TimeDelta::days(2 * 366);
/// No zone changes its offset twice within this time.
const STRIDE: TimeDelta = TimeDelta::days(7);

/// A zone by its IANA name, with its offsets around now.
pub fn zone(name: &str, now: DateTime<Utc>) -> Option<Zone> {
    let tz: Tz = name.parse().ok()?;
    Some(Zone {
        name: tz.name().to_owned(),
        offsets: offsets(tz, now - REACH, now + REACH),
    })
}

/// All names that a person can choose from.
pub fn zone_names() -> Vec<&'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()).collect()
}

fn offset_minutes(tz: Tz, at: DateTime<Utc>) -> i32 {
    tz.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc() / 60
}

fn offsets(tz: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(DateTime<Utc>, i32)> {
    let mut known = offset_minutes(tz, from);
    let mut offsets = vec![(from, known)];
    let mut at = from;
    while at < until {
        let next = (at + STRIDE).min(until);
        let then = offset_minutes(tz, next);
        if then != known {
            offsets.push((change(tz, at, next), then));
            known = then;
        }
        at = next;
    }
    offsets
}

/// The second at which the offset changes between two moments that differ.
fn change(tz: Tz, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
    let old = offset_minutes(tz, before);
    let (mut before, mut after) = (before.timestamp(), after.timestamp());
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let at = DateTime::from_timestamp(middle, 0).unwrap_or_default();
        if offset_minutes(tz, at) == old {
            before = middle
        } else {
            after = middle
        }
    }
    DateTime::from_timestamp(after, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn summer_time_begins_and_ends_to_the_second() {
        let berlin = zone("Europe/Berlin", at("2026-06-01T12:34:56.789Z")).expect("a zone");
        let changes: Vec<_> = berlin
            .offsets
            .iter()
            .filter(|(from, _)| *from >= at("2026-01-01T00:00:00Z"))
            .take(2)
            .collect();
        assert_eq!(
            changes,
            [&(at("2026-03-29T01:00:00Z"), 120), &(at("2026-10-25T01:00:00Z"), 60)]
        );
        assert_eq!(berlin.offset_minutes(at("2026-07-01T00:00:00Z")), 120);
        assert_eq!(berlin.offset_minutes(at("2026-12-01T00:00:00Z")), 60);
    }

    #[test]
    fn a_zone_without_changes_and_one_of_half_an_hour() {
        let now = at("2026-06-01T00:00:00Z");
        assert_eq!(zone("UTC", now).expect("a zone").offsets.len(), 1);
        assert_eq!(zone("Asia/Kolkata", now).expect("a zone").offset_minutes(now), 330);
        assert_eq!(zone("Mars/Olympus", now), None);
    }
}
