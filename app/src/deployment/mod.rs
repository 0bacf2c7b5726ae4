//! Deployments: the list, and the console of one.

pub(crate) mod analysis;
pub mod api;
pub mod brief;
mod charts;
mod console;
mod controls;
mod follow;
mod forms;
pub mod lines;
mod list;
mod log;
pub mod outside;
mod parts;
#[cfg(test)]
pub(crate) mod scene;
pub mod series;
pub mod steer;
pub mod verdict;
pub mod view;
pub mod why;
pub mod words;

pub use console::Console;
pub use forms::{AbortForm, RollBackForm};
pub use list::DeploymentList;

/// The address of a deployment.
pub fn address(number: i64) -> String {
    format!("/deployments/{number}")
}
