//! The controls of a run: pause or resume, abort, promote, and, always last and always there, roll back.

use domain::access::{Action, Actor, Scope};
use domain::deployment::{DeploymentPage, State, Steer as Act, Trigger, fits};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::api::Steer;
use super::view::{back_to, promotes_to};
use super::words::TRIGGERS;
use crate::boot::kept;
use crate::release::failed::Failed;
use crate::ui::{Button, Checkbox, ConfirmDialog, Icon, Look, TextField, dialog};

/// Where all of these forms are posted to.
pub const PATH: &str = "/call/deployment/steer";

/// The calls of the console: one each, so that each says for itself what went wrong.
#[derive(Clone, Copy)]
pub struct SteerCalls {
    pub plain: ServerAction<Steer>,
    pub abort: ServerAction<Steer>,
    pub back: ServerAction<Steer>,
}

impl SteerCalls {
    /// Once a page, outside of what is fetched again. A dialog whose call succeeded shuts.
    pub fn new() -> SteerCalls {
        let calls = SteerCalls {
            plain: ServerAction::new(),
            abort: ServerAction::new(),
            back: ServerAction::new(),
        };
        Effect::new(move |_| {
            if calls.abort.value().with(|value| matches!(value, Some(Ok(())))) {
                dialog::close("abort");
            }
        });
        Effect::new(move |_| {
            if calls.back.value().with(|value| matches!(value, Some(Ok(())))) {
                dialog::close("roll-back");
            }
        });
        calls
    }

    /// Grows with each answer.
    pub fn answered(self) -> usize {
        self.plain.version().get() + self.abort.version().get() + self.back.version().get()
    }

    /// The failure of one of the calls. Without script all three hear of it; `kept` knows which one was meant.
    pub fn failed(self, which: Which) -> Failed {
        let act = kept(PATH, "act");
        let fits = match (which, act.as_deref()) {
            (_, None) => true,
            (Which::Abort, Some(act)) => act == "abort",
            (Which::Back, Some(act)) => act == "roll_back",
            (Which::Plain, Some(act)) => !matches!(act, "abort" | "roll_back"),
        };
        let action = match which {
            Which::Plain => self.plain,
            Which::Abort => self.abort,
            Which::Back => self.back,
        };
        Failed::of(action.value()).only(move || fits)
    }
}

impl Default for SteerCalls {
    fn default() -> Self {
        SteerCalls::new()
    }
}

/// Which of the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Plain,
    Abort,
    Back,
}

/// Why a command can't be given now: the same rule by which the server decides. None: it can.
pub fn why_not(page: &DeploymentPage, actor: Option<&Actor>, act: &Act) -> Option<String> {
    let scope = Scope::Environment {
        service: page.service.id,
        environment: page.deployment.environment,
    };
    if actor.is_none_or(|actor| actor.may(Action::Steer, scope).is_err()) {
        return Some("Engineers, approvers and administrators steer deployments.".to_owned());
    }
    let deployment = &page.deployment;
    let fit = fits(deployment.kind, &deployment.plan, &deployment.run, act);
    fit.err().map(|why| crate::words::steer(why).to_owned())
}

/// The row of controls in the head of the console.
#[component]
pub fn Controls(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
    /// The reader.
    actor: Option<Actor>,
    /// The calls.
    calls: SteerCalls,
) -> impl IntoView {
    let actor = StoredValue::new(actor);
    let reason = move |act: Act| {
        Signal::derive(move || page.with(|page| actor.with_value(|actor| why_not(page, actor.as_ref(), &act))))
    };
    let paused = Memo::new(move |_| page.with(|page| page.deployment.run.state == State::Paused));
    let queued = Memo::new(move |_| page.with(|page| page.deployment.run.state == State::Queued));
    let promote = Memo::new(move |_| page.with(|page| promotes_to(&page.deployment.plan, &page.deployment.run)));
    let first = move || {
        if queued.get() {
            view! { <Plain page calls act="cancel" words="Cancel" why=reason(Act::Cancel) /> }.into_any()
        } else if paused.get() {
            view! { <Plain page calls act="resume" words="Resume" key="P" why=reason(Act::Resume) /> }.into_any()
        } else {
            let why = reason(Act::Pause { reason: String::new() });
            view! { <Plain page calls act="pause" words="Pause" key="P" why /> }.into_any()
        }
    };
    // What has ended has nothing to pause, abort or promote; the way back stays, and says why it is shut.
    let ended = Memo::new(move |_| page.with(|page| page.deployment.run.state.terminal()));
    let going = move || {
        (!ended.get()).then(|| {
            view! {
                <span id="steer-first" class="acts">
                    {first}
                </span>
                <Button opens="abort" id="c-abort" why_not=reason(Act::Abort { reason: String::new() })>
                    "Abort…"
                </Button>
                <Plain page calls act="promote" words=promote why=reason(Act::Promote) />
            }
        })
    };
    keys();
    view! {
        {going}
        <span id="steer-back" class="acts">
            <Button
                look=Look::Back
                icon=Icon::Back
                key="B"
                id="c-back"
                opens="roll-back"
                why_not=reason(Act::RollBack { trigger: Trigger::ErrorRate })
            >
                "Roll back"
            </Button>
        </span>
    }
    .into_any()
}

