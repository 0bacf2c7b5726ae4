//! From values and moments to places on the sheet, and the round values that are written beside them.

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use crate::ui::zone::Zone;

/// The axis of time: a moment is a place in per cent of the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Left end.
    pub from: DateTime<Utc>,
    /// Right end.
    pub to: DateTime<Utc>,
}

impl Span {
    /// Per cent from the left. Outside of the axis it is below 0 or above 100.
    pub fn place(self, at: DateTime<Utc>) -> f64 {
        ratio(at - self.from, self.to - self.from) * 100.0
    }

    /// The moment at a place in per cent.
    pub fn moment(self, place: f64) -> DateTime<Utc> {
        // A chart spans weeks at most: the product is far from what an i64 holds.
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let ms = ((self.to - self.from).num_milliseconds() as f64 * place / 100.0) as i64;
        self.from + TimeDelta::milliseconds(ms)
    }

    /// Whether a moment is on the axis.
    pub fn holds(self, at: DateTime<Utc>) -> bool {
        self.from <= at && at <= self.to
    }

    /// Round moments in a reader's zone, and what is written at them. `most` at most, but at least one step apart.
    pub fn ticks(self, zone: &Zone, most: usize) -> Vec<(DateTime<Utc>, String)> {
        let length = self.to - self.from;
        let step = STEPS
            .iter()
            .map(|seconds| TimeDelta::seconds(*seconds))
            .find(|step| length.num_seconds() / step.num_seconds().max(1) <= i64::try_from(most).unwrap_or(i64::MAX))
            .unwrap_or(TimeDelta::weeks(52));
        let mut at = round_up(self.from, step, zone);
        let mut ticks = Vec::new();
        while at <= self.to && ticks.len() <= most {
            ticks.push((at, tick_words(at, step, zone)));
            at = round_up(at + TimeDelta::seconds(1), step, zone);
        }
        ticks
    }
}

/// Steps between ticks, in seconds: 5 s to 8 weeks.
const STEPS: [i64; 21] = [
    5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
    1_209_600, 2_419_200, 4_838_400,
];

fn ratio(part: TimeDelta, whole: TimeDelta) -> f64 {
    // Milliseconds of a chart's span fit a double exactly.
    #[allow(clippy::cast_precision_loss)]
    let (part, whole) = (part.num_milliseconds() as f64, whole.num_milliseconds() as f64);
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The next moment whose wall time is a whole number of steps after a Monday's midnight.
fn round_up(at: DateTime<Utc>, step: TimeDelta, zone: &Zone) -> DateTime<Utc> {
    // 1970 began on a Thursday; weeks are counted from the Monday after.
    const MONDAY: i64 = 4 * 86_400;
    let offset = i64::from(zone.offset(at)) * 60;
    let wall = at.timestamp() + offset - MONDAY + i64::from(at.timestamp_subsec_nanos() > 0);
    let step = step.num_seconds().max(1);
    let rounded = wall.div_euclid(step) * step + if wall.rem_euclid(step) == 0 { 0 } else { step };
    let there = DateTime::from_timestamp(rounded + MONDAY - offset, 0).unwrap_or(at);
    // Where the clocks change in between, days still begin at midnight.
    let shift = i64::from(zone.offset(there)) * 60 - offset;
    if shift != 0 && step >= 3_600 {
        there - TimeDelta::seconds(shift)
    } else {
        there
    }
}

fn tick_words(at: DateTime<Utc>, step: TimeDelta, zone: &Zone) -> String {
    let local = zone.local(at);
    if step >= TimeDelta::days(1) {
        return local.format("%-d\u{a0}%b").to_string();
    }
    if step < TimeDelta::minutes(1) {
        return local.format("%H:%M:%S").to_string();
    }
    if step >= TimeDelta::hours(6) && local.hour() == 0 {
        return local.format("%-d\u{a0}%b").to_string();
    }
    local.format("%H:%M").to_string()
}

/// The axis of values: from nought, or below it where values are, up to a little more than the greatest.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    low: f64,
    high: f64,
    top: f64,
    bottom: f64,
    /// Round values with a grid line, without the base line.
    pub ticks: Vec<f64>,
}

impl Levels {
    /// An axis that shows all of these values between `top` and `bottom`, in px from above. Without a value there is
    /// nothing to write beside it.
    pub fn over(values: impl Iterator<Item = f64>, top: f64, bottom: f64) -> Self {
        let known: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let low = known.iter().copied().fold(0.0_f64, f64::min);
        let high = known.iter().copied().fold(0.0_f64, f64::max);
        let high = if high <= low { low + 1.0 } else { high };
        let step = nice_step(high - low, if bottom - top < 60.0 { 2.0 } else { 3.0 });
        let ticks = if known.is_empty() {
            Vec::new()
        } else {
            round_values(low, high, step)
        };
        Self {
            low,
            high,
            top,
            bottom,
            ticks,
        }
    }

