//! Letting one release through what holds it by the calendar.

use super::api::OverrideTimes;
use crate::boot::kept;
use crate::error::{AppError, refusal_of};
use crate::ui::{Look, SubmitButton, TextField};
use domain::release::ReleaseEnvironment;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Where the form goes.
const TO: &str = "/call/freeze/override";

/// The form, closed at first. Shown only to those who may.
#[component]
pub fn OverrideForm(one: ReleaseEnvironment, release: domain::id::ReleaseId) -> impl IntoView {
    let action = ServerAction::<OverrideTimes>::new();
    let refused = refusal_of(action.value());
    let error = Signal::derive(move || refused.get().map(|error| said(&error)));
    let name = one.environment.name;
    let open = kept(TO, "environment").is_some_and(|id| id == one.environment.id.to_string());
    view! {
        <details class="more-of grave" open=open>
            <summary>{format!("Let it into {name} all the same…")}</summary>
            <p>"It may start against the freezes and windows that hold it now: until they are over, and for a day at most. Everybody sees who did it and why."</p>
            <ActionForm action attr:class="row-form">
                <input type="hidden" name="release" value=release.to_string() />
                <input type="hidden" name="environment" value=one.environment.id.to_string() />
                <TextField
                    name="why"
                    id=format!("override-{name}")
                    label="Why it can't wait"
                    hint="At least 10 characters."
                    value=if open { kept(TO, "why").unwrap_or_default() } else { String::new() }
                    error
                    required=true
                />
                <SubmitButton pending=action.pending() look=Look::Back>"Let it through"</SubmitButton>
            </ActionForm>
        </details>
    }
}

fn said(error: &AppError) -> String {
    error.field("reason").map_or_else(
        || crate::words::refusal(error),
        |problem| crate::words::problem(&problem),
    )
}
