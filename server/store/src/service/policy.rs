//! Policies: an environment's versioned rules. Saving one makes a new version; none is ever changed.

use super::read;
use crate::access::read::active_in;
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, gate};
use domain::access::{Action, Actor, Grant, Role, Scope, grant};
use domain::event::{Event, Stream, StreamKind, differences};
use domain::field::Problem;
use domain::id::{EnvironmentId, PersonId, ReleaseId};
use domain::service::{Environment, Policy};
use sqlx::PgConnection;
use sqlx::types::Json;

/// What saving a policy would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyEffect {
    /// Requests for approval that would ask for what will not run any more, with the decisions on them.
    pub voids: u32,
}

/// What saving this policy would do, before it is saved.
///
/// # Errors
/// `Denied`; `NotFound`; `Invalid` with `approvals` (`TooFew`) when the active people could not satisfy it.
pub async fn policy_effect(db: &Db, actor: &Actor, id: EnvironmentId, policy: &Policy) -> Result<PolicyEffect, Error> {
    // Read only: the transaction is dropped.
    let mut tx = tx::begin(db).await?;
    let environment = read::environment(&mut tx, id).await?.ok_or(Error::NotFound)?;
    actor.may(Action::ManagePolicy, environment.scope())?;
    policy.check().into_result()?;
    satisfiable(&mut tx, policy, environment.scope()).await?;
    if environment.policy == *policy {
        return Ok(PolicyEffect { voids: 0 });
    }
    let voids = pending(&mut tx, id).await?.len();
    Ok(PolicyEffect {
        voids: u32::try_from(voids).unwrap_or(u32::MAX),
    })
}

/// Saves a policy as the next version, and answers how many requests for approval it voided. The same policy again changes nothing.
///
/// # Errors
/// `Denied`; `NotFound`; `Conflict` when somebody saved since `version_seen`; `Invalid` with `approvals` (`TooFew`).
pub async fn save_policy(
    db: &Db,
    actor: &Actor,
    id: EnvironmentId,
    version_seen: i32,
    policy: &Policy,
) -> Result<u32, Error> {
    let mut tx = tx::begin(db).await?;
    let environment = read::locked_environment(&mut tx, id).await?;
    actor.may(Action::ManagePolicy, environment.scope())?;
    if environment.policy_version != version_seen {
        return Err(Error::Conflict);
    }
    policy.check().into_result()?;
    satisfiable(&mut tx, policy, environment.scope()).await?;
    let voided = replace(&mut tx, actor, &environment, policy).await?;
    tx.commit().await?;
    Ok(voided)
}

/// Writes the next version for an environment whose row is locked, unless it is the same.
pub(super) async fn replace(
    tx: &mut Tx,
    actor: &Actor,
    environment: &Environment,
    policy: &Policy,
) -> Result<u32, Error> {
    if environment.policy == *policy {
        return Ok(0);
    }
    let pending = pending(tx, environment.id).await?;
    let voided = u32::try_from(pending.len()).unwrap_or(u32::MAX);
    let (version, now) = (environment.policy_version + 1, tx.now);
    insert(tx, environment.id, version, policy, Some(actor.id), now).await?;
    let event = Event::PolicySaved {
        version,
        voided,
        changes: differences(&environment.policy, policy, &[]),
    };
    append(
        tx,
        Stream::new(StreamKind::Environment, environment.id),
        actor.by(),
        &event,
    )
    .await?;
    for release in pending {
        let event = Event::ApprovalsVoided {
            environment: environment.name.clone(),
            count: 1,
        };
        append(tx, Stream::new(StreamKind::Release, release), actor.by(), &event).await?;
    }
    tx.kick(Stream::new(StreamKind::Service, environment.service).topic());
    tx.kick("releases");
    Ok(voided)
}

/// Writes one version of a policy.
pub(super) async fn insert(
    c: &mut PgConnection,
    environment: EnvironmentId,
    version: i32,
    policy: &Policy,
    by: Option<PersonId>,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into policy (environment_id, version, body, saved_by, saved_at) values ($1, $2, $3, $4, $5)",
        environment.0,
        version,
        Json(policy) as _,
        by.map(|by| by.0),
        at,
    )
    .execute(c)
    .await?;
    Ok(())
}

/// Releases whose newest request asks for the plan as it is, and that have not been deployed on it since.
async fn pending(tx: &mut Tx, environment: EnvironmentId) -> Result<Vec<ReleaseId>, Error> {
    let asked = sqlx::query_scalar!(
        r#"select distinct r.release_id as "release: ReleaseId" from approval_request r
           where r.environment_id = $1 and not exists (
               select 1 from deployment d where d.release_id = r.release_id and d.environment_id = r.environment_id
                   and d.requested_at >= r.requested_at)
           order by 1"#,
        environment.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut pending = Vec::new();
    for release in asked {
        let standing = gate::standing(tx, release, environment).await?;
        if standing
            .request
            .is_some_and(|request| request.digest == standing.digest)
        {
            pending.push(release);
        }
    }
    Ok(pending)
}

/// A policy needs so many people there to approve, and one more to ask: who asks does not count. Roles by teams count where they hold.
pub(super) async fn satisfiable(c: &mut PgConnection, policy: &Policy, there: Scope) -> Result<(), Error> {
    let need = policy.approvals;
    if need == 0 {
        return Ok(());
    }
    let approvers = active_in(&mut *c, &policy.approver_roles, there).await?;
    let asking: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| grant(*role, Action::RequestApproval) != Grant::No)
        .collect();
    let askers = active_in(c, &asking, there).await?;
    // With nobody else to ask, one of the approvers must.
    let spare = if askers.iter().all(|asker| approvers.contains(asker)) {
        1
    } else {
        0
    };
    let have = u32::try_from(approvers.len().saturating_sub(spare)).unwrap_or(u32::MAX);
    if need <= have {
        Ok(())
    } else {
        Err(Error::field("approvals", Problem::TooFew { have, need }))
    }
}
