//! Random tokens, and the hashes under which they are kept.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

/// A token of this many random bytes, in base64url: for an address or a line of a terminal.
pub(crate) fn random(bytes: usize) -> String {
    let mut token = vec![0; bytes];
    rand::rng().fill_bytes(&mut token);
    BASE64_URL_SAFE_NO_PAD.encode(token)
}

/// What is kept of a token. It has enough randomness of its own to need neither salt nor work.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.trim().as_bytes()).to_vec()
}
