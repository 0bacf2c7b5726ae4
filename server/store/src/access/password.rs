//! Passwords: argon2id, off the threads that answer requests.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::field::{FieldErrors, Problem};
use rand::RngCore as _;
use tokio::sync::{OnceCell, Semaphore};

/// The least characters of a password.
const LEAST: u32 = 12;
/// The most: enough for any sentence, and no way to make the hash expensive.
const MOST: u32 = 256;

/// Memory in KiB, passes and lanes: the first choice of OWASP's password storage cheat sheet for argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// Each hash takes 19 MiB: so many at once, the rest waits.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// A hash that no password has: what an unknown person's password is compared with, so that both take the same work.
static NOBODY: OnceCell<String> = OnceCell::const_new();

fn argon2() -> Argon2<'static> {
    let params = Params::new(COST.0, COST.1, COST.2, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Adds a problem when a new password is too short or too long. White space counts.
pub(super) fn check(errors: &mut FieldErrors, field: &str, password: &str) {
    match u32::try_from(password.chars().count()).unwrap_or(u32::MAX) {
        0 => errors.add(field, Problem::Missing),
        length if length < LEAST => errors.add(field, Problem::TooShort { least: LEAST }),
        length if length > MOST => errors.add(field, Problem::TooLong { most: MOST }),
        _ => {}
    }
}

/// The hash of a new password, as a PHC string.
///
/// # Errors
/// `Db`, when the hashing thread was lost: the process is shutting down.
pub(crate) async fn hash(password: &str) -> Result<String, crate::Error> {
    let password = password.to_owned();
    blocking(move || {
        let mut salt = [0; 16];
        rand::rng().fill_bytes(&mut salt);
        let salt = SaltString::encode_b64(&salt)?;
        Ok(argon2().hash_password(password.as_bytes(), &salt)?.to_string())
    })
    .await
}

/// Whether this is the password that was hashed. The same work is done when there is no hash, and the answer is no.
pub(super) async fn verify(password: &str, hashed: Option<String>) -> Result<bool, crate::Error> {
    let nobody = NOBODY
        .get_or_try_init(|| async { hash(&super::token::random(32)).await })
        .await?;
    let (known, hashed) = (hashed.is_some(), hashed.unwrap_or_else(|| nobody.clone()));
    // A longer one can't have been set.
    let password: String = password.chars().take(MOST as usize + 1).collect();
    let same = blocking(move || {
        let hashed = PasswordHash::new(&hashed)?;
        Ok(argon2().verify_password(password.as_bytes(), &hashed).is_ok())
    })
    .await?;
    Ok(known && same)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> argon2::password_hash::Result<T> + Send + 'static,
) -> Result<T, crate::Error> {
    let lost = |why: String| crate::Error::Db(sqlx::Error::Decode(why.into()));
    let _permit = AT_ONCE.acquire().await.map_err(|closed| lost(closed.to_string()))?;
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|why| lost(format!("password hash: {why}"))),
        Err(_) => Err(crate::Error::Db(sqlx::Error::WorkerCrashed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_fits() {
        let hashed = hash("correct horse battery").await.expect("a hash");
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(
            verify("correct horse battery", Some(hashed.clone()))
                .await
                .expect("an answer")
        );
        assert!(!verify("correct horse batter", Some(hashed)).await.expect("an answer"));
        assert!(!verify("correct horse battery", None).await.expect("an answer"));
    }

    #[test]
    fn twelve_characters_are_needed() {
        let problem = |password: &str| {
            let mut errors = FieldErrors::default();
            check(&mut errors, "password", password);
            errors.get("password").cloned()
        };
        assert_eq!(problem(""), Some(Problem::Missing));
        assert_eq!(problem("elevenchars"), Some(Problem::TooShort { least: 12 }));
        assert_eq!(problem("twelve chars"), None);
        assert_eq!(problem(&"x".repeat(257)), Some(Problem::TooLong { most: 256 }));
    }
}
