//! Sign-in.

use super::company::read_ways;
use super::door::{Door, Failed};
use super::ways::Doors;
use crate::boot::{kept, kept_error};
use crate::ui::TextField;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Where the form goes.
const TO: &str = "/sign-in";

/// E-mail and password, and the providers; the providers alone, where passwords are switched off.
#[component]
pub fn SignIn() -> impl IntoView {
    let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
    let ways = Resource::new_blocking(|| (), |()| read_ways());
    view! {
        <Door title="Sign in">
            <Transition fallback=|| ()>
                {move || {
                    let next = next.clone();
                    Suspend::new(async move {
                        // Without an answer the form is shown: the server has the last word.
                        let (passwords, doors) = ways.await.map_or((true, Vec::new()), |ways| (ways.passwords, ways.providers));
                        let or = passwords && !doors.is_empty();
                        view! {
                            {match passwords {
                                true => view! { <ByPassword next=next.clone() /> }.into_any(),
                                false => view! { <ByCompany /> }.into_any(),
                            }}
                            {or.then(|| view! { <p class="or">"or"</p> })}
                            {(!doors.is_empty()).then(|| view! { <div class:after=!passwords><Doors doors sends=("next", next) /></div> })}
                            {passwords
                                .then(|| {
                                    view! {
                                        <p class="after">
                                            <a href="/forgot" rel="external">"Forgotten your password?"</a>
                                        </p>
                                    }
                                })}
                        }
                    })
                }}
            </Transition>
            <p class="meta after">
                "No account? An administrator can invite you. Is something down? See the "
                <a href="/status" rel="external">"status page"</a> "."
            </p>
        </Door>
    }
}

#[component]
fn ByPassword(next: String) -> impl IntoView {
    view! {
        <form method="post" action=TO>
            <Failed error=kept_error(TO) />
            <input type="hidden" name="next" value=next />
            <TextField
                name="email"
                label="E-mail"
                kind="email"
                value=kept(TO, "email").unwrap_or_default()
                autocomplete="username"
                required=true
                class="tall"
            />
            <TextField name="password" label="Password" kind="password" autocomplete="current-password" required=true class="tall" />
            <button class="btn primary tall wide" type="submit">"Sign in"</button>
        </form>
    }
}

#[component]
fn ByCompany() -> impl IntoView {
    view! {
        <Failed error=kept_error(TO) />
        <p class="prose after">"You sign in by your company account here."</p>
    }
}
