//! What a team gives: its roles, each where it holds.

use super::api::{GiveRole, TakeRole};
use super::form::{NotDone, wrong};
use super::words::{grant_words, place_choice, place_words};
use crate::boot::kept;
use crate::error::refusal_of;
use crate::ui::{Choice, Empty, Glyph, GlyphMark, Look, Section, Select, SubmitButton};
use domain::access::{Place, Role, TeamGrant};
use domain::id::TeamId;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The roles, and the form that gives one more.
#[component]
pub fn Grants(
    team: TeamId,
    grants: Vec<TeamGrant>,
    places: Vec<Place>,
    give: ServerAction<GiveRole>,
    manages: bool,
) -> impl IntoView {
    let count = grants.len().to_string();
    let rows = if grants.is_empty() {
        view! { <Empty title="It gives no role yet.">"Its members may what their own roles allow, and nothing more."</Empty> }.into_any()
    } else {
        let rows = grants
            .into_iter()
            .map(|grant| view! { <Row team grant manages /> })
            .collect_view();
        view! { <ul class="list middle">{rows}</ul> }.into_any()
    };
    view! {
        <Section id="roles" title="Roles it gives" count class="first">
            {rows}
            {manages.then(|| view! { <Give team places give /> })}
        </Section>
    }
    .into_any()
}

#[component]
fn Row(team: TeamId, grant: TeamGrant, manages: bool) -> impl IntoView {
    let take = ServerAction::<TakeRole>::new();
    let words = grant_words(&grant);
    let role = crate::words::role(grant.role);
    let place = place_words(&grant.place);
    view! {
        <li>
            <GlyphMark name=Glyph::Dot />
            <p class="what">
                <b>{role}</b>
                " on "
                {place}
            </p>
            {manages
                .then(|| {
                    view! {
                        <ActionForm action=take>
                            <input type="hidden" name="id" value=team.to_string() />
                            <input type="hidden" name="role" value=grant.role.key() />
                            <input type="hidden" name="on" value=grant.place.on.key() />
                            <SubmitButton pending=take.pending() look=Look::Quiet>
                                "Take away"
                                <span class="vh">{format!(" {words}")}</span>
                            </SubmitButton>
                            <NotDone refused=refusal_of(take.value()) />
                        </ActionForm>
                    }
                })}
        </li>
    }
}

#[component]
fn Give(team: TeamId, places: Vec<Place>, give: ServerAction<GiveRole>) -> impl IntoView {
    const TO: &str = "/call/team/give-role";
    let refused = refusal_of(give.value());
    let mut choices = vec![Choice::new("", "Choose where")];
    choices.extend(
        places
            .iter()
            .map(|place| Choice::new(place.on.key(), place_choice(place))),
    );
    view! {
        <NotDone refused />
        <ActionForm action=give attr:class="form after" attr:novalidate="">
            <input type="hidden" name="id" value=team.to_string() />
            <div class="pair">
                <Select
                    name="role"
                    label="Role"
                    choices=Role::ALL.map(|role| Choice::new(role.key(), crate::words::role(role))).to_vec()
                    value=kept(TO, "role").unwrap_or_else(|| Role::Engineer.key().to_owned())
                    required=true
                />
                <Select name="on" label="Where" choices value=kept(TO, "on").unwrap_or_default() error=wrong(refused, "on") required=true />
            </div>
            <p class="acts">
                <SubmitButton pending=give.pending() look=Look::Plain while_pending="Giving">"Give the role"</SubmitButton>
            </p>
        </ActionForm>
    }
}
