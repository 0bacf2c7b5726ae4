//! Opening an incident, and writing its report.

use super::{component, read};
use crate::event::append;
use crate::service::read::service_by_name;
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, By, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::Problem;
use domain::id::{DeploymentId, IncidentId, ServiceId};
use domain::incident::{IncidentForm, IncidentState};
use sqlx::types::Json;
use uuid::Uuid;

/// Opens an incident of a service; answers its number.
///
/// # Errors
/// `NotFound` for the service; `Denied`; `Invalid`: by `started_at` when it lies ahead, by `deployment` when it is not the service's
/// (`Unknown`) or has an incident (`Taken`).
pub async fn open(
    db: &Db,
    actor: &Actor,
    service: &str,
    deployment: Option<DeploymentId>,
    form: &IncidentForm,
) -> Result<i64, Error> {
    let mut tx = begin(db).await?;
    let service = service_by_name(&mut tx, service).await?.id;
    actor.may(Action::EditIncident, Scope::Service(service))?;
    let form = tidy(form);
    check(&form, tx.now)?;
    if let Some(deployment) = deployment {
        let known = sqlx::query_scalar!(
            r#"select exists (select from deployment where id = $1 and service_id = $2) as "known!""#,
            deployment.0,
            service.0,
        );
        if !known.fetch_one(&mut *tx).await? {
            return Err(Error::field("deployment", Problem::Unknown));
        }
    }
    let opened = insert(
        &mut tx,
        service,
        deployment,
        IncidentState::Investigating,
        &form,
        actor.by(),
    )
    .await?;
    let Some((id, number)) = opened else {
        return Err(Error::field("deployment", Problem::Taken));
    };
    let event = Event::IncidentOpened { number, deployment };
    append(&mut tx, Stream::new(StreamKind::Incident, id), actor.by(), &event).await?;
    if let Some(deployment) = deployment {
        let event = Event::IncidentLinked { incident: id };
        append(
            &mut tx,
            Stream::new(StreamKind::Deployment, deployment),
            actor.by(),
            &event,
        )
        .await?;
    }
    component::follow(&mut tx, service, actor.by()).await?;
    tx.commit().await?;
    Ok(number)
}

/// A new incident; none when the deployment has one already.
pub(super) async fn insert(
    tx: &mut Tx,
    service: ServiceId,
    deployment: Option<DeploymentId>,
    state: IncidentState,
    form: &IncidentForm,
    by: By,
) -> Result<Option<(IncidentId, i64)>, Error> {
    let id = IncidentId(Uuid::now_v7());
    let now = tx.now;
    let number = sqlx::query_scalar!(
        "insert into incident (id, service_id, deployment_id, state, severity, form, opened_by, opened_at, started_at, detected_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)
         on conflict (deployment_id) where deployment_id is not null do nothing
         returning number",
        id.0,
        service.0,
        deployment.map(|deployment| deployment.0),
        state.key(),
        form.severity.key(),
        Json(form) as _,
        Json(by) as _,
        now,
        form.started_at,
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(number.map(|number| (id, number)))
}

/// Writes the report.
///
/// # Errors
/// `NotFound`; `Denied`; `Invalid`; `Conflict` when the form was made from an older row. Nothing was written then.
pub async fn update(db: &Db, actor: &Actor, number: i64, form: &IncidentForm) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let before = read::locked(&mut tx, number).await?;
    actor.may(Action::EditIncident, Scope::Service(before.service))?;
    if form.row_version != before.form.row_version {
        return Err(Error::Conflict);
    }
    let form = tidy(form);
    check(&form, tx.now)?;
    let fields = changed_fields(&before.form, &form);
    if fields.is_empty() {
        return Ok(());
    }
    save(&mut tx, before.id, &form).await?;
    let stream = Stream::new(StreamKind::Incident, before.id);
    if form.severity != before.form.severity {
        append(
            &mut tx,
            stream,
            actor.by(),
            &Event::IncidentSeverityChanged { to: form.severity },
        )
        .await?;
        component::follow(&mut tx, before.service, actor.by()).await?;
    }
    append(&mut tx, stream, actor.by(), &Event::IncidentChanged { fields }).await?;
    tx.commit().await
}

pub(super) async fn save(tx: &mut Tx, id: IncidentId, form: &IncidentForm) -> Result<(), Error> {
    let form = IncidentForm {
        row_version: 0,
        ..form.clone()
    };
    sqlx::query!(
        "update incident set form = $2, severity = $3, started_at = $4, row_version = row_version + 1 where id = $1",
        id.0,
        Json(&form) as _,
        form.severity.key(),
        form.started_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn check(form: &IncidentForm, now: DateTime<Utc>) -> Result<(), Error> {
    let mut errors = form.check();
    if form.started_at > now {
        errors.add("started_at", Problem::Time);
    }
    Ok(errors.into_result()?)
}

/// The form as it is kept: outer white space and zero characters gone, the row version has its own column.
fn tidy(form: &IncidentForm) -> IncidentForm {
    let mut form = form.clone();
    for text in [
        &mut form.title,
        &mut form.public_title,
        &mut form.what_happened,
        &mut form.impact,
        &mut form.root_cause,
        &mut form.resolution,
        &mut form.lessons,
    ] {
        *text = text.replace('\0', "").trim().to_owned();
    }
    form.row_version = 0;
    form
}

/// The names of the fields that differ.
fn changed_fields(before: &IncidentForm, after: &IncidentForm) -> Vec<String> {
    let fields = [
        ("title", before.title != after.title),
        ("public_title", before.public_title != after.public_title),
        ("severity", before.severity != after.severity),
        ("what_happened", before.what_happened != after.what_happened),
        ("impact", before.impact != after.impact),
        ("root_cause", before.root_cause != after.root_cause),
        ("resolution", before.resolution != after.resolution),
        ("lessons", before.lessons != after.lessons),
        ("started_at", before.started_at != after.started_at),
    ];
    fields
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect()
}
