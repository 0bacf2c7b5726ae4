//! Schedules on the wall: both changes of the clock, leap days, over midnight, and rules that never or always fire.

use super::*;
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn schedule(zone: &str, from: &str, to: &str, rule: &str) -> Schedule {
    Schedule {
        zone: zone.into(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        rule: rule.into(),
    }
}

fn spans(schedule: &Schedule, after: &str, before: &str) -> Vec<String> {
    let spans = expand(schedule, at(after), at(before)).unwrap();
    let short = |at: DateTime<Utc>| at.format("%m-%dT%H:%M").to_string();
    spans
        .into_iter()
        .map(|(from, to)| format!("{} {}", short(from), short(to)))
        .collect()
}

#[test]
fn a_week_end_stays_at_its_hours_when_summer_time_begins_and_ends() {
    let berlin = schedule(
        "Europe/Berlin",
        "2026-01-02T18:00:00",
        "2026-01-05T06:00:00",
        "FREQ=WEEKLY;BYDAY=FR",
    );
    assert_eq!(
        spans(&berlin, "2026-03-22T12:00:00Z", "2026-04-05T00:00:00Z"),
        [
            "03-20T17:00 03-23T05:00",
            "03-27T17:00 03-30T04:00",
            "04-03T16:00 04-06T04:00"
        ]
    );
    assert_eq!(
        spans(&berlin, "2026-10-19T12:00:00Z", "2026-10-31T00:00:00Z"),
        ["10-23T16:00 10-26T05:00", "10-30T17:00 11-02T05:00"]
    );
    let york = schedule(
        "America/New_York",
        "2026-03-06T18:00:00",
        "2026-03-09T06:00:00",
        "FREQ=WEEKLY;COUNT=2",
    );
    assert_eq!(
        spans(&york, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"),
        ["03-06T23:00 03-09T10:00", "03-13T22:00 03-16T10:00"]
    );
}

#[test]
fn hours_that_are_skipped_or_come_twice() {
    // In Berlin there was no 02:30 on 29 March 2026, and there are two on 25 October.
    let night = |day: &str| {
        schedule(
            "Europe/Berlin",
            &format!("{day}T02:30:00"),
            &format!("{day}T02:45:00"),
            "",
        )
    };
    let (after, before) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    assert_eq!(spans(&night("2026-03-29"), after, before), ["03-29T01:30 03-29T01:45"]);
    assert_eq!(
        spans(&night("2026-10-25"), after, before),
        ["10-25T00:30 10-25T01:45"],
        "from the first to the last"
    );
    // Lord Howe's clocks go by half an hour: on 4 October 2026 from 02:00 to 02:30.
    let howe = schedule("Australia/Lord_Howe", "2026-10-04T01:45:00", "2026-10-04T02:45:00", "");
    assert_eq!(spans(&howe, after, before), ["10-03T15:15 10-03T15:45"]);
}

#[test]
fn leap_days_and_nights() {
    let leap = schedule("UTC", "2024-02-29T00:00:00", "2024-03-01T00:00:00", "FREQ=YEARLY");
    assert_eq!(
        spans(&leap, "2025-01-01T00:00:00Z", "2029-01-01T00:00:00Z"),
        ["02-29T00:00 03-01T00:00"]
    );
    let night = schedule(
        "Europe/Berlin",
        "2026-06-01T22:00:00",
        "2026-06-02T02:00:00",
        "FREQ=DAILY;COUNT=2",
    );
    assert_eq!(
        spans(&night, "2026-06-01T23:00:00Z", "2026-06-30T00:00:00Z"),
        ["06-01T20:00 06-02T00:00", "06-02T20:00 06-03T00:00"],
        "one that has begun is there"
    );
}

#[test]
fn until_is_said_in_all_its_ways() {
    let until = |until: &str| {
        let rule = format!("RRULE:freq=daily;until={until}");
        let daily = schedule("America/New_York", "2026-06-01T22:00:00", "2026-06-01T23:00:00", &rule);
        spans(&daily, "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z").len()
    };
    // 22:00 in New York is 02:00 UTC of the next day.
    assert_eq!(
        [until("20260603"), until("20260604T020000Z"), until("20260603T220000")],
        [3, 3, 3]
    );
    assert_eq!(until("20260604T015959Z"), 2);
}

#[test]
fn what_is_no_recurrence_never_comes_or_comes_all_the_time_is_said_at_its_field() {
    let problem = |rule: &str| {
        let one = schedule("UTC", "2026-06-01T22:00:00", "2026-06-01T23:00:00", rule);
        let spans = expand(&one, at("2026-06-01T00:00:00Z"), at("2027-06-01T00:00:00Z"));
        match spans {
            Ok(spans) => Ok(spans.len()),
            Err(errors) => Err(errors.get("rule").cloned().expect("at its field")),
        }
    };
    for text in [
        "every Friday",
        "FREQ=SOMETIMES",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY\nRRULE:FREQ=DAILY;BYDAY=ZZ",
    ] {
        assert!(
            matches!(problem(text), Err(Problem::Unreadable { .. })),
            "{text}: {:?}",
            problem(text)
        );
    }
    assert_eq!(problem("FREQ=SECONDLY"), Err(Problem::TooOften { most: 10_000 }));
    assert_eq!(problem("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), Ok(0));
    let nowhere = schedule("Mars/Olympus", "2026-06-01T22:00:00", "2026-06-01T23:00:00", "");
    let errors = expand(&nowhere, at("2026-06-01T00:00:00Z"), at("2027-06-01T00:00:00Z")).unwrap_err();
    assert_eq!(errors.get("zone"), Some(&Problem::Unknown));
}

proptest! {
    /// Whatever is written, it is read or refused at a field, and what is read is in order and within what was asked for.
    #[test]
    fn any_recurrence_is_read_or_refused(rule in "(FREQ=(DAILY|WEEKLY|MONTHLY|HOURLY|YEARLY))?(;(INTERVAL|COUNT|BYDAY|BYMONTH|BYMONTHDAY|UNTIL|BYHOUR|WKST)=[A-Z0-9,+-]{0,9}){0,3}", noise in ".{0,20}") {
        for rule in [rule, noise] {
            let one = schedule("Europe/Berlin", "2026-06-01T22:00:00", "2026-06-02T03:00:00", &rule);
            let (after, before) = (at("2026-06-01T00:00:00Z"), at("2026-09-01T00:00:00Z"));
            if let Ok(spans) = expand(&one, after, before) {
                prop_assert!(spans.iter().all(|(from, to)| from < to && *to > after && *from < before));
                prop_assert!(spans.is_sorted());
            }
        }
    }
}
