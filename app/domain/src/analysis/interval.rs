//! Samples of both variants, brought together by the interval in which they ended.

use super::sample::{Sample, SampleBody, Variant};
use chrono::{DateTime, TimeDelta, Utc};

/// What both variants did in one interval. Several samples of one variant are summed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Interval<T> {
    pub to: DateTime<Utc>,
    pub stable: Option<T>,
    pub canary: Option<T>,
}

pub(super) trait Sum {
    fn add(&mut self, other: &Self);
}

/// Requests and errors.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counts {
    pub total: u64,
    pub bad: u64,
}

impl Sum for Counts {
    fn add(&mut self, other: &Self) {
        self.total = self.total.saturating_add(other.total);
        self.bad = self.bad.saturating_add(other.bad);
    }
}

/// Requests, and how many of them took longer than each bound.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tail {
    pub total: u64,
    pub above: Vec<u64>,
}

impl Sum for Tail {
    fn add(&mut self, other: &Self) {
        self.total = self.total.saturating_add(other.total);
        for (mine, theirs) in self.above.iter_mut().zip(&other.above) {
            *mine = mine.saturating_add(*theirs);
        }
    }
}

/// Pairs what ended within `slack` of each other, in order of time, whatever the order given.
pub(super) fn pair<T: Sum>(mut items: Vec<(DateTime<Utc>, Variant, T)>, slack: TimeDelta) -> Vec<Interval<T>> {
    items.sort_by_key(|(to, ..)| *to);
    let mut intervals: Vec<Interval<T>> = Vec::new();
    let mut first = None;
    for (to, variant, item) in items {
        let start = *first.get_or_insert(to);
        if intervals.is_empty() || to - start > slack {
            first = Some(to);
            intervals.push(Interval {
                to,
                stable: None,
                canary: None,
            });
        }
        if let Some(interval) = intervals.last_mut() {
            interval.to = to;
            let side = match variant {
                Variant::Stable => &mut interval.stable,
                Variant::Canary => &mut interval.canary,
            };
            match side {
                Some(sum) => sum.add(&item),
                None => *side = Some(item),
            }
        }
    }
    intervals
}

/// The counts of a sample; none if it holds a histogram.
pub(super) fn counts(sample: &Sample) -> Option<Counts> {
    match sample.body {
        SampleBody::Counts { total, bad } => Some(Counts {
            total,
            bad: bad.min(total),
        }),
        SampleBody::Histogram { .. } => None,
    }
}

/// The histogram of a sample; none if it holds counts or its buckets make no sense.
pub(super) fn histogram(sample: &Sample) -> Option<(&[f64], &[u64])> {
    match &sample.body {
        SampleBody::Histogram { bounds, counts }
            if counts.len() == bounds.len() + 1
                && bounds.iter().all(|b| b.is_finite())
                && bounds.windows(2).all(|w| w[0] < w[1]) =>
        {
            Some((bounds, counts))
        }
        _ => None,
    }
}

/// The bounds that all histograms share: at these, and only these, their counts can be added exactly.
pub(super) fn common_bounds(samples: &[&Sample]) -> Vec<f64> {
    let mut histograms = samples.iter().filter_map(|s| histogram(s));
    let Some((first, _)) = histograms.next() else {
        return Vec::new();
    };
    let mut common = first.to_vec();
    for (bounds, _) in histograms {
        if bounds != common.as_slice() {
            common.retain(|bound| bounds.contains(bound));
        }
    }
    common
}

/// How many requests took longer than each of `bounds`, which must be among the histogram's own.
pub(super) fn tail(sample: &Sample, bounds: &[f64]) -> Option<Tail> {
    let (own, counts) = histogram(sample)?;
    let mut above = vec![0; bounds.len()];
    let (mut sum, mut next) = (0u64, bounds.len());
    for (i, count) in counts.iter().enumerate().rev() {
        sum = sum.saturating_add(*count);
        if i > 0 && next > 0 && own[i - 1] == bounds[next - 1] {
            next -= 1;
            above[next] = sum;
        }
    }
    (next == 0).then_some(Tail { total: sum, above })
}
