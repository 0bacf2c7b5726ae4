//! From successive scrapes of rising counters to samples of single intervals.
//!
//! Differences are taken series by series, before anything is summed: a counter that fell was reset by a restart, and
//! what it shows now is what it counted since. A series that is new since the last scrape began at 0 (client
//! libraries write the first error's series when the first error happens), so all of it is new; one that vanished adds
//! nothing. A target that sums over instances must keep what ended instances had counted, or a restart of one looks
//! like a reset of all.

use super::sample::{Health, Sample, SampleBody, SourceState, Variant};
use super::text::{Exposition, Series};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How samples of one metric are made from a page of counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The metric's id.
    pub metric: String,
    pub select: Select,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Select {
    /// All requests, and which of them are bad.
    Counts { total: Selector, bad: Selector },
    /// The base name of a histogram, without `_bucket`.
    Histogram { family: Selector },
}

/// The series of one name whose labels match; several are summed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    pub name: String,
    #[serde(default)]
    pub matches: Vec<LabelMatch>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelMatch {
    pub label: String,
    pub op: MatchOp,
    pub value: String,
}

/// A label that is not there counts as empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchOp {
    Equals,
    NotEquals,
    StartsWith,
}

/// What came of asking one target.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    Scraped {
        exposition: Exposition,
        at: DateTime<Utc>,
    },
    /// It did not answer, or not with metrics.
    Missing {
        at: DateTime<Utc>,
    },
}

/// A page of counters at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scrape {
    pub at: DateTime<Utc>,
    /// Only what the queries select.
    pub series: Vec<Series>,
}

/// Keeps the last scrape of each variant. Serialised, it survives a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Collector {
    #[serde(default)]
    targets: BTreeMap<Variant, Target>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Target {
    last: Option<Scrape>,
    health: Health,
    since: DateTime<Utc>,
}

impl Selector {
    /// All series of a name.
    pub fn all(name: &str) -> Selector {
        Selector {
            name: name.to_owned(),
            matches: Vec::new(),
        }
    }

    /// Those of them whose label begins so.
    pub fn starting(name: &str, label: &str, value: &str) -> Selector {
        let (label, value) = (label.to_owned(), value.to_owned());
        Selector {
            matches: vec![LabelMatch {
                label,
                op: MatchOp::StartsWith,
                value,
            }],
            ..Selector::all(name)
        }
    }

    fn matches(&self, suffix: &str, series: &Series) -> bool {
        series.name.strip_suffix(suffix) == Some(self.name.as_str()) && self.matches.iter().all(|m| m.holds(series))
    }
}

impl LabelMatch {
    fn holds(&self, series: &Series) -> bool {
        let value = series.labels.get(&self.label).map_or("", String::as_str);
        match self.op {
            MatchOp::Equals => value == self.value,
            MatchOp::NotEquals => value != self.value,
            MatchOp::StartsWith => value.starts_with(&self.value),
        }
    }
}

impl Select {
    fn wants(&self, series: &Series) -> bool {
        match self {
            Select::Counts { total, bad } => total.matches("", series) || bad.matches("", series),
            Select::Histogram { family } => family.matches("_bucket", series) || family.matches("_count", series),
        }
    }
}

impl Collector {
    /// Takes in one reading and returns the samples since the one before: none from the first. The readings of one
    /// round should share one time, so that the variants' intervals are the same. One that is not later is passed over.
    pub fn observe(&mut self, variant: Variant, reading: Reading, queries: &[Query]) -> Vec<Sample> {
        let (at, health) = match &reading {
            Reading::Scraped { at, .. } => (*at, Health::Up),
            Reading::Missing { at } => (*at, Health::Down),
        };
        let target = self.targets.entry(variant).or_insert(Target {
            last: None,
            health,
            since: at,
        });
        if target.health != health {
            (target.health, target.since) = (health, at);
        }
        let Reading::Scraped { exposition, at } = reading else {
            return Vec::new();
        };
        if target.last.as_ref().is_some_and(|last| last.at >= at) {
            return Vec::new();
        }
        let wanted = |s: &Series| s.value.is_finite() && queries.iter().any(|query| query.select.wants(s));
        let scrape = Scrape {
            at,
            series: exposition.series.into_iter().filter(wanted).collect(),
        };
        let samples = target
            .last
            .as_ref()
            .map(|last| samples_between(variant, last, &scrape, queries));
        target.last = Some(scrape);
        samples.unwrap_or_default()
    }

