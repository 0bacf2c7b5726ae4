//! The components: each with its state, its share of time in working order, and its last 90 days.

use super::{component_words, days};
use domain::status::{ComponentLine, ComponentState};
use leptos::prelude::*;

/// The class that gives a state its colour.
pub(super) fn tone(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "is-pass",
        ComponentState::UnderMaintenance => "is-wait",
        ComponentState::DegradedPerformance => "is-hold",
        ComponentState::PartialOutage | ComponentState::MajorOutage => "is-fail",
    }
}

/// The outline of a state.
pub(super) fn glyph(state: ComponentState) -> impl IntoView + use<> {
    let href = match state {
        ComponentState::Operational => "#p",
        ComponentState::UnderMaintenance => "#m",
        ComponentState::DegradedPerformance => "#h",
        ComponentState::PartialOutage | ComponentState::MajorOutage => "#f",
    };
    view! {
        <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">
            <use href=href></use>
        </svg>
    }
}

/// All components, and what their bars mean.
pub(super) fn components(components: &[ComponentLine]) -> impl IntoView + use<> {
    let lines = components.iter().map(component).collect_view();
    let none = components.is_empty().then(|| {
        view! { <p class="none">"A service that customers see stands here once it is set up."</p> }
    });
    view! {
        <section class="sec" aria-labelledby="h-comp">
            <div class="bar">
                <h2 id="h-comp">"Components"</h2>
                <span class="end">"Share of time in working order, last 90 days"</span>
            </div>
            <ul>{lines}</ul>
            {none}
            <p class="key-row">
                {key("ok", 9, "Operational")} {key("mnt", 9, "Maintenance")} {key("part", 13, "Degraded")}
                {key("out", 16, "Outage")} {key("nil", 16, "No data")}
            </p>
        </section>
    }
}

fn component(line: &ComponentLine) -> impl IntoView + use<> {
    let first = line.days.first().map(|day| day.date.format("%-d %b").to_string());
    view! {
        <li class="comp">
            <div class="top">
                <h4>{line.name.clone()}</h4>
                <span class="meta">{days::share(&line.days)}</span>
                <span class=format!("state {}", tone(line.state))>{glyph(line.state)} {component_words(line.state)}</span>
            </div>
            {drawing(line)}
            <p class="scale">
                <span>{first}</span>
                <span>"Today"</span>
            </p>
        </li>
    }
}

/// The hatch and its words keep their size at every width; the bars lie in a stretched drawing of their own.
fn drawing(line: &ComponentLine) -> impl IntoView + use<> {
    let paths = days::paths(&line.days);
    let gaps = days::gaps(&line.days).into_iter().map(gap).collect_view();
    view! {
        <svg class="days" role="img" aria-label=days::sentence(&line.name, &line.days)>
            {gaps}
            <svg viewBox=format!("0 0 {} {}", days::width(&line.days), days::HEIGHT) preserveAspectRatio="none">
                <path class="ok" d=paths.ok></path>
                <path class="part" d=paths.part></path>
                <path class="out" d=paths.out></path>
                <path class="mnt" d=paths.maintained></path>
            </svg>
        </svg>
    }
}

fn gap(gap: days::Gap) -> impl IntoView + use<> {
    let words = gap.named.then(|| {
        let middle = format!("{:.2}%", gap.from + gap.width / 2.0);
        view! { <text x=middle y="50%">"no data"</text> }
    });
    view! {
        <rect class="nil" x=format!("{:.2}%", gap.from) width=format!("{:.2}%", gap.width) height="100%"></rect>
        {words}
    }
}

fn key(class: &'static str, height: u32, words: &'static str) -> impl IntoView + use<> {
    view! {
        <span>
            <svg viewBox="0 0 8 16" aria-hidden="true" class="days">
                <rect class=class y=(16 - height).to_string() width="7" height=height.to_string()></rect>
            </svg>
            {words}
        </span>
    }
}
