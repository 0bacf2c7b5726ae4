//! Everybody on the instance: roles and accounts. An active administrator is always left.

use super::{door, read};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, Person, Role, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::id::PersonId;
use domain::identity::Needed;

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
    sqlx::query!(
        "update person set role = $2, role_by_group = false, row_version = row_version + 1 where id = $1",
        id.0,
        role.key()
    )
    .execute(&mut *tx)
    .await?;
    an_admin_is_left(&mut tx).await?;
    let event = Event::RoleChanged {
        person: id,
        from: before.role,
        to: role,
    };
    append(&mut tx, Stream::new(StreamKind::Person, id), actor.by(), &event).await?;
    tx.commit().await
}

/// Closes an account, which ends its sessions, or opens it again. Closing is [`leave`](super::leave) with nothing handed over.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::LastAdmin`; `Rule::NothingToDo` when it is so already; `Invalid` when a service would be left without an owner.
pub async fn set_active(db: &Db, actor: &Actor, id: PersonId, active: bool) -> Result<(), Error> {
    if !active {
        return super::leave(db, actor, id, &[]).await;
    }
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let before = lock(&mut tx, id).await?;
    if before.kind != Kind::Person {
        return Err(Error::NotFound);
    }
    if before.active {
        return Err(Rule::NothingToDo.into());
    }
    sqlx::query!(
        "update person set active = true, row_version = row_version + 1 where id = $1",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::PersonReactivated { person: id };
    append(&mut tx, Stream::new(StreamKind::Person, id), actor.by(), &event).await?;
    tx.commit().await
}

/// What a membership change looks at first.
pub(super) struct Member {
    pub role: Role,
    pub active: bool,
    pub kind: Kind,
}

/// Somebody, or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(super) enum Kind {
    Person,
    Service,
}

/// Locks the membership as a whole, so that two administrators can't remove each other at once.
pub(crate) async fn lock_membership(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query!("select one from instance for update")
        .fetch_one(&mut **tx)
        .await?;
    Ok(())
}

/// Locks the membership; then reads one person or service account.
pub(super) async fn lock(tx: &mut Tx, id: PersonId) -> Result<Member, Error> {
    lock_membership(tx).await?;
    let member = sqlx::query_as!(
        Member,
        r#"select role as "role: Role", active, kind as "kind: Kind" from person where id = $1 for update"#,
        id.0,
    );
    Ok(member.fetch_one(&mut **tx).await?)
}

/// Whether somebody else is an active administrator and comes in, by their own role or by a team's on the instance. Asked under the lock of the
/// membership.
pub(super) async fn has_another_admin(tx: &mut Tx, but: PersonId) -> Result<bool, Error> {
    Ok(door::read(&mut *tx).await?.somebody_else_comes_in(but))
}

/// After a change, before the commit: somebody is still an administrator and comes in, by their own role or by a team's on the instance. A service
/// account does not count: it can't sign in.
///
/// # Errors
/// `Rule::LastAdmin`; `Rule::Needed` when there are administrators, and nothing that is switched on lets one of them in.
pub(crate) async fn an_admin_is_left(tx: &mut Tx) -> Result<(), Error> {
    let door = door::read(&mut *tx).await?;
    if door.keyholders.is_empty() {
        return Err(Rule::LastAdmin.into());
    }
    if !door.somebody_comes_in() {
        return Err(Needed::Nobody.into());
    }
    Ok(())
}
