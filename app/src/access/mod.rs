//! People: how they come in, who they are, what they may.

mod api;
mod company;
mod door;
mod invite;
mod people;
mod profile;
mod provider_form;
mod providers;
mod sessions;
mod set_up;
mod sign_in;
mod table;
mod tabs;
mod ways;

pub use api::{ChangePassword, ChangeRole, InvitePerson, RevokeInvitation, SaveProfile, SetActive};
#[cfg(feature = "ssr")]
pub use company::Discoverer;
pub use company::{EndOthers, EndSession, EndSessionsOf, RemoveProvider, SaveProvider, SwitchProvider, Unlink};
pub use invite::AcceptInvitation;
pub use people::People;
pub use profile::Profile;
pub use providers::Providers;
pub use sessions::Sessions;
pub use set_up::SetUp;
pub use sign_in::SignIn;
pub use table::PermissionTable;
pub use tabs::{AdministrationTabs, ProfileTabs};
pub use ways::WaysIn;
