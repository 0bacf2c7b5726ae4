//! What has to be readable again, such as a client secret, is kept encrypted: under a key that is not in the database.
//!
//! XChaCha20-Poly1305 with a random nonce (192 bits: random ones do not meet). What a sealed value is for is bound into it, so that a copy of it
//! in another row opens nothing.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a nonce.
const NONCE: usize = 24;
/// Bytes by which a sealed value names its key.
const NAME: usize = 4;

/// The keys of this instance: the first one seals, all of them open.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<BTreeMap<[u8; NAME], XChaCha20Poly1305>>,
    first: [u8; NAME],
}

/// Why something could not be opened or sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// None of the instance's keys sealed it.
    #[error("it was sealed by a key that this instance does not have")]
    UnknownKey,
    /// It was changed, or sealed for something else.
    #[error("it was changed, or sealed for something else")]
    Damaged,
    /// A key is 64 hexadecimal digits.
    #[error("a key is 64 hexadecimal digits; several are separated by commas, the newest first")]
    Key,
}

/// Which of an instance's keys sealed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SealedBy {
    Newest,
    Older,
    /// One that it does not have.
    Unknown,
}

impl Vault {
    /// From keys as text: 64 hexadecimal digits each, separated by commas or white space, the newest first.
    ///
    /// # Errors
    /// `Key`, also when there is none.
    pub fn from_text(text: &str) -> Result<Vault, VaultError> {
        let mut keys = BTreeMap::new();
        let mut first = None;
        for word in text.split([',', ' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()) {
            let key: [u8; KEY] = hex::decode(word)
                .ok()
                .and_then(|key| key.try_into().ok())
                .ok_or(VaultError::Key)?;
            let name = name(&key);
            first.get_or_insert(name);
            keys.insert(name, XChaCha20Poly1305::new(&key.into()));
        }
        let first = first.ok_or(VaultError::Key)?;
        Ok(Vault {
            keys: Arc::new(keys),
            first,
        })
    }

    /// A new key, as text.
    pub fn new_key() -> String {
        let mut key = [0; KEY];
        rand::rng().fill_bytes(&mut key);
        hex::encode(key)
    }

    /// Seals a value. `purpose` says what for, such as `provider:<id>`: only the same purpose opens it.
    ///
    /// # Errors
    /// `Damaged`, when the value is too long for the cipher: more than 256 GB.
    pub fn seal(&self, purpose: &str, value: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: value,
            aad: purpose.as_bytes(),
        };
        let cipher = self.keys.get(&self.first).ok_or(VaultError::UnknownKey)?;
        let sealed = cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| VaultError::Damaged)?;
        Ok([&self.first[..], &nonce[..], &sealed[..]].concat())
    }

    /// Opens what was sealed for this purpose, by whichever of the keys.
    ///
    /// # Errors
    /// `UnknownKey`, `Damaged`.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (name, rest) = sealed.split_first_chunk::<NAME>().ok_or(VaultError::Damaged)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Damaged)?;
        let cipher = self.keys.get(name).ok_or(VaultError::UnknownKey)?;
        let payload = Payload {
            msg: sealed,
            aad: purpose.as_bytes(),
        };
        cipher
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| VaultError::Damaged)
    }

    /// Which key sealed what begins with these bytes: as far as the beginning says.
    pub(crate) fn key_of(&self, beginning: &[u8]) -> SealedBy {
        match beginning.first_chunk::<NAME>() {
            Some(name) if *name == self.first => SealedBy::Newest,
            Some(name) if self.keys.contains_key(name) => SealedBy::Older,
            _ => SealedBy::Unknown,
        }
    }

    /// Whether the newest key sealed it: what an older one did is sealed anew when keys are rotated.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.first)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault of {} keys", self.keys.len())
    }
}

/// The first bytes of the key's hash: they tell keys apart and nothing of the key.
fn name(key: &[u8; KEY]) -> [u8; NAME] {
    let hash = Sha256::digest([&b"slipway key\n"[..], &key[..]].concat());
    let mut name = [0; NAME];
    name.copy_from_slice(&hash[..NAME]);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keys: &[&str]) -> Vault {
        Vault::from_text(&keys.join(",")).expect("keys")
    }

    #[test]
    fn a_value_opens_for_its_purpose_alone() {
        let vault = vault(&[&Vault::new_key()]);
        let sealed = vault.seal("provider:1", b"a secret").expect("sealed");
        assert_eq!(vault.open("provider:1", &sealed), Ok(b"a secret".to_vec()));
        assert_eq!(vault.open("provider:2", &sealed), Err(VaultError::Damaged));
        assert!(!sealed.windows(8).any(|window| window == b"a secret"));
        assert_ne!(vault.seal("provider:1", b"a secret").expect("sealed"), sealed);
    }

    #[test]
    fn whatever_was_changed_does_not_open() {
        let vault = vault(&[&Vault::new_key()]);
        let sealed = vault.seal("p", b"value").expect("sealed");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.open("p", &changed).is_err(), "byte {at}");
            assert!(vault.open("p", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn an_older_key_still_opens_after_rotation() {
        let (old, new) = (Vault::new_key(), Vault::new_key());
        let sealed = vault(&[&old]).seal("p", b"value").expect("sealed");
        let both = vault(&[&new, &old]);
        assert_eq!(both.open("p", &sealed), Ok(b"value".to_vec()));
        assert!(!both.is_current(&sealed));
        assert!(both.is_current(&both.seal("p", b"value").expect("sealed")));
        assert_eq!(vault(&[&new]).open("p", &sealed), Err(VaultError::UnknownKey));
    }

    #[test]
    fn keys_are_read_strictly() {
        for text in ["", " ", "abc", &"0".repeat(63), &"g".repeat(64)] {
            assert!(Vault::from_text(text).is_err(), "{text:?}");
        }
        let key = "0f".repeat(32);
        assert!(Vault::from_text(&format!("{key}\n")).is_ok());
        assert!(!format!("{:?}", vault(&[&key])).contains("0f0f"));
    }
}
