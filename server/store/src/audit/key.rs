//! The key that signs checkpoints and exports: Ed25519, its private half sealed by the instance's own key.

use super::hash;
use crate::{Error, Vault, VaultError};
use domain::audit::Hash;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sqlx::PgConnection;

/// What the private half is sealed for.
pub(crate) const PURPOSE: &str = "audit-key";

/// The key, opened.
pub(super) struct Signer {
    pair: Ed25519KeyPair,
    /// Its public half.
    pub public: Hash,
}

impl Signer {
    /// The signature of a message, in hexadecimal digits.
    pub fn sign(&self, message: &[u8]) -> String {
        hex::encode(self.pair.sign(message))
    }
}

/// Whether this signature (hexadecimal digits) of a message is by the key with this public half.
pub fn signed_by(key: Hash, message: &[u8], signature: &str) -> bool {
    hex::decode(signature).is_ok_and(|signature| {
        UnparsedPublicKey::new(&ED25519, key.0)
            .verify(message, &signature)
            .is_ok()
    })
}

/// The instance's key; made when there is none. Of two processes that make one at once, both use the one that is kept.
///
/// # Errors
/// `Vault` when the instance's own key does not open it; `Db`.
pub(super) async fn signer(c: &mut PgConnection, vault: &Vault) -> Result<Signer, Error> {
    let kept = sqlx::query_scalar!("select sealed from audit_key").fetch_optional(&mut *c);
    if let Some(sealed) = kept.await? {
        return open(vault, &sealed);
    }
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| VaultError::Damaged)?;
    let pair = read(made.as_ref())?;
    sqlx::query!(
        "insert into audit_key (public_key, sealed) values ($1, $2) on conflict do nothing",
        pair.public_key().as_ref(),
        vault.seal(PURPOSE, made.as_ref())?,
    )
    .execute(&mut *c)
    .await?;
    let kept = sqlx::query_scalar!("select sealed from audit_key").fetch_one(c);
    open(vault, &kept.await?)
}

fn open(vault: &Vault, sealed: &[u8]) -> Result<Signer, Error> {
    let pair = read(&vault.open(PURPOSE, sealed)?)?;
    let public = hash(pair.public_key().as_ref())?;
    Ok(Signer { pair, public })
}

fn read(pkcs8: &[u8]) -> Result<Ed25519KeyPair, Error> {
    Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| VaultError::Damaged.into())
}

#[cfg(test)]
mod tests {
    use super::signed_by;
    use domain::audit::Hash;

    /// RFC 8032, section 7.1, tests 1 and 2.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let vectors = [
            (
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ];
        for (key, message, signature) in vectors {
            let key: Hash = key.parse().expect("a key");
            let message = hex::decode(message).expect("a message");
            assert!(signed_by(key, &message, signature));
            assert!(!signed_by(key, b"another", signature));
            assert!(!signed_by(Hash([1; 32]), &message, signature));
        }
        assert!(!signed_by(Hash([1; 32]), b"", "no digits"));
    }
}
