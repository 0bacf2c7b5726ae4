//! What holds a release before an environment, and who or what time clears it.

use domain::access::Actor;
use domain::deployment::DeploymentLine;
use domain::gate::{Actions, allowed_actions, clears_at, evaluate};
use domain::release::ReleaseEnvironment;
use leptos::prelude::*;

use super::view::{GateRow, gates};
use super::words::Why;
use crate::deployment::brief;
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
    /// A deployment of this very release that has not ended there.
    under_way: Option<DeploymentLine>,
    /// The release.
    release: domain::id::ReleaseId,
) -> impl IntoView {
    let clock = use_clock();
    let name = one.environment.name.clone();
    let may = actions(told.clone(), &one);
    let overriding = {
        let one = one.clone();
        let offered = Memo::new(move |_| may.with(|may| may.as_ref().is_some_and(|may| may.override_times.yes())));
        move || {
            offered
                .get()
                .then(|| view! { <crate::freeze::OverrideForm one=one.clone() release /> })
        }
    };
    let facts = one.facts;
    let results = {
        let facts = facts.clone();
        Memo::new(move |_| evaluate(&facts, clock.now()))
    };
    let occupied = under_way.is_some();
    let moving = under_way.map(|line| {
        let what = brief::under_way(&line, &told.names());
        view! { <WhyLine glyph=brief::state(&line).0 what>"Another one can be asked for when it has ended."</WhyLine> }
    });
    let total = results.with_untracked(Vec::len);
    let held = move || results.with(|results| results.iter().filter(|result| !result.passed()).count());
    let by_itself = {
        let facts = facts.clone();
        let at = Memo::new(move |_| clears_at(&facts, clock.now()));
        move || {
            at.get().filter(|_| held() > 0).map(|at| {
                view! {
                    <WhyLine glyph=Glyph::Wait what="Nobody has to do anything.">"Time alone clears all of it, " <Until at=at /> "."</WhyLine>
                }
            })
        }
    };
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
            (held() == 0 && !occupied).then(|| {
                let what = format!("Nothing holds {name}.");
                view! { <WhyLine glyph=Glyph::Pass what>"All gates pass."</WhyLine> }
            })
        }
    };
    let end = move || view! { {move || format!("{} of {total} gates", held())} };
    view! {
        <Section id="why" title=format!("What holds {name}") end=end>
            {moving}
            {clear}
            {by_itself}
            {list}
            {overriding}
            {also(others)}
        </Section>
    }
    .into_any()
}

/// The same of the other environments.
fn also(others: Vec<(String, String)>) -> Option<impl IntoView> {
    let link = |(place, (name, href)): (usize, (String, String))| {
        view! { {(place > 0).then_some(", ")} <a href=href>{name}</a> }
    };
    (!others.is_empty()).then(|| {
        let links = others.into_iter().enumerate().map(link).collect_view();
        view! { <p class="meta after">"Also: " {links}</p> }
    })
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
