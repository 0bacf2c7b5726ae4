//! One instrument: several charts over one axis of time, with pennants and the now-line through all of them.
//!
//! With wasm, pointing at a moment (or left and right, when the instrument has the focus) puts a hairline through all
//! charts, and the legend shows the values of that moment instead of the last. Without it, the table has them.

use chrono::{DateTime, Utc};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use super::draw::{self, Around};
use super::scale::Span;
use super::svg::Sheet;
use super::{Instrument, Limit, Plot, Series, Stroke, read};
use crate::ui::time::{Clock, Stamp, use_clock};
use crate::ui::zone::Zone;

/// Rows of the table that a chart can be read as.
const ROWS: usize = 60;

/// The instrument. Give it room right of now (about a quarter) for the names at the end of the series.
#[component]
pub fn Strips(
    /// What it shows. A signal keeps the reader's moment while new values come in.
    #[prop(into)]
    data: Signal<Instrument>,
) -> impl IntoView {
    let clock = use_clock();
    let at = RwSignal::new(None::<DateTime<Utc>>);
    let span = move || {
        data.with(|data| Span {
            from: data.from,
            to: data.to,
        })
    };
    let moments = Memo::new(move |_| data.with(|data| read::moments(&data.plots, span())));
    let keys = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowLeft" if event.shift_key() => -10,
            "ArrowLeft" => -1,
            "ArrowRight" if event.shift_key() => 10,
            "ArrowRight" => 1,
            "Escape" => return at.set(None),
            _ => return,
        };
        event.prevent_default();
        at.update(|at| *at = moments.with_untracked(|moments| read::moved(moments, *at, by)));
    };
    let pick = Callback::new(move |place: f64| {
        at.set(moments.with_untracked(|moments| read::nearest(moments, span(), place)));
    });
    // One strip a plot: keyed by its place, so that a strip stays while its data moves.
    let count = Memo::new(move |_| data.with(|data| data.plots.len()));
    let strip = move |n: usize| {
        let plot = Memo::new(move |_| data.with(|data| data.plots.get(n).cloned().unwrap_or_default()));
        view! { <Strip data plot axis=Signal::derive(move || n + 1 == count.get()) at pick/> }
    };
    view! {
        <div
            class="strips"
            role="group"
            aria-label="Charts over one axis of time. Left and right read along it."
            tabindex="0"
            on:keydown=keys
            on:pointerleave=move |_| at.set(None)
        >
            <div class="strip bare">
                <div class="strip-head"></div>
                {move || data.with(|data| flags(data, &clock.zone()))}
            </div>
            <For each=move || 0..count.get() key=|n| *n children=strip/>
            <p class="vh" aria-live="polite">{move || at.get().map(|at| data.with(|data| said(data, at, clock)))}</p>
        </div>
        {move || data.with(|data| explained(data, &clock.zone()))}
        {move || data.with(|data| table(&data.plots, &moments.get(), clock))}
    }
    .into_any()
}

/// One chart of the instrument with its legend.
#[component]
fn Strip(
    data: Signal<Instrument>,
    #[prop(into)] plot: Signal<Plot>,
    axis: Signal<bool>,
    at: RwSignal<Option<DateTime<Utc>>>,
    pick: Callback<f64>,
) -> impl IntoView {
    let clock = use_clock();
    let drawing = move || {
        data.with(|data| {
            let span = Span {
                from: data.from,
                to: data.to,
            };
            let (marks, now) = (data.marks.as_slice(), data.now);
            let around = Around {
                span,
                now,
                marks,
                zone: &clock.zone(),
                axis: axis.get(),
                ends: true,
            };
            plot.with(|plot| draw::plot(plot, &around))
        })
    };
    let cross = move || match at.get() {
        Some(at) => plot.with(|plot| {
            let span = data.with(|data| Span {
                from: data.from,
                to: data.to,
            });
            let words = axis.get().then(|| clock.write(at, Stamp::Second));
            read::cross(plot, span, &draw::levels(plot), at, words.as_deref())
        }),
        None => String::new(),
    };
    view! {
        <div class="strip" class:bare=move || data.with(|data| data.plots.first() == Some(&*plot.read()))>
            <div class="strip-head">
                <h3>{move || plot.with(|plot| plot.title.clone())}</h3>
                {move || plot.with(|plot| legend(plot, at.get()))}
            </div>
            <svg
                class="chart"
                height=move || plot.with(|plot| draw::height(plot, axis.get()).to_string())
                role="img"
                aria-label=move || plot.with(Plot::spoken)
                on:pointermove=move |event| if let Some(place) = place_of(&event) { pick.run(place) }
            >
                <g inner_html=drawing></g>
                <g inner_html=cross></g>
            </svg>
        </div>
    }
    .into_any()
}

