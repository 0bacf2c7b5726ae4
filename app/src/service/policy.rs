//! Who must approve, and which rules hold in an environment.

use super::api::{PolicyEffect, SavePolicy};
use crate::boot::me;
use crate::error::AppError;
use crate::ui::{Checkbox, Glyph, Look, Section, SubmitButton, TextField, WhyLine};
use domain::access::{Action, Role};
use domain::service::Environment;
use leptos::form::FromFormData;
use leptos::prelude::*;

/// Where the form goes.
const TO: &str = "/call/service/policy";

/// The calls of this part, made outside of what is fetched again so that their answers stay.
#[derive(Clone, Copy)]
pub struct PolicyCalls {
    save: ServerAction<SavePolicy>,
    effect: ServerAction<PolicyEffect>,
}

impl PolicyCalls {
    /// Once a page.
    pub fn new() -> PolicyCalls {
        PolicyCalls {
            save: ServerAction::new(),
            effect: ServerAction::new(),
        }
    }
}

impl Default for PolicyCalls {
    fn default() -> Self {
        PolicyCalls::new()
    }
}

/// The policy, with what saving it would do.
#[component]
pub fn PolicyPart(environment: Environment, calls: PolicyCalls) -> impl IntoView {
    let allowed = me().is_some_and(|me| me.actor().may(Action::ManagePolicy, environment.scope()).is_ok());
    let PolicyCalls { save, effect } = calls;
    let policy = environment.policy.clone();
    let failed = Signal::derive(move || {
        save.value()
            .get()
            .and_then(Result::err)
            .or_else(|| effect.value().get().and_then(Result::err))
    });
    // The first press says what would follow, the second one saves.
    let sure = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if sure.get_untracked() {
            if let Ok(input) = SavePolicy::from_event(&event) {
                sure.set(false);
                effect.clear();
                save.dispatch(input);
            }
        } else if let Ok(input) = PolicyEffect::from_event(&event) {
            save.clear();
            effect.dispatch(input);
        }
    };
    Effect::new(move |_| {
        if let Some(Ok(_)) = effect.value().get() {
            sure.set(true);
        }
    });
    let unsure = move |_| {
        sure.set(false);
        effect.clear();
    };
    let why_not = (!allowed).then(|| "Only administrators change who must approve.".to_owned());
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            failed
                .get()
                .and_then(|error| error.field(field))
                .map(|problem| crate::words::problem(&problem))
        })
    };
    let error = wrong("approvals");
    let version = environment.policy_version;
    let boxes = Role::ALL
        .map(|role| {
            view! {
                <Checkbox
                    name="form[roles][]"
                    id=format!("f-role-{}", role.key())
                    label=crate::words::role(role)
                    value=role.key()
                    checked=policy.approver_roles.contains(&role)
                />
            }
        })
        .collect_view();
    view! {
        <Section id="policy" title="Policy" end=move || format!("Version {version}")>
            <form method="post" action=TO on:submit=submit on:change=unsure class="form" novalidate="">
                <input type="hidden" name="environment" value=environment.id.to_string() />
                <input type="hidden" name="version_seen" value=version.to_string() />
                <TextField
                    name="form[approvals]"
                    id="f-approvals"
                    label="People who must approve"
                    kind="number"
                    hint="Neither who planned the release nor who asked counts. 0: nobody must."
                    value=policy.approvals.to_string()
                    error
                    required=true
                />
                <fieldset class="field">
                    <legend class="lab">"Who counts"</legend>
                    <div class="choices across">{boxes}</div>
                </fieldset>
                <fieldset class="field">
                    <legend class="lab">"What must hold before it starts"</legend>
                    <div class="choices">
                        <Checkbox name="form[checklist]" id="f-checklist" label="Every checklist item is done or not applicable" checked=policy.checklist />
                        <Checkbox name="form[promotion]" id="f-promotion" label="The same artifact succeeded in the environment before" checked=policy.promotion />
                        <Checkbox name="form[rollback_plan]" id="f-rollback_plan" label="There is a rollback plan" checked=policy.rollback_plan />
                        <Checkbox name="form[window]" id="f-window" label="It is inside the planned window" checked=policy.window />
                    </div>
                </fieldset>
                <TextField
                    name="form[reauthenticate]"
                    id="f-reauthenticate"
                    label="Minutes within which who decides has confirmed that it is them"
                    kind="number"
                    hint="Empty: being signed in is enough. For production, 15 is a good start: a browser left open approves nothing then, and no token does."
                    value=policy.reauthenticate_min.map(|minutes| minutes.to_string()).unwrap_or_default()
                    error=wrong("reauthenticate_min")
                />
                <Said save effect failed />
                <p class="acts">
                    <SubmitButton pending=save.pending() look=Look::Plain while_pending="Saving" why_not id="save-policy">
                        {move || if sure.get() { "Save this policy" } else { "Save policy" }}
                    </SubmitButton>
                </p>
            </form>
        </Section>
    }
}

/// What saving would do, what it did, or why it did not.
#[component]
fn Said(
    save: ServerAction<SavePolicy>,
    effect: ServerAction<PolicyEffect>,
    failed: Signal<Option<AppError>>,
) -> impl IntoView {
    let voids = |count: u32| match count {
        0 => "No pending approval is touched.".to_owned(),
        1 => "One pending approval becomes void: it was given for other rules.".to_owned(),
        count => format!("{count} pending approvals become void: they were given for other rules."),
    };
    move || {
        let (glyph, what, words) = match (failed.get(), save.value().get(), effect.value().get()) {
            (Some(error), ..)
                if ["approvals", "reauthenticate_min"]
                    .iter()
                    .any(|field| error.field(field).is_some()) =>
            {
                return None;
            }
            (Some(error), ..) => (Glyph::Fail, "Not saved.", crate::words::refusal(&error)),
            (None, Some(Ok(count)), _) => (Glyph::Pass, "Saved.", voids(count)),
            (None, _, Some(Ok(count))) => (Glyph::Hold, "Press once more to save.", voids(count)),
            _ => return None,
        };
        Some(view! { <div role="status"><WhyLine glyph what>{words}</WhyLine></div> })
    }
}
