//! What programs report of a commit, and what that does to the checklists of the releases that are built from it.

use super::item::save;
use super::read;
use crate::event::append;
use crate::service::read::service_by_name;
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::check::{Check, CheckForm, CheckState, settle};
use domain::event::{Event, Stream, StreamKind};
use domain::id::{ItemId, ReleaseId, ServiceId};
use sqlx::types::Json;
use std::collections::HashMap;

/// Keeps a check's report, instead of the one before of the same name and commit. Items of checklists that it proves are ticked; those that
/// checks had ticked are opened again when it failed.
///
/// # Errors
/// `NotFound` for the service; `Denied`; `Invalid` by `check`, `commit`, `url`, `figure`.
pub async fn report_check(
    db: &Db,
    actor: &Actor,
    service: &str,
    commit: &str,
    name: &str,
    form: &CheckForm,
) -> Result<Check, Error> {
    let mut tx = begin(db).await?;
    let service = service_by_name(&mut tx, service).await?.id;
    actor.may(Action::TickItem, Scope::Service(service))?;
    form.check(name, commit).into_result()?;
    let check = Check {
        commit: commit.to_owned(),
        name: name.to_owned(),
        state: form.counts_as(),
        url: form.url.trim().to_owned(),
        figure: form.figure,
        limit: form.limit,
        reported_at: tx.now,
    };
    report_in(&mut tx, actor, service, &check).await?;
    tx.commit().await?;
    Ok(check)
}

/// The same inside a transaction that does more, for a report that was checked. One that is older than what is kept changes nothing: reports of a source come
/// in any order. Whether the check stands differently now.
pub(crate) async fn report_in(tx: &mut Tx, actor: &Actor, service: ServiceId, check: &Check) -> Result<bool, Error> {
    actor.may(Action::TickItem, Scope::Service(service))?;
    let before = keep(tx, actor, service, check).await?;
    if before.as_ref().is_some_and(|before| before.at > check.reported_at) {
        return Ok(false);
    }
    let changed = before.map(|before| before.state) != Some(check.state);
    for release in built_from(tx, service, &check.commit).await? {
        read::lock(tx, release).await?;
        if changed {
            let event = Event::CheckReported {
                check: check.name.clone(),
                state: check.state,
            };
            append(tx, Stream::new(StreamKind::Release, release), actor.by(), &event).await?;
        }
        settle_items(tx, actor, release).await?;
    }
    Ok(changed)
}

/// What was kept of a check before.
struct Before {
    state: CheckState,
    at: DateTime<Utc>,
}

/// The last reports for a commit, by name.
///
/// # Errors
/// `NotFound` for the service; `Denied`.
pub async fn checks(db: &Db, actor: &Actor, service: &str, commit: &str) -> Result<Vec<Check>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let service = service_by_name(&mut c, service).await?.id;
    let checks = sqlx::query_as!(
        Check,
        r#"select commit_sha as commit, name, state as "state: CheckState", url, figure, most as "limit", reported_at
           from commit_check where service_id = $1 and commit_sha = $2 order by name"#,
        service.0,
        commit,
    );
    Ok(checks.fetch_all(&mut *c).await?)
}

/// Writes the report, unless a newer one is kept; answers the one before.
async fn keep(tx: &mut Tx, actor: &Actor, service: ServiceId, check: &Check) -> Result<Option<Before>, Error> {
    let before = sqlx::query_as!(
        Before,
        r#"select state as "state: CheckState", reported_at as at from commit_check
           where service_id = $1 and commit_sha = $2 and name = $3 for update"#,
        service.0,
        check.commit,
        check.name,
    )
    .fetch_optional(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into commit_check (service_id, commit_sha, name, state, url, figure, most, by, reported_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (service_id, commit_sha, name) do update
             set state = excluded.state, url = excluded.url, figure = excluded.figure, most = excluded.most,
                 by = excluded.by, reported_at = excluded.reported_at
             where commit_check.reported_at <= excluded.reported_at",
        service.0,
        check.commit,
        check.name,
        check.state.key(),
        check.url,
        check.figure,
        check.limit,
        Json(actor.by()) as _,
        check.reported_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(before)
}

/// Releases of the service that are built from this commit, each once, in one order for everybody who locks them. A plan may name the
/// commit by its first seven digits or more.
async fn built_from(tx: &mut Tx, service: ServiceId, commit: &str) -> Result<Vec<ReleaseId>, Error> {
    let ids = sqlx::query_scalar!(
        r#"select id as "id: ReleaseId" from release
           where service_id = $1 and length(form ->> 'commit') >= 7 and starts_with($2, form ->> 'commit') order by id"#,
        service.0,
        commit,
    );
    Ok(ids.fetch_all(&mut **tx).await?)
}

/// Brings the checklist of a locked release to what the checks of its commit say.
pub(super) async fn settle_items(tx: &mut Tx, actor: &Actor, release: ReleaseId) -> Result<(), Error> {
    let items = read::items(tx, release).await?;
    let by_check: HashMap<ItemId, bool> = sqlx::query!(
        r#"select id as "id: ItemId", by_check from checklist_item where release_id = $1"#,
        release.0,
    )
    .fetch_all(&mut **tx)
    .await?
    .into_iter()
    .map(|row| (row.id, row.by_check))
    .collect();
    let checks = sqlx::query_as!(
        Check,
        r#"select c.commit_sha as commit, c.name, c.state as "state: CheckState", c.url, c.figure, c.most as "limit",
                  c.reported_at
           from commit_check c join release r on r.service_id = c.service_id
           where r.id = $1 and length(r.form ->> 'commit') >= 7 and starts_with(c.commit_sha, r.form ->> 'commit')
           order by c.name"#,
        release.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    let with_origin: Vec<_> = items
        .into_iter()
        .map(|item| {
            let origin = by_check.get(&item.id).copied().unwrap_or_default();
            (item, origin)
        })
        .collect();
    for (item, act) in settle(&with_origin, &checks) {
        let (state, evidence) = act.apply()?;
        save(tx, actor, release, item, state, &evidence).await?;
        sqlx::query!(
            "update checklist_item set by_check = (state = 'done') where id = $1",
            item.0
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
