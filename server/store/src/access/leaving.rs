//! Leaving: closing an account hands over what its person holds, in one transaction.

mod held;

pub use held::holdings;

use super::members::{self, an_admin_is_left};
use super::read::answerable;
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, Handover, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, Problem};
use domain::id::{PersonId, ServiceId};
use uuid::Uuid;

/// Closes an account: sessions and the invitations that the person sent end, and each service that they own goes to whom `handover` names.
/// Other owners keep a service that is not named there. Locks, requests, approvals and memberships stay as they are; of a closed account none
/// gives anything.
///
/// # Errors
/// `Denied`; `NotFound`, also for a service account; `Rule::NothingToDo` when it is closed already; `Rule::LastAdmin`; `Invalid` with
/// `handover.<service>`: `Missing` for a service without another owner, `Unknown` for an heir who has no active account.
pub async fn leave(db: &Db, actor: &Actor, id: PersonId, handover: &[Handover]) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    members::lock_membership(&mut tx).await?;
    // Services before people, as an edit of a service locks them.
    lock_services(&mut tx, id).await?;
    let before = members::lock(&mut tx, id).await?;
    if before.kind != members::Kind::Person {
        return Err(Error::NotFound);
    }
    if !before.active {
        return Err(Rule::NothingToDo.into());
    }
    hand_over(&mut tx, actor, id, handover).await?;
    end_invitations(&mut tx, actor, id).await?;
    sqlx::query!(
        "update person set active = false, row_version = row_version + 1 where id = $1",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    an_admin_is_left(&mut tx).await?;
    // After the update: a session that is being saved now has waited for it, and finds the account closed.
    sqlx::query!("delete from session where person_id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    let event = Event::PersonDeactivated { person: id };
    append(&mut tx, Stream::new(StreamKind::Person, id), actor.by(), &event).await?;
    // Gates count whose account is active.
    for topic in ["releases", "teams"] {
        tx.kick(topic);
    }
    tx.commit().await
}

/// A service of somebody who leaves.
struct Owned {
    id: ServiceId,
    /// Whether another active person, or a team, owns it too.
    others: bool,
}

/// Nobody edits the services of somebody who leaves. An edit that was under way is seen by the statements that follow.
async fn lock_services(tx: &mut Tx, of: PersonId) -> Result<(), Error> {
    sqlx::query!(
        "select s.id from service s where exists (
             select from service_person where service_id = s.id and person_id = $1 and part = 'owner')
         order by s.id for update of s",
        of.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(())
}

async fn hand_over(tx: &mut Tx, actor: &Actor, from: PersonId, handover: &[Handover]) -> Result<(), Error> {
    let owned = sqlx::query_as!(
        Owned,
        r#"select o.service_id as "id: ServiceId", exists (
               select from service_person sp join person p on p.id = sp.person_id
               where sp.service_id = o.service_id and sp.part = 'owner' and sp.person_id <> $1 and p.active
           ) or exists (
               select from service s where s.id = o.service_id and s.owner_team is not null
           ) as "others!"
           from service_person o where o.person_id = $1 and o.part = 'owner' order by o.service_id"#,
        from.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    let named: Vec<PersonId> = handover.iter().map(|over| over.to).collect();
    let known = answerable(tx, &named).await?;
    let heir = |service: ServiceId| handover.iter().find(|over| over.service == service).map(|over| over.to);
    let mut errors = FieldErrors::default();
    for service in &owned {
        let field = format!("handover.{}", service.id);
        match heir(service.id) {
            Some(to) if to == from || !known.iter().any(|person| person.id == to && person.active) => {
                errors.add(&field, Problem::Unknown);
            }
            None if !service.others => errors.add(&field, Problem::Missing),
            _ => {}
        }
    }
    errors.into_result()?;
    for service in owned {
        give(tx, actor, service.id, from, heir(service.id)).await?;
    }
    Ok(())
}

async fn give(
    tx: &mut Tx,
    actor: &Actor,
    service: ServiceId,
    from: PersonId,
    to: Option<PersonId>,
) -> Result<(), Error> {
    sqlx::query!(
        "delete from service_person where service_id = $1 and person_id = $2 and part = 'owner'",
        service.0,
        from.0,
    )
    .execute(&mut **tx)
    .await?;
    if let Some(to) = to {
        sqlx::query!(
            "insert into service_person (service_id, person_id, part) values ($1, $2, 'owner') on conflict do nothing",
            service.0,
            to.0,
        )
        .execute(&mut **tx)
        .await?;
    }
    // Whoever edits the service at this moment finds that it changed: their form still names who left.
    sqlx::query!(
        "update service set row_version = row_version + 1 where id = $1",
        service.0
    )
    .execute(&mut **tx)
    .await?;
    let over = Event::ServiceHandedOver { from, to };
    append(tx, Stream::new(StreamKind::Service, service), actor.by(), &over).await?;
    Ok(())
}

/// Nobody joins by a link of somebody who left.
async fn end_invitations(tx: &mut Tx, actor: &Actor, by: PersonId) -> Result<(), Error> {
    let now = tx.now;
    let ended: Vec<Uuid> = sqlx::query_scalar!(
        "update invitation set revoked_at = $2
         where invited_by = $1 and accepted_at is null and revoked_at is null and expires_at > $2 returning id",
        by.0,
        now,
    )
    .fetch_all(&mut **tx)
    .await?;
    for _ in ended {
        append(tx, Stream::instance(), actor.by(), &Event::InvitationRevoked).await?;
    }
    Ok(())
}
