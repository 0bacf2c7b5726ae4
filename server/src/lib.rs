//! The server of Slipway: configuration, sessions, sign-in, live stream, documents, public status page. It knows no SQL and decides nothing.

// Views are types: a page of many parts is a deep one.
#![recursion_limit = "256"]

pub mod api;
pub mod audit;
mod caller;
pub mod client;
pub mod config;
mod confirm;
mod export;
mod fallback;
mod forgot;
mod github;
mod guard;
mod health;
pub mod http;
mod identity;
pub mod job;
mod kept;
pub mod key;
mod live;
pub mod metrics;
pub mod playground;
pub mod postgres;
mod probe;
mod sample;
mod second_factor;
pub mod serve;
mod sign_in;
mod state;
mod status_page;
mod trouble;

/// Prints a line for the person at the console: the one place where the program speaks there and not to the log.
#[allow(clippy::print_stdout)]
pub fn say(text: &str) {
    println!("{text}");
}
