//! People: how they come in, who they are, what they may.

mod api;
mod door;
mod invite;
mod people;
mod profile;
mod set_up;
mod sign_in;
mod table;
mod tabs;
mod token_api;
mod tokens;

pub use api::{ChangePassword, ChangeRole, InvitePerson, RevokeInvitation, SaveProfile, SetActive};
pub use invite::AcceptInvitation;
pub use people::People;
pub use profile::Profile;
pub use set_up::SetUp;
pub use sign_in::SignIn;
pub use table::PermissionTable;
pub use tabs::{AdministrationTabs, ProfileTabs};
pub use token_api::{MakeToken, ReadAllTokens, ReadTokens, RevokeToken};
pub use tokens::{AllTokens, OwnTokens};
