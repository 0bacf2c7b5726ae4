//! The report: read, and edited in its place. Who saves second sees both versions and loses nothing.

use domain::incident::IncidentPage;
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::api::UpdateIncident;
use super::fields::ReportFields;
use super::form::{PARTS, PostedIncident, control, label};
use super::view::unwritten;
use crate::boot::kept;
use crate::deployment::analysis::Verdicts;
use crate::deployment::verdict::{decided, rows};
use crate::release::clash::Clash;
use crate::release::failed::Failed;
use crate::release::lines::Lines;
use crate::ui::{Elapsed, Empty, FormErrors, LinkButton, Look, Section, SubmitButton, use_clock};

/// Where the form is posted to.
pub const PATH: &str = "/call/incident/update";

/// The call, and what was sent last: it stays in the fields when the saved version is fetched after a conflict.
#[derive(Clone, Copy)]
pub struct ReportCall {
    pub action: ServerAction<UpdateIncident>,
    sent: RwSignal<Option<PostedIncident>>,
}

impl ReportCall {
    /// Once a page, outside of what is fetched again.
    pub fn new() -> ReportCall {
        let action = ServerAction::<UpdateIncident>::new();
        let sent = RwSignal::new(PostedIncident::kept(|name| kept(PATH, name)));
        Effect::new(move |_| {
            if let Some(input) = action.input().get() {
                sent.set(Some(input.form));
            }
        });
        ReportCall { action, sent }
    }
}

impl Default for ReportCall {
    fn default() -> Self {
        ReportCall::new()
    }
}

/// The report as it is read.
#[component]
pub fn Report(
    /// The incident.
    page: IncidentPage,
    /// The reader may edit it.
    may: bool,
) -> impl IntoView {
    let form = page.incident.form.clone();
    let edit = super::address(page.incident.number) + "?edit=report#report";
    let missing = unwritten(&page);
    let first = edit.clone();
    let part = |(key, title, hint): (&'static str, &'static str, &'static str)| {
        let text = PostedIncident::of(&form, &crate::ui::Zone::utc()).part(key);
        let id = format!("part-{}", key.replace('_', "-"));
        let body = match text.trim().is_empty() {
            true => view! { <Nothing hint edit=first.clone() may /> }.into_any(),
            false => view! { <p><Lines text /></p> }.into_any(),
        };
        view! {
            <h3 id=id>{title}</h3>
            {body}
        }
    };
    let parts = PARTS.into_iter().map(part).collect_view();
    let end = move || {
        let state = match missing.is_empty() {
            true => "Every part is written. ".to_owned(),
            false => format!("Still open: {}. ", missing.join(", ")),
        };
        view! {
            {state}
            {may.then(|| view! { <a href=edit>"Edit"</a> })}
        }
    };
    view! {
        <Section id="report" title="Report" end>
            <Figures page />
            <div class="prose after">{parts}</div>
        </Section>
    }
    .into_any()
}

#[component]
fn Nothing(hint: &'static str, edit: String, may: bool) -> impl IntoView {
    view! {
        <Empty title="Nothing written yet." acts=move || may.then(|| view! { <LinkButton href=edit>"Write it"</LinkButton> })>
            {hint}
        </Empty>
    }
}

/// How long, and what the judgement counted.
#[component]
fn Figures(page: IncidentPage) -> impl IntoView {
    let clock = use_clock();
    let (from, to) = (page.incident.form.started_at, page.incident.resolved_at);
    let lasted = match to {
        Some(to) => view! { <Elapsed from=from to=to /> }.into_any(),
        None => view! { <Elapsed from=from /> " so far" }.into_any(),
    };
    let judged = page.judgement.map(|judgement| {
        let words = decided(&judgement, None)
            .into_iter()
            .map(|line| view! { <p>{line}</p> })
            .collect_view();
        let rules = domain::analysis::AnalysisRules {
            metrics: Vec::new(),
            ..Default::default()
        };
        let rows = untrack(|| rows(&judgement, &rules, &clock.zone()));
        view! {
            <div class="prose after">{words}</div>
            <div class="after">
                <Verdicts rows caption="The judgement that took it back" />
            </div>
        }
    });
    view! {
        <dl class="figs">
            <div>
                <dt>"Duration"</dt>
                <dd>{lasted}</dd>
            </div>
        </dl>
        {judged}
    }
    .into_any()
}

/// The report as a form, in its place.
#[component]
pub fn ReportForm(
    /// The incident, as it is saved now.
    page: IncidentPage,
    /// The call.
    call: ReportCall,
) -> impl IntoView {
    let number = page.incident.number;
    let theirs = untrack(|| PostedIncident::of(&page.incident.form, &use_clock().zone()));
    let failed = Failed::of(call.action.value());
    let mine = call.sent.get_untracked();
    let conflict = untrack(|| failed.is_conflict());
    let form = mine.clone().unwrap_or_else(|| theirs.clone());
    let clash = conflict
        .then(|| form.clash(&theirs))
        .map(|rows| view! { <Clash rows /> });
    // Without a conflict the version stays the one that the person saw, so that somebody else's save is noticed.
    let seen = match (&mine, conflict) {
        (Some(mine), false) => mine.row_version,
        _ => theirs.row_version,
    };
    let head = failed.only(move || !failed.is_conflict());
    view! {
        <Section id="report" title="Report">
            <ActionForm action=call.action attr:novalidate="">
                <input type="hidden" name="number" value=number.to_string() />
                <input type="hidden" name="form[row_version]" value=seen.to_string() />
                <FormErrors errors=head.at_head(label, control) />
                {clash}
                <ReportFields form failed />
                <p class="acts after">
                    <SubmitButton pending=call.action.pending() while_pending="Saving">
                        {if conflict { "Save again" } else { "Save the report" }}
                    </SubmitButton>
                    <LinkButton href=super::address(number) look=Look::Quiet>
                        {format!("Back to INC-{number}")}
                    </LinkButton>
                    <span class="meta">"What you typed is lost."</span>
                </p>
            </ActionForm>
        </Section>
    }
    .into_any()
}
