//! People: how they come in, who they are, what they may, how they leave; teams and service accounts.

mod account;
mod api;
mod company;
mod door;
mod explain;
mod factor;
mod forgot;
mod invite;
mod leaving;
mod passwords;
mod people;
mod profile;
mod provider_form;
mod providers;
mod sessions;
mod set_up;
mod sign_in;
mod table;
mod tabs;
mod team;
mod token_api;
mod token_form;
mod tokens;
mod ways;

pub use account::ServiceAccounts;
pub use api::{ChangePassword, ChangeRole, InvitePerson, RevokeInvitation, SaveProfile, SetActive};
#[cfg(feature = "ssr")]
pub use company::Discoverer;
pub use company::{
    EndOthers, EndSession, EndSessionsOf, RemoveProvider, SaveProvider, SwitchPasswords, SwitchProvider, Unlink,
};
pub use explain::{AccessScreen, OwnAccess};
pub use factor::{BeginFactor, ConfirmFactor, RemoveFactor, RenewCodes, TurnFactorOff};
pub use factor::{Confirm, ConfirmButton, EnterCode, SecondFactor};
pub use forgot::{Forgot, Reset};
pub use invite::AcceptInvitation;
pub use leaving::LeaveScreen;
pub use people::People;
pub use profile::Profile;
pub use providers::Providers;
pub use sessions::Sessions;
pub use set_up::SetUp;
pub use sign_in::SignIn;
pub use table::PermissionTable;
pub use tabs::{AdministrationTabs, ProfileTabs};
pub use team::{TeamList, TeamScreen};
pub use token_api::{MakeAccountToken, MakeToken, ReadAllTokens, ReadTokens, RevokeToken};
pub use tokens::{AllTokens, OwnTokens};
pub use ways::WaysIn;
