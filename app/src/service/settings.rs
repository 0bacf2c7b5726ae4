//! How an environment is changed and measured: the form, the test of its connections, and what came of both.

use super::api::{SaveSettings, TestSettings};
use super::posted::PostedSettings;
use super::probe::Answers;
use super::settings_fields::fields;
use super::view::at_head;
use crate::boot::{kept, me};
use crate::error::{AppError, Code};
use crate::ui::format::counted;
use crate::ui::{FormErrors, Glyph, SubmitButton, WhyLine};
use domain::access::Action;
use domain::service::{Environment, Probe};
use leptos::form::FromFormData;
use leptos::prelude::*;

/// Where the form goes.
pub const TO: &str = "/call/service/settings";
/// Where the test goes.
pub const TEST: &str = "/call/service/test";

/// The calls of this part, made outside of what is fetched again so that their answers stay.
#[derive(Clone, Copy)]
pub struct SettingsCalls {
    save: ServerAction<SaveSettings>,
    test: ServerAction<TestSettings>,
}

impl SettingsCalls {
    /// Once a page.
    pub fn new() -> SettingsCalls {
        SettingsCalls {
            save: ServerAction::new(),
            test: ServerAction::new(),
        }
    }

    /// Why the last of them failed.
    fn failed(self) -> Signal<Option<AppError>> {
        let SettingsCalls { save, test } = self;
        Signal::derive(move || {
            save.value()
                .get()
                .and_then(Result::err)
                .or_else(|| test.value().get().and_then(Result::err))
        })
    }
}

impl Default for SettingsCalls {
    fn default() -> Self {
        SettingsCalls::new()
    }
}

/// The form for administrators; for others the same, which can't be saved, and a sentence.
#[component]
pub fn SettingsPart(environment: Environment, calls: SettingsCalls) -> impl IntoView {
    let allowed = me().is_some_and(|me| me.actor().may(Action::ManageTarget, environment.scope()).is_ok());
    let SettingsCalls { save, test } = calls;
    let form = PostedSettings::of(&environment.settings);
    let failed = calls.failed();
    let head = Signal::derive(move || failed.get().map(|error| listed(&error)).unwrap_or_default());
    // Each call takes the other's answer away: what stands beside the buttons is about the last press.
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if asks_for_test(&event) {
            if let Ok(input) = TestSettings::from_event(&event) {
                save.clear();
                test.dispatch(input);
            }
        } else if let Ok(input) = SaveSettings::from_event(&event) {
            test.clear();
            save.dispatch(input);
        }
    };
    let why_not = (!allowed).then(|| "Only administrators change what is run and measured.".to_owned());
    view! {
        <form method="post" action=TO on:submit=submit novalidate="">
            <input type="hidden" name="environment" value=environment.id.to_string() />
            <input type="hidden" name="row_version" value=environment.row_version.to_string() />
            <div id="wrong">
                <FormErrors errors=head />
            </div>
            {fields(form, failed)}
            <div class="form after">
                <Said calls />
                <p class="acts">
                    <SubmitButton pending=save.pending() while_pending="Saving" why_not=why_not.clone() id="save-settings">"Save settings"</SubmitButton>
                    {allowed.then(|| view! { <TestButton pending=test.pending() /> })}
                </p>
            </div>
        </form>
        <Tested test />
    }
}

/// What the head of the form lists; nothing when no field is to blame.
fn listed(error: &AppError) -> Vec<(Option<String>, String)> {
    match &error.code {
        Code::Invalid { fields } if fields.get("form").is_none() => at_head(fields),
        _ => Vec::new(),
    }
}

/// Whether the button that was pressed asks for a test.
fn asks_for_test(event: &leptos::ev::SubmitEvent) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        event
            .submitter()
            .and_then(|button| button.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|button| button.id() == "test-it")
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        false
    }
}

#[component]
fn TestButton(#[prop(into)] pending: Signal<bool>) -> impl IntoView {
    view! {
        <button class="btn" id="test-it" type="submit" formaction=TEST aria-busy=move || pending.get().to_string()>
            {move || if pending.get() { "Testing" } else { "Test it now" }}
        </button>
    }
}

/// Whether it was saved, or why not. It stands beside the buttons, which are far below the head of the form.
#[component]
fn Said(calls: SettingsCalls) -> impl IntoView {
    let SettingsCalls { save, test } = calls;
    move || match (save.value().get(), test.value().get()) {
        (Some(Err(error)), _) => Some(refused("Not saved.", &error)),
        (_, Some(Err(error))) => Some(refused("Not tested.", &error)),
        (Some(Ok(())), _) => Some(saved()),
        _ => None,
    }
}

fn saved() -> AnyView {
    let words = "The next deployment uses these settings. A pending approval was for the old ones.";
    view! { <div role="status"><WhyLine glyph=Glyph::Pass what="Saved.">{words}</WhyLine></div> }.into_any()
}

/// The head of the form has read out its list already, so that this one is quieter where there is a list.
fn refused(what: &'static str, error: &AppError) -> AnyView {
    let count = listed(error).len() as u64;
    if count == 0 {
        let words = crate::words::refusal(error);
        return view! { <div role="alert"><WhyLine glyph=Glyph::Fail what>{words}</WhyLine></div> }.into_any();
    }
    let words = counted(count, "field needs another look. ", "fields need another look. ");
    view! {
        <div role="status">
            <WhyLine glyph=Glyph::Fail what>
                {words} <a href="#wrong" rel="external">"See which"</a>
            </WhyLine>
        </div>
    }
    .into_any()
}

/// What the connections answered; without script it came over the redirect.
#[component]
fn Tested(test: ServerAction<TestSettings>) -> impl IntoView {
    let shown: Option<Vec<(String, Probe)>> = kept(TEST, "answers").and_then(|text| serde_json::from_str(&text).ok());
    move || {
        let answers = test.value().get().and_then(Result::ok).or_else(|| shown.clone());
        answers.map(|answers| view! { <Answers answers /> })
    }
}
