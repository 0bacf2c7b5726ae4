//! Releases: the list, the plan, the checklist, and what holds each environment.

pub mod api;
pub mod checklist;
pub mod clash;
mod edit;
pub mod failed;
pub mod fields;
pub mod form;
mod history;
pub mod lines;
pub mod list;
mod new;
mod path;
mod plan;
mod promotion;
mod screen;
pub mod view;

pub use edit::ReleaseEdit;
pub use list::ReleaseList;
pub use new::ReleaseNew;
pub use screen::ReleaseScreen;

/// The address of a release.
pub fn address(service: &str, version: &str) -> String {
    format!("/releases/{}/{}", list::encode(service), list::encode(version))
}
