//! Receivers come, change, stop and go.

use super::{SECRET, TOPIC, address_purpose, seal, secret_purpose};
use crate::event::append;
use crate::tx::{Tx, begin};
use crate::{Db, Error, Rule, Vault};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::access::{Action, Actor, By, Scope};
use domain::event::{Event, Stream};
use domain::field::Problem;
use domain::id::WebhookId;
use domain::webhook::{Stopped, WebhookForm, shown_of};
use rand::RngCore as _;
use uuid::Uuid;

/// A webhook that was just added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    pub id: WebhookId,
    /// By which reports are signed: shown once.
    pub secret: String,
}

/// A new secret: 32 random bytes, in the form that libraries for Standard Webhooks take.
fn new_secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{SECRET}{}", BASE64_STANDARD.encode(bytes))
}

fn kinds(form: &WebhookForm) -> Vec<String> {
    let mut kinds = form.kinds.clone();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.iter().map(|kind| kind.key().to_owned()).collect()
}

/// Services that are named must be there.
async fn services(tx: &mut Tx, form: &WebhookForm) -> Result<Vec<Uuid>, Error> {
    let ids: Vec<Uuid> = form.services.iter().map(|id| id.0).collect();
    let known = sqlx::query_scalar!("select id from service where id = any($1) order by id for share", &ids)
        .fetch_all(&mut **tx)
        .await?;
    if ids.iter().any(|id| !known.contains(id)) {
        return Err(Error::field("services", Problem::Unknown));
    }
    Ok(known)
}

/// Adds a receiver.
///
/// # Errors
/// `Denied`; `Invalid` by `name` (also `Taken`), `url`, `kinds`, `services`.
pub async fn add(db: &Db, vault: &Vault, actor: &Actor, form: &WebhookForm) -> Result<Added, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    form.check(true).into_result()?;
    let (id, secret) = (WebhookId(Uuid::now_v7()), new_secret());
    let url = form.url.trim();
    let mut tx = begin(db).await?;
    let services = services(&mut tx, form).await?;
    let now = tx.now;
    sqlx::query!(
        "insert into webhook (id, name, form, host, url_sealed, secret_sealed, kinds, services, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        form.name.trim(),
        form.form.key(),
        shown_of(url),
        seal(vault, &address_purpose(id), url)?,
        seal(vault, &secret_purpose(id), &secret)?,
        &kinds(form),
        &services,
        actor.id.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let added = Event::WebhookAdded {
        webhook: id,
        name: form.name.trim().to_owned(),
    };
    record(&mut tx, actor.by(), &added).await?;
    tx.commit().await?;
    Ok(Added { id, secret })
}

/// Changes a receiver. Without an address in the form, its address stays.
///
/// # Errors
/// `Denied`; `NotFound`; `Conflict`; `Invalid` as in [`add`].
pub async fn change(db: &Db, vault: &Vault, actor: &Actor, id: WebhookId, form: &WebhookForm) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    form.check(false).into_result()?;
    let url = Some(form.url.trim()).filter(|url| !url.is_empty());
    let sealed = url.map(|url| seal(vault, &address_purpose(id), url)).transpose()?;
    let mut tx = begin(db).await?;
    let before = sqlx::query!(
        "select name, form, kinds, services, row_version from webhook where id = $1 for update",
        id.0
    )
    .fetch_one(&mut *tx)
    .await?;
    if before.row_version != form.row_version {
        return Err(Error::Conflict);
    }
    let (kinds, services) = (kinds(form), services(&mut tx, form).await?);
    sqlx::query!(
        "update webhook set name = $2, form = $3, kinds = $4, services = $5, host = coalesce($6, host),
             url_sealed = coalesce($7, url_sealed), row_version = row_version + 1
         where id = $1",
        id.0,
        form.name.trim(),
        form.form.key(),
        &kinds,
        &services,
        url.map(shown_of),
        sealed,
    )
    .execute(&mut *tx)
    .await?;
    let fields = [
        ("name", before.name != form.name.trim()),
        ("form", before.form != form.form.key()),
        ("url", url.is_some()),
        ("kinds", before.kinds != kinds),
        ("services", before.services != services),
    ];
    let fields = fields
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(field, _)| field.to_owned());
    let changed = Event::WebhookChanged {
        webhook: id,
        fields: fields.collect(),
    };
    record(&mut tx, actor.by(), &changed).await?;
    tx.commit().await
}

