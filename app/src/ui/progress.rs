//! How far something is: part of a whole, or an action that takes its time.

use leptos::prelude::*;

/// A bar of what is done. Green only when all of it is.
#[component]
pub fn Progress(
    /// What is counted: "Code and tests".
    #[prop(into)]
    label: String,
    /// How many are done.
    #[prop(into)]
    value: Signal<u32>,
    /// Out of how many.
    #[prop(into)]
    max: Signal<u32>,
) -> impl IntoView {
    let full = move || max.get() > 0 && value.get() >= max.get();
    let said = move || format!("{} of {}", value.get(), max.get());
    view! {
        <progress
            class="prog"
            class:full=full
            value=move || value.get().to_string()
            max=move || max.get().max(1).to_string()
            aria-label=move || format!("{label}, {}", said())
        >
            {said}
        </progress>
    }
}

/// An action under way: what it does, how far it is if that is known, and since when.
#[component]
pub fn LongAction(
    /// What it does: "Testing the connection".
    #[prop(into)]
    what: Signal<String>,
    /// Per cent, if it can be told.
    #[prop(optional, into)]
    percent: MaybeProp<u32>,
    /// "12 s", "4 of 6".
    #[prop(optional, into)]
    so_far: MaybeProp<String>,
) -> impl IntoView {
    let bar = move || match percent.get() {
        Some(percent) => view! {
            <progress class="prog" value=percent.min(100).to_string() max="100" aria-label=what.get()></progress>
        }
        .into_any(),
        None => view! { <progress class="prog" aria-label=what.get()></progress> }.into_any(),
    };
    view! {
        <div class="long" role="status">
            <span class="said">
                <b>{move || what.get()}</b>
                <span class="meta">{move || so_far.get()}</span>
            </span>
            {bar}
        </div>
    }
}
