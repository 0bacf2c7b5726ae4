//! The second step of sign-in: a code after the password. A plain form: it changes the session.

use crate::access::door::{Door, Failed};
use crate::boot::kept_error;
use crate::error::Code;
use crate::ui::TextField;
use domain::identity::FLOW_S;
use leptos::prelude::*;

/// Where the form goes.
const TO: &str = "/sign-in/code";

/// `/login/code`: shown only to a browser whose password was right.
#[component]
pub fn EnterCode() -> impl IntoView {
    let error = kept_error(TO);
    let wrong = error
        .as_ref()
        .and_then(|error| error.field("code"))
        .map(|_| "This code is wrong, has been used, or is too old. Wait for the next one.");
    let general = error.filter(|error| !matches!(error.code, Code::Invalid { .. }));
    view! {
        <Door title="Enter a code">
            <p class="prose after">"Your password is right. Now write the code that your authenticator shows, or one of your recovery codes."</p>
            <form method="post" action=TO>
                <Failed error=general />
                <TextField
                    name="code"
                    label="Code"
                    error=wrong.map(str::to_owned)
                    autocomplete="one-time-code"
                    required=true
                    class="tall mono"
                />
                <button class="btn primary tall wide" type="submit">"Sign in"</button>
            </form>
            <p class="after">
                <a href="/login" rel="external">"Begin again"</a>
            </p>
            <p class="meta after">
                {format!(
                    "You have {} minutes for it. Lost the authenticator and the recovery codes? An administrator can remove your second factor.",
                    FLOW_S / 60,
                )}
            </p>
        </Door>
    }
}
