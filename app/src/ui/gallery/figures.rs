//! Charts of the gallery, over figures that a small formula makes: the same on every rendering.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::now;
use crate::ui::chart::days_svg;
use crate::ui::*;

/// A value that wavers around `middle` by up to `by`, the same for the same place.
fn waver(n: i32, middle: f64, by: f64) -> f64 {
    let n = f64::from(n);
    middle + by * ((n * 1.7).sin() * 0.5 + (n * 0.61).cos() * 0.3 + (n * 4.3).sin() * 0.2)
}

fn start() -> DateTime<Utc> {
    now() - TimeDelta::seconds(1_100)
}

/// A point each ten seconds, from a second after the start until now.
fn wavering(from: i32, middle: f64, by: f64) -> Vec<(DateTime<Utc>, Option<f64>)> {
    let at = |n: i32| start() + TimeDelta::seconds(i64::from(n) * 10);
    (from / 10..=110)
        .map(|n| (at(n), Some(waver(n, middle, by).max(0.0))))
        .collect()
}

fn after(seconds: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(seconds)
}

fn weights() -> Plot {
    let canary = vec![(start(), Some(0.0)), (after(570), Some(10.0)), (after(870), Some(25.0))];
    let plan = vec![
        (now(), Some(25.0)),
        (after(1_170), Some(50.0)),
        (after(1_470), Some(100.0)),
        (after(1_560), Some(100.0)),
    ];
    Plot::new("Traffic weight", Unit::Percent)
        .height(92)
        .at_least(100.0)
        .with(Series::new("canary", Variant::Canary, canary).steps().filled())
        .with(Series::new("plan", Variant::Canary, plan).steps().stroke(Stroke::Plan))
        .sentence("Canary traffic: 10 % from 10:08:30, 25 % from 10:13:30; 50 % and 100 % are planned")
}

fn errors() -> Plot {
    Plot::new("Error rate, 5xx", Unit::Share)
        .with(Series::new("canary", Variant::Canary, wavering(570, 0.009, 0.007)))
        .with(Series::new("stable", Variant::Stable, wavering(0, 0.004, 0.002)))
        .limit(0.05, "limit 5 %")
}

fn latency() -> Plot {
    Plot::new("Latency", Unit::Millis)
        .with(Series::new("stable p95", Variant::Stable, wavering(0, 198.0, 12.0)))
        .with(Series::new("canary p95", Variant::Canary, wavering(570, 212.0, 16.0)))
        .with(Series::new("p99", Variant::Canary, wavering(570, 540.0, 50.0)).stroke(Stroke::Dots))
        .with(Series::new("p50", Variant::Stable, wavering(0, 97.0, 5.0)).stroke(Stroke::Thin))
}

fn requests() -> Plot {
    let mut points = wavering(0, 110.0, 8.0);
    for (_, value) in points.iter_mut().skip(34).take(12) {
        *value = None;
    }
    Plot::new("Requests per s", Unit::Count)
        .height(82)
        .with(Series::new("stable", Variant::Stable, points))
}

fn marks() -> Vec<ChartMark> {
    let mark = |seconds: i64, letter: &str, text: &str, bad: bool| ChartMark {
        at: after(seconds),
        letter: letter.to_owned(),
        text: text.to_owned(),
        bad,
    };
    vec![
        mark(64, "A", "started by Ana Ruiz", false),
        mark(362, "B", "backup verified, migration begins", false),
        mark(570, "C", "canary at 10 %", false),
        mark(600, "D", "first analysis", false),
        mark(870, "E", "canary at 25 %", false),
    ]
}

pub(super) fn instrument_section() -> AnyView {
    let data = Instrument {
        from: start(),
        to: after(1_560),
        now: Some(now()),
        marks: marks(),
        plots: vec![weights(), errors(), latency(), requests()],
    };
    view! {
        <Section id="instrument" title="One instrument" end=|| "UTC, 10 s a point">
            <Strips data/>
        </Section>
    }
    .into_any()
}

