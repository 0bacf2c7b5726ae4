//! The command palette: go anywhere, do anything, by name. Opened by Ctrl or Cmd and K, by `/`, or by its button; the
//! button is a link to the search page until wasm is there.

use core::time::Duration;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;

use super::icon::{Icon, IconMark};

/// One thing to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteEntry {
    /// "storefront 1.2.3".
    pub label: String,
    /// "Release, held before production".
    pub hint: String,
    /// Where it is.
    pub href: String,
    /// What kind of thing it is.
    pub icon: Icon,
}

/// What finds entries for what was typed; asked with an empty text when the palette opens.
#[derive(Clone)]
pub struct PaletteSource(Arc<dyn Fn(String) -> Found + Send + Sync>);

type Found = Pin<Box<dyn Future<Output = Vec<PaletteEntry>> + Send>>;

impl PaletteSource {
    /// From an asynchronous function, such as a server function whose errors are taken as "nothing found".
    pub fn new<F, Fut>(find: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Vec<PaletteEntry>> + Send + 'static,
    {
        Self(Arc::new(move |query| Box::pin(find(query))))
    }
}

/// How long typing rests before it is looked up.
const REST: Duration = Duration::from_millis(120);
const ID: &str = "palette";

/// The button and the palette. Once, in the shell.
#[component]
pub fn Palette(
    /// Finds the entries.
    source: PaletteSource,
    /// The page that searches without wasm.
    #[prop(default = "/search")]
    search: &'static str,
    /// Classes of the link that opens it.
    #[prop(default = "")]
    class: &'static str,
) -> impl IntoView {
    let find = Action::new(move |query: &String| (source.0)(query.clone()));
    let found = move || find.value().get().unwrap_or_default();
    let chosen = RwSignal::new(0_usize);
    let show = move || {
        if dialog::show() {
            chosen.set(0);
            find.dispatch(dialog::typed());
            return true;
        }
        false
    };
    Effect::new(move |_| dialog::on_shortcut(show));
    let mut look_up = debounce(REST, move |query: String| {
        find.dispatch(query);
    });
    let keys = move |event: KeyboardEvent| {
        let count = found().len();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|n| *n = (*n + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|n| *n = (*n + count - 1) % count),
            "Enter" => dialog::follow(chosen.get_untracked()),
            // In a search field the browser would only clear what was typed.
            "Escape" => dialog::hide(),
            _ => return,
        }
        event.prevent_default();
    };
    let open = move |event: MouseEvent| {
        if show() {
            event.prevent_default();
        }
    };
    let list = move || {
        let found = found();
        match (found.is_empty(), find.pending().get()) {
            (true, true) => view! { <p class="none">"Searching"</p> }.into_any(),
            (true, false) => view! { <p class="none">"Nothing by that name."</p> }.into_any(),
            _ => entries(found, chosen),
        }
    };
    view! {
        <a class=class href=search on:click=open>
            <IconMark name=Icon::Search/>"Search"<kbd class="key">"/"</kbd>
        </a>
        <dialog class="palette" id=ID aria-label="Go to">
            <div class="ask">
                <IconMark name=Icon::Search/>
                <input
                    type="search"
                    id="palette-q"
                    aria-label="Go to"
                    placeholder="Release, service, incident, page"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-autocomplete="list"
                    aria-activedescendant=move || format!("palette-{}", chosen.get())
                    autocomplete="off"
                    on:keydown=keys
                    on:input:target=move |event| {
                        chosen.set(0);
                        look_up(event.target().value());
                    }
                />
            </div>
            {list}
            <footer>
                <span><kbd class="key">"↑"</kbd>" "<kbd class="key">"↓"</kbd>" choose"</span>
                <span><kbd class="key">"Enter"</kbd>" go"</span>
                <span><kbd class="key">"Esc"</kbd>" close"</span>
            </footer>
        </dialog>
    }
    .into_any()
}

fn entries(found: Vec<PaletteEntry>, chosen: RwSignal<usize>) -> AnyView {
    let one = |(n, entry): (usize, PaletteEntry)| {
        view! {
            <li role="option" id=format!("palette-{n}") aria-selected=move || (chosen.get() == n).to_string()>
                <a href=entry.href tabindex="-1" on:click=move |_| dialog::hide()>
                    <IconMark name=entry.icon/>
                    <span>{entry.label}</span>
                    <span class="hint">{entry.hint}</span>
                </a>
            </li>
        }
    };
    let items = found.into_iter().enumerate().map(one).collect_view();
    view! { <ul id="palette-list" role="listbox" aria-label="Found">{items}</ul> }.into_any()
}

#[cfg(feature = "hydrate")]
mod dialog {
    use leptos::prelude::*;
    use leptos::wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent};

    fn palette() -> Option<HtmlDialogElement> {
        document().get_element_by_id(super::ID)?.dyn_into().ok()
    }

    fn input() -> Option<HtmlInputElement> {
        document().get_element_by_id("palette-q")?.dyn_into().ok()
    }

    /// False where there is no palette, or it cannot be shown.
    pub fn show() -> bool {
        let Some(palette) = palette() else { return false };
        if !palette.open() && palette.show_modal().is_err() {
            return false;
        }
        if let Some(input) = input() {
            input.select();
        }
        true
    }

    pub fn hide() {
        if let Some(palette) = palette() {
            palette.close();
        }
    }

    pub fn typed() -> String {
        input().map(|input| input.value()).unwrap_or_default()
    }

    /// Follows the link of an entry, as a click would.
    pub fn follow(n: usize) {
        let link = document().query_selector(&format!("#palette-{n} a")).ok().flatten();
        if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
            link.click();
        }
    }

    /// Ctrl or Cmd and K anywhere; `/` where one does not type.
    pub fn on_shortcut(show: impl Fn() -> bool + 'static) {
        let handle = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            let command = event.key() == "k" && (event.ctrl_key() || event.meta_key());
            let slash = event.key() == "/" && !event.ctrl_key() && !event.meta_key() && !types(&event);
            if (command || slash) && show() {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    }

    fn types(event: &KeyboardEvent) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
    }
}

#[cfg(not(feature = "hydrate"))]
mod dialog {
    pub fn show() -> bool {
        false
    }

    pub fn hide() {}

    pub fn typed() -> String {
        String::new()
    }

    pub fn follow(_n: usize) {}

    pub fn on_shortcut(_show: impl Fn() -> bool + 'static) {}
}
