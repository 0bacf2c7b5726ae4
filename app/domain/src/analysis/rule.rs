//! What is judged, and how strictly. The serialised form is part of the plan digest: it must stay stable.

use crate::field::{FieldErrors, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The analysis of one environment's progressive deployments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisRules {
    /// Chance, over the whole watch and all deciding tests together, that a canary which is no worse than stable and
    /// within every limit is judged to fail. 0.01 is one in a hundred.
    pub alpha: f64,
    /// Seconds between two samples.
    pub interval_s: u32,
    pub metrics: Vec<MetricRule>,
}

/// How one metric is judged: by a limit, by comparison with stable, or by both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricRule {
    /// Short name, the same as in the samples.
    pub id: String,
    pub title: String,
    #[serde(flatten)]
    pub kind: MetricKind,
    pub direction: Direction,
    /// Absolute limit: a share (0.05 is 5 %), or seconds for a latency.
    pub limit: Option<f64>,
    pub compare: Option<Comparison>,
    /// Requests that the canary must have served before the metric can pass.
    pub min_sample: u64,
    /// One failure is enough to fail the whole analysis.
    pub critical: bool,
    /// Judged and shown, but never decides.
    pub dry_run: bool,
    /// So many looks at which a metric that isn't critical stood at failure fail the whole analysis. At least 1.
    pub failure_limit: u32,
    /// Seconds without a sample of the canary after which the metric has *no data*.
    pub no_data_after_s: u32,
    /// Seconds of missing data, of whatever kind, after which a person must look.
    pub deadline_s: u32,
}

/// What the samples of a metric hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MetricKind {
    /// Counts: bad requests as a share of all.
    ErrorRate,
    /// A histogram: the time within which `quantile` (0.95) of all requests are answered.
    Latency { quantile: f64 },
}

/// Which way is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    HigherIsWorse,
    /// For shares that should stay up, such as sign-ups per visit; `bad` then counts the sign-ups.
    LowerIsWorse,
}

/// Comparison of canary with stable over the same intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How much worse, relative to stable, is still tolerated: 0.2 is a fifth. For shares it is relative odds, which
    /// for rare errors is the ratio of the rates; for latency a ratio of seconds.
    pub tolerance: f64,
}

impl Default for AnalysisRules {
    /// The procedure's: back when errors exceed 5 %, or are more than stable's, or responses get markedly slower.
    fn default() -> Self {
        AnalysisRules {
            alpha: 0.01,
            interval_s: 5,
            metrics: vec![error_rate(), latency_p95()],
        }
    }
}

fn error_rate() -> MetricRule {
    MetricRule {
        id: "error_rate".into(),
        title: "Error rate".into(),
        kind: MetricKind::ErrorRate,
        direction: Direction::HigherIsWorse,
        limit: Some(0.05),
        compare: Some(Comparison { tolerance: 0.1 }),
        min_sample: 50,
        critical: true,
        dry_run: false,
        failure_limit: 1,
        no_data_after_s: 30,
        deadline_s: 300,
    }
}

fn latency_p95() -> MetricRule {
    MetricRule {
        id: "latency_p95".into(),
        title: "Latency, 95th percentile".into(),
        kind: MetricKind::Latency { quantile: 0.95 },
        limit: None,
        compare: Some(Comparison { tolerance: 0.2 }),
        failure_limit: 3,
        critical: false,
        ..error_rate()
    }
}

impl MetricRule {
    /// How many tests the metric runs: the limit and the comparison are one each.
    pub fn tests(&self) -> u32 {
        u32::from(self.limit.is_some()) + u32::from(self.compare.is_some())
    }

    /// Failing looks after which this metric fails the whole analysis.
    pub fn decides_after(&self) -> u32 {
        if self.critical { 1 } else { self.failure_limit.max(1) }
    }
}

impl AnalysisRules {
    /// The e-value at which one test fails: the number of deciding tests over `alpha` (Bonferroni), so that `alpha`
    /// holds for all of them together. A dry-run metric doesn't use up any of it.
    pub fn threshold(&self) -> f64 {
        let tests: u32 = self.metrics.iter().filter(|m| !m.dry_run).map(MetricRule::tests).sum();
        f64::from(tests.max(1)) / self.alpha
    }

    /// What is wrong with the rules, by field: `alpha`, `metrics.0.limit`, …
    ///
    /// # Errors
    /// Every field that is out of bounds, missing or taken.
    pub fn validate(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        check(&mut errors, "alpha", self.alpha, 1e-6, 0.2);
        check(&mut errors, "interval_s", f64::from(self.interval_s), 1.0, 3600.0);
        let mut ids = BTreeSet::new();
        for (i, metric) in self.metrics.iter().enumerate() {
            metric.check(&mut errors, &format!("metrics.{i}"), self.interval_s);
            if !ids.insert(metric.id.as_str()) {
                errors.add(&format!("metrics.{i}.id"), Problem::Taken);
            }
        }
        errors.into_result()
    }
}

impl MetricRule {
    fn check(&self, errors: &mut FieldErrors, path: &str, interval_s: u32) {
        let at = |field: &str| format!("{path}.{field}");
        if !is_name(&self.id) {
            errors.add(&at("id"), Problem::Name);
        }
        crate::field::check_length(errors, &at("title"), &self.title, 1, 80);
        if self.tests() == 0 {
            errors.add(&at("limit"), Problem::Missing);
        }
        let most = if let MetricKind::Latency { quantile } = self.kind {
            check(errors, &at("quantile"), quantile, 0.5, 0.999);
            if self.direction == Direction::LowerIsWorse {
                errors.add(&at("direction"), Problem::Mismatch);
            }
            3600.0
        } else {
            0.999
        };
        if let Some(limit) = self.limit {
            check(errors, &at("limit"), limit, 0.0001, most);
        }
        if let Some(compare) = self.compare {
            check(errors, &at("compare.tolerance"), compare.tolerance, 0.0, 10.0);
        }
        check(errors, &at("min_sample"), self.min_sample as f64, 1.0, 1e9);
        check(errors, &at("failure_limit"), f64::from(self.failure_limit), 1.0, 1000.0);
        // Shorter than two intervals, one late sample would already be "no data".
        check(
            errors,
            &at("no_data_after_s"),
            f64::from(self.no_data_after_s),
            2.0 * f64::from(interval_s),
            86_400.0,
        );
        check(
            errors,
            &at("deadline_s"),
            f64::from(self.deadline_s),
            f64::from(interval_s),
            604_800.0,
        );
    }
}

/// Written so that NaN is out of bounds.
fn check(errors: &mut FieldErrors, field: &str, value: f64, least: f64, most: f64) {
    if !(least..=most).contains(&value) {
        errors.add(field, Problem::Range { least, most });
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 60
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
}