pub(super) fn metrics() -> AnyView {
    let week = |n: i64| now() - TimeDelta::weeks(12 - n);
    let lead: Vec<(DateTime<Utc>, Option<f64>)> = (0..13)
        .zip(0_i32..)
        .map(|(n, i)| (week(n), (n != 8).then(|| waver(i, 62.0, 20.0) - f64::from(i))))
        .collect();
    let quartiles = lead
        .iter()
        .map(|(at, value)| (*at, value.map(|value| (value * 0.6, value * 1.5))))
        .collect();
    let mut plot = Plot::new("Median a week, quartiles shaded", Unit::Named("min"))
        .height(98)
        .with(Series::new("lead time", Variant::Other, lead).dotted())
        .goal(60.0, "goal under 1 h");
    plot.band = quartiles;
    let bars = [
        ("15 min", 61.0),
        ("30", 148.0),
        ("1 h", 132.0),
        ("4 h", 84.0),
        ("1 day", 38.0),
    ];
    let mut bars: Vec<Bar> = bars.into_iter().map(|(label, value)| Bar::new(label, value)).collect();
    bars.push(Bar::new("more", 23.0).bad());
    view! {
        <Section id="metrics" title="A figure with its trend" end=|| "Each opens the rows it is made of">
            <article class="metric">
                <div>
                    <h3>"Change lead time"</h3>
                    <p class="big">"41 "<small>"min, median"</small></p>
                    <p><State glyph=Glyph::Pass>"Within the goal"</State>", was 52 min"</p>
                    <span class="meta">"Commit to running in production. "<a href="#metrics">"486 changes"</a></span>
                </div>
                <div><TimeChart plot from=week(0) - TimeDelta::days(4) to=week(12) + TimeDelta::days(10) tabled=true/></div>
                <div>
                    <BarChart title="Changes by lead time" bars goal=Threshold { after: 3, label: "goal".to_owned() }/>
                </div>
            </article>
        </Section>
    }
    .into_any()
}

pub(super) fn small() -> AnyView {
    let hours = |n: i64| now() - TimeDelta::seconds(4 * 3_600 + 1_040) + TimeDelta::hours(n);
    let stretch = |from: i64, to: i64, label: &str, kind: StretchKind| Stretch {
        from: hours(from),
        to: hours(to),
        label: label.to_owned(),
        kind,
    };
    let stretches = vec![
        stretch(
            -5,
            40,
            "payments production frozen: card-scheme audit",
            StretchKind::Frozen,
        ),
        stretch(4, 5, "storefront 1.2.3, canary", StretchKind::Canary),
        stretch(8, 9, "search 0.94.1, rolling", StretchKind::Window),
        stretch(11, 14, "peak hours, no production deploys", StretchKind::Frozen),
    ];
    let mut days = vec![DayState::Ok; 90];
    for (n, state) in [
        (12, DayState::Part),
        (13, DayState::Part),
        (40, DayState::Maintenance),
        (67, DayState::Out),
    ] {
        days[n] = state;
    }
    let series = vec![
        Series::new("stable", Variant::Stable, wavering(0, 0.004, 0.002)),
        Series::new("canary", Variant::Canary, wavering(570, 0.009, 0.005)),
    ];
    view! {
        <Section id="small" title="Inside of rows" end=|| "UTC. Hatched: no deploys">
            <ul>
                <li class="flight">
                    <Ramp steps=vec![RampStep::new(25, StepState::Canary), RampStep::new(100, StepState::Todo)]/>
                    <p><a class="name" href="#small">"storefront "<span class="ver">"1.2.3"</span></a>" "
                        <Env tier=Tier::Production name="production"/></p>
                    <p class="why-s">"25 % for another 1 min 10 s, then 50 % if no metric fails."</p>
                    <Spark series from=start() to=now() limit=Limit::new(0.05, "limit 5 %")
                        sentence="Error rate, canary 0.9 %, stable 0.4 %, limit 5 %"/>
                    <LinkButton href="#small">"Watch"</LinkButton>
                </li>
            </ul>
            <Tide stretches from=hours(0) to=hours(16) now=now()/>
            <table class="fall after">
                <tbody>
                    <tr><th scope="row">"Commit to merged"</th><td class="num">"15 min"</td><td><Fall from=0.0 length=0.15 sentence="15 of 99 min"/></td></tr>
                    <tr><th scope="row">"Release to approved"</th><td class="num">"38 min"</td><td><Fall from=0.21 length=0.38 sentence="38 of 99 min"/></td></tr>
                </tbody>
            </table>
            <svg class="days after" viewBox="0 0 900 32" preserveAspectRatio="none" role="img" aria-label="Storefront: 99.94 %" inner_html=days_svg(&days)></svg>
        </Section>
    }
    .into_any()
}
