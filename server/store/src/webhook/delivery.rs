//! Deliveries: enqueued with the happening, tried by a job, kept with what came of each attempt.

use super::{TOPIC, address_purpose, keep, open, secret_purpose};
use crate::notice::{Scene, tell};
use crate::tx::{Tx, begin};
use crate::{Db, Error, Rule, Vault, access, job};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, By, Role, Scope};
use domain::event::Event;
use domain::id::{DeliveryId, WebhookId};
use domain::job::Task;
use domain::notice::{About, Facts, What};
use domain::webhook::{ATTEMPTS, Form, Kind, Report, Stopped, gives_up};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

/// Bytes of an answer that are kept.
const KEPT: usize = 4096;

/// A receiver of something, and of which services: none stands for all.
pub(crate) type Receiver = (WebhookId, Vec<Uuid>);

/// Who takes reports of this kind.
pub(crate) async fn receivers(tx: &mut Tx, kind: Kind) -> Result<Vec<Receiver>, Error> {
    let rows = sqlx::query!(
        r#"select id as "id: WebhookId", services from webhook where stopped_at is null and $1 = any(kinds) order by id"#,
        kind.key(),
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.services)).collect())
}

/// Enqueues what happened for each receiver that takes reports of this service.
pub(crate) async fn enqueue(
    tx: &mut Tx,
    receivers: &[Receiver],
    kind: Kind,
    scene: &Scene,
    by: By,
    event: &Event,
) -> Result<(), Error> {
    let report = Report {
        about: scene.about.clone(),
        by,
        event: Some(event.clone()),
    };
    for (webhook, services) in receivers {
        if services.is_empty() || scene.service.is_some_and(|service| services.contains(&service.0)) {
            insert(tx, *webhook, kind, &report).await?;
        }
    }
    Ok(())
}

async fn insert(tx: &mut Tx, webhook: WebhookId, kind: Kind, report: &Report) -> Result<DeliveryId, Error> {
    let (id, now) = (DeliveryId(Uuid::now_v7()), tx.now);
    sqlx::query!(
        "insert into delivery (id, webhook_id, kind, data, at) values ($1, $2, $3, $4, $5)",
        id.0,
        webhook.0,
        kind.key(),
        Json(report) as _,
        now,
    )
    .execute(&mut **tx)
    .await?;
    have_it_done(tx, id).await?;
    Ok(id)
}

async fn have_it_done(tx: &mut Tx, id: DeliveryId) -> Result<(), Error> {
    tx.kick(TOPIC);
    let key = format!("webhook:{id}");
    job::enqueue(tx, Task::Webhook, json!({ "delivery": id }), &key, ATTEMPTS).await
}

/// Sends something to a receiver, to see whether it arrives.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::NothingToDo` while it is stopped.
pub async fn send_test(db: &Db, actor: &Actor, id: WebhookId) -> Result<DeliveryId, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = begin(db).await?;
    if keep::stopped(&mut tx, id).await? {
        return Err(Rule::NothingToDo.into());
    }
    let name = sqlx::query_scalar!("select name from webhook where id = $1", id.0)
        .fetch_one(&mut *tx)
        .await?;
    let report = Report {
        about: About::Webhook { id, name },
        by: actor.by(),
        event: None,
    };
    let delivery = insert(&mut tx, id, Kind::Test, &report).await?;
    let tested = Event::WebhookTested { webhook: id, delivery };
    keep::record(&mut tx, actor.by(), &tested).await?;
    tx.commit().await?;
    Ok(delivery)
}

/// Sends a delivery again, under its own id: a receiver that has it already knows it by that.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::NothingToDo` while its receiver is stopped, or it waits to be sent anyway.
pub async fn resend(db: &Db, actor: &Actor, id: DeliveryId) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let row = sqlx::query!(
        r#"select w.id as "webhook: WebhookId", state = 'waiting' or w.stopped_at is not null as "idle!" from delivery d join webhook w on w.id = d.webhook_id
           where d.id = $1 for update of d"#,
        id.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    if row.idle {
        return Err(Rule::NothingToDo.into());
    }
    sqlx::query!("update delivery set state = 'waiting' where id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    have_it_done(&mut tx, id).await?;
    let resent = Event::WebhookResent {
        webhook: row.webhook,
        delivery: id,
    };
    keep::record(&mut tx, actor.by(), &resent).await?;
    tx.commit().await
}

/// A delivery, with everything that is needed to send it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub id: DeliveryId,
    pub kind: Kind,
    pub at: DateTime<Utc>,
    pub form: Form,
    pub url: String,
    /// `whsec_…`
    pub secret: String,
    pub report: Report,
}

