//! The page before a deactivation: one form, one confirmation.

use super::api::{Leave, read_holdings};
use super::parts::{Ends, Services, Stays};
use crate::access::team::form::NotDone;
use crate::boot::me;
use crate::error::{AppError, Code, refusal_of};
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Glyph, LinkButton, Look, PageHead, SubmitButton, WhyLine};
use domain::access::{Action, Holdings, Scope};
use domain::id::PersonId;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// `/people/:id/leave`
#[component]
pub fn LeaveScreen() -> impl IntoView {
    let manages = me().is_some_and(|me| me.actor().may(Action::ManagePeople, Scope::Instance).is_ok());
    if manages {
        view! { <Before /> }.into_any()
    } else {
        view! {
            <leptos_meta::Title text="Deactivate somebody" />
            <PageHead title="Deactivate somebody" crumbs=vec![("/people".into(), "People".into())] />
            <WhyLine glyph=Glyph::Off what="This is not open to you.">"Only administrators deactivate people."</WhyLine>
        }
        .into_any()
    }
}

#[component]
fn Before() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<PersonId>().ok())));
    let leave = ServerAction::<Leave>::new();
    let kicked = kicks(|| vec!["people".into(), "services".into()]);
    let held = Resource::new_blocking(
        move || (id.get(), kicked.get()),
        |(id, _)| async move {
            match id {
                Some(id) => read_holdings(id).await,
                // No id: there is nobody.
                None => Err(AppError {
                    code: Code::NotFound,
                    request_id: String::new(),
                }),
            }
        },
    );
    crate::fresh::fresh(held, move |found| match found {
        Err(error) => view! { <Trouble error /> }.into_any(),
        Ok(held) => view! { <Page held leave /> }.into_any(),
    })
}

#[component]
fn Page(held: Holdings, leave: ServerAction<Leave>) -> impl IntoView {
    let name = held.person.name.clone();
    let title = format!("Deactivate {name}");
    let head = view! {
        <leptos_meta::Title text=title.clone() />
        <PageHead title=title crumbs=vec![("/people".into(), "People".into())] />
    };
    if !held.person.active {
        return view! {
            {head}
            <WhyLine glyph=Glyph::Off what=format!("{name} is deactivated already.")>
                "Let them in again on the page about people."
            </WhyLine>
        }
        .into_any();
    }
    let refused = refusal_of(leave.value());
    view! {
        {head}
        <p class="prose">
            {format!("{name} is signed out everywhere and can't sign in until an administrator lets them in again. ")}
            "What they did stays in the record."
        </p>
        <ActionForm action=leave attr:novalidate="">
            <NotDone refused />
            <input type="hidden" name="id" value=held.person.id.to_string() />
            <Services services=held.services.clone() heirs=held.heirs.clone() refused />
            <Ends held=held.clone() />
            <Stays held />
            <p class="acts after">
                <SubmitButton pending=leave.pending() look=Look::Sure while_pending="Deactivating">
                    {format!("Deactivate {name}")}
                </SubmitButton>
                <LinkButton href="/people" look=Look::Quiet>"Leave it"</LinkButton>
            </p>
        </ActionForm>
    }
    .into_any()
}