/// A command that needs no words.
#[component]
pub fn Plain(
    /// The deployment.
    page: Signal<DeploymentPage>,
    /// The calls.
    calls: SteerCalls,
    /// The word that is posted.
    act: &'static str,
    /// What stands on the button.
    #[prop(into)]
    words: Signal<String>,
    /// Why it can't be given now.
    why: Signal<Option<String>>,
    /// The key that does the same.
    #[prop(optional)]
    key: Option<&'static str>,
) -> impl IntoView {
    let (id, number) = page.with_untracked(|page| (page.deployment.id, page.deployment.number));
    let button = match key {
        Some(key) => view! {
            <Button submit=true id=format!("c-{act}") why_not=why key>
                {move || words.get()}
            </Button>
        }
        .into_any(),
        None => view! {
            <Button submit=true id=format!("c-{act}") why_not=why>
                {move || words.get()}
            </Button>
        }
        .into_any(),
    };
    view! {
        <ActionForm action=calls.plain attr:class="acts">
            <input type="hidden" name="deployment" value=id.to_string() />
            <input type="hidden" name="number" value=number.to_string() />
            <input type="hidden" name="act" value=act />
            {button}
        </ActionForm>
    }
}

/// Title of the rollback's confirmation.
pub fn back_title(page: &DeploymentPage) -> String {
    let deployment = &page.deployment;
    let place = format!("{} {}", deployment.plan.service, deployment.plan.environment);
    match back_to(deployment) {
        Some(version) => format!("Roll back {place} to {version}?"),
        None => format!("Roll back {place}?"),
    }
}

/// Title of the abort's confirmation.
pub fn abort_title(page: &DeploymentPage) -> String {
    let plan = &page.deployment.plan;
    format!("Abort {} {} to {}?", plan.service, plan.version, plan.environment)
}

/// Both confirmations. Their forms post like any other; the same forms stand on pages of their own.
#[component]
pub fn Dialogs(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
    /// The calls.
    calls: SteerCalls,
) -> impl IntoView {
    view! {
        <ActionForm action=calls.abort>
            <ConfirmDialog
                id="abort"
                title=Signal::derive(move || page.with(abort_title))
                confirm="Abort now"
                keep="Keep going"
            >
                <AbortFields page failed=calls.failed(Which::Abort) />
            </ConfirmDialog>
        </ActionForm>
        <ActionForm action=calls.back>
            <ConfirmDialog
                id="roll-back"
                title=Signal::derive(move || page.with(back_title))
                confirm="Roll back now"
                keep="Keep watching"
            >
                <BackFields page failed=calls.failed(Which::Back) />
            </ConfirmDialog>
        </ActionForm>
    }
    .into_any()
}

/// What an abort does, and why it is done.
#[component]
pub fn AbortFields(
    /// The deployment.
    page: Signal<DeploymentPage>,
    /// Why the call failed.
    failed: Failed,
) -> impl IntoView {
    let kept = kept(PATH, "act")
        .filter(|act| act == "abort")
        .and_then(|_| kept(PATH, "reason"));
    view! {
        <p>"It stops here. If traffic or the version was touched, stable gets all traffic back. The command that is running is stopped."</p>
        <Hidden page act="abort" />
        <TextField
            name="reason"
            id="abort-reason"
            label="Why"
            required=true
            value=kept.unwrap_or_default()
            hint="One sentence. It stands in the history."
            error=failed.field("reason")
            maxlength=500u32
        />
    }
}

