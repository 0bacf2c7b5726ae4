//! People: set-up, sign-in, invitations, roles and their own settings.

mod access_token;
mod attempt;
mod invitation;
mod me;
mod members;
mod password;
pub(crate) mod read;
mod set_up;
mod sign_in;
mod token;
mod zone;

pub use access_token::{AllTokens, PREFIX, all_tokens, by_token, make_token, own_tokens, revoke_token};
pub(crate) use attempt::sweep as sweep_attempts;
pub use invitation::{accept_invitation, invitation, invitations, invite, revoke_invitation};
pub use me::{actor, change_password, me, save_profile};
pub use members::{change_role, people, set_active};
pub(crate) use password::hash as hash_password;
pub use set_up::{is_set_up, issue_setup_code, set_up};
pub use sign_in::{sign_in, signed_out};
pub(crate) use token::random as random_token;
pub use zone::{zone, zone_names};
