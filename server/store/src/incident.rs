//! Incidents: drafted by the machine or opened by a person, told to the public, written up as the procedure's report.

mod component;
mod draft;
mod page;
mod read;
mod tell;
mod write;

pub use page::{A_PAGE, list, list_before, page, report};
pub use tell::{add_action, publish, set_action_done};
pub use write::{open, update};

pub(crate) use draft::{draft, resolve_for};
pub(crate) use read::updates as public_updates;