/// What a rollback does, and its trigger: one of the procedure's, or one's own words.
#[component]
pub fn BackFields(
    /// The deployment.
    page: Signal<DeploymentPage>,
    /// Why the call failed.
    failed: Failed,
) -> impl IntoView {
    let mine = kept(PATH, "act").is_some_and(|act| act == "roll_back");
    // Nothing is chosen beforehand: the reason that stands in the history is one that somebody chose.
    let trigger = kept(PATH, "trigger").filter(|_| mine);
    let reason = kept(PATH, "reason").filter(|_| mine).unwrap_or_default();
    let choices = TRIGGERS.into_iter().chain([("words", "Something else, said below")]);
    let radio = |(key, words): (&'static str, &'static str)| {
        let checked = trigger.as_deref() == Some(key);
        view! { <Checkbox name="trigger" kind="radio" value=key label=words checked /> }
    };
    let error = failed.field("trigger");
    view! {
        <p>"Stable gets all traffic at once; what ran before is restored; the environment is locked so that this version is not deployed again by itself."</p>
        <Hidden page act="roll_back" />
        <fieldset class="field after">
            <legend>"Why"</legend>
            <div class="choices">{choices.map(radio).collect_view()}</div>
            {move || error.get().map(|words| view! { <span class="err">{words}</span> })}
        </fieldset>
        <TextField
            name="reason"
            id="back-reason"
            label="In your words"
            plain_label=true
            value=reason
            hint="Needed for something else."
            error=failed.field("reason")
            maxlength=500u32
        />
    }
}

#[component]
fn Hidden(page: Signal<DeploymentPage>, act: &'static str) -> impl IntoView {
    let (id, number) = page.with_untracked(|page| (page.deployment.id, page.deployment.number));
    view! {
        <input type="hidden" name="deployment" value=id.to_string() />
        <input type="hidden" name="number" value=number.to_string() />
        <input type="hidden" name="act" value=act />
    }
}

/// P and B do what their buttons do, while nobody types.
fn keys() {
    #[cfg(feature = "hydrate")]
    {
        use leptos::wasm_bindgen::JsCast;
        let press = |within: &str| {
            let found = document().query_selector(&format!("#{within} button")).ok().flatten();
            if let Some(button) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
                button.focus().ok();
                button.click();
            }
        };
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let target = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let busy = target.is_some_and(|target| {
                target
                    .closest("input, textarea, select, dialog")
                    .ok()
                    .flatten()
                    .is_some()
            });
            if busy || event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat() {
                return;
            }
            match event.key().as_str() {
                "p" | "P" => press("steer-first"),
                "b" | "B" => press("steer-back"),
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::page;
    use super::*;
    use domain::access::Role;
    use domain::id::PersonId;
    use uuid::Uuid;

    fn actor(role: Role) -> Actor {
        Actor::new(PersonId(Uuid::nil()), role, Vec::new())
    }

    #[test]
    fn a_viewer_is_told_who_could() {
        let words = why_not(&page(State::Running), Some(&actor(Role::Viewer)), &Act::Resume);
        assert!(words.is_some_and(|words| words.starts_with("Engineers")));
        assert!(why_not(&page(State::Running), None, &Act::Resume).is_some());
    }

    #[test]
    fn a_rollback_is_there_in_every_waiting_and_running_state() {
        let back = Act::RollBack {
            trigger: Trigger::ErrorRate,
        };
        for state in [State::Running, State::Paused, State::Baking] {
            assert_eq!(
                why_not(&page(state), Some(&actor(Role::Engineer)), &back),
                None,
                "{state:?}"
            );
        }
        assert!(why_not(&page(State::Succeeded), Some(&actor(Role::Engineer)), &back).is_some());
    }

    #[test]
    fn the_confirmation_names_the_thing_and_the_effect() {
        assert_eq!(
            back_title(&page(State::Running)),
            "Roll back storefront production to 1.2.2?"
        );
        assert_eq!(
            abort_title(&page(State::Running)),
            "Abort storefront 1.2.3 to production?"
        );
    }
}
