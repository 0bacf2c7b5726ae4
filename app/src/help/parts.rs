//! The parts of every screen, each in its states.

use crate::ui::gallery::Gallery;
use leptos::prelude::*;

/// `/help/components`
#[component]
pub fn Parts() -> impl IntoView {
    view! {
        <leptos_meta::Title text="Parts" />
        <Gallery />
    }
}
