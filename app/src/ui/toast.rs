//! Toasts: the short answer to one's own deed. What matters later belongs on the page.

use core::time::Duration;

use leptos::prelude::*;

use super::icon::{Glyph, GlyphMark, Icon, IconMark};

/// How long a toast stays. Long enough to be read twice; its way back is also on the page.
const STAYS: Duration = Duration::from_secs(12);
/// How many stand at once; an older one gives way.
const AT_ONCE: usize = 3;

/// One short answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Outline and tone.
    pub glyph: Glyph,
    /// "Approved."
    pub what: String,
    /// "storefront 1.2.3 starts at 10:00."
    pub text: String,
    /// The way back or onwards: address and words.
    pub link: Option<(String, String)>,
}

impl Toast {
    /// It worked.
    pub fn done(what: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            glyph: Glyph::Pass,
            what: what.into(),
            text: text.into(),
            link: None,
        }
    }

    /// It did not work.
    pub fn failed(what: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            glyph: Glyph::Fail,
            what: what.into(),
            text: text.into(),
            link: None,
        }
    }

    /// With a link at its end.
    #[must_use]
    pub fn with_link(mut self, href: impl Into<String>, words: impl Into<String>) -> Self {
        self.link = Some((href.into(), words.into()));
        self
    }
}

/// The toasts of this page, oldest first.
#[derive(Clone, Copy)]
pub struct ToastQueue {
    list: RwSignal<Vec<(u32, Toast)>>,
    next: StoredValue<u32>,
}

impl ToastQueue {
    /// Shows one, and takes it away after a while.
    pub fn say(self, toast: Toast) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.list.update(|list| {
            list.push((id, toast));
            let spare = list.len().saturating_sub(AT_ONCE);
            list.drain(..spare);
        });
        if cfg!(feature = "hydrate") {
            set_timeout(move || self.shut(id), STAYS);
        }
    }

    fn shut(self, id: u32) {
        self.list.try_update(|list| list.retain(|(other, _)| *other != id));
    }
}

/// Makes the queue known to everything below. Once, in the shell.
pub fn provide_toasts() -> ToastQueue {
    let queue = ToastQueue {
        list: RwSignal::new(Vec::new()),
        next: StoredValue::new(0),
    };
    provide_context(queue);
    queue
}

/// The queue of this page. Without a shell around (tests, the gallery) it is one of its own that nobody sees.
pub fn use_toasts() -> ToastQueue {
    use_context().unwrap_or_else(provide_toasts)
}

/// Where toasts stand. Once, at the end of the shell.
#[component]
pub fn Toasts() -> impl IntoView {
    let queue = use_toasts();
    let one = move |(id, toast): (u32, Toast)| {
        let link = toast.link.map(|(href, words)| view! { <a href=href>{words}</a> });
        view! {
            <div class=format!("toast {}", toast.glyph.tone().class())>
                <GlyphMark name=toast.glyph/>
                <span><b>{toast.what}</b>" "{toast.text}</span>
                <span class="end">
                    {link}
                    <button class="shut" type="button" aria-label="Dismiss" on:click=move |_| queue.shut(id)>
                        <IconMark name=Icon::Close/>
                    </button>
                </span>
            </div>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || queue.list.get() key=|(id, _)| *id children=one/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_gives_way() {
        Owner::new().with(|| {
            let queue = provide_toasts();
            for n in 0..5 {
                queue.say(Toast::done(format!("{n}."), ""));
            }
            let words: Vec<String> = queue
                .list
                .get_untracked()
                .into_iter()
                .map(|(_, toast)| toast.what)
                .collect();
            assert_eq!(words, ["2.", "3.", "4."]);
            queue.shut(3);
            assert_eq!(queue.list.get_untracked().len(), 2);
        });
    }
}
