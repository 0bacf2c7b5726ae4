//! Telling the public, and what is to be done so that it does not happen again.

use super::{component, read};
use crate::event::append;
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use domain::access::{Action, Actor, By, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, check_length};
use domain::id::{ActionItemId, IncidentId};
use domain::incident::{Incident, IncidentState};
use sqlx::types::Json;
use uuid::Uuid;

/// Publishes an update: from then on the incident, if its service is customer-facing, is on the status page.
///
/// Resolving ends the interruption; any other state of a resolved incident opens it again.
///
/// # Errors
/// `NotFound`, `Denied`, `Invalid` by `body`.
pub async fn publish(db: &Db, actor: &Actor, number: i64, state: IncidentState, body: &str) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let incident = read::locked(&mut tx, number).await?;
    actor.may(Action::PublishStatus, Scope::Service(incident.service))?;
    let body = body.replace('\0', "").trim().to_owned();
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "body", &body, 3, 2_000);
    errors.into_result()?;
    to_state(&mut tx, &incident, state, actor.by()).await?;
    tell(&mut tx, incident.id, state, &body, actor.by()).await?;
    component::follow(&mut tx, incident.service, actor.by()).await?;
    tx.commit().await
}

/// Keeps what the public is told.
pub(super) async fn tell(
    tx: &mut Tx,
    incident: IncidentId,
    state: IncidentState,
    body: &str,
    by: By,
) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into incident_update (id, incident_id, state, body, at, by) values ($1, $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        incident.0,
        state.key(),
        body,
        now,
        Json(by) as _,
    )
    .execute(&mut **tx)
    .await?;
    append(
        tx,
        Stream::new(StreamKind::Incident, incident),
        by,
        &Event::StatusPublished { state },
    )
    .await?;
    Ok(())
}

/// Brings a locked incident to a state, and keeps when it was over.
pub(super) async fn to_state(tx: &mut Tx, incident: &Incident, state: IncidentState, by: By) -> Result<(), Error> {
    if incident.state == state {
        return Ok(());
    }
    let resolved_at = (state == IncidentState::Resolved).then_some(tx.now);
    sqlx::query!(
        "update incident set state = $2, resolved_at = $3 where id = $1",
        incident.id.0,
        state.key(),
        resolved_at,
    )
    .execute(&mut **tx)
    .await?;
    append(
        tx,
        Stream::new(StreamKind::Incident, incident.id),
        by,
        &Event::IncidentStateChanged { to: state },
    )
    .await?;
    Ok(())
}

/// Adds something to do. The ticket may be empty.
///
/// # Errors
/// `NotFound`, `Denied`, `Invalid` by `text` or `ticket`.
pub async fn add_action(db: &Db, actor: &Actor, number: i64, text: &str, ticket: &str) -> Result<ActionItemId, Error> {
    let mut tx = begin(db).await?;
    let incident = read::locked(&mut tx, number).await?;
    actor.may(Action::EditIncident, Scope::Service(incident.service))?;
    let (text, ticket) = (
        text.replace('\0', "").trim().to_owned(),
        ticket.replace('\0', "").trim().to_owned(),
    );
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "text", &text, 3, 300);
    check_length(&mut errors, "ticket", &ticket, 0, 200);
    errors.into_result()?;
    let id = ActionItemId(Uuid::now_v7());
    sqlx::query!(
        "insert into action_item (id, incident_id, position, text, ticket)
         select $1, $2, coalesce(max(position) + 1, 0), $3, $4 from action_item where incident_id = $2",
        id.0,
        incident.id.0,
        text,
        ticket,
    )
    .execute(&mut *tx)
    .await?;
    append(
        &mut tx,
        Stream::new(StreamKind::Incident, incident.id),
        actor.by(),
        &Event::ActionItemAdded { text },
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Ticks an action item, or opens it again. Setting what it is already does nothing.
///
/// # Errors
/// `NotFound`, `Denied`.
pub async fn set_action_done(db: &Db, actor: &Actor, action: ActionItemId, done: bool) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let number = sqlx::query_scalar!(
        "select i.number from incident i join action_item a on a.incident_id = i.id where a.id = $1",
        action.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    let incident = read::locked(&mut tx, number).await?;
    actor.may(Action::EditIncident, Scope::Service(incident.service))?;
    let changed = sqlx::query_scalar!(
        "update action_item set done = $2 where id = $1 and done <> $2 returning text",
        action.0,
        done,
    );
    let Some(text) = changed.fetch_optional(&mut *tx).await? else {
        return Ok(());
    };
    let event = if done {
        Event::ActionItemDone { text }
    } else {
        Event::IncidentChanged {
            fields: vec!["actions".into()],
        }
    };
    append(
        &mut tx,
        Stream::new(StreamKind::Incident, incident.id),
        actor.by(),
        &event,
    )
    .await?;
    tx.commit().await
}
