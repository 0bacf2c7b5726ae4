//! The queue of jobs, for administrators.

mod api;
mod screen;

pub use api::{RemoveJob, RetryJob};
pub use screen::Jobs;
