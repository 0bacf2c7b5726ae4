//! The error rate around the rollback, with the limit and what happened.

use chrono::{DateTime, TimeDelta, Utc};
use domain::event::Event;
use domain::incident::{IncidentPage, Moment};
use leptos::prelude::*;

use crate::deployment::series::{PointBatch, plots};
use crate::event_words::{Names, tell};
use crate::ui::Section;
use crate::ui::chart::{Mark, TimeChart};

/// The chart; nothing where there is no deployment or no sample.
#[component]
pub fn Around(
    /// The incident.
    page: IncidentPage,
    /// Points of the deployment that caused it.
    points: PointBatch,
) -> impl IntoView {
    let shown = (!points.points.is_empty()).then(|| {
        let (from, to) = span(&page, &points);
        let plot = plots(&points, limit(&page), Vec::new(), to)
            .into_iter()
            .nth(1)
            .unwrap_or_default();
        (plot, from, to, marks(&page))
    });
    shown.map(|(plot, from, to, marks)| {
        view! {
            <Section id="around" title="Error rate around the rollback" class="sub">
                <TimeChart plot from to marks legend=true ends=true tabled=true />
            </Section>
        }
    })
}

/// The limit that decided, as the judgement has it.
fn limit(page: &IncidentPage) -> Option<f64> {
    let judgement = page.judgement.as_ref()?;
    judgement.metrics.iter().find_map(|one| match one.evidence.reason {
        domain::analysis::Reason::BeyondLimit { limit } => Some(limit),
        _ => None,
    })
}

/// From two minutes before the start, or the first sample, to a little after the last one; a little earlier still, for the
/// words of the scale.
fn span(page: &IncidentPage, points: &PointBatch) -> (DateTime<Utc>, DateTime<Utc>) {
    let started = page.incident.form.started_at;
    let times = || points.points.iter().map(|point| point.at);
    let first = times().min().unwrap_or(started);
    let last = times().max().unwrap_or(started).min(started + TimeDelta::minutes(15));
    let from = first.max(started - TimeDelta::minutes(2)).min(started);
    let last = last.max(from + TimeDelta::seconds(30));
    (from - (last - from) / 8, last + (last - from) / 4)
}

fn marks(page: &IncidentPage) -> Vec<Mark> {
    let names = Names::of(&page.people);
    let events = page.timeline.iter().filter_map(|moment| match moment {
        Moment::Event(happened) => Some(happened),
        Moment::Update(_) => None,
    });
    let marked = events.filter(|one| {
        matches!(
            one.event,
            Event::WeightReached { .. } | Event::TakingBack { .. } | Event::Restored { .. }
        )
    });
    let mark = |(one, letter): (&domain::event::Happened, char)| Mark {
        at: one.at,
        letter: letter.to_string(),
        text: tell(&one.event, &names).text,
        bad: matches!(one.event, Event::TakingBack { .. }),
    };
    marked.zip('A'..='Z').map(mark).collect()
}
