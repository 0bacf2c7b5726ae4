//! What a person holds, in three parts: what goes to somebody, what ends, what stays.

use crate::access::team::words::place_words;
use crate::boot::kept;
use crate::error::AppError;
use crate::event_words::join;
use crate::ui::format::counted;
use crate::ui::{Choice, Empty, Glyph, GlyphMark, Section, Select};
use domain::access::{HeldRequest, HeldService, Holdings, Person, Standing};
use domain::field::Problem;
use leptos::prelude::*;

/// Each service with the person to whom it goes.
#[component]
pub fn Services(services: Vec<HeldService>, heirs: Vec<Person>, refused: Signal<Option<AppError>>) -> impl IntoView {
    let count = services.len().to_string();
    let none = services.is_empty();
    let fields = services
        .into_iter()
        .enumerate()
        .map(|(place, service)| view! { <ServiceField place service heirs=heirs.clone() refused /> })
        .collect_view();
    view! {
        <Section id="services" title="Services that go to somebody" count>
            {if none {
                view! { <Empty title="They own no service.">"Nothing has to be handed over."</Empty> }.into_any()
            } else {
                view! { <div class="form">{fields}</div> }.into_any()
            }}
        </Section>
    }
    .into_any()
}

#[component]
fn ServiceField(
    place: usize,
    service: HeldService,
    heirs: Vec<Person>,
    refused: Signal<Option<AppError>>,
) -> impl IntoView {
    let name = format!("handover[{place}][to]");
    let team = service.team.as_ref().map(|team| format!("team {team}"));
    let people = service.others.iter().map(|person| person.name.as_str());
    let others: Vec<&str> = people.chain(team.as_deref()).collect();
    let (first, hint) = if others.is_empty() {
        (
            "Choose who answers for it from now on".to_owned(),
            "Nobody else owns it.".to_owned(),
        )
    } else {
        let names = join(&others, "and");
        let keep = if others.len() == 1 { "keeps it" } else { "keep it" };
        (format!("{names} {keep}"), format!("Owned together with {names}."))
    };
    let mut choices = vec![Choice::new("", first)];
    choices.extend(
        heirs
            .into_iter()
            .map(|person| Choice::new(person.id.to_string(), person.name)),
    );
    let field = format!("handover.{}", service.id);
    let error = Signal::derive(move || {
        let problem = refused.get().and_then(|error| error.field(&field));
        problem.map(|problem| match problem {
            Problem::Missing => "Choose somebody: a service is never without an owner.".to_owned(),
            other => crate::words::problem(&other),
        })
    });
    let value = kept("/call/access/leave", &name).unwrap_or_default();
    view! {
        <div>
            <input type="hidden" name=format!("handover[{place}][service]") value=service.id.to_string() />
            <Select name id=format!("f-handover-{place}") label=format!("{} goes to", service.name) choices value hint error />
        </div>
    }
}

/// What ends with the account.
#[component]
pub fn Ends(held: Holdings) -> impl IntoView {
    let mut lines = vec![match held.sessions {
        0 => "They are signed in nowhere at the moment.".to_owned(),
        n => format!(
            "They are signed out of {}.",
            counted(u64::from(n), "browser", "browsers")
        ),
    }];
    lines.extend(
        held.invitations
            .iter()
            .map(|email| format!("Their invitation to {email} ends: nobody joins by it.")),
    );
    lines.extend(held.approvals.iter().map(|one| {
        format!(
            "Their approval of {} does not count any more: somebody else has to approve.",
            release(one)
        )
    }));
    view! {
        <Section id="ends" title="What ends">
            <Lines lines glyph=Glyph::Off />
        </Section>
    }
    .into_any()
}

/// What stays, and who can go on with it.
#[component]
pub fn Stays(held: Holdings) -> impl IntoView {
    let mut lines: Vec<String> = held.locks.iter().map(lock).collect();
    lines.extend(held.requests.iter().map(|one| {
        format!(
            "Their request for approval of {} goes on: others decide on it.",
            release(one)
        )
    }));
    lines.extend(held.incidents.iter().map(|one| {
        format!(
            "INC-{} of {}, “{}”, stays open: whoever edits incidents goes on with it.",
            one.number, one.service, one.title
        )
    }));
    lines.extend(
        held.teams
            .iter()
            .map(|name| format!("They stay in the team {name}, which gives them nothing meanwhile.")),
    );
    view! {
        <Section id="stays" title="What stays">
            {if lines.is_empty() {
                view! { <Empty title="Nothing of theirs is under way.">"No lock, no request, no open incident, no team."</Empty> }.into_any()
            } else {
                view! { <Lines lines glyph=Glyph::Dot /> }.into_any()
            }}
        </Section>
    }
    .into_any()
}

#[component]
fn Lines(lines: Vec<String>, glyph: Glyph) -> impl IntoView {
    let rows = lines
        .into_iter()
        .map(|line| {
            view! {
                <li>
                    <GlyphMark name=glyph />
                    <p class="what">{line}</p>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="list">{rows}</ul> }
}

fn release(one: &HeldRequest) -> String {
    format!("{} {} for {}", one.service, one.version, one.environment)
}

fn lock(standing: &Standing) -> String {
    let names: Vec<&str> = standing.lifters.iter().map(|person| person.name.as_str()).collect();
    let who = if names.is_empty() {
        "Nobody can lift it: give somebody a role for it first.".to_owned()
    } else {
        format!("Can lift it: {}.", join(&names, "or"))
    };
    format!("Their lock on {} stays. {who}", place_words(&standing.place))
}
