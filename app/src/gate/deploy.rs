//! The button that deploys: disabled, it says every reason; the server refuses by the same rule.

use domain::release::ReleaseEnvironment;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::holds::{Told, actions};
use super::words::why_not;
use crate::deployment::api::Deploy;
use crate::ui::{Look, SubmitButton, use_clock};

/// Deploys a release to one environment. Works without script.
#[component]
pub fn DeployButton(
    /// The release beside the environment.
    one: ReleaseEnvironment,
    /// The release.
    release: domain::id::ReleaseId,
    /// Whom the page is for.
    told: Told,
    /// The call.
    action: ServerAction<Deploy>,
    /// The one primary button of the screen.
    #[prop(optional)]
    primary: bool,
) -> impl IntoView {
    let clock = use_clock();
    let name = one.environment.name.clone();
    let allowed = actions(told.clone(), &one);
    let reason = Signal::derive(move || {
        allowed.with(|actions| match actions {
            Some(actions) => why_not(&actions.deploy, &told.names(), &clock.zone()),
            None => Some("Sign in to deploy.".to_owned()),
        })
    });
    let look = if primary { Look::Primary } else { Look::Plain };
    let id = format!("deploy-{name}");
    let words = format!("Deploy to {name}");
    view! {
        <ActionForm action=action attr:class="acts">
            <input type="hidden" name="release" value=release.to_string() />
            <input type="hidden" name="environment" value=one.environment.id.to_string() />
            <SubmitButton pending=action.pending() look why_not=reason id while_pending="Asking">
                {words.clone()}
            </SubmitButton>
        </ActionForm>
    }
    .into_any()
}
