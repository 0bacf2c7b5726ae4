//! Editing a plan. Who saves second sees both versions and loses nothing.

use domain::release::Release;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::api::{UpdateRelease, read_release};
use super::clash::Clash;
use super::failed::Failed;
use super::fields::{PlanFields, control, label};
use super::form::PostedRelease;
use crate::boot::kept;
use crate::fresh::fresh;
use crate::shell::Trouble;
use crate::ui::{FormErrors, Glyph, LinkButton, Look, PageHead, SubmitButton, WhyLine, use_clock};

/// Where the form is posted to.
const PATH: &str = "/call/release/update";

/// `/releases/:service/:version/edit`.
#[component]
pub fn ReleaseEdit() -> impl IntoView {
    let params = use_params_map();
    let service = move || params.read().get("service").unwrap_or_default();
    let version = move || params.read().get("version").unwrap_or_default();
    let update = ServerAction::<UpdateRelease>::new();
    // What was sent last: it stays in the fields when the saved version is fetched after a conflict.
    let sent = RwSignal::new(PostedRelease::kept(|name| kept(PATH, name)));
    Effect::new(move |_| {
        if let Some(input) = update.input().get() {
            sent.set(Some(input.form));
        }
    });
    // Not live: a form that changes while somebody writes helps nobody. It is fetched again after each attempt to save.
    let page = Resource::new(
        move || (service(), version(), update.version().get()),
        |(service, version, _)| read_release(service, version),
    );
    let title = move || format!("Edit {} {}", service(), version());
    let crumbs = vec![
        ("/releases".to_owned(), "Releases".to_owned()),
        (
            untrack(|| super::address(&service(), &version())),
            untrack(|| format!("{} {}", service(), version())),
        ),
    ];
    view! {
        <Title text=title />
        <PageHead title=Signal::derive(title) crumbs />
        {fresh(
            page,
            move |page| match page {
                Err(error) => view! { <Trouble error /> }.into_any(),
                Ok(page) => {
                    let service = page.service.name.clone();
                    view! { <EditForm service release=page.release update sent /> }.into_any()
                }
            },
        )}
    }
}

#[component]
fn EditForm(
    service: String,
    release: Release,
    update: ServerAction<UpdateRelease>,
    sent: RwSignal<Option<PostedRelease>>,
) -> impl IntoView {
    let failed = Failed::of(update.value());
    let theirs = untrack(|| PostedRelease::of(&release, &use_clock().zone()));
    let mine = sent.get_untracked();
    let form = PostedRelease {
        row_version: theirs.row_version,
        ..mine.clone().unwrap_or_else(|| theirs.clone())
    };
    let conflict = untrack(|| failed.is_conflict());
    let clash = conflict
        .then(|| form.clash(&theirs))
        .map(|rows| view! { <Clash rows /> });
    // Without a conflict the version stays the one that the person saw, so that somebody else's save is noticed.
    let seen = match (&mine, conflict) {
        (Some(mine), false) => mine.row_version,
        _ => theirs.row_version,
    };
    let version = release.form.version.clone();
    let back = super::address(&service, &version);
    let head = failed.only(move || !failed.is_conflict());
    view! {
        <WhyLine glyph=Glyph::Wait what="An edit voids approvals when it changes what runs.">
            "Title, notes and known issues do not."
        </WhyLine>
        <ActionForm action=update attr:novalidate="">
            <input type="hidden" name="service" value=service />
            <input type="hidden" name="version" value=version />
            <input type="hidden" name="form[row_version]" value=seen.to_string() />
            <FormErrors errors=head.at_head(label, control) />
            {clash}
            <PlanFields form failed />
            <p class="acts after">
                <SubmitButton pending=update.pending() while_pending="Saving">
                    {if conflict { "Save again" } else { "Save the plan" }}
                </SubmitButton>
                <LinkButton href=back look=Look::Quiet>
                    "Leave it"
                </LinkButton>
            </p>
        </ActionForm>
    }
    .into_any()
}
