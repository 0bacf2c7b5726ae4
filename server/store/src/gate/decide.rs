//! Asking for approval, and giving or refusing it.

use super::facts::{hold, keep_plan, standing};
use crate::event::append;
use crate::tx::begin;
use crate::{Db, Error, Rule};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Denied, Proof, Scope, proof};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, Problem, check_length};
use domain::gate::{Allowed, allowed_actions};
use domain::id::{ApprovalId, EnvironmentId, ReleaseId, RequestId};
use domain::plan::{Difference, PlanDigest};
use domain::release::Decision;
use sqlx::PgConnection;
use uuid::Uuid;

/// Asks for approval of the plan as it is now.
///
/// # Errors
/// `NotFound`; `Denied`; `Rule::NothingToDo` when no approval is needed, or this very plan is asked for and not rejected.
pub async fn request_approval(
    db: &Db,
    actor: &Actor,
    release: ReleaseId,
    environment: EnvironmentId,
) -> Result<RequestId, Error> {
    let mut tx = begin(db).await?;
    hold(&mut tx, release, environment).await?;
    let standing = standing(&mut tx, release, environment).await?;
    granted(allowed_actions(actor, &standing.facts, tx.now).request)?;
    keep_plan(&mut tx, &standing.plan).await?;
    let id = RequestId(Uuid::now_v7());
    let now = tx.now;
    sqlx::query!(
        "insert into approval_request (id, release_id, environment_id, digest, requested_by, requested_at)
         values ($1, $2, $3, $4, $5, $6)",
        id.0,
        release.0,
        environment.0,
        &standing.digest.0[..],
        actor.id.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::ApprovalRequested {
        request: id,
        environment: standing.environment.name,
        digest: standing.digest,
    };
    append(&mut tx, Stream::new(StreamKind::Release, release), actor.by(), &event).await?;
    tx.commit().await?;
    Ok(id)
}

/// Approves or rejects exactly the plan that the person saw, for a caller of whom is not known when they last proved who they are.
///
/// # Errors
/// Those of [`decide_proved`].
pub async fn decide(
    db: &Db,
    actor: &Actor,
    request: RequestId,
    seen: PlanDigest,
    decision: Decision,
    comment: &str,
) -> Result<(), Error> {
    decide_proved(db, actor, None, request, seen, decision, comment).await
}

/// Approves or rejects exactly the plan that the person saw, who last proved who they are at this moment of their session.
///
/// # Errors
/// `Rule::ProveAgain` when the policy asks for a later proof, `Rule::NotByToken` when it asks for one at all and a program decides;
/// `NotFound`; `Denied`; `Conflict` when the plan is not what was asked for or seen any more; `Rule::SeparationOfDuties`;
/// `Rule::NothingToDo` when this person has decided already; `Invalid` by `comment`, which a rejection needs.
pub async fn decide_proved(
    db: &Db,
    actor: &Actor,
    proved: Option<DateTime<Utc>>,
    request: RequestId,
    seen: PlanDigest,
    decision: Decision,
    comment: &str,
) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let (release, environment) = of_request(&mut tx, request).await?;
    hold(&mut tx, release, environment).await?;
    let standing = standing(&mut tx, release, environment).await?;
    actor.may(Action::Approve, standing.environment.scope())?;
    let newest = standing
        .request
        .as_ref()
        .is_some_and(|newest| newest.id == request && newest.digest == standing.digest);
    if !newest || seen != standing.digest {
        return Err(Error::Conflict);
    }
    granted(allowed_actions(actor, &standing.facts, tx.now).decide)?;
    // Membership counts at the moment of deciding: the role is kept with the decision.
    let role = standing.facts.deciding_role(actor).ok_or(Denied {
        action: Action::Approve,
    })?;
    let comment = comment.replace('\0', "").trim().to_owned();
    check_comment(decision, &comment).into_result()?;
    match proof(&standing.environment.policy, actor.token.is_some(), proved, tx.now) {
        Proof::Enough => {}
        Proof::Again { within_min } => return Err(Rule::ProveAgain { within_min }.into()),
        Proof::NotByToken => return Err(Rule::NotByToken.into()),
    }
    let now = tx.now;
    sqlx::query!(
        "insert into approval (id, request_id, person_id, role, decision, comment, digest, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        ApprovalId(Uuid::now_v7()).0,
        request.0,
        actor.id.0,
        role.key(),
        decision as Decision,
        comment,
        &seen.0[..],
        now,
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::Decided {
        request,
        environment: standing.environment.name,
        decision,
        comment,
    };
    append(&mut tx, Stream::new(StreamKind::Release, release), actor.by(), &event).await?;
    tx.commit().await
}

fn check_comment(decision: Decision, comment: &str) -> FieldErrors {
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "comment", comment, 0, 2_000);
    if decision == Decision::Reject && comment.is_empty() {
        errors.add("comment", Problem::Missing);
    }
    errors
}

/// What changed since the plan that was asked for: that one before, the plan as it would be frozen now after.
///
/// # Errors
/// `NotFound`, `Denied`.
pub async fn differences(db: &Db, actor: &Actor, request: RequestId) -> Result<Vec<Difference>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let (release, environment) = of_request(&mut c, request).await?;
    let standing = standing(&mut c, release, environment).await?;
    let asked = asked_plan(&mut c, request).await?;
    Ok(domain::plan::differences(&asked, &standing.plan))
}

async fn of_request(c: &mut PgConnection, request: RequestId) -> Result<(ReleaseId, EnvironmentId), Error> {
    let row = sqlx::query!(
        r#"select release_id as "release: ReleaseId", environment_id as "environment: EnvironmentId"
           from approval_request where id = $1"#,
        request.0,
    )
    .fetch_one(c)
    .await?;
    Ok((row.release, row.environment))
}

async fn asked_plan(c: &mut PgConnection, request: RequestId) -> Result<domain::plan::Plan, Error> {
    let body = sqlx::query_scalar!(
        r#"select p.body as "body: sqlx::types::Json<domain::plan::Plan>"
           from approval_request q join plan p on p.digest = q.digest where q.id = $1"#,
        request.0,
    );
    Ok(body.fetch_one(c).await?.0)
}

/// The rule's answer as the use case's.
fn granted(allowed: Allowed) -> Result<(), Error> {
    match allowed {
        Allowed::Yes => Ok(()),
        Allowed::Denied { action } => Err(Denied { action }.into()),
        Allowed::Gates { reasons } => Err(Error::Refused(reasons)),
        Allowed::SeparationOfDuties => Err(Rule::SeparationOfDuties.into()),
        Allowed::NothingToDo => Err(Rule::NothingToDo.into()),
    }
}
