//! The page itself. A complete document: no wasm, no script, one small style sheet.

use super::{component_words, days, incident_words, overall_words};
use chrono::{DateTime, TimeDelta, Utc};
use domain::incident::{IncidentState, Severity, Update};
use domain::status::{ComponentLine, ComponentState, PublicIncident, StatusPage, overall};
use leptos::prelude::*;

/// The outlines that the page uses: tick, triangle, octagon with bars, clock.
const SYMBOLS: &str = concat!(
    r#"<symbol id="p" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="currentColor"/><path class="cut" stroke-width="1.75" d="m4.8 8.2 2.2 2.3 4.2-4.8"/></symbol>"#,
    r#"<symbol id="h" viewBox="0 0 16 16"><path fill="currentColor" d="M8 1.5 15.2 14H.8Z"/><path class="cut" stroke-width="1.75" d="M8 6v4M8 11.2v1.4"/></symbol>"#,
    r#"<symbol id="f" viewBox="0 0 16 16"><path fill="currentColor" d="M8 .8 15.2 8 8 15.2.8 8Z"/><path class="cut" stroke-width="1.75" d="m5.7 5.7 4.6 4.6M10.3 5.7l-4.6 4.6"/></symbol>"#,
    r#"<symbol id="m" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path fill="none" stroke="currentColor" stroke-width="1.5" d="M8 4.5V8l2.4 1.6"/></symbol>"#,
);

/// The whole document. Everything that came from people is escaped.
pub fn public_page(page: &StatusPage, now: DateTime<Utc>, css: &str) -> String {
    let title = format!("{} status", page.name);
    let body = Owner::new().with(|| document(page, now, css, &title).to_html());
    format!("<!doctype html>{body}")
}

fn document(page: &StatusPage, now: DateTime<Utc>, css: &str, title: &str) -> impl IntoView + use<> {
    let state = overall(&page.components);
    let say = format!("say {}", tone(state));
    view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>{title.to_owned()}</title>
                <link rel="icon" href="/mark.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=css.to_owned() />
            </head>
            <body class="no-nav">
                <svg class="sprite" aria-hidden="true" inner_html=SYMBOLS></svg>
                <a class="skip" href="#main">"Skip to content"</a>
                <div class="pub-page">
                    <header class="pub-head">
                        <h1>{title.to_owned()}</h1>
                    </header>
                    <main id="main">
                        <section class="now-state" aria-labelledby="h-now">
                            <h2 class="vh" id="h-now">"Now"</h2>
                            <p class=say>{glyph(state)} <span>{overall_words(&page.components)}</span></p>
                            <p class="meta">{moment(now)} ". " <a href="/status">"Look again"</a></p>
                        </section>
                        {current(&page.open)}
                        {components(&page.components)}
                        {past(&page.past)}
                    </main>
                    <footer class="sec meta">
                        <p>"Times in UTC. Kept by Slipway."</p>
                    </footer>
                </div>
            </body>
        </html>
    }
}

fn tone(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "is-pass",
        ComponentState::UnderMaintenance => "is-wait",
        ComponentState::DegradedPerformance => "is-hold",
        ComponentState::PartialOutage | ComponentState::MajorOutage => "is-fail",
    }
}

