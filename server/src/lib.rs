//! The server of Slipway: configuration, sessions, sign-in, live stream, documents, public status page. It knows no SQL and decides nothing.

// Views are types: a page of many parts is a deep one.
#![recursion_limit = "256"]

pub mod api;
pub mod audit;
mod caller;
pub mod client;
pub mod config;
mod confirm;
pub mod console;
mod export;
mod fallback;
mod feed;
mod forgot;
mod github;
mod guard;
mod health;
pub mod http;
mod identity;
pub mod job;
mod kept;
pub mod key;
mod limit;
mod live;
pub mod metrics;
mod network;
pub mod playground;
pub mod postgres;
mod probe;
mod pulse;
mod sample;
mod second_factor;
pub mod serve;
mod sign_in;
mod state;
mod status_page;
pub mod trace;
mod trouble;

/// Prints a line for the person at the console: the one place where the program speaks there and not to the log. Where nobody listens any more, it
/// goes on all the same.
pub fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{text}");
}
