//! Webhooks in: a service's source repository tells of commits, reviews and checks.

mod connect;
mod reconcile;
mod take;

pub use connect::{connect, disconnect, hook, secret};
pub(crate) use connect::{purpose, sweep};
pub use reconcile::{
    Begun, End, Known, Page, Round, Token, ask_by, keep_page, note_end, reconcile_all, reconcile_now, round,
};
pub use take::{Taken, take};
