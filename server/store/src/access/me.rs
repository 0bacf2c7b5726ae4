//! A person's own view and own settings.

use super::attempt::{self, Key};
use super::read::team_roles;
use super::{door, password, zone};
use crate::event::append;
use crate::{Db, Error, tx};
use domain::access::{Action, Actor, Me, Person, Role, Scope, Theme};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, Problem, check_length};
use domain::id::{PersonId, ServiceId};

/// The signed-in person's own view. None when the account is not active or gone: then the session is void.
///
/// # Errors
/// `Db`.
pub async fn me(db: &Db, person: PersonId) -> Result<Option<Me>, Error> {
    let row = sqlx::query!(
        r#"select name, email, role as "role: Role", time_zone, theme, now() as "now!",
               array(select service_id from service_person where person_id = $1 and part = 'owner'
                     union select s.id from service s join team_member m on m.team_id = s.owner_team where m.person_id = $1)
                   as "owns!: Vec<ServiceId>"
           from person where id = $1 and active"#,
        person.0,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let teams = team_roles(&mut *db.acquire().await?, person).await?;
    Ok(Some(Me {
        person: Person {
            id: person,
            name: row.name,
            email: row.email,
            role: row.role,
            active: true,
        },
        owns: row.owns,
        teams,
        theme: Theme::from_key(&row.theme),
        zone: zone::zone(&row.time_zone, row.now).unwrap_or_default(),
    }))
}

/// The person as somebody who asks. None when the account is not active or gone.
///
/// # Errors
/// `Db`.
pub async fn actor(db: &Db, person: PersonId) -> Result<Option<Actor>, Error> {
    let row = sqlx::query!(
        r#"select role as "role: Role",
               array(select service_id from service_person where person_id = $1 and part = 'owner'
                     union select s.id from service s join team_member m on m.team_id = s.owner_team where m.person_id = $1)
                   as "owns!: Vec<ServiceId>"
           from person where id = $1 and active"#,
        person.0,
    );
    let Some(row) = row.fetch_optional(db).await? else {
        return Ok(None);
    };
    let teams = team_roles(&mut *db.acquire().await?, person).await?;
    Ok(Some(Actor {
        teams,
        ..Actor::new(person, row.role, row.owns)
    }))
}

/// Saves a person's own name, time zone and theme.
///
/// # Errors
/// `Denied` to a program whose token does not reach so far; `Invalid` with `name`, `zone`; `NotFound` when the account is not active, or a program's.
pub async fn save_profile(db: &Db, actor: &Actor, name: &str, zone: &str, theme: Theme) -> Result<(), Error> {
    actor.may(Action::KeepProfile, Scope::Instance)?;
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "name", name, 1, 100);
    let mut tx = tx::begin(db).await?;
    let known = zone::zone(zone, tx.now);
    if known.is_none() {
        errors.add("zone", Problem::Unknown);
    }
    errors.into_result()?;
    let saved = sqlx::query!(
        "update person set name = $2, time_zone = $3, theme = $4, row_version = row_version + 1
         where id = $1 and active and kind = 'person'",
        actor.id.0,
        name.trim(),
        known.unwrap_or_default().name,
        theme.key(),
    );
    if saved.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    append(
        &mut tx,
        Stream::new(StreamKind::Person, actor.id),
        actor.by(),
        &Event::ProfileChanged,
    )
    .await?;
    tx.commit().await
}

/// Replaces a person's own password, which ends their sessions but this one.
///
/// # Errors
/// `Denied` to a program: the password would outlast its token; `Rule::PasswordsOff`; `Invalid` with `old_password` (`Mismatch`) and `new_password`; `Rule::TooManyAttempts`, counted together with sign-in.
pub async fn change_password(db: &Db, actor: &Actor, old: &str, new: &str, session: Option<i64>) -> Result<(), Error> {
    super::access_token::no_program(actor)?;
    door::passwords_are_on(db).await?;
    let mut errors = FieldErrors::default();
    if old.is_empty() {
        errors.add("old_password", Problem::Missing);
    }
    password::check(&mut errors, "new_password", new);
    errors.into_result()?;
    let person = sqlx::query!(
        "select email, password_hash from person where id = $1 and active",
        actor.id.0
    );
    let person = person.fetch_optional(db).await?.ok_or(Error::NotFound)?;
    let attempt = attempt::begin(db, vec![Key::email(&person.email)]).await?;
    if !password::verify(old, person.password_hash.clone()).await? {
        return Err(Error::field("old_password", Problem::Mismatch));
    }
    let hashed = password::hash(new).await?;

    let mut tx = tx::begin(db).await?;
    let saved = sqlx::query!(
        "update person set password_hash = $2, row_version = row_version + 1
         where id = $1 and active and password_hash is not distinct from $3",
        actor.id.0,
        hashed,
        person.password_hash,
    );
    if saved.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::Conflict);
    }
    append(
        &mut tx,
        Stream::new(StreamKind::Person, actor.id),
        actor.by(),
        &Event::PasswordChanged,
    )
    .await?;
    super::session::delete_others(&mut tx, actor.id, session).await?;
    tx.commit().await?;
    attempt.succeeded(db, &Key::email(&person.email)).await
}
