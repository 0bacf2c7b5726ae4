//! What stands where a service should be chosen and there is none to choose: none at all, or none on which the reader may do it.

use crate::boot::me_as_actor;
use crate::ui::{Empty, LinkButton, Look};
use domain::access::{Action, Scope};
use leptos::prelude::*;

/// In place of a form that begins with a service.
#[component]
pub fn NoServiceFor(
    /// What the form does.
    action: Action,
    /// What it has to do with a service, as a sentence.
    why: &'static str,
) -> impl IntoView {
    let actor = me_as_actor();
    let may = |action| {
        actor
            .as_ref()
            .is_some_and(|actor| actor.may(action, Scope::Instance).is_ok())
    };
    // Who may do it everywhere and finds no service: there is none.
    if may(action) {
        let sets_up = may(Action::ManageService);
        return view! {
            <Empty
                title="There is no service yet."
                acts=move || {
                    sets_up.then(|| view! { <LinkButton href="/services/new" look=Look::Primary>"Set up a service"</LinkButton> })
                }
            >
                {why}
                " Set up the service first: its environments and how each is changed."
            </Empty>
        }
        .into_any();
    }
    let title = format!("You may not {} on any service.", crate::words::action_words(action));
    view! {
        <Empty title acts=|| view! { <LinkButton href="/profile/access">"What you may do"</LinkButton> }>
            "A role for it comes from an administrator, on the instance or by a team on a service."
        </Empty>
    }
    .into_any()
}
