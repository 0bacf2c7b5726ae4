//! The judgement over samples: what the engine decides by and the console shows.

use super::interval;
use super::rule::{AnalysisRules, MetricRule};
use super::sample::{Sample, SourceState, Window};
use super::verdict;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// All metrics judged at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub at: DateTime<Utc>,
    /// In the order of the rules.
    pub metrics: Vec<MetricJudgement>,
    pub overall: Overall,
}

/// What the metrics say together; dry-run metrics have no say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// Every metric passes: a step whose wait is over may advance.
    Pass,
    /// A critical metric failed, or another one as often as its limit allows: take the canary back.
    Fail,
    /// A person must look.
    Inconclusive,
    /// More data, or more time, will tell.
    Waiting,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricJudgement {
    pub id: String,
    pub title: String,
    pub verdict: MetricVerdict,
    pub critical: bool,
    pub dry_run: bool,
    pub canary: Option<Figure>,
    pub stable: Option<Figure>,
    /// As it stands now; of a metric that has failed for good, the strongest that there was.
    pub evidence: Evidence,
    /// Looks (intervals with data of the canary) at which the evidence stood at or above the threshold.
    pub failures: u32,
    /// End of the first such interval.
    pub failed_at: Option<DateTime<Utc>>,
}

/// The verdict on one metric. None of the three kinds of missing data is a failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MetricVerdict {
    Pass,
    Fail,
    /// The canary served `have` requests of the `need` that it takes to pass.
    TooLittleData {
        have: u64,
        need: u64,
    },
    /// The source answers, but has said nothing of this metric since.
    NoData {
        since: DateTime<Utc>,
    },
    /// The source has not answered since.
    SourceDown {
        since: DateTime<Utc>,
    },
    Inconclusive {
        why: Why,
    },
}

/// Why a person must look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Why {
    /// Data was missing for longer than the metric's deadline.
    TooLittleData {
        have: u64,
        need: u64,
    },
    NoData {
        since: DateTime<Utc>,
    },
    SourceDown {
        since: DateTime<Utc>,
    },
    /// The histogram has no bound high enough to tell.
    BucketsTooCoarse,
    /// Samples of a share are histograms, those of a latency counts, or their buckets make no sense.
    WrongBody,
}

/// A figure of one variant over the window, for display.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// A share, or seconds (of a quantile, interpolated within its bucket).
    pub value: f64,
    /// Requests that it is made of.
    pub n: u64,
}

/// The strongest evidence against the canary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// 1 says nothing; `threshold` fails. Capped at 10¹².
    pub e_value: f64,
    /// See [`AnalysisRules::threshold`].
    pub threshold: f64,
    pub reason: Reason,
}

/// What the evidence is of, once it reached the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// Below the threshold.
    Quiet,
    /// The canary's share is beyond the limit.
    BeyondLimit { limit: f64 },
    /// The canary's odds are worse than stable's by more than `tolerance`.
    WorseThanStable { tolerance: f64 },
    /// The canary's quantile is above `at_least` seconds, a bucket bound.
    QuantileBeyondLimit { at_least: f64, limit: f64 },
    /// The canary's quantile is above `canary_at_least`, stable's at most `stable_at_most` seconds.
    QuantileWorseThanStable {
        canary_at_least: f64,
        stable_at_most: f64,
        tolerance: f64,
    },
}

/// Judges every metric over the samples that ended in the window, in whatever order they are given.
///
/// Samples of stable from before the window are not judged, but they teach how errors group (see
/// [`super::dispersion`]): some minutes of them find a bad canary sooner and bear bursts better.
///
/// Pure, and linear in the samples (but for sorting them by time). Samples of other metrics are passed over. A metric
/// can fail before its minimum sample is reached, since its test is valid at any size; it can't pass before.
/// Without rules there is nothing to hold a step back: it passes.
pub fn judge(rules: &AnalysisRules, samples: &[Sample], window: Window, sources: &[SourceState]) -> Judgement {
    let context = Context {
        window,
        sources,
        threshold: rules.threshold(),
        slack: slack(rules.interval_s),
    };
    let judge_one = |rule: &MetricRule| {
        let own = samples.iter().filter(|s| s.metric == rule.id && s.to <= window.now);
        let (own, before): (Vec<&Sample>, Vec<&Sample>) = own.partition(|s| window.holds(s));
        verdict::judge_metric(rule, &own, &before, &context)
    };
    let metrics: Vec<MetricJudgement> = rules.metrics.iter().map(judge_one).collect();
    let overall = overall(&rules.metrics, &metrics);
    Judgement {
        at: window.now,
        metrics,
        overall,
    }
}

/// What is the same for all metrics of a judgement.
pub(super) struct Context<'a> {
    pub window: Window,
    pub sources: &'a [SourceState],
    pub threshold: f64,
    /// Samples that ended this close to each other are of one interval.
    pub slack: chrono::TimeDelta,
}

fn slack(interval_s: u32) -> chrono::TimeDelta {
    chrono::TimeDelta::milliseconds(i64::from(interval_s) * 500)
}

fn overall(rules: &[MetricRule], metrics: &[MetricJudgement]) -> Overall {
    let deciding: Vec<_> = rules.iter().zip(metrics).filter(|(rule, _)| !rule.dry_run).collect();
    if deciding
        .iter()
        .any(|(rule, metric)| metric.failures >= rule.decides_after())
    {
        return Overall::Fail;
    }
    if deciding
        .iter()
        .any(|(_, metric)| matches!(metric.verdict, MetricVerdict::Inconclusive { .. }))
    {
        return Overall::Inconclusive;
    }
    let pass = deciding.iter().all(|(_, metric)| metric.verdict == MetricVerdict::Pass);
    if pass { Overall::Pass } else { Overall::Waiting }
}

/// Evidence from which on a canary is under suspicion. A healthy one gets there once in four times at most (Ville's inequality: an e-process that
/// starts at 1 reaches x with a chance of at most 1/x), and nothing but a closer look follows.
const SUSPICION: f64 = 4.0;

impl Judgement {
    /// Whether a closer look is worth it: evidence against a critical metric has grown, and has not decided yet. When the next look comes may depend on
    /// what was seen so far, since the tests hold at whatever moments one looks.
    pub fn suspects(&self) -> bool {
        let undecided = |metric: &&MetricJudgement| metric.critical && !metric.dry_run && metric.failures == 0;
        self.overall != Overall::Fail
            && self
                .metrics
                .iter()
                .filter(undecided)
                .any(|metric| metric.evidence.e_value >= SUSPICION)
    }
}

impl AnalysisRules {
    /// The least time between two looks, in milliseconds: what ends closer together counts as one interval.
    pub fn closest_look_ms(&self) -> i64 {
        slack(self.interval_s).num_milliseconds() + 1
    }

    /// The rules where nothing serves beside the canary (all at once, rolling, or a window that begins at 100 %): no
    /// comparison, and no metric that was judged by comparison alone.
    pub fn without_comparison(&self) -> AnalysisRules {
        let alone = |rule: &MetricRule| MetricRule {
            compare: None,
            ..rule.clone()
        };
        let metrics = self.metrics.iter().filter(|m| m.limit.is_some()).map(alone).collect();
        AnalysisRules {
            metrics,
            ..self.clone()
        }
    }
}

/// The share of a total, for display.
pub(super) fn share(counts: interval::Counts) -> Option<Figure> {
    (counts.total > 0).then(|| Figure {
        value: counts.bad as f64 / counts.total as f64,
        n: counts.total,
    })
}