/// Names, strokes and values: the last ones, or those of a moment.
pub(super) fn legend(plot: &Plot, at: Option<DateTime<Utc>>) -> AnyView {
    let value = |series: &Series| match at {
        Some(at) => read::value_at(series, at),
        None => series.last().map(|(_, value)| value),
    };
    let row = |series: &Series| {
        let value = value(series).map_or_else(|| crate::ui::format::NONE.to_owned(), |value| plot.unit.write(value));
        // Classes of a swatch are those of the line, without the `s`.
        let swatch = draw::class(series).trim_start_matches("s ").to_owned();
        view! { <li><Swatch class=swatch/>{series.label.clone()}" "<b>{value}</b></li> }
    };
    let line = |class: &'static str, line: &Option<Limit>| {
        line.as_ref().map(|line| {
            let value = plot.unit.tick(line.value);
            view! { <li><Swatch class=class.to_owned()/>{class}" "<b>{value}</b></li> }
        })
    };
    let rows = plot
        .series
        .iter()
        .filter(|series| series.stroke != Stroke::Plan)
        .map(row)
        .collect_view();
    view! { <ul class="legend">{rows}{line("limit", &plot.limit)}{line("goal", &plot.goal)}</ul> }.into_any()
}

#[component]
fn Swatch(class: String) -> impl IntoView {
    view! { <svg class="sw" viewBox="0 0 18 10" aria-hidden="true"><path class=class d="M0 5h18"></path></svg> }
}

/// The strip of pennants. Those too near to one another stand in rows.
fn flags(data: &Instrument, zone: &Zone) -> AnyView {
    let span = Span {
        from: data.from,
        to: data.to,
    };
    let marks: Vec<_> = data.marks.iter().filter(|mark| span.holds(mark.at)).collect();
    let places: Vec<f64> = marks.iter().map(|mark| span.place(mark.at)).collect();
    let rows = in_rows(&places, 4.0);
    let height = 26.0 + 13.0 * rows.iter().max().map_or(0.0, |row| f64::from(*row));
    let mut sheet = Sheet::default();
    for ((mark, place), row) in marks.iter().zip(&places).zip(&rows) {
        sheet.pennant(*place, 5.0 + 13.0 * f64::from(*row), height, &mark.letter, mark.bad);
        if mark.bad {
            let words = zone.write(mark.at, Stamp::Second);
            sheet.text("halo limit-t", *place, 26.0, 15.0 + 13.0 * f64::from(*row), &words);
        }
    }
    if let Some(now) = data.now.filter(|now| span.holds(*now)) {
        let place = span.place(now);
        sheet.upright("now-l", place, 6.0, height);
        let (class, dx) = if place > 82.0 {
            ("now-t fin halo", -5.0)
        } else {
            ("now-t halo", 5.0)
        };
        sheet.text(
            class,
            place,
            dx,
            15.0,
            &format!("now {}", zone.write(now, Stamp::Second)),
        );
    }
    let label = format!("{} marks, explained below the charts", marks.len());
    view! { <svg class="chart" height=height.to_string() role="img" aria-label=label inner_html=sheet.done()></svg> }
        .into_any()
}

