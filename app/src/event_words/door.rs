//! By what people come in: providers, second factors, sessions.

use super::{Names, Told, fields, role};
use domain::event::Event;

pub(super) fn told(event: &Event, names: &Names<'_>) -> Option<Told> {
    Some(Told::dot(match event {
        Event::ProviderAdded { provider } => format!("Sign-in by {provider} added"),
        Event::ProviderChanged { provider, fields: f } => format!("Sign-in by {provider} changed: {}", fields(f)),
        Event::ProviderSwitched {
            provider,
            enabled: true,
        } => format!("Sign-in by {provider} switched on"),
        Event::ProviderSwitched {
            provider,
            enabled: false,
        } => format!("Sign-in by {provider} switched off"),
        Event::ProviderRemoved { provider } => format!("Sign-in by {provider} removed"),
        Event::SignedInWith { provider } => format!("Signed in by {provider}"),
        Event::IdentityLinked { provider } => format!("Linked to {provider}"),
        Event::IdentityUnlinked { provider } => format!("Unlinked from {provider}"),
        Event::RoleMapped { provider, from, to } => {
            format!("Role by a group of {provider}: {}, was {}", role(*to), role(*from))
        }
        Event::SessionsEnded { person, count: 1 } => format!("A session of {} ended", names.person(*person)),
        Event::SessionsEnded { person, count } => format!("{count} sessions of {} ended", names.person(*person)),
        Event::PasswordsSwitched { enabled: true } => "Passwords switched on".to_owned(),
        Event::PasswordsSwitched { enabled: false } => "Passwords switched off".to_owned(),
        Event::ResetAtConsole => "Given a link for a new password at the console".to_owned(),
        Event::SecondFactorOn => "Second factor turned on".to_owned(),
        Event::SecondFactorOff => "Second factor turned off".to_owned(),
        Event::SecondFactorRemoved { person } => format!("Second factor of {} removed", names.person(*person)),
        Event::RecoveryCodesMade => "New recovery codes made".to_owned(),
        Event::RecoveryCodeUsed { left } => format!("Recovery code used, {left} left"),
        Event::ProvedAgain => "Confirmed again who they are".to_owned(),
        _ => return None,
    }))
}
