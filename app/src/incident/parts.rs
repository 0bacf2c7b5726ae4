//! Parts of an incident's page: milestones, timeline, what the public is told, and what is to be done.

use domain::incident::{ActionItem, IncidentPage, IncidentState, Update};
use leptos::form::ActionForm;
use leptos::prelude::*;

use super::api::{AddAction, PublishUpdate, TickAction};
use super::view::{Line, Milestone, Row, actions_done, by_day, lines, milestone_stamp, milestones};
use super::words;
use crate::boot::kept;
use crate::event_words::Names;
use crate::release::failed::{Failed, Refused};
use crate::release::lines::Lines;
use crate::ui::format::NONE;
use crate::ui::{
    Choice, Empty, Glyph, GlyphMark, Look, Section, Select, Stamp, State, SubmitButton, TextArea, TextField, Time,
    use_clock,
};

/// The moments by which it is measured.
#[component]
pub fn Milestones(
    /// The incident.
    page: IncidentPage,
) -> impl IntoView {
    let (zone, started) = (use_clock().zone(), page.incident.form.started_at);
    let one = |one: Milestone| {
        let class = if one.at.is_some() { "" } else { "todo" };
        let at = match one.at {
            Some(at) => view! { <Time at=at stamp=milestone_stamp(at, started, &zone) /> }.into_any(),
            None => view! { <span class="mono">{NONE}</span> <br /> }.into_any(),
        };
        view! {
            <li class=class>
                {at}
                {one.name}
                <br />
                <small>{one.note}</small>
            </li>
        }
    };
    let rows = milestones(&page).into_iter().map(one).collect_view();
    view! {
        <Section id="milestones" title="Milestones" silent=true>
            <ol class="miles">{rows}</ol>
        </Section>
    }
    .into_any()
}

/// What happened, from the record: nobody types it.
#[component]
pub fn Timeline(
    /// The incident.
    page: IncidentPage,
    /// Only what the public was told.
    public_only: bool,
) -> impl IntoView {
    let here = super::address(page.incident.number);
    let all = lines(&page, public_only);
    let empty = all.is_empty();
    let rows = by_day(all, page.incident.form.started_at, &use_clock().zone());
    let row = |row: Row| match row {
        Row::Day(day) => view! { <li class="day">{day}</li> }.into_any(),
        Row::Line(line) => told(line).into_any(),
    };
    let end = move || match public_only {
        true => view! { "Show " <a href=format!("{here}#timeline")>"all"</a> ", public only" }.into_any(),
        false => view! { "Show all, " <a href=format!("{here}?timeline=public#timeline")>"public only"</a> }.into_any(),
    };
    view! {
        <Section id="timeline" title="Timeline" end>
            <ol class="line">{rows.into_iter().map(row).collect_view()}</ol>
            {empty.then(|| view! { <p class="meta">"Nothing yet."</p> })}
        </Section>
    }
    .into_any()
}

fn told(line: Line) -> impl IntoView {
    // What the public was told stands in a block of its own, with its author below.
    let between = if line.public { "" } else { ", " };
    let body = match line.public {
        true => view! { <span class="pub">"Public: " <Lines text=line.text /></span> }.into_any(),
        false => line.text.into_any(),
    };
    let by = line.by.map(|by| view! { {between} <span class="src">{by}</span> });
    view! {
        <li class=line.tone.class()>
            <Time at=line.at stamp=Stamp::Second />
            <GlyphMark name=line.glyph />
            <div>{body} {by}</div>
        </li>
    }
}

/// What the public was told, and the next update.
#[component]
pub fn Updates(
    /// The incident.
    page: IncidentPage,
    /// The call.
    publish: ServerAction<PublishUpdate>,
    /// The reader may publish.
    may: bool,
) -> impl IntoView {
    let names = Names::of(&page.people);
    let line = |update: &Update| {
        let (glyph, word) = words::state(update.state);
        let by = names.by(update.by).to_owned();
        view! {
            <li class=glyph.tone().class()>
                <GlyphMark name=glyph />
                <p class="what">
                    <b>{word}</b>
                    ": "
                    <Lines text=update.body.clone() />
                    <br />
                    <span class="more">{by}</span>
                </p>
                <span class="age">
                    <Time at=update.at brief=true />
                </span>
            </li>
        }
    };
    let rows = page.updates.iter().map(line).collect_view();
    let empty = page.updates.is_empty();
    let (number, state) = (page.incident.number, page.incident.state);
    let end = if page.service.customer_facing {
        "On the status page"
    } else {
        "Not on the status page: not customer-facing"
    };
    view! {
        <Section id="updates" title="Public updates" end=move || end>
            <ul class="list">{rows}</ul>
            {empty
                .then(|| {
                    view! { <Empty title="Nothing has been said yet.">"Say what people notice, and when the next update comes."</Empty> }
                })}
            {may.then(|| view! { <Publish number state publish /> })}
        </Section>
    }
    .into_any()
}

