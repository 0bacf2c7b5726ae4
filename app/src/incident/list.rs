//! All incidents, newest first.

use domain::access::Action;
use domain::incident::IncidentLine;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::api::incident_list;
use super::words;
use crate::boot::me_as_actor;
use crate::fresh::fresh;
use crate::live;
use crate::shell::Trouble;
use crate::ui::{Elapsed, Empty, Icon, LinkButton, Look, PageHead, State, Tab, Tabs, Time};

/// `/incidents?show=open`.
#[component]
pub fn IncidentList() -> impl IntoView {
    let query = use_query_map();
    let open_only = Memo::new(move |_| query.read().get("show").as_deref() == Some("open"));
    let kicks = live::kicks(|| vec!["incidents".into()]);
    let lines = Resource::new(
        move || (open_only.get(), kicks.get()),
        |(open_only, _)| incident_list(open_only),
    );
    let tabs = Signal::derive(move || {
        vec![
            Tab::new("/incidents", "All", !open_only.get()),
            Tab::new("/incidents?show=open", "Open", open_only.get()),
        ]
    });
    // Whoever may edit incidents of some service may open one; the server asks for the service itself.
    let may = me_as_actor().is_some_and(|actor| actor.may_somewhere(Action::EditIncident));
    let acts =
        move || may.then(|| view! { <LinkButton href="/incidents/new" icon=Icon::Add>"Open an incident"</LinkButton> });
    view! {
        <Title text="Incidents" />
        <PageHead title="Incidents" acts />
        <Tabs label="Incidents" tabs />
        {fresh(
            lines,
            move |lines| match lines {
                Err(error) => view! { <Trouble error /> }.into_any(),
                Ok(lines) if lines.is_empty() => view! { <NoneYet open_only=open_only.get() /> }.into_any(),
                Ok(lines) => view! { <Lines lines /> }.into_any(),
            },
        )}
    }
}

#[component]
fn NoneYet(open_only: bool) -> impl IntoView {
    let title = if open_only {
        "No incident is open."
    } else {
        "There has been no incident."
    };
    view! {
        <Empty
            title
            acts=|| view! { <LinkButton href="/status" look=Look::Plain external=true>"Status page"</LinkButton> }
        >
            "A rollback in production drafts its incident by itself: what happened, its impact and its timeline. One that people find is opened by hand."
        </Empty>
    }
}

#[component]
fn Lines(lines: Vec<IncidentLine>) -> impl IntoView {
    view! {
        <div class="scroll" role="region" aria-label="Incidents" tabindex="0">
            <table class="blocks">
                <thead>
                    <tr>
                        <th scope="col">"Incident"</th>
                        <th scope="col">"Severity"</th>
                        <th scope="col">"Service"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Started"</th>
                        <th scope="col">"Lasted"</th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(line: IncidentLine) -> impl IntoView {
    let (glyph, word) = words::state(line.state);
    let lasted = match line.resolved_at {
        Some(to) => view! { <Elapsed from=line.started_at to=to /> }.into_any(),
        None => view! { <Elapsed from=line.started_at /> " so far" }.into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="most">
                <a href=super::address(line.number)>{format!("INC-{} {}", line.number, line.title)}</a>
            </th>
            <td class="edge">
                <span class=words::severity_tag(line.severity)>{words::severity(line.severity)}</span>
            </td>
            <td>{line.service}</td>
            <td>
                <State glyph>{word}</State>
            </td>
            <td class="nowrap fine most" data-head="Started">
                <Time at=line.started_at brief=true />
            </td>
            <td class="nowrap fine edge" data-head="Lasted">{lasted}</td>
        </tr>
    }
}