/// Makes a new secret, and answers it: it is shown once. The old one ends.
///
/// # Errors
/// `Denied`; `NotFound`.
pub async fn renew_secret(db: &Db, vault: &Vault, actor: &Actor, id: WebhookId) -> Result<String, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let secret = new_secret();
    let mut tx = begin(db).await?;
    let renewed = sqlx::query!(
        "update webhook set secret_sealed = $2, row_version = row_version + 1 where id = $1",
        id.0,
        seal(vault, &secret_purpose(id), &secret)?,
    );
    if renewed.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    record(&mut tx, actor.by(), &Event::WebhookSecretRenewed { webhook: id }).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Reports nothing there until it is started again. What waits to be sent is not sent.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::NothingToDo` when it is stopped already.
pub async fn stop(db: &Db, actor: &Actor, id: WebhookId) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = begin(db).await?;
    stop_locked(&mut tx, id, actor.by(), Stopped::Person).await?;
    tx.commit().await
}

/// Stops a receiver within a transaction.
pub(super) async fn stop_locked(tx: &mut Tx, id: WebhookId, by: By, because: Stopped) -> Result<(), Error> {
    if stopped(tx, id).await? {
        return Err(Rule::NothingToDo.into());
    }
    let now = tx.now;
    sqlx::query!(
        "update webhook set stopped_at = $2, stopped_because = $3, row_version = row_version + 1 where id = $1",
        id.0,
        now,
        because as Stopped,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update delivery set state = 'failed' where webhook_id = $1 and state = 'waiting'",
        id.0
    )
    .execute(&mut **tx)
    .await?;
    record(tx, by, &Event::WebhookStopped { webhook: id, because }).await
}

/// Reports what happens from now on.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::NothingToDo` when it is not stopped.
pub async fn start(db: &Db, actor: &Actor, id: WebhookId) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = begin(db).await?;
    if !stopped(&mut tx, id).await? {
        return Err(Rule::NothingToDo.into());
    }
    sqlx::query!(
        "update webhook set stopped_at = null, stopped_because = null, failing_since = null, row_version = row_version + 1
         where id = $1",
        id.0,
    )
    .execute(&mut *tx)
    .await?;
    record(&mut tx, actor.by(), &Event::WebhookStarted { webhook: id }).await?;
    tx.commit().await
}

/// Removes a receiver with all that is kept of its deliveries.
///
/// # Errors
/// `Denied`; `NotFound`.
pub async fn remove(db: &Db, actor: &Actor, id: WebhookId) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let name = sqlx::query_scalar!("delete from webhook where id = $1 returning name", id.0)
        .fetch_one(&mut *tx)
        .await?;
    record(&mut tx, actor.by(), &Event::WebhookRemoved { webhook: id, name }).await?;
    tx.commit().await
}

/// Locks a receiver, and answers whether it is stopped.
pub(super) async fn stopped(tx: &mut Tx, id: WebhookId) -> Result<bool, Error> {
    let stopped = sqlx::query_scalar!(
        r#"select stopped_at is not null as "stopped!" from webhook where id = $1 for update"#,
        id.0
    );
    Ok(stopped.fetch_one(&mut **tx).await?)
}

/// Keeps that something happened to a receiver.
pub(super) async fn record(tx: &mut Tx, by: By, event: &Event) -> Result<(), Error> {
    append(tx, Stream::instance(), by, event).await?;
    tx.kick(TOPIC);
    Ok(())
}
