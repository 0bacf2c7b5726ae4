//! That the evidence is what it is said to be: exactly, by summing over every outcome.

use super::scene::*;
use crate::analysis::counts::{ShareTest, Trials};
use crate::analysis::*;
use proptest::prelude::*;

fn ln_choose(n: u64, k: u64) -> f64 {
    (1..=k).map(|i| ((n - k + i) as f64 / i as f64).ln()).sum()
}

fn binomial_chance(n: u64, k: u64, p: f64) -> f64 {
    (ln_choose(n, k) + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln()).exp()
}

/// Expected evidence after one more interval, over the evidence now.
fn expected_growth(test: &ShareTest, of: u64, share: f64, temper: f64, chance: impl Fn(u64) -> f64) -> f64 {
    let grown = |hits| {
        let mut next = test.clone();
        next.observe(Trials {
            hits,
            of,
            share,
            temper,
        });
        chance(hits) * (next.ln_e() - test.ln_e()).exp()
    };
    (0..=of).map(grown).sum()
}

/// A test that has seen some intervals already.
fn with_past(mut test: ShareTest, past: &[(u64, u64, f64)]) -> ShareTest {
    for (hits, of, share) in past {
        test.observe(Trials {
            hits: *hits.min(of),
            of: *of,
            share: *share,
            temper: 1.3,
        });
    }
    test
}

