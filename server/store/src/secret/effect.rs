//! What the next version of a secret does to approvals: a plan names exactly one version, so what was asked for is another plan.

use crate::event::append;
use crate::tx::Tx;
use crate::{Error, gate};
use domain::access::Actor;
use domain::event::{Event, Stream, StreamKind};
use domain::id::{EnvironmentId, ReleaseId, SecretId};
use domain::plan::PlanDigest;
use domain::release::Decision;
use domain::secret::Voids;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// A request for approval that still asks for the plan as it is, and that plan needs secrets.
pub(super) struct Waiting {
    release: ReleaseId,
    environment: EnvironmentId,
    environment_name: String,
    digest: PlanDigest,
    secrets: Vec<SecretId>,
    approvals: u32,
}

/// Requests for approval of plans that need secrets; of this name, where one is given. Not those that were deployed on since: what is queued or
/// runs has its plan, and keeps the versions in it.
pub(super) async fn waiting(c: &mut PgConnection, name: Option<&str>) -> Result<Vec<Waiting>, Error> {
    let asked = sqlx::query!(
        r#"select distinct r.release_id as "release: ReleaseId", r.environment_id as "environment: EnvironmentId"
           from approval_request r join plan p on p.digest = r.digest
           where jsonb_array_length(coalesce(p.body -> 'secrets', '[]'::jsonb)) > 0
               and ($1::text is null or p.body -> 'secrets' @> jsonb_build_array(jsonb_build_object('name', $1::text)))
               and not exists (
                   select 1 from deployment d where d.release_id = r.release_id and d.environment_id = r.environment_id
                       and d.requested_at >= r.requested_at)
           order by 1, 2"#,
        name,
    )
    .fetch_all(&mut *c)
    .await?;
    let mut waiting = Vec::new();
    for row in asked {
        let standing = gate::standing(&mut *c, row.release, row.environment).await?;
        let Some(request) = standing.request.filter(|request| request.digest == standing.digest) else {
            continue;
        };
        let yes = request.approvals.iter().filter(|one| one.decision == Decision::Approve);
        waiting.push(Waiting {
            release: row.release,
            environment: row.environment,
            environment_name: standing.environment.name,
            digest: standing.digest,
            secrets: standing.plan.secrets.iter().map(|secret| secret.id).collect(),
            approvals: u32::try_from(yes.count()).unwrap_or(u32::MAX),
        });
    }
    Ok(waiting)
}

/// What a next version of each secret would void.
pub(super) async fn effects(c: &mut PgConnection) -> Result<BTreeMap<SecretId, Voids>, Error> {
    let mut effects: BTreeMap<SecretId, Voids> = BTreeMap::new();
    for one in waiting(c, None).await? {
        for secret in one.secrets {
            let effect = effects.entry(secret).or_default();
            effect.requests += 1;
            effect.approvals += one.approvals;
        }
    }
    Ok(effects)
}

/// Says of each request whose plan is another one now that it is void, in the history of its release.
pub(super) async fn tell(tx: &mut Tx, actor: &Actor, before: Vec<Waiting>) -> Result<(), Error> {
    for one in before {
        let now = gate::standing(tx, one.release, one.environment).await?;
        if now.digest != one.digest {
            let event = Event::ApprovalsVoided {
                environment: one.environment_name,
                count: one.approvals,
            };
            append(tx, Stream::new(StreamKind::Release, one.release), actor.by(), &event).await?;
        }
    }
    Ok(())
}
