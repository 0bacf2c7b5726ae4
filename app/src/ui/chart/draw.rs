//! One chart over time, as SVG: ground, series, lines with words, marks, now. Pure, the same on server and browser.

use chrono::{DateTime, Utc};

use super::path::{self, Place};
use super::room;
use super::scale::{Levels, Span};
use super::svg::Sheet;
use super::{Mark, Plot, Series, Shape, Stroke, Unit, Variant};
use crate::ui::zone::Zone;

/// Room above the highest value, for the words of its grid line.
const HEAD: f64 = 12.0;
/// Room below the base for the words of the time axis.
pub const FOOT: f64 = 18.0;
/// Words at the end of a series need at least this distance from one another.
const APART: f64 = 14.0;
/// Px from the end of a series to its words.
const BEHIND: f64 = 9.0;

/// What a chart stands in: the axis of time and what runs through all charts over it.
pub struct Around<'a> {
    /// The axis.
    pub span: Span,
    /// Now, if it is on the axis.
    pub now: Option<DateTime<Utc>>,
    /// What happened.
    pub marks: &'a [Mark],
    /// The reader's zone.
    pub zone: &'a Zone,
    /// With the words of the axis below.
    pub axis: bool,
    /// With name and value at the end of each series.
    pub ends: bool,
}

/// The height of the whole drawing in px.
pub fn height(plot: &Plot, axis: bool) -> f64 {
    f64::from(plot.height) + if axis { FOOT } else { 0.0 }
}

/// The axis of values of a chart: it starts at nought, and keeps limit and goal in view.
pub fn levels(plot: &Plot) -> Levels {
    let values = plot
        .series
        .iter()
        .flat_map(|series| series.points.iter().filter_map(|(_, value)| *value));
    let lines = [&plot.limit, &plot.goal]
        .into_iter()
        .flatten()
        .map(|line| line.value * 1.15);
    let band = plot.band.iter().filter_map(|(_, pair)| pair.map(|(_, high)| high));
    Levels::over(
        values.chain(lines).chain(band).chain(plot.at_least),
        HEAD,
        f64::from(plot.height),
    )
}

/// The inside of the chart's `<svg>`.
pub fn plot(plot: &Plot, around: &Around<'_>) -> String {
    let (mut sheet, levels) = (Sheet::default(), levels(plot));
    let foot = f64::from(plot.height);
    ground(&mut sheet, plot, &levels);
    marks(&mut sheet, around, foot);
    gaps(&mut sheet, plot, around.span, foot);
    series(&mut sheet, plot, around, &levels);
    scale_words(&mut sheet, plot.unit, &levels);
    points(&mut sheet, plot, around.span, &levels);
    lines(&mut sheet, plot, around.span, &levels);
    if around.ends {
        ends(&mut sheet, plot, around, &levels);
    }
    if around.axis {
        time_words(&mut sheet, around, foot);
    }
    sheet.done()
}

fn ground(sheet: &mut Sheet, plot: &Plot, levels: &Levels) {
    sheet.level("base", 0.0, 100.0, levels.base().min(f64::from(plot.height) - 0.5));
    for tick in &levels.ticks {
        sheet.level("grid", 0.0, 100.0, levels.place(*tick));
    }
}

fn marks(sheet: &mut Sheet, around: &Around<'_>, foot: f64) {
    for mark in around.marks.iter().filter(|mark| around.span.holds(mark.at)) {
        let class = if mark.bad { "mark bad" } else { "mark" };
        sheet.upright(class, around.span.place(mark.at), 0.0, foot);
    }
    if let Some(now) = around.now.filter(|now| around.span.holds(*now)) {
        sheet.upright("now-l", around.span.place(now), 0.0, foot);
    }
}

fn gaps(sheet: &mut Sheet, plot: &Plot, span: Span, foot: f64) {
    // Only where every measured line is missing: one that goes on tells that there is data.
    let measured: Vec<&Series> = plot
        .series
        .iter()
        .filter(|series| series.stroke != Stroke::Plan)
        .collect();
    let Some((first, rest)) = measured.split_first() else {
        return;
    };
    for (from, to) in path::gaps(first) {
        let silent = |series: &&Series| {
            !series
                .points
                .iter()
                .any(|(at, v)| v.is_some() && from <= *at && *at <= to)
        };
        if !rest.iter().all(silent) {
            continue;
        }
        let (left, right) = (span.place(from).max(0.0), span.place(to).min(100.0));
        if right <= left {
            continue;
        }
        sheet.rect("gapbox", left, HEAD, right - left, foot - HEAD);
        if right - left >= 4.0 {
            sheet.text("mid halo", f64::midpoint(left, right), 0.0, foot - 6.0, "no data");
        }
    }
}

