//! The help page.

use super::content::{DO, DO_NOT, KEYS, READING, STEPS, TROUBLE, WORDS};
use crate::access::PermissionTable;
use crate::ui::{Fact, Facts, PageHead, Section};
use leptos::prelude::*;

/// Help.
#[component]
pub fn Help() -> impl IntoView {
    view! {
        <leptos_meta::Title text="Help" />
        <PageHead title="Help" />
        <Section id="job" title="How a release goes" class="first">
            <ol class="list numbered">
                {STEPS
                    .iter()
                    .map(|(title, words, href)| {
                        view! {
                            <li>
                                <span></span>
                                <p class="what">
                                    <a href=*href>{*title}</a>
                                    <br />
                                    <span class="more">{*words}</span>
                                </p>
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
        </Section>
        {trouble().into_any()}
        {habits().into_any()}
        <Section id="words" title="Words">
            <Facts>
                {WORDS.iter().map(|(word, meaning)| view! { <Fact term=*word>{*meaning}</Fact> }).collect_view()}
            </Facts>
        </Section>
        <Section id="keys" title="Keys">
            <Facts>
                {KEYS.iter().map(|(key, does)| view! { <Fact term=*key>{*does}</Fact> }).collect_view()}
            </Facts>
        </Section>
        <Section id="roles" title="Who may do what">
            <PermissionTable />
        </Section>
        <Section id="reading" title="Further reading">
            <ul class="list">
                {READING
                    .iter()
                    .map(|(title, href)| {
                        view! {
                            <li>
                                <crate::ui::IconMark name=crate::ui::Icon::Out />
                                <p class="what">
                                    <a href=*href rel="external noreferrer">{*title}</a>
                                </p>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
            <p class="meta after">
                "For those who build screens: "
                <a href="/help/components">"the parts that they are built of"</a>
                "."
            </p>
        </Section>
    }
}

fn trouble() -> impl IntoView {
    view! {
        <Section id="trouble" title="When something fails">
            {TROUBLE
                .iter()
                .map(|(title, steps)| {
                    view! {
                        <details class="more-of">
                            <summary>{*title}</summary>
                            <div class="prose">
                                <ul>{steps.iter().map(|step| view! { <li>{*step}</li> }).collect_view()}</ul>
                            </div>
                        </details>
                    }
                })
                .collect_view()}
        </Section>
    }
}

fn habits() -> impl IntoView {
    let list = |title: &'static str, lines: &'static [&'static str]| {
        view! {
            <div class="prose">
                <h3>{title}</h3>
                <ul>{lines.iter().map(|line| view! { <li>{*line}</li> }).collect_view()}</ul>
            </div>
        }
    };
    view! {
        <Section id="habits" title="Habits">
            <div class="beside">{list("Do", DO)} {list("Do not", DO_NOT)}</div>
        </Section>
    }
}
