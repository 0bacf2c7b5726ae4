//! `/stop`: stops the line, and releases it.

use super::api::{ReleaseLine, StopLine, read_stop};
use super::{who, why};
use crate::boot::{kept, me_as_actor};
use crate::error::refusal_of;
use crate::fresh::fresh;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Glyph, Look, PageHead, Section, SubmitButton, TextField, WhyLine};
use domain::stop::{Stop, may_release, may_stop};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;

/// Where the form goes.
const TO: &str = "/call/stop/stop";
/// What stands in the form: it must never be the missing words that keep the line running.
const FIRST: &str = "Something is wrong. Stopped until we know what.";

/// `/stop`
#[component]
pub fn StopScreen() -> impl IntoView {
    let kicked = kicks(|| vec!["stop".into()]);
    let stop = Resource::new_blocking(move || kicked.get(), |_| read_stop());
    view! {
        <Title text="Stop the line" />
        <PageHead title="Stop the line" />
        {fresh(stop, |found| match found {
            Ok(Some(stop)) => view! { <Stopped stop /> }.into_any(),
            Ok(None) => view! { <Running /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn Running() -> impl IntoView {
    let action = ServerAction::<StopLine>::new();
    let refused = refusal_of(action.value());
    let error = Signal::derive(move || {
        let error = refused.get()?;
        let said = error.field("reason").map(|problem| crate::words::problem(&problem));
        Some(said.unwrap_or_else(|| crate::words::refusal(&error)))
    });
    let why_not = match me_as_actor().map(|actor| may_stop(&actor)) {
        Some(Ok(())) => None,
        _ => Some("Everybody who deploys somewhere can stop the line.".to_owned()),
    };
    view! {
        <Section id="running" title="The line runs" class="first">
            <p class="prose">
                "Stopped, nothing starts in any environment of any service, and what is being deployed holds at its next step, until the line is released. Rollbacks stay possible. Everybody sees that it is stopped, and why."
            </p>
            <ActionForm action attr:class="row-form after">
                <TextField
                    name="reason"
                    label="Why"
                    value=kept(TO, "reason").unwrap_or_else(|| FIRST.to_owned())
                    error
                    required=true
                    autocomplete="off"
                />
                <SubmitButton pending=action.pending() look=Look::Back why_not id="stop-everything">"Stop everything"</SubmitButton>
            </ActionForm>
        </Section>
    }
    .into_any()
}

#[component]
fn Stopped(stop: Stop) -> impl IntoView {
    let action = ServerAction::<ReleaseLine>::new();
    let why_not = match me_as_actor().map(|actor| may_release(&actor, &stop.lock)) {
        Some(Ok(())) => None,
        _ => Some(format!("{}, an approver or an administrator releases it.", who(&stop))),
    };
    let refused = refusal_of(action.value());
    let since = stop.lock.since;
    view! {
        <Section id="stopped" title="The line is stopped" class="first">
            <WhyLine glyph=Glyph::Lock what="Nothing is deployed anywhere.">
                {why(&stop)} " " {who(&stop)} ", " <Ago at=since /> ". Rollbacks stay possible."
            </WhyLine>
            <p class="prose">"Released, what waits starts by itself, and what holds goes on, as far as its other gates allow."</p>
            <ActionForm action attr:class="after">
                <SubmitButton pending=action.pending() look=Look::Primary why_not id="release-line">"Release the line"</SubmitButton>
                {move || refused.get().map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })}
            </ActionForm>
        </Section>
    }
    .into_any()
}
