//! Reading a chart along its axis: which moment is meant, and what each series was then.

use chrono::{DateTime, Utc};

use super::scale::{Levels, Span};
use super::svg::Sheet;
use super::{Plot, Series, Shape, Stroke, path};

/// The moments at which something was measured, in order, each once.
pub fn moments(plots: &[Plot], span: Span) -> Vec<DateTime<Utc>> {
    let series = plots
        .iter()
        .flat_map(|plot| &plot.series)
        .filter(|series| series.stroke != Stroke::Plan);
    let mut moments: Vec<DateTime<Utc>> = series
        .flat_map(|series| series.points.iter().map(|(at, _)| *at))
        .filter(|at| span.holds(*at))
        .collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// The measured moment nearest to a place in per cent.
pub fn nearest(moments: &[DateTime<Utc>], span: Span, place: f64) -> Option<DateTime<Utc>> {
    let wanted = span.moment(place);
    moments.iter().min_by_key(|at| (**at - wanted).abs()).copied()
}

/// The moment so many measurements further; from none, the last one.
pub fn moved(moments: &[DateTime<Utc>], from: Option<DateTime<Utc>>, by: isize) -> Option<DateTime<Utc>> {
    let last = moments.len().checked_sub(1)?;
    let Some(from) = from else {
        return moments.get(last).copied();
    };
    let at = moments.partition_point(|moment| *moment < from);
    moments.get(at.saturating_add_signed(by).min(last)).copied()
}

/// What a series was at a moment: the last value no older than one and a half of its usual distances; a step holds on.
pub fn value_at(series: &Series, at: DateTime<Utc>) -> Option<f64> {
    let behind = series.points.partition_point(|(moment, _)| *moment <= at);
    let (moment, value) = series.points.get(behind.checked_sub(1)?)?;
    let fresh = series.shape == Shape::Step || at - *moment <= path::spacing(&series.points) * 3 / 2;
    value.filter(|_| fresh)
}

/// A hairline, a disc on each series, and the time below where there is an axis: the inside of a `<g>`.
pub fn cross(plot: &Plot, span: Span, levels: &Levels, at: DateTime<Utc>, words: Option<&str>) -> String {
    let mut sheet = Sheet::default();
    let x = span.place(at);
    let foot = f64::from(plot.height);
    sheet.upright("cross-l", x, 0.0, foot);
    if let Some(words) = words {
        let class = match x {
            x if x < 8.0 => "halo cross-t",
            x if x > 92.0 => "fin halo cross-t",
            _ => "mid halo cross-t",
        };
        sheet.text(class, x, 0.0, foot + 14.0, words);
    }
    for series in plot.series.iter().filter(|series| series.stroke != Stroke::Plan) {
        if let Some(value) = value_at(series, at) {
            sheet.disc(
                &format!("end {}", super::draw::colour(series)),
                x,
                levels.place(value),
                3.0,
            );
        }
    }
    sheet.done()
}

/// Rows of a table: evenly chosen moments, the last among them, so many at most.
pub fn rows(moments: &[DateTime<Utc>], most: usize) -> Vec<DateTime<Utc>> {
    let step = moments.len().div_ceil(most.max(1)).max(1);
    let mut rows: Vec<DateTime<Utc>> = moments.iter().rev().step_by(step).copied().collect();
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, every_ten};
    use super::super::{Unit, Variant};
    use super::*;

    fn series(values: &[Option<f64>]) -> Series {
        Series::new("x", Variant::Stable, every_ten(values))
    }

    #[test]
    fn a_value_is_not_carried_over_a_gap() {
        let line = series(&[Some(1.0), Some(2.0), None, None, Some(5.0)]);
        assert_eq!(value_at(&line, at("2024-01-15T10:00:12Z")), Some(2.0));
        assert_eq!(value_at(&line, at("2024-01-15T10:00:22Z")), None);
        assert_eq!(value_at(&line, at("2024-01-15T10:00:54Z")), Some(5.0));
        assert_eq!(value_at(&line, at("2024-01-15T10:02:00Z")), None);
        assert_eq!(value_at(&line, at("2024-01-15T09:00:00Z")), None);
        assert_eq!(value_at(&line.steps(), at("2024-01-15T10:02:00Z")), Some(5.0));
    }

    #[test]
    fn keys_walk_along_what_was_measured() {
        let span = Span {
            from: at("2024-01-15T10:00:00Z"),
            to: at("2024-01-15T10:01:00Z"),
        };
        let plots = [Plot::new("x", Unit::Count)
            .with(series(&[Some(1.0); 4]))
            .with(series(&[Some(1.0); 3]))];
        let moments = moments(&plots, span);
        assert_eq!(moments.len(), 4);
        let last = moved(&moments, None, -1);
        assert_eq!(last, Some(at("2024-01-15T10:00:30Z")));
        assert_eq!(moved(&moments, last, 1), last);
        assert_eq!(moved(&moments, last, -2), Some(at("2024-01-15T10:00:10Z")));
        assert_eq!(nearest(&moments, span, 31.0), Some(at("2024-01-15T10:00:20Z")));
        assert_eq!(moved(&[], None, 1), None);
    }

    #[test]
    fn a_long_table_is_cut_evenly_and_keeps_the_last() {
        let moments: Vec<_> = every_ten(&[Some(0.0); 312]).into_iter().map(|(at, _)| at).collect();
        let rows = rows(&moments, 60);
        assert!(rows.len() <= 60);
        assert_eq!(rows.last(), moments.last());
    }
}
