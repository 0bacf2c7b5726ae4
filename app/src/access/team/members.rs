//! Who is in a team.

use super::api::{AddMember, RemoveMember};
use super::form::{NotDone, wrong};
use crate::error::refusal_of;
use crate::ui::{Choice, Empty, Glyph, GlyphMark, Look, Section, Select, SubmitButton, Who};
use domain::access::Person;
use domain::id::TeamId;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The members, and the form that adds one.
#[component]
pub fn Members(
    team: TeamId,
    members: Vec<Person>,
    others: Vec<Person>,
    add: ServerAction<AddMember>,
    manages: bool,
) -> impl IntoView {
    let count = members.iter().filter(|person| person.active).count().to_string();
    let rows = if members.is_empty() {
        view! { <Empty title="Nobody is in it yet.">"A member has the team's roles from the next page on that they open."</Empty> }.into_any()
    } else {
        let rows = members
            .into_iter()
            .map(|person| view! { <Row team person manages /> })
            .collect_view();
        view! { <ul class="list middle">{rows}</ul> }.into_any()
    };
    view! {
        <Section id="members" title="Members" count>
            {rows}
            {manages.then(|| view! { <Add team others add /> })}
        </Section>
    }
    .into_any()
}

#[component]
fn Row(team: TeamId, person: Person, manages: bool) -> impl IntoView {
    let remove = ServerAction::<RemoveMember>::new();
    let glyph = if person.active { Glyph::Dot } else { Glyph::Off };
    view! {
        <li>
            <GlyphMark name=glyph />
            <p class="what">
                <Who name=person.name.clone() />
                {(!person.active).then(|| view! { <span class="more">"deactivated: the team gives them nothing"</span> })}
            </p>
            {manages
                .then(|| {
                    view! {
                        <ActionForm action=remove>
                            <input type="hidden" name="id" value=team.to_string() />
                            <input type="hidden" name="person" value=person.id.to_string() />
                            <SubmitButton pending=remove.pending() look=Look::Quiet>
                                "Take out"
                                <span class="vh">{format!(" {}", person.name)}</span>
                            </SubmitButton>
                            <NotDone refused=refusal_of(remove.value()) />
                        </ActionForm>
                    }
                })}
        </li>
    }
}

#[component]
fn Add(team: TeamId, others: Vec<Person>, add: ServerAction<AddMember>) -> impl IntoView {
    let refused = refusal_of(add.value());
    if others.is_empty() {
        return view! { <p class="meta after">"Everybody is in it."</p> }.into_any();
    }
    let mut choices = vec![Choice::new("", "Choose somebody")];
    choices.extend(
        others
            .into_iter()
            .map(|person| Choice::new(person.id.to_string(), person.name)),
    );
    view! {
        <NotDone refused />
        <ActionForm action=add attr:class="form after" attr:novalidate="">
            <input type="hidden" name="id" value=team.to_string() />
            <Select name="person" label="Person or service account" choices error=wrong(refused, "person") required=true />
            <p class="acts">
                <SubmitButton pending=add.pending() look=Look::Plain while_pending="Adding">"Add to the team"</SubmitButton>
            </p>
        </ActionForm>
    }
    .into_any()
}