    /// Px from above.
    pub fn place(&self, value: f64) -> f64 {
        self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)
    }

    /// Px from above of nought.
    pub fn base(&self) -> f64 {
        self.place(0.0_f64.clamp(self.low, self.high))
    }
}

/// The round step (1, 2, 2.5 or 5 times a power of ten) that parts a range into about so many.
fn nice_step(range: f64, parts: f64) -> f64 {
    let rough = range / parts;
    let power = 10_f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .find(|nice| nice * power >= rough * 0.999);
    nice.unwrap_or(10.0) * power
}

fn round_values(low: f64, high: f64, step: f64) -> Vec<f64> {
    let first = (low / step).ceil();
    (0..12)
        .map(|n| (first + f64::from(n)) * step)
        .take_while(|value| *value <= high * 1.0001)
        .filter(|value| value.abs() > step * 0.001)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::at;
    use super::*;

    #[test]
    fn values_get_three_round_lines_or_so() {
        assert_eq!(Levels::over([0.0, 120.0].into_iter(), 0.0, 150.0).ticks, [50.0, 100.0]);
        assert_eq!(Levels::over([812.0].into_iter(), 0.0, 150.0).ticks, [500.0]);
        assert_eq!(Levels::over([100.0].into_iter(), 0.0, 92.0).ticks, [50.0, 100.0]);
        for top in [0.003, 0.07, 0.9, 1.0, 4.2, 33.0, 780.0, 12_345.0] {
            let ticks = Levels::over([top].into_iter(), 0.0, 150.0).ticks;
            assert!((1..=4).contains(&ticks.len()), "{top}: {ticks:?}");
        }
    }

    #[test]
    fn nothing_and_nonsense_still_make_an_axis() {
        let levels = Levels::over([f64::NAN, f64::INFINITY].into_iter(), 10.0, 110.0);
        assert!((levels.place(0.0) - 110.0).abs() < 1e-9);
        assert!((levels.place(1.0) - 10.0).abs() < 1e-9);
        assert!(levels.ticks.is_empty(), "no value is invented");
    }

    #[test]
    fn values_below_nought_move_the_base() {
        let levels = Levels::over([-1.0, 1.0].into_iter(), 0.0, 100.0);
        assert!((levels.base() - 50.0).abs() < 1e-9);
    }

    #[test]
    fn places_and_moments_are_inverse() {
        let span = Span {
            from: at("2024-01-15T10:00:00Z"),
            to: at("2024-01-15T10:26:00Z"),
        };
        assert!((span.place(at("2024-01-15T10:13:00Z")) - 50.0).abs() < 1e-9);
        assert_eq!(span.moment(50.0), at("2024-01-15T10:13:00Z"));
    }

    #[test]
    fn ticks_stand_at_round_minutes() {
        let span = Span {
            from: at("2024-01-15T09:58:47Z"),
            to: at("2024-01-15T10:25:00Z"),
        };
        let words: Vec<String> = span
            .ticks(&Zone::utc(), 6)
            .into_iter()
            .map(|(_, words)| words)
            .collect();
        assert_eq!(words, ["10:00", "10:05", "10:10", "10:15", "10:20", "10:25"]);
    }

    #[test]
    fn ticks_follow_the_readers_zone() {
        let span = Span {
            from: at("2024-01-15T00:10:00Z"),
            to: at("2024-01-15T20:00:00Z"),
        };
        let india = Zone::fixed("Asia/Kolkata", 330);
        let ticks = span.ticks(&india, 4);
        assert_eq!(ticks[0].0, at("2024-01-15T02:30:00Z"));
        assert_eq!(ticks[0].1, "08:00");
    }

    #[test]
    fn days_begin_at_midnight_across_a_change_of_clocks() {
        let changes = vec![(at("2024-03-31T01:00:00Z"), 120)];
        let zone = Zone {
            name: "Europe/Berlin".into(),
            minutes: 60,
            changes,
        };
        let span = Span {
            from: at("2024-03-29T23:00:00Z"),
            to: at("2024-04-02T12:00:00Z"),
        };
        let ticks = span.ticks(&zone, 6);
        let walls: Vec<String> = ticks
            .iter()
            .map(|(at, _)| zone.local(*at).format("%d %H").to_string())
            .collect();
        assert_eq!(walls, ["30 00", "31 00", "01 00", "02 00"]);
    }
}
