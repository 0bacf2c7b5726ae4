//! The fields of a service, for a new one and an edited one.

use super::posted::{PostedEnvironment, PostedService};
use crate::error::AppError;
use crate::ui::{Button, Checkbox, Section, TextField};
use domain::access::Person;
use domain::service::Tier;
use leptos::prelude::*;

/// Empty lines offered for further environments where no script can add one.
const SPARE: usize = 2;

/// All fields. Their names are `form[name]`, `form[environments][0][name]`, and so on.
#[component]
pub fn ServiceFields(
    form: PostedService,
    people: Vec<Person>,
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
                <PeopleField part="owners" legend="Owners" chosen=form.owners.clone() people=people.clone() error=wrong("owners") />
                <PeopleField part="stakeholders" legend="Stakeholders" chosen=form.stakeholders.clone() people error=wrong("stakeholders") />
            </div>
        </Section>
        <Environments lines=form.environments failed />
    }
    .into_any()
}

#[component]
fn PeopleField(
    part: &'static str,
    legend: &'static str,
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
        <fieldset class="field" class:bad=move || error.get().is_some()>
            <legend class="lab">{legend}</legend>
            <div class="choices across">{boxes}</div>
            {move || error.get().map(|words| view! { <p class="err" role="alert">{words}</p> })}
        </fieldset>
    }
}

#[component]
fn Environments(lines: Vec<PostedEnvironment>, failed: Signal<Option<AppError>>) -> impl IntoView {
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    let keyed: Vec<(usize, PostedEnvironment)> = lines
        .into_iter()
        .chain(std::iter::repeat_n(PostedEnvironment::default(), SPARE))
        .enumerate()
        .collect();
    let next = StoredValue::new(keyed.len());
    let lines = RwSignal::new(keyed);
    let add = move |_| {
        let key = next.get_value();
        next.set_value(key + 1);
        lines.update(|lines| lines.push((key, PostedEnvironment::default())));
    };
    let problem = move || {
        failed
            .get()
            .and_then(|error| error.field("environments"))
            .map(|problem| crate::words::problem(&problem))
    };
    view! {
        <Section id="environments" title="Environments" end=|| "In promotion order: a release passes them from the first to the last">
            {move || problem().map(|words| view! { <p class="err" role="alert">{words}</p> })}
            <ol class="list rows-in">
                <For each=move || lines.get().into_iter().enumerate() key=|(place, (key, _))| (*place, *key) let:entry>
                    {
                        let (place, (_, line)) = entry;
                        view! { <Line place line failed /> }
                    }
                </For>
            </ol>
            <p class="meta">"A line without a name does not count."</p>
            <Show when=move || hydrated.get()>
                <Button on_click=Callback::new(add)>"Add an environment"</Button>
            </Show>
        </Section>
    }
}

#[component]
fn Line(place: usize, line: PostedEnvironment, failed: Signal<Option<AppError>>) -> impl IntoView {
    let field = format!("environments.{place}.name");
    let error = Signal::derive(move || {
        failed
            .get()
            .and_then(|error| error.field(&field))
            .map(|problem| crate::words::problem(&problem))
    });
    let tier_id = format!("f-tier-{place}");
    let chosen = Tier::from_key(&line.tier).unwrap_or(Tier::Development);
    view! {
        <li>
            <input type="hidden" name=format!("form[environments][{place}][id]") value=line.id />
            <TextField
                name=format!("form[environments][{place}][name]")
                id=format!("f-environment-{place}")
                label=format!("Environment {}", place + 1)
                plain_label=true
                value=line.name
                error
                autocomplete="off"
            />
            <div class="field">
                <label for=tier_id.clone()>"Tier"</label>
                <select class="in" id=tier_id name=format!("form[environments][{place}][tier]")>
                    {Tier::ALL.map(|tier| view! { <option value=tier.key() selected=tier == chosen>{tier.key()}</option> }).collect_view()}
                </select>
            </div>
        </li>
    }
}
