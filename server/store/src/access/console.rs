//! The way in for who stands at the machine: when nobody else can help, or the last provider is lost.

use super::attempt::{self, Key};
use super::members::lock_membership;
use super::{door, reset, second_factor};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use chrono::TimeDelta;
use domain::access::By;
use domain::event::{Event, Stream, StreamKind};
use domain::id::PersonId;
use domain::identity::Refusal;

/// How long a link of the console works.
const OPEN_FOR: TimeDelta = TimeDelta::minutes(30);

/// What was made for somebody at the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The token of the link: shown once.
    pub token: String,
    /// Whose it is.
    pub name: String,
    /// Passwords were off, and are on from now on.
    pub switched_on: bool,
}

/// A link by which this person sets a new password, within half an hour. What kept them out by too many attempts is forgotten. Older links end.
///
/// `allow_passwords` switches passwords on again where they are off. Nobody asks for permission here: whoever runs this program on the instance's
/// own database could write to it as well.
///
/// # Errors
/// `NotFound` when nobody has this address; `Rule::Identity` with `Deactivated` when the account is closed; `Rule::PasswordsOff` while they are off
/// and not to be switched on.
pub async fn reset_at_console(db: &Db, email: &str, allow_passwords: bool) -> Result<Opened, Error> {
    let mut tx = tx::begin(db).await?;
    lock_membership(&mut tx).await?;
    let person = sqlx::query!(
        r#"select id as "id: PersonId", name, email, active from person
           where kind = 'person' and lower(email) = lower($1) for update"#,
        email.trim(),
    );
    let person = person.fetch_one(&mut *tx).await?;
    if !person.active {
        return Err(Rule::Identity(Refusal::Deactivated).into());
    }
    let off = !door::passwords(&mut *tx).await?;
    if off && !allow_passwords {
        return Err(Rule::PasswordsOff.into());
    }
    if off {
        sqlx::query!("update instance set passwords = true")
            .execute(&mut *tx)
            .await?;
        let event = Event::PasswordsSwitched { enabled: true };
        append(&mut tx, Stream::instance(), By::System, &event).await?;
    }
    clear_the_way(&mut tx, person.id, &person.email).await?;
    let token = reset::link(&mut tx, person.id, OPEN_FOR).await?.1;
    let stream = Stream::new(StreamKind::Person, person.id);
    append(&mut tx, stream, By::System, &Event::ResetAtConsole).await?;
    tx.commit().await?;
    Ok(Opened {
        token,
        name: person.name,
        switched_on: off,
    })
}

/// Takes away whatever would keep the person out in spite of a new password: one line for each.
async fn clear_the_way(tx: &mut Tx, person: PersonId, email: &str) -> Result<(), Error> {
    second_factor::delete(tx, person).await?;
    attempt::forget(tx, &[Key::email(email), Key::forgotten(email)]).await?;
    Ok(())
}
