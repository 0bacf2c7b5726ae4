//! `/calendar`: what holds now, a month or a week, and every freeze and window.

use super::api::read_calendar;
use super::feed::FeedPart;
use super::grid::Grid;
use super::lines::Rules;
use super::view::{Leaf, Show};
use super::words;
use crate::boot::me;
use crate::fresh::fresh;
use crate::live::kicks;
use crate::shell::Trouble;
use crate::ui::{Glyph, LinkButton, Look, PageHead, Section, Until, WhyLine, use_clock};
use domain::access::{Action, Scope};
use domain::freeze::{CalendarPage, TimeKind};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn Calendar() -> impl IntoView {
    let clock = use_clock();
    let query = use_query_map();
    let leaf = Memo::new(move |_| {
        let query = query.read();
        let today = || clock.zone().local(clock.now_untracked()).date();
        Leaf {
            show: Show::from_key(&query.get("show").unwrap_or_default()),
            at: query.get("at").and_then(|at| at.parse().ok()).unwrap_or_else(today),
        }
    });
    let kicked = kicks(|| vec!["calendar".into(), "releases".into()]);
    let page = Resource::new_blocking(
        move || (kicked.get(), leaf.get()),
        move |(_, leaf)| {
            let (from, to) = leaf.period(&untrack(|| clock.zone()));
            read_calendar(from, to)
        },
    );
    let sets = me().is_some_and(|me| me.actor().may(Action::Freeze, Scope::Instance).is_ok());
    let acts = move || {
        sets.then(
            || view! { <LinkButton href="/calendar/new" look=Look::Primary>"Set a freeze or window"</LinkButton> },
        )
    };
    view! {
        <Title text="Calendar" />
        <PageHead title="Calendar" acts />
        {fresh(page, move |found| match found {
            Ok(page) => {
                let days = page.clone();
                view! {
                    <Now page=page.clone() />
                    <Section id="days" title=move || leaf.get().title() end=move || turning(leaf.get())>
                        {move || view! { <Grid page=days.clone() leaf=leaf.get() /> }}
                    </Section>
                    <Rules page />
                }
                    .into_any()
            }
            Err(error) => view! { <Trouble error /> }.into_any(),
        })}
        <FeedPart />
    }
}

/// The ways to other leaves.
fn turning(leaf: Leaf) -> impl IntoView {
    let other = Leaf {
        show: match leaf.show {
            Show::Month => Show::Week,
            Show::Week => Show::Month,
        },
        ..leaf
    };
    let other_word = match other.show {
        Show::Month => "Month",
        Show::Week => "Week",
    };
    view! {
        <span class="turning">
            <a href=leaf.turned(true).href() rel="prev">"Earlier"</a>
            <a href=format!("/calendar?show={}", leaf.show.key())>"Today"</a>
            <a href=leaf.turned(false).href() rel="next">"Later"</a>
            <a href=other.href()>{other_word}</a>
        </span>
    }
}

/// Freezes that hold at this moment.
#[component]
fn Now(page: CalendarPage) -> impl IntoView {
    let now = page.now;
    let frozen: Vec<_> = page
        .entries
        .iter()
        .filter(|one| one.kind == TimeKind::Freeze && one.from <= now && now < one.to)
        .map(|one| {
            let at = one.to;
            let what = format!(
                "{} is frozen: {}.",
                capital(&words::place(one.place, &page.places)),
                one.name
            );
            let reason = page
                .rules
                .iter()
                .find(|rule| rule.id == one.rule)
                .map(|rule| rule.reason.clone());
            view! {
                <WhyLine glyph=Glyph::Lock what>
                    {reason} " It ends " <Until at /> ". Rollbacks stay possible."
                </WhyLine>
            }
        })
        .collect();
    (!frozen.is_empty()).then(|| view! { <div class="after">{frozen}</div> })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
