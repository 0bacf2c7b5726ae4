//! The providers by which people sign in: for administrators.

use super::company::{ProvidersPage, RemoveProvider, SwitchProvider, read_providers, test_provider};
use super::passwords::Passwords;
use super::people::Refusal;
use super::provider_form::ProviderFields;
use crate::boot::me;
use crate::error::refusal_of;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{
    CopyBox, Empty, Fact, Facts, Glyph, LinkButton, Look, PageHead, Section, State, SubmitButton, TextField, WhyLine,
};
use domain::access::{Action, Scope};
use domain::identity::{Provider, ProviderForm, ProviderKind, Standing};
use domain::service::Probe;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

const HERE: &str = "/administration/sign-in";

/// What the address asks for: `?add=github`, `?edit=company`, `?test=company`, `?saved=company`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Asked {
    add: Option<ProviderKind>,
    edit: Option<String>,
    test: Option<String>,
    saved: bool,
}

/// `/administration/sign-in`
#[component]
pub fn Providers() -> impl IntoView {
    let manages = me().is_some_and(|me| me.actor().may(Action::ManageInstance, Scope::Instance).is_ok());
    view! {
        <leptos_meta::Title text="Sign-in" />
        <PageHead title="Sign-in" />
        <super::AdministrationTabs current=HERE />
        {if manages {
            view! { <Managed /> }.into_any()
        } else {
            view! { <Empty title="Administrators decide by whom people sign in.">"Your own ways to sign in are in your profile."</Empty> }
                .into_any()
        }}
    }
}