/// The delivery as it is to be sent now. None when it was delivered, or its receiver was stopped or removed.
///
/// # Errors
/// `Db`, also when the receiver's address can't be opened by the keys of this instance.
pub async fn outgoing(db: &Db, vault: &Vault, id: DeliveryId) -> Result<Option<Outgoing>, Error> {
    let row = sqlx::query!(
        r#"select d.kind, d.at, d.data as "report: Json<Report>", w.id as "webhook: WebhookId", w.form as "form: Form",
               w.url_sealed, w.secret_sealed
           from delivery d join webhook w on w.id = d.webhook_id
           where d.id = $1 and d.state = 'waiting' and w.stopped_at is null"#,
        id.0,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let kind = Kind::from_key(&row.kind).ok_or(Error::NotFound)?;
    Ok(Some(Outgoing {
        id,
        kind,
        at: row.at,
        form: row.form,
        url: open(vault, &address_purpose(row.webhook), &row.url_sealed)?,
        secret: open(vault, &secret_purpose(row.webhook), &row.secret_sealed)?,
        report: row.report.0,
    }))
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub delivered: bool,
    pub status: Option<u16>,
    pub error: String,
    pub answer: Vec<u8>,
    pub duration_ms: u32,
    /// It was the last attempt.
    pub last: bool,
}

/// Keeps an attempt. A receiver that took nothing for days is stopped, and administrators are told.
///
/// # Errors
/// `NotFound` when the delivery was removed meanwhile.
pub async fn keep_attempt(db: &Db, id: DeliveryId, outcome: &Outcome) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let now = tx.now;
    let state = match outcome {
        Outcome { delivered: true, .. } => "delivered",
        Outcome { last: true, .. } => "failed",
        _ => "waiting",
    };
    // The receiver before its delivery, as whoever stops it does.
    let webhook = sqlx::query!(
        r#"select w.id as "id: WebhookId", w.name, w.failing_since, w.stopped_at is not null as "stopped!"
           from webhook w join delivery d on d.webhook_id = w.id where d.id = $1 for update of w"#,
        id.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    let attempt = sqlx::query_scalar!(
        "update delivery set attempts = attempts + 1,
             state = case when state = 'waiting' or $2 = 'delivered' then $2 else state end
         where id = $1 returning attempts",
        id.0,
        state,
    )
    .fetch_one(&mut *tx)
    .await?;
    let answer = String::from_utf8_lossy(&outcome.answer[..outcome.answer.len().min(KEPT)]).replace('\0', "");
    sqlx::query!(
        "insert into delivery_attempt (delivery_id, attempt, at, status, error, answer, duration_ms)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        attempt,
        now,
        outcome.status.map(i32::from),
        outcome.error.replace('\0', ""),
        answer,
        i32::try_from(outcome.duration_ms).unwrap_or(i32::MAX),
    )
    .execute(&mut *tx)
    .await?;
    let failing_since = (!outcome.delivered).then_some(webhook.failing_since.unwrap_or(now));
    sqlx::query!(
        "update webhook set failing_since = $2 where id = $1",
        webhook.id.0,
        failing_since
    )
    .execute(&mut *tx)
    .await?;
    if let Some(since) = failing_since
        && gives_up(since, now)
        && !webhook.stopped
    {
        give_up(&mut tx, webhook.id, webhook.name).await?;
    }
    tx.kick(TOPIC);
    tx.commit().await
}

async fn give_up(tx: &mut Tx, id: WebhookId, name: String) -> Result<(), Error> {
    keep::stop_locked(tx, id, By::System, Stopped::Failing).await?;
    let scene = Scene {
        about: About::Webhook { id, name },
        service: None,
        facts: Facts {
            owners: access::read::active_in(tx, &[Role::Admin], Scope::Instance).await?,
            ..Facts::default()
        },
    };
    tell(tx, &scene, What::WebhookStopped, By::System).await
}
