//! The promotion path as it is drawn: one bar, a part for each environment.

use domain::gate::evaluate;
use domain::release::ReleasePage;
use leptos::prelude::*;

use super::path::{PathPart, Standing, path};
use crate::ui::{Env, Stamp, State, Time, use_clock};

/// The parts by the gates as they are now; the countdown of a window needs no repaint of the page.
pub fn parts(page: &ReleasePage) -> Vec<PathPart> {
    let now = use_clock().now_untracked();
    path(page, |one| {
        evaluate(&one.facts, now).iter().all(domain::gate::GateResult::passed)
    })
}

/// The path of a release.
#[component]
pub fn Promotion(
    /// Its parts.
    parts: Vec<PathPart>,
) -> impl IntoView {
    view! {
        <ol class="path" aria-label="Promotion">
            {parts.into_iter().map(part).collect_view()}
        </ol>
    }
    .into_any()
}

fn part(part: PathPart) -> impl IntoView {
    let (glyph, word) = part.standing.words();
    let here = part.standing == Standing::Running;
    let since = part.since.map(|at| view! { "since " <Time at=at stamp=Stamp::Day /> });
    let number = part.number.map(|number| {
        view! { <a href=crate::deployment::address(number)>{format!("deployment {number}")}</a> }
    });
    let comma = (number.is_some() && since.is_some()).then_some(", ");
    let outside = part.outside.then_some(", from outside");
    let version = part.runs.map(|version| view! { <span class="ver">{version}</span> });
    // What runs there in its place is not what the deployment brought.
    let (beside, more) = match here {
        true => (
            version.map(|version| view! { " " {version} }.into_any()),
            view! { {since} {comma} {number} {outside} }.into_any(),
        ),
        false => {
            let runs = version.map(|version| view! { {version} " runs there " });
            (None, view! { {number} {comma} {runs} {since} {outside} }.into_any())
        }
    };
    view! {
        <li class=part.standing.class()>
            <State glyph>{word}</State>
            {beside}
            {format!(" {} ", part.standing.joint())}
            <Env tier=part.tier name=part.environment />
            <span class="meta">{more}</span>
        </li>
    }
}
