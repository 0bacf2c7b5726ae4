//! From points to paths. A missing value ends a path; another begins behind it.

use chrono::{DateTime, TimeDelta, Utc};

use super::scale::{Levels, Span};
use super::{Series, Shape};

/// Width of the stretched drawing that the paths lie in.
pub const WIDTH: f64 = 1000.0;
/// More points than this in a width are thinned: two for each of half as many columns.
const MOST: usize = 800;

/// A point on the sheet: x in thousandths of the width, y in px.
pub type Place = (f64, f64);

/// The unbroken stretches of a series, as places; those outside the span are left out but for one at each side.
pub fn runs(series: &Series, span: Span, levels: &Levels) -> Vec<Vec<Place>> {
    let points = within(&thin(&series.points, MOST), span);
    let mut runs = vec![Vec::new()];
    for (at, value) in points {
        match value.filter(|value| value.is_finite()) {
            Some(value) => {
                if let Some(run) = runs.last_mut() {
                    run.push((span.place(at) * WIDTH / 100.0, levels.place(value)));
                }
            }
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    if series.shape == Shape::Step {
        runs = runs.into_iter().map(|run| steps(&run)).collect();
    }
    runs
}

/// `M.. L..` through each run. A run of one point becomes a short dash, so that it can be seen.
pub fn line(runs: &[Vec<Place>]) -> String {
    let mut d = String::new();
    for run in runs {
        for (n, (x, y)) in run.iter().enumerate() {
            d.push_str(if n == 0 { "M" } else { "L" });
            pair(&mut d, *x, *y);
        }
        if let [(x, y)] = run.as_slice() {
            d.push('L');
            pair(&mut d, x + 2.0, *y);
        }
    }
    d
}

/// The ground between each run and the base.
pub fn area(runs: &[Vec<Place>], base: f64) -> String {
    let mut d = String::new();
    for run in runs {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        d.push('M');
        pair(&mut d, first.0, base);
        for (x, y) in run {
            d.push('L');
            pair(&mut d, *x, *y);
        }
        d.push('L');
        pair(&mut d, last.0, base);
        d.push('Z');
    }
    d
}

/// A low and a high value at a moment; none where there is no data.
pub type Between = (DateTime<Utc>, Option<(f64, f64)>);

/// The ground between a lower and an upper value.
pub fn band(points: &[Between], span: Span, levels: &Levels) -> String {
    let mut d = String::new();
    for run in points.split(|(_, pair)| pair.is_none()) {
        let side = |pick: fn((f64, f64)) -> f64| {
            run.iter().filter_map(move |(at, pair)| {
                pair.map(|pair| (span.place(*at) * WIDTH / 100.0, levels.place(pick(pair))))
            })
        };
        let upper: Vec<Place> = side(|(_, high)| high).collect();
        let lower: Vec<Place> = side(|(low, _)| low).collect();
        if upper.len() < 2 {
            continue;
        }
        for (n, (x, y)) in upper.iter().chain(lower.iter().rev()).enumerate() {
            d.push_str(if n == 0 { "M" } else { "L" });
            pair(&mut d, *x, *y);
        }
        d.push('Z');
    }
    d
}

/// Where values are missing between others, or at the end: from half a step before to half a step behind.
pub fn gaps(series: &Series) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let half = spacing(&series.points) / 2;
    let mut gaps = Vec::new();
    let mut open: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
    let mut begun = false;
    for (at, value) in &series.points {
        match (value, open) {
            (None, _) if !begun => {}
            (None, None) => open = Some((*at - half, *at + half)),
            (None, Some((from, _))) => open = Some((from, *at + half)),
            (Some(_), _) => {
                begun = true;
                gaps.extend(open.take());
            }
        }
    }
    gaps.extend(open);
    gaps
}

/// The usual distance between two points: the median.
pub fn spacing(points: &[(DateTime<Utc>, Option<f64>)]) -> TimeDelta {
    let mut steps: Vec<TimeDelta> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(TimeDelta::zero())
}

/// Fewer points that look the same: of each column the least and the greatest, in their order, so that no spike is lost.
pub fn thin(points: &[(DateTime<Utc>, Option<f64>)], most: usize) -> Vec<(DateTime<Utc>, Option<f64>)> {
    if points.len() <= most || most < 4 {
        return points.to_vec();
    }
    let column = points.len().div_ceil(most / 2);
    points.chunks(column).flat_map(extremes).collect()
}

fn extremes(column: &[(DateTime<Utc>, Option<f64>)]) -> Vec<(DateTime<Utc>, Option<f64>)> {
    let known = || {
        column
            .iter()
            .enumerate()
            .filter_map(|(n, (_, value))| value.map(|value| (n, value)))
    };
    let least = known().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(n, _)| n);
    let most = known().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(n, _)| n);
    // A column without a value stays one missing point, and so a gap; one with some keeps its gap only at the end.
    let missing = column.iter().position(|(_, value)| value.is_none());
    let mut keep: Vec<usize> = [least, most, missing].into_iter().flatten().collect();
    keep.sort_unstable();
    keep.dedup();
    keep.into_iter().map(|n| column[n]).collect()
}

