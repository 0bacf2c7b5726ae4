//! People: how they come in, who they are, what they may.

mod api;
mod door;
mod forgot;
mod invite;
mod people;
mod profile;
mod set_up;
mod sign_in;
mod table;
mod tabs;

pub use api::{ChangePassword, ChangeRole, InvitePerson, RevokeInvitation, SaveProfile, SetActive};
pub use forgot::{Forgot, Reset};
pub use invite::AcceptInvitation;
pub use people::People;
pub use profile::Profile;
pub use set_up::SetUp;
pub use sign_in::SignIn;
pub use table::PermissionTable;
pub use tabs::{AdministrationTabs, ProfileTabs};
