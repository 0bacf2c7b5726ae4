//! Teams: who is a member, and which roles the team gives where. Only who may manage people changes them.

mod grant;
mod read;

pub use grant::{give_role, take_role};
pub use read::{team, teams};

use super::members::{an_admin_is_left, lock_membership};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, Scope, Team, check_team};
use domain::event::{Event, Stream, StreamKind};
use domain::id::{PersonId, TeamId};
use uuid::Uuid;

/// Makes a team without members, which gives nothing yet.
///
/// # Errors
/// `Denied`; `Invalid` with `name`, also when it is taken, and `description`.
pub async fn create_team(db: &Db, actor: &Actor, name: &str, description: &str) -> Result<TeamId, Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    check_team(name, description).into_result()?;
    let mut tx = tx::begin(db).await?;
    let (id, now) = (TeamId(Uuid::now_v7()), tx.now);
    sqlx::query!(
        "insert into team (id, name, description, created_at) values ($1, $2, $3, $4)",
        id.0,
        name.trim(),
        description.trim(),
        now,
    )
    .execute(&mut *tx)
    .await?;
    let created = Event::TeamCreated {
        name: name.trim().to_owned(),
    };
    append(&mut tx, stream(id), actor.by(), &created).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a team's name and description. The same again changes nothing.
///
/// # Errors
/// `Denied`; `NotFound`; `Conflict` when somebody saved since `row_version`; `Invalid` as in [`create_team`].
pub async fn change_team(
    db: &Db,
    actor: &Actor,
    id: TeamId,
    row_version: i32,
    name: &str,
    description: &str,
) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let before = lock(&mut tx, id).await?;
    if before.row_version != row_version {
        return Err(Error::Conflict);
    }
    check_team(name, description).into_result()?;
    let (name, description) = (name.trim(), description.trim());
    let differs = [
        ("name", before.name != name),
        ("description", before.description != description),
    ];
    let fields: Vec<String> = differs
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(field, _)| field.to_owned())
        .collect();
    if fields.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update team set name = $2, description = $3, row_version = row_version + 1 where id = $1",
        id.0,
        name,
        description,
    )
    .execute(&mut *tx)
    .await?;
    let changed = Event::TeamChanged {
        name: name.to_owned(),
        fields,
    };
    append(&mut tx, stream(id), actor.by(), &changed).await?;
    tx.commit().await
}

/// Removes a team. Its members lose what it gave; the record of events stays.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::OwnsServices` while a service is the team's; `Rule::LastAdmin` when nobody else would be an administrator.
pub async fn remove_team(db: &Db, actor: &Actor, id: TeamId) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    lock_membership(&mut tx).await?;
    let before = lock(&mut tx, id).await?;
    let owns = sqlx::query_scalar!(
        r#"select exists (select from service where owner_team = $1) as "owns!""#,
        id.0
    );
    if owns.fetch_one(&mut *tx).await? {
        return Err(Rule::OwnsServices.into());
    }
    sqlx::query!("delete from team where id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    an_admin_is_left(&mut tx).await?;
    append(
        &mut tx,
        stream(id),
        actor.by(),
        &Event::TeamRemoved { name: before.name },
    )
    .await?;
    tx.commit().await
}

/// Makes somebody a member, who has the team's roles from the next request on: a person, or a service account.
///
/// # Errors
/// `Denied`; `NotFound`; `Invalid` with `person` (`Unknown`) when there is no such active account; `Rule::NothingToDo` for a member.
pub async fn add_member(db: &Db, actor: &Actor, id: TeamId, person: PersonId) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    lock(&mut tx, id).await?;
    let active = sqlx::query_scalar!("select active from person where id = $1 for share", person.0)
        .fetch_optional(&mut *tx)
        .await?;
    if active != Some(true) {
        return Err(Error::field("person", domain::field::Problem::Unknown));
    }
    let now = tx.now;
    let added = sqlx::query!(
        "insert into team_member (team_id, person_id, since) values ($1, $2, $3) on conflict do nothing",
        id.0,
        person.0,
        now,
    );
    if added.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Rule::NothingToDo.into());
    }
    append(&mut tx, stream(id), actor.by(), &Event::MemberAdded { person }).await?;
    // Their open pages ask anew what they may.
    tx.kick(Stream::new(StreamKind::Person, person).topic());
    tx.commit().await
}

/// Takes somebody out of a team, and with it what the team gave them.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::NothingToDo` for who is no member; `Rule::LastAdmin`.
pub async fn remove_member(db: &Db, actor: &Actor, id: TeamId, person: PersonId) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    lock_membership(&mut tx).await?;
    lock(&mut tx, id).await?;
    let removed = sqlx::query!(
        "delete from team_member where team_id = $1 and person_id = $2",
        id.0,
        person.0
    );
    if removed.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Rule::NothingToDo.into());
    }
    an_admin_is_left(&mut tx).await?;
    append(&mut tx, stream(id), actor.by(), &Event::MemberRemoved { person }).await?;
    tx.kick(Stream::new(StreamKind::Person, person).topic());
    tx.commit().await
}

fn stream(id: TeamId) -> Stream {
    Stream::new(StreamKind::Team, id)
}

/// Locks a team's row until the end of the transaction, and reads it.
async fn lock(tx: &mut Tx, id: TeamId) -> Result<Team, Error> {
    let team = sqlx::query_as!(
        Team,
        r#"select id as "id: TeamId", name, description, row_version from team where id = $1 for update"#,
        id.0,
    );
    Ok(team.fetch_one(&mut **tx).await?)
}
