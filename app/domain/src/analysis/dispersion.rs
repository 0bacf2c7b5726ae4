//! How many errors count as one: the guard against bursts.
//!
//! Errors rarely come one by one: a slow disk, a lost connection or a garbage collection yields several at once. If
//! they come in groups of `m`, then `m` errors are evidence of one group only, and dividing the log-likelihood by `m`
//! keeps the test valid. `m` is learned from the intervals before: the variance of a share between *neighbouring*
//! intervals (von Neumann's mean square successive difference, so that a slow drift doesn't count) over the
//! variance that independent requests would have. Until enough was seen to know, errors of one interval are taken for
//! partly grouped: the design effect of cluster samples, `1 + (m - 1) ρ` (Kish 1965), with ρ = 1/[`GROUPS`], so that
//! one interval is worth [`GROUPS`] independent errors at most.
//!
//! The factor for an interval comes from earlier intervals alone, so tempering breaks no test (see [`super::counts`]).

/// Independent groups of errors that one interval may count for before anything is known.
pub const GROUPS: f64 = 5.0;
/// Weight, in pairs of intervals, of the assumption that errors are independent.
const PRIOR_PAIRS: f64 = 8.0;
/// Weight that a pair keeps with each further one: it remembers about the last hundred.
const KEEP: f64 = 0.99;
/// By how much the excess of the variance is raised: groups are uneven, and the large ones do the harm.
const UNEVEN: f64 = 1.5;
/// More is never assumed, so that an outage of everything doesn't blind the analysis for long.
const MOST: f64 = 20.0;

/// Running estimate of over-dispersion of one count. O(1) for each interval.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dispersion {
    last: Option<(f64, f64)>,
    pairs: f64,
    /// Sum of squared successive differences, each over the sum of the reciprocal totals.
    squares: f64,
    hits: f64,
    of: f64,
}

impl Dispersion {
    /// Takes in one interval of `of` requests, `hits` of which are errors (or slow).
    pub fn observe(&mut self, hits: u64, of: u64) {
        if of == 0 {
            return;
        }
        let (hits, of) = (hits.min(of) as f64, of as f64);
        self.hits = self.hits * KEEP + hits;
        self.of = self.of * KEEP + of;
        if let Some((hits_before, of_before)) = self.last {
            let difference = hits / of - hits_before / of_before;
            self.pairs = self.pairs * KEEP + 1.0;
            self.squares = self.squares * KEEP + difference * difference / (1.0 / of + 1.0 / of_before);
        }
        self.last = Some((hits, of));
    }

    /// Whether anything can be said from it.
    pub fn knows(&self) -> bool {
        self.pairs > 0.0
    }

    /// By how much to divide the log-likelihood of an interval in which `errors` may belong together. At least 1.
    pub fn temper(&self, errors: f64) -> f64 {
        let cautious = 1.0 + (errors - 1.0).max(0.0) / GROUPS;
        cautious.min(self.at_most()).max(self.factor())
    }

    /// The same for `of` trials of which a share of `share` are errors at the bound of what is healthy. How many were
    /// errors must not be asked here; but a few may always belong together.
    pub fn temper_trials(&self, of: u64, share: f64) -> f64 {
        let of = of as f64;
        self.temper((of * share).max(of.min(GROUPS)))
    }

    /// Variance over that of independent requests, drawn towards 1 while little is known, with its excess raised.
    pub fn factor(&self) -> f64 {
        let plain = (PRIOR_PAIRS + self.excess()) / (PRIOR_PAIRS + self.pairs);
        (1.0 + UNEVEN * (plain - 1.0)).clamp(1.0, MOST)
    }

    /// About one standard error above the plain estimate. For Poisson counts of mean `m` the estimate from `k` pairs
    /// has a relative variance of about `2/k + 1/(k m)`.
    fn at_most(&self) -> f64 {
        if self.pairs <= 0.0 || self.hits <= 0.0 {
            return f64::INFINITY;
        }
        self.excess().max(self.pairs) / self.pairs * (1.0 + (2.0 / self.pairs + 1.0 / self.hits).sqrt())
    }

    fn excess(&self) -> f64 {
        let share = if self.of > 0.0 { self.hits / self.of } else { 0.0 };
        let variance = share * (1.0 - share);
        if variance > 0.0 {
            self.squares / variance
        } else {
            self.pairs
        }
    }
}

/// Whose spread tells how errors belong together: stable's, which is known to be sound, if anything is known of it.
pub fn known<'a>(stable: &'a Dispersion, canary: &'a Dispersion) -> &'a Dispersion {
    if stable.knows() { stable } else { canary }
}
