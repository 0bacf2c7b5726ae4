//! What may this person do here, and why.

mod api;
mod screen;
mod words;

pub use screen::{AccessScreen, OwnAccess};
