//! How the instance itself is, for those who run it.

mod api;
mod screen;

#[cfg(feature = "ssr")]
pub use api::Here;
pub use screen::InstanceHealth;
