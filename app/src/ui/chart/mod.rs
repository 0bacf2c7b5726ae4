//! Charts: what they show, as data. Drawn as SVG by pure functions, so that server and browser write the same picture.
//!
//! Stable is slate and thin, the canary yellow and bold, always; a limit is red dashes with its words on the line, a goal
//! green ones; what is missing is a hatched gap. Every chart has a sentence, and a table where people need the values.

mod bars;
mod draw;
mod path;
mod read;
mod room;
mod scale;
mod single;
mod small;
mod strips;
pub(super) mod svg;
mod tide;

use chrono::{DateTime, Utc};

use super::format;

pub use bars::{Bar, BarChart, Threshold};
pub use path::Between;
pub use scale::{Levels, Span};
pub use single::TimeChart;
pub use small::{Day, DayState, Fall, Spark, days_svg};
pub use strips::Strips;
pub use tide::{Stretch, StretchKind, Tide};

/// Who a series speaks of. Gives its colour and weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// Slate, thin.
    Stable,
    /// Yellow, bold, drawn on top.
    Canary,
    /// Ink: neither of both, such as a trend over weeks.
    #[default]
    Other,
}

/// How a line is stroked: percentiles differ by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stroke {
    /// p95, and everything that has no percentile.
    #[default]
    Full,
    /// p50.
    Thin,
    /// p99.
    Dots,
    /// What is planned, to the right of now.
    Plan,
}

/// How points become a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Straight from point to point.
    #[default]
    Line,
    /// A value holds until the next one: weights, counts.
    Step,
}

/// One line of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name: "canary", "stable p95".
    pub label: String,
    /// Its colour and weight.
    pub variant: Variant,
    /// Its stroke.
    pub stroke: Stroke,
    /// Line or steps.
    pub shape: Shape,
    /// With a wash below.
    pub filled: bool,
    /// With a ring at each point: few points that count, such as weeks.
    pub dotted: bool,
    /// In order of time. `None` where there should be a value and is none.
    pub points: Vec<(DateTime<Utc>, Option<f64>)>,
}

impl Series {
    /// A line of one variant.
    pub fn new(label: impl Into<String>, variant: Variant, points: Vec<(DateTime<Utc>, Option<f64>)>) -> Self {
        Self {
            label: label.into(),
            variant,
            points,
            ..Self::default()
        }
    }

    /// With another stroke.
    #[must_use]
    pub fn stroke(mut self, stroke: Stroke) -> Self {
        self.stroke = stroke;
        self
    }

    /// As steps.
    #[must_use]
    pub fn steps(mut self) -> Self {
        self.shape = Shape::Step;
        self
    }

    /// With a wash below.
    #[must_use]
    pub fn filled(mut self) -> Self {
        self.filled = true;
        self
    }

    /// With a ring at each point.
    #[must_use]
    pub fn dotted(mut self) -> Self {
        self.dotted = true;
        self
    }

    /// The last point that has a value.
    pub fn last(&self) -> Option<(DateTime<Utc>, f64)> {
        self.points
            .iter()
            .rev()
            .find_map(|(at, value)| value.map(|value| (*at, value)))
    }
}

/// A line across with words on it: a limit or a goal.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// In the chart's unit.
    pub value: f64,
    /// "limit 5 %", "goal under 1 h".
    pub label: String,
}

impl Limit {
    /// A limit or goal at this value.
    pub fn new(value: f64, label: impl Into<String>) -> Self {
        Self {
            value,
            label: label.into(),
        }
    }
}

/// Something that happened: a dotted vertical with a lettered pennant, explained below the charts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: DateTime<Utc>,
    /// On the pennant: A, B, C.
    pub letter: String,
    /// In the list below: "canary at 10 %".
    pub text: String,
    /// A rollback or an outage: red, solid.
    pub bad: bool,
}

/// What a chart counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Shares of one, written in per cent.
    Share,
    /// Per cent that somebody set.
    Percent,
    /// Milliseconds.
    Millis,
    /// Bytes.
    Bytes,
    /// Plain numbers.
    #[default]
    Count,
    /// Numbers with this unit: `min`, `h`.
    Named(&'static str),
}

impl Unit {
    /// A measured value.
    pub fn write(self, value: f64) -> String {
        match self {
            Unit::Share => format::share(value),
            Unit::Millis => format::millis(value),
            Unit::Count if value.abs() >= 10.0 => format::decimal(value, 0),
            Unit::Count => format::plain((value * 10.0).round() / 10.0),
            _ => self.tick(value),
        }
    }

