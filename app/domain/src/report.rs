//! The incident report: what the machine can say of a deployment that was taken back, and the procedure's report as Markdown.
//!
//! Drafted texts hold figures and moments, never a person's name: names live in one erasable row. Names come in only when
//! the report is written out, from the people of the page.

mod draft;
mod figure;
mod layout;
mod public;
mod timeline;

#[cfg(test)]
mod tests;

pub use draft::{Story, resolution, severity_of};
pub use figure::{count, percent, seconds, span};
pub use layout::markdown;
pub use public::{public_noticed, public_restored};
pub use timeline::{line, tells, timeline, trigger_words};
