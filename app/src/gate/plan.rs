//! What exactly will run: the plan that an approval is bound to.

use domain::plan::Plan;
use domain::service::MetricSource;
use leptos::prelude::*;

use super::view::{DiffRow, LimitRow, StepRow, command_line, differences, digest, limits, steps};
use crate::release::lines::Lines;
use crate::release::view::strategy;
use crate::ui::format::NONE;
use crate::ui::{Fact, Facts, Stamp, Time};

/// Steps with their commands, waits and shares; limits; artifact; policy.
#[component]
pub fn WhatRuns(
    /// The plan as it would be frozen now, or as it was asked for.
    plan: Plan,
) -> impl IntoView {
    let rows = steps(&plan);
    let empty = rows.is_empty();
    let (reference, content, commit) = (
        plan.artifact.reference.clone(),
        plan.artifact.digest.clone(),
        or_none(&plan.commit),
    );
    let (how, when, measured, rules) = (strategy(&plan), window(&plan), source(&plan.source), policy(&plan));
    let given = secrets(&plan);
    let (database, back) = (or_none(&plan.database_changes), or_none(&plan.rollback_plan));
    view! {
        <Facts>
            <Fact term="Artifact">
                <code>{reference}</code>
            </Fact>
            <Fact term="Artifact digest">
                <span class="digest">{content}</span>
            </Fact>
            <Fact term="Commit">
                <code>{commit}</code>
            </Fact>
            <Fact term="Strategy">{how}</Fact>
            <Fact term="Window">{when}</Fact>
            <Fact term="Measured at">{measured}</Fact>
            {(!given.is_empty()).then(|| view! { <Fact term="Secrets">{given}</Fact> })}
            <Fact term="Policy">{rules}</Fact>
            <Fact term="Database">
                <Lines text=database />
            </Fact>
            <Fact term="Rollback plan">
                <Lines text=back />
            </Fact>
        </Facts>
        {if empty {
            view! { <p class="meta after">"No step: this environment has no target yet."</p> }.into_any()
        } else {
            view! { <StepTable rows /> }.into_any()
        }}
        <Limits plan />
    }
    .into_any()
}

