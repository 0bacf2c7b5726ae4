//! Checks the whole record where it lies.

use super::{checkpoint, key, signed_by, trail};
use crate::{Db, Error, Vault};
use domain::audit::{Checker, Checkpoint, Hash, Report};

/// Checks every chain, and everything that checkpoints signed. The instance's own key proves which public key is the right one, so that whoever
/// changes the database can't bring a key of their own. `expected` is a checkpoint that somebody wrote down elsewhere.
///
/// What happens meanwhile counts as not yet covered. There is no actor: this is for the console, which has the database's password anyway.
///
/// # Errors
/// `Vault` when the instance's own key does not open the one that signs; `Db`.
pub async fn verify(db: &Db, vault: &Vault, expected: Option<(i64, Hash)>) -> Result<Report, Error> {
    let mut c = db.acquire().await?;
    let key = key::signer(&mut c, vault).await?.public;
    let mut checker = Checker::expecting(expected);
    let mut number = i64::MIN;
    loop {
        let checkpoints = checkpoint::after(&mut c, number).await?;
        let Some(last) = checkpoints.last() else { break };
        number = last.number;
        for one in &checkpoints {
            let signed = one.key == key && signed_by(key, &Checkpoint::message(one.hash), &one.signature);
            checker.checkpoint(one, signed);
        }
    }
    let mut place = (String::new(), uuid::Uuid::nil(), i64::MIN);
    loop {
        let (records, next) = trail::by_stream(&mut c, &place).await?;
        for found in &records {
            match found {
                Ok(record) => checker.record(record),
                Err(id) => checker.unreadable(*id),
            }
        }
        match next {
            Some(next) => place = next,
            None => return Ok(checker.finish()),
        }
    }
}
