//! Small drawings inside a row: a spark, a stage of a waterfall, the days of a component.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::path::{self, line};
use super::scale::{Levels, Span};
use super::svg::Sheet;
use super::{Limit, Series, Variant, draw};

/// Height of a spark in px.
const TALL: f64 = 28.0;

/// A line without axes, beside words that say the rest.
#[component]
pub fn Spark(
    /// The lines; the canary is drawn last.
    #[prop(into)]
    series: Signal<Vec<Series>>,
    /// Left end.
    #[prop(into)]
    from: Signal<DateTime<Utc>>,
    /// Right end.
    #[prop(into)]
    to: Signal<DateTime<Utc>>,
    /// A limit, kept in view.
    #[prop(optional, into)]
    limit: MaybeProp<Limit>,
    /// "Error rate, canary 0.9 %, stable 0.4 %, limit 5 %".
    #[prop(into)]
    sentence: Signal<String>,
) -> impl IntoView {
    let drawing = move || {
        let span = Span {
            from: from.get(),
            to: to.get(),
        };
        series.with(|series| spark_svg(series, span, limit.get().as_ref()))
    };
    view! {
        <svg class="chart spark" height="28" role="img" aria-label=move || sentence.get() inner_html=drawing></svg>
    }
}

/// The inside of a spark.
pub fn spark_svg(series: &[Series], span: Span, limit: Option<&Limit>) -> String {
    let values = series
        .iter()
        .flat_map(|series| series.points.iter().filter_map(|(_, value)| *value));
    let levels = Levels::over(values.chain(limit.map(|limit| limit.value * 1.1)), 3.0, TALL - 1.0);
    let mut sheet = Sheet::default();
    if let Some(limit) = limit {
        sheet.level("limit", 0.0, 100.0, levels.place(limit.value));
    }
    sheet.stretched(TALL);
    let canary = |series: &&Series| series.variant == Variant::Canary;
    for series in series.iter().filter(|s| !canary(s)).chain(series.iter().filter(canary)) {
        sheet.path(&draw::class(series), &line(&path::runs(series, span, &levels)));
    }
    sheet.end();
    sheet.done()
}

/// One stage of a whole: a bar that begins where the one before ended.
#[component]
pub fn Fall(
    /// Where it begins, as a share of the whole.
    from: f64,
    /// How long it is, as a share of the whole.
    length: f64,
    /// "15 min of 99".
    #[prop(into)]
    sentence: String,
) -> impl IntoView {
    let mut sheet = Sheet::default();
    sheet.level("grid", 0.0, 100.0, 8.0);
    sheet.rect("bar-s main", from * 100.0, 1.0, length * 100.0, 14.0);
    view! { <svg class="chart" height="16" role="img" aria-label=sentence inner_html=sheet.done()></svg> }
}

/// How a component was on one day: its worst moment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayState {
    /// In working order.
    Ok,
    /// Degraded or partly out.
    Part,
    /// Out.
    Out,
    /// In planned maintenance.
    Maintenance,
    /// Not watched yet.
    NoData,
}

/// One day of a component.
pub type Day = DayState;

/// The inside of a `<svg class="days" viewBox="0 0 <10 per day> 32" preserveAspectRatio="none">`: one path a state, so that
/// ninety days are five nodes. Heights differ as well as colours: degraded is taller, an outage full height.
pub fn days_svg(days: &[Day]) -> String {
    const STATES: [(DayState, &str, u8); 5] = [
        (DayState::Ok, "ok", 14),
        (DayState::Part, "part", 6),
        (DayState::Out, "out", 0),
        (DayState::Maintenance, "mnt", 14),
        (DayState::NoData, "nil", 29),
    ];
    let mut sheet = Sheet::default();
    for (state, class, top) in STATES {
        let bar = |n: usize| format!("M{} {top}h7v{}h-7Z", n * 10 + 1, 32 - top);
        let d: String = days
            .iter()
            .enumerate()
            .filter(|(_, day)| **day == state)
            .map(|(n, _)| bar(n))
            .collect();
        sheet.path(class, &d);
    }
    sheet.done()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, every_ten};
    use super::*;

    #[test]
    fn ninety_days_are_as_many_nodes_as_states() {
        let mut days = vec![DayState::Ok; 90];
        days[40] = DayState::Out;
        let svg = days_svg(&days);
        assert_eq!(svg.matches("<path").count(), 2, "{svg}");
        assert!(svg.contains("M401 0h7v32h-7Z"), "{svg}");
    }

    #[test]
    fn a_spark_keeps_its_limit_in_view() {
        let span = Span {
            from: at("2024-01-15T10:00:00Z"),
            to: at("2024-01-15T10:00:20Z"),
        };
        let series = [Series::new(
            "stable",
            Variant::Stable,
            every_ten(&[Some(0.01), Some(0.02)]),
        )];
        let svg = spark_svg(&series, span, Some(&Limit::new(0.05, "")));
        assert!(svg.contains("limit"), "{svg}");
        assert!(!svg.contains('-') || !svg.contains("y1=\"-"), "{svg}");
    }
}