#[component]
fn Managed() -> impl IntoView {
    let kicked = kicks(|| vec!["people".into()]);
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| Asked {
            add: query.get("add").and_then(|kind| ProviderKind::from_key(&kind)),
            edit: query.get("edit"),
            test: query.get("test"),
            saved: query.get("saved").is_some(),
        })
    });
    let page = Resource::new_blocking(move || kicked.get(), |_| read_providers());
    let answer = Resource::new_blocking(
        move || asked.get().test,
        |slug| async move {
            match slug {
                Some(slug) => Some((slug.clone(), test_provider(slug).await)),
                None => None,
            }
        },
    );
    view! {
        {move || {
            asked.get().saved.then(|| {
                view! { <div role="status"><WhyLine glyph=Glyph::Pass what="Saved.">"Test it below: what the provider says of itself is shown."</WhyLine></div> }
            })
        }}
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                answer.await.map(|(slug, answer)| match answer {
                    Ok(probe) => view! { <Answer slug probe /> }.into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
                })
            })}
        </Transition>
        {crate::fresh::fresh(page, move |found| match found {
            Ok(page) => view! { <Whole page asked=asked.get() /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Whole(page: ProvidersPage, asked: Asked) -> impl IntoView {
    let ProvidersPage {
        providers,
        door,
        address,
    } = page;
    let edited = asked
        .edit
        .as_ref()
        .and_then(|slug| providers.iter().find(|provider| provider.slug == *slug));
    let form = match (edited, asked.add) {
        (Some(provider), _) => Some((ProviderForm::of(provider), provider.has_secret)),
        (None, Some(kind)) => Some((fresh_form(kind, &providers), false)),
        (None, None) => None,
    };
    match form {
        Some((form, has_secret)) => view! { <ProviderFields form has_secret address /> }.into_any(),
        None => view! { <List providers door address /> }.into_any(),
    }
}

/// The ready settings of a kind, under a short name that is free.
fn fresh_form(kind: ProviderKind, providers: &[Provider]) -> ProviderForm {
    let form = ProviderForm::new(kind);
    let free = |slug: &String| providers.iter().all(|provider| provider.slug != *slug);
    let slug = std::iter::once(form.slug.clone()).chain((2..100).map(|n| format!("{}-{n}", form.slug)));
    let slug = slug.into_iter().find(free).unwrap_or_default();
    ProviderForm { slug, ..form }
}

#[component]
fn Answer(slug: String, probe: Probe) -> impl IntoView {
    let answers = vec![(slug, probe)];
    view! { <crate::service::probe::Answers answers /> }
}

#[component]
fn List(providers: Vec<Provider>, door: Standing, address: String) -> impl IntoView {
    let count = providers.len().to_string();
    let add = ProviderKind::ALL
        .map(|kind| {
            let href = format!("{HERE}?add={}", kind.key());
            view! { <LinkButton href look=Look::Plain>{kind_words(kind)}</LinkButton> }
        })
        .collect_view();
    let none = providers.is_empty();
    let rows = providers
        .into_iter()
        .map(|provider| {
            let kept = door.without_provider(&provider.slug).err().filter(|_| provider.enabled);
            let kept = kept.map(|why| crate::words::needed(why).to_owned());
            view! { <Row provider kept address=address.clone() /> }
        })
        .collect_view();
    view! {
        <Section id="providers" title="Providers" class="first" count>
            {if none {
                view! {
                    <Empty title="People sign in by password alone.">
                        "Add a provider, and they can come in by their company account. Roles can follow from groups there."
                    </Empty>
                }
                    .into_any()
            } else {
                rows.into_any()
            }}
        </Section>
        <Section id="add" title="Add a provider">
            <p class="acts">{add}</p>
        </Section>
        <Passwords door />
    }
}

/// What a kind is called.
fn kind_words(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Oidc => "Any OpenID Connect provider",
        ProviderKind::Github => "GitHub",
        ProviderKind::Gitlab => "GitLab",
        ProviderKind::Google => "Google",
        ProviderKind::Microsoft => "Microsoft",
    }
}

#[component]
fn Row(
    provider: Provider,
    /// Why it has to stay.
    kept: Option<String>,
    address: String,
) -> impl IntoView {
    let switch = ServerAction::<SwitchProvider>::new();
    let remove = ServerAction::<RemoveProvider>::new();
    let refused = refusal_of(remove.value());
    let wrong = Signal::derive(move || {
        refused
            .get()
            .and_then(|error| error.field("confirmation"))
            .map(|_| "Write the short name as it stands here.".to_owned())
    });
    let unsaid = Signal::derive(move || refused.get().filter(|error| error.field("confirmation").is_none()));
    let slug = provider.slug.clone();
    let state = if provider.enabled {
        view! { <State glyph=Glyph::Pass>"On"</State> }.into_any()
    } else {
        view! { <State glyph=Glyph::Off>"Off: nobody signs in by it"</State> }.into_any()
    };
    let people = match provider.people {
        1 => "1 person has signed in by it".to_owned(),
        n => format!("{n} people have signed in by it"),
    };
    let (edit, test) = (format!("{HERE}?edit={slug}"), format!("{HERE}?test={slug}"));
    let gone = format!("{people}, and would have to come in another way. Their accounts stay.");
    let (id, name, issuer) = (
        format!("provider-{slug}"),
        provider.name.clone(),
        provider.issuer.clone(),
    );
    let (short, known, words) = (slug.clone(), slug.clone(), strangers(&provider));
    let (switched, removed) = (slug.clone(), slug);
    let on = provider.enabled;
    let stays_on = format!("{id}-switch");
    let needed = kept.clone();
    view! {
        <Section id title=name class="sub">
            <Facts>
                <Fact term="State">{state}</Fact>
                <Fact term="Short name"><code>{short}</code></Fact>
                <Fact term="Issuer"><code>{issuer}</code></Fact>
                <Fact term="Strangers">{words}</Fact>
                <Fact term="People">{people}</Fact>
            </Facts>
            <Addresses slug=known address />
            <div class="acts after">
                <LinkButton href=edit look=Look::Plain>"Edit"</LinkButton>
                <LinkButton href=test look=Look::Plain>"Test it now"</LinkButton>
                <ActionForm action=switch attr:class="inline">
                    <input type="hidden" name="slug" value=switched />
                    <input type="hidden" name="enabled" value=(!on).to_string() />
                    <SubmitButton pending=switch.pending() look=Look::Plain why_not=needed id=stays_on>{if on { "Switch off" } else { "Switch on" }}</SubmitButton>
                    <Refusal refused=refusal_of(switch.value()) />
                </ActionForm>
            </div>
            <details class="more-of grave">
                <summary>"Remove…"</summary>
                <p>{gone}</p>
                {match kept {
                    Some(why) => view! { <p class="after">{why}</p> }.into_any(),
                    None => {
                        view! {
                            <ActionForm action=remove attr:class="row-form">
                                <input type="hidden" name="slug" value=removed.clone() />
                                <TextField
                                    name="confirmation"
                                    id=format!("remove-{removed}")
                                    label=format!("Write {removed} to confirm")
                                    error=wrong
                                    required=true
                                    autocomplete="off"
                                />
                                <SubmitButton pending=remove.pending() look=Look::Back>"Remove"</SubmitButton>
                                <Refusal refused=unsaid />
                            </ActionForm>
                        }
                            .into_any()
                    }
                }}
            </details>
        </Section>
    }
    .into_any()
}

fn strangers(provider: &Provider) -> String {
    let settings = &provider.settings;
    let domains = match settings.domains.as_slice() {
        [] => String::new(),
        some => format!(" of {}", some.join(", ")),
    };
    match (settings.joins, settings.kind.vouches()) {
        (true, _) => format!(
            "With a proven e-mail address{domains} they join as {}",
            crate::words::role(settings.join_role)
        ),
        (false, true) => "Stay outside unless they are invited".into(),
        (false, false) => "Stay outside unless they are invited: Microsoft's addresses are no proof".into(),
    }
}

/// What has to be told to the provider.
#[component]
pub fn Addresses(slug: String, address: String) -> impl IntoView {
    let (back, out) = (format!("{address}/sign-in/callback/{slug}"), format!("{address}/login"));
    view! {
        <p class="after">"Redirect address to enter at the provider:"</p>
        <CopyBox text=back label="Redirect address" />
        <p class="after">"Address to come back to after signing out there:"</p>
        <CopyBox text=out label="Address after sign-out" />
    }
}
