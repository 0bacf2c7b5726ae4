//! Secrets: set, listed without their values, removed, and opened for a command that is about to run.

mod effect;
mod mask;

pub use mask::{Mask, Veil};

use crate::access::read::people;
use crate::event::append;
use crate::service::read::service_by_name;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule, Vault};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::id::{PersonId, SecretId, ServiceId};
use domain::plan::Plan;
use domain::secret::{SecretLine, SecretPage, SecretRef, Voids, check};
use domain::service::{Settings, Target};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a version of a secret is sealed for: in the place of another it opens nothing.
pub(crate) fn purpose(id: Uuid, version: i32) -> String {
    format!("secret:{id}:{version}")
}

/// All secrets, without their values.
///
/// # Errors
/// `Denied`.
pub async fn page(db: &Db, actor: &Actor) -> Result<SecretPage, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let rows = sqlx::query!(
        r#"select t.id as "id: SecretId", t.name, s.name as "service?", v.version,
               v.set_by as "set_by: PersonId", v.set_at, t.used_at
           from secret t left join service s on s.id = t.service_id
           join lateral (
               select version, set_by, set_at from secret_version where secret_id = t.id order by version desc limit 1
           ) v on true
           order by s.name nulls first, t.name"#,
    )
    .fetch_all(&mut *c)
    .await?;
    let mut secrets: Vec<SecretLine> = rows
        .into_iter()
        .map(|row| SecretLine {
            id: row.id,
            name: row.name,
            service: row.service,
            version: row.version,
            set_by: row.set_by,
            set_at: row.set_at,
            used_at: row.used_at,
            used_by: Vec::new(),
            voids: Voids::default(),
        })
        .collect();
    for (service, environment, names) in naming(&mut c).await? {
        for name in names {
            // The service's own one goes before the instance's.
            let own = secrets
                .iter()
                .any(|secret| secret.name == name && secret.service.as_deref() == Some(service.as_str()));
            let wanted = own.then_some(service.as_str());
            let meant = secrets
                .iter_mut()
                .find(|secret| secret.name == name && secret.service.as_deref() == wanted);
            if let Some(secret) = meant {
                secret.used_by.push(format!("{service} {environment}"));
            }
        }
    }
    let voids = effect::effects(&mut c).await?;
    for secret in &mut secrets {
        secret.voids = voids.get(&secret.id).copied().unwrap_or_default();
    }
    let by: Vec<PersonId> = secrets.iter().map(|secret| secret.set_by).collect();
    let services = crate::service::read::services(&mut c).await?;
    Ok(SecretPage {
        people: people(&mut c, &by).await?,
        services: services.into_iter().map(|service| service.name).collect(),
        secrets,
    })
}

/// Who names secrets: the environments by their targets, and connections to GitHub. Service, environment, and the names, each once.
async fn naming(c: &mut PgConnection) -> Result<Vec<(String, String, BTreeSet<String>)>, Error> {
    let rows = sqlx::query!(
        r#"select s.name as service, e.name, e.settings as "settings: Json<Settings>"
           from environment e join service s on s.id = e.service_id
           where e.settings -> 'target' -> 'secrets' is not null order by s.name, e.position"#,
    )
    .fetch_all(&mut *c)
    .await?;
    let mut named: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let names = match row.settings.0.target {
                Target::Command(command) => command.secrets.into_values().collect(),
                Target::None => BTreeSet::new(),
            };
            (row.service, row.name, names)
        })
        .collect();
    let asking = sqlx::query!(
        "select s.name as service, a.secret from source_asking a join source_hook h on h.id = a.hook_id
         join service s on s.id = h.service_id order by s.name",
    )
    .fetch_all(c)
    .await?;
    named.extend(
        asking
            .into_iter()
            .map(|row| (row.service, "GitHub".to_owned(), BTreeSet::from([row.secret]))),
    );
    Ok(named)
}