#[component]
fn Publish(number: i64, state: IncidentState, publish: ServerAction<PublishUpdate>) -> impl IntoView {
    const PATH: &str = "/call/incident/publish";
    let failed = Failed::of(publish.value());
    let choices = IncidentState::ALL
        .into_iter()
        .map(|state| Choice::new(state.key(), words::state(state).1))
        .collect();
    let chosen = kept(PATH, "state").unwrap_or_else(|| state.key().to_owned());
    let body = kept(PATH, "body").unwrap_or_default();
    view! {
        <ActionForm action=publish attr:class="card after">
            <h3>"Next update"</h3>
            <input type="hidden" name="number" value=number.to_string() />
            <Select name="state" id="update-state" label="State" choices value=chosen hint="Resolved ends the incident." />
            <TextArea
                name="body"
                id="update-body"
                label="What to say"
                value=body
                required=true
                maxlength=2000u32
                error=failed.field("body")
            />
            <Refused failed />
            <p class="acts">
                <SubmitButton pending=publish.pending() look=Look::Plain while_pending="Publishing">
                    "Publish"
                </SubmitButton>
            </p>
        </ActionForm>
    }
    .into_any()
}

/// The calls about action items.
#[derive(Clone, Copy)]
pub struct ActionCalls {
    pub add: ServerAction<AddAction>,
    pub tick: ServerAction<TickAction>,
}

/// What is to be done so that it does not happen again.
#[component]
pub fn Actions(
    /// The incident.
    page: IncidentPage,
    /// The calls.
    calls: ActionCalls,
    /// The reader may change them.
    may: bool,
) -> impl IntoView {
    let (number, done) = (page.incident.number, actions_done(&page));
    let empty = page.actions.is_empty();
    let rows = page
        .actions
        .into_iter()
        .map(|item| action(item, calls, may))
        .collect_view();
    let table = (!empty).then(|| {
        view! {
            <div class="scroll" role="region" aria-label="Action items" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"State"</th>
                            <th scope="col">"Item"</th>
                            <th scope="col">"Ticket"</th>
                            <th scope="col">
                                <span class="vh">"Change"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    });
    let add = Failed::of(calls.add.value());
    let tick = Failed::of(calls.tick.value());
    view! {
        <Section id="actions" title="Action items" count=done>
            {table}
            {empty
                .then(|| {
                    view! { <Empty title="No action item yet.">"What would have prevented it, or found it sooner? One line each, with its ticket."</Empty> }
                })}
            <Refused failed=tick />
            {may.then(|| view! { <Add number calls failed=add /> })}
        </Section>
    }
    .into_any()
}

fn action(item: ActionItem, calls: ActionCalls, may: bool) -> impl IntoView {
    let (glyph, word) = if item.done {
        (Glyph::Pass, "Done")
    } else {
        (Glyph::Wait, "Open")
    };
    let verb = if item.done { "Open again" } else { "Done" };
    let ticket = if item.ticket.is_empty() {
        NONE.to_owned()
    } else {
        item.ticket
    };
    let text = item.text.clone();
    let form = may.then(|| {
        view! {
            <ActionForm action=calls.tick>
                <input type="hidden" name="action" value=item.id.to_string() />
                <input type="hidden" name="done" value=(!item.done).to_string() />
                <button class="btn quiet" type="submit">
                    {verb}
                    <span class="vh">": " {text}</span>
                </button>
            </ActionForm>
        }
    });
    view! {
        <tr>
            <td>
                <State glyph>{word}</State>
            </td>
            <th scope="row">{item.text}</th>
            <td>
                <Lines text=ticket />
            </td>
            <td>{form}</td>
        </tr>
    }
}

#[component]
fn Add(number: i64, calls: ActionCalls, failed: Failed) -> impl IntoView {
    const PATH: &str = "/call/incident/add-action";
    let (text, ticket) = (
        kept(PATH, "text").unwrap_or_default(),
        kept(PATH, "ticket").unwrap_or_default(),
    );
    view! {
        <ActionForm action=calls.add attr:class="row-form after">
            <input type="hidden" name="number" value=number.to_string() />
            <TextField
                name="text"
                id="action-text"
                label="Action item"
                value=text
                plain_label=true
                maxlength=300u32
                error=failed.field("text")
            />
            <TextField
                name="ticket"
                id="action-ticket"
                label="Ticket"
                value=ticket
                maxlength=300u32
                error=failed.field("ticket")
            />
            <SubmitButton pending=calls.add.pending() look=Look::Plain>
                "Add"
            </SubmitButton>
        </ActionForm>
        <Refused failed />
    }
    .into_any()
}
