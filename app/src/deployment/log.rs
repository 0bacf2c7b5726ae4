//! The log: the newest lines, searched and followed.

use domain::deployment::LogLine;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::follow::MOST_LINES;
use crate::ui::{Section, Stamp, format, use_clock};

/// Lines that are drawn at once; the search looks through all that are kept.
const DRAWN: usize = 500;

/// The streams of a log, and what people call them.
const STREAMS: [(&str, &str); 3] = [("stdout", "output"), ("stderr", "errors"), ("slipway", "slipway")];

/// Lines with search and streams. Without script the search is a GET form; with it, it looks while one types.
#[component]
pub fn Log(
    /// The lines that are kept, oldest first.
    lines: RwSignal<Vec<LogLine>>,
) -> impl IntoView {
    let query = use_query_map();
    let search = RwSignal::new(query.read_untracked().get("log").unwrap_or_default());
    let shown = STREAMS.map(|_| RwSignal::new(true));
    let follow = RwSignal::new(true);
    let found = Memo::new(move |_| {
        let streams: Vec<&str> = STREAMS
            .iter()
            .zip(shown)
            .filter(|(_, on)| on.get())
            .map(|((key, _), _)| *key)
            .collect();
        search.with(|search| lines.with(|lines| matching(lines, search, &streams)))
    });
    let end = move || {
        let (all, of) = lines.with(|lines| (lines.len(), found.with(Vec::len)));
        let kept = if all >= MOST_LINES { ", the newest" } else { "" };
        if of < all {
            format!(
                "{} of {} lines{kept}",
                format::count(of as u64),
                format::count(all as u64)
            )
        } else {
            format!("{}{kept}", format::counted(all as u64, "line", "lines"))
        }
    };
    let list = NodeRef::<html::Div>::new();
    keep_at_end(list, found, follow);
    let box_of = move |n: usize| {
        let (key, words) = STREAMS[n];
        let on = shown[n];
        view! {
            <label>
                <input type="checkbox" value=key checked=true on:change:target=move |event| on.set(event.target().checked()) />
                {words}
            </label>
        }
    };
    let none = move || found.with(Vec::is_empty);
    view! {
        <Section id="log" title="Log" end=move || end>
            <form class="tools" method="get" action="#log" role="search">
                <label class="vh" for="log-search">
                    "Search the log"
                </label>
                <input
                    class="in"
                    id="log-search"
                    type="search"
                    name="log"
                    placeholder="Search the log"
                    value=search.get_untracked()
                    on:input:target=move |event| search.set(event.target().value())
                />
                {box_of(0)}
                {box_of(1)}
                {box_of(2)}
                <label>
                    <input
                        type="checkbox"
                        checked=true
                        on:change:target=move |event| follow.set(event.target().checked())
                    />
                    "follow"
                </label>
            </form>
            <div class="log" role="log" aria-label="Log lines" tabindex="0" node_ref=list>
                <ol>
                    <For each=move || found.get() key=|line| line.id children=line />
                </ol>
            </div>
            {move || none().then(|| view! { <p class="meta">"No line yet, or none that matches."</p> })}
        </Section>
    }
    .into_any()
}

fn line(line: LogLine) -> impl IntoView {
    let clock = use_clock();
    let id = format!("l{}", line.id);
    let (variant, class) = look(&line);
    view! {
        <li class=class id=id.clone()>
            <a href=format!("#{id}") rel="external">
                {move || clock.zone().write(line.at, Stamp::Milli)}
            </a>
            <span class=variant>{stream(&line.stream)}</span>
            <span class="m">{line.text}</span>
        </li>
    }
}

/// Classes of a line: of its stream, and of the line itself.
fn look(line: &LogLine) -> (&'static str, &'static str) {
    match line.stream.as_str() {
        "slipway" => ("v sys", ""),
        "stderr" => ("v", "warn"),
        _ => ("v", ""),
    }
}

fn stream(key: &str) -> String {
    STREAMS
        .iter()
        .find(|(known, _)| *known == key)
        .map_or_else(|| key.to_owned(), |(_, words)| (*words).to_owned())
}

/// The newest lines of these streams that hold the text, in any case; unknown streams are always shown.
fn matching(lines: &[LogLine], search: &str, streams: &[&str]) -> Vec<LogLine> {
    let search = search.trim().to_lowercase();
    let fits = |line: &&LogLine| {
        let known = STREAMS.iter().any(|(key, _)| *key == line.stream);
        (!known || streams.contains(&line.stream.as_str()))
            && (search.is_empty() || line.text.to_lowercase().contains(&search))
    };
    let mut found: Vec<LogLine> = lines.iter().rev().filter(fits).take(DRAWN).cloned().collect();
    found.reverse();
    found
}

/// Stays at the newest line while it is wanted.
fn keep_at_end(list: NodeRef<html::Div>, found: Memo<Vec<LogLine>>, follow: RwSignal<bool>) {
    Effect::new(move |_| {
        found.track();
        if follow.get()
            && let Some(list) = list.get()
        {
            list.set_scroll_top(list.scroll_height());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: i64, stream: &str, text: &str) -> LogLine {
        LogLine {
            id,
            at: chrono::DateTime::UNIX_EPOCH,
            stream: stream.into(),
            text: text.into(),
        }
    }

    #[test]
    fn the_search_knows_no_case_and_keeps_the_order() {
        let lines = [
            line(1, "stdout", "GET /a"),
            line(2, "stderr", "WARN slow"),
            line(3, "stdout", "get /b"),
        ];
        let ids = |search: &str, streams: &[&str]| -> Vec<i64> {
            matching(&lines, search, streams).iter().map(|line| line.id).collect()
        };
        assert_eq!(ids("get", &["stdout", "stderr"]), [1, 3]);
        assert_eq!(ids("", &["stderr"]), [2]);
        assert_eq!(ids("", &[]), Vec::<i64>::new());
    }

    #[test]
    fn only_the_newest_are_drawn() {
        let lines: Vec<LogLine> = (0..600).map(|id| line(id, "stdout", "x")).collect();
        let found = matching(&lines, "", &["stdout"]);
        assert_eq!((found.len(), found[0].id), (DRAWN, 100));
    }
}
