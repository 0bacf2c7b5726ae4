//! Samples as points of a chart, and points as the instrument of the console. Pure.
//!
//! The server thins samples to points, so that a day of them is no megabyte; the browser appends what comes since.

use chrono::{DateTime, TimeDelta, Utc};
use domain::analysis::{Sample, SampleBody, Variant};
use domain::deployment::Deployment;
use domain::plan::{Plan, StepKind};
use domain::service::MetricSource;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::ui::chart::{self, Plot, Series, Stroke, Unit};

/// Points of one variant that a chart of the whole run gets at most, about.
const POINTS: i64 = 240;

/// Points that a page keeps; beyond, it fetches the whole run again, thinned anew.
pub const MOST: usize = 4_000;

/// What one variant did over some seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub variant: Variant,
    /// End of the interval.
    pub at: DateTime<Utc>,
    /// Seconds that were counted; 0: no counts, only a histogram.
    pub seconds: f64,
    pub total: u64,
    pub bad: u64,
    /// Quantiles of the answers' time, in milliseconds, interpolated within their buckets.
    pub p50: Option<f64>,
    pub p95: Option<f64>,
}

/// Points since a cursor.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct PointBatch {
    /// Ask for what comes after this one next time.
    pub cursor: i64,
    pub points: Vec<Point>,
    /// The share of traffic over time, whole.
    pub weights: Vec<(DateTime<Utc>, u8)>,
}

impl PointBatch {
    /// Takes in what came since. True while all of it is kept; false when it is time to fetch the whole again.
    pub fn append(&mut self, more: PointBatch) -> bool {
        self.cursor = self.cursor.max(more.cursor);
        self.points.extend(more.points);
        self.points.sort_by_key(|point| point.at);
        if !more.weights.is_empty() {
            self.weights = more.weights;
        }
        self.points.len() <= MOST
    }
}

/// Samples as points: at most about [`POINTS`] a variant over their span. The first metric of counts and the first one
/// of durations are drawn.
pub fn thin(samples: &[Sample]) -> Vec<Point> {
    let (Some(first), Some(last)) = (samples.iter().map(|s| s.to).min(), samples.iter().map(|s| s.to).max()) else {
        return Vec::new();
    };
    let width = ((last - first).num_milliseconds() / POINTS).max(1_000);
    let metric = |wanted: fn(&SampleBody) -> bool| samples.iter().find(|s| wanted(&s.body)).map(|s| s.metric.as_str());
    let counted = metric(|body| matches!(body, SampleBody::Counts { .. }));
    let timed = metric(|body| matches!(body, SampleBody::Histogram { .. }));
    let mut cells: BTreeMap<(i64, Variant), Cell> = BTreeMap::new();
    for sample in samples {
        let place = (sample.to - first).num_milliseconds() / width;
        let wanted = match sample.body {
            SampleBody::Counts { .. } => counted,
            SampleBody::Histogram { .. } => timed,
        };
        if wanted == Some(sample.metric.as_str()) {
            cells.entry((place, sample.variant)).or_default().add(sample);
        }
    }
    cells
        .into_iter()
        .filter_map(|((_, variant), cell)| cell.point(variant))
        .collect()
}

/// Samples of one variant that become one point.
#[derive(Default)]
struct Cell {
    at: Option<DateTime<Utc>>,
    seconds: f64,
    total: u64,
    bad: u64,
    bounds: Vec<f64>,
    counts: Vec<u64>,
}

impl Cell {
    fn add(&mut self, sample: &Sample) {
        self.at = self.at.max(Some(sample.to));
        match &sample.body {
            SampleBody::Counts { total, bad } => {
                self.seconds += (sample.to - sample.from).as_seconds_f64();
                self.total += total;
                self.bad += bad;
            }
            SampleBody::Histogram { bounds, counts } if self.bounds.is_empty() => {
                self.bounds.clone_from(bounds);
                self.counts.clone_from(counts);
            }
            SampleBody::Histogram { bounds, counts } if *bounds == self.bounds => {
                self.counts
                    .iter_mut()
                    .zip(counts)
                    .for_each(|(sum, count)| *sum += count);
            }
            // A histogram with other bounds can't be added up; it begins anew.
            SampleBody::Histogram { bounds, counts } => {
                self.bounds.clone_from(bounds);
                self.counts.clone_from(counts);
            }
        }
    }

    fn point(self, variant: Variant) -> Option<Point> {
        let quantile = |q: f64| quantile(&self.bounds, &self.counts, q).map(|seconds| seconds * 1_000.0);
        let (p50, p95) = (quantile(0.5), quantile(0.95));
        Some(Point {
            variant,
            at: self.at?,
            seconds: self.seconds,
            total: self.total,
            bad: self.bad,
            p50,
            p95,
        })
    }
}

