//! Canary against stable: traffic, errors, latency and requests over one axis of time.

use chrono::{DateTime, Utc};
use domain::analysis::MetricKind;
use domain::deployment::DeploymentPage;
use leptos::prelude::*;

use super::series::{PointBatch, plots};
use super::view::{ahead, marks, span};
use crate::ui::chart::{Instrument, Strips};
use crate::ui::{Section, use_clock};

/// The instrument of the console.
#[component]
pub fn Charts(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
    /// Its points.
    points: RwSignal<PointBatch>,
) -> impl IntoView {
    let now = ticks(page);
    let data = Memo::new(move |_| {
        let now = now.get();
        page.with(|page| points.with(|points| instrument(page, points, now)))
    });
    let zone = use_clock();
    let end = move || format!("{}, thinned to what can be seen", zone.zone().suffix(now.get()));
    let begun = Memo::new(move |_| page.with(|page| page.deployment.started_at.is_some()));
    let body = move || match begun.get() {
        true => view! { <Strips data=Signal::from(data) /> }.into_any(),
        false => view! { <p class="meta">"The charts begin with the deployment."</p> }.into_any(),
    };
    view! {
        <Section id="charts" title="Canary against stable" end=move || end>
            {body}
        </Section>
    }
    .into_any()
}

/// Now, no more often than a chart of this length can show; the end of a deployment that has ended.
fn ticks(page: Signal<DeploymentPage>) -> Memo<DateTime<Utc>> {
    let clock = use_clock();
    Memo::new(move |_| {
        let (from, ended) = page.with(|page| {
            let deployment = &page.deployment;
            (
                deployment.started_at.unwrap_or(deployment.requested_at),
                deployment.run.ended_at,
            )
        });
        if let Some(ended) = ended {
            return ended;
        }
        let now = clock.now();
        let step = ((now - from).num_seconds() / 300).max(1);
        let seconds = now.timestamp() - now.timestamp().rem_euclid(step);
        DateTime::from_timestamp(seconds, 0).unwrap_or(now)
    })
}

/// All four charts with their marks.
fn instrument(page: &DeploymentPage, points: &PointBatch, now: DateTime<Utc>) -> Instrument {
    let deployment = &page.deployment;
    let (plan, run) = (&deployment.plan, &deployment.run);
    let (from, to) = span(page, now);
    let rule = plan
        .analysis
        .metrics
        .iter()
        .find(|rule| rule.kind == MetricKind::ErrorRate);
    let limit = rule.and_then(|rule| rule.limit);
    Instrument {
        from,
        to,
        now: run.ended_at.is_none().then_some(now),
        marks: marks(page),
        plots: plots(points, limit, ahead(plan, run, now), now),
    }
}
