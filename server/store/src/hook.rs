//! Webhooks in: a service's source repository tells of commits, reviews and checks.

mod connect;
mod take;

pub use connect::{connect, disconnect, hook, secret};
pub(crate) use connect::{purpose, sweep};
pub use take::{Taken, take};
