//! All releases, newest first.

use chrono::{DateTime, Utc};
use domain::release::{Reached, ReleaseLine};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::api::{release_list, service_names};
use crate::deployment::words as run_words;
use crate::fresh::fresh;
use crate::live;
use crate::shell::Trouble;
use crate::ui::{Ago, Button, Choice, Empty, Env, Icon, LinkButton, Look, PageHead, Pages, Select, State, TextField};

/// Lines of one page of the list.
const PAGE: usize = 50;

/// `/releases?service=&text=&before=`.
#[component]
pub fn ReleaseList() -> impl IntoView {
    let query = use_query_map();
    let ask = Memo::new(move |_| {
        let query = query.read();
        let before = query.get("before").and_then(|at| at.parse::<DateTime<Utc>>().ok());
        (
            query.get("service").unwrap_or_default(),
            query.get("text").unwrap_or_default(),
            before,
        )
    });
    let kicks = live::kicks(|| vec!["releases".into(), "deployments".into()]);
    let lines = Resource::new(
        move || (ask.get(), kicks.get()),
        |((service, text, before), _)| release_list(Some(service).filter(|name| !name.is_empty()), text, before),
    );
    let services = Resource::new(|| (), |()| service_names());
    let new = move || match ask.get().0.as_str() {
        "" => "/releases/new".to_owned(),
        service => format!("/releases/new?service={service}"),
    };
    view! {
        <Title text="Releases" />
        <PageHead
            title="Releases"
            acts=move || view! { <LinkButton href=Signal::derive(new) look=Look::Primary icon=Icon::Add>"Plan a release"</LinkButton> }
        />
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                let names = services.await.unwrap_or_default();
                let (service, text, _) = ask.get();
                view! { <Filters names service text /> }
            })}
        </Transition>
        {fresh(
            lines,
            move |lines| match lines {
                Err(error) => view! { <Trouble error /> }.into_any(),
                Ok(lines) => view! { <Lines lines ask=ask.get() /> }.into_any(),
            },
        )}
    }
}

#[component]
fn Filters(names: Vec<String>, service: String, text: String) -> impl IntoView {
    let mut choices = vec![Choice::new("", "all")];
    choices.extend(names.into_iter().map(Choice::same));
    view! {
        <form class="filters" method="get" action="/releases" role="search">
            <Select name="service" label="Service" choices value=service />
            <TextField name="text" label="Version or title" value=text kind="search" plain_label=true />
            <Button submit=true>"Show"</Button>
        </form>
    }
    .into_any()
}

#[component]
fn Lines(lines: Vec<ReleaseLine>, ask: (String, String, Option<DateTime<Utc>>)) -> impl IntoView {
    let (service, text, before) = ask;
    let filtered = !service.is_empty() || !text.is_empty() || before.is_some();
    if lines.is_empty() {
        return if filtered {
            view! { <NoMatch /> }.into_any()
        } else {
            view! { <NoneYet /> }.into_any()
        };
    }
    let count = lines.len();
    let last = lines.last().map(|line| line.created_at);
    let link = |at: DateTime<Utc>| {
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        format!("/releases?service={service}&text={}&before={at}", encode(&text))
    };
    let next = (count >= PAGE).then_some(last).flatten().map(link);
    let back = before.map(|_| format!("/releases?service={service}&text={}", encode(&text)));
    let pages = (next.is_some() || back.is_some()).then(|| {
        let range = crate::ui::format::counted(count as u64, "release", "releases");
        view! { <OtherPages range next back /> }
    });
    view! {
        <div class="scroll" role="region" aria-label="Releases" tabindex="0">
            <table class="blocks">
                <thead>
                    <tr>
                        <th scope="col">"Release"</th>
                        <th scope="col">"Title"</th>
                        <th scope="col" class="num">"Checklist"</th>
                        <th scope="col">"Where"</th>
                        <th scope="col">"Planned"</th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        {pages}
    }
    .into_any()
}

#[component]
fn OtherPages(range: String, next: Option<String>, back: Option<String>) -> impl IntoView {
    // Paging goes by the last line seen, so "back" is the beginning.
    match (next, back) {
        (Some(next), Some(back)) => view! { <Pages range next back /> }.into_any(),
        (Some(next), None) => view! { <Pages range next /> }.into_any(),
        (None, Some(back)) => view! { <Pages range back /> }.into_any(),
        (None, None) => ().into_any(),
    }
}

fn row(line: ReleaseLine) -> impl IntoView {
    let href = super::address(&line.service, &line.version);
    let all = line.items > 0 && line.settled == line.items;
    let checklist = format!("{} of {}", line.settled, line.items);
    view! {
        <tr>
            <th scope="row" class="nowrap">
                <a href=href>
                    {line.service}
                    " "
                    <span class="ver">{line.version}</span>
                </a>
            </th>
            <td>{line.title}</td>
            <td class="num fine most" class:done=all data-head="Checklist">
                {checklist}
            </td>
            {reached(line.reached)}
            <td class="nowrap fine edge" data-head="Planned">
                <Ago at=line.created_at />
            </td>
        </tr>
    }
}

/// Each environment that it was brought to, with how it stands there.
fn reached(all: Vec<Reached>) -> AnyView {
    if all.is_empty() {
        return view! { <td class="nothing">"Not deployed"</td> }.into_any();
    }
    view! {
        <td>
            <ul class="pairs">{all.into_iter().map(pair).collect_view()}</ul>
        </td>
    }
    .into_any()
}

fn pair(one: Reached) -> impl IntoView {
    let (glyph, word) = if one.running {
        (crate::ui::Glyph::Pass, "Running")
    } else {
        run_words::state(one.state)
    };
    view! {
        <li>
            <Env tier=run_words::tier(one.tier) name=one.environment />
            " "
            <State glyph>{word}</State>
        </li>
    }
}

#[component]
fn NoneYet() -> impl IntoView {
    view! {
        <Empty
            title="No release is planned yet."
            acts=|| view! { <LinkButton href="/releases/new" look=Look::Primary>"Plan a release"</LinkButton> }
        >
            "A release is one version of a service: its artifact, its changes and its plan. It gets a checklist, then approvals, then goes from environment to environment."
        </Empty>
    }
}

#[component]
fn NoMatch() -> impl IntoView {
    view! {
        <Empty title="No release matches." acts=|| view! { <LinkButton href="/releases">"Show all"</LinkButton> }>
            "Try fewer words, or another service."
        </Empty>
    }
}

/// Text as part of a query.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn queries_are_encoded() {
        assert_eq!(encode("new & old +1"), "new%20%26%20old%20%2B1");
        assert_eq!(encode("é"), "%C3%A9");
    }
}
