//! Service accounts: programs with a role.

mod api;
mod screen;

pub use screen::ServiceAccounts;
