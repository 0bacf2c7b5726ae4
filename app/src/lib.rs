//! What people see: pages, and server functions of a few lines each. It knows no SQL and no engine.

// Views are types: a page of many parts is a deep one.
#![recursion_limit = "256"]

pub mod access;
pub mod audit;
pub mod boot;
pub mod caller;
mod chunk;
pub mod deployment;
pub mod error;
pub mod event_words;
pub mod freeze;
mod fresh;
pub mod gate;
pub mod health;
pub mod help;
pub mod home;
pub mod incident;
pub mod job;
pub mod live;
#[cfg(feature = "ssr")]
pub mod manual;
pub mod notice;
pub mod release;
mod routes;
pub mod secret;
pub mod service;
pub mod shell;
pub mod status;
pub mod stop;
pub mod ui;
pub mod webhook;
pub mod words;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::Router;

/// The application: the same on the server, which renders it whole, and in the browser, which takes it over.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let boot = boot::provide_boot();
    ui::provide_clock(|| ui::ClockSeed {
        now: boot.now,
        zone: boot::ui_zone(&boot.zone()),
    });
    ui::provide_toasts();
    live::provide_live();
    notice::provide_unread();
    view! {
        <Title formatter=|page: String| if page.is_empty() { "Slipway".to_owned() } else { format!("{page} · Slipway") } />
        <Router>
            <shell::Frame>
                <routes::Pages />
            </shell::Frame>
        </Router>
    }
}
