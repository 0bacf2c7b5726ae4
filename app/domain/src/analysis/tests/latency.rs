//! Latency by histograms. Run with `--nocapture` to see the figures.
#![allow(clippy::print_stdout)]

use super::scene::*;
use crate::analysis::*;

/// Stable and canary for so many seconds; the canary's and stable's floor and mean seconds come from the closure.
fn run(seed: u64, seconds: i64, shape: impl Fn(Variant, i64) -> (u64, f64, f64)) -> Vec<Sample> {
    let mut rng = rng(seed);
    let mut samples = Vec::new();
    for to in (5..=seconds).step_by(5) {
        for variant in [Variant::Stable, Variant::Canary] {
            let (of, floor, mean) = shape(variant, to);
            let of = requests(&mut rng, of as f64);
            samples.push(histogram(variant, to, latencies(&mut rng, of, floor, mean)));
        }
    }
    samples
}

fn tenth(variant: Variant) -> u64 {
    if variant == Variant::Canary { 60 } else { 540 }
}

#[test]
fn equal_latency_does_not_fail() {
    let failed = (0..200).filter(|seed| {
        let samples = run(*seed, 900, |variant, _| (tenth(variant), 0.002, 0.02));
        judge(&latency_rules(), &samples, window(900), &[]).metrics[0].failures > 0
    });
    let failed = failed.count();
    println!("equal latency: {failed} of 200 failed");
    assert_eq!(failed, 0);
}

/// Everything gets ten times slower just as most of the traffic moves to the canary: pooled over the window, the canary
/// looks slower than stable, and is not.
#[test]
fn a_slow_hour_that_both_share_is_not_the_canarys() {
    let failed = (0..200).filter(|seed| {
        let samples = run(*seed, 900, |variant, to| {
            let weight = if to < 450 { 0.05 } else { 0.9 };
            let share = if variant == Variant::Canary {
                weight
            } else {
                1.0 - weight
            };
            ((600.0 * share) as u64, 0.002, if to < 450 { 0.01 } else { 0.1 })
        });
        let judged = &judge(&latency_rules(), &samples, window(900), &[]).metrics[0];
        let (canary, stable) = (
            judged.canary.map_or(0.0, |f| f.value),
            judged.stable.map_or(0.0, |f| f.value),
        );
        assert!(
            canary > 1.2 * stable,
            "pooled, the canary must look slower: {canary} {stable}"
        );
        judged.failures > 0
    });
    let failed = failed.count();
    println!("shared slow hour: {failed} of 200 failed");
    assert_eq!(failed, 0);
}

#[test]
fn a_slow_canary_is_found() {
    let mut looks: Vec<i64> = (0..100)
        .map(|seed| {
            let samples = run(seed, 120, |v, _| {
                (tenth(v), if v == Variant::Canary { 0.402 } else { 0.002 }, 0.02)
            });
            let judged = judge(&latency_rules(), &samples, window(120), &[]).metrics[0].clone();
            assert_eq!(judged.verdict, MetricVerdict::Fail);
            judged.failed_at.map_or(i64::MAX, |t| (t - at(0)).num_seconds())
        })
        .collect();
    looks.sort_unstable();
    println!(
        "400 ms slower: half within {} s, 95 % within {} s",
        percentile(&looks, 0.5),
        percentile(&looks, 0.95)
    );
    assert!(percentile(&looks, 0.95) <= 20);
}

#[test]
fn the_reason_names_proven_bounds() {
    let samples = run(7, 120, |v, _| {
        (tenth(v), if v == Variant::Canary { 0.402 } else { 0.002 }, 0.02)
    });
    let judged = judge(&latency_rules(), &samples, window(120), &[]).metrics[0].clone();
    let Reason::QuantileWorseThanStable {
        canary_at_least,
        stable_at_most,
        tolerance,
    } = judged.evidence.reason
    else {
        panic!("{:?}", judged.evidence)
    };
    assert!(canary_at_least >= stable_at_most * (1.0 + tolerance));
    assert!(
        stable_at_most >= 0.1,
        "stable's 95th percentile is 62 ms: {stable_at_most}"
    );
    assert!(canary_at_least < 0.462, "the canary's is 462 ms: {canary_at_least}");
}

fn limited(limit: f64) -> AnalysisRules {
    let mut rules = latency_rules();
    (rules.metrics[0].limit, rules.metrics[0].compare) = (Some(limit), None);
    rules
}

#[test]
fn a_limit_is_judged_at_the_next_bound() {
    let samples = run(3, 300, |_, _| (60, 0.002, 0.1));
    // The true 95th percentile is about 0.3 s: above 0.25, below 0.5.
    assert_eq!(
        judge(&limited(0.2), &samples, window(300), &[]).metrics[0].verdict,
        MetricVerdict::Fail
    );
    assert_eq!(
        judge(&limited(0.4), &samples, window(300), &[]).metrics[0].verdict,
        MetricVerdict::Pass
    );
}

#[test]
fn buckets_that_can_not_tell_are_said_to_be_too_coarse() {
    let why = MetricVerdict::Inconclusive {
        why: Why::BucketsTooCoarse,
    };
    let samples = run(3, 60, |_, _| (60, 0.002, 0.1));
    assert_eq!(
        judge(&limited(20.0), &samples, window(60), &[]).metrics[0].verdict,
        why,
        "a limit above all bounds"
    );
    let slow = run(3, 60, |_, _| (60, 20.0, 0.1));
    assert_eq!(
        judge(&latency_rules(), &slow, window(60), &[]).metrics[0].verdict,
        why,
        "all in the open bucket"
    );
}

#[test]
fn histograms_with_other_bounds_meet_at_those_they_share() {
    let mut samples = run(5, 60, |_, _| (200, 0.002, 0.02));
    for sample in samples.iter_mut().filter(|s| s.to > at(30)) {
        // 0.025 s is taken out: its bucket joins the next one.
        let SampleBody::Histogram { bounds, counts } = &mut sample.body else {
            panic!()
        };
        bounds.remove(4);
        counts[5] += counts.remove(4);
    }
    let judged = judge(&latency_rules(), &samples, window(60), &[]).metrics[0].clone();
    assert_eq!(judged.verdict, MetricVerdict::Pass);
    let all = samples
        .iter()
        .filter(|s| s.variant == Variant::Canary)
        .map(|s| match &s.body {
            SampleBody::Histogram { counts, .. } => counts.iter().sum::<u64>(),
            SampleBody::Counts { .. } => 0,
        });
    assert_eq!(judged.canary.map(|f| f.n), Some(all.sum()));
}

#[test]
fn a_quantile_is_read_from_its_bucket() {
    let mut counts = vec![0; BOUNDS.len() + 1];
    (counts[5], counts[6], counts[7]) = (90, 8, 2);
    let samples = [
        histogram(Variant::Canary, 5, counts.clone()),
        histogram(Variant::Stable, 5, counts),
    ];
    let figure = judge(&latency_rules(), &samples, window(5), &[]).metrics[0]
        .canary
        .expect("a figure");
    // 95 of 100: 90 within 50 ms, five eighths of the way from 50 to 100 ms.
    assert!((figure.value - 0.08125).abs() < 1e-12, "{figure:?}");
    assert_eq!(figure.n, 100);
}
