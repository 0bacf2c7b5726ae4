//! The search as a page: a link to it can be shared, and it needs no wasm.

use super::api::search;
use super::view::kind;
use crate::shell::Trouble;
use crate::ui::{Empty, IconMark, PageHead, TextField};
use domain::home::Hit;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The search page.
#[component]
pub fn SearchScreen() -> impl IntoView {
    let query = use_query_map();
    let text = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default()));
    let hits = Resource::new_blocking(
        move || text.get(),
        |text| async move {
            if text.trim().is_empty() {
                Ok(Vec::new())
            } else {
                search(text).await
            }
        },
    );
    view! {
        <leptos_meta::Title text="Search" />
        <PageHead title="Search" />
        <form method="get" action="/search" class="form" role="search">
            <div class="row-form">
                <TextField name="q" label="Search for" kind="search" value=text plain_label=true />
                <button class="btn primary" type="submit">"Search"</button>
            </div>
        </form>
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match hits.await {
                    Ok(hits) => view! { <Hits hits text=text.get_untracked() /> }.into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What was found; else what can be.
#[component]
fn Hits(hits: Vec<Hit>, text: String) -> impl IntoView {
    if hits.is_empty() {
        let text = text.trim();
        let title = if text.is_empty() {
            "Search finds services, releases, deployments, incidents and people.".to_owned()
        } else {
            format!("Nothing matches “{text}”.")
        };
        return view! { <Empty title><Examples /></Empty> }.into_any();
    }
    let rows = hits
        .into_iter()
        .map(|hit| {
            let (icon, word) = kind(hit.kind);
            view! {
                <li>
                    <IconMark name=icon />
                    <p class="what">
                        <a href=hit.href>{hit.title}</a>
                        " "
                        <span class="more">{hit.hint}</span>
                    </p>
                    <span class="age">{word}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="list after">{rows}</ul> }.into_any()
}

/// What can be searched for, and how it is written.
#[component]
fn Examples() -> impl IntoView {
    view! {
        <ul>
            <li>"a service or a person by a part of the name: storefront"</li>
            <li>"a release by its version or title: 1.2.3"</li>
            <li>"a deployment by its number: #12"</li>
            <li>"an incident by its number or title: INC-3"</li>
        </ul>
    }
}
