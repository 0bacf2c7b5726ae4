//! One metric: its intervals folded through its tests, and what to make of missing data.

use super::counts::{ShareTest, Trials};
use super::dispersion::{Dispersion, known};
use super::interval::{self, Counts, Interval, Sum, Tail};
use super::judge::{Context, Evidence, Figure, MetricJudgement, MetricVerdict, Reason, Why, share};
use super::quantile::{self, ComparisonTest, LimitTest};
use super::rule::{Direction, MetricKind, MetricRule};
use super::sample::{Health, Sample, SourceState, Variant};
use chrono::{DateTime, TimeDelta, Utc};

/// Judges one metric by its own samples of the window, and those from before it.
pub(super) fn judge_metric(
    rule: &MetricRule,
    samples: &[&Sample],
    before: &[&Sample],
    context: &Context<'_>,
) -> MetricJudgement {
    let run = match rule.kind {
        MetricKind::ErrorRate => counted(rule, samples, before, context),
        MetricKind::Latency { quantile } => timed(rule, quantile, samples, before, context),
    };
    let standing = run.track.standing(rule);
    MetricJudgement {
        id: rule.id.clone(),
        title: rule.title.clone(),
        verdict: if standing.failing {
            MetricVerdict::Fail
        } else {
            missing(rule, &run, samples, context)
        },
        critical: rule.critical,
        dry_run: rule.dry_run,
        canary: run.canary,
        stable: run.stable,
        evidence: standing.evidence,
        failures: run.track.failures,
        failed_at: run.track.failed_at,
    }
}

/// What came out of folding the intervals.
struct Run {
    track: Track,
    canary: Option<Figure>,
    stable: Option<Figure>,
    /// Whether the buckets are fine enough for what the rule asks.
    resolved: bool,
    /// Samples that could be read.
    usable: bool,
}

/// The evidence after each look.
struct Track {
    ln_threshold: f64,
    threshold: f64,
    now: (f64, Reason),
    peak: (f64, Reason),
    failures: u32,
    failed_at: Option<DateTime<Utc>>,
}

struct Standing {
    failing: bool,
    evidence: Evidence,
}

impl Track {
    fn new(threshold: f64) -> Track {
        let quiet = (0.0, Reason::Quiet);
        let ln_threshold = threshold.ln();
        Track {
            ln_threshold,
            threshold,
            now: quiet,
            peak: quiet,
            failures: 0,
            failed_at: None,
        }
    }

    fn look(&mut self, at: DateTime<Utc>, evidence: impl IntoIterator<Item = (f64, Reason)>) {
        let strongest = evidence.into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
        self.now = strongest.unwrap_or((0.0, Reason::Quiet));
        if self.now.0 > self.peak.0 {
            self.peak = self.now;
        }
        if self.now.0 >= self.ln_threshold {
            self.failures = self.failures.saturating_add(1);
            self.failed_at.get_or_insert(at);
        }
    }

    /// A metric that failed for good stays so, whatever comes after.
    fn standing(&self, rule: &MetricRule) -> Standing {
        let for_good = self.failures >= rule.decides_after();
        let (ln_e, reason) = if for_good { self.peak } else { self.now };
        let failing = for_good || ln_e >= self.ln_threshold;
        let e_value = ln_e.min(1e12_f64.ln()).exp();
        let reason = if failing { reason } else { Reason::Quiet };
        Standing {
            failing,
            evidence: Evidence {
                e_value,
                threshold: self.threshold,
                reason,
            },
        }
    }
}

fn counted(rule: &MetricRule, samples: &[&Sample], before: &[&Sample], context: &Context<'_>) -> Run {
    let read = |s: &&Sample| interval::counts(s).map(|counts| (s.to, s.variant, counts));
    let intervals = interval::pair(samples.iter().filter_map(read).collect(), context.slack);
    let mut tests = CountTests::new(rule);
    for interval in interval::pair(before.iter().filter_map(read).collect(), context.slack) {
        tests.learn(interval.stable, None);
    }
    let mut track = Track::new(context.threshold);
    for interval in &intervals {
        tests.observe(interval);
        if interval.canary.is_some() {
            track.look(interval.to, tests.evidence());
        }
    }
    let (stable, canary) = totals(&intervals);
    Run {
        track,
        canary: canary.and_then(share),
        stable: stable.and_then(share),
        resolved: true,
        usable: canary.is_some(),
    }
}

