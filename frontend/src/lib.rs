//! The WebAssembly entry of Slipway: takes over the page that the server rendered.

// Views are types: a page of many parts is a deep one.
#![recursion_limit = "256"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the page's hydration script. A panic lands in the browser's console with its place in the source.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(app::App);
}
