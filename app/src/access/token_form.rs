//! The fields of a new access token, for oneself or for a service account; and the token, shown once.

use crate::boot::{kept, kept_all};
use crate::error::AppError;
use crate::ui::{Checkbox, Choice, CopyBox, Glyph, Select, TextField, WhyLine};
use domain::access::TokenScope;
use leptos::prelude::*;

/// What a scope is called, and what it gives.
pub fn words(scope: TokenScope) -> (&'static str, &'static str) {
    match scope {
        TokenScope::Read => ("Read", "Everything that you can read."),
        TokenScope::Profile => (
            "Profile",
            "Change your name, time zone and theme; end your sessions. Never your password.",
        ),
        TokenScope::Plan => (
            "Plan",
            "Register and edit releases, tick items, report checks, ask for approval.",
        ),
        TokenScope::Deploy => ("Deploy", "Deploy what all gates pass; pause, abort and roll back."),
        TokenScope::Incident => ("Incidents", "Open and edit incidents, publish status updates."),
        TokenScope::Approve => (
            "Approve",
            "Approve and reject in your name, lift locks. Give it to no pipeline.",
        ),
        TokenScope::Administer => ("Administer", "Services, policies, people: whatever you may set up."),
    }
}

/// Name, end and scopes; a scope that is no use is said to be none.
#[component]
pub fn TokenFields(
    /// Where the form goes.
    to: &'static str,
    /// Why it failed, if it did.
    failed: Signal<Option<AppError>>,
    /// None for a scope that can be chosen; else why it can't.
    why_not: fn(TokenScope) -> Option<&'static str>,
) -> impl IntoView {
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            failed
                .get()
                .and_then(|error| error.field(field))
                .map(|problem| match field {
                    "scopes" => "Choose at least one, and none beyond the role.".to_owned(),
                    _ => crate::words::problem(&problem),
                })
        })
    };
    // A form that failed without wasm keeps its ticks.
    let (failed_before, ticked) = (kept(to, "days").is_some(), kept_all(to, "scopes[]"));
    let boxes = TokenScope::ALL
        .into_iter()
        .map(|scope| {
            let (name, gives) = words(scope);
            let id = format!("f-scope-{}", scope.key());
            let ticks = match failed_before {
                true => ticked.iter().any(|word| word == scope.key()),
                false => scope == TokenScope::Read,
            };
            match why_not(scope) {
                None => view! { <Checkbox name="scopes[]" id label=name value=scope.key() hint=gives checked=ticks /> }
                    .into_any(),
                Some(why) => view! { <p class="meta">{name} ": " {why}</p> }.into_any(),
            }
        })
        .collect_view();
    let scopes_wrong = wrong("scopes");
    view! {
        <Unsaid failed />
        <TextField
            name="name"
            label="What it is for"
            hint="Such as: storefront pipeline"
            value=kept(to, "name").unwrap_or_default()
            error=wrong("name")
            required=true
            autocomplete="off"
        />
        <Select
            name="days"
            label="Ends after"
            choices=[(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year")]
                .map(|(days, words)| Choice::new(days.to_string(), words))
                .to_vec()
            value=kept(to, "days").unwrap_or_else(|| "90".into())
            error=wrong("days")
            required=true
        />
        <fieldset class="field" class:bad=move || scopes_wrong.get().is_some()>
            <legend class="lab">"What it may do"</legend>
            <div class="choices">{boxes}</div>
            {move || scopes_wrong.get().map(|sentence| view! { <p class="err" role="alert">{sentence}</p> })}
        </fieldset>
    }
}

/// Why nothing was made, when no field says it.
#[component]
fn Unsaid(failed: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        failed
            .get()
            .filter(|error| !matches!(error.code, crate::error::Code::Invalid { .. }))
            .map(|error| {
                let words = crate::words::refusal(&error);
                view! { <WhyLine glyph=Glyph::Fail what="Not made.">{words}</WhyLine> }
            })
    }
}

/// The token that was just made, once; nothing otherwise. Without wasm it comes back over the redirect.
#[component]
pub fn MadeToken(
    /// Where the form goes.
    to: &'static str,
    /// What the call answered.
    made: Signal<Option<Result<String, AppError>>>,
) -> impl IntoView {
    let shown = kept(to, "made");
    move || {
        let secret = made.get().and_then(Result::ok).or(shown.clone());
        secret.map(|secret| {
            view! {
                <div role="status">
                    <WhyLine glyph=Glyph::Pass what="Copy this token now.">"It is shown this once and kept nowhere."</WhyLine>
                    <div class="after">
                        <CopyBox text=secret label="Access token" />
                    </div>
                </div>
            }
        })
    }
}
