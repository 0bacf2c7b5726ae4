//! Canary against stable: traffic, errors, latency and requests over one axis of time.

use chrono::{DateTime, Utc};
use domain::analysis::MetricKind;
use domain::deployment::DeploymentPage;
use leptos::prelude::*;

use super::series::{PointBatch, all_at_once, instead, plots, stable_alone};
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
    let instead = Memo::new(move |_| page.with(|page| points.with(|points| instead(&page.deployment, points))));
    let end = move || instead.with(Option::is_none).then(|| zone.zone().suffix(now.get()));
    let body = move || match instead.get() {
        None => view! { <Strips data=Signal::from(data) /> }.into_any(),
        Some(words) => view! { <p class="meta">{words}</p> }.into_any(),
    };
    let title = page.with_untracked(|page| match all_at_once(&page.deployment.plan) {
        true => "Charts",
        false => "Canary against stable",
    });
    view! {
        <Section id="charts" title end=move || end>
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
    let mut plots = plots(points, limit, ahead(plan, run, now), now);
    if all_at_once(plan) {
        plots = stable_alone(plots);
    }
    Instrument {
        from,
        to,
        now: run.ended_at.is_none().then_some(now),
        marks: marks(page),
        plots,
    }
}
