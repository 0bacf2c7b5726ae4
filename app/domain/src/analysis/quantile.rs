//! Is a quantile of the canary's latency beyond a limit, or beyond stable's? From histograms, with nothing interpolated.
//!
//! **One bound.** If the true `q`-quantile is at most `b`, then at most a share `1 - q` of requests takes longer than
//! `b`. Counting those at every bucket bound and testing the share with a [`ShareTest`] gives a confidence sequence of
//! the quantile (Howard and Ramdas 2022): every bound whose test reached 1/α is excluded. There is no price for the
//! number of bounds: an error at any of them is an error at the one next to the true quantile, since counts above a
//! higher bound are smaller.
//!
//! **Comparison.** The canary fails when three things are shown for some bound `s` of stable, with `c` the first bound
//! at or above `s (1 + tolerance)`, so that it has to be *at least* as much slower as is tolerated:
//!
//! 1. stable's quantile is at most `s`, at α/2;
//! 2. the canary's quantile is above `c`, at α/2;
//! 3. interval by interval, the canary's share of all slow requests (its own above `c`, stable's above `s`) is more than
//!    its share of requests: at α over the number of bounds. The first two pool over time, so a slow hour that both
//!    variants share while the weights move could look like a slow canary; this one can't be led astray by it.
//!
//! All three must hold, so the chance of a false alarm is at most α when the quantiles are as they may be *or* when the
//! canary has no fatter tail in any interval. The resolution is that of the buckets: a canary that slows down from one
//! part of a bucket to another, or to less than the next bound above what is tolerated, isn't found.

use super::counts::{ShareTest, Trials};
use super::dispersion::{Dispersion, known};
use super::interval::Tail;

/// Sees whether the canary's quantile is beyond a limit.
pub(super) struct LimitTest {
    /// Index of the first bound at or above the limit.
    bound: usize,
    slow: f64,
    test: ShareTest,
    stable_spread: Dispersion,
    canary_spread: Dispersion,
}

impl LimitTest {
    /// None when the limit lies above all bounds: then it can't be judged.
    pub fn new(bounds: &[f64], quantile: f64, limit: f64) -> Option<LimitTest> {
        let bound = first_at_or_above(bounds, limit)?;
        Some(LimitTest {
            bound,
            slow: 1.0 - quantile,
            test: ShareTest::above(1.0),
            stable_spread: Dispersion::default(),
            canary_spread: Dispersion::default(),
        })
    }

    pub fn observe(&mut self, stable: Option<&Tail>, canary: Option<&Tail>) {
        if let Some(canary) = canary {
            let hits = canary.above[self.bound];
            let spread = known(&self.stable_spread, &self.canary_spread);
            self.test.observe(slow_trials(hits, canary.total, self.slow, spread));
            self.canary_spread.observe(hits, canary.total);
        }
        if let Some(stable) = stable {
            self.learn(stable);
        }
    }

    /// How slow requests of stable group.
    pub fn learn(&mut self, stable: &Tail) {
        self.stable_spread.observe(stable.above[self.bound], stable.total);
    }

    pub fn ln_e(&self) -> f64 {
        self.test.ln_e()
    }

    /// The index of the bound that the canary's quantile is shown to exceed.
    pub fn bound(&self) -> usize {
        self.bound
    }
}

/// Sees whether the canary's quantile is beyond stable's by more than is tolerated.
pub(super) struct ComparisonTest {
    slow: f64,
    bounds: Vec<Bound>,
    pairs: Vec<Pair>,
}

/// What is known at one bound.
struct Bound {
    /// Evidence that fewer requests of stable take longer, over the whole time.
    stable: ShareTest,
    /// Evidence that more requests of the canary take longer, since whenever.
    canary: ShareTest,
    stable_spread: Dispersion,
    canary_spread: Dispersion,
}

struct Pair {
    stable: usize,
    canary: usize,
    share: ShareTest,
}

/// The strongest comparison: the logarithm of its evidence and the bounds it is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Strongest {
    pub ln_e: f64,
    /// Index of a bound that stable's quantile doesn't exceed.
    pub stable: usize,
    /// Index of a bound that the canary's quantile exceeds.
    pub canary: usize,
}

impl ComparisonTest {
    pub fn new(bounds: &[f64], quantile: f64, tolerance: f64) -> ComparisonTest {
        let bound = |_: &f64| Bound {
            stable: ShareTest::below(1.0).from_the_start(),
            canary: ShareTest::above(1.0),
            stable_spread: Dispersion::default(),
            canary_spread: Dispersion::default(),
        };
        let pair = |(stable, b): (usize, &f64)| {
            let canary = first_at_or_above(bounds, b * (1.0 + tolerance))?;
            Some(Pair {
                stable,
                canary,
                share: ShareTest::above(1.0),
            })
        };
        ComparisonTest {
            slow: 1.0 - quantile,
            bounds: bounds.iter().map(bound).collect(),
            pairs: bounds.iter().enumerate().filter_map(pair).collect(),
        }
    }

