//! The first page, and how anything is found.

mod api;
mod matrix;
pub mod palette;
mod sample;
mod screen;
mod search;
mod view;
mod waits;

pub use matrix::Matrix;
pub use screen::Home;
pub use search::SearchScreen;
pub use view::{by_outside, cell};
