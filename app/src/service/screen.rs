//! One service: its facts, its environments, its people.

use super::api::{RemoveService, read_service};
use super::lock::LockPart;
use super::view::pieces;
use crate::boot::me;
use crate::home::cell;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Env, Fact, Facts, LinkButton, Look, PageHead, Section, State, SubmitButton, TextField, Who};
use domain::access::{Action, Person, Scope};
use domain::id::ServiceId;
use domain::service::{EnvironmentState, MetricSource, ServicePage, Strategy, Target};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// `/services/:name`
#[component]
pub fn ServiceScreen() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let kicked = kicks(|| vec!["services".into(), "deployments".into()]);
    let page = Resource::new_blocking(move || (name.get(), kicked.get()), |(name, _)| read_service(name));
    view! {
        {crate::fresh::fresh(page, move |found| match found {
                    Ok(page) => view! { <Page page /> }.into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
        })}
        {crate::fresh::fresh_part(page, |found| found.ok().map(|page| (page.service.name, page.service.id)), |service| {
            service.filter(|(_, id)| sets_up(*id)).map(|(name, service)| view! { <super::source::SourcePart name=name.clone() service /> <Removal name /> })
        })}
    }
}

fn sets_up(service: ServiceId) -> bool {
    me().is_some_and(|me| me.actor().may(Action::ManageService, Scope::Service(service)).is_ok())
}

