//! Smaller parts of the console: instances, executions, events, and what hangs together with a deployment.

use domain::deployment::{DeploymentLine, DeploymentPage, Execution, Instance, Kind};
use leptos::prelude::*;

use super::brief::state;
use super::view::{step_title, took};
use super::words;
use crate::event_words::{Names, tell};
use crate::ui::{Glyph, GlyphMark, Section, Stamp, State, Time, format, use_clock};

/// What the target listed at the last look.
#[component]
pub fn Instances(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
) -> impl IntoView {
    let instances = Memo::new(move |_| {
        page.with(|page| {
            page.deployment
                .run
                .seen
                .as_ref()
                .map(|seen| seen.instances.clone())
                .unwrap_or_default()
        })
    });
    let end = move || {
        instances.with(|all| {
            let canary = all.iter().filter(|one| is_canary(one)).count();
            format!("{canary} canary, {} stable", all.len() - canary)
        })
    };
    let body = move || match instances.with(Vec::is_empty) {
        true => view! { <p class="meta">"The target has not listed any yet."</p> }.into_any(),
        false => {
            let environment = page.with_untracked(|page| page.deployment.plan.environment.clone());
            let cells = instances
                .get()
                .into_iter()
                .map(|one| instance(one, &environment))
                .collect_view();
            view! { <ul class="grid-i">{cells}</ul> }.into_any()
        }
    };
    view! {
        <Section id="instances" title="Instances" end=move || end>
            {body}
        </Section>
    }
    .into_any()
}

fn is_canary(one: &Instance) -> bool {
    one.variant == "canary"
}

fn instance(one: Instance, environment: &str) -> impl IntoView + use<> {
    // The environment stands in the title; its name before each instance only takes room.
    let name = one
        .name
        .strip_prefix(environment)
        .map_or(one.name.as_str(), |rest| rest.trim_start_matches('-'))
        .to_owned();
    let (glyph, word) = if one.healthy {
        (Glyph::Pass, "healthy, ")
    } else {
        (Glyph::Fail, "not healthy, ")
    };
    let memory = one
        .memory_bytes
        .map(|bytes| view! { <br /> {format::bytes(bytes as f64)} });
    let class = if is_canary(&one) { "can" } else { "" };
    view! {
        <li class=class>
            <State glyph>{name}</State>
            <span class="meta">
                <span class="vh">{word}</span>
                {one.version}
                {memory}
            </span>
        </li>
    }
}

