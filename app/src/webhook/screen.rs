//! `/administration/webhooks/{id}`: one receiver.

use super::api::{
    ChangeWebhook, PostedWebhook, RemoveWebhook, RenewWebhookSecret, StartWebhook, StopWebhook, TestWebhook,
    WebhookPage, read_webhook,
};
use super::deliveries::Deliveries;
use super::form::Fields;
use super::list::health;
use crate::boot::kept;
use crate::error::{AppError, Code, refusal_of};
use crate::fresh::fresh;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, CopyBox, Glyph, Look, PageHead, Section, SubmitButton, WhyLine};
use domain::id::WebhookId;
use domain::webhook::Webhook;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page.
#[component]
pub fn WebhookScreen() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<WebhookId>().ok()));
    let kicked = kicks(|| vec!["webhooks".into()]);
    let page = Resource::new_blocking(
        move || (id.get(), kicked.get()),
        |(id, _)| async move {
            match id {
                Some(id) => read_webhook(id).await,
                None => Err(AppError {
                    code: Code::NotFound,
                    request_id: String::new(),
                }),
            }
        },
    );
    let query = use_query_map();
    let saved = move || {
        query.read().get("saved").map(|_| {
            view! { <div role="status"><WhyLine glyph=Glyph::Pass what="Saved.">"It holds for what happens from now on."</WhyLine></div> }
        })
    };
    // Outside of what is fetched again: a new secret must stay on the page.
    let renew = ServerAction::<RenewWebhookSecret>::new();
    view! {
        {saved}
        <Renewed renew />
        {fresh(page, move |found| match found {
            Ok(page) => view! { <Whole page renew /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Renewed(renew: ServerAction<RenewWebhookSecret>) -> impl IntoView {
    let shown = kept("/call/webhook/renew", "secret");
    let secret = move || {
        renew
            .value()
            .with(|value| value.as_ref().and_then(|value| value.as_ref().ok().cloned()))
            .or(shown.clone())
    };
    move || {
        secret().map(|secret| {
            view! {
                <div role="status">
                    <WhyLine glyph=Glyph::Pass what="Here is the new secret.">"The old one ended. It is shown once."</WhyLine>
                    <CopyBox text=secret label="Signing secret" />
                </div>
            }
        })
    }
}

#[component]
fn Whole(page: WebhookPage, renew: ServerAction<RenewWebhookSecret>) -> impl IntoView {
    const TO: &str = "/call/webhook/change";
    let WebhookPage {
        webhook,
        deliveries,
        services,
    } = page;
    let change = ServerAction::<ChangeWebhook>::new();
    // Each part takes what it shows.
    let id = webhook.id.to_string();
    let (to_change, to_renew) = (id.clone(), id.clone());
    let (name, host, posted) = (webhook.name.clone(), webhook.host.clone(), PostedWebhook::of(&webhook));
    let stopped = webhook.stopped.is_some();
    let crumbs = vec![("/administration/webhooks".to_owned(), "Webhooks".to_owned())];
    view! {
        <leptos_meta::Title text=name.clone() />
        <PageHead title=name.clone() crumbs />
        <Standing webhook />
        <Deliveries deliveries stopped />
        <Section id="change" title="Change it">
            <ActionForm action=change attr:class="form">
                <input type="hidden" name="id" value=to_change />
                <Fields
                    to=TO
                    posted
                    services
                    refused=refusal_of(change.value())
                    host
                />
                <p class="acts">
                    <SubmitButton pending=change.pending() look=Look::Plain while_pending="Saving">"Save"</SubmitButton>
                </p>
            </ActionForm>
        </Section>
        <Section id="secret" title="Signing secret">
            <details class="more-of">
                <summary>"Make a new one…"</summary>
                <p>"The receiver refuses what is signed by the new one until it knows it."</p>
                <ActionForm action=renew attr:class="inline">
                    <input type="hidden" name="id" value=to_renew />
                    <SubmitButton pending=renew.pending() look=Look::Plain>"Make a new secret"</SubmitButton>
                    <Refused refused=refusal_of(renew.value()) />
                </ActionForm>
            </details>
        </Section>
        <Remove id name />
    }
}

/// How it does, and what can be done about it.
#[component]
fn Standing(webhook: Webhook) -> impl IntoView {
    let test = ServerAction::<TestWebhook>::new();
    let stop = ServerAction::<StopWebhook>::new();
    let start = ServerAction::<StartWebhook>::new();
    let (glyph, word) = health(&webhook);
    let (id, to_test) = (webhook.id.to_string(), webhook.id.to_string());
    let stopped = webhook.stopped.is_some();
    let why_not = stopped.then(|| "It is stopped: start it first.".to_owned());
    let since = webhook.stopped.map(|(at, _)| at).or(webhook.failing_since);
    view! {
        <WhyLine glyph what=format!("{word}.")>
            {since.map(|at| view! { "Since " <Ago at /> ". " })} "Reports go to " {webhook.host}
        </WhyLine>
        <div class="acts after">
            <ActionForm action=test attr:class="inline">
                <input type="hidden" name="id" value=to_test />
                <SubmitButton pending=test.pending() look=Look::Plain why_not id="test">"Send a test"</SubmitButton>
                <Refused refused=refusal_of(test.value()) />
            </ActionForm>
            {if stopped {
                view! {
                    <ActionForm action=start attr:class="inline">
                        <input type="hidden" name="id" value=id />
                        <SubmitButton pending=start.pending() look=Look::Plain>"Start it"</SubmitButton>
                        <Refused refused=refusal_of(start.value()) />
                    </ActionForm>
                }
                    .into_any()
            } else {
                view! {
                    <ActionForm action=stop attr:class="inline">
                        <input type="hidden" name="id" value=id />
                        <SubmitButton pending=stop.pending() look=Look::Quiet>"Stop it"</SubmitButton>
                        <Refused refused=refusal_of(stop.value()) />
                    </ActionForm>
                }
                    .into_any()
            }}
        </div>
    }
}

#[component]
fn Remove(id: String, name: String) -> impl IntoView {
    let remove = ServerAction::<RemoveWebhook>::new();
    view! {
        <Section id="remove" title="Remove it">
            <details class="more-of">
                <summary>"Remove…"</summary>
                <p>{format!("Nothing is reported to {name} any more, and what is kept of its deliveries goes with it.")}</p>
                <ActionForm action=remove attr:class="inline">
                    <input type="hidden" name="id" value=id />
                    <SubmitButton pending=remove.pending() look=Look::Sure>"Remove it"</SubmitButton>
                    <Refused refused=refusal_of(remove.value()) />
                </ActionForm>
            </details>
        </Section>
    }
}

/// Why a small form was refused.
#[component]
pub(super) fn Refused(refused: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        refused
            .get()
            .map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
    }
}