    pub fn observe(&mut self, stable: Option<&Tail>, canary: Option<&Tail>) {
        if let (Some(stable), Some(canary)) = (stable, canary) {
            self.observe_shares(stable, canary);
        }
        for (i, bound) in self.bounds.iter_mut().enumerate() {
            if let Some(tail) = canary {
                let spread = known(&bound.stable_spread, &bound.canary_spread);
                bound
                    .canary
                    .observe(slow_trials(tail.above[i], tail.total, self.slow, spread));
                bound.canary_spread.observe(tail.above[i], tail.total);
            }
            if let Some(tail) = stable {
                bound
                    .stable
                    .observe(slow_trials(tail.above[i], tail.total, self.slow, &bound.stable_spread));
                bound.stable_spread.observe(tail.above[i], tail.total);
            }
        }
    }

    /// How slow requests of stable group, where they are no evidence themselves.
    pub fn learn(&mut self, stable: &Tail) {
        for (bound, above) in self.bounds.iter_mut().zip(&stable.above) {
            bound.stable_spread.observe(*above, stable.total);
        }
    }

    fn observe_shares(&mut self, stable: &Tail, canary: &Tail) {
        let share = canary.total as f64 / (canary.total.saturating_add(stable.total)).max(1) as f64;
        for pair in &mut self.pairs {
            let hits = canary.above[pair.canary];
            let of = hits.saturating_add(stable.above[pair.stable]);
            let temper = self.bounds[pair.stable].stable_spread.temper(of as f64);
            pair.share.observe(Trials {
                hits,
                of,
                share,
                temper,
            });
        }
    }

    /// The pair of bounds for which the weakest of the three parts is strongest.
    pub fn strongest(&self) -> Option<Strongest> {
        let ln_2 = std::f64::consts::LN_2;
        let ln_pairs = (self.pairs.len() as f64).ln();
        let weakest = |pair: &Pair| {
            let stable = self.bounds[pair.stable].stable.ln_e() - ln_2;
            let canary = self.bounds[pair.canary].canary.ln_e() - ln_2;
            let ln_e = stable.min(canary).min(pair.share.ln_e() - ln_pairs);
            Strongest {
                ln_e,
                stable: pair.stable,
                canary: pair.canary,
            }
        };
        self.pairs.iter().map(weakest).max_by(|a, b| a.ln_e.total_cmp(&b.ln_e))
    }

    /// Whether a canary could be found worse than a stable whose quantile lies at or below this bound.
    pub fn can_judge(&self, stable: Option<usize>) -> bool {
        stable.is_some_and(|s| self.pairs.iter().any(|p| p.stable == s))
    }
}

fn slow_trials(hits: u64, of: u64, slow: f64, spread: &Dispersion) -> Trials {
    Trials {
        hits,
        of,
        share: slow,
        temper: spread.temper_trials(of, slow),
    }
}

/// Index of the first bound at or above `value`, forgiving the last digit of a product such as 1.2 × 0.5.
fn first_at_or_above(bounds: &[f64], value: f64) -> Option<usize> {
    bounds.iter().position(|bound| *bound >= value * (1.0 - 1e-9))
}

/// Index of the bucket bound below which a share `quantile` of the requests lies; none in the last, open bucket.
pub(super) fn bucket_of(tail: &Tail, quantile: f64) -> Option<usize> {
    let most = (1.0 - quantile) * tail.total as f64;
    tail.above.iter().position(|above| *above as f64 <= most * (1.0 + 1e-9))
}

/// The quantile in seconds for display, by straight lines within a bucket; in the open bucket its lower bound.
pub(super) fn estimate(tail: &Tail, bounds: &[f64], quantile: f64) -> Option<f64> {
    if tail.total == 0 {
        return None;
    }
    let Some(i) = bucket_of(tail, quantile) else {
        return bounds.last().copied();
    };
    let (low, before) = if i == 0 {
        (0.0, tail.total)
    } else {
        (bounds[i - 1], tail.above[i - 1])
    };
    let inside = (before - tail.above[i]) as f64;
    let past = before as f64 - (1.0 - quantile) * tail.total as f64;
    let part = if inside > 0.0 {
        (past / inside).clamp(0.0, 1.0)
    } else {
        1.0
    };
    Some(low + (bounds[i] - low) * part)
}
