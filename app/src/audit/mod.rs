//! The audit trail: everything that anybody did, searched and taken away.

mod api;
mod screen;
mod view;

pub use screen::Audit;
