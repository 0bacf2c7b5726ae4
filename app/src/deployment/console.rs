//! The console of a deployment: what it does, why and until when; its charts, its log, and the controls.

use domain::deployment::{DeploymentPage, Pause, State as RunState, Steer as Act};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::analysis::Analysis;
use super::charts::Charts;
use super::controls::{Controls, Dialogs, Plain, SteerCalls, Which, why_not};
use super::follow::{First, Following, first};
use super::log::Log;
use super::parts::{Events, Executions, Instances, Pending, Related};
use super::view::{back_to, ways};
use super::why::why;
use super::words;
use crate::boot::me_as_actor;
use crate::event_words::Names;
use crate::release::failed::Refused;
use crate::shell::Trouble;
use crate::ui::ways::Ways;
use crate::ui::{Elapsed, Env, PageHead, Section, State, Until, WhyLine, use_clock};

/// `/deployments/:number`.
#[component]
pub fn Console() -> impl IntoView {
    let params = use_params_map();
    let number = Memo::new(move |_| number_of(&params.read().get("number").unwrap_or_default()));
    let calls = SteerCalls::new();
    // Fetched whole once; from then on only what is new, so that nothing on the page is made anew.
    let begin = Resource::new(move || number.get(), first);
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match begin.await {
                    Err(error) => view! { <Trouble error /> }.into_any(),
                    Ok(first) => view! { <Board first calls /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// A number of an address; what is none leads to a page that does not exist.
pub fn number_of(text: &str) -> i64 {
    text.parse().unwrap_or(-1)
}

#[component]
fn Board(first: First, calls: SteerCalls) -> impl IntoView {
    let actor = me_as_actor();
    let following = Following::start(first, move || calls.answered());
    let page: Signal<DeploymentPage> = following.page.into();
    let clock = use_clock();
    let steps = Signal::derive(move || page.with(|page| ways(page, clock.now(), &clock.zone())));
    view! {
        <Head page actor=actor.clone() calls />
        <WhyNow page />
        <Pending page />
        <Refused failed=calls.failed(Which::Plain) />
        <Refused failed=calls.failed(Which::Abort) />
        <Refused failed=calls.failed(Which::Back) />
        <Doubt page calls />
        <Dialogs page calls />
        <Section id="steps" title="Steps" class="tight" silent=true>
            <Ways ways=steps />
        </Section>
        <div class="cols">
            <div class="aside">
                <Analysis page />
                <Related page />
            </div>
            <div class="body">
                <Charts page points=following.points />
                <Log lines=following.lines />
                <Executions page />
            </div>
            <div class="aside later">
                <Instances page />
                <Events page />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Head(page: Signal<DeploymentPage>, actor: Option<domain::access::Actor>, calls: SteerCalls) -> impl IntoView {
    let fixed = page.with_untracked(|page| {
        let plan = &page.deployment.plan;
        (
            plan.service.clone(),
            plan.version.clone(),
            plan.environment.clone(),
            words::tier(plan.tier),
            page.deployment.number,
        )
    });
    let (service, version, environment, tier, number) = fixed;
    let state = Memo::new(move |_| page.with(|page| page.deployment.run.state));
    // What needs a person changes the title.
    let title = {
        let (service, version) = (service.clone(), version.clone());
        move || format!("{}: {service} {version}", words::state(state.get()).1)
    };
    let crumbs = vec![
        ("/deployments".to_owned(), "Deployments".to_owned()),
        (
            crate::release::address(&service, &version),
            format!("{service} {version}"),
        ),
    ];
    let sub = move || view! { <Sub page state number /> };
    let tag = move || view! { <Env tier name=environment /> };
    let acts = move || view! { <Controls page actor calls /> };
    view! {
        <Title text=title />
        <PageHead title=format!("{service} {version} to") tag crumbs sub acts />
    }
    .into_any()
}

#[component]
fn Sub(page: Signal<DeploymentPage>, state: Memo<RunState>, number: i64) -> impl IntoView {
    let started = Memo::new(move |_| page.with(|page| page.deployment.started_at));
    let ended = Memo::new(move |_| page.with(|page| page.deployment.run.ended_at));
    let (kind, by) = page.with_untracked(|page| {
        let deployment = &page.deployment;
        let by = Names::of(&page.people).by(deployment.by).to_owned();
        (words::kind(deployment.kind), by)
    });
    // Where we have no record of what ran before, the target tells as soon as it is looked at.
    let previous = Memo::new(move |_| page.with(|page| back_to(&page.deployment).map(str::to_owned)));
    let from = move || {
        previous
            .get()
            .map(|version| view! { <span>"from " <span class="ver">{version}</span></span> })
    };
    let glyph = Signal::derive(move || words::state(state.get()).0);
    let length = move || match (started.get(), ended.get()) {
        (Some(from), Some(to)) => view! { <span><Elapsed from=from to=to /></span> }.into_any(),
        (Some(from), None) => view! { <span><Elapsed from=from /> " so far" {to_go(page)}</span> }.into_any(),
        (None, _) => view! { <span>"not begun"</span> }.into_any(),
    };
    view! {
        <State glyph>{move || words::state(state.get()).1}</State>
        <span>{format!("deployment {number}, {kind}")}</span>
        {length}
        {from}
        <span>"asked for by " {by}</span>
    }
}

/// What the plan still waits, commands not counted.
fn to_go(page: Signal<DeploymentPage>) -> impl IntoView {
    let clock = use_clock();
    let left = Memo::new(move |_| {
        page.with(|page| {
            let (plan, run) = (&page.deployment.plan, &page.deployment.run);
            let left = super::view::to_go(plan, run, clock.now());
            (left, run.state == RunState::Paused)
        })
    });
    move || {
        let (left, paused) = left.get();
        let once = if paused { " once resumed" } else { "" };
        (left.num_seconds() >= 60).then(|| format!(", about {} to go{once}", crate::ui::format::rough(left)))
    }
}

/// The why line: what it waits for and until when, or how it ended.
#[component]
fn WhyNow(page: Signal<DeploymentPage>) -> impl IntoView {
    let clock = use_clock();
    let now = Memo::new(move |_| page.with(|page| why(page, clock.now(), &clock.zone())));
    let glyph = Signal::derive(move || now.with(|now| now.glyph));
    let tone = Signal::derive(move || Some(now.with(|now| now.tone)));
    let what = Signal::derive(move || now.with(|now| now.what.clone()));
    let until = Signal::derive(move || now.with(|now| now.until.clone()));
    let at = Memo::new(move |_| now.with(|now| now.at));
    // "… before 10:13:30, in 1 min 10 s."
    let text = move || {
        now.with(|now| match now.at {
            Some(_) => now.text.trim_end_matches('.').to_owned(),
            None => now.text.clone(),
        })
    };
    let countdown = move || at.get().map(|at| view! { ", " <Until at=at /> "." });
    view! {
        <WhyLine glyph tone what until live=true>
            {text}
            {countdown}
        </WhyLine>
    }
    .into_any()
}

/// A command that may or may not have happened: only a person can tell.
#[component]
fn Doubt(page: Signal<DeploymentPage>, calls: SteerCalls) -> impl IntoView {
    let doubt = Memo::new(move |_| {
        page.with(|page| match &page.deployment.run.pause {
            Some(Pause::Unknown { command, .. }) => Some(*command),
            _ => None,
        })
    });
    let actor = StoredValue::new(me_as_actor());
    let reason = move |act: Act| {
        Signal::derive(move || page.with(|page| actor.with_value(|actor| why_not(page, actor.as_ref(), &act))))
    };
    move || {
        doubt.get().map(|command| {
            let title = format!("Did “{}” happen?", words::command(command));
            view! {
                <Section id="doubt" title class="tight">
                    <p class="prose">
                        "The command was running when its supervisor was lost, and the target can't be asked. Look at the target. If it happened, the run goes on; if not, the command runs again under a new key."
                    </p>
                    <div class="acts after">
                        <Plain page calls act="happened" words="It happened" why=reason(Act::Happened) />
                        <Plain page calls act="repeat" words="Run it again" why=reason(Act::Repeat) />
                    </div>
                </Section>
            }
        })
    }
}
