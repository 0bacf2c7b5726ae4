//! Help: what this is, how it goes, what the words mean, where to read on.

mod content;
mod parts;
mod screen;

pub use parts::Parts;
pub use screen::Help;
