//! The time between the password and the code: somebody is known by half, and may nothing.

use super::code;
use crate::access::attempt::{self, Key};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule, Vault};
use domain::access::By;
use domain::event::{Event, Stream, StreamKind};
use domain::field::Problem;
use domain::id::PersonId;
use domain::identity::Refusal;
use serde::{Deserialize, Serialize};

/// Somebody whose password was right, and whose code is missing. Kept in the session of their browser, where it gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    pub person: PersonId,
    /// Of the person's row: another password or role voids what was begun.
    pub row_version: i32,
}

/// Who has to bring a code after the password; None: the password is enough.
pub(in crate::access) async fn of(tx: &mut Tx, person: PersonId) -> Result<Option<Half>, Error> {
    let half = sqlx::query_as!(
        Half,
        r#"select p.id as "person: PersonId", p.row_version from person p join second_factor f on f.person_id = p.id
           where p.id = $1 and f.confirmed_at is not null"#,
        person.0,
    );
    Ok(half.fetch_optional(&mut **tx).await?)
}

/// The second step of sign-in. Of two who bring the same code at once, one comes in.
///
/// # Errors
/// `Invalid` with `code` (`Mismatch`), also for one that was used; `Rule::TooManyAttempts` after 10 failures by person; `Rule::Identity` with `Stale`
/// when the account changed since the password.
pub async fn enter_code(db: &Db, vault: &Vault, half: Half, given: &str, network: &str) -> Result<PersonId, Error> {
    let id = half.person;
    let attempt = attempt::begin(db, vec![Key::code(id), Key::network(network)]).await?;
    let mut tx = tx::begin(db).await?;
    let kept = sqlx::query!("select active, row_version from person where id = $1 for share", id.0);
    let same = kept
        .fetch_optional(&mut *tx)
        .await?
        .is_some_and(|kept| kept.active && kept.row_version == half.row_version);
    let factor = code::lock(&mut tx, id).await?.filter(|factor| factor.confirmed);
    let Some(factor) = factor.filter(|_| same) else {
        return Err(Rule::Identity(Refusal::Stale).into());
    };
    if !code::take(&mut tx, vault, &factor, given).await? {
        return Err(Error::field("code", Problem::Mismatch));
    }
    append(
        &mut tx,
        Stream::new(StreamKind::Person, id),
        By::Person(id),
        &Event::SignedIn,
    )
    .await?;
    tx.commit().await?;
    attempt.succeeded(db, &Key::code(id)).await?;
    Ok(id)
}
