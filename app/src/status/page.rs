//! The page itself. A complete document: no wasm, no script, one small style sheet.

use super::components::{components, glyph, tone};
use super::{incident_words, overall_words, untold};
use chrono::{DateTime, TimeDelta, Utc};
use domain::incident::{IncidentState, Severity, Update};
use domain::status::{ComponentState, PublicIncident, StatusPage, overall};
use leptos::prelude::*;

/// The outlines that the page uses: tick, triangle, diamond, clock; and the hatch of days without data.
const SYMBOLS: &str = concat!(
    r#"<symbol id="p" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="currentColor"/><path class="cut" stroke-width="1.75" d="m4.8 8.2 2.2 2.3 4.2-4.8"/></symbol>"#,
    r#"<symbol id="h" viewBox="0 0 16 16"><path fill="currentColor" d="M8 1.5 15.2 14H.8Z"/><path class="cut" stroke-width="1.75" d="M8 6v4M8 11.2v1.4"/></symbol>"#,
    r#"<symbol id="f" viewBox="0 0 16 16"><path fill="currentColor" d="M8 .8 15.2 8 8 15.2.8 8Z"/><path class="cut" stroke-width="1.75" d="m5.7 5.7 4.6 4.6M10.3 5.7l-4.6 4.6"/></symbol>"#,
    r#"<symbol id="m" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path fill="none" stroke="currentColor" stroke-width="1.5" d="M8 4.5V8l2.4 1.6"/></symbol>"#,
    r#"<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch-l" d="M0 0v6"/></pattern>"#,
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
    let said = untold(&page.components, &page.open, now)
        .into_iter()
        .map(|sentence| view! { <p>{sentence}</p> })
        .collect_view();
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
                            {said}
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

/// One of the past: what it was, how long it took, how it ended, and when it began.
fn ended(incident: &PublicIncident) -> impl IntoView + use<> {
    let lasted = incident
        .resolved_at
        .map(|end| crate::ui::format::rough((end - incident.started_at).max(TimeDelta::zero())));
    let last = incident
        .updates
        .iter()
        .find(|update| update.state == IncidentState::Resolved)
        .map(|update| update.body.clone());
    let began = incident.started_at;
    view! {
        <li class="is-pass">
            {glyph(ComponentState::Operational)}
            <p class="what">
                <b>{incident.title.clone()}</b>
                <br />
                <span class="more">{lasted.map(|lasted| format!("Resolved after {lasted}. "))} {last}</span>
            </p>
            <time class="age" datetime=began.format("%Y-%m-%dT%H:%M:%SZ").to_string()>
                {began.format("%a %-d %b, %H:%M").to_string()}
            </time>
        </li>
    }
}

fn past(past: &[PublicIncident]) -> impl IntoView + use<> {
    let rows = past.iter().map(ended).collect_view();
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
    use domain::status::ComponentLine;

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
    fn a_degraded_part_without_an_update_has_its_sentence() {
        let mut page = page();
        let sentence = "Storefront has been degraded since 10:24 UTC. We are looking into it.";
        assert!(
            !public_page(&page, page.updated_at, "x").contains(sentence),
            "its incident tells"
        );
        page.open.clear();
        assert!(public_page(&page, page.updated_at, "x").contains(sentence));
    }

    #[test]
    fn days_without_data_and_the_start_of_past_incidents_are_said() {
        let mut page = page();
        let mut over = page.open.remove(0);
        over.resolved_at = Some(over.started_at + TimeDelta::seconds(21));
        page.past.push(over);
        let html = public_page(&page, page.updated_at, "x");
        for said in [
            "no data",
            "0.00\u{a0}% of 1 known day",
            "Thu 15 Jan, 10:24",
            "Resolved after 21\u{a0}s.",
        ] {
            assert!(html.contains(said), "{said} is missing in {html}");
        }
    }

    #[test]
    fn it_stays_small() {
        let mut page = page();
        page.components = vec![page.components[0].clone(); 12];
        assert!(public_page(&page, page.updated_at, "x").len() < 50_000);
    }
}
