//! Removing the sample workspace with everything that was done on it. The record of events stays.

use crate::access::{an_admin_is_left, lock_membership};
use crate::event::append;
use crate::tx::{Tx, begin};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::id::{PersonId, ServiceId};
use sqlx::Connection as _;
use uuid::Uuid;

/// Removes the sample's services with all their releases, deployments and incidents, and its people. Somebody who is still named
/// elsewhere is deactivated, and name and address are erased.
///
/// # Errors
/// `Denied`; `Rule::NothingToDo` when it is not loaded; `Rule::InUse` while a deployment occupies one of its environments;
/// `Rule::LastAdmin` when nobody else would be an administrator.
pub async fn remove(db: &Db, actor: &Actor) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = begin(db).await?;
    lock_membership(&mut tx).await?;
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('sample workspace', 0))")
        .execute(&mut *tx)
        .await?;
    let services =
        sqlx::query_scalar!(r#"select id as "id: ServiceId" from service where sample order by id for update"#)
            .fetch_all(&mut *tx)
            .await?;
    if services.is_empty() {
        return Err(Rule::NothingToDo.into());
    }
    remove_services(&mut tx, actor, &services).await?;
    hand_over(&mut tx, actor).await?;
    remove_people(&mut tx, actor).await?;
    append(&mut tx, Stream::instance(), actor.by(), &Event::SampleRemoved).await?;
    for topic in ["services", "releases", "deployments", "incidents", "status", "people"] {
        tx.kick(topic);
    }
    tx.commit().await
}

async fn remove_services(tx: &mut Tx, actor: &Actor, services: &[ServiceId]) -> Result<(), Error> {
    let ids: Vec<Uuid> = services.iter().map(|id| id.0).collect();
    // Environments before deployments, as everywhere. Whoever asks for a deployment holds the environment's row: nobody does from here on.
    sqlx::query!(
        "select id from environment where service_id = any($1) order by id for update",
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    // Waits for an engine that is saving, and keeps the next save out.
    sqlx::query!(
        "select id from deployment where service_id = any($1) order by id for update",
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    let occupied = sqlx::query_scalar!(
        r#"select exists (
               select from deployment where service_id = any($1) and state in ('running', 'paused')
           ) as "occupied!""#,
        &ids,
    );
    if occupied.fetch_one(&mut **tx).await? {
        return Err(Rule::InUse.into());
    }
    sqlx::query!("delete from service where id = any($1)", &ids)
        .execute(&mut **tx)
        .await?;
    for id in services {
        append(
            tx,
            Stream::new(StreamKind::Service, *id),
            actor.by(),
            &Event::ServiceRemoved,
        )
        .await?;
    }
    Ok(())
}

async fn remove_people(tx: &mut Tx, actor: &Actor) -> Result<(), Error> {
    let people = sqlx::query_scalar!(r#"select id as "id: PersonId" from person where sample order by id for update"#)
        .fetch_all(&mut **tx)
        .await?;
    for person in people {
        if !try_delete(tx, person).await? {
            erase(tx, person).await?;
        }
        let gone = Event::PersonDeactivated { person };
        append(tx, Stream::new(StreamKind::Person, person), actor.by(), &gone).await?;
    }
    an_admin_is_left(tx).await
}

/// What is no part of the sample and has only its people as owners goes to whoever removes it: no service is without an owner.
async fn hand_over(tx: &mut Tx, actor: &Actor) -> Result<(), Error> {
    let orphans = sqlx::query!(
        r#"insert into service_person (service_id, person_id, part)
           select s.id, $1, 'owner' from service s
           where s.owner_team is null and not exists (
               select from service_person sp join person p on p.id = sp.person_id
               where sp.service_id = s.id and sp.part = 'owner' and p.active and not p.sample)
           on conflict do nothing
           returning service_id as "service: ServiceId", (
               select person_id from service_person sp
               where sp.service_id = service_person.service_id and sp.part = 'owner' and sp.person_id <> $1 limit 1
           ) as "from: PersonId""#,
        actor.id.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    for orphan in orphans {
        let over = Event::ServiceHandedOver {
            from: orphan.from.unwrap_or(actor.id),
            to: Some(actor.id),
        };
        append(tx, Stream::new(StreamKind::Service, orphan.service), actor.by(), &over).await?;
    }
    Ok(())
}

/// Deletes a person whom no row names any more; false when one does.
async fn try_delete(tx: &mut Tx, person: PersonId) -> Result<bool, Error> {
    const NAMED: &str = "23503";
    let mut savepoint = tx.begin().await?;
    match sqlx::query!("delete from person where id = $1", person.0)
        .execute(&mut *savepoint)
        .await
    {
        Ok(_) => {
            savepoint.commit().await?;
            Ok(true)
        }
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NAMED) => {
            savepoint.rollback().await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

async fn erase(tx: &mut Tx, person: PersonId) -> Result<(), Error> {
    sqlx::query!(
        "update person set name = 'Removed person', email = 'removed-' || id || '@invalid', password_hash = null,
             active = false, sample = false, row_version = row_version + 1 where id = $1",
        person.0,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from session where person_id = $1", person.0)
        .execute(&mut **tx)
        .await?;
    sqlx::query!("delete from service_person where person_id = $1", person.0)
        .execute(&mut **tx)
        .await?;
    sqlx::query!("delete from team_member where person_id = $1", person.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
