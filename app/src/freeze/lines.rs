//! Freezes and windows in force, one a row, each with the way to change or end it.

use super::api::EndTime;
use super::words;
use crate::boot::me;
use crate::error::refusal_of;
use crate::event_words::Names;
use crate::ui::{Ago, Empty, Glyph, Look, Section, State, SubmitButton};
use domain::access::Action;
use domain::freeze::{CalendarPage, PlaceNames, TimeKind, TimeRule};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The table.
#[component]
pub fn Rules(page: CalendarPage) -> impl IntoView {
    let count = page.rules.len().to_string();
    if page.rules.is_empty() {
        return view! {
            <Section id="rules" title="Freezes and windows" count>
                <Empty title="Nothing restricts when it may be deployed.">
                    "A freeze keeps deployments out of a time, such as the year end. A window allows them only in it, such as Tuesday to Thursday from 10 to 16."
                </Empty>
            </Section>
        }
        .into_any();
    }
    let names = Names::of(&page.people);
    let rows = page
        .rules
        .iter()
        .map(|rule| row(rule, &page.places, &names))
        .collect_view();
    view! {
        <Section id="rules" title="Freezes and windows" count>
            <div class="scroll" role="region" aria-label="Freezes and windows" tabindex="0">
                <table class="blocks middle">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Kind"</th>
                            <th scope="col">"Where"</th>
                            <th scope="col">"When"</th>
                            <th scope="col">"What runs then"</th>
                            <th scope="col">"Set"</th>
                            <th scope="col">"End"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Section>
    }
    .into_any()
}

fn row(rule: &TimeRule, places: &PlaceNames, names: &Names<'_>) -> impl IntoView + use<> {
    let kind = words::kind(rule.kind);
    let glyph = match rule.kind {
        TimeKind::Freeze => Glyph::Lock,
        TimeKind::Window => Glyph::Wait,
    };
    let (by, at) = (names.person(rule.by).to_owned(), rule.at);
    let (href, place, when, then) = (
        format!("/calendar/{}", rule.id),
        words::place(rule.place, places),
        when(rule),
        words::on_run(rule.on_run),
    );
    view! {
        <tr>
            <th scope="row">
                <a href=href>{rule.name.clone()}</a>
                <p class="meta">{rule.reason.clone()}</p>
            </th>
            <td data-head="Kind">
                <State glyph>{kind}</State>
            </td>
            <td data-head="Where">{place}</td>
            <td data-head="When">{when}</td>
            <td data-head="What runs then">{then}</td>
            <td data-head="Set" class="fine">"by " {by} ", " <Ago at /></td>
            <td>
                <End rule=rule.clone() />
            </td>
        </tr>
    }
}

/// `20 Dec 2026 18:00 to 3 Jan 2027 06:00, Europe/Berlin, every year`.
pub fn when(rule: &TimeRule) -> String {
    let schedule = &rule.schedule;
    let same_day = schedule.from.date() == schedule.to.date();
    let end = if same_day { "%H:%M" } else { "%-d %b %Y %H:%M" };
    let again = words::again(&schedule.rule)
        .map(|again| format!(", {again}"))
        .unwrap_or_default();
    format!(
        "{} to {}, {}{again}",
        schedule.from.format("%a %-d %b %Y %H:%M"),
        schedule.to.format(end),
        schedule.zone,
    )
}

#[component]
fn End(rule: TimeRule) -> impl IntoView {
    if me().is_none_or(|me| me.actor().may(Action::Freeze, rule.place.scope()).is_err()) {
        return view! { <span class="meta">"Approvers and administrators can."</span> }.into_any();
    }
    let end = ServerAction::<EndTime>::new();
    let refused = refusal_of(end.value());
    let then = match rule.kind {
        TimeKind::Freeze => "Deployments that it holds may go on at once.",
        TimeKind::Window => "Where it was the only window, it may be deployed at any time then.",
    };
    view! {
        <details class="more-of grave">
            <summary>"End…"</summary>
            <p>{then}</p>
            <ActionForm action=end attr:class="inline">
                <input type="hidden" name="id" value=rule.id.to_string() />
                <SubmitButton pending=end.pending() look=Look::Back>{format!("End {}", rule.name)}</SubmitButton>
                {move || {
                    refused.get().map(|error| view! { <p class="why-not" role="alert">{crate::words::refusal(&error)}</p> })
                }}
            </ActionForm>
        </details>
    }
    .into_any()
}