fn series(sheet: &mut Sheet, plot: &Plot, around: &Around<'_>, levels: &Levels) {
    sheet.stretched(f64::from(plot.height));
    if !plot.band.is_empty() {
        sheet.path("fill stable", &path::band(&plot.band, around.span, levels));
    }
    let base = levels.base();
    let drawn: Vec<(&Series, Vec<Vec<Place>>)> = in_order(plot)
        .map(|series| (series, path::runs(&held(series, around.now), around.span, levels)))
        .collect();
    for (series, runs) in drawn.iter().filter(|(series, _)| series.filled) {
        sheet.path(&format!("fill {}", colour(series)), &path::area(runs, base));
    }
    for (series, runs) in &drawn {
        sheet.path(&class(series), &path::line(runs));
    }
    sheet.end();
}

/// A step that holds is drawn until now, not only until its last change.
fn held(series: &Series, now: Option<DateTime<Utc>>) -> Series {
    let mut series = series.clone();
    if let (Shape::Step, Some(now), Some((at, value))) = (series.shape, now, series.last())
        && series.stroke != Stroke::Plan
        && at < now
        && series.points.last().is_some_and(|(_, last)| last.is_some())
    {
        series.points.push((now, Some(value)));
    }
    series
}

fn in_order(plot: &Plot) -> impl Iterator<Item = &Series> {
    let canary = |series: &&Series| series.variant == Variant::Canary;
    plot.series
        .iter()
        .filter(move |s| !canary(s))
        .chain(plot.series.iter().filter(canary))
}

/// `stable`, `canary` or `trend`.
pub fn colour(series: &Series) -> &'static str {
    match series.variant {
        Variant::Stable => "stable",
        Variant::Canary => "canary",
        Variant::Other => "trend",
    }
}

/// The classes of a series' line.
pub fn class(series: &Series) -> String {
    let stroke = match series.stroke {
        Stroke::Full => "",
        Stroke::Thin => " thin",
        Stroke::Dots => " dots",
        Stroke::Plan => " plan",
    };
    format!("s {}{stroke}", colour(series))
}

fn scale_words(sheet: &mut Sheet, unit: Unit, levels: &Levels) {
    for tick in &levels.ticks {
        sheet.text("halo", 0.0, 0.0, levels.place(*tick) - 3.0, &unit.tick(*tick));
    }
}

fn lines(sheet: &mut Sheet, plot: &Plot, span: Span, levels: &Levels) {
    let limit = plot.limit.iter().map(|line| ("limit", "halo limit-t fin", line));
    let goal = plot.goal.iter().map(|line| ("goal", "halo goal-t fin", line));
    for (class, words, line) in limit.chain(goal) {
        let y = levels.place(line.value);
        sheet.level(class, 0.0, 100.0, y);
        let beside = room::beside(plot, span, levels, y, &line.label);
        sheet.text(words, 100.0, 0.0, beside, &line.label);
    }
}

fn points(sheet: &mut Sheet, plot: &Plot, span: Span, levels: &Levels) {
    for series in plot.series.iter().filter(|series| series.dotted) {
        for (at, value) in &series.points {
            let Some(value) = value.filter(|_| span.holds(*at)) else {
                continue;
            };
            let over = plot
                .limit
                .as_ref()
                .or(plot.goal.as_ref())
                .is_some_and(|line| value > line.value);
            sheet.disc(
                if over { "pt bad" } else { "pt" },
                span.place(*at),
                levels.place(value),
                3.0,
            );
        }
    }
}

/// Name and value where a series ends, moved apart; a disc on the end of each.
fn ends(sheet: &mut Sheet, plot: &Plot, around: &Around<'_>, levels: &Levels) {
    let span = around.span;
    let mut ends: Vec<(f64, f64, &Series, f64)> = plot
        .series
        .iter()
        .filter(|series| series.stroke != Stroke::Plan && !series.dotted)
        .filter_map(|series| {
            let (at, value) = held(series, around.now).last()?;
            span.holds(at)
                .then(|| (span.place(at), levels.place(value), series, value))
        })
        .collect();
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let places = apart(
        &ends.iter().map(|end| end.1).collect::<Vec<_>>(),
        HEAD - 2.0,
        f64::from(plot.height),
    );
    for ((x, _, series, value), y) in ends.iter().zip(places) {
        let value = plot.unit.write(*value);
        let words = if ends.len() == 1 {
            value
        } else {
            format!("{} {value}", series.label)
        };
        let fits = |on: f64| *x + BEHIND / on * 100.0 + room::strong(&words, on) <= 100.0;
        // What finds no room stands in the legend.
        if fits(room::NARROW) {
            sheet.text("v halo", *x, BEHIND, y + 4.0, &words);
        } else if fits(room::WIDE) {
            sheet.text("v halo wide", *x, BEHIND, y + 4.0, &words);
        }
    }
    ends.retain(|(_, _, series, _)| series.stroke == Stroke::Full);
    ends.sort_by_key(|(_, _, series, _)| series.variant == Variant::Canary);
    for (x, y, series, _) in ends {
        sheet.disc(&format!("end {}", colour(series)), x, y, 4.0);
    }
}

