//! Postgres: every SQL statement of Slipway, and the use cases.
//!
//! A use case begins a transaction, locks the row, asks `actor.may`, calls the pure rule, writes with a version check, appends the event and
//! commits; the notification leaves with the commit. There is no other path to the tables.

pub mod access;
pub mod audit;
pub mod db;
pub mod deployment;
pub mod error;
pub mod event;
pub mod execution;
pub mod freeze;
pub mod gate;
pub mod health;
pub mod home;
pub mod hook;
pub mod incident;
pub mod job;
mod listener;
pub mod mail;
pub mod notice;
pub mod outside;
pub mod release;
pub mod replay;
pub mod rollout;
mod sealed;
mod search;
pub mod secret;
pub mod service;
pub mod session;
pub mod status;
pub mod stop;
mod tx;
mod vault;
pub mod webhook;
pub mod workspace;

pub use db::Db;
pub use error::{Error, Rule};
pub use event::{Kick, Listener, Wakes};
pub use sealed::{rotate, sealed_by, sealing};
pub use vault::{Vault, VaultError};
