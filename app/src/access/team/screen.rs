//! One team: what it gives, who is in it, its name, and its end.

use super::api::{AddMember, ChangeTeam, GiveRole, RemoveTeam, read_team};
use super::form::{EditTeam, NotDone};
use super::grants::Grants;
use super::members::Members;
use crate::boot::me;
use crate::error::{AppError, Code, refusal_of};
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::format::counted;
use crate::ui::{Look, PageHead, Section, SubmitButton};
use domain::access::{Action, Scope, TeamPage};
use domain::id::TeamId;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The calls of the page: they outlive what is drawn anew when something changes.
#[derive(Clone, Copy)]
pub struct TeamCalls {
    pub add: ServerAction<AddMember>,
    pub give: ServerAction<GiveRole>,
    pub change: ServerAction<ChangeTeam>,
}

/// `/administration/teams/:id`
#[component]
pub fn TeamScreen() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<TeamId>().ok())));
    let calls = TeamCalls {
        add: ServerAction::new(),
        give: ServerAction::new(),
        change: ServerAction::new(),
    };
    let kicked = kicks(|| vec!["teams".into(), "people".into(), "services".into()]);
    let page = Resource::new_blocking(
        move || (id.get(), kicked.get()),
        |(id, _)| async move {
            match id {
                Some(id) => read_team(id).await,
                // No id: there is no such team.
                None => Err(AppError {
                    code: Code::NotFound,
                    request_id: String::new(),
                }),
            }
        },
    );
    view! {
        {crate::fresh::fresh(page, move |found| match found {
            Ok(page) => view! { <Page page calls /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Page(page: TeamPage, calls: TeamCalls) -> impl IntoView {
    let manages = me().is_some_and(|me| me.actor().may(Action::ManagePeople, Scope::Instance).is_ok());
    let team = page.team.clone();
    let description = team.description.clone();
    view! {
        <leptos_meta::Title text=team.name.clone() />
        <PageHead
            title=team.name.clone()
            crumbs=vec![("/administration/teams".into(), "Teams".into())]
            sub=move || view! { <span>{description.clone()}</span> }
        />
        <Grants team=team.id grants=page.grants.clone() places=page.places.clone() give=calls.give manages />
        <Members team=team.id members=page.members.clone() others=page.others.clone() add=calls.add manages />
        {if manages {
            view! {
                <Section id="name" title="Name">
                    <EditTeam team=team change=calls.change />
                </Section>
                <Removal page />
            }
                .into_any()
        } else {
            view! { <p class="meta after">"Administrators change teams."</p> }.into_any()
        }}
    }
    .into_any()
}

#[component]
fn Removal(page: TeamPage) -> impl IntoView {
    let remove = ServerAction::<RemoveTeam>::new();
    let name = page.team.name.clone();
    let lose = match (page.members.len() as u64, page.grants.len() as u64) {
        (0, _) | (_, 0) => "Nobody loses anything by it.".to_owned(),
        (members, roles) => format!(
            "{} {} that it gives, at once.",
            counted(members, "member loses", "members lose"),
            counted(roles, "role", "roles")
        ),
    };
    view! {
        <Section id="remove" title="Remove">
            <p class="prose">{lose} " What happened stays in the record. This can't be undone."</p>
            <details class="more-of grave">
                <summary>{format!("Remove {name}…")}</summary>
                <ActionForm action=remove attr:class="after">
                    <input type="hidden" name="id" value=page.team.id.to_string() />
                    <NotDone refused=refusal_of(remove.value()) />
                    <SubmitButton pending=remove.pending() look=Look::Back while_pending="Removing">
                        {format!("Remove {name}")}
                    </SubmitButton>
                </ActionForm>
            </details>
        </Section>
    }
}
