//! Everything that happened, newest first, by whom, with what it was before and after; and what proves that nothing is missing.

use super::api::{AuditPage, read_audit};
use super::view::{self, FILE, PAGE, address};
use crate::error::{AppError, Code};
use crate::event_words::Names;
use crate::fresh::fresh;
use crate::shell::Trouble;
use crate::ui::{
    Ago, Button, Choice, Empty, Fact, Facts, GlyphMark, LinkButton, PageHead, Pages, Section, Select, Stamp, TextField,
    Time,
};
use domain::access::Person;
use domain::audit::{AuditForm, Entry, Sealed, Thing};
use domain::event::{Event, FieldChange, Stream, StreamKind};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// `/administration/audit?who=&kind=&thing=&event=&from=&to=&text=&before=`.
#[component]
pub fn Audit() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let query = query.read();
        let text = |key: &str| query.get(key).unwrap_or_default();
        let form = AuditForm {
            who: text("who"),
            kind: text("kind"),
            thing: text("thing"),
            event: text("event"),
            from: text("from"),
            to: text("to"),
            text: text("text"),
        };
        (form, query.get("before").and_then(|id| id.parse::<i64>().ok()))
    });
    // Not live: a list that moves under the eyes of who reads it line by line is no help.
    let page = Resource::new_blocking(move || asked.get(), |(form, before)| read_audit(form, before));
    let file = move || address(FILE, &asked.get().0, None);
    view! {
        <Title text="Audit" />
        <PageHead
            title="Audit"
            acts=move || view! { <LinkButton href=Signal::derive(file) external=true download="audit.jsonl">"Export as JSON lines"</LinkButton> }
        />
        <crate::access::AdministrationTabs current=PAGE />
        {fresh(page, move |found| {
            let (form, before) = asked.get();
            match found {
                Ok(page) => view! {
                    <Filters form=form.clone() people=page.people.clone() things=page.things.clone() />
                    <Entries page=page.clone() form before />
                    <Checkpoints sealed=page.sealed />
                }
                .into_any(),
                Err(error) if matches!(error.code, Code::Invalid { .. }) => view! { <Filters form error /> }.into_any(),
                Err(error) => view! { <Trouble error /> }.into_any(),
            }
        })}
    }
}

#[component]
fn Filters(
    form: AuditForm,
    #[prop(optional)] people: Vec<Person>,
    #[prop(optional)] things: Vec<Thing>,
    #[prop(optional)] error: Option<AppError>,
) -> impl IntoView {
    let wrong = |field: &str| {
        let problem = error.as_ref().and_then(|error| error.field(field));
        Signal::stored(problem.map(|problem| crate::words::problem(&problem)))
    };
    let any = || Choice::new("", "all");
    let mut who = vec![
        any(),
        Choice::new("engine", "the machine"),
        Choice::new("system", "Slipway"),
    ];
    who.extend(
        people
            .iter()
            .map(|person| Choice::new(person.id.to_string(), person.name.clone())),
    );
    let mut kinds = vec![any()];
    kinds.extend(StreamKind::ALL.map(|kind| Choice::new(kind.key(), view::kind(kind))));
    let mut events: Vec<Choice> = Event::keys()
        .iter()
        .map(|key| Choice::new(*key, view::event(key)))
        .collect();
    events.sort_by(|a, b| a.label.cmp(&b.label));
    events.insert(0, any());
    let thing = Stream::from_topic(&form.thing).map(|stream| {
        let without = AuditForm {
            thing: String::new(),
            ..form.clone()
        };
        view! {
            <p class="meta">
                "Only " {view::thing(stream, &things).0} ". " <a href=address(PAGE, &without, None)>"Show everything"</a>
            </p>
        }
    });
    let unknown = wrong("thing")
        .get_untracked()
        .map(|words| view! { <p class="why-not" role="alert">{words}</p> });
    view! {
        <form class="filters" method="get" action=PAGE role="search">
            <Select name="who" label="Who" choices=who value=form.who error=wrong("who") />
            <Select name="event" label="What happened" choices=events value=form.event />
            <Select name="kind" label="Kind of thing" choices=kinds value=form.kind error=wrong("kind") />
            <TextField name="from" label="From" kind="date" value=form.from plain_label=true error=wrong("from") />
            <TextField name="to" label="Until" kind="date" value=form.to plain_label=true error=wrong("to") />
            <TextField name="text" label="Text" kind="search" value=form.text plain_label=true />
            {(!form.thing.is_empty()).then(|| view! { <input type="hidden" name="thing" value=form.thing.clone() /> })}
            <Button submit=true>"Show"</Button>
        </form>
        {thing}
        {unknown}
    }
    .into_any()
}

