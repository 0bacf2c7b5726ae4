//! Receivers, and what was reported to them, as administrators see it.

use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::id::{DeliveryId, ServiceId, WebhookId};
use domain::webhook::{Attempt, Delivery, DeliveryState, Form, Kind, Stopped, Webhook};
use uuid::Uuid;

/// Deliveries of one page.
pub const DELIVERIES: usize = 50;

/// All receivers, by name.
///
/// # Errors
/// `Denied`.
pub async fn list(db: &Db, actor: &Actor) -> Result<Vec<Webhook>, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: WebhookId", name, form as "form: Form", host, kinds, services as "services: Vec<ServiceId>", stopped_at,
               stopped_because as "stopped_because: Stopped", failing_since, created_at, row_version
           from webhook order by lower(name), id"#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Webhook::from).collect())
}

/// What the page of one receiver shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub webhook: Webhook,
    /// The newest ones.
    pub deliveries: Vec<Delivery>,
}

/// One receiver, with its newest deliveries.
///
/// # Errors
/// `Denied`; `NotFound`.
pub async fn page(db: &Db, actor: &Actor, id: WebhookId) -> Result<Page, Error> {
    let webhook = list(db, actor)
        .await?
        .into_iter()
        .find(|webhook| webhook.id == id)
        .ok_or(Error::NotFound)?;
    let deliveries = deliveries_before(db, actor, id, None).await?;
    Ok(Page { webhook, deliveries })
}

/// What was reported to a receiver, the newest first: what came before this delivery.
///
/// # Errors
/// `Denied`. A receiver that is not there has none.
pub async fn deliveries_before(
    db: &Db,
    actor: &Actor,
    id: WebhookId,
    before: Option<DeliveryId>,
) -> Result<Vec<Delivery>, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let rows = sqlx::query!(
        r#"select id as "id: DeliveryId", kind, at, state as "state: DeliveryState" from delivery
           where webhook_id = $1 and ($2::uuid is null or (at, id) < (select at, id from delivery where id = $2))
           order by at desc, id desc limit $3"#,
        id.0,
        before.map(|id| id.0),
        DELIVERIES as i64,
    )
    .fetch_all(db)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let attempts = attempts(db, &ids).await?;
    let deliveries = rows.into_iter().filter_map(|row| {
        let of_this = attempts.iter().filter(|(of, _)| *of == row.id.0);
        Some(Delivery {
            id: row.id,
            kind: Kind::from_key(&row.kind)?,
            at: row.at,
            state: row.state,
            attempts: of_this.map(|(_, attempt)| attempt.clone()).collect(),
        })
    });
    Ok(deliveries.collect())
}

async fn attempts(db: &Db, ids: &[Uuid]) -> Result<Vec<(Uuid, Attempt)>, Error> {
    let rows = sqlx::query!(
        "select delivery_id, attempt, at, status, error, answer, duration_ms from delivery_attempt
         where delivery_id = any($1) order by delivery_id, attempt",
        ids,
    )
    .fetch_all(db)
    .await?;
    let attempts = rows.into_iter().map(|row| {
        let attempt = Attempt {
            attempt: row.attempt,
            at: row.at,
            status: row.status,
            error: row.error,
            answer: row.answer,
            duration_ms: row.duration_ms,
        };
        (row.delivery_id, attempt)
    });
    Ok(attempts.collect())
}

struct Row {
    id: WebhookId,
    name: String,
    form: Form,
    host: String,
    kinds: Vec<String>,
    services: Vec<ServiceId>,
    stopped_at: Option<DateTime<Utc>>,
    stopped_because: Option<Stopped>,
    failing_since: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    row_version: i32,
}

impl From<Row> for Webhook {
    fn from(row: Row) -> Webhook {
        Webhook {
            id: row.id,
            name: row.name,
            form: row.form,
            host: row.host,
            kinds: row.kinds.iter().filter_map(|kind| Kind::from_key(kind)).collect(),
            services: row.services,
            stopped: row.stopped_at.zip(row.stopped_because),
            failing_since: row.failing_since,
            created_at: row.created_at,
            row_version: row.row_version,
        }
    }
}
