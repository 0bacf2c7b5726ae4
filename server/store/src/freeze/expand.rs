//! What the clock on a wall says, as moments: recurrences by RFC 5545, zones by the IANA database.
//!
//! A recurrence is expanded on the wall first, as if there were no zones, and each beginning and end is then placed in its zone. So a freeze from
//! 22:00 to 06:00 is from 22:00 to 06:00 in the night in which summer time ends, too.

use chrono::{DateTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::field::{FieldErrors, Problem};
use domain::freeze::Schedule;
use rrule::RRuleSet;

/// How far ahead the times of a rule are known.
pub(super) const AHEAD: TimeDelta = TimeDelta::days(400);
/// How far back, for the calendar.
pub(super) const BACK: TimeDelta = TimeDelta::days(62);
/// Times of one rule that are kept at most.
const MOST: u16 = 10_000;

/// From a moment until before another.
pub(super) type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// The times of a schedule that end after `after` and begin before `before`, by beginning.
///
/// # Errors
/// By field: `zone`; `rule` that can't be read, comes more than ten thousand times, or never from now on.
pub(super) fn expand(
    schedule: &Schedule,
    after: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<Vec<Stretch>, FieldErrors> {
    let zone: Tz = schedule
        .zone
        .parse()
        .map_err(|_| FieldErrors::one("zone", Problem::Unknown))?;
    let length = schedule.to - schedule.from;
    let begins = if schedule.again() {
        recurrences(schedule, zone, after - length, before)?
    } else {
        vec![schedule.from]
    };
    let spans = begins.into_iter().map(|from| {
        let (begin, end) = (first(zone, from), last(zone, from + length));
        // In the hour that a clock skips, both ends may fall on one moment.
        (begin, end.max(begin + TimeDelta::seconds(1)))
    });
    let mut spans: Vec<_> = spans.filter(|(from, to)| *to > after && *from < before).collect();
    spans.sort_unstable();
    spans.dedup_by_key(|span| span.0);
    Ok(spans)
}

/// The beginnings, on the wall. The wall is told to the library as UTC, which skips and repeats nothing.
fn recurrences(
    schedule: &Schedule,
    zone: Tz,
    after: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<Vec<NaiveDateTime>, FieldErrors> {
    let wrong = |problem| FieldErrors::one("rule", problem);
    let rule = on_the_wall(schedule.rule.trim(), zone).ok_or_else(|| {
        let why = "UNTIL is not a date such as 20261231 or 20261231T180000Z.".to_owned();
        wrong(Problem::Unreadable { why })
    })?;
    let text = format!("DTSTART:{}\nRRULE:{rule}", schedule.from.format("%Y%m%dT%H%M%SZ"));
    let set: RRuleSet = text
        .parse()
        .map_err(|error: rrule::RRuleError| wrong(Problem::Unreadable { why: error.to_string() }))?;
    // A day more on both sides: no zone is further from UTC.
    let reach = |at: DateTime<Utc>, days| (at + TimeDelta::days(days)).with_timezone(&rrule::Tz::UTC);
    let found = set.after(reach(after, -1)).before(reach(before, 1)).all(MOST);
    if found.limited && found.dates.len() >= usize::from(MOST) {
        return Err(wrong(Problem::TooOften { most: MOST.into() }));
    }
    Ok(found.dates.into_iter().map(|date| date.naive_utc()).collect())
}

/// A recurrence whose `UNTIL` is said by the wall, and written as the library wants it. None: it has one that is no date.
fn on_the_wall(rule: &str, zone: Tz) -> Option<String> {
    let rule = rule.strip_prefix("RRULE:").unwrap_or(rule).to_uppercase();
    let part = |part: &str| match part.strip_prefix("UNTIL=") {
        None => Some(part.to_owned()),
        Some(date) if date.len() == 8 => Some(format!("UNTIL={date}T235959Z")),
        Some(moment) => {
            let utc = moment.strip_suffix('Z');
            let at = NaiveDateTime::parse_from_str(utc.unwrap_or(moment), "%Y%m%dT%H%M%S").ok()?;
            let wall = if utc.is_some() {
                zone.from_utc_datetime(&at).naive_local()
            } else {
                at
            };
            Some(format!("UNTIL={}", wall.format("%Y%m%dT%H%M%SZ")))
        }
    };
    let parts: Option<Vec<String>> = rule.split(';').filter(|part| !part.is_empty()).map(part).collect();
    Some(parts?.join(";"))
}

/// The first moment at which the wall says this; where it never does, the moment as far behind the skip.
fn first(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    placed(zone, wall, |local| local.earliest())
}

/// The last one.
fn last(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    placed(zone, wall, |local| local.latest())
}

fn placed(
    zone: Tz,
    wall: NaiveDateTime,
    pick: impl Fn(chrono::LocalResult<DateTime<Tz>>) -> Option<DateTime<Tz>>,
) -> DateTime<Utc> {
    pick(zone.from_local_datetime(&wall)).map_or_else(
        || {
            let before = zone.offset_from_utc_datetime(&(wall - TimeDelta::days(1))).fix();
            wall.and_utc() - TimeDelta::seconds(before.local_minus_utc().into())
        },
        |at| at.with_timezone(&Utc),
    )
}

#[cfg(test)]
mod tests;
