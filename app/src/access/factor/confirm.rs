//! Confirming that it is oneself: the page, and the button that leads there from a form and brings back what was typed.

use super::api::read_ways_to_prove;
use crate::access::door::Failed;
use crate::boot::kept_error;
use crate::error::{AppError, Code};
use crate::shell::Trouble;
use crate::ui::{Empty, PageHead, Section, TextField};
use domain::access::WaysToProve;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Where the form with the password goes.
const TO: &str = "/confirm/password";

/// Where a form is kept until somebody has confirmed that it is them.
pub const HOLD: &str = "/confirm/begin";

/// `/confirm?next=…`
#[component]
pub fn Confirm() -> impl IntoView {
    let next = use_query_map().with_untracked(|query| query.get("next").unwrap_or_default());
    let ways = Resource::new_blocking(|| (), |()| read_ways_to_prove());
    view! {
        <leptos_meta::Title text="Confirm that it is you" />
        <PageHead title="Confirm that it is you" />
        <p class="prose">"What you are about to decide asks for it. Afterwards you come back to where you were; what you typed is kept."</p>
        {crate::fresh::fresh(ways, move |found| match found {
            Ok(ways) => view! { <Offered ways next=next.clone() /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Offered(ways: WaysToProve, next: String) -> impl IntoView {
    let by_provider = kept_error("/sign-in/with");
    let nothing = !ways.password && ways.providers.is_empty();
    let further = next.clone();
    let providers = (!ways.providers.is_empty()).then(|| {
        let buttons = ways
            .providers
            .into_iter()
            .map(|door| {
                view! {
                    <form method="post" action=format!("/sign-in/with/{}", door.slug)>
                        <input type="hidden" name="confirm" value="true" />
                        <input type="hidden" name="next" value=further.clone() />
                        <button class="btn" type="submit">"Confirm with " {door.name}</button>
                    </form>
                }
            })
            .collect_view();
        view! {
            <Section id="provider" title="By your company account">
                <p class="prose">"You go there, sign in again, and come back."</p>
                <Failed error=by_provider />
                <div class="acts after">{buttons}</div>
            </Section>
        }
    });
    view! {
        {ways.password.then(|| view! { <ByPassword code=ways.code next /> })}
        {providers}
        {nothing
            .then(|| {
                view! { <Empty title="There is nothing by which you could confirm it.">"You have no password here, and no company account is linked. Ask an administrator."</Empty> }
            })}
    }
    .into_any()
}

#[component]
fn ByPassword(code: bool, next: String) -> impl IntoView {
    let error = kept_error(TO);
    let wrong = |field: &str, words: &'static str| {
        error
            .as_ref()
            .and_then(|error| error.field(field))
            .map(|_| words.to_owned())
    };
    let (password_wrong, code_wrong) = (
        wrong("password", "This is not your password."),
        wrong(
            "code",
            "This code is wrong, has been used, or is too old. Wait for the next one.",
        ),
    );
    let general: Option<AppError> = error.filter(|error| !matches!(error.code, Code::Invalid { .. }));
    view! {
        <Section id="password" title="By your password">
            <form method="post" action=TO class="form">
                <Failed error=general />
                <input type="hidden" name="next" value=next />
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    error=password_wrong
                    autocomplete="current-password"
                    required=true
                />
                {code
                    .then(|| {
                        view! {
                            <TextField
                                name="code"
                                label="Code"
                                hint="From your authenticator, or a recovery code."
                                error=code_wrong
                                autocomplete="one-time-code"
                                required=true
                                class="mono"
                            />
                        }
                    })}
                <p class="acts">
                    <button class="btn primary" type="submit">"Confirm"</button>
                </p>
            </form>
        </Section>
    }
}

/// Leads from the form in which it stands to [`Confirm`]: the form goes there as a document, script or not, and what was typed comes back with the
/// person. The form says where to in a field `next`, and by `path` whose fields they are.
#[component]
pub fn ConfirmButton() -> impl IntoView {
    view! {
        <button class="btn primary" type="submit" formaction=HOLD formnovalidate=true on:click=leave>
            "Confirm that it is you"
        </button>
    }
}

/// A script would make a call of the form: it is sent by the browser itself instead.
fn leave(event: leptos::ev::MouseEvent) {
    use leptos::wasm_bindgen::JsCast;
    let form = event
        .target()
        .and_then(|target| target.dyn_into::<leptos::web_sys::Element>().ok())
        .and_then(|button| button.closest("form").ok().flatten())
        .and_then(|form| form.dyn_into::<leptos::web_sys::HtmlFormElement>().ok());
    if let Some(form) = form {
        form.set_action(HOLD);
        if form.submit().is_ok() {
            event.prevent_default();
        }
    }
}
