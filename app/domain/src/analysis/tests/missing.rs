//! Missing data of three kinds, deadlines, and who decides.

use super::scene::*;
use crate::analysis::*;

fn verdict(samples: &[Sample], now_s: i64, sources: &[SourceState]) -> MetricVerdict {
    judge(&error_rules(), samples, window(now_s), sources).metrics[0]
        .verdict
        .clone()
}

/// `canary` requests every 5 s, and stable's nine times as many.
fn steady(canary: u64, until_s: i64) -> Vec<Sample> {
    let both = |to| {
        [
            counts(Variant::Stable, to, canary * 9, 0),
            counts(Variant::Canary, to, canary, 0),
        ]
    };
    (5..=until_s).step_by(5).flat_map(both).collect()
}

fn source(variant: Variant, health: Health, since_s: i64) -> SourceState {
    SourceState {
        variant,
        metric: None,
        health,
        since: at(since_s),
    }
}

#[test]
fn too_little_data_is_shown_and_is_no_failure() {
    let samples = [counts(Variant::Stable, 5, 207, 0), counts(Variant::Canary, 5, 23, 0)];
    assert_eq!(
        verdict(&samples, 5, &[]),
        MetricVerdict::TooLittleData { have: 23, need: 50 }
    );
    let judgement = judge(&error_rules(), &samples, window(5), &[]);
    assert_eq!(judgement.overall, Overall::Waiting);
    assert_eq!(judgement.metrics[0].canary, Some(Figure { value: 0.0, n: 23 }));
}

#[test]
fn too_little_data_becomes_inconclusive_at_its_deadline() {
    assert_eq!(
        verdict(&steady(0, 295), 299, &[]),
        MetricVerdict::TooLittleData { have: 0, need: 50 }
    );
    let why = Why::TooLittleData { have: 0, need: 50 };
    assert_eq!(verdict(&steady(0, 300), 300, &[]), MetricVerdict::Inconclusive { why });
}

#[test]
fn enough_data_passes() {
    assert_eq!(
        verdict(&steady(10, 20), 20, &[]),
        MetricVerdict::TooLittleData { have: 40, need: 50 }
    );
    assert_eq!(verdict(&steady(10, 25), 25, &[]), MetricVerdict::Pass);
}

#[test]
fn silence_is_no_data_after_a_while_and_inconclusive_at_the_deadline() {
    let samples = steady(100, 60);
    assert_eq!(
        verdict(&samples, 89, &[]),
        MetricVerdict::Pass,
        "a late sample is not silence yet"
    );
    assert_eq!(verdict(&samples, 90, &[]), MetricVerdict::NoData { since: at(60) });
    assert_eq!(verdict(&samples, 359, &[]), MetricVerdict::NoData { since: at(60) });
    let why = Why::NoData { since: at(60) };
    assert_eq!(verdict(&samples, 360, &[]), MetricVerdict::Inconclusive { why });
    assert_eq!(
        judge(&error_rules(), &samples, window(360), &[]).overall,
        Overall::Inconclusive
    );
}

#[test]
fn nothing_at_all_is_too_little_first_and_no_data_then() {
    assert_eq!(
        verdict(&[], 10, &[]),
        MetricVerdict::TooLittleData { have: 0, need: 50 }
    );
    assert_eq!(verdict(&[], 30, &[]), MetricVerdict::NoData { since: at(0) });
}

#[test]
fn a_comparison_without_stable_can_not_pass() {
    let alone: Vec<Sample> = steady(100, 60)
        .into_iter()
        .filter(|s| s.variant == Variant::Canary)
        .collect();
    assert_eq!(verdict(&alone, 60, &[]), MetricVerdict::NoData { since: at(0) });
    let rules = error_rules().without_comparison();
    assert_eq!(judge(&rules, &alone, window(60), &[]).overall, Overall::Pass);
    assert!(latency_rules().without_comparison().metrics.is_empty());
}

#[test]
fn a_source_that_is_down_is_said_to_be_so() {
    let samples = steady(100, 60);
    let down = source(Variant::Canary, Health::Down, 62);
    assert_eq!(
        verdict(&samples, 70, std::slice::from_ref(&down)),
        MetricVerdict::SourceDown { since: at(62) }
    );
    let why = Why::SourceDown { since: at(62) };
    assert_eq!(
        verdict(&samples, 362, std::slice::from_ref(&down)),
        MetricVerdict::Inconclusive { why }
    );
    let up_again = [down.clone(), source(Variant::Canary, Health::Up, 68)];
    assert_eq!(verdict(&samples, 70, &up_again), MetricVerdict::Pass);
    let other = SourceState {
        metric: Some("latency_p95".into()),
        ..down
    };
    assert_eq!(
        verdict(&samples, 70, &[other]),
        MetricVerdict::Pass,
        "another metric's source"
    );
}

#[test]
fn stables_source_is_needed_only_to_compare() {
    let down = [source(Variant::Stable, Health::Down, 50)];
    assert_eq!(
        verdict(&steady(100, 60), 60, &down),
        MetricVerdict::SourceDown { since: at(50) }
    );
    let rules = error_rules().without_comparison();
    assert_eq!(
        judge(&rules, &steady(100, 60), window(60), &down).overall,
        Overall::Pass
    );
}

