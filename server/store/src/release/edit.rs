//! Planning a release, and changing its plan.

use super::check::settle_items;
use super::read;
use super::template::{CHECKLIST, newest};
use super::voiding::{add_editor, digests, keep};
use crate::event::append;
use crate::service::read::{environments_of, service_by_name};
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind, differences};
use domain::id::{ItemId, ReleaseId, ServiceId};
use domain::release::{Release, ReleaseForm};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// Plans a release of a service, with its own copy of the newest checklist.
///
/// # Errors
/// `NotFound` for the service; `Denied`; `Invalid`, also when the version exists already (`version`).
pub async fn create(db: &Db, actor: &Actor, service: &str, form: &ReleaseForm) -> Result<ReleaseId, Error> {
    let mut tx = begin(db).await?;
    let service = service_by_name(&mut tx, service).await?;
    let id = plan(&mut tx, actor, service.id, form).await?;
    settle_items(&mut tx, actor, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same inside a transaction that does more.
pub(crate) async fn plan(
    tx: &mut Tx,
    actor: &Actor,
    service: ServiceId,
    form: &ReleaseForm,
) -> Result<ReleaseId, Error> {
    actor.may(Action::PlanRelease, Scope::Service(service))?;
    let form = tidy(form);
    form.check().into_result()?;
    let template = newest(tx, CHECKLIST).await?;
    let id = ReleaseId(Uuid::now_v7());
    let now = tx.now;
    sqlx::query!(
        "insert into release (id, service_id, version, title, form, template_id, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        id.0,
        service.0,
        form.version,
        form.title,
        Json(&form) as _,
        template.id,
        actor.id.0,
        now,
    )
    .execute(&mut **tx)
    .await?;
    let sections = template.sections();
    // Collected: an iterator of closures held over an await would not be `Send` for callers.
    let mut items = Vec::new();
    for section in sections {
        items.extend(section.items.into_iter().map(|item| (section.title.clone(), item)));
    }
    for (position, (section, item)) in (0..).zip(items) {
        sqlx::query!(
            "insert into checklist_item (id, release_id, section, position, text, condition) values ($1, $2, $3, $4, $5, $6)",
            ItemId(Uuid::now_v7()).0,
            id.0,
            section,
            position,
            item.text,
            item.condition,
        )
        .execute(&mut **tx)
        .await?;
    }
    add_editor(tx, id, actor).await?;
    let event = Event::ReleasePlanned { version: form.version };
    append(tx, Stream::new(StreamKind::Release, id), actor.by(), &event).await?;
    Ok(id)
}

/// Changes a release's plan. Whoever changes what a plan digest covers becomes an editor, and approvals of the old digest are void.
///
/// # Errors
/// `NotFound`; `Denied`; `Invalid`; `Conflict` when the form was made from an older row. Nothing was written then.
pub async fn update(db: &Db, actor: &Actor, service: &str, version: &str, form: &ReleaseForm) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let id = read::release_id(&mut tx, service, version).await?;
    read::lock(&mut tx, id).await?;
    let before = read::release(&mut tx, id).await?;
    actor.may(Action::PlanRelease, Scope::Service(before.service))?;
    if form.row_version != before.row_version {
        return Err(Error::Conflict);
    }
    change(&mut tx, actor, &before, form).await?;
    settle_items(&mut tx, actor, id).await?;
    tx.commit().await
}

/// The same inside a transaction that does more, for a release that is locked and was read in it.
pub(super) async fn change(tx: &mut Tx, actor: &Actor, before: &Release, form: &ReleaseForm) -> Result<(), Error> {
    let id = before.id;
    let form = tidy(form);
    form.check().into_result()?;
    let fields = changed_fields(&before.form, &form);
    if fields.is_empty() {
        return Ok(());
    }
    save(tx, id, &form).await?;
    let after = Release { form, ..before.clone() };
    let service = read::service(tx, before.service).await?;
    let items = read::items(tx, id).await?;
    let environments = environments_of(tx, &[before.service]).await?;
    let old = digests(&service, before, &items, &environments);
    let new = digests(&service, &after, &items, &environments);
    // Notes are for people, and may be long: that they changed is told by the fields.
    let changes = differences(&before.form, &after.form, &["row_version", "notes", "known_issues"]);
    keep(tx, actor, id, (fields, changes), &environments, (&old, &new)).await
}

async fn save(tx: &mut Tx, id: ReleaseId, form: &ReleaseForm) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        "update release set version = $2, title = $3, form = $4, updated_at = $5, row_version = row_version + 1 where id = $1",
        id.0,
        form.version,
        form.title,
        Json(form) as _,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The form as it is kept: outer white space gone, zero characters (which Postgres refuses) as well; the row version has its own column.
fn tidy(form: &ReleaseForm) -> ReleaseForm {
    let clean = |text: &str| text.replace('\0', "").trim().to_owned();
    let mut form = form.clone();
    for text in [
        &mut form.version,
        &mut form.title,
        &mut form.artifact.reference,
        &mut form.artifact.digest,
        &mut form.commit,
        &mut form.database_changes,
        &mut form.rollback_plan,
        &mut form.verification,
        &mut form.notes,
        &mut form.known_issues,
    ] {
        *text = clean(text);
    }
    for change in &mut form.changes {
        change.text = clean(&change.text);
    }
    form.row_version = 0;
    form
}

/// The names of the fields whose value differs, sorted.
fn changed_fields(before: &ReleaseForm, after: &ReleaseForm) -> Vec<String> {
    let fields = |form: &ReleaseForm| match serde_json::to_value(form) {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let mut changed: Vec<String> = after
        .into_iter()
        .filter(|(name, value)| name != "row_version" && before.get(name) != Some(value))
        .map(|(name, _)| name)
        .collect();
    changed.sort();
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_named() {
        let before = ReleaseForm {
            row_version: 3,
            ..ReleaseForm::default()
        };
        let after = ReleaseForm {
            title: "T".into(),
            notes: "N".into(),
            ..ReleaseForm::default()
        };
        assert_eq!(changed_fields(&before, &after), ["notes", "title"]);
    }

    #[test]
    fn what_postgres_refuses_is_gone() {
        let form = ReleaseForm {
            title: " a\0b ".into(),
            row_version: 4,
            ..ReleaseForm::default()
        };
        let tidy = tidy(&form);
        assert_eq!((tidy.title.as_str(), tidy.row_version), ("ab", 0));
    }
}
