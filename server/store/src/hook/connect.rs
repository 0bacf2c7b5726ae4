//! The connection itself: made, looked at, ended.

use crate::access::random_token;
use crate::event::append;
use crate::service::read::{locked_by_name, service_by_name};
use crate::{Db, Error, Rule, Vault, tx};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::hook::{Delivery, Hook};
use domain::id::{HookId, PersonId};
use uuid::Uuid;

/// Deliveries that are shown.
const SHOWN: i64 = 20;

/// For which purpose a hook's secret is sealed.
pub(crate) fn purpose(id: HookId) -> String {
    format!("hook:{id}")
}

/// Connects a service to its source repository, or gives the connection a new secret. Answers the secret: it is shown once. What comes from then on
/// is done in this person's name.
///
/// # Errors
/// `NotFound` for the service; `Denied`.
pub async fn connect(db: &Db, vault: &Vault, actor: &Actor, service: &str) -> Result<String, Error> {
    let mut tx = tx::begin(db).await?;
    let service = locked_by_name(&mut tx, service).await?;
    actor.may(Action::ManageService, Scope::Service(service.id))?;
    let kept = sqlx::query_scalar!(
        r#"select id as "id: HookId" from source_hook where service_id = $1"#,
        service.id.0
    );
    let id = kept
        .fetch_optional(&mut *tx)
        .await?
        .unwrap_or_else(|| HookId(Uuid::now_v7()));
    let secret = random_token(32);
    let sealed = vault.seal(&purpose(id), secret.as_bytes())?;
    let now = tx.now;
    sqlx::query!(
        "insert into source_hook (id, service_id, secret, connected_by, connected_at) values ($1, $2, $3, $4, $5)
         on conflict (service_id) do update
             set secret = excluded.secret, connected_by = excluded.connected_by, connected_at = excluded.connected_at",
        id.0,
        service.id.0,
        sealed,
        actor.id.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let stream = Stream::new(StreamKind::Service, service.id);
    append(&mut tx, stream, actor.by(), &Event::SourceConnected).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Ends the connection, and forgets its deliveries. What it told stays.
///
/// # Errors
/// `NotFound` for the service; `Denied`; `Rule::NothingToDo` when there is none.
pub async fn disconnect(db: &Db, actor: &Actor, service: &str) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    let service = locked_by_name(&mut tx, service).await?;
    actor.may(Action::ManageService, Scope::Service(service.id))?;
    let gone = sqlx::query!("delete from source_hook where service_id = $1", service.id.0)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Rule::NothingToDo.into());
    }
    let stream = Stream::new(StreamKind::Service, service.id);
    append(&mut tx, stream, actor.by(), &Event::SourceDisconnected).await?;
    tx.commit().await
}

/// The connection of a service with its last deliveries, the newest first; none when it is not connected.
///
/// # Errors
/// `NotFound` for the service; `Denied`.
pub async fn hook(db: &Db, actor: &Actor, service: &str) -> Result<Option<Hook>, Error> {
    let mut c = db.acquire().await?;
    let service = service_by_name(&mut c, service).await?;
    actor.may(Action::ManageService, Scope::Service(service.id))?;
    let Some(row) = sqlx::query!(
        r#"select id, connected_by as "by: PersonId", connected_at,
                  (select name from person where id = connected_by) as "name!",
                  (select active from person where id = connected_by) as "active!"
           from source_hook where service_id = $1"#,
        service.id.0,
    )
    .fetch_optional(&mut *c)
    .await?
    else {
        return Ok(None);
    };
    let deliveries = sqlx::query_as!(
        Delivery,
        "select id, event, received_at, outcome, told from hook_delivery where hook_id = $1
         order by received_at desc, id limit $2",
        row.id,
        SHOWN,
    )
    .fetch_all(&mut *c)
    .await?;
    Ok(Some(Hook {
        connected_by: row.name,
        connected_at: row.connected_at,
        works: row.active,
        deliveries,
        asking: super::reconcile::asking(&mut c, HookId(row.id)).await?,
    }))
}

/// The secret by which a service's deliveries are signed, and the connection's id. None when the service is not connected, or does not exist: whoever asks
/// has proven nothing yet.
///
/// # Errors
/// `Db`; `Vault`, when the instance's keys do not open it.
pub async fn secret(db: &Db, vault: &Vault, service: &str) -> Result<Option<(HookId, Vec<u8>)>, Error> {
    let row = sqlx::query!(
        r#"select h.id as "id: HookId", h.secret from source_hook h join service s on s.id = h.service_id where s.name = $1"#,
        service,
    );
    let Some(row) = row.fetch_optional(db).await? else {
        return Ok(None);
    };
    Ok(Some((row.id, vault.open(&purpose(row.id), &row.secret)?)))
}

/// Removes deliveries of more than a month ago: nobody sends those again.
///
/// # Errors
/// `Db`.
pub(crate) async fn sweep(db: &Db) -> Result<u64, Error> {
    Ok(
        sqlx::query!("delete from hook_delivery where received_at < now() - interval '31 days'")
            .execute(db)
            .await?
            .rows_affected(),
    )
}