/// The row of each place (in order), so that no two in a row are nearer than `least` per cent.
fn in_rows(places: &[f64], least: f64) -> Vec<u8> {
    let mut ends: Vec<f64> = Vec::new();
    let mut rows = Vec::with_capacity(places.len());
    for place in places {
        let free = ends.iter().position(|end| place - end >= least);
        let row = free.unwrap_or_else(|| {
            ends.push(f64::NEG_INFINITY);
            ends.len() - 1
        });
        ends[row] = *place;
        rows.push(u8::try_from(row.min(4)).unwrap_or(4));
    }
    rows
}

fn explained(data: &Instrument, zone: &Zone) -> Option<AnyView> {
    let item = |mark: &super::Mark| {
        let class = if mark.bad { "flagk bad" } else { "flagk" };
        let words = format!(" {} {}", zone.write(mark.at, Stamp::Second), mark.text);
        view! { <li><span class=class>{mark.letter.clone()}</span>{words}</li> }
    };
    let items = data.marks.iter().map(item).collect_view();
    (!data.marks.is_empty()).then(|| view! { <ul class="marks">{items}</ul> }.into_any())
}

/// The sentence that is read out for a moment.
fn said(data: &Instrument, at: DateTime<Utc>, clock: Clock) -> String {
    let mut words = clock.write(at, Stamp::Second);
    for plot in &data.plots {
        for series in plot.series.iter().filter(|series| series.stroke != Stroke::Plan) {
            if let Some(value) = read::value_at(series, at) {
                words.push_str(&format!(", {} {} {}", plot.title, series.label, plot.unit.write(value)));
            }
        }
    }
    words
}

/// The values in a table, behind a disclosure.
pub(super) fn table(plots: &[Plot], moments: &[DateTime<Utc>], clock: Clock) -> AnyView {
    let columns: Vec<(&Plot, &Series)> = plots
        .iter()
        .flat_map(|plot| plot.series.iter().map(move |series| (plot, series)))
        .filter(|(_, series)| series.stroke != Stroke::Plan)
        .collect();
    let head = columns
        .iter()
        .map(|(plot, series)| view! { <th scope="col" class="num">{format!("{}, {}", plot.title, series.label)}</th> })
        .collect_view();
    let rows = read::rows(moments, ROWS);
    let caption = match rows.len() {
        few if few < moments.len() => format!("{few} of {} measurements", moments.len()),
        all => format!("{all} measurements"),
    };
    let long = moments
        .first()
        .zip(moments.last())
        .is_some_and(|(first, last)| (*last - *first).num_days() > 0);
    let stamp = if long { Stamp::Day } else { Stamp::Second };
    let row = |at: &DateTime<Utc>| {
        let cells = columns
            .iter()
            .map(|(plot, series)| {
                let value = read::value_at(series, *at);
                let words = value.map_or_else(|| crate::ui::format::NONE.to_owned(), |value| plot.unit.write(value));
                view! { <td class="num">{words}</td> }
            })
            .collect_view();
        view! { <tr><th scope="row">{clock.write(*at, stamp)}</th>{cells}</tr> }
    };
    let body = rows.iter().map(row).collect_view();
    view! {
        <details class="astable">
            <summary>"Show as table"</summary>
            <div class="scroll" role="region" aria-label="Values" tabindex="0">
                <table>
                    <caption>{caption}</caption>
                    <thead><tr><th scope="col">"Time"</th>{head}</tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

/// Where the pointer is, in per cent of the chart's width.
#[cfg(feature = "hydrate")]
pub(super) fn place_of(event: &PointerEvent) -> Option<f64> {
    use leptos::wasm_bindgen::JsCast;
    let chart: web_sys::Element = event.current_target()?.dyn_into().ok()?;
    let bounds = chart.get_bounding_client_rect();
    let width = bounds.width();
    (width > 0.0).then(|| (f64::from(event.client_x()) - bounds.left()) / width * 100.0)
}

/// On the server nobody points.
#[cfg(not(feature = "hydrate"))]
pub(super) fn place_of(_event: &PointerEvent) -> Option<f64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_pennants_stand_in_rows() {
        assert_eq!(in_rows(&[1.0, 10.0, 11.0, 12.0, 20.0], 4.0), [0, 0, 1, 2, 0]);
        assert!(in_rows(&[], 4.0).is_empty());
    }
}
