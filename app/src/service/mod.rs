//! Services: what is deployed, where, how, and under which rules.

mod api;
mod asking;
mod edit;
mod environment;
mod form;
mod import;
mod lines;
mod list;
mod lock;
mod none;
mod policy;
mod posted;
pub mod probe;
#[cfg(any(feature = "ssr", test))]
mod read;
mod screen;
mod settings;
mod settings_fields;
mod source;
mod view;

#[cfg(feature = "ssr")]
pub use api::{Prober, PublicAddress};
pub use edit::{ServiceEdit, ServiceNew};
pub use environment::EnvironmentScreen;
pub use import::ServiceImport;
pub use list::ServiceList;
pub use none::NoServiceFor;
pub use screen::ServiceScreen;
