//! Deployments in rows: number, staircase, state, why.

use domain::access::Person;
use domain::deployment::{DeploymentLine, Kind, State as RunState};
use domain::outside::Outside;
use leptos::prelude::*;

pub use super::brief::brief;
use super::brief::{state, why};
use super::outside::{Either, merged};
use super::view::ramp;
use super::words;
use crate::event_words::Names;
use crate::ui::format::NONE;
use crate::ui::ramp::Ramp;
use crate::ui::{Ago, Elapsed, Env, State};

/// The table of a list of deployments. On a phone each row is a block.
#[component]
pub fn DeploymentTable(
    /// The rows, as they are to stand.
    lines: Vec<DeploymentLine>,
    /// Whom the rows mention, as far as the page knows them.
    #[prop(optional)]
    people: Vec<Person>,
    /// What something else deployed, to stand among them.
    #[prop(optional)]
    outside: Vec<Outside>,
) -> impl IntoView {
    let rows = merged(lines, outside).into_iter().map(|one| match one {
        Either::Ours(line) => row(*line, &people).into_any(),
        Either::Outside(one) => super::outside::row(*one),
    });
    let rows = rows.collect_view();
    view! {
        <div class="scroll" role="region" aria-label="Deployments" tabindex="0">
            <table class="blocks">
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
    let (glyph, word) = state(&line);
    let why = why(&line, &Names::of(people));
    let why_class = why.is_none().then_some("nil");
    let kind = (line.kind != Kind::Planned).then(|| {
        view! { " " <span class="tag">{words::kind(line.kind)}</span> }
    });
    let took = took(&line);
    view! {
        <tr>
            <th scope="row" class="nowrap most">
                <a href=super::address(line.number)>
                    {line.number}
                    " "
                    {line.service.clone()}
                    " "
                    <span class="ver">{line.version.clone()}</span>
                </a>
                {kind}
            </th>
            <td class="edge">
                <Env tier=words::tier(line.tier) name=line.environment.clone() />
            </td>
            {rollout(&line)}
            <td class="rest">
                <State glyph>{word}</State>
            </td>
            <td class=why_class>{why.unwrap_or_else(|| NONE.to_owned())}</td>
            <td class="nowrap fine most" data-head="Asked">
                <Ago at=line.requested_at />
            </td>
            <td class="nowrap fine edge" data-head="Took">
                {took}
            </td>
        </tr>
    }
}

/// The way back has no staircase: it rolls nothing out.
fn rollout(line: &DeploymentLine) -> AnyView {
    if line.kind == Kind::Rollback {
        return view! { <td class="pic nil">{NONE}</td> }.into_any();
    }
    let steps = ramp(line);
    view! {
        <td class="pic">
            <Ramp steps />
        </td>
    }
    .into_any()
}

fn took(line: &DeploymentLine) -> AnyView {
    match (line.state, line.ended_at) {
        (RunState::Queued, _) => NONE.into_any(),
        (_, Some(ended)) => view! { <Elapsed from=line.requested_at to=ended /> }.into_any(),
        (_, None) => view! { <Elapsed from=line.requested_at /> }.into_any(),
    }
}
