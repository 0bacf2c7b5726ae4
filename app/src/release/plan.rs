//! The plan's facts, as on the overview.

use domain::plan::Plan;
use domain::release::{Change, Release};
use leptos::prelude::*;

use super::lines::Lines;
use super::view::{change, duration, strategy, weights};
use crate::ui::format::NONE;
use crate::ui::ramp::{Ramp, RampStep, StepState};
use crate::ui::{Fact, Facts, Section, Stamp, Time, Until};

/// When, how long, how, what, and the way back.
#[component]
pub fn PlanFacts(
    /// The release.
    release: Release,
    /// Its plan for the environment that the page is about; None while the service has no environment.
    plan: Option<Plan>,
    /// More than the overview shows: artifact, commit, notes, known issues.
    #[prop(optional)]
    whole: bool,
) -> impl IntoView {
    let form = release.form;
    let template = format!(
        "Template {}, version {}",
        release.template.name, release.template.version
    );
    let when = form.window.map(|window| {
        view! {
            <Time at=window.opens_at />
            " to "
            <Time at=window.closes_at stamp=Stamp::Hour />
            ", "
            <Until at=window.opens_at />
        }
    });
    let strategy = plan.map(|plan| {
        let steps = weights(&plan)
            .into_iter()
            .map(|weight| RampStep::new(weight, StepState::Todo))
            .collect::<Vec<_>>();
        let name = plan.environment.clone();
        view! {
            <Ramp steps />
            " "
            {strategy(&plan)}
            ", for "
            {name}
        }
    });
    let rest = whole.then(|| {
        view! {
            <Fact term="Artifact">
                <code>{form.artifact.reference.clone()}</code>
            </Fact>
            <Fact term="Artifact digest">
                <span class="digest">{form.artifact.digest.clone()}</span>
            </Fact>
            <Fact term="Commit">
                <code>{or_none(&form.commit)}</code>
            </Fact>
            <Fact term="Notes">
                <Lines text=or_none(&form.notes) />
            </Fact>
            <Fact term="Known issues">
                <Lines text=or_none(&form.known_issues) />
            </Fact>
        }
    });
    view! {
        <Section id="plan" title="Plan" end=move || template>
            <Facts>
                <Fact term="When">
                    {match when {
                        Some(when) => when.into_any(),
                        None => "No window is planned: it can start at any time.".into_any(),
                    }}
                </Fact>
                <Fact term="Duration">{duration(form.duration_min, form.rollback_min)}</Fact>
                <Fact term="Strategy">{strategy}</Fact>
                <Fact term="Changes">
                    <Changes changes=form.changes.clone() />
                </Fact>
                <Fact term="Database">
                    <Lines text=or_none(&form.database_changes) />
                </Fact>
                <Fact term="Rollback plan">
                    <Lines text=or_none(&form.rollback_plan) />
                </Fact>
                <Fact term="Verification">
                    <Lines text=or_none(&form.verification) />
                </Fact>
                {rest}
            </Facts>
        </Section>
    }
    .into_any()
}

#[component]
fn Changes(changes: Vec<Change>) -> impl IntoView {
    let line = |one: Change| {
        view! {
            <li>
                <b>{change(one.kind)} ": "</b>
                {one.text}
            </li>
        }
    };
    view! { <ul>{changes.into_iter().map(line).collect_view()}</ul> }
}

fn or_none(text: &str) -> String {
    if text.trim().is_empty() {
        NONE.to_owned()
    } else {
        text.to_owned()
    }
}
