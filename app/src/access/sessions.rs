//! The browsers in which one is signed in.

use super::company::{EndOthers, EndSession, read_sessions};
use super::people::Refusal;
use crate::error::refusal_of;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Ago, Glyph, GlyphMark, Look, PageHead, Section, SubmitButton, Time};
use domain::access::{OpenSession, browser};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// `/profile/sessions`
#[component]
pub fn Sessions() -> impl IntoView {
    let kicked = kicks(|| vec!["people".into()]);
    let page = Resource::new_blocking(move || kicked.get(), |_| read_sessions());
    view! {
        <leptos_meta::Title text="Your sessions" />
        <PageHead title="Your sessions" />
        <super::ProfileTabs current="/profile/sessions" />
        {crate::fresh::fresh(page, |found| match found {
            Ok((sessions, this)) => view! { <List sessions this /> }.into_any(),
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
    }
}

#[component]
fn List(sessions: Vec<OpenSession>, this: Option<i64>) -> impl IntoView {
    let end = ServerAction::<EndOthers>::new();
    let count = sessions.len().to_string();
    let others = sessions.iter().any(|session| Some(session.number) != this);
    let why_not = (!others).then(|| "This is the only browser in which you are signed in.".to_owned());
    let rows = sessions
        .into_iter()
        .map(|session| view! { <Row own=Some(session.number) == this session /> })
        .collect_view();
    view! {
        <Section id="sessions" title="Where you are signed in" class="first" count>
            <ul class="list middle">{rows}</ul>
            <p class="meta after">"A session ends by itself after 14 days. A new password ends all but the one in which you change it."</p>
            <ActionForm action=end attr:class="after">
                <SubmitButton pending=end.pending() look=Look::Plain why_not while_pending="Ending">"End all others"</SubmitButton>
                <Refusal refused=refusal_of(end.value()) />
            </ActionForm>
        </Section>
    }
}

#[component]
fn Row(session: OpenSession, own: bool) -> impl IntoView {
    let end = ServerAction::<EndSession>::new();
    let name = browser(&session.agent);
    let label = format!("End the session in {name}, from {}", session.network);
    view! {
        <li>
            <GlyphMark name=if own { Glyph::Pass } else { Glyph::Run } />
            <p class="what">
                {name} {own.then_some(" (this one)")}
                <span class="more">
                    " from " {session.network} ", used " <Ago at=session.seen_at /> ", signed in " <Time at=session.since />
                </span>
            </p>
            {(!own)
                .then(|| {
                    view! {
                        <ActionForm action=end>
                            <input type="hidden" name="number" value=session.number.to_string() />
                            <SubmitButton pending=end.pending() look=Look::Quiet>"End" <span class="vh">{label.clone()}</span></SubmitButton>
                            <Refusal refused=refusal_of(end.value()) />
                        </ActionForm>
                    }
                })}
        </li>
    }
}
