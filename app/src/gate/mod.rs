//! Gates and approvals: what holds a release, who clears it, and one person's decision on one plan.

pub mod api;
pub mod approvals;
pub mod deploy;
pub mod holds;
pub mod plan;
pub mod view;
pub mod words;
