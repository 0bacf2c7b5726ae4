//! Help: what this is, how it goes, what the words mean, where to read on.

mod content;
mod screen;

pub use screen::Help;