/// The time within which this share of requests was answered, interpolated within its bucket. None without requests.
/// Above the last bound it is that bound.
fn quantile(bounds: &[f64], counts: &[u64], share: f64) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return None;
    }
    let rank = share * total as f64;
    let (mut below, mut lower) = (0.0, 0.0);
    for (bound, count) in bounds.iter().zip(counts) {
        let count = *count as f64;
        if below + count >= rank && count > 0.0 {
            return Some(lower + (bound - lower) * ((rank - below) / count).clamp(0.0, 1.0));
        }
        below += count;
        lower = *bound;
    }
    bounds.last().copied()
}

/// The charts of the console, top down: traffic, errors, latency, requests.
pub fn plots(
    batch: &PointBatch,
    limit: Option<f64>,
    ahead: Vec<(DateTime<Utc>, Option<f64>)>,
    now: DateTime<Utc>,
) -> Vec<Plot> {
    let mut weights: Vec<(DateTime<Utc>, Option<f64>)> = batch
        .weights
        .iter()
        .map(|(at, weight)| (*at, Some(f64::from(*weight))))
        .collect();
    weights.sort_by_key(|(at, _)| *at);
    if let Some((_, weight)) = weights.last().copied() {
        weights.push((now, weight));
    }
    let mut traffic = Plot::new("Traffic weight", Unit::Percent)
        .height(90)
        .with(Series::new("canary", chart::Variant::Canary, weights).steps().filled());
    traffic.at_least = Some(100.0);
    if ahead.len() > 1 {
        traffic = traffic.with(
            Series::new("planned", chart::Variant::Canary, ahead)
                .steps()
                .stroke(Stroke::Plan),
        );
    }
    let mut errors = both(batch, Plot::new("Error rate, 5xx", Unit::Share), |point| {
        (point.total > 0).then(|| point.bad as f64 / point.total as f64)
    });
    if let Some(limit) = limit {
        errors = errors.limit(
            limit,
            format!(
                "limit {}",
                crate::ui::format::percent((limit * 100_000.0).round() / 1_000.0)
            ),
        );
    }
    let latency = both(batch, Plot::new("Latency p95", Unit::Millis), |point| point.p95);
    let requests = both(batch, Plot::new("Requests per s", Unit::Count).height(100), |point| {
        (point.seconds > 0.0).then(|| point.total as f64 / point.seconds)
    });
    vec![traffic, errors, latency, requests]
}

/// There is no canary: everything changes at once.
pub fn all_at_once(plan: &Plan) -> bool {
    !plan
        .steps
        .iter()
        .any(|step| matches!(step.kind, StepKind::Shift { .. }))
}

/// What stands in place of the charts where they would be empty; None where there is something to draw.
pub fn instead(deployment: &Deployment, batch: &PointBatch) -> Option<&'static str> {
    if deployment.started_at.is_none() {
        return Some("The charts begin with the deployment.");
    }
    if !all_at_once(&deployment.plan) || !batch.points.is_empty() {
        return None;
    }
    let measured = !matches!(deployment.plan.source, MetricSource::None);
    Some(match (measured, deployment.run.state.terminal()) {
        (true, true) => "Everything changed at once, and no sample was taken.",
        (true, false) => "Everything changes at once. The charts begin with the first sample.",
        (false, true) => "Everything changed at once, and nothing was measured. A person watched.",
        (false, false) => "Everything changes at once, and nothing is measured here. A person watches.",
    })
}

/// Without a canary there is no share of traffic to draw, and no line of a canary.
pub fn stable_alone(plots: Vec<Plot>) -> Vec<Plot> {
    let measured = plots.into_iter().skip(1);
    measured
        .map(|mut plot| {
            plot.series
                .retain(|series| series.variant != chart::Variant::Canary || series.last().is_some());
            plot
        })
        .collect()
}

fn both(batch: &PointBatch, plot: Plot, value: impl Fn(&Point) -> Option<f64>) -> Plot {
    let series = |label: &str, of: Variant, drawn: chart::Variant| Series::new(label, drawn, line(batch, of, &value));
    plot.with(series("canary", Variant::Canary, chart::Variant::Canary))
        .with(series("stable", Variant::Stable, chart::Variant::Stable))
}