#[test]
fn a_failure_stays_when_the_data_stops_or_mends() {
    let mut samples = vec![counts(Variant::Stable, 5, 540, 3), counts(Variant::Canary, 5, 60, 40)];
    let down = [source(Variant::Canary, Health::Down, 6)];
    assert_eq!(verdict(&samples, 400, &down), MetricVerdict::Fail);
    for to in (10..=600).step_by(5) {
        samples.extend([counts(Variant::Stable, to, 540, 3), counts(Variant::Canary, to, 60, 0)]);
    }
    let judged = judge(&error_rules(), &samples, window(600), &[]);
    assert_eq!(judged.overall, Overall::Fail);
    assert_eq!(judged.metrics[0].failed_at, Some(at(5)));
    assert!(judged.metrics[0].evidence.e_value >= judged.metrics[0].evidence.threshold);
}

#[test]
fn bodies_of_the_wrong_kind_need_a_person() {
    let body = SampleBody::Histogram {
        bounds: vec![1.0],
        counts: vec![60, 0],
    };
    let wrong = Sample {
        body,
        ..counts(Variant::Canary, 5, 0, 0)
    };
    assert_eq!(
        verdict(&[wrong], 5, &[]),
        MetricVerdict::Inconclusive { why: Why::WrongBody }
    );
}

/// A canary that fails for so many looks, judged as the rule says.
fn bad_for(looks: i64, change: impl Fn(&mut MetricRule)) -> Judgement {
    let mut rules = error_rules();
    change(&mut rules.metrics[0]);
    let samples: Vec<Sample> = (1..=looks)
        .flat_map(|i| {
            [
                counts(Variant::Stable, i * 5, 540, 3),
                counts(Variant::Canary, i * 5, 60, 30),
            ]
        })
        .collect();
    judge(&rules, &samples, window(looks * 5), &[])
}

#[test]
fn one_critical_failure_is_enough_and_others_are_counted() {
    assert_eq!(bad_for(1, |_| ()).overall, Overall::Fail);
    let lenient = |rule: &mut MetricRule| (rule.critical, rule.failure_limit) = (false, 3);
    let early = bad_for(2, lenient);
    assert_eq!((early.overall, early.metrics[0].failures), (Overall::Waiting, 2));
    assert_eq!(
        early.metrics[0].verdict,
        MetricVerdict::Fail,
        "shown as failing, but it doesn't decide yet"
    );
    assert_eq!(bad_for(3, lenient).overall, Overall::Fail);
}

#[test]
fn a_dry_run_is_judged_and_shown_and_never_decides() {
    let judgement = bad_for(4, |rule| rule.dry_run = true);
    assert_eq!(judgement.metrics[0].verdict, MetricVerdict::Fail);
    assert_eq!(judgement.metrics[0].failures, 4);
    assert_eq!(judgement.overall, Overall::Pass);
}

#[test]
fn a_share_that_should_stay_up_fails_when_it_falls() {
    let mut rules = error_rules();
    rules.metrics[0].direction = Direction::LowerIsWorse;
    rules.metrics[0].limit = None;
    let sign_ups = |canary: u64| -> Vec<Sample> {
        let both = |to| {
            [
                counts(Variant::Stable, to, 540, 54),
                counts(Variant::Canary, to, 60, canary),
            ]
        };
        (5..=300).step_by(5).flat_map(both).collect()
    };
    let overall = |canary| judge(&rules, &sign_ups(canary), window(300), &[]).overall;
    assert_eq!(
        (overall(1), overall(6), overall(12)),
        (Overall::Fail, Overall::Pass, Overall::Pass)
    );
}

#[test]
fn samples_count_by_when_they_ended() {
    let early = counts(Variant::Canary, 0, 60, 60);
    let late = counts(Variant::Canary, 15, 60, 60);
    let stable = counts(Variant::Stable, 5, 540, 0);
    let judged = judge(&error_rules(), &[early, stable, late], window(10), &[]);
    assert_eq!(
        judged.metrics[0].canary, None,
        "one ended before the window, one after now"
    );
    let mut straddling = counts(Variant::Canary, 2, 60, 0);
    straddling.from = at(-3);
    let judged = judge(&error_rules(), &[straddling], window(10), &[]);
    assert_eq!(judged.metrics[0].canary.map(|f| f.n), Some(60));
}

#[test]
fn variants_read_at_slightly_different_moments_are_compared() {
    let mut samples = steady(60, 60);
    for sample in samples.iter_mut().filter(|s| s.variant == Variant::Canary) {
        sample.to += chrono::TimeDelta::milliseconds(1300);
        sample.body = SampleBody::Counts { total: 60, bad: 12 };
    }
    let judged = judge(&error_rules(), &samples, window(62), &[]).metrics[0].clone();
    assert_eq!(judged.evidence.reason, Reason::WorseThanStable { tolerance: 0.1 });
}
