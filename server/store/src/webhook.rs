//! Webhooks out: receivers, what was reported to them, and what came of it.

mod delivery;
mod keep;
mod read;

pub use delivery::{Outcome, Outgoing, keep_attempt, outgoing, resend, send_test};
pub(crate) use delivery::{enqueue, receivers};
pub use keep::{Added, add, change, remove, renew_secret, start, stop};
pub use read::{DELIVERIES, Page, deliveries_before, list, page};

use crate::{Error, Vault, VaultError};
use domain::id::WebhookId;

/// The topic of pages that show webhooks.
const TOPIC: &str = "webhooks";

/// The beginning by which a signing secret is known as one.
const SECRET: &str = "whsec_";

pub(crate) fn address_purpose(id: WebhookId) -> String {
    format!("webhook:{id}:url")
}

pub(crate) fn secret_purpose(id: WebhookId) -> String {
    format!("webhook:{id}:secret")
}

/// Seals a part of a webhook.
fn seal(vault: &Vault, purpose: &str, text: &str) -> Result<Vec<u8>, Error> {
    vault.seal(purpose, text.as_bytes()).map_err(unreadable)
}

/// Opens a part of a webhook.
fn open(vault: &Vault, purpose: &str, sealed: &[u8]) -> Result<String, Error> {
    let opened = vault.open(purpose, sealed).map_err(unreadable)?;
    Ok(String::from_utf8_lossy(&opened).into_owned())
}

fn unreadable(error: VaultError) -> Error {
    Error::Db(sqlx::Error::Decode(error.into()))
}
