//! What an edit does to approvals: whoever changes what a plan digest covers can't approve it, and what was asked for is void.

use crate::Error;
use crate::event::append;
use crate::tx::Tx;
use domain::access::Actor;
use domain::event::{Event, FieldChange, Stream, StreamKind};
use domain::id::ReleaseId;
use domain::plan::{Plan, PlanDigest};
use domain::release::{Item, Release};
use domain::service::{Environment, Service};

/// The digest of the plan that would be frozen now, for each environment.
pub(super) fn digests(
    service: &Service,
    release: &Release,
    items: &[Item],
    environments: &[Environment],
) -> Vec<PlanDigest> {
    environments
        .iter()
        .map(|environment| Plan::freeze(service, release, items, environment).digest())
        .collect()
}

/// Keeps the person as an editor, and says which approvals became void, when a digest changed. The release must be locked.
///
/// `before` and `after` are in the order of `environments`. Appends `ReleaseChanged` with the fields, and what they were and are, in either case.
pub(super) async fn keep(
    tx: &mut Tx,
    actor: &Actor,
    release: ReleaseId,
    (fields, changes): (Vec<String>, Vec<FieldChange>),
    environments: &[Environment],
    (before, after): (&[PlanDigest], &[PlanDigest]),
) -> Result<(), Error> {
    let stream = Stream::new(StreamKind::Release, release);
    let changed: Vec<_> = environments
        .iter()
        .zip(before.iter().zip(after))
        .filter(|(_, (old, new))| old != new)
        .collect();
    if !changed.is_empty() {
        add_editor(tx, release, actor).await?;
    }
    let event = Event::ReleaseChanged {
        fields,
        digest_changed: !changed.is_empty(),
        changes,
    };
    append(tx, stream, actor.by(), &event).await?;
    for (environment, (old, _)) in changed {
        if let Some(count) = voided(tx, release, environment, old).await? {
            let event = Event::ApprovalsVoided {
                environment: environment.name.clone(),
                count,
            };
            append(tx, stream, actor.by(), &event).await?;
        }
    }
    Ok(())
}

pub(super) async fn add_editor(tx: &mut Tx, release: ReleaseId, actor: &Actor) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into release_editor (release_id, person_id, at) values ($1, $2, $3)
         on conflict (release_id, person_id) do update set at = excluded.at",
        release.0,
        actor.id.0,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How many approvals the newest request has, if it was for this digest.
async fn voided(
    tx: &mut Tx,
    release: ReleaseId,
    environment: &Environment,
    digest: &PlanDigest,
) -> Result<Option<u32>, Error> {
    let newest = sqlx::query!(
        r#"select digest, (select count(*) from approval where request_id = q.id and decision = 'approve') as "approvals!"
           from approval_request q where release_id = $1 and environment_id = $2
           order by requested_at desc, id desc limit 1"#,
        release.0,
        environment.id.0,
    )
    .fetch_optional(&mut **tx)
    .await?;
    let of_this = newest.filter(|newest| newest.digest[..] == digest.0[..]);
    Ok(of_this.map(|newest| u32::try_from(newest.approvals).unwrap_or(u32::MAX)))
}
