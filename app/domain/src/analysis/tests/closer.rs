//! A closer look at a canary under suspicion: it finds sooner, and takes no more healthy ones back.
#![allow(clippy::print_stdout)]

use super::scene::*;
use crate::analysis::*;
use rand::rngs::StdRng;

/// Seconds after which a canary under suspicion is looked at again: ticks come each second, and the closest look is 2.5 s.
const CLOSER_S: i64 = 3;

/// The seconds at which it fails, if it does: looked at every 5 s, and sooner while it is under suspicion. Stable was sampled for 5 minutes before.
fn watched(traffic: Traffic, rules: &AnalysisRules, seed: u64) -> Option<i64> {
    let mut rng = rng(seed);
    let mut samples = Vec::new();
    for to in (-295..=0).step_by(5) {
        both(&mut samples, &mut rng, Traffic { weight: 0.0, ..traffic }, to, 5);
    }
    let (mut to, mut wait) = (0, 5);
    while to < traffic.seconds {
        to += wait;
        both(&mut samples, &mut rng, traffic, to, wait);
        let judgement = judge(rules, &samples, window(to), &[]);
        if judgement.overall == Overall::Fail {
            return Some(to);
        }
        wait = if judgement.suspects() { CLOSER_S } else { 5 };
    }
    None
}

fn both(samples: &mut Vec<Sample>, rng: &mut StdRng, traffic: Traffic, to: i64, seconds: i64) {
    for (variant, share, rate) in [
        (Variant::Stable, 1.0 - traffic.weight, traffic.stable_rate),
        (Variant::Canary, traffic.weight, traffic.canary_rate),
    ] {
        let total = requests(rng, traffic.rps * seconds as f64 * share);
        samples.push(counts(variant, to, total, binomial(rng, total, rate)));
    }
}

#[test]
fn nineteen_of_twenty_bad_canaries_are_found_within_ten_seconds() {
    let bad = Traffic {
        canary_rate: 0.2,
        seconds: 60,
        ..HEALTHY
    };
    for (name, traffic) in [
        ("20 % over 0.5 %", bad),
        (
            "20 % over 0 %",
            Traffic {
                stable_rate: 0.0,
                ..bad
            },
        ),
    ] {
        let mut found: Vec<i64> = (0..400)
            .map(|seed| watched(traffic, &error_rules(), seed).unwrap_or(i64::MAX))
            .collect();
        found.sort_unstable();
        let p95 = percentile(&found, 0.95);
        println!(
            "{name} at 100/s: half within {} s, 95 % within {p95} s",
            percentile(&found, 0.5)
        );
        assert!(p95 < 10, "{name}: {p95} s");
    }
}

#[test]
fn a_closer_look_takes_no_healthy_canary_back() {
    let healthy = Traffic {
        seconds: 600,
        ..HEALTHY
    };
    let taken = (0..300)
        .filter(|seed| watched(healthy, &error_rules(), *seed).is_some())
        .count();
    println!("healthy, looked at closely: {taken} of 300 failed");
    assert!(taken <= 1, "{taken}");
}