#[component]
fn Entries(page: AuditPage, form: AuditForm, before: Option<i64>) -> impl IntoView {
    if page.entries.is_empty() {
        return view! {
            <Empty title="Nothing matches." acts=|| view! { <LinkButton href=PAGE>"Show everything"</LinkButton> }>
                "Everything that anybody does here is kept: by people, by their tokens, and by the machine. Ask for less at once."
            </Empty>
        }
        .into_any();
    }
    let range = crate::ui::format::counted(page.entries.len() as u64, "record", "records");
    let last = page.entries.last().map(|entry| entry.id).filter(|_| page.more);
    let next = last.map(|id| address(PAGE, &form, Some(id)));
    let back = before.map(|_| address(PAGE, &form, None));
    let pages = match (next, back) {
        (Some(next), Some(back)) => view! { <Pages range next back /> }.into_any(),
        (Some(next), None) => view! { <Pages range next /> }.into_any(),
        (None, Some(back)) => view! { <Pages range back /> }.into_any(),
        (None, None) => ().into_any(),
    };
    let names = Names::of(&page.people);
    let rows = page
        .entries
        .iter()
        .map(|entry| row(entry, &names, &page.things))
        .collect_view();
    view! {
        <div class="scroll" role="region" aria-label="Records" tabindex="0">
            <table class="blocks">
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"Thing"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"When"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {pages}
    }
    .into_any()
}

fn row(entry: &Entry, names: &Names<'_>, things: &[Thing]) -> impl IntoView + use<> {
    let told = view::what(entry, names);
    let (name, href) = view::thing(entry.stream, things);
    let name = match href {
        // The status page is no page of the application.
        Some(href) if href == "/status" => view! { <a href=href rel="external">{name}</a> }.into_any(),
        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let changes = entry.event.as_ref().map(Event::changes).unwrap_or_default().to_vec();
    view! {
        <tr>
            <th scope="row">
                <GlyphMark name=told.glyph /> " " {told.text}
                {changes.into_iter().map(change).collect_view()}
                <details class="more-of">
                    <summary>"As it is kept"</summary>
                    <p class="digest">{entry.text.clone()}</p>
                    <p class="meta">"Record " {entry.seq} " of its stream, with the hash"</p>
                    <p class="digest">{entry.hash.to_string()}</p>
                    <p>
                        <a href=view::only(entry.stream)>"All of this stream"</a>
                    </p>
                </details>
            </th>
            <td data-head="Thing">{name}</td>
            <td data-head="Who">{view::who(entry.by, names)}</td>
            <td class="nowrap fine edge" data-head="When">
                <Time at=entry.at stamp=Stamp::Full />
            </td>
        </tr>
    }
}

/// A field before and after.
fn change(change: FieldChange) -> impl IntoView {
    let FieldChange { field, before, after } = change;
    view! {
        <p class="meta">{crate::event_words::fields(&[field])}</p>
        <div class="diff">
            {(!before.is_empty()).then(|| view! { <del>{before}</del> })}
            {(!after.is_empty()).then(|| view! { <ins>{after}</ins> })}
        </div>
    }
}

#[component]
fn Checkpoints(sealed: Option<Sealed>) -> impl IntoView {
    let Some(Sealed {
        key,
        last: Some((number, hash, at)),
    }) = sealed
    else {
        return view! {
            <Section id="checkpoints" title="Checkpoints">
                <Empty title="No checkpoint yet.">
                    "A checkpoint signs where every record stood. The server makes one each hour in which something happened, and when it stops."
                </Empty>
            </Section>
        }
        .into_any();
    };
    view! {
        <Section id="checkpoints" title="Checkpoints" count=number.to_string()>
            <Facts>
                <Fact term="Last one">"Number " {number} ", " <Ago at /></Fact>
                <Fact term="Its hash">
                    <span class="digest">{hash.to_string()}</span>
                </Fact>
                <Fact term="Public key">
                    <span class="digest">{key.to_string()}</span>
                </Fact>
            </Facts>
            <p class="meta after">
                "A checkpoint signs where every record stood, so that nothing can be changed or taken away unseen. Keep the hash elsewhere from time to time: "
                <code>"slipway audit verify"</code> " compares it, and checks the database or an export without it."
            </p>
        </Section>
    }
    .into_any()
}
