//! Gates: the one builder of their facts, requests for approval, and decisions.

mod decide;
mod facts;
mod verdict;

pub use decide::{decide, decide_proved, differences, request_approval};
pub use verdict::{Verdicts, verdicts};

pub(crate) use facts::{Standing, hold, keep_plan, standing, standing_of};
