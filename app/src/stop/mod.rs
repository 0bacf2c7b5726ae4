//! Stopping the line: the page that does it, and the banner that everybody sees while it is stopped.

pub mod api;
mod banner;
mod screen;

pub use api::{ReadStop, ReleaseLine, StopLine};
pub use banner::StopBanner;
pub use screen::StopScreen;

use domain::gate::LockReason;
use domain::stop::Stop;

/// Who stopped the line.
fn who(stop: &Stop) -> String {
    let name = stop.by.as_ref().map(|person| person.name.clone());
    name.unwrap_or_else(|| "A program".to_owned())
}

/// Why they did.
fn why(stop: &Stop) -> String {
    match &stop.lock.reason {
        LockReason::Words { text } => text.clone(),
        LockReason::TakenBack { version, .. } => format!("{version} was taken back."),
    }
}