/// Every attempt to run a command.
#[component]
pub fn Executions(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
) -> impl IntoView {
    let executions = Memo::new(move |_| page.with(|page| page.executions.clone()));
    let rows = move || {
        let plan = page.with_untracked(|page| page.deployment.plan.clone());
        executions
            .get()
            .into_iter()
            .map(|one| execution(one, &plan))
            .collect_view()
    };
    let body = move || match executions.with(Vec::is_empty) {
        true => view! { <p class="meta">"No command has run yet."</p> }.into_any(),
        false => view! {
            <div class="scroll" role="region" aria-label="Executions" tabindex="0">
                <table class="wide">
                    <thead>
                        <tr>
                            <th scope="col">"Command"</th>
                            <th scope="col">"Step"</th>
                            <th scope="col" class="num">"Attempt"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Started"</th>
                            <th scope="col">"Took"</th>
                            <th scope="col">"Last line"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any(),
    };
    view! {
        <Section id="executions" title="Executions" count=Signal::derive(move || Some(executions.with(Vec::len).to_string()))>
            {body}
        </Section>
    }
    .into_any()
}

fn execution(one: Execution, plan: &domain::plan::Plan) -> impl IntoView + use<> {
    let clock = use_clock();
    let (glyph, word) = words::execution(one.state);
    let code = one
        .exit_code
        .filter(|code| *code != 0)
        .map(|code| format!(", exit code {code}"));
    let cancel = one.cancel_requested.then_some(", asked to stop");
    let started = one.started_at.map(|at| view! { <Time at=at stamp=Stamp::Second /> });
    let step = format!("{}: {}", one.step + 1, step_title(plan, one.step));
    let (last_line, whole) = (one.last_line.clone(), one.last_line.clone());
    let (command, attempt) = (one.command, one.attempt);
    let length = move || took(&one, clock.now()).unwrap_or_else(|| format::NONE.to_owned());
    view! {
        <tr>
            <th scope="row">{command.key()}</th>
            <td class="nowrap">{step}</td>
            <td class="num">{attempt}</td>
            <td>
                <State glyph>{word}</State>
                {code}
                {cancel}
            </td>
            <td class="nowrap">{started}</td>
            <td class="nowrap">{length}</td>
            <td class="last-line" title=whole>
                <code>{last_line}</code>
            </td>
        </tr>
    }
}

/// What happened, newest first.
#[component]
pub fn Events(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
) -> impl IntoView {
    let events = Memo::new(move |_| page.with(|page| page.events.clone()));
    let rows = move || {
        let (people, steps) = page.with_untracked(|page| (page.people.clone(), page.deployment.plan.steps.clone()));
        let names = Names::of(&people).with_steps(&steps);
        let row = |one: &domain::event::Happened| {
            let told = tell(&one.event, &names);
            let by = names
                .doer(one.by, &told.text)
                .map(|by| view! { ", " <span class="src">{by}</span> });
            view! {
                <li class=told.tone.class()>
                    <Time at=one.at stamp=Stamp::Second />
                    <GlyphMark name=told.glyph />
                    <div>{told.text} {by}</div>
                </li>
            }
        };
        events.with(|events| {
            events
                .iter()
                .rev()
                .filter(|one| tells(&one.event))
                .map(row)
                .collect_view()
        })
    };
    view! {
        <Section id="events" title="What happened" end=|| "Newest first" class="later">
            <ol class="line">{rows}</ol>
        </Section>
    }
    .into_any()
}

/// A change of state is told by what caused it; only the beginning of the bake is not.
fn tells(event: &domain::event::Event) -> bool {
    use domain::deployment::State;
    !matches!(event, domain::event::Event::StateChanged { to, .. } if *to != State::Baking)
}

/// Links to the release, the parent, the way back, the incident; what people asked for and the engine has not done yet.
#[component]
pub fn Related(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
) -> impl IntoView {
    let links = Memo::new(move |_| page.with(links));
    let row = |(words, href, text): (&'static str, String, String)| {
        view! {
            <dt>{words}</dt>
            <dd>
                <a href=href>{text}</a>
            </dd>
        }
    };
    view! {
        <Section id="related" title="Belongs to">
            <dl class="facts">{move || links.get().into_iter().map(row).collect_view()}</dl>
        </Section>
    }
    .into_any()
}

fn links(page: &DeploymentPage) -> Vec<(&'static str, String, String)> {
    let plan = &page.deployment.plan;
    let title = format!("{} {}: {}", plan.service, plan.version, page.title);
    let mut links = vec![("Release", crate::release::address(&plan.service, &plan.version), title)];
    let line = |line: &DeploymentLine| {
        let state = state(line).1.to_lowercase();
        let text = match line.kind {
            // Its version is the one that it takes away.
            Kind::Rollback => format!("{}, {state}", line.number),
            _ => format!("{} {}, {state}", line.number, line.version),
        };
        (super::address(line.number), text)
    };
    if let Some((href, text)) = page.parent.as_ref().map(line) {
        links.push(("Takes back", href, text));
    }
    for (href, text) in page.children.iter().map(line) {
        links.push(("Way back", href, text));
    }
    if let Some((_, number)) = page.incident {
        links.push(("Incident", crate::incident::address(number), format!("INC-{number}")));
    }
    if let Some((href, text)) = page.ahead.as_ref().map(line) {
        links.push(("Goes first", href, text));
    }
    links
}

/// Commands that people gave and the engine has not carried out yet.
#[component]
pub fn Pending(
    /// The deployment, as it is now.
    page: Signal<DeploymentPage>,
) -> impl IntoView {
    let pending = Memo::new(move |_| {
        page.with(|page| {
            let names = Names::of(&page.people);
            let told = page
                .pending
                .iter()
                .map(|one| (words::steer(&one.act), names.person(one.by).to_owned(), one.at));
            told.collect::<Vec<_>>()
        })
    });
    let line = |(what, by, at): (&'static str, String, chrono::DateTime<chrono::Utc>)| {
        view! {
            <p class="meta" role="status">
                <GlyphMark name=Glyph::Wait />
                " "
                {what}
                " asked for by "
                {by}
                " at "
                <Time at=at stamp=Stamp::Second />
                ". The engine carries it out."
            </p>
        }
    };
    move || pending.get().into_iter().map(line).collect_view()
}
