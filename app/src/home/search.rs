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
        <form method="get" action="/search" class="row-form" role="search">
            <TextField name="q" label="What" kind="search" value=text plain_label=true hint="A name, a version, #12, INC-3" />
            <button class="btn primary" type="submit">"Search"</button>
        </form>
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match hits.await {
                    Ok(hits) => view! { <Hits hits asked=!text.get_untracked().trim().is_empty() /> }.into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Hits(hits: Vec<Hit>, asked: bool) -> impl IntoView {
    if hits.is_empty() {
        return asked.then(|| view! { <Empty title="Nothing found.">"Search finds people, services, releases, deployments and incidents."</Empty> }).into_any();
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
