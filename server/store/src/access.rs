//! People: set-up, sign-in, invitations, roles, teams, leaving, and their own settings; service accounts.

mod access_token;
mod account;
mod attempt;
mod console;
mod door;
mod explain;
mod identity;
mod invitation;
mod leaving;
mod me;
mod members;
mod password;
mod provider;
pub(crate) mod read;
mod reset;
mod second_factor;
mod session;
mod set_up;
mod sign_in;
mod team;
pub(crate) mod token;
mod zone;

pub use access_token::{
    AllTokens, PREFIX, TOKENS, all_tokens, by_token, make_account_token, make_token, own_tokens, revoke_token,
    tokens_before,
};
pub use account::{create_service_account, remove_service_account, service_accounts};
pub(crate) use attempt::sweep as sweep_attempts;
pub use console::{Opened, reset_at_console};
pub use door::{standing, switch_passwords};
pub use explain::{person_access, token_access};
pub use identity::{Wish, enter, identities, unlink};
pub use invitation::{
    INVITATIONS, Invited, accept_invitation, invitation, invitations, invitations_before, invite, invite_by_mail,
    revoke_invitation,
};
pub use leaving::{holdings, leave};
pub use me::{actor, change_password, me, save_profile};
pub(crate) use members::{an_admin_is_left, lock_membership};
pub use members::{change_role, people, set_active};
pub(crate) use password::hash as hash_password;
pub(crate) use provider::purpose as provider_purpose;
pub use provider::{
    Client, provider_to_enter, provider_to_test, providers, remove_provider, save_provider, switch_provider, ways,
};
pub use reset::{forgot, reset_password, reset_works};
pub(crate) use second_factor::purpose as factor_purpose;
pub use second_factor::{
    Half, begin_factor, confirm_factor, enter_code, own_factor, prove, prove_by, remove_factor, renew_recovery_codes,
    turn_factor_off, ways_to_prove, who_has_factors,
};
pub use session::{end_others, end_session, end_sessions_of, sessions, touch};
pub use set_up::{is_set_up, issue_setup_code, set_up};
pub use sign_in::{sign_in, signed_out};
pub use team::{add_member, change_team, create_team, give_role, remove_member, remove_team, take_role, team, teams};
pub(crate) use token::random as random_token;
pub use zone::{zone, zone_names};
