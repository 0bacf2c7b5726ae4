//! A forgotten password: a link by mail, that works once and for an hour.

use super::attempt::{self, Key};
use super::{door, password, token};
use crate::event::append;
use crate::mail::{self, Content};
use crate::tx::Tx;
use crate::{Db, Error, Rule, Vault, tx};
use chrono::TimeDelta;
use domain::access::By;
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, check_email};
use domain::id::PersonId;
use uuid::Uuid;

/// How long a link works.
const OPEN_FOR: TimeDelta = TimeDelta::hours(1);

/// Sends a link to this address if an active person with a password has it. The answer is the same when nobody has.
///
/// # Errors
/// `Rule::PasswordsOff`; `Invalid` by `email`; `Rule::TooManyAttempts`, counted by address and network.
pub async fn forgot(db: &Db, vault: &Vault, email: &str, network: &str) -> Result<(), Error> {
    door::passwords_are_on(db).await?;
    let mut errors = FieldErrors::default();
    check_email(&mut errors, "email", email);
    errors.into_result()?;
    // Each one counts, whether somebody has the address or not.
    attempt::begin(db, vec![Key::forgotten(email), Key::network(network)]).await?;
    let mut tx = tx::begin(db).await?;
    let person = sqlx::query_scalar!(
        r#"select id as "id: PersonId" from person
           where lower(email) = lower($1) and active and not sample and password_hash is not null for share"#,
        email.trim(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(person) = person else { return Ok(()) };
    let (id, token) = link(&mut tx, person, OPEN_FOR).await?;
    if !mail::enqueue_sealed(&mut tx, vault, Content::Reset(id, token)).await? {
        return Ok(());
    }
    append(
        &mut tx,
        Stream::new(StreamKind::Person, person),
        By::System,
        &Event::PasswordResetAsked,
    )
    .await?;
    tx.commit().await
}

/// A link for this person, by its id and its token; older ones end.
pub(super) async fn link(tx: &mut Tx, person: PersonId, open_for: TimeDelta) -> Result<(Uuid, String), Error> {
    let now = tx.now;
    let (id, token) = (Uuid::now_v7(), token::random(32));
    sqlx::query!(
        "update password_reset set used_at = $2 where person_id = $1 and used_at is null",
        person.0,
        now,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into password_reset (id, person_id, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        id,
        person.0,
        token::hash(&token),
        now,
        now + open_for,
    )
    .execute(&mut **tx)
    .await?;
    Ok((id, token))
}

/// Whether a link works now.
///
/// # Errors
/// `Rule::PasswordsOff`; `Rule::ResetEnded`.
pub async fn reset_works(db: &Db, token: &str) -> Result<(), Error> {
    door::passwords_are_on(db).await?;
    let works = sqlx::query_scalar!(
        r#"select exists (
               select 1 from password_reset s join person p on p.id = s.person_id
               where s.token_hash = $1 and s.used_at is null and s.expires_at > now() and p.active
           ) as "works!""#,
        token::hash(token),
    );
    if works.fetch_one(db).await? {
        Ok(())
    } else {
        Err(Rule::ResetEnded.into())
    }
}

/// Sets a new password by a link, and ends all sessions of its person. Of two who use it at once, one does.
///
/// # Errors
/// `Rule::PasswordsOff`; `Rule::ResetEnded`; `Invalid` with `password`.
pub async fn reset_password(db: &Db, token: &str, new: &str) -> Result<PersonId, Error> {
    reset_works(db, token).await?;
    let mut errors = FieldErrors::default();
    password::check(&mut errors, "password", new);
    errors.into_result()?;
    let hashed = password::hash(new).await?;

    let mut tx = tx::begin(db).await?;
    let now = tx.now;
    let person = sqlx::query_scalar!(
        r#"update password_reset set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
           returning person_id as "person: PersonId""#,
        token::hash(token),
        now,
    );
    let person = person
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::Rule(Rule::ResetEnded))?;
    let saved = sqlx::query!(
        "update person set password_hash = $2, row_version = row_version + 1 where id = $1 and active",
        person.0,
        hashed,
    );
    if saved.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Rule::ResetEnded.into());
    }
    sqlx::query!("delete from session where person_id = $1", person.0)
        .execute(&mut *tx)
        .await?;
    append(
        &mut tx,
        Stream::new(StreamKind::Person, person),
        By::Person(person),
        &Event::PasswordReset,
    )
    .await?;
    tx.commit().await?;
    Ok(person)
}