/// Sets a secret, of one service or (without a name) of all: a new one, or the next version. Plans that name it are other plans from then on, and
/// requests for the approval of those are void.
///
/// # Errors
/// `Denied`; `Invalid` by `name`, `service` and `secret_value`; `Vault`.
pub async fn set(
    db: &Db,
    actor: &Actor,
    vault: &Vault,
    service: Option<&str>,
    name: &str,
    value: &str,
) -> Result<i32, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    check(name, value).into_result()?;
    let mut tx = tx::begin(db).await?;
    let service = match service {
        Some(service) => match service_by_name(&mut tx, service).await {
            Err(Error::NotFound) => return Err(Error::field("service", domain::field::Problem::Unknown)),
            found => Some(found?.id),
        },
        None => None,
    };
    let before = effect::waiting(&mut tx, Some(name)).await?;
    let now = tx.now;
    // Of two who set it at once, the second waits here.
    let id = sqlx::query_scalar!(
        "insert into secret (id, service_id, name, created_at) values ($1, $2, $3, $4)
         on conflict (coalesce(service_id, '00000000-0000-0000-0000-000000000000'), name) do update set name = excluded.name
         returning id",
        Uuid::now_v7(),
        service.map(|id| id.0),
        name,
        now,
    )
    .fetch_one(&mut *tx)
    .await?;
    let last = sqlx::query_scalar!(
        r#"select coalesce(max(version), 0) as "last!" from secret_version where secret_id = $1"#,
        id
    )
    .fetch_one(&mut *tx)
    .await?;
    let version = last + 1;
    sqlx::query!(
        "insert into secret_version (secret_id, version, sealed, set_by, set_at) values ($1, $2, $3, $4, $5)",
        id,
        version,
        vault.seal(&purpose(id, version), value.as_bytes())?,
        actor.id.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let name = name.to_owned();
    tell(&mut tx, actor, service, &Event::SecretSet { name, version }).await?;
    effect::tell(&mut tx, actor, before).await?;
    tx.commit().await?;
    Ok(version)
}

/// Removes a secret with all its versions.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::SecretInUse` while a target names it, or while a deployment that needs it has not ended.
pub async fn remove(db: &Db, actor: &Actor, id: SecretId) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let row = sqlx::query!(
        r#"select name, service_id as "service: ServiceId" from secret where id = $1 for update"#,
        id.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let used = sqlx::query_scalar!(
        r#"select exists (
               select 1 from environment e
               where ($2::uuid is null or e.service_id = $2)
                   and jsonb_path_exists(e.settings, '$.target.secrets.* ? (@ == $name)', jsonb_build_object('name', $1::text))
           ) or exists (
               select 1 from deployment d join plan p on p.digest = d.digest
               where d.state in ('queued', 'running', 'paused', 'baking')
                   and p.body -> 'secrets' @> jsonb_build_array(jsonb_build_object('id', $3::uuid))
           ) or exists (
               select 1 from source_asking a join source_hook h on h.id = a.hook_id
               where a.secret = $1 and ($2::uuid is null or h.service_id = $2)
           ) as "used!""#,
        row.name,
        row.service.map(|id| id.0),
        id.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    if used {
        return Err(Rule::SecretInUse.into());
    }
    sqlx::query!("delete from secret where id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    tell(&mut tx, actor, row.service, &Event::SecretRemoved { name: row.name }).await?;
    tx.commit().await
}

/// Keeps that something happened to a secret: with its service, or with the instance.
async fn tell(tx: &mut Tx, actor: &Actor, service: Option<ServiceId>, event: &Event) -> Result<(), Error> {
    let stream = service.map_or_else(Stream::instance, |id| Stream::new(StreamKind::Service, id));
    append(tx, stream, actor.by(), event).await?;
    tx.kick("secrets");
    tx.kick("releases");
    Ok(())
}

/// The newest versions of all secrets that a service can use, by name: its own before those of the instance.
pub(crate) async fn newest(
    c: &mut PgConnection,
    services: &[ServiceId],
) -> Result<BTreeMap<(ServiceId, String), SecretRef>, Error> {
    let ids: Vec<Uuid> = services.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select s.id as "service!: ServiceId", t.id as "id!: SecretId", t.name as "name!",
               (select max(version) from secret_version where secret_id = t.id) as "version!"
           from unnest($1::uuid[]) s(id) join secret t on t.service_id = s.id or t.service_id is null
           order by t.service_id nulls first"#,
        &ids,
    )
    .fetch_all(c)
    .await?;
    let named = rows.into_iter().map(|row| {
        let secret = SecretRef {
            id: row.id,
            name: row.name.clone(),
            version: row.version,
        };
        ((row.service, row.name), secret)
    });
    // A later one of the same name, which is the service's own, replaces the instance's.
    Ok(named.collect())
}