#[component]
fn StepTable(rows: Vec<StepRow>) -> impl IntoView {
    let row = |row: StepRow| {
        let command = command_line(&row.argv);
        view! {
            <tr>
                <td class="num">{row.number}</td>
                <td>{row.phase}</td>
                <th scope="row">
                    {row.what} {(!command.is_empty()).then(|| view! { <br /> <code>{command}</code> })}
                </th>
            </tr>
        }
    };
    view! {
        <div class="scroll after" role="region" aria-label="Steps" tabindex="0">
            <table>
                <caption>"Steps, in order. Values reach commands by environment variables only."</caption>
                <thead>
                    <tr>
                        <th scope="col" class="num">"Step"</th>
                        <th scope="col">"Phase"</th>
                        <th scope="col">"What is done"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Limits(plan: Plan) -> impl IntoView {
    let row = |row: LimitRow| {
        let trial = row
            .dry_run
            .then(|| view! { " " <span class="meta">"dry run: shown, does not decide"</span> });
        view! {
            <tr>
                <th scope="row">{row.title} {trial}</th>
                <td>{row.limit}</td>
                <td>{row.compare}</td>
                <td>{row.from}</td>
            </tr>
        }
    };
    let measured = !matches!(plan.source, MetricSource::None);
    measured.then(|| {
        let alpha = crate::ui::format::percent(plan.analysis.alpha * 100.0);
        view! {
            <div class="scroll after" role="region" aria-label="Limits of the analysis" tabindex="0">
                <table>
                    <caption>
                        {format!("Analysis. A healthy canary is taken back in at most {alpha} of runs.")}
                    </caption>
                    <thead>
                        <tr>
                            <th scope="col">"Metric"</th>
                            <th scope="col">"Limit"</th>
                            <th scope="col">"Against stable"</th>
                            <th scope="col">"Judged from"</th>
                        </tr>
                    </thead>
                    <tbody>{limits(&plan.analysis).into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    })
}

/// What changed between two plans.
#[component]
pub fn Changed(
    /// Words above it: "Changed since approval was asked for".
    #[prop(into)]
    title: String,
    /// The plan before.
    before: Plan,
    /// The plan now.
    after: Plan,
) -> impl IntoView {
    let rows = differences(&domain::plan::differences(&before, &after));
    let line = |row: DiffRow| {
        view! {
            {row.before.map(|text| view! { <del>{text}</del> })}
            {row.after.map(|text| view! { <ins>{text}</ins> })}
        }
    };
    (!rows.is_empty()).then(|| {
        view! {
            <div>
                <p class="meta">{title}</p>
                <p class="diff">{rows.into_iter().map(line).collect_view()}</p>
            </div>
        }
    })
}

/// The digest of a plan, short, with all of it on hover.
#[component]
pub fn Digest(
    /// The digest.
    of: domain::plan::PlanDigest,
    /// The policy asks for approval: this is what it is given for.
    #[prop(optional)]
    approved: bool,
) -> impl IntoView {
    let words = if approved {
        "Plan digest (this is what is approved)"
    } else {
        "Plan digest"
    };
    view! {
        <div>
            <p class="meta">{words}</p>
            <p class="digest" title=of.to_string()>
                {digest(&of)}
            </p>
        </div>
    }
}

/// The variables that hold a secret, each with its name and version: "TOKEN: registry, version 2".
fn secrets(plan: &Plan) -> String {
    let Some(command) = plan.command() else {
        return String::new();
    };
    let version = |name: &str| plan.secrets.iter().find(|secret| secret.name == name);
    let given = command.secrets.iter().map(|(variable, name)| match version(name) {
        Some(secret) => format!("{variable}: {name}, version {}", secret.version),
        None => format!("{variable}: {name}, which is gone"),
    });
    given.collect::<Vec<_>>().join("; ")
}

fn or_none(text: &str) -> String {
    if text.trim().is_empty() {
        NONE.to_owned()
    } else {
        text.to_owned()
    }
}

fn window(plan: &Plan) -> AnyView {
    match plan.window {
        None => NONE.into_any(),
        Some(window) => view! {
            <Time at=window.opens_at />
            " to "
            <Time at=window.closes_at stamp=Stamp::Hour />
        }
        .into_any(),
    }
}

fn source(source: &MetricSource) -> AnyView {
    match source {
        MetricSource::None => "Nothing is measured: no analysis.".into_any(),
        MetricSource::Scrape {
            stable_url,
            canary_url,
            interval_s,
            ..
        } => view! {
            <code>{stable_url.clone()}</code>
            <br />
            <code>{canary_url.clone()}</code>
            <br />
            {format!("every {interval_s}\u{a0}s")}
        }
        .into_any(),
    }
}

fn policy(plan: &Plan) -> String {
    let policy = &plan.policy;
    let mut rules = Vec::new();
    if policy.approvals > 0 {
        rules.push(crate::ui::format::counted(
            u64::from(policy.approvals),
            "approval",
            "approvals",
        ));
    }
    let rest = [
        (policy.checklist, "the checklist"),
        (policy.promotion, "the environment before it"),
        (policy.rollback_plan, "a rollback plan"),
        (policy.window, "the window"),
    ];
    rules.extend(
        rest.into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, words)| words.to_owned()),
    );
    if let Some(minutes) = policy.reauthenticate_min {
        let minutes = crate::ui::format::counted(u64::from(minutes), "minute", "minutes");
        rules.push(format!("a confirmation by who decides within {minutes}"));
    }
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    match rules.is_empty() {
        true => format!("Version {}: asks for nothing.", plan.policy_version),
        false => format!(
            "Version {}: asks for {}.",
            plan.policy_version,
            crate::event_words::join(&rules, "and")
        ),
    }
}
