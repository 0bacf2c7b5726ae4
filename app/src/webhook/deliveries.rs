//! What was reported to one receiver, and what came of it.

use super::api::ResendDelivery;
use super::screen::Refused;
use super::words;
use crate::error::refusal_of;
use crate::ui::{Ago, Empty, GlyphMark, Look, Section, SubmitButton};
use domain::webhook::{Attempt, Delivery, DeliveryState};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The newest deliveries.
#[component]
pub fn Deliveries(deliveries: Vec<Delivery>, stopped: bool) -> impl IntoView {
    let none = deliveries.is_empty();
    view! {
        <Section id="deliveries" title="Deliveries">
            {if none {
                view! {
                    <Empty title="Nothing was reported yet.">
                        "Each report stands here for 30 days, with every attempt and what the receiver answered. Send a test to see one."
                    </Empty>
                }
                    .into_any()
            } else {
                view! {
                    <ul class="list middle">
                        {deliveries.into_iter().map(|delivery| view! { <Line delivery stopped /> }).collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </Section>
    }
}

#[component]
fn Line(delivery: Delivery, stopped: bool) -> impl IntoView {
    let resend = ServerAction::<ResendDelivery>::new();
    let (glyph, word) = words::state(delivery.state);
    let tries = delivery.attempts.len();
    let open = delivery.state != DeliveryState::Delivered && tries > 0;
    let attempts = (tries > 0).then(|| {
        let summary = if tries == 1 {
            "1 attempt".to_owned()
        } else {
            format!("{tries} attempts")
        };
        view! {
            <details class="more-of" open=open>
                <summary>{summary}</summary>
                <ol>{delivery.attempts.into_iter().map(attempt).collect_view()}</ol>
            </details>
        }
    });
    view! {
        <li>
            <GlyphMark name=glyph />
            <div class="what">
                {words::kind(delivery.kind)} ": " {word}
                <span class="more">
                    " " <Ago at=delivery.at /> ", " <code>"msg_" {delivery.id.to_string()}</code>
                </span>
                {attempts}
            </div>
            {(delivery.state != DeliveryState::Waiting && !stopped)
                .then(|| {
                    view! {
                        <ActionForm action=resend attr:class="inline">
                            <input type="hidden" name="id" value=delivery.id.to_string() />
                            <SubmitButton pending=resend.pending() look=Look::Quiet>"Send again"</SubmitButton>
                            <Refused refused=refusal_of(resend.value()) />
                        </ActionForm>
                    }
                })}
        </li>
    }
}

fn attempt(attempt: Attempt) -> impl IntoView {
    let Attempt {
        at,
        status,
        error,
        answer,
        duration_ms,
        ..
    } = attempt;
    let came = match (status, error.is_empty()) {
        (Some(status), true) => format!("answered {status}"),
        (_, false) => error,
        (None, true) => "no answer".to_owned(),
    };
    view! {
        <li>
            <Ago at /> ": " {came} ", " {duration_ms} " ms"
            {(!answer.is_empty()).then(|| view! { <pre class="plain-text">{answer}</pre> })}
        </li>
    }
}
