//! How a repository is asked for what its webhook missed: by whose token, when last, what was filled in.

use super::api::{AskSource, ReconcileSource};
use crate::boot::{kept, me_as_actor};
use crate::error::refusal_of;
use crate::ui::{Ago, Fact, Facts, Glyph, Look, SubmitButton, TextField, Time, WhyLine};
use domain::access::{Action, Scope};
use domain::github::answer::PUBLIC_API;
use domain::hook::{Asking, Filled};
use domain::id::ServiceId;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Where the form goes.
const TO: &str = "/call/service/source-ask";

/// Below the connection.
#[component]
pub fn AskingPart(name: String, service: ServiceId, asking: Option<Asking>) -> impl IntoView {
    let may_set = me_as_actor().is_some_and(|actor| actor.may(Action::ManageTarget, Scope::Service(service)).is_ok());
    let stands = match &asking {
        None => view! {
            <WhyLine glyph=Glyph::Hold what="Missed deliveries are not found.">
                "GitHub does not deliver again by itself. With an access token, Slipway asks every ten minutes for commits, checks, reviews and releases that did not come."
                {(!may_set).then_some(" An administrator can give one.")}
            </WhyLine>
        }
        .into_any(),
        Some(asking) => view! { <Stands name=name.clone() asking=asking.clone() /> }.into_any(),
    };
    view! {
        <h3>"Missed deliveries"</h3>
        {stands}
        {may_set.then(|| view! { <TokenForm name asking /> })}
    }
    .into_any()
}

#[component]
fn Stands(name: String, asking: Asking) -> impl IntoView {
    let again = ServerAction::<ReconcileSource>::new();
    let trouble = (!asking.error.is_empty()).then(|| {
        let error = asking.error.clone();
        view! { <WhyLine glyph=Glyph::Fail what="The last try came to no end.">{error}</WhyLine> }
    });
    let rests = asking.rests_until.map(|until| {
        view! {
            <WhyLine glyph=Glyph::Wait what="GitHub's limit of questions is reached.">
                "It is asked again at " <Time at=until /> "."
            </WhyLine>
        }
    });
    view! {
        {trouble}
        {rests}
        <Facts>
            <Fact term="Token">"in the secret " <code>{asking.secret}</code></Fact>
            <Fact term="Asked at"><code>{asking.api_url}</code></Fact>
            <Fact term="Last reconciled">
                {match asking.reconciled_at {
                    Some(at) => view! { <Ago at /> }.into_any(),
                    None => "Not yet".into_any(),
                }}
            </Fact>
            <Fact term="Last tried">
                {match asking.tried_at {
                    Some(at) => view! { <Ago at /> }.into_any(),
                    None => "Not yet".into_any(),
                }}
            </Fact>
        </Facts>
        <FilledIn filled=asking.filled />
        <ActionForm action=again attr:class="after">
            <input type="hidden" name="name" value=name />
            <SubmitButton pending=again.pending() look=Look::Plain>"Reconcile now"</SubmitButton>
            <super::lock::Refused refused=refusal_of(again.value()) field="name" />
        </ActionForm>
    }
    .into_any()
}

#[component]
fn FilledIn(filled: Vec<Filled>) -> impl IntoView {
    if filled.is_empty() {
        return view! { <p class="meta after">"Nothing was missed so far."</p> }.into_any();
    }
    let rows = filled.into_iter().map(|one| {
        view! {
            <li>
                <crate::ui::GlyphMark name=Glyph::Pass />
                <p class="what">{one.told} <span class="more">" " <Ago at=one.at /></span></p>
            </li>
        }
    });
    view! {
        <details class="more-of">
            <summary>"Missed and filled in"</summary>
            <ul class="list middle">{rows.collect_view()}</ul>
        </details>
    }
    .into_any()
}

#[component]
fn TokenForm(name: String, asking: Option<Asking>) -> impl IntoView {
    let ask = ServerAction::<AskSource>::new();
    let refused = refusal_of(ask.value());
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            let problem = refused.get()?.field(field)?;
            Some(crate::words::problem(&problem))
        })
    };
    let secret = kept(TO, "kept_in").or(asking.as_ref().map(|asking| asking.secret.clone()));
    let own = |address: String| if address == PUBLIC_API { String::new() } else { address };
    let api_url = kept(TO, "api_url").or(asking.map(|asking| own(asking.api_url)));
    view! {
        <details class="more-of">
            <summary>"Token and address…"</summary>
            <p class="prose">
                "Make a fine-grained token at GitHub that may read contents, checks, actions and pull requests of this repository, keep it under "
                <a href="/administration/secrets">"Secrets"</a> ", and name that secret here. Without a name nobody is asked."
            </p>
            <ActionForm action=ask attr:class="form">
                <input type="hidden" name="name" value=name />
                <TextField
                    name="kept_in"
                    label="Secret with the token"
                    value=secret.unwrap_or_default()
                    error=wrong("secret")
                    autocomplete="off"
                />
                <TextField
                    name="api_url"
                    label="Address of the API"
                    hint="Of GitHub Enterprise, such as https://github.example.com/api/v3. Empty: GitHub's own."
                    value=api_url.unwrap_or_default()
                    error=wrong("api_url")
                    autocomplete="off"
                />
                <div class="acts">
                    <SubmitButton pending=ask.pending()>"Save and reconcile"</SubmitButton>
                </div>
                {move || {
                    let other = refused.get().filter(|error| !matches!(error.code, crate::error::Code::Invalid { .. }));
                    other.map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
                }}
            </ActionForm>
        </details>
    }
    .into_any()
}
