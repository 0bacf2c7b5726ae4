//! A month or a week: one cell a day, and on a phone one line a day.

use super::view::{Leaf, Note, NoteKind, notes};
use crate::ui::{Glyph, GlyphMark, use_clock};
use chrono::NaiveDate;
use domain::freeze::CalendarPage;
use leptos::prelude::*;

const WEEK: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The grid.
#[component]
pub fn Grid(page: CalendarPage, leaf: Leaf) -> impl IntoView {
    let clock = use_clock();
    let (zone, today) = untrack(|| {
        let zone = clock.zone();
        let today = zone.local(page.now).date();
        (zone, today)
    });
    let days: Vec<NaiveDate> = leaf.days().collect();
    let rows = days
        .chunks(7)
        .map(|week| {
            let cells = week
                .iter()
                .map(|day| cell(*day, notes(&page, *day, &zone), leaf.within(*day), *day == today))
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    let label = format!("{}, times in {}", leaf.title(), zone.name);
    let heads = WEEK.map(|day| view! { <th scope="col">{day}</th> }).collect_view();
    view! {
        <table class="calendar" class:week=leaf.weeks() == 1 aria-label=label>
            <thead>
                <tr>{heads}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn cell(day: NaiveDate, notes: Vec<Note>, within: bool, today: bool) -> impl IntoView {
    let frozen = notes.iter().any(|note| note.kind == NoteKind::Freeze);
    let bare = notes.is_empty() && !today;
    let name = day.format("%a %-d %b").to_string();
    let notes = notes.into_iter().map(note).collect_view();
    view! {
        <td class:elsewhen=!within class:today=today class:held=frozen class:bare=bare>
            <p class="date">
                <time datetime=day.to_string() aria-current=today.then_some("date")>
                    <span class="long">{name}</span>
                    <span class="brief" aria-hidden="true">{day.format("%-d").to_string()}</span>
                </time>
            </p>
            <ul>{notes}</ul>
        </td>
    }
}

fn note(note: Note) -> impl IntoView {
    let (glyph, class) = match note.kind {
        NoteKind::Freeze => (Glyph::Lock, "freeze"),
        NoteKind::Window => (Glyph::Wait, "window"),
        NoteKind::Release => (Glyph::Run, "release"),
    };
    view! {
        <li class=class>
            <GlyphMark name=glyph />
            <a href=note.href>{note.text}</a>
            " "
            <span class="hours">{note.hours}</span>
        </li>
    }
}
