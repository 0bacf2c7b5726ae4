//! The second factor: its page in the profile, the second step of sign-in, and the page on which somebody confirms that it is them.

mod api;
mod code;
mod confirm;
#[cfg(feature = "ssr")]
mod picture;
mod recovery;
mod screen;

pub use api::{BeginFactor, ConfirmFactor, RemoveFactor, RenewCodes, TurnFactorOff};
pub use code::EnterCode;
pub use confirm::{Confirm, ConfirmButton};
pub use screen::SecondFactor;
