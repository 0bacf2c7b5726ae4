//! Canary analysis: is the new version worse than the one that served before, or than it may be?
//!
//! [`text`] reads a scrape, [`counters`] turns successive scrapes into samples, [`sample`] is what a sample is,
//! [`rule`] what is judged, [`judge`](mod@judge) the judgement. Everything is a pure function over kept samples, so
//! that any rule can be replayed over past deployments.
//!
//! # What is promised
//!
//! One may look after each sample. Every test is a *test martingale*: a product of likelihood ratios whose expectation
//! never rises while the canary is healthy, so that by Ville's inequality it ever reaches 1/α with a chance of at
//! most α, however often one looks. The method is that of Lindon and Malek, *Anytime-valid inference for multinomial
//! count data* (2022), for counts; for latency confidence sequences of quantiles (Howard and Ramdas, *Sequential
//! estimation of quantiles with applications to A/B testing and best-arm identification*, 2022); both as used for
//! deployments in Lindon et al., *Rapid regression detection in software deployments through sequential testing*
//! (KDD 2022).
//!
//! # What is assumed
//!
//! - Which requests go to the canary is independent of whether they fail; shares of traffic may change at any time.
//! - Given that, errors of one interval come in groups of which [`dispersion`] bounds and learns the size. A burst
//!   that hits both variants in proportion to their traffic is harmless to the comparison however large it is; trouble
//!   that lasts for many intervals, that only the canary's instances have and that isn't its version's fault (a bad
//!   machine) can't be told from a bad version, and fails it.
//! - Latencies are known to the resolution of the buckets. Nothing is interpolated for a verdict.
//!
//! # What was measured
//!
//! Over fixed seeds, by `tests/simulation.rs` (which prints the figures), with the default rules, a sample every 5 s and
//! a tenth of the requests on the canary. *Known* means that stable had been sampled for five minutes before.
//!
//! | healthy canary, half an hour | failed of 1000 |
//! |---|---|
//! | 0.5 % errors at 10 or 100 requests/s, 0.1 % or 3 % at 100 | 0 each |
//! | 0.5 % at 100 requests/s, in bursts of 3 on average, unknown | 20 |
//! | the same, known | 6 |
//! | in bursts of 5, known | 4 |
//!
//! | bad canary, until the sample that fails it | half within | 95 % within |
//! |---|---|---|
//! | 20 % against 0 % at 10 requests/s | 20 s | 40 s |
//! | 20 % against 0.5 % at 10 requests/s | 25 s | 60 s |
//! | 20 % against 0 % at 120 requests/s | 4.4 s | 8.9 s |
//! | 20 % against 0.5 % at 120 requests/s | 7.9 s | 11.6 s |
//! | the same, known | 4.5 s | 7.9 s |
//! | 2 % against 0.1 % at 100 requests/s | 35 s | 75 s |
//! | 2 % against 0.5 % at 100 requests/s | 115 s | 205 s |

pub mod counters;
pub mod counts;
pub mod dispersion;
mod interval;
pub mod judge;
pub mod quantile;
pub mod rule;
pub mod sample;
pub mod text;
mod verdict;

#[cfg(test)]
mod tests;

pub use counters::{Collector, LabelMatch, MatchOp, Query, Reading, Scrape, Select, Selector};
pub use judge::{Evidence, Figure, Judgement, MetricJudgement, MetricVerdict, Overall, Reason, Why, judge};
pub use rule::{AnalysisRules, Comparison, Direction, MetricKind, MetricRule};
pub use sample::{Health, Sample, SampleBody, SourceState, Variant, Window};
pub use text::{Exposition, Fault, FaultKind, Series};
