//! The fields of a service, for a new one and an edited one.

use super::lines::EnvironmentLines;
use super::posted::PostedService;
use crate::error::AppError;
use crate::ui::{Checkbox, Choice, Section, Select, TextField};
use domain::access::Person;
use domain::service::OwnerTeam;
use leptos::prelude::*;

/// All fields. Their names are `form[name]`, `form[environments][0][name]`, and so on.
#[component]
pub fn ServiceFields(
    form: PostedService,
    /// Ids of the environments that can't be removed.
    used: Vec<String>,
    people: Vec<Person>,
    teams: Vec<OwnerTeam>,
    #[prop(into)] failed: Signal<Option<AppError>>,
) -> impl IntoView {
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            failed
                .get()
                .and_then(|error| error.field(field))
                .map(|problem| crate::words::problem(&problem))
        })
    };
    view! {
        <input type="hidden" name="form[row_version]" value=form.row_version.to_string() />
        <Section id="what" title="What" class="tight">
            <div class="form">
                <TextField
                    name="form[name]"
                    label="Name"
                    hint="Short, as in addresses: storefront"
                    value=form.name.clone()
                    error=wrong("name")
                    required=true
                    autocomplete="off"
                />
                <TextField
                    name="form[repository]"
                    label="Repository"
                    kind="url"
                    hint="https://…"
                    value=form.repository.clone()
                    error=wrong("repository")
                />
                <TextField name="form[description]" label="What it is" value=form.description.clone() error=wrong("description") />
                <Checkbox
                    name="form[customer_facing]"
                    label="Customers see it"
                    hint="It is a line of the public status page."
                    checked=form.customer_facing == "true"
                />
            </div>
        </Section>
        <Section id="people" title="People">
            <div class="form">
                <PeopleField
                    part="owners"
                    legend="Owners"
                    hint="They answer for it, and may edit it."
                    chosen=form.owners.clone()
                    people=people.clone()
                    error=wrong("owners")
                />
                <Select
                    name="form[team]"
                    label="Owned by a team"
                    choices=team_choices(teams)
                    value=form.team.clone()
                    hint="Its members own it for as long as they are members. Beside people, or instead of them."
                    error=wrong("team")
                />
                <PeopleField
                    part="stakeholders"
                    legend="Stakeholders"
                    hint="They are to hear of its releases. Its page names them."
                    chosen=form.stakeholders.clone()
                    people
                    error=wrong("stakeholders")
                />
            </div>
        </Section>
        <EnvironmentLines lines=form.environments used failed />
    }
    .into_any()
}

fn team_choices(teams: Vec<OwnerTeam>) -> Vec<Choice> {
    let teams = teams
        .into_iter()
        .map(|team| Choice::new(team.id.to_string(), team.name));
    std::iter::once(Choice::new("", "no team")).chain(teams).collect()
}

#[component]
fn PeopleField(
    part: &'static str,
    legend: &'static str,
    hint: &'static str,
    chosen: Vec<String>,
    people: Vec<Person>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let boxes = people
        .into_iter()
        .map(|person| {
            let id = person.id.to_string();
            let checked = chosen.contains(&id);
            view! { <Checkbox name=format!("form[{part}][]") label=person.name value=id.clone() id=format!("f-{part}-{id}") checked /> }
        })
        .collect_view();
    view! {
        <fieldset class="field" class:bad=move || error.get().is_some() aria-describedby=format!("f-{part}-hint")>
            <legend class="lab">{legend}</legend>
            <div class="choices across">{boxes}</div>
            {move || error.get().map(|words| view! { <p class="err" role="alert">{words}</p> })}
            <span class="hint" id=format!("f-{part}-hint")>{hint}</span>
        </fieldset>
    }
}