/// The tests of a share.
struct CountTests {
    limit: Option<(f64, ShareTest)>,
    compare: Option<(f64, ShareTest)>,
    stable_spread: Dispersion,
    canary_spread: Dispersion,
}

impl CountTests {
    fn new(rule: &MetricRule) -> CountTests {
        let test = |tolerance: f64| match rule.direction {
            Direction::HigherIsWorse => ShareTest::above(1.0 + tolerance),
            Direction::LowerIsWorse => ShareTest::below(1.0 / (1.0 + tolerance)),
        };
        CountTests {
            limit: rule.limit.map(|limit| (limit, test(0.0))),
            compare: rule.compare.map(|compare| (compare.tolerance, test(compare.tolerance))),
            stable_spread: Dispersion::default(),
            canary_spread: Dispersion::default(),
        }
    }

    fn observe(&mut self, interval: &Interval<Counts>) {
        let spread = known(&self.stable_spread, &self.canary_spread);
        if let (Some((limit, test)), Some(canary)) = (&mut self.limit, interval.canary) {
            let temper = spread.temper_trials(canary.total, *limit);
            test.observe(Trials {
                hits: canary.bad,
                of: canary.total,
                share: *limit,
                temper,
            });
        }
        if let (Some((_, test)), Some(canary), Some(stable)) = (&mut self.compare, interval.canary, interval.stable) {
            let of = canary.bad.saturating_add(stable.bad);
            let share = canary.total as f64 / canary.total.saturating_add(stable.total).max(1) as f64;
            test.observe(Trials {
                hits: canary.bad,
                of,
                share,
                temper: spread.temper(of as f64),
            });
        }
        self.learn(interval.stable, interval.canary);
    }

    fn learn(&mut self, stable: Option<Counts>, canary: Option<Counts>) {
        if let Some(stable) = stable {
            self.stable_spread.observe(stable.bad, stable.total);
        }
        if let Some(canary) = canary {
            self.canary_spread.observe(canary.bad, canary.total);
        }
    }

    fn evidence(&self) -> impl Iterator<Item = (f64, Reason)> {
        let limit = self
            .limit
            .iter()
            .map(|(limit, test)| (test.ln_e(), Reason::BeyondLimit { limit: *limit }));
        let compare = self
            .compare
            .iter()
            .map(|(tolerance, test)| (test.ln_e(), Reason::WorseThanStable { tolerance: *tolerance }));
        limit.chain(compare)
    }
}

fn timed(rule: &MetricRule, q: f64, samples: &[&Sample], before: &[&Sample], context: &Context<'_>) -> Run {
    let bounds = interval::common_bounds(samples);
    let read = |s: &&Sample| interval::tail(s, &bounds).map(|tail| (s.to, s.variant, tail));
    let intervals: Vec<Interval<Tail>> = interval::pair(samples.iter().filter_map(read).collect(), context.slack);
    let mut limit = rule
        .limit
        .and_then(|limit| Some((limit, LimitTest::new(&bounds, q, limit)?)));
    let mut compare = rule
        .compare
        .map(|c| (c.tolerance, ComparisonTest::new(&bounds, q, c.tolerance)));
    for interval in interval::pair(before.iter().filter_map(read).collect(), context.slack) {
        if let Some(stable) = &interval.stable {
            limit.iter_mut().for_each(|(_, test)| test.learn(stable));
            compare.iter_mut().for_each(|(_, test)| test.learn(stable));
        }
    }
    let mut track = Track::new(context.threshold);
    for interval in &intervals {
        let (stable, canary) = (interval.stable.as_ref(), interval.canary.as_ref());
        if let Some((_, test)) = &mut limit {
            test.observe(stable, canary);
        }
        if let Some((_, test)) = &mut compare {
            test.observe(stable, canary);
        }
        if canary.is_some() {
            let limit = limit.as_ref().map(|(limit, test)| beyond_limit(*limit, test, &bounds));
            let compare = compare
                .as_ref()
                .and_then(|(tolerance, test)| worse(*tolerance, test, &bounds));
            track.look(interval.to, limit.into_iter().chain(compare));
        }
    }
    let (stable, canary) = totals(&intervals);
    let bucket = stable.as_ref().and_then(|tail| quantile::bucket_of(tail, q));
    let figure = |tail: &Tail| {
        Some(Figure {
            value: quantile::estimate(tail, &bounds, q)?,
            n: tail.total,
        })
    };
    Run {
        track,
        canary: canary.as_ref().and_then(figure),
        stable: stable.as_ref().and_then(figure),
        resolved: rule.limit.is_some() == limit.is_some()
            && (stable.is_none() || compare.is_none_or(|(_, test)| test.can_judge(bucket))),
        usable: canary.is_some(),
    }
}

