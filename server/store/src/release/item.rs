//! Working off a checklist.

use super::read;
use super::voiding::{digests, keep};
use crate::event::append;
use crate::service::read::environments_of;
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::id::{ItemId, ReleaseId};
use domain::release::{Item, ItemAct, ItemState, Release};

/// Ticks an item with evidence, marks it not applicable with a reason, or opens it again.
///
/// Which items do not apply is covered by the plan digest of environments whose policy asks for the checklist; ticks are not.
///
/// # Errors
/// `NotFound`; `Denied`; `Conflict` when somebody else changed the item meanwhile; `Invalid` by `evidence` or `reason`.
pub async fn act_on_item(db: &Db, actor: &Actor, item: ItemId, row_version: i32, act: &ItemAct) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let id = sqlx::query_scalar!(
        r#"select release_id as "id: ReleaseId" from checklist_item where id = $1"#,
        item.0
    )
    .fetch_one(&mut *tx)
    .await?;
    read::lock(&mut tx, id).await?;
    let release = read::release(&mut tx, id).await?;
    actor.may(Action::TickItem, Scope::Service(release.service))?;
    let items = read::items(&mut tx, id).await?;
    let before = items.iter().find(|kept| kept.id == item).ok_or(Error::NotFound)?;
    if before.row_version != row_version {
        return Err(Error::Conflict);
    }
    let (state, evidence) = act.apply()?;
    let evidence = evidence.replace('\0', "");
    if before.state == state && before.evidence == evidence {
        return Ok(());
    }
    save(&mut tx, actor, id, item, state, &evidence).await?;
    if (before.state == ItemState::NotApplicable) != (state == ItemState::NotApplicable) {
        settle(&mut tx, actor, &release, &items).await?;
    }
    tx.commit().await
}

/// Keeps an item's state, and that it changed. Nobody stands behind an open item: who opened it again is in the history.
pub(crate) async fn save(
    tx: &mut Tx,
    actor: &Actor,
    release: ReleaseId,
    item: ItemId,
    state: ItemState,
    evidence: &str,
) -> Result<(), Error> {
    let settled = state != ItemState::Open;
    let now = tx.now;
    sqlx::query!(
        "update checklist_item set state = $2, evidence = $3, by_id = $4, at = $5, by_check = false,
             row_version = row_version + 1
         where id = $1",
        item.0,
        state as ItemState,
        evidence,
        settled.then_some(actor.id.0),
        settled.then_some(now),
    )
    .execute(&mut **tx)
    .await?;
    let event = Event::ItemChanged { item, to: state };
    append(tx, Stream::new(StreamKind::Release, release), actor.by(), &event).await?;
    Ok(())
}

/// An item began or ceased to apply: where the digest covers that, approvals are void.
async fn settle(tx: &mut Tx, actor: &Actor, release: &Release, before: &[Item]) -> Result<(), Error> {
    let service = read::service(tx, release.service).await?;
    let environments = environments_of(tx, &[release.service]).await?;
    let after = read::items(tx, release.id).await?;
    let old = digests(&service, release, before, &environments);
    let new = digests(&service, release, &after, &environments);
    if old == new {
        return Ok(());
    }
    keep(
        tx,
        actor,
        release.id,
        (vec!["checklist".into()], Vec::new()),
        &environments,
        (&old, &new),
    )
    .await
}
