//! Evidence that a share is higher (or lower) than it may be, gathered interval by interval: an e-process.
//!
//! **One interval.** Of `of` trials `hits` are hits, each with the odds `share / (1 - share)` times `e^θ`. Against the
//! bound `θ₀` of what is healthy, an alternative `θ` beyond it has the likelihood ratio
//!
//! ```text
//! L(θ) = exp( hits (θ - θ₀) - of [ ln(1 - share + share e^θ) - ln(1 - share + share e^θ₀) ] )
//! ```
//!
//! (Lindon and Malek 2022, with the share of each interval in place of a constant one). It rises with `hits`, so under
//! every healthy `θ` its expectation is at most 1, the value at `θ₀`: the product over intervals is a supermartingale
//! whatever shares the intervals had.
//!
//! - *Comparison*: trials are all errors of the interval, hits those of the canary, `share` is the canary's share of
//!   the requests, `e^θ` how many times the canary's odds of an error are stable's. Given the requests and the errors
//!   of an interval, the canary's errors are hypergeometric, which is less spread than the binomial that is used
//!   (Hoeffding 1963, theorem 4: the expectation of every convex function is smaller), so the test stays valid.
//! - *Limit*: trials are the canary's requests, hits its errors, `share` is the limit.
//!
//! **Mixtures.** How much worse the canary is isn't known, so the ratios of [`GRID`] are tried with equal weights. Nor
//! is it known since when: a version that breaks after hours must not first work off hours of good conduct. So the
//! weight is spread over the intervals at which it may have begun (most of it on the first one, [`LATE`] thinning out over
//! the others as `1 / (j ln² j)`), which is a mixture of e-processes with later starts (Shin, Ramdas and Rinaldo, *E-detectors*, 2023)
//! whose weights sum to 1: it is an e-process itself. A recursion keeps it at one number for each ratio.
//!
//! **Bursts.** `ln L` is divided by a factor of at least 1 that is known before the hits are (see
//! [`super::dispersion`]): by Jensen's inequality the expectation stays at most 1.

/// Odds ratios, beyond the bound of what is healthy, that are tried against it.
pub const GRID: [f64; 7] = [1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0];

/// Weight of "the canary wasn't worse from the start, but became so".
const LATE: f64 = 0.25;

/// What one interval says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trials {
    pub hits: u64,
    pub of: u64,
    /// Share of hits at even odds, between 0 and 1. At 0 or 1 the interval says nothing.
    pub share: f64,
    /// Errors that count as one: at least 1.
    pub temper: f64,
}

/// An e-process for "the odds are no worse than they may be". All values are natural logarithms.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareTest {
    /// `θ₀`: the bound of what is healthy.
    healthy: f64,
    components: [Component; GRID.len()],
    /// Intervals so far that said something.
    seen: u32,
    /// Whether trouble may begin later than at the first interval.
    late: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Component {
    theta: f64,
    /// Weighted sum, over the intervals at which trouble may have begun, of the products since then.
    ln_value: f64,
}

impl ShareTest {
    /// Evidence that the odds are more than `ratio` times as high as at even odds, since whichever interval.
    pub fn above(ratio: f64) -> ShareTest {
        ShareTest::new(ratio.ln(), 1.0, true)
    }

    /// Evidence that the odds are less than `ratio` times as high as at even odds, since whichever interval.
    pub fn below(ratio: f64) -> ShareTest {
        ShareTest::new(ratio.ln(), -1.0, true)
    }

    /// The same test, but for the whole time from the first interval on.
    pub fn from_the_start(mut self) -> ShareTest {
        self.late = false;
        self
    }

    fn new(healthy: f64, sign: f64, late: bool) -> ShareTest {
        let component = |ratio: f64| Component {
            theta: healthy + sign * ratio.ln(),
            ln_value: f64::NEG_INFINITY,
        };
        ShareTest {
            healthy,
            components: GRID.map(component),
            seen: 0,
            late,
        }
    }

    /// Takes in one interval. The order matters: intervals must come as they happened.
    pub fn observe(&mut self, trials: Trials) {
        let Trials {
            hits,
            of,
            share,
            temper,
        } = trials;
        if of == 0 || share <= 0.0 || share >= 1.0 {
            return;
        }
        self.seen = self.seen.saturating_add(1);
        let ln_start = self.ln_start();
        let (hits, of) = (hits.min(of) as f64, of as f64);
        let base = ln_norm(share, self.healthy);
        for component in &mut self.components {
            let ln_ratio = hits * (component.theta - self.healthy) - of * (ln_norm(share, component.theta) - base);
            component.ln_value = ln_add(component.ln_value, ln_start) + ln_ratio / temper.max(1.0);
        }
    }

    /// Natural logarithm of the evidence; 0 before anything was seen. It reaches `-ln α` with a chance of at most α.
    pub fn ln_e(&self) -> f64 {
        let mixed = self
            .components
            .iter()
            .fold(f64::NEG_INFINITY, |sum, c| ln_add(sum, c.ln_value));
        ln_add(mixed - (GRID.len() as f64).ln(), self.ln_unstarted())
    }

    /// Weight of "it begins with the interval that is being taken in".
    fn ln_start(&self) -> f64 {
        match (self.late, self.seen) {
            (false, 1) => 0.0,
            (false, _) => f64::NEG_INFINITY,
            (true, 1) => (1.0 - LATE * tail(2)).ln(),
            (true, j) => (LATE * (tail(j) - tail(j.saturating_add(1)))).ln(),
        }
    }

    /// Weight of "it has not begun yet", which is worth 1.
    fn ln_unstarted(&self) -> f64 {
        match (self.late, self.seen) {
            (_, 0) => 0.0,
            (false, _) => f64::NEG_INFINITY,
            (true, seen) => (LATE * tail(seen.saturating_add(1))).ln(),
        }
    }
}

/// Share of the thinning weight that lies at interval `j` or later: from 1 at the first one down to 0.
fn tail(j: u32) -> f64 {
    std::f64::consts::LN_2 / (f64::from(j) + 1.0).ln()
}

/// `ln(1 - share + share e^θ)`.
fn ln_norm(share: f64, theta: f64) -> f64 {
    (share * theta.exp_m1()).ln_1p()
}

/// `ln(e^a + e^b)`.
fn ln_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    let gap = low - high;
    // Below this the smaller one is lost in rounding anyway; also true when both are minus infinity.
    if gap > -40.0 { high + gap.exp().ln_1p() } else { high }
}
