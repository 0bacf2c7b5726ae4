//! Before an account is closed: what the person holds, and to whom it goes.

mod api;
mod parts;
mod screen;

pub use screen::LeaveScreen;
