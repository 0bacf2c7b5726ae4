//! Signing in and out.

use super::attempt::{self, Key};
use super::{door, password, second_factor};
use crate::event::append;
use crate::{Db, Error, Rule, tx};
use domain::access::By;
use domain::event::{Event, Stream, StreamKind};
use domain::id::PersonId;

/// Who this is, by e-mail and password. Unknown people, wrong passwords and inactive accounts take the same work and get the same answer.
///
/// `network` is what the caller counts attempts by, besides the e-mail: an address, or the part of one that belongs to one customer.
///
/// # Errors
/// `Rule::PasswordsOff`; `Rule::WrongCredentials`; `Rule::CodeNeeded` when the password was right and a code has to follow; `Rule::TooManyAttempts` after 10 failures by e-mail or 50 by network within 15 minutes.
pub async fn sign_in(db: &Db, email: &str, password: &str, network: &str) -> Result<PersonId, Error> {
    door::passwords_are_on(db).await?;
    let by_email = Key::email(email);
    let attempt = attempt::begin(db, vec![Key::email(email), Key::network(network)]).await?;
    let person = sqlx::query!(
        r#"select id as "id: PersonId", password_hash from person where lower(email) = lower($1) and active and kind = 'person'"#,
        email.trim(),
    )
    .fetch_optional(db)
    .await?;
    let (id, hashed) = person.map_or((None, None), |person| (Some(person.id), person.password_hash));
    let fits = password::verify(password, hashed).await?;
    let Some(id) = id.filter(|_| fits) else {
        return Err(Rule::WrongCredentials.into());
    };

    let mut tx = tx::begin(db).await?;
    let active =
        sqlx::query_scalar!("select active from person where id = $1 for share", id.0).fetch_optional(&mut *tx);
    if active.await? != Some(true) {
        return Err(Rule::WrongCredentials.into());
    }
    if let Some(half) = second_factor::half_of(&mut tx, id).await? {
        drop(tx);
        attempt.succeeded(db, &by_email).await?;
        return Err(Rule::CodeNeeded(half).into());
    }
    append(
        &mut tx,
        Stream::new(StreamKind::Person, id),
        By::Person(id),
        &Event::SignedIn,
    )
    .await?;
    tx.commit().await?;
    attempt.succeeded(db, &by_email).await?;
    Ok(id)
}

/// Keeps that a person signed out. The session itself is ended by whoever holds it.
///
/// # Errors
/// `Db`.
pub async fn signed_out(db: &Db, person: PersonId) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    append(
        &mut tx,
        Stream::new(StreamKind::Person, person),
        By::Person(person),
        &Event::SignedOut,
    )
    .await?;
    tx.commit().await
}
