//! The button that deploys: disabled, it says every reason; the server refuses by the same rule. While the release is under way there already, it
//! leads to that deployment.

use domain::deployment::DeploymentLine;
use domain::release::ReleaseEnvironment;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::holds::{Told, actions};
use super::words::why_not;
use crate::deployment::api::Deploy;
use crate::deployment::brief;
use crate::ui::{LinkButton, Look, SubmitButton, use_clock};

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
    /// A deployment of this very release that has not ended there: the server takes no second one.
    under_way: Option<DeploymentLine>,
    /// The one primary button of the screen.
    #[prop(optional)]
    primary: bool,
) -> impl IntoView {
    let look = if primary { Look::Primary } else { Look::Plain };
    if let Some(line) = under_way {
        return way_there(&line, &told, look);
    }
    let clock = use_clock();
    let name = one.environment.name.clone();
    let allowed = actions(told.clone(), &one);
    let reason = Signal::derive(move || {
        allowed.with(|actions| match actions {
            Some(actions) => why_not(&actions.deploy, &told.names(), &clock.zone()),
            None => Some("Sign in to deploy.".to_owned()),
        })
    });
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

/// The way to what is under way, with where it stands; the primary button stands below a headline that says as much.
fn way_there(line: &DeploymentLine, told: &Told, look: Look) -> AnyView {
    let href = crate::deployment::address(line.number);
    let words = format!("Open deployment {}", line.number);
    let link = view! { <LinkButton href look>{words}</LinkButton> };
    if look == Look::Primary {
        return link.into_any();
    }
    view! {
        <div class="acts">
            {link}
            <span class="why-not">{brief::under_way(line, &told.names())}</span>
        </div>
    }
    .into_any()
}
