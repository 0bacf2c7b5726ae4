//! The first start: the first administrator, guarded by a code that only the log of its start shows.

use super::door::{Door, Failed};
use crate::boot::{kept, kept_error};
use crate::error::Code;
use crate::ui::TextField;
use leptos::prelude::*;

/// Where the form goes.
const TO: &str = "/set-up";

/// Makes the first administrator.
#[component]
pub fn SetUp() -> impl IntoView {
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
    let code_error = match error.as_ref().map(|error| &error.code) {
        Some(Code::WrongSetupCode) => error.as_ref().map(crate::words::refusal),
        _ => wrong("code"),
    };
    let general = error
        .clone()
        .filter(|error| !matches!(error.code, Code::WrongSetupCode | Code::Invalid { .. }));
    view! {
        <Door title="Set up this instance">
            <p class="prose">"Slipway has just started for the first time. You become its administrator, and invite the others."</p>
            <form method="post" action=TO>
                <Failed error=general />
                <TextField
                    name="code"
                    label="One-time code"
                    hint="It is in the terminal or log where Slipway was started."
                    error=code_error
                    required=true
                    autocomplete="one-time-code"
                    class="tall otp"
                />
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
                    name="email"
                    label="E-mail"
                    kind="email"
                    value=kept(TO, "email").unwrap_or_default()
                    error=wrong("email")
                    required=true
                    autocomplete="username"
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
                <button class="btn primary tall wide" type="submit">"Make me the administrator"</button>
            </form>
        </Door>
    }
}
