//! How a release stands before an environment: all that the gates look at, from what is kept now.

use crate::Error;
use crate::access::read::active_in;
use crate::freeze;
use crate::release::read;
use crate::service::read::{environments_of, locks_of, running_in};
use domain::access::Role;
use domain::deployment::Running;
use domain::gate::GateFacts;
use domain::id::{ApprovalId, EnvironmentId, PersonId, ReleaseId, RequestId};
use domain::plan::{Plan, PlanDigest};
use domain::release::{Approval, ApprovalRequest, Decision, Item, ItemState, Release};
use domain::service::{Environment, Service, Target};
use sqlx::PgConnection;
use sqlx::types::Json;

/// A release before an environment.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub service: Service,
    pub release: Release,
    pub environment: Environment,
    /// The plan as it would be frozen now.
    pub plan: Plan,
    pub digest: PlanDigest,
    pub facts: GateFacts,
    /// The newest request for approval with its decisions.
    pub request: Option<ApprovalRequest>,
    /// What runs there, by our record.
    pub running: Option<Running>,
}

/// Until the end of the transaction neither the release nor the environment changes: what [`standing`] says stays true.
///
/// # Errors
/// `NotFound`, also when the environment is another service's.
pub(crate) async fn hold(c: &mut PgConnection, release: ReleaseId, environment: EnvironmentId) -> Result<(), Error> {
    read::lock(&mut *c, release).await?;
    sqlx::query!(
        "select e.id from environment e join release r on r.service_id = e.service_id
         where e.id = $1 and r.id = $2 for share of e",
        environment.0,
        release.0,
    )
    .fetch_one(c)
    .await?;
    Ok(())
}

/// How a release stands before an environment of its service.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn standing(
    c: &mut PgConnection,
    release: ReleaseId,
    environment: EnvironmentId,
) -> Result<Standing, Error> {
    let release = read::release(&mut *c, release).await?;
    let service = read::service(&mut *c, release.service).await?;
    let items = read::items(&mut *c, release.id).await?;
    let environments = environments_of(&mut *c, &[release.service]).await?;
    standing_of(c, &service, &release, &items, &environments, environment).await
}

/// The same from rows that were read already.
pub(crate) async fn standing_of(
    c: &mut PgConnection,
    service: &Service,
    release: &Release,
    items: &[Item],
    environments: &[Environment],
    environment: EnvironmentId,
) -> Result<Standing, Error> {
    let place = environments
        .iter()
        .position(|one| one.id == environment)
        .ok_or(Error::NotFound)?;
    let environment = environments[place].clone();
    let plan = Plan::freeze(service, release, items, &environment);
    let digest = plan.digest();
    let request = newest_request(&mut *c, release.id, environment.id).await?;
    let before = match place.checked_sub(1).map(|before| &environments[before]) {
        Some(before) => Some((before.name.clone(), succeeded(&mut *c, before.id, &plan).await?)),
        None => None,
    };
    let facts = GateFacts {
        service: service.id,
        environment: environment.id,
        has_target: environment.settings.target != Target::None,
        open_items: open_items(items),
        digest,
        requested: request.as_ref().map(|request| (request.by, request.digest)),
        approvals: request
            .as_ref()
            .map(|request| request.approvals.clone())
            .unwrap_or_default(),
        active: active(&mut *c, &environment, request.as_ref()).await?,
        editors: editors(&mut *c, release.id).await?,
        before,
        has_rollback_plan: !release.form.rollback_plan.trim().is_empty(),
        window: release.form.window,
        times: freeze::times(&mut *c, &environment, Some(release.id)).await?,
        lock: locks_of(&mut *c, &[environment.id]).await?.remove(&environment.id),
        stopped: crate::stop::standing(&mut *c).await?,
        policy: environment.policy.clone(),
    };
    let running = running_in(c, &[environment.id]).await?.remove(&environment.id);
    let (service, release) = (service.clone(), release.clone());
    Ok(Standing {
        service,
        release,
        environment,
        plan,
        digest,
        facts,
        request,
        running,
    })
}

fn open_items(items: &[Item]) -> Vec<(domain::id::ItemId, String, String)> {
    let open = items.iter().filter(|item| item.state == ItemState::Open);
    open.map(|item| (item.id, item.section.clone(), item.text.clone()))
        .collect()
}

