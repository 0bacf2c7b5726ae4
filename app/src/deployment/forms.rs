//! Abort and roll back as pages of their own: for browsers without script, and for links that lead straight to them.

use domain::deployment::{DeploymentPage, Steer as Act, Trigger};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::api::{Steer, read_deployment};
use super::console::number_of;
use super::controls::{AbortFields, BackFields, abort_title, back_title, why_not};
use crate::boot::me_as_actor;
use crate::release::failed::{Failed, Refused};
use crate::shell::Trouble;
use crate::ui::{Glyph, LinkButton, Look, PageHead, SubmitButton, WhyLine};

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Abort,
    Back,
}

/// `/deployments/:number/abort`.
#[component]
pub fn AbortForm() -> impl IntoView {
    view! { <Form deed=Deed::Abort /> }
}

/// `/deployments/:number/roll-back`.
#[component]
pub fn RollBackForm() -> impl IntoView {
    view! { <Form deed=Deed::Back /> }
}

#[component]
fn Form(deed: Deed) -> impl IntoView {
    let params = use_params_map();
    let number = Memo::new(move |_| number_of(&params.read().get("number").unwrap_or_default()));
    let action = ServerAction::<Steer>::new();
    let page = Resource::new(move || number.get(), read_deployment);
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match page.await {
                    Err(error) => view! { <Trouble error /> }.into_any(),
                    Ok(page) => view! { <Confirm page deed action /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Confirm(page: DeploymentPage, deed: Deed, action: ServerAction<Steer>) -> impl IntoView {
    let failed = Failed::of(action.value());
    let number = page.deployment.number;
    let back = super::address(number);
    let (title, verb, keep, act) = match deed {
        Deed::Abort => (
            abort_title(&page),
            "Abort now",
            "Keep going",
            Act::Abort { reason: String::new() },
        ),
        Deed::Back => (
            back_title(&page),
            "Roll back now",
            "Keep watching",
            Act::RollBack {
                trigger: Trigger::ErrorRate,
            },
        ),
    };
    let crumbs = vec![
        ("/deployments".to_owned(), "Deployments".to_owned()),
        (back.clone(), format!("Deployment {number}")),
    ];
    let reason = if page.deployment.run.state.terminal() {
        Some((
            "Not possible.",
            "It has ended. To go back, deploy the earlier release.".to_owned(),
        ))
    } else {
        why_not(&page, me_as_actor().as_ref(), &act).map(|why| ("Not now.", why))
    };
    let page = Signal::from(RwSignal::new(page));
    let body = match reason {
        Some((what, why)) => view! {
            <WhyLine glyph=Glyph::Off what>
                {why}
            </WhyLine>
            <p class="acts after">
                <LinkButton href=back>{format!("Back to deployment {number}")}</LinkButton>
            </p>
        }
        .into_any(),
        None => {
            let fields = match deed {
                Deed::Abort => view! { <AbortFields page failed /> }.into_any(),
                Deed::Back => view! { <BackFields page failed /> }.into_any(),
            };
            view! {
                <ActionForm action=action attr:class="form">
                    {fields}
                    <input type="hidden" name="leave" value="true" />
                    <Refused failed />
                    <p class="acts">
                        <LinkButton href=back>{keep}</LinkButton>
                        <SubmitButton pending=action.pending() look=Look::Sure while_pending="Asking">
                            {verb}
                        </SubmitButton>
                    </p>
                </ActionForm>
            }
            .into_any()
        }
    };
    view! {
        <Title text=title.clone() />
        <PageHead title=title crumbs />
        {body}
    }
    .into_any()
}
