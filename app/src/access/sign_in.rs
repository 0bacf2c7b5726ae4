//! Sign-in.

use super::door::{Door, Failed};
use crate::boot::{kept, kept_error};
use crate::ui::TextField;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Where the form goes.
const TO: &str = "/sign-in";

/// E-mail and password.
#[component]
pub fn SignIn() -> impl IntoView {
    let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
    let error = kept_error(TO);
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
            <p class="after">
                <a href="/forgot">"Forgotten your password?"</a>
            </p>
            <p class="meta after">
                "No account? An administrator can invite you. Is something down? See the "
                <a href="/status" rel="external">"status page"</a> "."
            </p>
        </Door>
    }
}
