//! Made-up traffic from a fixed seed, and short ways to write samples down.

use crate::analysis::*;
use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Seconds after a fixed moment.
pub fn at(s: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(19_737) + TimeDelta::seconds(s)
}

pub fn window(now_s: i64) -> Window {
    Window {
        from: at(0),
        now: at(now_s),
    }
}

pub fn counts(variant: Variant, to_s: i64, total: u64, bad: u64) -> Sample {
    let body = SampleBody::Counts { total, bad };
    Sample {
        variant,
        metric: "error_rate".into(),
        from: at(to_s - 5),
        to: at(to_s),
        body,
    }
}

/// Only the error rate of the default rules.
pub fn error_rules() -> AnalysisRules {
    let mut rules = AnalysisRules::default();
    rules.metrics.retain(|m| m.id == "error_rate");
    rules
}

pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A Poisson count, by adding up exponential gaps in pieces that don't underflow.
pub fn poisson(rng: &mut StdRng, mean: f64) -> u64 {
    let (mut count, mut left) = (0, mean);
    loop {
        left += rng.random::<f64>().max(1e-300).ln();
        if left < 0.0 {
            return count;
        }
        count += 1;
    }
}

/// By jumping from hit to hit.
pub fn binomial(rng: &mut StdRng, of: u64, share: f64) -> u64 {
    let gap = |rng: &mut StdRng| (rng.random::<f64>().max(1e-300).ln() / (1.0 - share).ln()) as u64;
    if share <= 0.0 {
        return 0;
    }
    let (mut hits, mut place) = (0, gap(rng));
    while place < of {
        hits += 1;
        place += 1 + gap(rng);
    }
    hits
}

/// About so many requests, a fifth more or less.
pub fn requests(rng: &mut StdRng, mean: f64) -> u64 {
    (mean * rng.random_range(0.8..1.2)).round() as u64
}

/// A run of one rollout: 5 s intervals, errors of both variants.
#[derive(Clone, Copy)]
pub struct Traffic {
    /// Requests a second of both variants together.
    pub rps: f64,
    /// The canary's share of them.
    pub weight: f64,
    pub stable_rate: f64,
    pub canary_rate: f64,
    /// Mean number of errors in a burst; 1 means one by one.
    pub burst: f64,
    pub seconds: i64,
    /// When the canary's rate begins to differ from stable's.
    pub breaks_at: i64,
    /// Seconds of stable alone before the canary's first traffic.
    pub history: i64,
    /// Whether the canary's first traffic comes somewhere within an interval (by seed, evenly) instead of at its start.
    pub phase: bool,
}

/// Hundred requests a second, a tenth of them to the canary, 0.5 % errors everywhere, half an hour.
pub const HEALTHY: Traffic = Traffic {
    rps: 100.0,
    weight: 0.1,
    stable_rate: 0.005,
    canary_rate: 0.005,
    burst: 1.0,
    seconds: 1800,
    breaks_at: 0,
    history: 0,
    phase: false,
};

impl Traffic {
    pub fn samples(&self, seed: u64) -> Vec<Sample> {
        let mut rng = rng(seed);
        let mut samples = Vec::new();
        for to in (5 - self.history..=self.seconds).step_by(5) {
            for variant in [Variant::Stable, Variant::Canary] {
                let canary = variant == Variant::Canary;
                let weight = match to {
                    ..=0 => 0.0,
                    5 => self.weight * (1.0 - self.late(seed) / 5.0),
                    _ => self.weight,
                };
                let share = if canary { weight } else { 1.0 - weight };
                let total = requests(&mut rng, self.rps * 5.0 * share);
                let bad_now = canary && to > self.breaks_at;
                let rate = if bad_now { self.canary_rate } else { self.stable_rate };
                let bad = if self.burst > 1.0 {
                    self.bursts(&mut rng, total, rate)
                } else {
                    binomial(&mut rng, total, rate)
                };
                samples.push(counts(variant, to, total, bad.min(total)));
            }
        }
        samples
    }

    /// Seconds into the first interval at which the canary gets its first traffic.
    fn late(&self, seed: u64) -> f64 {
        if self.phase { (seed % 40) as f64 / 8.0 } else { 0.0 }
    }

    /// Bursts of geometric size whose errors belong to one variant and interval.
    fn bursts(&self, rng: &mut StdRng, total: u64, rate: f64) -> u64 {
        let bursts = poisson(rng, total as f64 * rate / self.burst);
        let size = |rng: &mut StdRng| {
            let mut size = 1;
            while rng.random::<f64>() > 1.0 / self.burst {
                size += 1;
            }
            size
        };
        (0..bursts).map(|_| size(rng)).sum()
    }

    /// How many of so many seeds are judged to fail at any look. One fold looks after every interval.
    pub fn failures(&self, rules: &AnalysisRules, seeds: u64) -> usize {
        (0..seeds).filter(|seed| self.failed_at(rules, *seed).is_some()).count()
    }

    /// Milliseconds from the canary's break to the end of the first failing interval, for each seed, in order; those
    /// that were not found come last.
    pub fn delays(&self, rules: &AnalysisRules, seeds: u64) -> Vec<i64> {
        let delay = |seed| {
            let broke = at(self.breaks_at) + TimeDelta::milliseconds((self.late(seed) * 1000.0) as i64);
            self.failed_at(rules, seed)
                .map_or(i64::MAX, |failed| (failed - broke).num_milliseconds())
        };
        let mut delays: Vec<i64> = (0..seeds).map(delay).collect();
        delays.sort_unstable();
        delays
    }

    fn failed_at(&self, rules: &AnalysisRules, seed: u64) -> Option<DateTime<Utc>> {
        judge(rules, &self.samples(seed), window(self.seconds), &[]).metrics[0].failed_at
    }
}

/// The value that a share of the sorted ones does not exceed.
pub fn percentile(sorted: &[i64], share: f64) -> i64 {
    sorted[(sorted.len() as f64 * share).ceil() as usize - 1]
}

/// Bucket bounds of the playground's histogram, seconds.
pub const BOUNDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

pub fn histogram(variant: Variant, to_s: i64, counts: Vec<u64>) -> Sample {
    let body = SampleBody::Histogram {
        bounds: BOUNDS.to_vec(),
        counts,
    };
    Sample {
        variant,
        metric: "latency_p95".into(),
        from: at(to_s - 5),
        to: at(to_s),
        body,
    }
}

/// Exponential latencies around a floor, as a histogram of `of` requests.
pub fn latencies(rng: &mut StdRng, of: u64, floor_s: f64, mean_s: f64) -> Vec<u64> {
    let mut counts = vec![0; BOUNDS.len() + 1];
    for _ in 0..of {
        let seconds = floor_s - mean_s * rng.random::<f64>().max(1e-300).ln();
        counts[BOUNDS.iter().position(|b| seconds <= *b).unwrap_or(BOUNDS.len())] += 1;
    }
    counts
}

/// Only the latency of the default rules.
pub fn latency_rules() -> AnalysisRules {
    let mut rules = AnalysisRules::default();
    rules.metrics.retain(|m| m.id == "latency_p95");
    rules
}