/// The nearest places to the wanted ones (in order) that lie far enough apart.
fn apart(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut places: Vec<f64> = Vec::with_capacity(wanted.len());
    for want in wanted {
        let least = places.last().map_or(top, |last| last + APART);
        places.push(want.max(least));
    }
    let mut most = bottom - 8.0;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - APART;
    }
    places
}

/// The words of the time axis.
pub fn time_words(sheet: &mut Sheet, around: &Around<'_>, foot: f64) {
    let ticks = around.span.ticks(around.zone, 6);
    let places = ticks.into_iter().map(|(at, words)| (around.span.place(at), words));
    for (x, class, words) in room::along(places.collect()) {
        sheet.text(&class, x, 0.0, foot + 14.0, &words);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, every_ten};
    use super::*;

    fn around<'a>(zone: &'a Zone, marks: &'a [Mark]) -> Around<'a> {
        let span = Span {
            from: at("2024-01-15T10:00:00Z"),
            to: at("2024-01-15T10:01:40Z"),
        };
        Around {
            span,
            now: Some(at("2024-01-15T10:01:10Z")),
            marks,
            zone,
            axis: true,
            ends: true,
        }
    }

    fn errors(points: &[Option<f64>]) -> Plot {
        Plot::new("Errors", Unit::Share)
            .with(Series::new("canary", Variant::Canary, every_ten(points)))
            .limit(0.05, "limit 5 %")
    }

    #[test]
    fn limit_stays_in_view_with_its_words() {
        let svg = plot(&errors(&[Some(0.01), Some(0.012)]), &around(&Zone::utc(), &[]));
        assert!(svg.contains("limit 5 %"), "{svg}");
        let levels = levels(&errors(&[Some(0.01)]));
        assert!(levels.place(0.05) > HEAD, "{}", levels.place(0.05));
    }

    #[test]
    fn canary_is_on_top() {
        let both = errors(&[Some(0.01)]).with(Series::new("stable", Variant::Stable, every_ten(&[Some(0.01)])));
        let svg = plot(&both, &around(&Zone::utc(), &[]));
        assert!(
            svg.find("s stable").expect("stable") < svg.find("s canary").expect("canary"),
            "{svg}"
        );
    }

    #[test]
    fn missing_data_is_hatched_and_named() {
        let svg = plot(
            &errors(&[Some(0.01), None, None, Some(0.01)]),
            &around(&Zone::utc(), &[]),
        );
        assert!(svg.contains("gapbox") && svg.contains("no data"), "{svg}");
        let whole = plot(&errors(&[Some(0.01), Some(0.01)]), &around(&Zone::utc(), &[]));
        assert!(!whole.contains("gapbox"), "{whole}");
    }

    #[test]
    fn marks_outside_are_left_out() {
        let mark = |text: &str| Mark {
            at: at(text),
            letter: "A".into(),
            text: String::new(),
            bad: true,
        };
        let marks = [mark("2024-01-15T09:00:00Z"), mark("2024-01-15T10:00:30Z")];
        let svg = plot(&errors(&[Some(0.01)]), &around(&Zone::utc(), &marks));
        assert_eq!(svg.matches("mark bad").count(), 1, "{svg}");
    }

    #[test]
    fn words_at_the_ends_do_not_lie_on_each_other() {
        let places = apart(&[50.0, 52.0, 53.0, 120.0], 10.0, 150.0);
        assert!(
            places.windows(2).all(|pair| pair[1] - pair[0] >= APART - 1e-9),
            "{places:?}"
        );
        let low = apart(&[148.0, 149.0], 10.0, 150.0);
        assert!(
            low.iter().all(|y| *y <= 142.0) && low[1] - low[0] >= APART - 1e-9,
            "{low:?}"
        );
    }

    #[test]
    fn words_at_an_end_that_find_no_room_are_left_out() {
        let two = |label: &str| {
            Plot::new("Latency", Unit::Millis)
                .with(Series::new(label, Variant::Canary, every_ten(&[Some(205.0); 8])))
                .with(Series::new("stable", Variant::Stable, every_ten(&[Some(198.0); 8])))
        };
        let (zone, long) = (Zone::utc(), "canary, 95th percentile");
        assert!(plot(&two("canary"), &around(&zone, &[])).contains("v halo wide"));
        let svg = plot(&two(long), &around(&zone, &[]));
        assert!(!svg.contains(long), "{svg}");
        assert!(plot(&errors(&[Some(0.01)]), &around(&zone, &[])).contains(r#"class="v halo" "#));
    }

    #[test]
    fn a_weight_holds_until_now() {
        let now = at("2024-01-15T10:01:10Z");
        let weight = Series::new("canary", Variant::Canary, every_ten(&[Some(0.0), Some(10.0)])).steps();
        assert_eq!(held(&weight, Some(now)).last(), Some((now, 10.0)));
        assert_eq!(held(&weight.stroke(Stroke::Plan), Some(now)).points.len(), 2);
    }
}
