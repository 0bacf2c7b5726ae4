//! `/administration/jobs`: what is done in the background, and what could not be done.

use super::api::{QueuePage, RemoveJob, RetryJob, read_queue};
use crate::error::{AppError, refusal_of};
use crate::fresh::fresh;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Empty, Fact, Facts, Glyph, Look, PageHead, Section, State, SubmitButton, Time, WhyLine};
use domain::job::{Depth, Job, JobState, Task};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The page.
#[component]
pub fn Jobs() -> impl IntoView {
    let kicked = kicks(|| vec!["jobs".into()]);
    let page = Resource::new_blocking(move || kicked.get(), |_| read_queue());
    view! {
        <leptos_meta::Title text="Jobs" />
        <PageHead title="Jobs" />
        <crate::access::AdministrationTabs current="/administration/jobs" />
        {fresh(page, move |found| match found {
            Ok(page) => view! { <Queue page /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

/// What a job does, in words.
fn task(word: &str) -> String {
    match Task::from_key(word) {
        Some(Task::Mail) => "Send a mail".into(),
        Some(Task::Webhook) => "Report to a webhook".into(),
        Some(Task::Sweep) => "Remove what has ended".into(),
        Some(Task::Reconcile) => "Ask a repository for what was missed".into(),
        Some(Task::ReconcileAll) => "Find repositories to ask".into(),
        None => word.to_owned(),
    }
}

fn state(state: JobState) -> (Glyph, &'static str) {
    match state {
        JobState::GaveUp => (Glyph::Fail, "Gave up"),
        JobState::Failing => (Glyph::Hold, "Failed, tried again"),
        JobState::Running => (Glyph::Run, "Running"),
        JobState::Waiting => (Glyph::Wait, "Waiting"),
    }
}

#[component]
fn Queue(page: QueuePage) -> impl IntoView {
    let QueuePage { depth, jobs } = page;
    let Depth {
        waiting,
        running,
        failing,
        gave_up,
        workers,
    } = depth;
    let count = (waiting + running + failing + gave_up).to_string();
    let none = jobs.is_empty();
    view! {
        {(workers == 0)
            .then(|| {
                view! {
                    <WhyLine glyph=Glyph::Hold what="Nobody does jobs at the moment.">
                        "No worker was heard of within the last minute: it may be switched off by SLIPWAY_NO_WORKER. Nothing is lost; jobs wait for one."
                    </WhyLine>
                }
            })}
        <Facts>
            <Fact term="Waiting">{waiting}</Fact>
            <Fact term="Running">{running}</Fact>
            <Fact term="Failed, tried again">{failing}</Fact>
            <Fact term="Gave up">{gave_up}</Fact>
            <Fact term="Workers">{workers}</Fact>
        </Facts>
        <Section id="queue" title="In the queue" count>
            {if none {
                view! {
                    <Empty title="Nothing is to be done.">
                        "Mails and reports to webhooks wait here until they are sent. What could not be done stays here with its reason until it is tried again or removed."
                    </Empty>
                }
                    .into_any()
            } else {
                view! { <ul class="list middle">{jobs.into_iter().map(|job| view! { <Line job /> }).collect_view()}</ul> }
                    .into_any()
            }}
        </Section>
    }
}

#[component]
fn Line(job: Job) -> impl IntoView {
    let retry = ServerAction::<RetryJob>::new();
    let remove = ServerAction::<RemoveJob>::new();
    let (glyph, word) = state(job.state());
    let words = task(&job.task);
    let when = match job.state() {
        JobState::Running => job
            .running_since
            .map(|since| view! { " since " <Ago at=since /> }.into_any())
            .unwrap_or_else(|| ().into_any()),
        JobState::Failing | JobState::Waiting => view! { ", next " <Time at=job.run_at /> }.into_any(),
        JobState::GaveUp => ().into_any(),
    };
    let idle = job.running_since.is_none();
    let (to_retry, to_remove) = (job.id.to_string(), job.id.to_string());
    let sure = format!("Job {} is not done then, and nobody is told.", job.id);
    view! {
        <li>
            <State glyph>{word}</State>
            <p class="what">
                {words} " " <span class="meta">"job " {job.id}</span>
                <span class="more">
                    "attempt " {job.attempts} " of " {job.most} ", made " <Ago at=job.made_at /> {when}
                </span>
                {job.error.map(|error| view! { <code class="more">{error}</code> })}
            </p>
            {idle
                .then(|| {
                    view! {
                        <ActionForm action=retry attr:class="inline">
                            <input type="hidden" name="id" value=to_retry />
                            <SubmitButton pending=retry.pending() look=Look::Plain>"Do it now"</SubmitButton>
                            <Refused refused=refusal_of(retry.value()) />
                        </ActionForm>
                        <details class="more-of">
                            <summary>"Remove…"</summary>
                            <p>{sure}</p>
                            <ActionForm action=remove attr:class="inline">
                                <input type="hidden" name="id" value=to_remove />
                                <SubmitButton pending=remove.pending() look=Look::Sure>"Remove it"</SubmitButton>
                                <Refused refused=refusal_of(remove.value()) />
                            </ActionForm>
                        </details>
                    }
                })}
        </li>
    }
}

#[component]
fn Refused(refused: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        refused
            .get()
            .map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
    }
}
