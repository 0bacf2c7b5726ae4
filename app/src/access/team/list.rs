//! All teams: who is in them, and what they give.

use super::api::read_teams;
use super::form::NewTeam;
use super::words::{address, grant_words};
use crate::boot::me;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::format::counted;
use crate::ui::{Empty, PageHead, Section};
use domain::access::{Action, Scope, TeamLine};
use leptos::prelude::*;

/// `/administration/teams`
#[component]
pub fn TeamList() -> impl IntoView {
    let kicked = kicks(|| vec!["teams".into(), "people".into(), "services".into()]);
    let teams = Resource::new_blocking(move || kicked.get(), |_| read_teams());
    let manages = me().is_some_and(|me| me.actor().may(Action::ManagePeople, Scope::Instance).is_ok());
    view! {
        <leptos_meta::Title text="Teams" />
        <PageHead title="Teams" />
        <crate::access::AdministrationTabs current="/administration/teams" />
        {crate::fresh::fresh(teams, move |found| match found {
            Ok(teams) => view! { <Lines teams manages /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
        {manages
            .then(|| {
                view! {
                    <Section id="new" title="Make a team">
                        <NewTeam />
                    </Section>
                }
            })}
    }
}

#[component]
fn Lines(teams: Vec<TeamLine>, manages: bool) -> impl IntoView {
    let count = teams.len().to_string();
    let body = if teams.is_empty() {
        let next = if manages {
            "Make the first one below, then add members and roles."
        } else {
            "Administrators make teams."
        };
        view! {
            <Empty title="No team yet.">
                "A team gives its members a role where they need it: on one service, or on one environment, instead of everywhere. "
                {next}
            </Empty>
        }
        .into_any()
    } else {
        let rows = teams.into_iter().map(|line| view! { <Row line /> }).collect_view();
        view! {
            <div class="scroll" role="region" aria-label="Teams" tabindex="0">
                <table class="blocks">
                    <thead>
                        <tr>
                            <th scope="col">"Team"</th>
                            <th scope="col">"In it"</th>
                            <th scope="col">"Gives"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <Section id="teams" title="Teams" count>
            {body}
        </Section>
    }
}

#[component]
fn Row(line: TeamLine) -> impl IntoView {
    let gives = if line.grants.is_empty() {
        "no role yet".to_owned()
    } else {
        line.grants.iter().map(grant_words).collect::<Vec<_>>().join(", ")
    };
    view! {
        <tr>
            <th scope="row">
                <a href=address(line.team.id)>{line.team.name}</a>
                " "
                <span class="meta">{line.team.description}</span>
            </th>
            <td>{counted(u64::from(line.members), "member", "members")}</td>
            <td>{gives}</td>
        </tr>
    }
}
