//! Roles that a team gives: on the instance, on a service, or on one environment.

use super::super::members::{an_admin_is_left, lock_membership};
use super::{lock, stream};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{Action, Actor, Role, Scope};
use domain::event::Event;
use domain::field::Problem;
use domain::id::TeamId;
use uuid::Uuid;

/// Gives a team's members a role, from their next request on.
///
/// # Errors
/// `Denied`; `NotFound`; `Invalid` with `on` (`Unknown`) for a place that does not exist; `Rule::NothingToDo` when the team gives it there.
pub async fn give_role(db: &Db, actor: &Actor, id: TeamId, role: Role, on: Scope) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    lock(&mut tx, id).await?;
    let place = place(&mut tx, on)
        .await?
        .ok_or_else(|| Error::field("on", Problem::Unknown))?;
    if gives(&mut tx, id, role, on).await? {
        return Err(Rule::NothingToDo.into());
    }
    let now = tx.now;
    sqlx::query!(
        "insert into team_role (id, team_id, role, service_id, environment_id, since) values ($1, $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        id.0,
        role.key(),
        on.service().map(|service| service.0),
        on.environment().map(|environment| environment.0),
        now,
    )
    .execute(&mut *tx)
    .await?;
    let given = Event::TeamRoleGiven { role, on, place };
    append(&mut tx, stream(id), actor.by(), &given).await?;
    tx.kick("people");
    tx.commit().await
}

/// Takes a role away that a team gives somewhere.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::NothingToDo` when the team does not give it there; `Rule::LastAdmin`.
pub async fn take_role(db: &Db, actor: &Actor, id: TeamId, role: Role, on: Scope) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    lock_membership(&mut tx).await?;
    lock(&mut tx, id).await?;
    let taken = sqlx::query!(
        "delete from team_role where team_id = $1 and role = $2
             and service_id is not distinct from $3 and environment_id is not distinct from $4",
        id.0,
        role.key(),
        on.service().map(|service| service.0),
        on.environment().map(|environment| environment.0),
    );
    if taken.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Rule::NothingToDo.into());
    }
    an_admin_is_left(&mut tx).await?;
    let place = place(&mut tx, on).await?.unwrap_or_default();
    let taken = Event::TeamRoleTaken { role, on, place };
    append(&mut tx, stream(id), actor.by(), &taken).await?;
    tx.kick("people");
    tx.commit().await
}

/// What a place is called now: empty for the instance, none for one that does not exist. It stays until the end of the transaction.
async fn place(tx: &mut Tx, on: Scope) -> Result<Option<String>, Error> {
    match on {
        Scope::Instance => Ok(Some(String::new())),
        Scope::Service(service) => {
            let name = sqlx::query_scalar!("select name from service where id = $1 for key share", service.0);
            Ok(name.fetch_optional(&mut **tx).await?)
        }
        Scope::Environment { service, environment } => {
            let name = sqlx::query_scalar!(
                r#"select s.name || ' ' || e.name as "name!" from environment e join service s on s.id = e.service_id
                   where e.id = $1 and s.id = $2 for key share"#,
                environment.0,
                service.0,
            );
            Ok(name.fetch_optional(&mut **tx).await?)
        }
    }
}

async fn gives(tx: &mut Tx, id: TeamId, role: Role, on: Scope) -> Result<bool, Error> {
    let gives = sqlx::query_scalar!(
        r#"select exists (
               select from team_role where team_id = $1 and role = $2
                 and service_id is not distinct from $3 and environment_id is not distinct from $4
           ) as "gives!""#,
        id.0,
        role.key(),
        on.service().map(|service| service.0),
        on.environment().map(|environment| environment.0),
    );
    Ok(gives.fetch_one(&mut **tx).await?)
}
