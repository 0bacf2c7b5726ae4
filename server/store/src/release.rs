//! Releases: planning, editing, the checklist, and the page that shows how a release stands before each environment.

mod check;
mod edit;
mod item;
mod list;
mod page;
pub(crate) mod read;
mod register;
pub(crate) mod template;
mod voiding;

pub(crate) use check::report_in;
pub use check::{checks, report_check};
pub use edit::{create, update};
pub use item::act_on_item;
pub use list::{ReleaseFilter, list};
pub use page::{History, history, page};
pub use register::{commits, register};
pub use template::seed_templates;

pub(crate) use edit::plan;
pub(crate) use item::save as save_item;