fn glyph(state: ComponentState) -> impl IntoView + use<> {
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

fn moment(at: DateTime<Utc>) -> impl IntoView + use<> {
    view! { <time datetime=at.format("%Y-%m-%dT%H:%M:%SZ").to_string()>{at.format("%a %-d %b %Y, %H:%M UTC").to_string()}</time> }
}

fn current(open: &[PublicIncident]) -> impl IntoView + use<> {
    (!open.is_empty()).then(|| {
        let title = if open.len() == 1 {
            "Current incident"
        } else {
            "Current incidents"
        };
        let articles = open.iter().map(article).collect_view();
        view! {
            <section class="sec first" aria-labelledby="h-cur">
                <div class="bar">
                    <h2 id="h-cur">{title}</h2>
                </div>
                {articles}
            </section>
        }
    })
}

fn article(incident: &PublicIncident) -> impl IntoView + use<> {
    let class = if incident.severity == Severity::Critical {
        "pub-inc out"
    } else {
        "pub-inc"
    };
    let updates = incident.updates.iter().map(update).collect_view();
    view! {
        <article class=class id=format!("inc-{}", incident.number)>
            <h3>{incident.title.clone()}</h3>
            <p class="meta">{incident.component.clone()} " affected since " {moment(incident.started_at)}</p>
            <ol class="updates">{updates}</ol>
        </article>
    }
}

fn update(update: &Update) -> impl IntoView + use<> {
    view! {
        <li>
            <p>
                <b>{incident_words(update.state)}</b>
                <br />
                <time class="meta" datetime=update.at.format("%Y-%m-%dT%H:%M:%SZ").to_string()>
                    {update.at.format("%-d %b %H:%M UTC").to_string()}
                </time>
            </p>
            <p>{update.body.clone()}</p>
        </li>
    }
}

fn components(components: &[ComponentLine]) -> impl IntoView + use<> {
    let lines = components.iter().map(component).collect_view();
    let none = components.is_empty().then(|| {
        view! { <p class="none">"A service that customers see stands here once it is set up."</p> }
    });
    view! {
        <section class="sec" aria-labelledby="h-comp">
            <div class="bar">
                <h2 id="h-comp">"Components"</h2>
                <span class="end">"Share of time in working order, 90 days"</span>
            </div>
            <ul>{lines}</ul>
            {none}
            <p class="key-row">
                {key("ok", 9, "Operational")} {key("mnt", 9, "Maintenance")} {key("part", 13, "Degraded, taller")}
                {key("out", 16, "Outage, full height")} {key("nil", 2, "Not known")}
            </p>
        </section>
    }
}

fn component(line: &ComponentLine) -> impl IntoView + use<> {
    let paths = days::paths(&line.days);
    let share = days::availability(&line.days).map(|share| crate::ui::format::share_to(share, 2));
    let first = line.days.first().map(|day| day.date.format("%-d %b").to_string());
    view! {
        <li class="comp">
            <div class="top">
                <h4>{line.name.clone()}</h4>
                <span class=format!("state {}", tone(line.state))>{glyph(line.state)} {component_words(line.state)}</span>
            </div>
            <svg
                class="days"
                viewBox=format!("0 0 {} {}", days::width(&line.days), days::HEIGHT)
                preserveAspectRatio="none"
                role="img"
                aria-label=days::sentence(&line.name, &line.days)
            >
                <path class="ok" d=paths.ok></path>
                <path class="part" d=paths.part></path>
                <path class="out" d=paths.out></path>
                <path class="mnt" d=paths.maintained></path>
                <path class="nil" d=paths.unknown></path>
            </svg>
            <p class="scale">
                <span>{first}</span>
                <span>{share}</span>
                <span>"Today"</span>
            </p>
        </li>
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

fn past(past: &[PublicIncident]) -> impl IntoView + use<> {
    let rows = past
        .iter()
        .map(|incident| {
            let lasted = incident
                .resolved_at
                .map(|end| crate::ui::format::rough((end - incident.started_at).max(TimeDelta::zero())));
            let last = incident
                .updates
                .iter()
                .find(|update| update.state == IncidentState::Resolved)
                .map(|update| update.body.clone());
            view! {
                <li class="is-pass">
                    {glyph(ComponentState::Operational)}
                    <p class="what">
                        <b>{incident.title.clone()}</b>
                        <br />
                        <span class="more">{lasted.map(|lasted| format!("Resolved after {lasted}. "))} {last}</span>
                    </p>
                    <span class="age">{incident.started_at.format("%a %-d %b").to_string()}</span>
                </li>
            }
        })
        .collect_view();
    let body = if past.is_empty() {
        view! { <p class="none">"No incident in the last 14 days."</p> }.into_any()
    } else {
        view! { <ul class="list">{rows}</ul> }.into_any()
    };
    view! {
        <section class="sec" aria-labelledby="h-past">
            <div class="bar">
                <h2 id="h-past">"Past incidents"</h2>
                <span class="end">"14 days"</span>
            </div>
            {body}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::By;

    fn page() -> StatusPage {
        let at: DateTime<Utc> = "2026-01-15T10:24:00Z".parse().expect("a time");
        StatusPage {
            name: "Shop <b>".into(),
            components: vec![ComponentLine {
                name: "Storefront".into(),
                description: String::new(),
                state: ComponentState::DegradedPerformance,
                since: at,
                days: domain::status::days(
                    &[(at, ComponentState::DegradedPerformance)],
                    at + TimeDelta::minutes(5),
                    90,
                ),
            }],
            open: vec![PublicIncident {
                number: 7,
                title: "Errors <script>alert(1)</script>".into(),
                component: "Storefront".into(),
                state: IncidentState::Identified,
                severity: Severity::High,
                started_at: at,
                resolved_at: None,
                updates: vec![Update {
                    state: IncidentState::Identified,
                    body: "We & you".into(),
                    at,
                    by: By::Engine,
                }],
            }],
            past: Vec::new(),
            updated_at: at,
        }
    }

    #[test]
    fn what_people_wrote_is_escaped_and_nothing_runs() {
        let page = page();
        let html = public_page(&page, page.updated_at, "/pkg/status.abc.css");
        assert!(html.starts_with("<!doctype html><html"));
        assert!(!html.contains("<script"), "no script, whoever wrote it");
        assert!(html.contains("Errors &lt;script&gt;") && html.contains("We &amp; you"));
        assert!(html.contains("Storefront is degraded.") && html.contains("/pkg/status.abc.css"));
        assert!(html.contains("No incident in the last 14 days."));
    }

    #[test]
    fn it_stays_small() {
        let mut page = page();
        page.components = vec![page.components[0].clone(); 12];
        assert!(public_page(&page, page.updated_at, "x").len() < 50_000);
    }
}
