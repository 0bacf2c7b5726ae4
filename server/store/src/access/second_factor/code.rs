//! Codes: whether one is right now, that it is used once, and recovery codes.

use crate::access::token;
use crate::event::append;
use crate::tx::Tx;
use crate::{Error, Vault};
use domain::access::{By, DIGITS, RECOVERY_CODES, SKEW, STEP_S, by_time, shown, tidied};
use domain::event::{Event, Stream, StreamKind};
use domain::id::PersonId;
use rand::Rng as _;
use totp_rs::{Algorithm, Builder, Totp};

/// The letters of a recovery code: none that looks like another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Letters of a recovery code: 80 bits, which nobody finds from a hash.
const LENGTH: usize = 16;

/// What the key of a second factor is sealed for.
pub(crate) fn purpose(person: PersonId) -> String {
    format!("second-factor:{person}")
}

/// What makes the codes of a key: those of RFC 6238 that every authenticator knows.
pub(super) fn totp(key: Vec<u8>) -> Totp {
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS);
    // Keys are ours, of 20 bytes: nothing is left to check.
    builder
        .with_skew(SKEW)
        .with_step_duration(STEP_S)
        .with_secret(key)
        .build_noncompliant()
}

/// A second factor whose row is locked: nobody else uses a code of it until the end of the transaction.
pub(super) struct Factor {
    pub person: PersonId,
    pub confirmed: bool,
    sealed: Vec<u8>,
    last_step: i64,
}

/// Locks somebody's second factor.
pub(super) async fn lock(tx: &mut Tx, person: PersonId) -> Result<Option<Factor>, Error> {
    let factor = sqlx::query_as!(
        Factor,
        r#"select person_id as "person: PersonId", confirmed_at is not null as "confirmed!", secret_sealed as sealed, last_step
           from second_factor where person_id = $1 for update"#,
        person.0,
    );
    Ok(factor.fetch_optional(&mut **tx).await?)
}

/// Whether a code by time is right, and later than every one that was accepted: then it is used.
pub(super) async fn accept(tx: &mut Tx, vault: &Vault, factor: &Factor, code: &str) -> Result<bool, Error> {
    let totp = totp(vault.open(&purpose(factor.person), &factor.sealed)?);
    let now = u64::try_from(tx.now.timestamp()).unwrap_or(0);
    let step = totp.check(code, now).and_then(|step| i64::try_from(step).ok());
    let Some(step) = step.filter(|step| *step > factor.last_step) else {
        return Ok(false);
    };
    let at = tx.now;
    sqlx::query!(
        "update second_factor set last_step = $2, used_at = $3 where person_id = $1",
        factor.person.0,
        step,
        at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

/// Whether a code is right, by time or for recovery: then it is used.
pub(super) async fn take(tx: &mut Tx, vault: &Vault, factor: &Factor, code: &str) -> Result<bool, Error> {
    let code = tidied(code);
    if by_time(&code) {
        return accept(tx, vault, factor, &code).await;
    }
    let now = tx.now;
    let used = sqlx::query!(
        "update recovery_code set used_at = $3 where person_id = $1 and code_hash = $2 and used_at is null",
        factor.person.0,
        hash(factor.person, &code),
        now,
    );
    if used.execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let left = sqlx::query_scalar!(
        r#"select count(*) as "left!" from recovery_code where person_id = $1 and used_at is null"#,
        factor.person.0,
    );
    let left = u32::try_from(left.fetch_one(&mut **tx).await?).unwrap_or(u32::MAX);
    sqlx::query!(
        "update second_factor set used_at = $2 where person_id = $1",
        factor.person.0,
        now
    )
    .execute(&mut **tx)
    .await?;
    append(
        tx,
        Stream::new(StreamKind::Person, factor.person),
        By::Person(factor.person),
        &Event::RecoveryCodeUsed { left },
    )
    .await?;
    Ok(true)
}

/// New recovery codes as they are shown; those before work no more.
pub(super) async fn make_recovery(tx: &mut Tx, person: PersonId) -> Result<Vec<String>, Error> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| random()).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(person, code)).collect();
    sqlx::query!("delete from recovery_code where person_id = $1", person.0)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "insert into recovery_code (person_id, code_hash) select $1, unnest($2::bytea[])",
        person.0,
        &hashes,
    )
    .execute(&mut **tx)
    .await?;
    Ok(codes.iter().map(|code| shown(code)).collect())
}

/// What is kept of a recovery code: the same one of two people has two hashes.
fn hash(person: PersonId, code: &str) -> Vec<u8> {
    token::hash(&format!("recovery\n{person}\n{code}"))
}

fn random() -> String {
    let mut rng = rand::rng();
    (0..LENGTH)
        .map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1. Its codes have eight digits: ours are their last six.
    #[test]
    fn codes_are_those_of_the_standard() {
        let key = b"12345678901234567890".to_vec();
        for (at, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(totp(key.clone()).generate(at).to_string(), code[2..], "at {at}");
        }
    }

    #[test]
    fn one_step_each_way_is_accepted_and_named() {
        let totp = totp(b"12345678901234567890".to_vec());
        let at = 1_111_111_111;
        let step = at / STEP_S;
        let code = |step: u64| totp.generate(step * STEP_S).to_string();
        assert_eq!(totp.check(&code(step), at), Some(step));
        assert_eq!(totp.check(&code(step - 1), at), Some(step - 1));
        assert_eq!(totp.check(&code(step + 1), at), Some(step + 1));
        for far in [step - 2, step + 2, step - 100] {
            assert_eq!(totp.check(&code(far), at), None);
        }
    }

    #[test]
    fn a_recovery_code_is_never_taken_for_one_by_time() {
        for _ in 0..50 {
            let code = random();
            assert_eq!(tidied(&shown(&code)), code);
            assert!(!by_time(&code));
        }
    }
}
