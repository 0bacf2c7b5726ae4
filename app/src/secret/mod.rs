//! Secrets: set here, given to commands, shown to nobody.

mod api;
mod screen;

pub use screen::Secrets;
