//! The calendar in other programs: a private address for the reader.

use super::api::{EndFeed, MakeFeed, read_feed};
use crate::boot::kept;
use crate::error::refusal_of;
use crate::fresh::fresh;
use crate::live::kicks;
use crate::ui::{Ago, CopyBox, Glyph, Look, Section, SubmitButton, WhyLine};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Where the form goes.
const TO: &str = "/call/freeze/feed-make";

/// The part of the calendar that makes the address, and ends it.
#[component]
pub fn FeedPart() -> impl IntoView {
    let kicked = kicks(|| vec!["calendar".into()]);
    let since = Resource::new_blocking(move || kicked.get(), |_| read_feed());
    let make = ServerAction::<MakeFeed>::new();
    let shown = kept(TO, "address");
    let address = move || {
        let made = make
            .value()
            .with(|value| value.as_ref().and_then(|value| value.as_ref().ok().cloned()));
        made.or(shown.clone())
    };
    view! {
        <Section id="feed" title="In your own calendar">
            <p class="prose">
                "Calendar programs subscribe to an address of your own (iCalendar). Whoever has it reads freezes, windows and planned releases: keep it to yourself."
            </p>
            {move || {
                address()
                    .map(|text| {
                        view! {
                            <div class="after" role="status">
                                <WhyLine glyph=Glyph::Pass what="Copy it now.">
                                    "It is shown once. An address that you made before has ended."
                                </WhyLine>
                                <CopyBox text label="Address of the calendar" />
                            </div>
                        }
                    })
            }}
            {fresh(since, |found| found.ok().flatten().map(|at| view! { <Standing at /> }))}
            <ActionForm action=make attr:class="after">
                <SubmitButton pending=make.pending() look=Look::Plain>"Make an address"</SubmitButton>
                {refused(refusal_of(make.value()))}
            </ActionForm>
        </Section>
    }
    .into_any()
}

#[component]
fn Standing(at: chrono::DateTime<chrono::Utc>) -> impl IntoView {
    let end = ServerAction::<EndFeed>::new();
    view! {
        <p class="meta">"You made one " <Ago at /> "."</p>
        <ActionForm action=end>
            <SubmitButton pending=end.pending() look=Look::Quiet>"End it"</SubmitButton>
            {refused(refusal_of(end.value()))}
        </ActionForm>
    }
}

fn refused(refused: Signal<Option<crate::error::AppError>>) -> impl IntoView {
    move || {
        refused
            .get()
            .map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
    }
}
