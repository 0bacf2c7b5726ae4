//! Name and description of a team, made and changed by the same fields.

use super::api::{ChangeTeam, CreateTeam};
use crate::boot::kept;
use crate::error::{AppError, Code, refusal_of};
use crate::ui::{Glyph, Look, SubmitButton, TextField, WhyLine};
use domain::access::Team;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The sentence of a field in a refusal.
pub fn wrong(refused: Signal<Option<AppError>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        let problem = refused.get().and_then(|error| error.field(field));
        problem.map(|problem| crate::words::problem(&problem))
    })
}

/// Why a form as a whole was refused, where no field says it.
#[component]
pub fn NotDone(refused: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        let error = refused
            .get()
            .filter(|error| !matches!(error.code, Code::Invalid { .. }));
        error.map(|error| {
            let words = crate::words::refusal(&error);
            view! {
                <div role="alert">
                    <WhyLine glyph=Glyph::Fail what="Not done.">{words}</WhyLine>
                </div>
            }
        })
    }
}

#[component]
fn Fields(refused: Signal<Option<AppError>>, name: String, description: String) -> impl IntoView {
    view! {
        <NotDone refused />
        <TextField name="name" label="Name" value=name error=wrong(refused, "name") required=true autocomplete="off" />
        <TextField
            name="description"
            label="What it is for"
            value=description
            error=wrong(refused, "description")
            autocomplete="off"
        />
    }
}

/// Makes a team.
#[component]
pub fn NewTeam() -> impl IntoView {
    const TO: &str = "/call/team/create";
    let create = ServerAction::<CreateTeam>::new();
    let refused = refusal_of(create.value());
    let typed = |field| kept(TO, field).unwrap_or_default();
    view! {
        <ActionForm action=create attr:class="form" attr:novalidate="">
            <Fields refused name=typed("name") description=typed("description") />
            <p class="acts">
                <SubmitButton pending=create.pending() while_pending="Making it">"Make the team"</SubmitButton>
            </p>
        </ActionForm>
    }
}

/// Changes a team.
#[component]
pub fn EditTeam(team: Team, change: ServerAction<ChangeTeam>) -> impl IntoView {
    const TO: &str = "/call/team/change";
    let refused = refusal_of(change.value());
    let typed = |field, present: String| kept(TO, field).unwrap_or(present);
    view! {
        <ActionForm action=change attr:class="form" attr:novalidate="">
            <input type="hidden" name="id" value=team.id.to_string() />
            <input type="hidden" name="row_version" value=team.row_version.to_string() />
            <Fields refused name=typed("name", team.name) description=typed("description", team.description) />
            <p class="acts">
                <SubmitButton pending=change.pending() look=Look::Plain while_pending="Saving">"Save"</SubmitButton>
            </p>
        </ActionForm>
    }
}
