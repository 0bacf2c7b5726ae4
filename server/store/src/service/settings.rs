//! What an administrator sets of an environment: target, strategy, metric source, analysis.

use super::read;
use crate::event::append;
use crate::{Db, Error, tx};
use domain::access::{Action, Actor};
use domain::event::{Event, FieldChange, Stream, StreamKind, differences};
use domain::field::{FieldErrors, Problem};
use domain::id::{EnvironmentId, ServiceId};
use domain::service::{MetricSource, Settings, Strategy, Target};
use sqlx::types::Json;

/// Saves an environment's settings. They are part of what is approved: a request on the plan before asks for what will not run any more.
///
/// # Errors
/// `Denied`; `Invalid` with the fields of [`Settings::check`] and `analysis.…`; `NotFound`; `Conflict` when somebody saved since `row_version`.
pub async fn save_settings(
    db: &Db,
    actor: &Actor,
    id: EnvironmentId,
    row_version: i32,
    settings: &Settings,
) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    let before = read::locked_environment(&mut tx, id).await?;
    actor.may(Action::ManageTarget, before.scope())?;
    check(settings).into_result()?;
    known_secrets(&mut tx, before.service, settings).await?;
    if before.row_version != row_version {
        return Err(Error::Conflict);
    }
    let fields = changed(&before.settings, settings);
    if fields.is_empty() {
        return Ok(());
    }
    write(&mut tx, id, settings).await?;
    let changes = changes(&before.settings, settings);
    let event = Event::EnvironmentChanged { fields, changes };
    append(&mut tx, Stream::new(StreamKind::Environment, id), actor.by(), &event).await?;
    tx.kick(Stream::new(StreamKind::Service, before.service).topic());
    tx.kick("releases");
    tx.commit().await
}

/// Refuses a name that no secret of the service, or of the instance, has.
pub(super) async fn known_secrets(tx: &mut tx::Tx, service: ServiceId, settings: &Settings) -> Result<(), Error> {
    let Target::Command(command) = &settings.target else {
        return Ok(());
    };
    if command.secrets.is_empty() {
        return Ok(());
    }
    let newest = crate::secret::newest(tx, &[service]).await?;
    let known = |name: &String| newest.contains_key(&(service, name.clone()));
    if command.secrets.values().all(known) {
        Ok(())
    } else {
        Err(Error::field("target.secrets", Problem::Unknown))
    }
}

/// Replaces the settings of an environment whose row is locked.
pub(super) async fn write(tx: &mut tx::Tx, id: EnvironmentId, settings: &Settings) -> Result<(), Error> {
    sqlx::query!(
        "update environment set settings = $2, row_version = row_version + 1 where id = $1",
        id.0,
        Json(settings) as _,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What is wrong with settings, analysis rules included where they are used.
pub(super) fn check(settings: &Settings) -> FieldErrors {
    let mut errors = settings.check();
    let analysed = matches!(settings.strategy, Strategy::Canary { .. }) || settings.source != MetricSource::None;
    if analysed && let Err(inside) = settings.analysis.validate() {
        for (field, problem) in inside.0 {
            errors.add(&format!("analysis.{field}"), problem);
        }
    }
    errors
}

/// What differs, value by value, but for variables: they may hold what nobody should read later.
pub(super) fn changes(before: &Settings, after: &Settings) -> Vec<FieldChange> {
    differences(before, after, &["target.env"])
}

/// The names of what differs.
pub(super) fn changed(before: &Settings, after: &Settings) -> Vec<String> {
    let differs = [
        ("target", before.target != after.target),
        ("strategy", before.strategy != after.strategy),
        ("source", before.source != after.source),
        ("analysis", before.analysis != after.analysis),
        ("check_s", before.check_s != after.check_s),
        ("bake_s", before.bake_s != after.bake_s),
    ];
    differs
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(field, _)| field.to_owned())
        .collect()
}
