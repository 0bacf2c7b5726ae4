//! `/administration/webhooks`: where happenings are reported to.

use super::api::{AddWebhook, AddedWebhook, Choosable, ListPage, PostedWebhook, read_webhooks};
use super::form::Fields;
use super::words;
use crate::boot::kept;
use crate::error::refusal_of;
use crate::fresh::fresh;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, CopyBox, Empty, Glyph, GlyphMark, PageHead, Section, SubmitButton, WhyLine};
use domain::webhook::{Form, Stopped, Webhook};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The page.
#[component]
pub fn WebhookList() -> impl IntoView {
    let kicked = kicks(|| vec!["webhooks".into()]);
    let page = Resource::new_blocking(move || kicked.get(), |_| read_webhooks());
    // Outside of what is fetched again: the secret of a new one must stay on the page.
    let add = ServerAction::<AddWebhook>::new();
    view! {
        <leptos_meta::Title text="Webhooks" />
        <PageHead title="Webhooks" />
        <crate::access::AdministrationTabs current="/administration/webhooks" />
        <Added add />
        {fresh(page, move |found| match found {
            Ok(ListPage { webhooks, services }) => {
                view! {
                    <Lines webhooks />
                    <Add add services />
                }
                    .into_any()
            }
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

/// The secret of the one that was just added, once.
#[component]
fn Added(add: ServerAction<AddWebhook>) -> impl IntoView {
    const TO: &str = "/call/webhook/add";
    let shown = kept(TO, "secret")
        .zip(kept(TO, "id").and_then(|id| id.parse().ok()))
        .map(|(secret, id)| AddedWebhook { id, secret });
    let added = move || {
        add.value()
            .with(|value| value.as_ref().and_then(|value| value.as_ref().ok().cloned()))
            .or(shown.clone())
    };
    move || {
        added().map(|AddedWebhook { id, secret }| {
            view! {
                <div class="after" role="status">
                    <WhyLine glyph=Glyph::Pass what="Added.">
                        "Reports are signed by this secret. It is shown once: give it to the receiver now. "
                        <a href=format!("/administration/webhooks/{id}")>"Send a test"</a>
                    </WhyLine>
                    <CopyBox text=secret label="Signing secret" />
                </div>
            }
        })
    }
}

#[component]
fn Lines(webhooks: Vec<Webhook>) -> impl IntoView {
    let count = webhooks.len().to_string();
    let none = webhooks.is_empty();
    view! {
        <Section id="webhooks" title="Receivers" count class="first">
            {if none {
                view! {
                    <Empty title="Nothing is reported anywhere.">
                        "A webhook tells another program, or a chat, when approval is asked for, a deployment ends or is taken back, or an incident opens."
                    </Empty>
                }
                    .into_any()
            } else {
                view! { <ul class="list middle">{webhooks.into_iter().map(line).collect_view()}</ul> }.into_any()
            }}
        </Section>
    }
}

fn line(webhook: Webhook) -> impl IntoView {
    let (glyph, word) = health(&webhook);
    let since = webhook
        .stopped
        .map(|(at, _)| at)
        .or(webhook.failing_since)
        .map(|at| view! { ", since " <Ago at /> });
    view! {
        <li>
            <GlyphMark name=glyph />
            <p class="what">
                <a href=format!("/administration/webhooks/{}", webhook.id)>{webhook.name.clone()}</a>
                ": " {word}
                <span class="more">". " {words::form(webhook.form)} " at " {webhook.host.clone()} {since}</span>
            </p>
        </li>
    }
}

/// How a receiver does.
pub(super) fn health(webhook: &Webhook) -> (Glyph, &'static str) {
    match (&webhook.stopped, webhook.failing_since) {
        (Some((_, Stopped::Person)), _) => (Glyph::Paused, "Stopped"),
        (Some((_, Stopped::Failing)), _) => (Glyph::Fail, "Stopped, nothing arrived"),
        (None, Some(_)) => (Glyph::Hold, "Nothing arrives"),
        (None, None) => (Glyph::Pass, "On"),
    }
}

#[component]
fn Add(add: ServerAction<AddWebhook>, services: Vec<Choosable>) -> impl IntoView {
    let posted = PostedWebhook {
        form: Form::Standard.key().into(),
        ..PostedWebhook::default()
    };
    view! {
        <Section id="add" title="Add a webhook">
            <ActionForm action=add attr:class="form">
                <Fields to="/call/webhook/add" posted services refused=refusal_of(add.value()) />
                <p class="acts">
                    <SubmitButton pending=add.pending() while_pending="Adding">"Add the webhook"</SubmitButton>
                </p>
            </ActionForm>
        </Section>
    }
}