    /// A round value on the axis.
    pub fn tick(self, value: f64) -> String {
        match self {
            Unit::Share => format::percent(value * 100.0),
            Unit::Percent => format::percent(value),
            Unit::Millis => format::unit(&format::plain(value), "ms"),
            Unit::Bytes => format::bytes(value),
            Unit::Count => format::plain(value),
            Unit::Named(name) => format::unit(&format::plain(value), name),
        }
    }
}

/// One chart: series over time in one unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// "Error rate, 5xx".
    pub title: String,
    /// What it shows, for those who do not see it. Made of the last values if empty.
    pub sentence: String,
    /// What it counts in.
    pub unit: Unit,
    /// Height of the drawing in px, without a time axis.
    pub height: u16,
    /// Its lines. The canary is drawn last, whatever the order.
    pub series: Vec<Series>,
    /// Where it becomes bad.
    pub limit: Option<Limit>,
    /// Where it should be.
    pub goal: Option<Limit>,
    /// Between two values at each moment, washed: quartiles.
    pub band: Vec<Between>,
    /// A least upper end of the axis, such as 100 % for weights.
    pub at_least: Option<f64>,
}

impl Plot {
    /// A chart of 150 px.
    pub fn new(title: impl Into<String>, unit: Unit) -> Self {
        Self {
            title: title.into(),
            unit,
            height: 150,
            ..Self::default()
        }
    }

    /// With one more line.
    #[must_use]
    pub fn with(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// With a limit.
    #[must_use]
    pub fn limit(mut self, value: f64, label: impl Into<String>) -> Self {
        self.limit = Some(Limit::new(value, label));
        self
    }

    /// With a goal.
    #[must_use]
    pub fn goal(mut self, value: f64, label: impl Into<String>) -> Self {
        self.goal = Some(Limit::new(value, label));
        self
    }

    /// With another height, in px.
    #[must_use]
    pub fn height(mut self, px: u16) -> Self {
        self.height = px;
        self
    }

    /// With an axis that reaches at least this far.
    #[must_use]
    pub fn at_least(mut self, value: f64) -> Self {
        self.at_least = Some(value);
        self
    }

    /// With a sentence of its own.
    #[must_use]
    pub fn sentence(mut self, sentence: impl Into<String>) -> Self {
        self.sentence = sentence.into();
        self
    }

    /// What it shows, in words: its own sentence, or the last values and the limit.
    pub fn spoken(&self) -> String {
        if !self.sentence.is_empty() {
            return self.sentence.clone();
        }
        let last = |series: &Series| match series.last() {
            Some((_, value)) => format!("{} {}", series.label, self.unit.write(value)),
            None => format!("{} no data", series.label),
        };
        let measured = self
            .series
            .iter()
            .filter(|series| series.stroke != Stroke::Plan)
            .map(last);
        let lines = [&self.limit, &self.goal]
            .into_iter()
            .flatten()
            .map(|line| line.label.clone());
        format!(
            "{}: {}",
            self.title,
            measured.chain(lines).collect::<Vec<_>>().join(", ")
        )
    }
}

/// Several charts over one axis of time: cause and effect stand above one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    /// Left end.
    pub from: DateTime<Utc>,
    /// Right end; leave room right of now, the names of the series stand there.
    pub to: DateTime<Utc>,
    /// The sea-blue line. None for what is over.
    pub now: Option<DateTime<Utc>>,
    /// What happened.
    pub marks: Vec<Mark>,
    /// The charts, top down.
    pub plots: Vec<Plot>,
}

#[cfg(test)]
pub(crate) mod sample {
    use chrono::{DateTime, TimeDelta, Utc};

    pub fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    /// Points ten seconds apart from 10:00 on.
    pub fn every_ten(values: &[Option<f64>]) -> Vec<(DateTime<Utc>, Option<f64>)> {
        let start = at("2024-01-15T10:00:00Z");
        values
            .iter()
            .zip(0..)
            .map(|(value, n)| (start + TimeDelta::seconds(10 * n), *value))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_without_a_sentence_makes_one() {
        let plot = Plot::new("Error rate", Unit::Share)
            .with(Series::new(
                "canary",
                Variant::Canary,
                sample::every_ten(&[Some(0.02), Some(0.011), None]),
            ))
            .with(Series::new("stable", Variant::Stable, Vec::new()))
            .limit(0.05, "limit 5 %");
        assert_eq!(
            plot.spoken(),
            "Error rate: canary 1.1\u{a0}%, stable no data, limit 5 %"
        );
    }

    #[test]
    fn units_round_as_people_read() {
        assert_eq!(Unit::Count.write(89.6), "90");
        assert_eq!(Unit::Count.write(2.64), "2.6");
        assert_eq!(Unit::Share.tick(0.05), "5\u{a0}%");
        assert_eq!(Unit::Named("min").write(41.0), "41\u{a0}min");
    }
}
