//! A new service, and an edited one.

use super::api::{CreateService, FormNeeds, UpdateService, read_form};
use super::form::ServiceFields;
use super::posted::{PostedEnvironment, PostedService};
use crate::boot::{kept, me};
use crate::error::{AppError, Code};
use crate::shell::Trouble;
use crate::ui::{Glyph, LinkButton, Look, PageHead, SubmitButton, WhyLine};
use domain::access::Person;
use domain::service::{OwnerTeam, ServicePage};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// `/services/new`
#[component]
pub fn ServiceNew() -> impl IntoView {
    let form = Resource::new_blocking(|| (), |()| read_form(None));
    view! {
        <leptos_meta::Title text="Set up a service" />
        <PageHead title="Set up a service" crumbs=vec![("/services".into(), "Services".into())] />
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match form.await {
                    Ok(FormNeeds { people, teams, .. }) => view! { <NewForm people teams /> }.into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn NewForm(people: Vec<Person>, teams: Vec<OwnerTeam>) -> impl IntoView {
    let create = ServerAction::<CreateService>::new();
    let form = kept_form("/call/service/create").unwrap_or_else(|| {
        let own = me().map(|me| me.person.id.to_string());
        PostedService {
            owners: own.into_iter().collect(),
            ..PostedService::fresh()
        }
    });
    let failed = Signal::derive(move || create.value().get().and_then(Result::err));
    view! {
        <ActionForm action=create attr:novalidate="">
            <Failed failed />
            <ServiceFields form used=Vec::new() people teams failed />
            <p class="acts after">
                <SubmitButton pending=create.pending() while_pending="Setting up">"Set up"</SubmitButton>
                <LinkButton href="/services" look=Look::Quiet>"Leave it"</LinkButton>
            </p>
        </ActionForm>
    }
}

/// `/services/:name/edit`
#[component]
pub fn ServiceEdit() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let form = Resource::new_blocking(move || name.get(), |name| read_form(Some(name)));
    view! {
        <leptos_meta::Title text="Edit a service" />
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match form.await {
                    Ok(FormNeeds { page: Some(page), people, teams }) => {
                        let used = used(&page);
                        view! { <EditForm name=page.service.name.clone() form=PostedService::of(&page) used people teams /> }.into_any()
                    }
                    Ok(FormNeeds { page: None, .. }) => ().into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The environments that something runs in, or is on its way to: they can't be removed.
fn used(page: &ServicePage) -> Vec<String> {
    page.environments
        .iter()
        .filter(|state| state.running.is_some() || state.current.is_some())
        .map(|state| state.environment.id.to_string())
        .collect()
}

#[component]
fn EditForm(
    name: String,
    form: PostedService,
    used: Vec<String>,
    people: Vec<Person>,
    teams: Vec<OwnerTeam>,
) -> impl IntoView {
    let update = ServerAction::<UpdateService>::new();
    let form = kept_form("/call/service/update").unwrap_or(form);
    let failed = Signal::derive(move || update.value().get().and_then(Result::err));
    let back = format!("/services/{name}");
    view! {
        <PageHead title=format!("Edit {name}") crumbs=vec![("/services".into(), "Services".into()), (back.clone(), name.clone())] />
        <ActionForm action=update attr:novalidate="">
            <Failed failed />
            <input type="hidden" name="name" value=name />
            <ServiceFields form used people teams failed />
            <p class="acts after">
                <SubmitButton pending=update.pending() while_pending="Saving">"Save the service"</SubmitButton>
                <LinkButton href=back look=Look::Quiet>"Leave it"</LinkButton>
            </p>
        </ActionForm>
    }
}

/// Why the form as a whole failed.
#[component]
pub fn Failed(#[prop(into)] failed: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        failed.get().map(|error| {
            let words = match error.code {
                Code::InUse => {
                    "An environment that was deployed to can't be removed: its history would go with it.".into()
                }
                _ => crate::words::refusal(&error),
            };
            view! {
                <div role="alert">
                    <WhyLine glyph=Glyph::Fail what="Not saved.">{words}</WhyLine>
                </div>
            }
        })
    }
}

/// What was typed into a form that failed without script.
fn kept_form(path: &str) -> Option<PostedService> {
    let text = |name: &str| kept(path, &format!("form[{name}]"));
    let name = text("name")?;
    let all = |part: &str| crate::boot::kept_all(path, &format!("form[{part}][]"));
    let line = |i: usize| {
        let part = |part: &str| kept(path, &format!("form[environments][{i}][{part}]"));
        Some(PostedEnvironment {
            id: part("id").unwrap_or_default(),
            name: part("name")?,
            tier: part("tier").unwrap_or_default(),
        })
    };
    Some(PostedService {
        name,
        repository: text("repository").unwrap_or_default(),
        description: text("description").unwrap_or_default(),
        customer_facing: text("customer_facing").unwrap_or_default(),
        owners: all("owners"),
        team: text("team").unwrap_or_default(),
        stakeholders: all("stakeholders"),
        environments: (0..50)
            .map_while(line)
            .filter(|line| !line.name.trim().is_empty())
            .collect(),
        row_version: text("row_version")
            .and_then(|text| text.parse().ok())
            .unwrap_or_default(),
    })
}