/// Opens what a plan's commands are given: the variables, and what hides their values in whatever the commands print.
///
/// # Errors
/// `NotFound` when one is gone; `Vault` when it does not open; `Db`.
pub async fn open(db: &Db, vault: Option<&Vault>, plan: &Plan) -> Result<Opened, Error> {
    match plan.command() {
        Some(command) => open_these(db, vault, &command.secrets, &plan.secrets).await,
        None => Ok((Vec::new(), Mask::default())),
    }
}

/// Opens what settings that are not saved yet name, in the newest versions: for a test of the connection.
///
/// # Errors
/// `NotFound` when a name is no secret; `Vault`; `Db`.
pub async fn open_newest(db: &Db, vault: &Vault, service: &str, settings: &Settings) -> Result<Opened, Error> {
    let Target::Command(command) = &settings.target else {
        return Ok((Vec::new(), Mask::default()));
    };
    let mut c = db.acquire().await?;
    let service = service_by_name(&mut c, service).await?;
    let newest = newest(&mut c, &[service.id]).await?;
    drop(c);
    let newest: Vec<SecretRef> = newest.into_values().collect();
    open_these(db, Some(vault), &command.secrets, &newest).await
}

/// The newest version of a secret that a service can use, and what hides it; none of this name: none.
pub(crate) async fn open_named(
    db: &Db,
    vault: &Vault,
    service: ServiceId,
    name: &str,
) -> Result<Option<(String, Mask)>, Error> {
    let newest = newest(&mut *db.acquire().await?, &[service]).await?;
    let Some(secret) = newest.get(&(service, name.to_owned())).cloned() else {
        return Ok(None);
    };
    let id = secret.id;
    let named = BTreeMap::from([(name.to_owned(), name.to_owned())]);
    let (mut variables, mask) = open_these(db, Some(vault), &named, &[secret]).await?;
    sqlx::query!("update secret set used_at = now() where id = $1", id.0)
        .execute(db)
        .await?;
    Ok(variables.pop().map(|(_, value)| (value, mask)))
}

/// Variables with their values, and what hides these.
pub type Opened = (Vec<(String, String)>, Mask);

async fn open_these(
    db: &Db,
    vault: Option<&Vault>,
    names: &BTreeMap<String, String>,
    secrets: &[SecretRef],
) -> Result<Opened, Error> {
    let mut variables = Vec::new();
    if names.is_empty() {
        return Ok((variables, Mask::default()));
    }
    let vault = vault.ok_or(crate::VaultError::UnknownKey)?;
    for (variable, name) in names {
        let secret = secrets
            .iter()
            .find(|secret| secret.name == *name)
            .ok_or(Error::NotFound)?;
        let sealed = sqlx::query_scalar!(
            "select sealed from secret_version where secret_id = $1 and version = $2",
            secret.id.0,
            secret.version,
        )
        .fetch_one(db)
        .await?;
        let value = vault.open(&purpose(secret.id.0, secret.version), &sealed)?;
        let value = String::from_utf8(value).map_err(|_| crate::VaultError::Damaged)?;
        variables.push((variable.clone(), value));
    }
    let mask = Mask::new(variables.iter().map(|(_, value)| value.as_str()));
    Ok((variables, mask))
}

/// Keeps that a command was given a plan's secrets now.
///
/// # Errors
/// `Db`.
pub async fn used(db: &Db, plan: &Plan) -> Result<(), Error> {
    let ids: Vec<Uuid> = plan.secrets.iter().map(|secret| secret.id.0).collect();
    if !ids.is_empty() {
        sqlx::query!("update secret set used_at = now() where id = any($1)", &ids)
            .execute(db)
            .await?;
    }
    Ok(())
}
