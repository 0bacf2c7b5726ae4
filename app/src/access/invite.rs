//! Behind an invitation link.

use super::api::read_invitation;
use super::company::read_ways;
use super::door::{Door, Failed};
use super::ways::Doors;
use crate::boot::{kept, kept_error};
use crate::error::AppError;
use crate::ui::TextField;
use domain::access::Invitation;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// Where the form goes.
const TO: &str = "/accept-invitation";

/// Name and password of who was invited.
#[component]
pub fn AcceptInvitation() -> impl IntoView {
    let token = Memo::new(move |_| use_params_map().with(|params| params.get("token").unwrap_or_default()));
    let invitation = Resource::new_blocking(move || token.get(), read_invitation);
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match invitation.await {
                    Ok(invitation) => view! { <Form invitation token=token.get_untracked() /> }.into_any(),
                    Err(error) => view! { <Ended error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Form(invitation: Invitation, token: String) -> impl IntoView {
    let ways = Resource::new_blocking(|| (), |()| read_ways());
    view! {
        <Door title="You are invited">
            <p class="prose">
                "You will sign in as " <b>{invitation.email}</b> ", with the role " <b>{crate::words::role(invitation.role)}</b> "."
            </p>
            <Transition fallback=|| ()>
                {move || {
                    let token = token.clone();
                    Suspend::new(async move {
                        let (passwords, doors) = ways.await.map_or((true, Vec::new()), |ways| (ways.passwords, ways.providers));
                        let or = passwords && !doors.is_empty();
                        view! {
                            {match passwords {
                                true => view! { <ByPassword token=token.clone() /> }.into_any(),
                                false => view! { <ByCompany /> }.into_any(),
                            }}
                            {or.then(|| view! { <p class="or">"or without a password"</p> })}
                            {(!doors.is_empty()).then(|| view! { <div class:after=!passwords><Doors doors sends=("invitation", token) words="Join by" /></div> })}
                        }
                    })
                }}
            </Transition>
        </Door>
    }
}

#[component]
fn ByPassword(token: String) -> impl IntoView {
    let error = kept_error(TO);
    let wrong = {
        let error = error.clone();
        move |field: &str| {
            error
                .as_ref()
                .and_then(|error| error.field(field))
                .map(|problem| crate::words::problem(&problem))
        }
    };
    let general = error
        .clone()
        .filter(|error| !matches!(error.code, crate::error::Code::Invalid { .. }));
    view! {
        <form method="post" action=TO>
            <Failed error=general />
            <input type="hidden" name="token" value=token />
            <TextField
                name="name"
                label="Your name"
                value=kept(TO, "name").unwrap_or_default()
                error=wrong("name")
                required=true
                autocomplete="name"
                class="tall"
            />
            <TextField
                name="password"
                label="Password"
                kind="password"
                hint="12 characters or more. A sentence is easy to remember and hard to guess."
                error=wrong("password")
                required=true
                autocomplete="new-password"
                class="tall"
            />
            <button class="btn primary tall wide" type="submit">"Join"</button>
        </form>
    }
}

#[component]
fn ByCompany() -> impl IntoView {
    view! {
        <Failed error=kept_error(TO) />
        <p class="prose after">"You join by your company account: this instance takes no passwords."</p>
    }
}

#[component]
fn Ended(error: AppError) -> impl IntoView {
    view! {
        <Door title="This link does not work any more">
            <p class="prose after">{crate::words::refusal(&error)}</p>
            <p class="after">"Ask who invited you for another link, or " <a href="/login" rel="external">"sign in"</a> "."</p>
        </Door>
    }
}