fn past() -> impl Strategy<Value = Vec<(u64, u64, f64)>> {
    prop::collection::vec((0..6u64, 0..12u64, 0.02..0.6f64), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn evidence_does_not_grow_while_the_canary_is_healthy(
        past in past(), of in 0..40u64, share in 0.01..0.9f64, temper in 1.0..6.0f64,
        tolerance in 0.0..1.0f64, better in 0.05..1.0f64,
    ) {
        // The canary's odds are at the bound of what is tolerated, or `better` times that.
        let odds = share / (1.0 - share) * (1.0 + tolerance) * better;
        let p = odds / (1.0 + odds);
        let test = with_past(ShareTest::above(1.0 + tolerance), &past);
        let growth = expected_growth(&test, of, share, temper, |hits| binomial_chance(of, hits, p));
        prop_assert!(growth <= 1.0 + 1e-9, "above: {growth}");

        let odds = share / (1.0 - share) / (1.0 + tolerance) / better;
        let p = odds / (1.0 + odds);
        let test = with_past(ShareTest::below(1.0 / (1.0 + tolerance)), &past);
        let growth = expected_growth(&test, of, share, temper, |hits| binomial_chance(of, hits, p));
        prop_assert!(growth <= 1.0 + 1e-9, "below: {growth}");
    }

    /// With the same rate for both, the canary's part of the errors is hypergeometric.
    #[test]
    fn comparison_holds_for_errors_that_are_not_rare(
        past in past(), canary in 1..30u64, stable in 1..60u64, share_bad in 0.0..1.0f64, temper in 1.0..4.0f64,
    ) {
        let of = ((canary + stable) as f64 * share_bad) as u64;
        let chance = |hits: u64| {
            if hits > canary || of - hits > stable { return 0.0; }
            (ln_choose(canary, hits) + ln_choose(stable, of - hits) - ln_choose(canary + stable, of)).exp()
        };
        let share = canary as f64 / (canary + stable) as f64;
        let growth = expected_growth(&with_past(ShareTest::above(1.0), &past), of, share, temper, chance);
        prop_assert!(growth <= 1.0 + 1e-9, "{growth}");
    }

    /// If errors come in groups of `temper`, each of one variant, the tempered evidence doesn't grow either.
    #[test]
    fn tempering_bears_groups(past in past(), groups in 0..12u64, size in 1..6u64, share in 0.01..0.9f64) {
        let test = with_past(ShareTest::above(1.0), &past);
        let grown = |hits: u64| {
            let mut next = test.clone();
            next.observe(Trials { hits: hits * size, of: groups * size, share, temper: size as f64 });
            binomial_chance(groups, hits, share) * (next.ln_e() - test.ln_e()).exp()
        };
        let growth: f64 = (0..=groups).map(grown).sum();
        prop_assert!(growth <= 1.0 + 1e-9, "{growth}");
    }

    #[test]
    fn evidence_is_a_number_whatever_comes(
        intervals in prop::collection::vec((any::<u64>(), any::<u64>(), 0.0..=1.0f64, 1.0..20.0f64), 0..50),
    ) {
        for mut test in [ShareTest::above(1.0), ShareTest::below(0.9), ShareTest::above(1.2).from_the_start()] {
            for (hits, of, share, temper) in &intervals {
                test.observe(Trials { hits: *hits, of: *of, share: *share, temper: *temper });
            }
            prop_assert!(!test.ln_e().is_nan());
        }
    }

    /// The same samples in any order give the same judgement, whole and again.
    #[test]
    fn the_order_of_samples_does_not_matter(seed in 0..1000u64, order in any::<u64>()) {
        use rand::seq::SliceRandom;
        let traffic = Traffic { seconds: 120, history: 60, canary_rate: 0.05, ..HEALTHY };
        let samples = traffic.samples(seed);
        let mut shuffled = samples.clone();
        shuffled.shuffle(&mut rng(order));
        let rules = AnalysisRules::default();
        prop_assert_eq!(judge(&rules, &samples, window(120), &[]), judge(&rules, &shuffled, window(120), &[]));
    }

    /// One judgement at the end knows at which look it would have failed first.
    #[test]
    fn a_fold_looks_as_often_as_one_would(seed in 0..1000u64) {
        let traffic = Traffic { seconds: 150, canary_rate: 0.08, ..HEALTHY };
        let (samples, rules) = (traffic.samples(seed), error_rules());
        let whole = &judge(&rules, &samples, window(150), &[]).metrics[0];
        let looks: Vec<i64> = (5..=150).step_by(5).collect();
        let first = looks.iter().find(|t| judge(&rules, &samples, window(**t), &[]).overall == Overall::Fail);
        prop_assert_eq!(whole.failed_at, first.map(|t| at(*t)));
    }

    #[test]
    fn without_errors_nothing_fails(totals in prop::collection::vec((0..5000u64, 0..5000u64), 0..60)) {
        let mut samples = Vec::new();
        for (i, (stable, canary)) in (1..).zip(&totals) {
            samples.push(counts(Variant::Stable, i * 5, *stable, 0));
            samples.push(counts(Variant::Canary, i * 5, *canary, 0));
        }
        let judgement = judge(&error_rules(), &samples, window(300), &[]);
        prop_assert_ne!(judgement.overall, Overall::Fail);
        prop_assert_eq!(judgement.metrics[0].failures, 0);
    }
}

#[test]
fn nothing_seen_is_evidence_of_nothing() {
    assert_eq!(ShareTest::above(1.0).ln_e(), 0.0);
    let mut test = ShareTest::above(1.0);
    for share in [0.0, 1.0] {
        test.observe(Trials {
            hits: 5,
            of: 5,
            share,
            temper: 1.0,
        });
    }
    assert_eq!(test.ln_e(), 0.0, "an interval of one variant alone compares nothing");
}

/// A day of samples every 5 s, of both variants and both metrics, is folded; nothing of it is remembered between calls.
#[test]
fn a_day_of_samples_is_judged() {
    let day = 24 * 3600;
    let mut samples = Traffic {
        seconds: day,
        ..HEALTHY
    }
    .samples(1);
    let mut rng = rng(2);
    for to in (5..=day).step_by(5) {
        samples.push(histogram(Variant::Stable, to, latencies(&mut rng, 90, 0.002, 0.01)));
        samples.push(histogram(Variant::Canary, to, latencies(&mut rng, 10, 0.002, 0.01)));
    }
    let judgement = judge(&AnalysisRules::default(), &samples, window(day), &[]);
    assert_eq!(judgement.overall, Overall::Pass, "{judgement:?}");
    assert_eq!(judgement.metrics[1].canary.map(|f| f.n), Some(172_800));
}
