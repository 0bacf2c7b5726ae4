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

/// E-mail and password, and the providers.
#[component]
pub fn SignIn() -> impl IntoView {
    let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
    let error = kept_error(TO);
    let ways = Resource::new_blocking(|| (), |()| read_ways());
    let further = next.clone();
    view! {
        <Door title="Sign in">
            <form method="post" action=TO>
                <Failed error />
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
            <Transition fallback=|| ()>
                {move || {
                    let next = further.clone();
                    Suspend::new(async move {
                        let doors = ways.await.map(|ways| ways.providers).unwrap_or_default();
                        (!doors.is_empty())
                            .then(|| {
                                view! {
                                    <p class="or">"or"</p>
                                    <Doors doors sends=("next", next) />
                                }
                            })
                    })
                }}
            </Transition>
            <p class="after">
                <a href="/forgot" rel="external">"Forgotten your password?"</a>
            </p>
            <p class="meta after">
                "No account? An administrator can invite you. Is something down? See the "
                <a href="/status" rel="external">"status page"</a> "."
            </p>
        </Door>
    }
}
