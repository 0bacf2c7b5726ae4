//! An incident that people found.

use domain::access::Action;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::api::OpenIncident;
use super::fields::ReportFields;
use super::form::{PostedIncident, control, label};
use crate::boot::kept;
use crate::release::api::services_where;
use crate::release::failed::Failed;
use crate::service::NoServiceFor;
use crate::shell::Trouble;
use crate::ui::{Choice, FormErrors, LinkButton, Look, PageHead, Select, Stamp, SubmitButton, use_clock};

/// Where the form is posted to.
const PATH: &str = "/call/incident/open";

/// `/incidents/new?service=NAME&deployment=ID`.
#[component]
pub fn IncidentNew() -> impl IntoView {
    let query = use_query_map();
    let services = Resource::new(|| (), |()| services_where(Action::EditIncident));
    let open = ServerAction::<OpenIncident>::new();
    let asked = move |key: &str| kept(PATH, key).or_else(|| query.read().get(key)).unwrap_or_default();
    view! {
        <Title text="Open an incident" />
        <PageHead title="Open an incident" crumbs=vec![("/incidents".into(), "Incidents".into())] />
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match services.await {
                    Err(error) => view! { <Trouble error /> }.into_any(),
                    Ok(names) if names.is_empty() => {
                        view! { <NoServiceFor action=Action::EditIncident why="An incident belongs to a service." /> }.into_any()
                    }
                    Ok(names) => {
                        view! { <NewForm names service=asked("service") deployment=asked("deployment") open /> }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn NewForm(names: Vec<String>, service: String, deployment: String, open: ServerAction<OpenIncident>) -> impl IntoView {
    let failed = Failed::of(open.value());
    let clock = use_clock();
    let form = PostedIncident::kept(|name| kept(PATH, name)).unwrap_or_else(|| PostedIncident {
        severity: "medium".to_owned(),
        started_at: untrack(|| clock.write(clock.now_untracked(), Stamp::Field)),
        ..PostedIncident::default()
    });
    let choices = names.into_iter().map(Choice::same).collect();
    view! {
        <ActionForm action=open attr:novalidate="">
            <FormErrors errors=failed.at_head(label, control) />
            <div class="form">
                <Select name="service" label="Service" choices value=service error=failed.field("service") />
            </div>
            <input type="hidden" name="deployment" value=deployment />
            <div class="after">
                <ReportFields form failed parts=2 />
            </div>
            <p class="acts after">
                <SubmitButton pending=open.pending() while_pending="Opening">
                    "Open the incident"
                </SubmitButton>
                <LinkButton href="/incidents" look=Look::Quiet>
                    "Back to incidents"
                </LinkButton>
                <span class="meta">"What you typed is lost."</span>
            </p>
        </ActionForm>
    }
    .into_any()
}
