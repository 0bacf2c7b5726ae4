//! What windows and freezes together say of a moment, and when they turn.

use super::*;
use crate::id::ServiceId;
use crate::service::Tier;
use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
}

fn rule(n: u128) -> TimeRuleId {
    TimeRuleId(Uuid::from_u128(n))
}

fn brief(n: u128, kind: TimeKind, place: Place, on_run: OnRun) -> Brief {
    Brief {
        id: rule(n),
        kind,
        name: format!("rule {n}"),
        place,
        on_run,
        by: PersonId(Uuid::nil()),
    }
}

fn span(n: u128, from: i64, to: i64) -> Span {
    Span {
        rule: rule(n),
        from: at(from),
        to: at(to),
    }
}

const SERVICE: Place = Place::Service {
    service: ServiceId(Uuid::nil()),
};

fn times(rules: Vec<Brief>, mut spans: Vec<Span>) -> Times {
    spans.sort_by_key(|span| span.from);
    Times {
        rules,
        spans,
        overrides: Vec::new(),
    }
}

#[test]
fn a_freeze_holds_from_its_beginning_to_before_its_end() {
    let freeze = brief(1, TimeKind::Freeze, Place::Instance, OnRun::Hold);
    let times = times(vec![freeze], vec![span(1, 10, 20)]);
    let held = |minute| !times.against(at(minute)).is_empty();
    assert_eq!([9, 10, 19, 20].map(held), [false, true, true, false]);
    let [Reason::Frozen { until, .. }] = &times.against(at(10))[..] else {
        panic!("one freeze")
    };
    assert_eq!(*until, at(20));
}

#[test]
fn times_that_meet_or_overlap_are_one() {
    let freeze = brief(1, TimeKind::Freeze, Place::Instance, OnRun::Hold);
    let spans = vec![
        span(1, 0, 10),
        span(1, 5, 30),
        span(1, 6, 8),
        span(1, 30, 40),
        span(1, 50, 60),
    ];
    assert_eq!(times(vec![freeze], spans).until(rule(1), at(3)), Some(at(40)));
}

#[test]
fn windows_of_one_place_are_alternatives_and_places_narrow_each_other() {
    let rules = vec![
        brief(1, TimeKind::Window, Place::Instance, OnRun::Hold),
        brief(2, TimeKind::Window, Place::Instance, OnRun::Continue),
        brief(3, TimeKind::Window, SERVICE, OnRun::Continue),
    ];
    let spans = vec![span(1, 0, 10), span(2, 20, 30), span(3, 5, 25)];
    let times = times(rules, spans);
    let open = |minute| times.against(at(minute)).is_empty();
    assert_eq!([3, 7, 15, 22, 27].map(open), [false, true, false, true, false]);
    let [Reason::OutsideWindow { opens_at, on_run, .. }] = &times.against(at(15))[..] else {
        panic!("the instance's windows")
    };
    assert_eq!(
        (*opens_at, *on_run),
        (Some(at(20)), OnRun::Hold),
        "the strictest decides"
    );
    assert!(times.against_run(at(15)).len() == 1, "the instance's are over");
    assert!(times.against_run(at(27)).is_empty(), "the service's let it go on");
}

#[test]
fn a_place_whose_windows_are_all_over_is_blocked_and_not_waiting() {
    let times = times(
        vec![brief(1, TimeKind::Window, Place::Instance, OnRun::Hold)],
        vec![span(1, 0, 10)],
    );
    assert!(matches!(times.verdict(at(10)), Verdict::Blocked(_)));
    assert!(matches!(times.verdict(at(-5)), Verdict::Waiting(_)));
}

#[test]
fn an_override_lifts_one_rule_until_its_moment() {
    let rules = vec![
        brief(1, TimeKind::Freeze, Place::Instance, OnRun::Hold),
        brief(2, TimeKind::Freeze, Place::Tier { tier: Tier::Production }, OnRun::Hold),
    ];
    let mut times = times(rules, vec![span(1, 0, 20), span(2, 15, 20)]);
    times.overrides.push(Override {
        rule: rule(1),
        by: PersonId(Uuid::nil()),
        reason: "Security fix".into(),
        at: at(0),
        until: at(18),
    });
    let against = |minute| times.against(at(minute)).len();
    assert_eq!([5, 16, 18, 20].map(against), [0, 1, 2, 0]);
}

fn some_times() -> impl Strategy<Value = Times> {
    let rule = (0u128..4, any::<bool>(), any::<bool>(), 0usize..3).prop_map(|(n, freeze, service, on)| {
        let kind = if freeze { TimeKind::Freeze } else { TimeKind::Window };
        brief(n, kind, if service { SERVICE } else { Place::Instance }, OnRun::ALL[on])
    });
    let spans = prop::collection::vec((0u128..4, 0i64..60, 1i64..30), 0..12);
    (prop::collection::vec(rule, 0..4), spans).prop_map(|(mut rules, spans)| {
        rules.sort_by_key(|rule| rule.id);
        rules.dedup_by_key(|rule| rule.id);
        let spans = spans.into_iter().map(|(n, from, long)| span(n, from, from + long));
        times(rules, spans.collect())
    })
}

proptest! {
    /// Between two turns the answer is the same; a moment that a reason names is a turn, and changes that reason.
    #[test]
    fn the_answer_changes_at_turns_alone(times in some_times()) {
        let kinds = |minute: i64| -> Vec<_> {
            times.against(at(minute)).iter().map(|reason| match reason {
                Reason::Frozen { rule, .. } => vec![*rule],
                Reason::OutsideWindow { rules, .. } => rules.clone(),
                _ => unreachable!("no other reason"),
            }).collect()
        };
        for minute in -5..95 {
            let turn = times.turns(at(minute) - TimeDelta::seconds(1)).first() == Some(&at(minute));
            prop_assert!(turn || kinds(minute) == kinds(minute - 1), "minute {minute}");
            for reason in times.against(at(minute)) {
                match reason {
                    Reason::Frozen { rule, until, .. } => {
                        let still = |at| times.against(at).iter().any(|one| matches!(one, Reason::Frozen { rule: of, .. } if *of == rule));
                        prop_assert!(until > at(minute) && still(until - TimeDelta::seconds(1)) && !still(until));
                    }
                    Reason::OutsideWindow { rules, opens_at: Some(opens), .. } => {
                        let still = |at| times.against(at).iter().any(|one| matches!(one, Reason::OutsideWindow { rules: of, .. } if *of == rules));
                        prop_assert!(opens > at(minute) && still(opens - TimeDelta::seconds(1)) && !still(opens));
                    }
                    _ => {}
                }
            }
        }
    }

    /// What holds a run also holds what has not begun.
    #[test]
    fn a_run_is_held_by_no_more_than_what_has_not_begun(times in some_times(), minute in -5i64..95) {
        let all = times.against(at(minute));
        prop_assert!(times.against_run(at(minute)).iter().all(|reason| all.contains(reason)));
    }
}
