//! The first page.

use super::api::read_home;
use super::matrix::Matrix;
use super::sample::{Offer, Outcome, Removal};
use super::view::{ramp, why};
use super::waits::WaitsList;
use crate::boot::me;
use crate::deployment::brief::state;
use crate::event_words::Names;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Empty, Env, Glyph, GlyphMark, LinkButton, Look, PageHead, Ramp, Section, Time};
use domain::access::{Action, Person, Scope};
use domain::deployment::DeploymentLine;
use domain::home::HomePage;
use domain::incident::IncidentLine;
use leptos::prelude::*;

/// What is in flight, what runs where, what waits for me.
#[component]
pub fn Home() -> impl IntoView {
    let kicked = kicks(|| vec!["home".into()]);
    let page = Resource::new_blocking(move || kicked.get(), |_| read_home());
    view! {
        <leptos_meta::Title text="Home" />
        {crate::fresh::fresh(page, move |found| match found {
                    Ok(page) => view! { <Page page /> }.into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Page(page: HomePage) -> impl IntoView {
    let now = page.now;
    let summary = summary(&page);
    let plans = me().is_some_and(|me| me.actor().may_somewhere(Action::PlanRelease));
    let has_services = !page.services.is_empty();
    let sample = page.sample;
    view! {
        <PageHead
            title="Home"
            sub=move || view! { <span><Time at=now /></span> <span>{summary.clone()}</span> }
            acts=move || (plans && has_services).then(|| view! { <LinkButton href="/releases/new" look=Look::Primary>"Plan a release"</LinkButton> })
        />
        <Outcome />
        {page.frozen.iter().map(|one| banner(one, &page)).collect_view()}
        {if has_services { view! { <Full page /> }.into_any() } else { view! { <First /> }.into_any() }}
        {sample.then(|| view! { <Removal /> })}
    }
}

/// A freeze that holds now, at the edge of the sheet.
fn banner(one: &domain::freeze::Entry, page: &HomePage) -> impl IntoView + use<> {
    let place = crate::freeze::words::place(one.place, &page.places);
    view! {
        <div class="banner" role="status">
            <p>
                <b>{format!("Frozen: {place}")}</b>
                " until "
                <Time at=one.to />
                ": "
                {one.name.clone()}
                ". Rollbacks stay possible."
            </p>
            <a class="end" href="/calendar">"Calendar"</a>
        </div>
    }
}

/// One line of figures.
fn summary(page: &HomePage) -> String {
    use crate::ui::format::counted;
    let services = counted(page.services.len() as u64, "service", "services");
    match page.incidents.len() as u64 {
        0 => format!("{services}, no open incident"),
        open => format!("{services}, {}", counted(open, "open incident", "open incidents")),
    }
}

/// The empty first screen.
#[component]
fn First() -> impl IntoView {
    let sets_up = me().is_some_and(|me| me.actor().may(Action::ManageService, Scope::Instance).is_ok());
    view! {
        <Section id="first" title="Nothing is set up yet" class="first">
            <Empty
                title="Slipway plans a release, proves it ready, rolls it out, and takes it back when it goes wrong."
                acts=move || {
                    view! {
                        <Offer />
                        {sets_up.then(|| view! { <LinkButton href="/services/new">"Set up a service"</LinkButton> })}
                    }
                }
            >
                "The sample workspace is a small real system on this machine, with three releases to try: a good one, one that fails, one that gets slow."
            </Empty>
        </Section>
    }
}

#[component]
fn Full(page: HomePage) -> impl IntoView {
    let in_flight = page.in_flight.len().to_string();
    let waits = page.waits.len().to_string();
    view! {
        <Section id="flight" title="In flight" count=in_flight class="first">
            {if page.in_flight.is_empty() {
                view! { <Empty title="Nothing is being deployed.">"A deployment in motion stands here, with why it waits."</Empty> }.into_any()
            } else {
                page.in_flight.into_iter().map(|line| flight(line, &page.people)).collect_view().into_any()
            }}
        </Section>
        <div class="cols">
            <div class="aside">
                <Section id="waits" title="Waits for you" count=waits>
                    <WaitsList waits=page.waits />
                </Section>
                {(!page.incidents.is_empty()).then(|| view! { <Incidents incidents=page.incidents /> })}
            </div>
            <div class="body">
                <Section id="where" title="What runs where" end=|| view! { <a href="/services">"Services"</a> }>
                    <Matrix services=page.services />
                </Section>
            </div>
        </div>
    }
    .into_any()
}

/// A deployment in motion.
fn flight(line: DeploymentLine, people: &[Person]) -> impl IntoView + use<> {
    let steps = ramp(&line);
    let href = format!("/deployments/{}", line.number);
    let (glyph, _) = state(&line);
    let words = why(&line, &Names::of(people));
    let class = format!("why-s {}", glyph.tone().class());
    let tier = crate::deployment::words::tier(line.tier);
    view! {
        <div class="flight">
            <Ramp steps />
            <p>
                <a class="name" href=href.clone()>{line.service} " " <span class="ver">{line.version}</span></a>
                " "
                <Env tier name=line.environment />
            </p>
            <p class=class>
                <GlyphMark name=glyph />
                " "
                {words}
                " "
                <span class="meta">"asked " <Ago at=line.requested_at /></span>
            </p>
            <a class="btn" href=href>"Watch"</a>
        </div>
    }
}

#[component]
fn Incidents(incidents: Vec<IncidentLine>) -> impl IntoView {
    let count = incidents.len().to_string();
    let rows = incidents
        .into_iter()
        .map(|incident| {
            view! {
                <li class="is-hold">
                    <GlyphMark name=Glyph::Hold />
                    <p class="what">
                        <a href=format!("/incidents/{}", incident.number)>{format!("INC-{} {}", incident.number, incident.title)}</a>
                        <br />
                        <span class="more">{incident.service} ", " {crate::status::incident_words(incident.state).to_lowercase()}</span>
                    </p>
                    <span class="age"><Ago at=incident.started_at /></span>
                </li>
            }
        })
        .collect_view();
    view! {
        <Section id="incidents" title="Open incidents" count>
            <ul class="list">{rows}</ul>
        </Section>
    }
}
