//! Service accounts: made and removed by administrators. They have a row like a person's, no password and no way to sign in.

use super::members;
use crate::event::append;
use crate::{Db, Error, Rule, tx};
use domain::access::{Action, Actor, Role, Scope, ServiceAccount, check_account};
use domain::event::{Event, Stream, StreamKind};
use domain::id::PersonId;
use uuid::Uuid;

/// The service accounts that are not removed, by name.
///
/// # Errors
/// `Denied`.
pub async fn service_accounts(db: &Db, actor: &Actor) -> Result<Vec<ServiceAccount>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let accounts = sqlx::query_as!(
        ServiceAccount,
        r#"select id as "id: PersonId", name, description, role as "role: Role", created_at, array(
               select t.name from team_member m join team t on t.id = m.team_id where m.person_id = p.id
               order by lower(t.name)) as "teams!"
           from person p where kind = 'service' and active order by lower(name)"#,
    );
    Ok(accounts.fetch_all(db).await?)
}

/// Makes a service account.
///
/// # Errors
/// `Denied`; `Invalid` with `name`, also when another account has it, and `description`.
pub async fn create_service_account(
    db: &Db,
    actor: &Actor,
    name: &str,
    description: &str,
    role: Role,
) -> Result<PersonId, Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    check_account(name, description).into_result()?;
    let mut tx = tx::begin(db).await?;
    let (id, now) = (PersonId(Uuid::now_v7()), tx.now);
    sqlx::query!(
        "insert into person (id, email, name, role, kind, description, created_at)
         values ($1, $2, $3, $4, 'service', $5, $6)",
        id.0,
        // Nobody's address: no mail can reach it, and no provider can vouch for it.
        format!("{id}@service.invalid"),
        name.trim(),
        role.key(),
        description.trim(),
        now,
    )
    .execute(&mut *tx)
    .await?;
    let created = Event::ServiceAccountCreated { role };
    append(&mut tx, Stream::new(StreamKind::Person, id), actor.by(), &created).await?;
    tx.commit().await?;
    Ok(id)
}

/// Removes a service account: it may do nothing any more, and is in no team. What it did keeps its name.
///
/// # Errors
/// `Denied`; `NotFound` for a person; `Rule::NothingToDo` when it is removed already.
pub async fn remove_service_account(db: &Db, actor: &Actor, id: PersonId) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let before = members::lock(&mut tx, id).await?;
    if before.kind != members::Kind::Service {
        return Err(Error::NotFound);
    }
    if !before.active {
        return Err(Rule::NothingToDo.into());
    }
    sqlx::query!(
        "update person set active = false, row_version = row_version + 1 where id = $1",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from team_member where person_id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    let removed = Event::ServiceAccountRemoved;
    append(&mut tx, Stream::new(StreamKind::Person, id), actor.by(), &removed).await?;
    tx.kick("teams");
    tx.commit().await
}
