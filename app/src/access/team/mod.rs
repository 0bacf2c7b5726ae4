//! Teams: people who work together, and the roles that they get together.

pub mod api;
pub(super) mod form;
mod grants;
mod list;
mod members;
#[cfg(feature = "ssr")]
pub(super) mod posted;
mod screen;
pub(super) mod words;

pub use list::TeamList;
pub use screen::TeamScreen;
