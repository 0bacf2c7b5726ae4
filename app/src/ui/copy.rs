//! Something to carry elsewhere: a token shown once, a link, a command.

use leptos::prelude::*;

use super::icon::{Icon, IconMark};

/// Text that one click or tap selects whole; with wasm, a button that copies it and says so.
#[component]
pub fn CopyBox(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, for those who listen: "Token", "Invitation link".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let can_copy = RwSignal::new(false);
    let copied = RwSignal::new(false);
    Effect::new(move |_| can_copy.set(clipboard::is_there()));
    let copy = move |_| {
        clipboard::write(&text.get_untracked(), copied);
    };
    view! {
        <div class="copy" role="group" aria-label=label.clone()>
            <code tabindex="0">{move || text.get()}</code>
            {move || can_copy.get().then(|| view! {
                <button class="btn" type="button" on:click=copy>
                    <IconMark name=Icon::Copy/>
                    <span aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
                </button>
            })}
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod clipboard {
    use core::time::Duration;

    use leptos::prelude::*;

    /// The clipboard needs https or loopback.
    pub fn is_there() -> bool {
        window().is_secure_context()
    }

    pub fn write(text: &str, copied: RwSignal<bool>) {
        let done = window().navigator().clipboard().write_text(text);
        leptos::task::spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(done).await.is_ok() {
                copied.try_set(true);
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    Duration::from_secs(3),
                );
            }
        });
    }
}

#[cfg(not(feature = "hydrate"))]
mod clipboard {
    use leptos::prelude::RwSignal;

    pub fn is_there() -> bool {
        false
    }

    pub fn write(_text: &str, _copied: RwSignal<bool>) {}
}
