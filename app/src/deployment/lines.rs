//! Deployments in rows: number, staircase, state, why.

use domain::access::Person;
use domain::deployment::{DeploymentLine, State as RunState};
use leptos::prelude::*;

use super::view::ramp;
use super::words;
use crate::event_words::Names;
use crate::ui::ramp::Ramp;
use crate::ui::{Ago, Elapsed, Env, State};

/// The table of a list of deployments.
#[component]
pub fn DeploymentTable(
    /// The rows, as they are to stand.
    lines: Vec<DeploymentLine>,
    /// Whom the rows mention, as far as the page knows them.
    #[prop(optional)]
    people: Vec<Person>,
) -> impl IntoView {
    let rows = lines.into_iter().map(|line| row(line, &people)).collect_view();
    view! {
        <div class="scroll" role="region" aria-label="Deployments" tabindex="0">
            <table class="wide">
                <thead>
                    <tr>
                        <th scope="col">"Deployment"</th>
                        <th scope="col">"To"</th>
                        <th scope="col">"Rollout"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Why"</th>
                        <th scope="col">"Asked"</th>
                        <th scope="col">"Took"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(line: DeploymentLine, people: &[Person]) -> impl IntoView + use<> {
    let (glyph, word) = words::state(line.state);
    let why = brief(&line, &Names::of(people));
    let steps = ramp(&line);
    let kind = (line.kind != domain::deployment::Kind::Planned).then(|| {
        view! { " " <span class="tag">{words::kind(line.kind)}</span> }
    });
    let took = took(&line);
    view! {
        <tr>
            <th scope="row" class="nowrap">
                <a href=super::address(line.number)>
                    {line.number}
                    " "
                    {line.service.clone()}
                    " "
                    <span class="ver">{line.version.clone()}</span>
                </a>
                {kind}
            </th>
            <td>
                <Env tier=words::tier(line.tier) name=line.environment.clone() />
            </td>
            <td>
                <Ramp steps />
            </td>
            <td>
                <State glyph>{word}</State>
            </td>
            <td>{why}</td>
            <td class="nowrap">
                <Ago at=line.requested_at />
            </td>
            <td class="nowrap">{took}</td>
        </tr>
    }
}

fn took(line: &DeploymentLine) -> AnyView {
    match (line.state, line.ended_at) {
        (RunState::Queued, _) => crate::ui::format::NONE.into_any(),
        (_, Some(ended)) => view! { <Elapsed from=line.requested_at to=ended /> }.into_any(),
        (_, None) => view! { <Elapsed from=line.requested_at /> }.into_any(),
    }
}

/// The why of a row, in a few words. People whom the page does not know are left out.
pub fn brief(line: &DeploymentLine, names: &Names<'_>) -> String {
    match (&line.run.outcome, &line.run.pause, line.state) {
        (Some(outcome), _, _) => words::ended(outcome, names)
            .text
            .trim_start_matches("Ended: ")
            .to_owned(),
        (_, Some(pause), RunState::Paused) => words::paused(pause, names),
        (_, _, RunState::Queued) => "Behind another one, or about to start".to_owned(),
        (_, _, RunState::Baking) => "Serves everything, watched on".to_owned(),
        (_, _, RunState::Running) => match (line.run.weight, line.phase) {
            (Some(weight), Some(domain::plan::Phase::RollOut)) if weight > 0 => {
                format!("Canary at {}", crate::ui::format::percent(f64::from(weight)))
            }
            (_, Some(phase)) => words::phase(phase).to_owned(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}
