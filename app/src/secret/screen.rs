//! Which secrets there are, who set them, who uses them; and a form that sets one. A value is typed once and never shown.

use super::api::{RemoveSecret, SetSecret, read_secrets};
use crate::boot::kept;
use crate::error::{AppError, Code, refusal_of};
use crate::event_words::Names;
use crate::fresh::fresh;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{
    Ago, Choice, Empty, Glyph, Look, PageHead, Section, Select, SubmitButton, TextArea, TextField, WhyLine,
};
use domain::secret::{SecretLine, SecretPage};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

const PAGE: &str = "/administration/secrets";

/// `/administration/secrets`.
#[component]
pub fn Secrets() -> impl IntoView {
    let kicked = kicks(|| vec!["secrets".into()]);
    let page = Resource::new_blocking(move || kicked.get(), |_| read_secrets());
    let query = use_query_map();
    let done = move || {
        query.read().get("set").map(|name| {
            view! {
                <div role="status">
                    <WhyLine glyph=Glyph::Pass what="Set.">{format!("{name} has a new version. Plans that use it are other plans now, and want new approvals.")}</WhyLine>
                </div>
            }
        })
    };
    view! {
        <Title text="Secrets" />
        <PageHead title="Secrets" />
        <crate::access::AdministrationTabs current=PAGE />
        {done}
        {fresh(page, |found| match found {
            Ok(page) => view! {
                <SetForm services=page.services.clone() />
                <List page />
            }
            .into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn SetForm(services: Vec<String>) -> impl IntoView {
    const TO: &str = "/call/secret/set";
    let set = ServerAction::<SetSecret>::new();
    let refused = refusal_of(set.value());
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            refused
                .get()?
                .field(field)
                .map(|problem| crate::words::problem(&problem))
        })
    };
    // The page is loaded anew, so that the value does not stand there any more.
    Effect::new(move |_| {
        set.value().with(|value| {
            if let Some(Ok(next)) = value {
                window().location().assign(next).ok();
            }
        });
    });
    let mut whose = vec![Choice::new("", "every service")];
    whose.extend(services.into_iter().map(Choice::same));
    view! {
        <Section id="set" title="Set a secret" class="first">
            <ActionForm action=set attr:class="form">
                {failed(refused)}
                <TextField
                    name="name"
                    label="Name"
                    hint="A new name makes a secret; one that is there gets its next version."
                    value=kept(TO, "name").unwrap_or_default()
                    error=wrong("name")
                    required=true
                    autocomplete="off"
                />
                <Select name="service" label="For" choices=whose value=kept(TO, "service").unwrap_or_default() error=wrong("service") />
                <TextArea
                    name="secret_value"
                    label="Value"
                    hint="At least 4 characters. It is sealed at once and never shown again, here or in a log."
                    rows=3
                    class="mono"
                    error=wrong("secret_value")
                    required=true
                />
                <div class="acts">
                    <SubmitButton pending=set.pending() while_pending="Sealing">"Set"</SubmitButton>
                </div>
            </ActionForm>
        </Section>
    }
}

/// Why the whole form failed, when no field says it.
fn failed(refused: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        let other = refused
            .get()
            .filter(|error| !matches!(error.code, Code::Invalid { .. }));
        other.map(|error| {
            let words = crate::words::refusal(&error);
            view! { <WhyLine glyph=Glyph::Fail what="Not set.">{words}</WhyLine> }
        })
    }
}

#[component]
fn List(page: SecretPage) -> impl IntoView {
    let count = page.secrets.len().to_string();
    if page.secrets.is_empty() {
        return view! {
            <Section id="secrets" title="Secrets" count>
                <Empty title="No secret yet.">
                    "A secret is a value that a target's commands need, such as a password of a registry. Set one here, then name it in the settings of an environment: its commands get it as an environment variable."
                </Empty>
            </Section>
        }
        .into_any();
    }
    let names = Names::of(&page.people);
    let rows = page.secrets.iter().map(|secret| row(secret, &names)).collect_view();
    view! {
        <Section id="secrets" title="Secrets" count>
            <div class="scroll" role="region" aria-label="Secrets" tabindex="0">
                <table class="blocks middle">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"For"</th>
                            <th scope="col">"Version"</th>
                            <th scope="col">"Used by"</th>
                            <th scope="col">"Last used"</th>
                            <th scope="col">"Remove"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Section>
    }
    .into_any()
}

fn row(secret: &SecretLine, names: &Names<'_>) -> impl IntoView + use<> {
    let by = names.person(secret.set_by).to_owned();
    let used_at = match secret.used_at {
        Some(at) => view! { <Ago at /> }.into_any(),
        None => "not yet".into_any(),
    };
    let used_by = if secret.used_by.is_empty() {
        "nothing".to_owned()
    } else {
        secret.used_by.join(", ")
    };
    view! {
        <tr>
            <th scope="row">
                <code>{secret.name.clone()}</code>
            </th>
            <td data-head="For">{secret.service.clone().unwrap_or_else(|| "every service".to_owned())}</td>
            <td data-head="Version">{secret.version} ", by " {by} ", " <Ago at=secret.set_at /></td>
            <td data-head="Used by">{used_by}</td>
            <td data-head="Last used" class="fine">{used_at}</td>
            <td>
                <Remove secret=secret.clone() />
            </td>
        </tr>
    }
}

#[component]
fn Remove(secret: SecretLine) -> impl IntoView {
    if !secret.used_by.is_empty() {
        return view! { <span class="meta">"A target names it: change its settings first."</span> }.into_any();
    }
    let remove = ServerAction::<RemoveSecret>::new();
    let refused = refusal_of(remove.value());
    view! {
        <details class="more-of grave">
            <summary>"Remove…"</summary>
            <p>{format!("All versions of {} are gone then. Plans that were approved with it can't run any more.", secret.name)}</p>
            <ActionForm action=remove attr:class="inline">
                <input type="hidden" name="id" value=secret.id.to_string() />
                <SubmitButton pending=remove.pending() look=Look::Back>{format!("Remove {}", secret.name)}</SubmitButton>
                {move || {
                    refused.get().map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
                }}
            </ActionForm>
        </details>
    }
    .into_any()
}
