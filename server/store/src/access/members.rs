//! Everybody on the instance: roles and accounts. An active administrator is always left.

use super::read;
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, Person, Role, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::id::PersonId;

/// Everybody, those who are active first.
///
/// # Errors
/// `Denied`.
pub async fn people(db: &Db, actor: &Actor) -> Result<Vec<Person>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    read::everybody(&mut *db.acquire().await?).await
}

/// Gives a person another role.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::LastAdmin`; `Rule::NothingToDo` when it is the role that the person has.
pub async fn change_role(db: &Db, actor: &Actor, id: PersonId, role: Role) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let before = lock(&mut tx, id).await?;
    if before.role == role {
        return Err(Rule::NothingToDo.into());
    }
    if before.role == Role::Admin && before.active {
        another_admin(&mut tx, id).await?;
    }
    sqlx::query!(
        "update person set role = $2, role_by_group = false, row_version = row_version + 1 where id = $1",
        id.0,
        role.key()
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::RoleChanged {
        person: id,
        from: before.role,
        to: role,
    };
    append(&mut tx, Stream::new(StreamKind::Person, id), actor.by(), &event).await?;
    tx.commit().await
}

/// Closes an account, which ends its sessions, or opens it again.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::LastAdmin`; `Rule::NothingToDo` when it is so already.
pub async fn set_active(db: &Db, actor: &Actor, id: PersonId, active: bool) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let before = lock(&mut tx, id).await?;
    if before.active == active {
        return Err(Rule::NothingToDo.into());
    }
    if before.role == Role::Admin && !active {
        another_admin(&mut tx, id).await?;
    }
    sqlx::query!(
        "update person set active = $2, row_version = row_version + 1 where id = $1",
        id.0,
        active
    )
    .execute(&mut *tx)
    .await?;
    let event = if active {
        Event::PersonReactivated { person: id }
    } else {
        // After the update: a session that is being saved now has waited for it, and finds the account closed.
        sqlx::query!("delete from session where person_id = $1", id.0)
            .execute(&mut *tx)
            .await?;
        Event::PersonDeactivated { person: id }
    };
    append(&mut tx, Stream::new(StreamKind::Person, id), actor.by(), &event).await?;
    tx.commit().await
}

struct Member {
    role: Role,
    active: bool,
}

/// Locks the membership as a whole, so that two administrators can't remove each other at once; then reads one of them.
async fn lock(tx: &mut Tx, id: PersonId) -> Result<Member, Error> {
    lock_all(tx).await?;
    let member = sqlx::query_as!(
        Member,
        r#"select role as "role: Role", active from person where id = $1 for update"#,
        id.0,
    );
    Ok(member.fetch_one(&mut **tx).await?)
}

/// Locks the membership as a whole.
pub(super) async fn lock_all(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query!("select one from instance for update")
        .fetch_one(&mut **tx)
        .await?;
    Ok(())
}

/// Whether somebody else is an active administrator. Asked under the lock of the membership.
pub(super) async fn has_another_admin(tx: &mut Tx, but: PersonId) -> Result<bool, Error> {
    let another = sqlx::query_scalar!(
        r#"select exists (select 1 from person where role = 'admin' and active and id <> $1) as "another!""#,
        but.0,
    );
    Ok(another.fetch_one(&mut **tx).await?)
}

async fn another_admin(tx: &mut Tx, but: PersonId) -> Result<(), Error> {
    if has_another_admin(tx, but).await? {
        Ok(())
    } else {
        Err(Rule::LastAdmin.into())
    }
}