/// The newest request for approval, with the plan that was asked for and all decisions on it.
async fn newest_request(
    c: &mut PgConnection,
    release: ReleaseId,
    environment: EnvironmentId,
) -> Result<Option<ApprovalRequest>, Error> {
    let row = sqlx::query!(
        r#"select q.id as "id: RequestId", q.digest, q.requested_by as "by: PersonId", q.requested_at,
                  p.body as "plan: Json<Plan>"
           from approval_request q join plan p on p.digest = q.digest
           where q.release_id = $1 and q.environment_id = $2 order by q.requested_at desc, q.id desc limit 1"#,
        release.0,
        environment.0,
    )
    .fetch_optional(&mut *c)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let approvals = approvals(c, row.id).await?;
    let digest = digest_of(&row.digest)?;
    Ok(Some(ApprovalRequest {
        id: row.id,
        digest,
        by: row.by,
        at: row.requested_at,
        plan: row.plan.0,
        approvals,
    }))
}

async fn approvals(c: &mut PgConnection, request: RequestId) -> Result<Vec<Approval>, Error> {
    let rows = sqlx::query!(
        r#"select id as "id: ApprovalId", person_id as "by: PersonId", role as "role: Role",
                  decision as "decision: Decision", comment, digest, at
           from approval where request_id = $1 order by at, id"#,
        request.0,
    )
    .fetch_all(c)
    .await?;
    let mut approvals = Vec::with_capacity(rows.len());
    for row in rows {
        let digest = digest_of(&row.digest)?;
        let (id, by, role, decision, comment, at) = (row.id, row.by, row.role, row.decision, row.comment, row.at);
        approvals.push(Approval {
            id,
            by,
            role,
            decision,
            comment,
            digest,
            at,
        });
    }
    Ok(approvals)
}

/// A digest as Postgres keeps it.
fn digest_of(bytes: &[u8]) -> Result<PlanDigest, Error> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Error::Db(sqlx::Error::Decode("a plan digest has 32 bytes".into())))?;
    Ok(PlanDigest(bytes))
}

/// People whose account is active and who hold an approver's role there now, or have decided on the request.
async fn active(
    c: &mut PgConnection,
    environment: &Environment,
    request: Option<&ApprovalRequest>,
) -> Result<Vec<PersonId>, Error> {
    let mut people = active_in(&mut *c, &environment.policy.approver_roles, environment.scope()).await?;
    let decided: Vec<_> = request
        .iter()
        .flat_map(|request| request.approvals.iter().map(|approval| approval.by.0))
        .collect();
    if !decided.is_empty() {
        let also = sqlx::query_scalar!(
            r#"select id as "id: PersonId" from person where active and kind = 'person' and id = any($1)"#,
            &decided,
        );
        people.extend(also.fetch_all(c).await?);
        people.sort_unstable();
        people.dedup();
    }
    Ok(people)
}

async fn editors(c: &mut PgConnection, release: ReleaseId) -> Result<Vec<PersonId>, Error> {
    let editors = sqlx::query_scalar!(
        r#"select person_id as "id: PersonId" from release_editor where release_id = $1 order by person_id"#,
        release.0,
    );
    Ok(editors.fetch_all(c).await?)
}

/// Whether this very artifact reached 100 % of an environment and stood its checks there. A bake that a newer deployment ended counts.
async fn succeeded(c: &mut PgConnection, environment: EnvironmentId, plan: &Plan) -> Result<bool, Error> {
    let succeeded = sqlx::query_scalar!(
        r#"select exists (
               select from deployment d join plan p on p.digest = d.digest
               where d.environment_id = $1 and d.kind in ('planned', 'hotfix', 'redeploy')
                 and (d.state in ('succeeded', 'baking') or (d.state = 'superseded' and d.in_production_at is not null))
                 and p.body -> 'artifact' ->> 'digest' = $2
           ) as "succeeded!""#,
        environment.0,
        plan.artifact.digest,
    );
    Ok(succeeded.fetch_one(c).await?)
}

/// Keeps a plan under its digest; one that is kept already stays.
pub(crate) async fn keep_plan(c: &mut PgConnection, plan: &Plan) -> Result<PlanDigest, Error> {
    let digest = plan.digest();
    sqlx::query!(
        "insert into plan (digest, scheme, body) values ($1, $2, $3) on conflict (digest) do nothing",
        &digest.0[..],
        i32::try_from(plan.scheme).unwrap_or(i32::MAX),
        Json(plan) as _,
    )
    .execute(c)
    .await?;
    Ok(digest)
}
