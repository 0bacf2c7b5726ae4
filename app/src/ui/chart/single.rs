//! A chart that stands alone, with its own axis of time.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::draw::{self, Around};
use super::scale::Span;
use super::{Mark, Plot, read, strips};
use crate::ui::time::{Clock, Stamp, use_clock};

/// One chart over time with its axis; the caption above it is the plot's title.
#[component]
pub fn TimeChart(
    /// What it shows.
    #[prop(into)]
    plot: Signal<Plot>,
    /// Left end.
    #[prop(into)]
    from: Signal<DateTime<Utc>>,
    /// Right end.
    #[prop(into)]
    to: Signal<DateTime<Utc>>,
    /// The now-line.
    #[prop(optional, into)]
    now: MaybeProp<DateTime<Utc>>,
    /// What happened.
    #[prop(optional, into)]
    marks: Signal<Vec<Mark>>,
    /// With names and values above the chart, which then also reads the pointer's moment.
    #[prop(optional)]
    legend: bool,
    /// With names and values at the ends of the series.
    #[prop(optional)]
    ends: bool,
    /// With the values in a table below.
    #[prop(optional)]
    tabled: bool,
) -> impl IntoView {
    let clock = use_clock();
    let at = RwSignal::new(None::<DateTime<Utc>>);
    let span = move || Span {
        from: from.get(),
        to: to.get(),
    };
    let moments = Memo::new(move |_| plot.with(|plot| read::moments(std::slice::from_ref(plot), span())));
    let drawing = move || {
        let (zone, marks) = (clock.zone(), marks.get());
        let around = Around {
            span: span(),
            now: now.get(),
            marks: &marks,
            zone: &zone,
            axis: true,
            ends,
        };
        plot.with(|plot| draw::plot(plot, &around))
    };
    let cross = move || match at.get() {
        Some(at) => plot.with(|plot| {
            let words = words_at(clock, span(), at);
            read::cross(plot, span(), &draw::levels(plot), at, Some(&words))
        }),
        None => String::new(),
    };
    view! {
        <figure class="chart-box" on:pointerleave=move |_| at.set(None)>
            <figcaption>
                {move || plot.with(|plot| plot.title.clone())}
                {move || legend.then(|| plot.with(|plot| strips::legend(plot, at.get())))}
            </figcaption>
            <svg
                class="chart"
                height=move || plot.with(|plot| draw::height(plot, true).to_string())
                role="img"
                aria-label=move || plot.with(Plot::spoken)
                on:pointermove=move |event| if let Some(place) = strips::place_of(&event).filter(|_| legend) {
                    at.set(moments.with_untracked(|moments| read::nearest(moments, span(), place)));
                }
            >
                <g inner_html=drawing></g>
                <g inner_html=cross></g>
            </svg>
            {move || tabled.then(|| plot.with(|plot| {
                strips::table(std::slice::from_ref(plot), &moments.get(), clock)
            }))}
        </figure>
    }
    .into_any()
}

/// The moment below the hairline: its day where the chart spans days.
fn words_at(clock: Clock, span: Span, at: DateTime<Utc>) -> String {
    let long = span.to - span.from > TimeDelta::days(1);
    clock.write(at, if long { Stamp::Day } else { Stamp::Second })
}