#[component]
fn Page(page: ServicePage) -> impl IntoView {
    let service = page.service.clone();
    let name = service.name.clone();
    let actor = me().map(|me| me.actor());
    let may = |action| {
        actor
            .as_ref()
            .is_some_and(|actor| actor.may(action, Scope::Service(service.id)).is_ok())
    };
    let (edits, plans) = (sets_up(service.id), may(Action::PlanRelease));
    let people: Vec<Person> = page.owners.iter().chain(&page.stakeholders).cloned().collect();
    let acts = {
        let name = name.clone();
        move || {
            view! {
                {edits.then(|| view! { <a class="btn" href=format!("/services/{name}/service.toml") rel="external" download="">"Export"</a> })}
                {edits.then(|| view! { <LinkButton href=format!("/services/{name}/edit")>"Edit"</LinkButton> })}
                {plans.then(|| view! { <LinkButton href=format!("/releases/new?service={name}") look=Look::Primary>"Plan a release"</LinkButton> })}
            }
        }
    };
    let description = service.description.clone();
    view! {
        <leptos_meta::Title text=name.clone() />
        <PageHead
            title=name.clone()
            crumbs=vec![("/services".into(), "Services".into())]
            sub=move || view! { <span>{description.clone()}</span> }
            acts
        />
        <div class="cols">
            <div class="body">
                {page
                    .environments
                    .clone()
                    .into_iter()
                    .enumerate()
                    .map(|(i, state)| {
                        view! { <EnvironmentPart state service=name.clone() people=people.clone() first=i == 0 /> }
                    })
                    .collect_view()}
            </div>
            <div class="aside later">
                <AboutPart page />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn AboutPart(page: ServicePage) -> impl IntoView {
    let names = |people: Vec<Person>| {
        if people.is_empty() {
            return "–".into_any();
        }
        people
            .into_iter()
            .map(|person| view! { <Who name=person.name /> " " })
            .collect_view()
            .into_any()
    };
    let repository = page.service.repository.clone();
    view! {
        <Section id="about" title="About" class="first">
            <Facts>
                <Fact term="Repository">
                    {if repository.is_empty() {
                        "–".into_any()
                    } else {
                        let words = pieces(&repository).into_iter().map(|piece| view! { {piece} <wbr /> }).collect_view();
                        view! { <a href=repository.clone() rel="external noreferrer">{words}</a> }.into_any()
                    }}
                </Fact>
                <Fact term="Owners">
                    {page.team.map(|team| view! { "Team " {team.name} " " })}
                    {names(page.owners)}
                </Fact>
                <Fact term="Stakeholders">{names(page.stakeholders)}</Fact>
                <Fact term="Customers see it">{if page.service.customer_facing { "Yes, on the status page" } else { "No" }}</Fact>
            </Facts>
            <p class="meta after">
                <a href=format!("/releases?service={}", page.service.name)>"Its releases"</a>
                ", "
                <a href=format!("/deployments?service={}", page.service.name)>"its deployments"</a>
            </p>
        </Section>
    }
}

#[component]
fn EnvironmentPart(state: EnvironmentState, service: String, people: Vec<Person>, first: bool) -> impl IntoView {
    let environment = state.environment.clone();
    let href = format!("/services/{service}/environments/{}", environment.name);
    let cell = cell(&state);
    let tier = crate::deployment::words::tier(environment.tier);
    let since = state
        .running
        .as_ref()
        .map(|running| (running.version.clone(), running.release, running.since));
    let settings = &environment.settings;
    let target = match settings.target {
        Target::None => "Not set up: nothing can be deployed yet",
        Target::Command(_) => "Commands",
    };
    let strategy = match &settings.strategy {
        Strategy::AllAtOnce => "All at once".to_owned(),
        Strategy::Canary { steps } => {
            let shares: Vec<String> = steps.iter().map(|step| step.weight.to_string()).collect();
            format!("Canary {}\u{a0}%", shares.join(", "))
        }
    };
    let source = match &settings.source {
        MetricSource::None => "None: nothing is judged".to_owned(),
        MetricSource::Scrape { interval_s, .. } => format!("Scraped every {interval_s}\u{a0}s"),
    };
    let policy = crate::ui::format::counted(u64::from(environment.policy.approvals), "approval", "approvals");
    let position = if first { "sec first" } else { "sec" };
    let id = format!("env-{}", environment.name);
    let heading = id.clone();
    view! {
        <section class=position aria-labelledby=id>
            <div class="bar">
                <h2 id=heading>
                    <Env tier name=environment.name.clone() />
                </h2>
                <span class="end">
                    <a href=href>"Settings and policy"<span class="vh">" of " {environment.name.clone()}</span></a>
                </span>
            </div>
            <Facts>
                <Fact term="Runs">
                    {since
                        .map(|(version, release, since)| {
                            let href = format!("/releases/{service}/{version}");
                            let version = match release {
                                Some(_) => view! { <a class="ver" href=href>{version}</a> }.into_any(),
                                None => view! { <span class="ver">{version}</span> }.into_any(),
                            };
                            view! {
                                {version}
                                " since "
                                <Ago at=since />
                                " "
                            }
                        })}
                    <State glyph=cell.glyph>
                        {match cell.number {
                            Some(number) => view! { <a href=format!("/deployments/{number}")>{cell.word}</a> }.into_any(),
                            None => cell.word.into_any(),
                        }}
                    </State>
                    {cell.outside.map(|tool| view! { <span class="meta">{format!(", from outside, by {tool}")}</span> })}
                </Fact>
                <Fact term="Target">{target}</Fact>
                <Fact term="Strategy">{strategy}</Fact>
                <Fact term="Metrics">{source}</Fact>
                <Fact term="Policy">{policy} ", version " {environment.policy_version}</Fact>
            </Facts>
            <div class="after">
                <LockPart environment lock=state.lock people />
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Removal(name: String) -> impl IntoView {
    let remove = ServerAction::<RemoveService>::new();
    let error = Signal::derive(move || {
        remove.value().with(|value| match value {
            Some(Err(error)) if error.field("confirmation").is_some() => Some("This is not its name.".to_owned()),
            Some(Err(error)) => Some(crate::words::refusal(error)),
            _ => None,
        })
    });
    view! {
        <Section id="remove" title="Remove">
            <p class="prose">
                "Its releases, deployments and incidents go with it. What happened stays in the record. This can't be undone."
            </p>
            <details class="more-of grave">
                <summary>{format!("Remove {name}…")}</summary>
                <ActionForm action=remove attr:class="row-form">
                    <input type="hidden" name="name" value=name.clone() />
                    <TextField name="confirmation" label=format!("Type {name} to confirm") error required=true autocomplete="off" />
                    <SubmitButton pending=remove.pending() look=Look::Back>"Remove it"</SubmitButton>
                </ActionForm>
            </details>
        </Section>
    }
}
