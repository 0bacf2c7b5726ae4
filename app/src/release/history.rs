//! What became of a release: its deployments, where it can go next, and everything that happened to it.

use domain::deployment::{DeploymentLine, Kind};
use domain::event::{Happened, Stream, StreamKind};
use domain::outside::Outside;
use domain::release::{ReleaseEnvironment, ReleasePage};
use leptos::prelude::*;

use super::api::ReleaseHistory;
use super::path::under_way;
use crate::deployment::api::Deploy;
use crate::deployment::brief::shares;
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
        let under_way = under_way(&page.deployments, &name).cloned();
        let runs = runs(&one, under_way.as_ref());
        let told = told.clone();
        view! {
            <tr>
                <th scope="row">
                    <Env tier name />
                </th>
                {runs}
                <td>
                    <DeployButton one release told action=deploy under_way />
                </td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let (lines, outside) = (page.deployments, page.outside);
    view! {
        <Section id="environments" title="Environments" end=|| "In promotion order">
            <table class="blocks">
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
        <Section id="deployments" title="Deployments" count=(lines.len() + outside.len()).to_string()>
            <Past lines outside told />
        </Section>
    }
    .into_any()
}

/// What serves in an environment: by our record, and beside a canary of this release.
fn runs(one: &ReleaseEnvironment, under_way: Option<&DeploymentLine>) -> AnyView {
    let recorded = one.running.as_ref().map(|running| running.version.clone());
    let shares = under_way.and_then(|line| shares(line, recorded.as_deref()));
    match (shares, recorded) {
        (Some((canary, other)), _) => view! { <td>{canary} ", " {other}</td> }.into_any(),
        (None, Some(version)) => view! {
            <td>
                <span class="ver">{version}</span>
            </td>
        }
        .into_any(),
        (None, None) => view! { <td class="nothing">"Nothing recorded"</td> }.into_any(),
    }
}

#[component]
fn Past(lines: Vec<DeploymentLine>, outside: Vec<Outside>, told: Told) -> impl IntoView {
    if lines.is_empty() && outside.is_empty() {
        return view! {
            <Empty title="Not deployed yet.">"Deploy it to the first environment above, as soon as nothing holds it."</Empty>
        }
        .into_any();
    }
    view! { <DeploymentTable lines people=told.people outside /> }.into_any()
}

/// Everything that happened, newest first.
#[component]
pub fn History(
    /// The events, and what they name.
    history: ReleaseHistory,
) -> impl IntoView {
    let count = history.events.len().to_string();
    let rows = history
        .events
        .iter()
        .map(|happened| row(happened, &history))
        .collect_view();
    view! {
        <Section id="history" title="History" count end=|| "Newest first">
            <ol class="line">{rows}</ol>
        </Section>
    }
    .into_any()
}

fn row(happened: &Happened, history: &ReleaseHistory) -> impl IntoView + use<> {
    let names = Names::of(&history.people).with_items(&history.items);
    let told = tell(&happened.event, &names);
    let by = names.doer(happened.by, &told.text).map(|by| by + ", ");
    let subject = subject(happened, &history.deployments).map(|(number, name, place)| {
        view! {
            <a href=crate::deployment::address(number)>{name}</a>
            {place}
        }
    });
    view! {
        <li class=told.tone.class()>
            <Time at=happened.at stamp=Stamp::Second />
            <GlyphMark name=told.glyph />
            <div>
                {subject} {told.text} " "
                <span class="src">
                    {by} <Time at=happened.at stamp=Stamp::Date />
                </span>
            </div>
        </li>
    }
}

/// The deployment that an event is of: its number, what it is called, and where it went. None for the release's own.
fn subject(happened: &Happened, deployments: &[DeploymentLine]) -> Option<(i64, String, String)> {
    let line = deployments
        .iter()
        .find(|line| happened.stream == Stream::new(StreamKind::Deployment, line.id))?;
    let (kind, way) = match line.kind {
        Kind::Rollback => ("Rollback", "in"),
        _ => ("Deployment", "to"),
    };
    let (number, environment) = (line.number, &line.environment);
    Some((number, format!("{kind} {number}"), format!(" {way} {environment}. ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::access::By;
    use domain::deployment::{Run, State};
    use domain::event::Event;
    use domain::id::DeploymentId;
    use domain::service::Tier;
    use uuid::Uuid;

    fn line(number: i64, kind: Kind) -> DeploymentLine {
        DeploymentLine {
            id: DeploymentId(Uuid::from_u128(number.unsigned_abs().into())),
            number,
            kind,
            service: "storefront".into(),
            version: "1.4.0".into(),
            environment: "production".into(),
            tier: Tier::Production,
            state: State::Running,
            by: By::System,
            requested_at: DateTime::UNIX_EPOCH,
            ended_at: None,
            phase: None,
            weights: Vec::new(),
            weight: None,
            run: Run::queued(),
        }
    }

    #[test]
    fn an_event_of_a_deployment_names_it() {
        let lines = [line(11, Kind::Planned), line(12, Kind::Rollback)];
        let of = |stream| Happened {
            id: 1,
            stream,
            seq: 1,
            at: DateTime::UNIX_EPOCH,
            by: By::Engine,
            event: Event::DeploymentStarted,
        };
        let said = |stream| subject(&of(stream), &lines).map(|(number, name, place)| (number, name + &place));
        let deployment = |line: &DeploymentLine| Stream::new(StreamKind::Deployment, line.id);
        assert_eq!(
            said(deployment(&lines[0])),
            Some((11, "Deployment 11 to production. ".into()))
        );
        assert_eq!(
            said(deployment(&lines[1])),
            Some((12, "Rollback 12 in production. ".into()))
        );
        assert_eq!(said(Stream::new(StreamKind::Release, lines[0].id)), None);
    }
}
