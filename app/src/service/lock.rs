//! The hold on an environment: who holds it and why; to hold it, and to lift the hold.

use super::api::{LockEnvironment, UnlockEnvironment};
use crate::boot::me;
use crate::error::{AppError, refusal_of};
use crate::ui::{Ago, Glyph, Look, SubmitButton, TextField, WhyLine};
use domain::access::{Action, By, Person};
use domain::gate::{Lock, LockReason};
use domain::service::Environment;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The reason of a lock, in words.
pub fn reason(reason: &LockReason) -> String {
    match reason {
        LockReason::Words { text } => text.clone(),
        LockReason::TakenBack { version, .. } => {
            format!("{version} was taken back, and must not be deployed again by itself.")
        }
    }
}

/// Who holds it.
fn holder(by: By, people: &[Person]) -> String {
    by.person().map_or_else(
        || "the machine".into(),
        |id| {
            let found = people.iter().find(|person| person.id == id);
            found.map_or_else(|| "a person".into(), |person| person.name.clone())
        },
    )
}

/// The lock of an environment, or the form that sets one.
#[component]
pub fn LockPart(environment: Environment, lock: Option<Lock>, people: Vec<Person>) -> impl IntoView {
    match lock {
        Some(lock) => view! { <Locked environment lock people /> }.into_any(),
        None => view! { <Unlocked environment /> }.into_any(),
    }
}

#[component]
fn Locked(environment: Environment, lock: Lock, people: Vec<Person>) -> impl IntoView {
    let unlock = ServerAction::<UnlockEnvironment>::new();
    let scope = environment.scope();
    let allowed = me().is_some_and(|me| {
        let actor = me.actor();
        lock.by.person() == Some(actor.id) || actor.may(Action::LiftLock, scope).is_ok()
    });
    let why_not = (!allowed).then(|| "Its holder, an approver or an administrator can lift it.".to_owned());
    let who = holder(lock.by, &people);
    view! {
        <WhyLine glyph=Glyph::Lock what=format!("{} is locked.", environment.name)>
            {reason(&lock.reason)} " By " {who} ", " <Ago at=lock.since /> ". Rollbacks stay possible."
        </WhyLine>
        <ActionForm action=unlock attr:class="after">
            <input type="hidden" name="environment" value=environment.id.to_string() />
            <SubmitButton pending=unlock.pending() look=Look::Plain why_not id=format!("unlock-{}", environment.name)>
                {format!("Unlock {}", environment.name)}
            </SubmitButton>
            <Refused refused=refusal_of(unlock.value()) field="environment" />
        </ActionForm>
    }
}

#[component]
fn Unlocked(environment: Environment) -> impl IntoView {
    const TO: &str = "/call/service/lock";
    let lock = ServerAction::<LockEnvironment>::new();
    let allowed = me().is_some_and(|me| me.actor().may(Action::Deploy, environment.scope()).is_ok());
    let error = Signal::derive(move || {
        lock.value().with(|value| match value {
            Some(Err(error)) => Some(error.field("text").map_or_else(
                || crate::words::refusal(error),
                |problem| crate::words::problem(&problem),
            )),
            _ => None,
        })
    });
    allowed.then(|| {
        view! {
            <details class="more-of" open=crate::boot::kept(TO, "text").is_some()>
                <summary>{format!("Lock {}…", environment.name)}</summary>
                <ActionForm action=lock attr:class="row-form">
                    <input type="hidden" name="environment" value=environment.id.to_string() />
                    <TextField
                        name="text"
                        id=format!("lock-{}", environment.name)
                        label="Why"
                        hint="Nothing is deployed there until it is lifted. Rollbacks stay possible."
                        value=crate::boot::kept(TO, "text").unwrap_or_default()
                        error
                        required=true
                    />
                    <SubmitButton pending=lock.pending() look=Look::Plain>{format!("Lock {}", environment.name)}</SubmitButton>
                </ActionForm>
            </details>
        }
    })
}

/// Why a small form was refused; `field` is one whose problem is said elsewhere.
#[component]
pub fn Refused(refused: Signal<Option<AppError>>, field: &'static str) -> impl IntoView {
    move || {
        let error = refused.get().filter(|error| error.field(field).is_none());
        error.map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
    }
}
