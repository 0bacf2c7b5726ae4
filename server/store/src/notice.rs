//! Notices: written in the transaction of the happening that they tell of, and read by whom they are for.

mod preference;
mod read;
mod scene;
mod tell;

pub use preference::{Preferences, preferences, save_preferences};
pub use read::{Notices, mark_all_read, mark_read, page, unread};
pub(crate) use scene::Scene;
pub(crate) use tell::{of_event, tell};

use domain::id::PersonId;

/// The topic of a person's notices. Not `person:<id>`: that one has every live stream look again whether it is still welcome.
pub(crate) fn topic(person: PersonId) -> String {
    format!("notices:{person}")
}
