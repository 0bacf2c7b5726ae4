//! The door's switches. Whoever turns one holds the lock of the membership, so that two can't shut the door together.

use super::members::lock_membership;
use crate::event::append;
use crate::{Db, Error, Rule, tx};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream};
use domain::id::PersonId;
use domain::identity::{Keyholder, Standing};
use sqlx::PgConnection;

/// How the door stands, for the page that shows what may be switched off.
///
/// # Errors
/// `Denied`.
pub async fn standing(db: &Db, actor: &Actor) -> Result<Standing, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    read(&mut *db.acquire().await?).await
}

/// Switches passwords on or off for everybody. Off, people come in by providers alone; who is inside stays inside.
///
/// # Errors
/// `Denied`; `Rule::NothingToDo`; `Rule::Needed` while whoever asks could not come in without one.
pub async fn switch_passwords(db: &Db, actor: &Actor, on: bool) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    lock_membership(&mut tx).await?;
    let door = read(&mut tx).await?;
    if door.passwords == on {
        return Err(Rule::NothingToDo.into());
    }
    if !on {
        door.without_passwords(actor.id)?;
    }
    sqlx::query!("update instance set passwords = $1", on)
        .execute(&mut *tx)
        .await?;
    let event = Event::PasswordsSwitched { enabled: on };
    append(&mut tx, Stream::instance(), actor.by(), &event).await?;
    tx.commit().await
}

/// Whether people may sign in by a password.
pub(super) async fn passwords(db: impl sqlx::PgExecutor<'_>) -> Result<bool, Error> {
    let on = sqlx::query_scalar!("select passwords from instance");
    // Before the first migration's row there is nothing that could have switched them off.
    Ok(on.fetch_optional(db).await?.unwrap_or(true))
}

/// The first line of whatever is done by a password.
///
/// # Errors
/// `Rule::PasswordsOff`.
pub(super) async fn passwords_are_on(db: impl sqlx::PgExecutor<'_>) -> Result<(), Error> {
    match passwords(db).await? {
        true => Ok(()),
        false => Err(Rule::PasswordsOff.into()),
    }
}

/// How the door stands. Under the lock of the membership it stays so until the commit.
///
/// An identity counts while its provider is switched on and still is who it was: with another issuer it would not be known any more.
pub(super) async fn read(c: &mut PgConnection) -> Result<Standing, Error> {
    let providers = sqlx::query_scalar!("select slug from sign_in_provider where enabled order by slug");
    let providers = providers.fetch_all(&mut *c).await?;
    let keyholders = sqlx::query_as!(
        Keyholder,
        r#"select p.id as "person: PersonId", p.password_hash is not null as "password!",
               array(select s.slug from identity i join sign_in_provider s on s.id = i.provider_id
                     where i.person_id = p.id and s.enabled and rtrim(s.issuer, '/') = rtrim(i.issuer, '/') order by s.slug) as "by!"
           from person p where active and kind = 'person' and (role = 'admin' or exists (
               select from team_member m join team_role r on r.team_id = m.team_id
               where m.person_id = p.id and r.role = 'admin' and r.service_id is null))
           order by p.id"#,
    );
    Ok(Standing {
        passwords: passwords(&mut *c).await?,
        providers,
        keyholders: keyholders.fetch_all(&mut *c).await?,
    })
}
