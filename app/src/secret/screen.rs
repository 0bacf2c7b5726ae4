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
                <SetForm page=page.clone() />
                <List page />
            }
            .into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn SetForm(page: SecretPage) -> impl IntoView {
    const TO: &str = "/call/secret/set";
    let SecretPage { secrets, services, .. } = page;
    // The address names a secret whose next version is to be set.
    let next = use_query_map().with_untracked(|query| {
        let (name, service) = (
            query.get("next")?,
            query.get("of").filter(|service| !service.is_empty()),
        );
        secrets
            .into_iter()
            .find(|secret| secret.name == name && secret.service == service)
    });
    let (name, service) = next.as_ref().map_or_else(Default::default, |secret| {
        (secret.name.clone(), secret.service.clone().unwrap_or_default())
    });
    let effect = next.map(|secret| {
        let what = format!("Version {} of {} comes after it.", secret.version + 1, secret.name);
        view! { <WhyLine glyph=Glyph::Wait what=what>{voids(&secret)}</WhyLine> }
    });
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
                {effect}
                <TextField
                    name="name"
                    label="Name"
                    hint="A new name makes a secret. One that is there gets its next version: what waits for approval with the version before has to be asked for anew, as the list below says."
                    value=kept(TO, "name").unwrap_or(name)
                    error=wrong("name")
                    required=true
                    autocomplete="off"
                />
                <Select name="service" label="For" choices=whose value=kept(TO, "service").unwrap_or(service) error=wrong("service") />
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

/// What the next version of a secret does.
fn voids(secret: &SecretLine) -> String {
    let keeps = format!("What is queued or runs keeps version {}.", secret.version);
    let approvals = match secret.voids.approvals {
        0 => "no approval".to_owned(),
        1 => "1 approval".to_owned(),
        many => format!("{many} approvals"),
    };
    match secret.voids.requests {
        0 => format!("Nothing that waits for approval needs it. {keeps}"),
        1 => format!("1 request for approval, with {approvals} given, becomes void and has to be made anew. {keeps}"),
        many => format!(
            "{many} requests for approval, with {approvals} given, become void and have to be made anew. {keeps}"
        ),
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
                            <th scope="col">"Next version"</th>
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
    let of = [
        ("next", secret.name.as_str()),
        ("of", secret.service.as_deref().unwrap_or_default()),
    ];
    let query = of.map(|(name, value)| format!("{name}={value}")).join("&");
    let set_next = format!("{PAGE}?{query}#set");
    let waits = match secret.voids.requests {
        0 => "voids no approval".to_owned(),
        1 => "voids 1 request for approval".to_owned(),
        many => format!("voids {many} requests for approval"),
    };
    view! {
        <tr>
            <th scope="row">
                <code>{secret.name.clone()}</code>
            </th>
            <td data-head="For">{secret.service.clone().unwrap_or_else(|| "every service".to_owned())}</td>
            <td data-head="Version">{secret.version} ", by " {by} ", " <Ago at=secret.set_at /></td>
            <td data-head="Next version">
                <a href=set_next rel="external">"Set it"</a>
                ": " {waits}
            </td>
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::secret::Voids;

    #[test]
    fn what_a_next_version_does_is_said_beforehand() {
        let secret = |requests, approvals| SecretLine {
            id: domain::id::SecretId(uuid::Uuid::nil()),
            name: "registry".into(),
            service: None,
            version: 3,
            set_by: domain::id::PersonId(uuid::Uuid::nil()),
            set_at: chrono::DateTime::UNIX_EPOCH,
            used_at: None,
            used_by: Vec::new(),
            voids: Voids { requests, approvals },
        };
        assert_eq!(
            voids(&secret(0, 0)),
            "Nothing that waits for approval needs it. What is queued or runs keeps version 3."
        );
        assert!(voids(&secret(1, 0)).starts_with("1 request for approval, with no approval given, becomes void"));
        assert!(voids(&secret(2, 1)).starts_with("2 requests for approval, with 1 approval given, become void"));
    }
}
