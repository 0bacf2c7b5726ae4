//! What holds a release before an environment, and who or what time clears it.

use domain::access::Actor;
use domain::gate::{Actions, allowed_actions, evaluate};
use domain::release::ReleaseEnvironment;
use leptos::prelude::*;

use super::view::{GateRow, gates};
use super::words::Why;
use crate::event_words::Names;
use crate::ui::{Glyph, GlyphMark, Section, Until, WhyLine, use_clock};

/// Whom a page is for, and whom it mentions.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub people: Vec<domain::access::Person>,
    /// None while nobody is signed in: then nothing is offered.
    pub actor: Option<Actor>,
}

impl Told {
    /// Names for the words of this page.
    pub fn names(&self) -> Names<'_> {
        let names = Names::of(&self.people);
        self.actor.as_ref().map_or(names, |actor| names.to(actor.id))
    }
}

/// What the reader may do now, followed by the clock: a window opens by itself.
pub fn actions(told: Told, one: &ReleaseEnvironment) -> Memo<Option<Actions>> {
    let (clock, facts) = (use_clock(), one.facts.clone());
    Memo::new(move |_| {
        told.actor
            .as_ref()
            .map(|actor| allowed_actions(actor, &facts, clock.now()))
    })
}

/// The gates of one environment: those that hold first, each with who clears it.
#[component]
pub fn Holds(
    /// The release beside the environment.
    one: ReleaseEnvironment,
    /// Whom the page is for.
    told: Told,
    /// Links to the other environments: name and address.
    others: Vec<(String, String)>,
) -> impl IntoView {
    let clock = use_clock();
    let name = one.environment.name.clone();
    let facts = one.facts;
    let results = {
        let facts = facts.clone();
        Memo::new(move |_| evaluate(&facts, clock.now()))
    };
    let total = results.with_untracked(Vec::len);
    let held = move || results.with(|results| results.iter().filter(|result| !result.passed()).count());
    let list = move || {
        let (rows, passed) = results.with(|results| gates(results, &facts, &told.names(), &clock.zone()));
        let passed = (!passed.is_empty()).then(|| {
            view! {
                <li class="is-pass">
                    <GlyphMark name=Glyph::Pass />
                    <p class="passed">
                        <b>"Passed: "</b>
                        {passed.join(", ").to_lowercase()}
                        "."
                    </p>
                </li>
            }
        });
        view! { <ul class="gates">{rows.into_iter().map(row).collect_view()} {passed}</ul> }
    };
    let clear = {
        let name = name.clone();
        move || {
            (held() == 0).then(|| {
                let what = format!("Nothing holds {name}.");
                view! { <WhyLine glyph=Glyph::Pass what>"All gates pass."</WhyLine> }
            })
        }
    };
    let end = move || {
        let links = others
            .clone()
            .into_iter()
            .map(|(name, href)| view! { " " <a href=href>{name}</a> })
            .collect_view();
        view! { {move || format!("{} of {total} gates hold", held())} {links} }
    };
    view! {
        <Section id="why" title=format!("What holds {name}") end=end>
            {clear}
            {list}
        </Section>
    }
    .into_any()
}

fn row(row: GateRow) -> impl IntoView {
    let class = row.glyph.tone().class();
    let items = (row.items.len() > 1).then(|| {
        let items = row
            .items
            .into_iter()
            .map(|item| view! { <li>{item}</li> })
            .collect_view();
        view! {
            <details class="more-of">
                <summary>"Open items"</summary>
                <ul>{items}</ul>
            </details>
        }
    });
    view! {
        <li class=class>
            <GlyphMark name=row.glyph />
            <div>
                <p class="name">{super::words::gate(row.gate)}<span class="word">{row.word}</span></p>
                {row.whys.into_iter().map(why).collect_view()}
                {items}
            </div>
        </li>
    }
}

fn why(why: Why) -> impl IntoView {
    let clears = if why.at.is_some() {
        why.clears.trim_end_matches('.').to_owned()
    } else {
        why.clears
    };
    let at = why.at.map(|at| view! { ", " <Until at=at /> "." });
    view! {
        <p>{why.what}</p>
        <p class="clear">{clears} {at}</p>
    }
}