fn within(points: &[(DateTime<Utc>, Option<f64>)], span: Span) -> Vec<(DateTime<Utc>, Option<f64>)> {
    let first = points.partition_point(|(at, _)| *at < span.from).saturating_sub(1);
    let last = (points.partition_point(|(at, _)| *at <= span.to) + 1).min(points.len());
    points.get(first..last).unwrap_or_default().to_vec()
}

fn steps(run: &[Place]) -> Vec<Place> {
    let mut out: Vec<Place> = Vec::with_capacity(run.len() * 2);
    for (x, y) in run {
        if let Some((_, before)) = out.last().copied() {
            out.push((*x, before));
        }
        out.push((*x, *y));
    }
    out
}

fn pair(d: &mut String, x: f64, y: f64) {
    d.push_str(&format!("{x:.1} {y:.1}"));
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, every_ten};
    use super::super::{Series, Variant};
    use super::*;

    fn frame() -> (Span, Levels) {
        let span = Span {
            from: at("2024-01-15T10:00:00Z"),
            to: at("2024-01-15T10:00:50Z"),
        };
        (span, Levels::over([10.0].into_iter(), 0.0, 100.0))
    }

    #[test]
    fn a_missing_value_breaks_the_line() {
        let (span, levels) = frame();
        let points = every_ten(&[Some(0.0), Some(10.0), None, Some(5.0), Some(5.0)]);
        let runs = runs(&Series::new("x", Variant::Stable, points), span, &levels);
        assert_eq!(line(&runs), "M0.0 100.0L200.0 0.0M600.0 50.0L800.0 50.0");
    }

    #[test]
    fn steps_hold_until_the_next() {
        let (span, levels) = frame();
        let series = Series::new("x", Variant::Canary, every_ten(&[Some(0.0), Some(10.0)])).steps();
        assert_eq!(line(&runs(&series, span, &levels)), "M0.0 100.0L200.0 100.0L200.0 0.0");
    }

    #[test]
    fn a_lone_point_can_be_seen() {
        let (span, levels) = frame();
        let series = Series::new("x", Variant::Stable, every_ten(&[None, Some(5.0), None]));
        assert_eq!(line(&runs(&series, span, &levels)), "M200.0 50.0L202.0 50.0");
    }

    #[test]
    fn areas_come_back_to_the_base() {
        assert_eq!(
            area(&[vec![(0.0, 10.0), (100.0, 20.0)]], 50.0),
            "M0.0 50.0L0.0 10.0L100.0 20.0L100.0 50.0Z"
        );
    }

    #[test]
    fn thinning_keeps_the_spike_and_the_order() {
        let mut values = vec![Some(1.0); 5_000];
        values[3_333] = Some(99.0);
        let points = every_ten(&values);
        let few = thin(&points, 400);
        assert!(few.len() <= 400, "{}", few.len());
        assert!(few.iter().any(|(_, value)| *value == Some(99.0)));
        assert!(few.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(thin(&points[..400], 400), points[..400]);
    }

    #[test]
    fn gaps_lie_between_values_and_at_the_end_only() {
        let series = Series::new(
            "x",
            Variant::Stable,
            every_ten(&[None, Some(1.0), None, None, Some(1.0), None]),
        );
        let gaps = gaps(&series);
        assert_eq!(gaps.len(), 2);
        assert_eq!(gaps[0], (at("2024-01-15T10:00:15Z"), at("2024-01-15T10:00:35Z")));
        assert_eq!(gaps[1], (at("2024-01-15T10:00:45Z"), at("2024-01-15T10:00:55Z")));
    }

    #[test]
    fn only_what_is_in_view_is_drawn() {
        let span = Span {
            from: at("2024-01-15T10:00:20Z"),
            to: at("2024-01-15T10:00:30Z"),
        };
        let points = every_ten(&[Some(1.0); 10]);
        assert_eq!(within(&points, span).len(), 4);
        assert!(within(&[], span).is_empty());
    }
}
