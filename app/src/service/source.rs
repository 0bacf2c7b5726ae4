//! The connection of a service to its source repository: how to make it, and what came by it.

use super::api::{ConnectSource, DisconnectSource, read_source};
use crate::boot::kept;
use crate::error::refusal_of;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, CopyBox, Fact, Facts, Glyph, Look, Section, State, SubmitButton, WhyLine};
use domain::hook::{Delivery, Hook};
use domain::id::ServiceId;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Where the form goes.
const TO: &str = "/call/service/source-connect";

/// The part of a service's page for whoever sets it up.
#[component]
pub fn SourcePart(name: String, service: ServiceId) -> impl IntoView {
    let kicked = kicks(|| vec!["services".into()]);
    let asked = name.clone();
    let hook = Resource::new_blocking(move || kicked.get(), move |_| read_source(asked.clone()));
    // Outside of what is fetched again: the secret stays until the page is left.
    let connect = ServerAction::<ConnectSource>::new();
    let shown = kept(TO, "address").zip(kept(TO, "once"));
    let made = move || {
        connect
            .value()
            .with(|value| value.as_ref().and_then(|value| value.as_ref().ok().cloned()))
            .map(|made| (made.address, made.secret))
            .or(shown.clone())
    };
    let of = name.clone();
    view! {
        <Section id="source" title="GitHub">
            {crate::fresh::fresh(hook, move |found| match found {
                        Ok(Some(hook)) => view! { <Connected name=of.clone() service hook /> }.into_any(),
                        Ok(None) => view! { <NotYet /> }.into_any(),
                        Err(error) => view! { <Trouble error /> }.into_any(),
            })}
            <ActionForm action=connect attr:class="after">
                <input type="hidden" name="name" value=name />
                <SubmitButton pending=connect.pending() look=Look::Plain>"Make an address and a secret"</SubmitButton>
                <super::lock::Refused refused=refusal_of(connect.value()) field="name" />
            </ActionForm>
            {move || made().map(|(address, secret)| view! { <Handover address secret /> })}
        </Section>
    }
    .into_any()
}

#[component]
fn NotYet() -> impl IntoView {
    view! {
        <p class="prose">
            "No repository tells of itself here yet. Its commits, reviews and checks can come by webhook as they happen: checks tick the items that they prove, and a commit's way to production is timed from its push."
        </p>
    }
}

/// What GitHub has to be told, once.
#[component]
fn Handover(address: String, secret: String) -> impl IntoView {
    view! {
        <div class="after" role="status">
            <WhyLine glyph=Glyph::Pass what="Give these to GitHub.">
                "In the repository's settings, under Webhooks: content type application/json; events: pushes, check runs, workflow runs, pull request reviews, deployment statuses, releases. The secret is shown once; one that was made before ends."
            </WhyLine>
            <CopyBox text=address label="Payload URL" />
            <CopyBox text=secret label="Secret" />
        </div>
    }
}

#[component]
fn Connected(name: String, service: ServiceId, hook: Hook) -> impl IntoView {
    let (by, at) = (hook.connected_by.clone(), hook.connected_at);
    let stands = if hook.works {
        view! { <State glyph=Glyph::Pass>"Connected"</State> }.into_any()
    } else {
        view! {
            <WhyLine glyph=Glyph::Hold what="Deliveries are refused.">
                "The account of " {hook.connected_by.clone()} " is not active. Make a new secret, and what comes is done in your name."
            </WhyLine>
        }
        .into_any()
    };
    let last = hook.deliveries.first().map(|last| last.received_at);
    view! {
        {stands}
        <Facts>
            <Fact term="Connected">"by " {by} " " <Ago at /></Fact>
            <Fact term="Last delivery">
                {match last {
                    Some(at) => view! { <Ago at /> }.into_any(),
                    None => "None yet: GitHub sends one as soon as the webhook is made".into_any(),
                }}
            </Fact>
        </Facts>
        {(!hook.deliveries.is_empty()).then(|| view! { <Deliveries deliveries=hook.deliveries /> })}
        <super::asking::AskingPart name=name.clone() service asking=hook.asking />
        <Ending name />
    }
    .into_any()
}

#[component]
fn Deliveries(deliveries: Vec<Delivery>) -> impl IntoView {
    let rows = deliveries
        .into_iter()
        .map(|delivery| {
            let (glyph, word) = match delivery.outcome.as_str() {
                "used" => (Glyph::Pass, "Kept"),
                "unreadable" => (Glyph::Fail, "Not readable"),
                _ => (Glyph::Off, "Nothing to keep"),
            };
            view! {
                <li>
                    <crate::ui::GlyphMark name=glyph />
                    <p class="what">
                        <code>{delivery.event}</code> ", " {word} ": " {delivery.told}
                        <span class="more">" " <Ago at=delivery.received_at /> ", " <code>{delivery.id}</code></span>
                    </p>
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="more-of">
            <summary>"Last deliveries"</summary>
            <ul class="list middle">{rows}</ul>
        </details>
    }
}

#[component]
fn Ending(name: String) -> impl IntoView {
    let end = ServerAction::<DisconnectSource>::new();
    view! {
        <details class="more-of grave">
            <summary>"Disconnect…"</summary>
            <p class="prose">"What came so far stays. Deliveries are refused from then on."</p>
            <ActionForm action=end>
                <input type="hidden" name="name" value=name />
                <SubmitButton pending=end.pending() look=Look::Back>"Disconnect"</SubmitButton>
                <super::lock::Refused refused=refusal_of(end.value()) field="name" />
            </ActionForm>
        </details>
    }
}
