//! What waits for the reader.

use crate::ui::{Ago, Empty, Glyph, GlyphMark};
use domain::home::Waits;
use leptos::prelude::*;

/// The list, or a quiet word.
#[component]
pub fn WaitsList(waits: Vec<Waits>) -> impl IntoView {
    if waits.is_empty() {
        return view! { <Empty title="Nothing waits for you.">"Approvals, decisions and reports that need you stand here."</Empty> }.into_any();
    }
    view! { <ul class="list">{waits.into_iter().map(|wait| view! { <Wait wait /> }).collect_view()}</ul> }.into_any()
}

#[component]
fn Wait(wait: Waits) -> impl IntoView {
    let (glyph, tone, href, title, more, since) = match wait {
        Waits::Approve {
            service,
            version,
            environment,
            since,
        } => (
            Glyph::Wait,
            "is-run",
            format!("/releases/{service}/{version}?tab=approvals"),
            format!("Approve {service} {version}"),
            format!("For {environment}. You see exactly what will run."),
            since,
        ),
        Waits::Decide { deployment, since } => (
            Glyph::Hold,
            "is-hold",
            format!("/deployments/{}", deployment.number),
            format!("Decide on {} {}", deployment.service, deployment.version),
            format!("Paused in {}.", deployment.environment),
            since,
        ),
        Waits::Report { incident, since } => (
            Glyph::Say,
            "is-wait",
            format!("/incidents/{}", incident.number),
            format!("Finish the report of INC-{}", incident.number),
            format!("{}. Root cause is empty.", incident.title),
            since,
        ),
    };
    view! {
        <li class=tone>
            <GlyphMark name=glyph />
            <p class="what">
                <a href=href>{title}</a>
                <br />
                <span class="more">{more}</span>
            </p>
            <span class="age">
                <Ago at=since />
            </span>
        </li>
    }
}