fn beyond_limit(limit: f64, test: &LimitTest, bounds: &[f64]) -> (f64, Reason) {
    (
        test.ln_e(),
        Reason::QuantileBeyondLimit {
            at_least: bounds[test.bound()],
            limit,
        },
    )
}

fn worse(tolerance: f64, test: &ComparisonTest, bounds: &[f64]) -> Option<(f64, Reason)> {
    let strongest = test.strongest()?;
    let (canary_at_least, stable_at_most) = (bounds[strongest.canary], bounds[strongest.stable]);
    Some((
        strongest.ln_e,
        Reason::QuantileWorseThanStable {
            canary_at_least,
            stable_at_most,
            tolerance,
        },
    ))
}

fn totals<T: Sum + Clone>(intervals: &[Interval<T>]) -> (Option<T>, Option<T>) {
    fn sum<'a, T: Sum + Clone + 'a>(mut parts: impl Iterator<Item = &'a T>) -> Option<T> {
        let mut total = parts.next()?.clone();
        parts.for_each(|part| total.add(part));
        Some(total)
    }
    (
        sum(intervals.iter().filter_map(|i| i.stable.as_ref())),
        sum(intervals.iter().filter_map(|i| i.canary.as_ref())),
    )
}

/// The verdict on a metric that isn't failing: what is missing, or pass.
fn missing(rule: &MetricRule, run: &Run, samples: &[&Sample], context: &Context<'_>) -> MetricVerdict {
    let window = context.window;
    let overdue = |since: DateTime<Utc>| window.now - since.max(window.from) >= seconds(rule.deadline_s);
    if let Some(since) = down_since(rule, context.sources) {
        let why = Why::SourceDown { since };
        return if overdue(since) {
            inconclusive(why)
        } else {
            MetricVerdict::SourceDown { since }
        };
    }
    if !run.usable && samples.iter().any(|s| s.variant == Variant::Canary) {
        return inconclusive(Why::WrongBody);
    }
    if let Some(since) = silent_since(rule, samples, context) {
        let why = Why::NoData { since };
        return if overdue(since) {
            inconclusive(why)
        } else {
            MetricVerdict::NoData { since }
        };
    }
    // With nothing of stable, none of the canary's requests can be compared yet.
    let comparable = rule.compare.is_none() || run.stable.is_some();
    let have = run.canary.filter(|_| comparable).map_or(0, |figure| figure.n);
    let need = rule.min_sample;
    if have < need {
        let why = Why::TooLittleData { have, need };
        return if overdue(window.from) {
            inconclusive(why)
        } else {
            MetricVerdict::TooLittleData { have, need }
        };
    }
    if run.resolved {
        MetricVerdict::Pass
    } else {
        inconclusive(Why::BucketsTooCoarse)
    }
}

fn inconclusive(why: Why) -> MetricVerdict {
    MetricVerdict::Inconclusive { why }
}

fn seconds(s: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(s))
}

/// Since when a source that the metric needs has been down; the one that went down first, if both are.
fn down_since(rule: &MetricRule, sources: &[SourceState]) -> Option<DateTime<Utc>> {
    let needed = [Some(Variant::Canary), rule.compare.map(|_| Variant::Stable)];
    let latest = |variant: Variant| {
        let own = sources
            .iter()
            .filter(|s| s.variant == variant && s.metric.as_ref().is_none_or(|m| *m == rule.id));
        own.max_by_key(|s| (s.since, s.health == Health::Down))
    };
    let states = needed.into_iter().flatten().filter_map(latest);
    states
        .filter(|state| state.health == Health::Down)
        .map(|state| state.since)
        .min()
}

/// Since when there has been nothing of the canary, or, for a comparison, there never was anything of stable.
fn silent_since(rule: &MetricRule, samples: &[&Sample], context: &Context<'_>) -> Option<DateTime<Utc>> {
    let window = context.window;
    let last = |variant| samples.iter().filter(|s| s.variant == variant).map(|s| s.to).max();
    let canary = last(Variant::Canary).unwrap_or(window.from);
    let no_stable = rule.compare.is_some() && last(Variant::Stable).is_none();
    let since = if no_stable { window.from } else { canary };
    (window.now - since >= seconds(rule.no_data_after_s)).then_some(since)
}
