//! Notices: the bell, the page, one's own choices, and the same words as a mail.

mod api;
mod bell;
mod choices;
#[cfg(feature = "ssr")]
pub mod mail;
mod screen;
pub mod words;

pub use api::{MarkAllRead, MarkRead, SaveNoticeChoices};
pub use bell::Unread;
pub(crate) use bell::provide_unread;
pub use choices::NoticeChoices;
pub use screen::NoticeScreen;
