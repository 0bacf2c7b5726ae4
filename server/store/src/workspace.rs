//! The sample workspace: something real to try everything on, and a way to remove all of it again.

mod load;
mod remove;
pub mod texts;

pub use load::{SampleInput, SamplePerson, generated_password, load};
pub use remove::remove;