    /// Which targets answer.
    pub fn states(&self) -> Vec<SourceState> {
        let state = |(variant, target): (&Variant, &Target)| SourceState {
            variant: *variant,
            metric: None,
            health: target.health,
            since: target.since,
        };
        self.targets.iter().map(state).collect()
    }

    /// Whether a variant has been asked since it was forgotten, or ever.
    pub fn knows(&self, variant: Variant) -> bool {
        self.targets.contains_key(&variant)
    }

    /// Forgets a variant, for instance when other instances begin to serve as it: its next scrape is its first.
    pub fn forget(&mut self, variant: Variant) {
        self.targets.remove(&variant);
    }
}

/// The samples of one variant from two scrapes. A metric none of whose series are there yields none.
pub fn samples_between(variant: Variant, before: &Scrape, after: &Scrape, queries: &[Query]) -> Vec<Sample> {
    let risen = risen(before, after);
    let sample = |query: &Query| {
        let body = match &query.select {
            Select::Counts { total, bad } => counts(&risen, total, bad),
            Select::Histogram { family } => histogram(&risen, family),
        }?;
        Some(Sample {
            variant,
            metric: query.metric.clone(),
            from: before.at,
            to: after.at,
            body,
        })
    };
    queries.iter().filter_map(sample).collect()
}

/// Every series of the later scrape with how much it rose.
fn risen<'a>(before: &Scrape, after: &'a Scrape) -> Vec<(&'a Series, u64)> {
    let then: BTreeMap<_, f64> = before.series.iter().map(|s| ((&s.name, &s.labels), s.value)).collect();
    let rise = |series: &'a Series| {
        let was = then
            .get(&(&series.name, &series.labels))
            .copied()
            .filter(|was| was.is_finite())
            .unwrap_or(0.0);
        let rose = if series.value >= was {
            series.value - was
        } else {
            series.value
        };
        // The cast ends at the bounds; what is no number becomes 0.
        (series, rose.round() as u64)
    };
    after.series.iter().map(rise).collect()
}

fn counts(risen: &[(&Series, u64)], total: &Selector, bad: &Selector) -> Option<SampleBody> {
    let sum = |selector: &Selector| {
        let own = risen.iter().filter(|(series, _)| selector.matches("", series));
        own.map(|(_, rose)| *rose).reduce(u64::saturating_add)
    };
    let total = sum(total)?;
    Some(SampleBody::Counts {
        total,
        bad: sum(bad).unwrap_or(0).min(total),
    })
}

fn histogram(risen: &[(&Series, u64)], family: &Selector) -> Option<SampleBody> {
    let mut cumulative: Vec<(f64, u64)> = Vec::new();
    for (series, rose) in risen.iter().filter(|(series, _)| family.matches("_bucket", series)) {
        let Some(bound) = series.labels.get("le").and_then(|le| le.parse::<f64>().ok()) else {
            continue;
        };
        match cumulative.iter_mut().find(|(b, _)| *b == bound) {
            Some((_, sum)) => *sum = sum.saturating_add(*rose),
            None if bound.is_nan() => {}
            None => cumulative.push((bound, *rose)),
        }
    }
    cumulative.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bounds: Vec<f64> = cumulative
        .iter()
        .map(|(bound, _)| *bound)
        .filter(|b| b.is_finite())
        .collect();
    if bounds.is_empty() {
        return None;
    }
    let ends_open = cumulative.last().is_some_and(|(bound, _)| *bound == f64::INFINITY);
    if !ends_open {
        let counted = risen
            .iter()
            .filter(|(series, _)| family.matches("_count", series))
            .map(|(_, rose)| *rose);
        cumulative.push((f64::INFINITY, counted.reduce(u64::saturating_add).unwrap_or(0)));
    }
    Some(SampleBody::Histogram {
        bounds,
        counts: single(&cumulative),
    })
}

/// Counts per bucket from cumulative ones. A page that was written while requests ended may dip: never below zero.
fn single(cumulative: &[(f64, u64)]) -> Vec<u64> {
    let mut reached = 0;
    let mut counts = Vec::with_capacity(cumulative.len());
    for (bound, sum) in cumulative.iter().filter(|(bound, _)| *bound > f64::NEG_INFINITY) {
        debug_assert!(!bound.is_nan());
        counts.push(sum.saturating_sub(reached));
        reached = reached.max(*sum);
    }
    counts
}