/// One variant's line, with a gap where it was silent for much longer than usual.
fn line(batch: &PointBatch, of: Variant, value: impl Fn(&Point) -> Option<f64>) -> Vec<(DateTime<Utc>, Option<f64>)> {
    let found: Vec<(DateTime<Utc>, Option<f64>)> = batch
        .points
        .iter()
        .filter(|point| point.variant == of)
        .map(|point| (point.at, value(point)))
        .collect();
    let mut steps: Vec<TimeDelta> = found.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    steps.sort_unstable();
    let usual = steps
        .get(steps.len() / 2)
        .copied()
        .unwrap_or_else(|| TimeDelta::seconds(5));
    let mut points = Vec::with_capacity(found.len());
    for (at, value) in found {
        if let Some((before, _)) = points.last().copied()
            && at - before > usual * 4
        {
            points.push((before + usual, None));
        }
        points.push((at, value));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + second, 0).expect("a moment")
    }

    fn counts(variant: Variant, second: i64, total: u64, bad: u64) -> Sample {
        let body = SampleBody::Counts { total, bad };
        Sample {
            variant,
            metric: "error_rate".into(),
            from: at(second - 5),
            to: at(second),
            body,
        }
    }

    #[test]
    fn counts_and_durations_of_one_moment_are_one_point() {
        let body = SampleBody::Histogram {
            bounds: vec![0.1, 0.2],
            counts: vec![50, 50, 0],
        };
        let timed = Sample {
            variant: Variant::Canary,
            metric: "latency_p95".into(),
            from: at(0),
            to: at(5),
            body,
        };
        let points = thin(&[counts(Variant::Canary, 5, 100, 20), timed]);
        assert_eq!(points.len(), 1);
        assert_eq!((points[0].total, points[0].bad, points[0].seconds), (100, 20, 5.0));
        assert_eq!(points[0].p50, Some(100.0));
        assert!(
            points[0].p95.is_some_and(|p95| (p95 - 190.0).abs() < 1e-6),
            "{:?}",
            points[0].p95
        );
    }

    #[test]
    fn a_long_run_is_thinned_and_loses_no_request() {
        let samples: Vec<Sample> = (1..=10_000).map(|n| counts(Variant::Stable, n * 5, 10, 1)).collect();
        let points = thin(&samples);
        assert!(points.len() <= 242, "{}", points.len());
        assert_eq!(points.iter().map(|point| point.total).sum::<u64>(), 100_000);
    }

    #[test]
    fn no_request_is_a_gap_and_not_zero() {
        let batch = PointBatch {
            points: thin(&[counts(Variant::Canary, 5, 0, 0)]),
            ..PointBatch::default()
        };
        let plots = plots(&batch, Some(0.05), Vec::new(), at(10));
        assert_eq!(plots[1].series[0].points, [(at(5), None)]);
        assert_eq!(
            plots[1].limit.as_ref().map(|limit| limit.label.as_str()),
            Some("limit 5\u{a0}%")
        );
    }

    #[test]
    fn what_changes_at_once_and_is_not_measured_has_a_sentence_instead_of_charts() {
        use super::super::scene::page;
        use domain::deployment::State;
        let mut canary = page(State::Running).deployment;
        let none = PointBatch::default();
        assert_eq!(instead(&canary, &none), None, "a share of traffic is drawn in any case");
        canary.started_at = None;
        assert!(instead(&canary, &none).is_some());
        let at_once = |state| {
            let mut deployment = page(state).deployment;
            deployment
                .plan
                .steps
                .retain(|step| !matches!(step.kind, StepKind::Shift { .. }));
            deployment
        };
        let said = |state| instead(&at_once(state), &none).expect("a sentence");
        assert!(said(State::Running).ends_with("A person watches."));
        assert!(said(State::Succeeded).ends_with("A person watched."));
        let some = PointBatch {
            points: thin(&[counts(Variant::Stable, 5, 10, 0)]),
            ..PointBatch::default()
        };
        assert_eq!(instead(&at_once(State::Running), &some), None);
        let drawn = stable_alone(plots(&some, None, Vec::new(), at(10)));
        assert_eq!(drawn[0].title, "Error rate, 5xx");
        assert_eq!(drawn[0].series.len(), 1);
    }

    #[test]
    fn silence_is_a_gap() {
        let seconds = [5, 10, 15, 20, 25, 90, 95];
        let samples: Vec<Sample> = seconds.iter().map(|n| counts(Variant::Stable, *n, 10, 0)).collect();
        let batch = PointBatch {
            points: thin(&samples),
            ..PointBatch::default()
        };
        let line = line(&batch, Variant::Stable, |point| Some(point.total as f64));
        assert_eq!(line.iter().filter(|(_, value)| value.is_none()).count(), 1);
        assert_eq!(line[5], (at(30), None));
    }

    #[test]
    fn what_comes_since_is_appended_until_it_is_too_much() {
        let mut batch = PointBatch::default();
        let more = |n: i64| PointBatch {
            cursor: n,
            points: thin(&[counts(Variant::Canary, n, 1, 0)]),
            weights: Vec::new(),
        };
        batch.weights = vec![(at(0), 10)];
        assert!(batch.append(more(10)) && batch.append(more(5)));
        assert_eq!((batch.cursor, batch.points[0].at), (10, at(5)));
        assert_eq!(batch.weights, [(at(0), 10)]);
        batch.points = vec![batch.points[0].clone(); MOST];
        assert!(!batch.append(more(20)));
    }
}
