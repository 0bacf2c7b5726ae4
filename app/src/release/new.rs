//! A new release: its plan, made once and then worked off.

use domain::access::Action;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::api::{CreateRelease, services_where};
use super::failed::Failed;
use super::fields::{PlanFields, control, label};
use super::form::PostedRelease;
use crate::boot::kept;
use crate::service::NoServiceFor;
use crate::shell::Trouble;
use crate::ui::{Choice, FormErrors, LinkButton, Look, PageHead, Select, SubmitButton};

/// Where the form is posted to.
const PATH: &str = "/call/release/create";

/// `/releases/new?service=NAME`.
#[component]
pub fn ReleaseNew() -> impl IntoView {
    let query = use_query_map();
    let services = Resource::new(|| (), |()| services_where(Action::PlanRelease));
    let create = ServerAction::<CreateRelease>::new();
    let chosen = move || {
        kept(PATH, "service")
            .or_else(|| query.read().get("service"))
            .unwrap_or_default()
    };
    view! {
        <Title text="Plan a release" />
        <PageHead title="Plan a release" crumbs=vec![("/releases".into(), "Releases".into())] />
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match services.await {
                    Err(error) => view! { <Trouble error /> }.into_any(),
                    Ok(names) if names.is_empty() => view! { <NoServiceFor action=Action::PlanRelease why="A release is one version of a service." /> }.into_any(),
                    Ok(names) => view! { <NewForm names chosen=chosen() create /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn NewForm(names: Vec<String>, chosen: String, create: ServerAction<CreateRelease>) -> impl IntoView {
    let failed = Failed::of(create.value());
    let form = PostedRelease::kept(|name| kept(PATH, name)).unwrap_or_default();
    let choices = names.into_iter().map(Choice::same).collect();
    view! {
        <ActionForm action=create attr:novalidate="">
            <FormErrors errors=failed.at_head(label, control) />
            <div class="form">
                <Select name="service" label="Service" choices value=chosen error=failed.field("service") />
            </div>
            <PlanFields form failed />
            <p class="acts after">
                <SubmitButton pending=create.pending() while_pending="Saving">
                    "Plan the release"
                </SubmitButton>
                <LinkButton href="/releases" look=Look::Quiet>
                    "Leave it"
                </LinkButton>
            </p>
        </ActionForm>
    }
    .into_any()
}
