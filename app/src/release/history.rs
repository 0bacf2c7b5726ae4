//! What became of a release: its deployments, where it can go next, and everything that happened to it.

use domain::deployment::DeploymentLine;
use domain::event::Happened;
use domain::release::{Item, ReleasePage};
use leptos::prelude::*;

use super::api::ReleaseHistory;
use crate::deployment::api::Deploy;
use crate::deployment::lines::DeploymentTable;
use crate::event_words::{Names, tell};
use crate::gate::deploy::DeployButton;
use crate::gate::holds::Told;
use crate::ui::{Empty, Env, GlyphMark, Section, Stamp, Time};

/// Each environment with its deploy button, then all deployments of the release.
#[component]
pub fn Deployments(
    /// The release.
    page: ReleasePage,
    /// Whom the page is for.
    told: Told,
    /// The call.
    deploy: ServerAction<Deploy>,
) -> impl IntoView {
    let release = page.release.id;
    let rows = page.environments.clone().into_iter().map(|one| {
        let tier = crate::deployment::words::tier(one.environment.tier);
        let name = one.environment.name.clone();
        let runs = one
            .running
            .as_ref()
            .map_or_else(|| "nothing yet".to_owned(), |running| running.version.clone());
        let told = told.clone();
        view! {
            <tr>
                <th scope="row">
                    <Env tier name />
                </th>
                <td>
                    <span class="ver">{runs}</span>
                </td>
                <td>
                    <DeployButton one release told action=deploy />
                </td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let lines = page.deployments;
    view! {
        <Section id="environments" title="Environments" end=|| "In promotion order">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Environment"</th>
                        <th scope="col">"Runs"</th>
                        <th scope="col">"Deploy"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </Section>
        <Section id="deployments" title="Deployments" count=lines.len().to_string()>
            <Past lines told />
        </Section>
    }
    .into_any()
}

#[component]
fn Past(lines: Vec<DeploymentLine>, told: Told) -> impl IntoView {
    if lines.is_empty() {
        return view! {
            <Empty title="Not deployed yet.">"Deploy it to the first environment above, as soon as nothing holds it."</Empty>
        }
        .into_any();
    }
    view! { <DeploymentTable lines people=told.people /> }.into_any()
}

/// Everything that happened, newest first.
#[component]
pub fn History(
    /// The events and the page that knows their names.
    history: ReleaseHistory,
) -> impl IntoView {
    let count = history.events.len().to_string();
    let (items, people) = (history.page.items, history.page.people);
    let rows = history
        .events
        .iter()
        .map(|happened| row(happened, &people, &items))
        .collect_view();
    view! {
        <Section id="history" title="History" count end=|| "Newest first">
            <ol class="line">{rows}</ol>
        </Section>
    }
    .into_any()
}

fn row(happened: &Happened, people: &[domain::access::Person], items: &[Item]) -> impl IntoView + use<> {
    let names = Names::of(people).with_items(items);
    let told = tell(&happened.event, &names);
    let by = names.by(happened.by).to_owned();
    view! {
        <li class=told.tone.class()>
            <Time at=happened.at stamp=Stamp::Second />
            <GlyphMark name=told.glyph />
            <div>
                {told.text}
                " "
                <span class="src">
                    {by}
                    ", "
                    <Time at=happened.at stamp=Stamp::Date />
                </span>
            </div>
        </li>
    }
}
