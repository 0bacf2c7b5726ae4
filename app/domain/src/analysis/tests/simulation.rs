//! How often healthy canaries fail, and how fast bad ones are found, looked at every 5 s. Error rate alone, by the
//! default rules (so with a third of their α for each test). Run with `--nocapture` to see the figures.
#![allow(clippy::print_stdout)]

use super::scene::*;
use crate::analysis::*;

fn rules() -> AnalysisRules {
    AnalysisRules::default()
}

#[test]
fn healthy_canaries_are_left_alone_for_half_an_hour() {
    for (name, traffic) in [
        ("0.5 % at 100/s", HEALTHY),
        (
            "0.1 % at 100/s",
            Traffic {
                stable_rate: 0.001,
                canary_rate: 0.001,
                ..HEALTHY
            },
        ),
        ("0.5 % at 10/s", Traffic { rps: 10.0, ..HEALTHY }),
        (
            "3 % at 100/s",
            Traffic {
                stable_rate: 0.03,
                canary_rate: 0.03,
                ..HEALTHY
            },
        ),
        ("0.5 % at 100/s, half on the canary", Traffic { weight: 0.5, ..HEALTHY }),
    ] {
        let failed = traffic.failures(&rules(), 1000);
        println!("healthy, {name}: {failed} of 1000 failed");
        assert!(failed <= 5, "{name}: {failed}");
    }
}

#[test]
fn bursts_of_errors_are_borne_once_stable_has_shown_them() {
    for (name, most, traffic) in [
        (
            "3, known for 5 min",
            10,
            Traffic {
                burst: 3.0,
                history: 300,
                ..HEALTHY
            },
        ),
        (
            "5, known for 5 min",
            15,
            Traffic {
                burst: 5.0,
                history: 300,
                ..HEALTHY
            },
        ),
        (
            "3 at 10/s, known for 5 min",
            10,
            Traffic {
                burst: 3.0,
                rps: 10.0,
                history: 300,
                ..HEALTHY
            },
        ),
        ("3, unknown", 30, Traffic { burst: 3.0, ..HEALTHY }),
    ] {
        let failed = traffic.failures(&rules(), 1000);
        println!("healthy, bursts of {name}: {failed} of 1000 failed");
        assert!(failed <= most, "{name}: {failed}");
    }
}

/// An outage of something that both use: a minute of 20 % errors, in the middle of a change from 10 % to 50 %.
#[test]
fn trouble_that_both_variants_share_is_not_the_canarys() {
    let mut rules = rules();
    rules.metrics[0].limit = None;
    let failed = (0..300).filter(|seed| {
        let mut rng = rng(*seed);
        let mut samples = Vec::new();
        for to in (5..=900).step_by(5) {
            let rate = if (300..360).contains(&to) { 0.2 } else { 0.005 };
            let weight = if to < 330 { 0.1 } else { 0.5 };
            for (variant, share) in [(Variant::Stable, 1.0 - weight), (Variant::Canary, weight)] {
                let total = requests(&mut rng, 500.0 * share);
                samples.push(counts(variant, to, total, binomial(&mut rng, total, rate)));
            }
        }
        judge(&rules, &samples, window(900), &[]).overall == Overall::Fail
    });
    let failed = failed.count();
    println!("shared outage: {failed} of 300 failed");
    assert!(failed <= 1, "{failed}");
}

#[test]
fn bad_canaries_are_found() {
    let bad = Traffic {
        canary_rate: 0.2,
        seconds: 300,
        ..HEALTHY
    };
    // Name, traffic, and the bounds for half and for 95 % of 400 runs, in seconds.
    for (name, traffic, half, most) in [
        (
            "20 % over 0 % at 10/s",
            Traffic {
                rps: 10.0,
                stable_rate: 0.0,
                ..bad
            },
            25,
            45,
        ),
        ("20 % over 0.5 % at 10/s", Traffic { rps: 10.0, ..bad }, 25, 60),
        (
            "20 % over 0 % at 120/s",
            Traffic {
                rps: 120.0,
                stable_rate: 0.0,
                phase: true,
                ..bad
            },
            8,
            10,
        ),
        (
            "20 % over 0.5 % at 120/s, 5 min known",
            Traffic {
                rps: 120.0,
                phase: true,
                history: 300,
                ..bad
            },
            8,
            10,
        ),
        (
            "20 % over 0.5 % at 120/s",
            Traffic {
                rps: 120.0,
                phase: true,
                ..bad
            },
            10,
            13,
        ),
        (
            "2 % over 0.1 % at 100/s",
            Traffic {
                canary_rate: 0.02,
                stable_rate: 0.001,
                ..bad
            },
            45,
            75,
        ),
        (
            "2 % over 0.5 % at 100/s",
            Traffic {
                canary_rate: 0.02,
                ..bad
            },
            120,
            230,
        ),
    ] {
        report(name, &traffic.delays(&rules(), 400), half, most);
    }
}

#[test]
fn a_canary_that_breaks_late_is_found_as_well() {
    let good_before = Traffic {
        canary_rate: 0.2,
        rps: 120.0,
        ..HEALTHY
    };
    let half_hour = Traffic {
        breaks_at: 1500,
        seconds: 1800,
        ..good_before
    };
    report("20 % after 25 min", &half_hour.delays(&rules(), 200), 10, 15);
    let hours = Traffic {
        breaks_at: 8 * 3600,
        seconds: 8 * 3600 + 300,
        weight: 0.5,
        ..good_before
    };
    report(
        "20 % after 8 h at half the traffic",
        &hours.delays(&rules(), 20),
        10,
        10,
    );
}

fn report(name: &str, delays: &[i64], half: i64, most: i64) {
    let (p50, p95) = (percentile(delays, 0.5), percentile(delays, 0.95));
    println!(
        "{name}: half within {:.1} s, 95 % within {:.1} s",
        p50 as f64 / 1e3,
        p95 as f64 / 1e3
    );
    assert!(p50 <= half * 1000, "{name}: half within {p50} ms");
    assert!(p95 <= most * 1000, "{name}: 95 % within {p95} ms");
}
