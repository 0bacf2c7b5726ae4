//! Providers by which people sign in, as administrators keep them.

use super::door;
use super::members::{an_admin_is_left, lock_membership};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule, Vault};
use domain::access::{Action, Actor, Role, Scope};
use domain::event::{Event, Stream};
use domain::field::Problem;
use domain::id::ProviderId;
use domain::identity::{Door, GroupRole, Provider, ProviderForm, ProviderKind, Refusal, Settings, Ways};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// A provider with its secret, for the moment in which it is spoken to.
pub struct Client {
    pub provider: Provider,
    pub secret: Option<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// The ways in that the sign-in page offers. Open to all.
///
/// # Errors
/// `Db`.
pub async fn ways(db: &Db) -> Result<Ways, Error> {
    let doors = sqlx::query_as!(
        Door,
        "select slug, name from sign_in_provider where enabled order by created_at, slug"
    );
    Ok(Ways {
        passwords: door::passwords(db).await?,
        providers: doors.fetch_all(db).await?,
    })
}

/// All providers, the first one first.
///
/// # Errors
/// `Denied`.
pub async fn providers(db: &Db, actor: &Actor) -> Result<Vec<Provider>, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let slugs = sqlx::query_scalar!("select slug from sign_in_provider order by created_at, slug");
    let mut connection = db.acquire().await?;
    let slugs = slugs.fetch_all(&mut *connection).await?;
    let mut providers = Vec::with_capacity(slugs.len());
    for slug in slugs {
        providers.extend(read(&mut connection, &slug).await?.map(|(provider, _)| provider));
    }
    Ok(providers)
}

/// A provider and its secret, to test it.
///
/// # Errors
/// `Denied`; `NotFound`; `Unsealed` when the secret can't be opened by this instance's key.
pub async fn provider_to_test(db: &Db, actor: &Actor, vault: &Vault, slug: &str) -> Result<Client, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    client(db, vault, slug).await?.ok_or(Error::NotFound)
}

/// A provider that is switched on, and its secret, to sign in by it. Open to all.
///
/// # Errors
/// `Rule::Identity` with `NoProvider`; `Unsealed`.
pub async fn provider_to_enter(db: &Db, vault: &Vault, slug: &str) -> Result<Client, Error> {
    let found = client(db, vault, slug).await?;
    found
        .filter(|client| client.provider.enabled)
        .ok_or(Error::Rule(Rule::Identity(Refusal::NoProvider)))
}

async fn client(db: &Db, vault: &Vault, slug: &str) -> Result<Option<Client>, Error> {
    let Some((provider, sealed)) = read(&mut *db.acquire().await?, slug).await? else {
        return Ok(None);
    };
    let secret = sealed
        .map(|sealed| {
            let opened = vault.open(&purpose(provider.id), &sealed)?;
            String::from_utf8(opened).map_err(|_| crate::VaultError::Damaged)
        })
        .transpose()
        .map_err(|_| Error::Rule(Rule::Unsealed))?;
    Ok(Some(Client { provider, secret }))
}

/// Adds a provider, or saves one. The secret is sealed, and an empty one leaves what is kept.
///
/// # Errors
/// `Denied`; `Invalid`; `NotFound`; `Conflict` when somebody else saved meanwhile; `Rule::Needed` when another issuer would make the last way in of
/// every administrator unknown.
pub async fn save_provider(db: &Db, actor: &Actor, vault: &Vault, form: &ProviderForm) -> Result<ProviderId, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let settings = form.read()?;
    let mut tx = tx::begin(db).await?;
    let id = if form.row_version == 0 {
        let id = ProviderId(Uuid::now_v7());
        add(&mut tx, vault, id, form, &settings).await?;
        let event = Event::ProviderAdded {
            provider: form.slug.clone(),
        };
        append(&mut tx, Stream::instance(), actor.by(), &event).await?;
        id
    } else {
        lock_membership(&mut tx).await?;
        let (before, _) = read(&mut tx, &form.slug).await?.ok_or(Error::NotFound)?;
        if before.settings.kind != settings.kind {
            return Err(Error::field("kind", Problem::Mismatch));
        }
        change(&mut tx, vault, &before, form, &settings).await?;
        an_admin_is_left(&mut tx).await?;
        let event = Event::ProviderChanged {
            provider: form.slug.clone(),
            fields: changed(&before, form, &settings),
        };
        append(&mut tx, Stream::instance(), actor.by(), &event).await?;
        before.id
    };
    tx.commit().await?;
    Ok(id)
}

async fn add(
    tx: &mut Tx,
    vault: &Vault,
    id: ProviderId,
    form: &ProviderForm,
    settings: &Settings,
) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into sign_in_provider
             (id, slug, kind, name, issuer, client_id, client_secret_sealed, joins, join_role, domains, groups, groups_claim, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id.0,
        form.slug,
        settings.kind.key(),
        form.name.trim(),
        form.issuer.trim(),
        form.client_id.trim(),
        sealed(vault, id, &form.client_secret)?,
        settings.joins,
        settings.join_role.key(),
        &settings.domains,
        Json(&settings.groups) as _,
        settings.groups_claim,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn change(
    tx: &mut Tx,
    vault: &Vault,
    before: &Provider,
    form: &ProviderForm,
    settings: &Settings,
) -> Result<(), Error> {
    let saved = sqlx::query!(
        "update sign_in_provider set name = $3, issuer = $4, client_id = $5,
             client_secret_sealed = coalesce($6, client_secret_sealed), joins = $7, join_role = $8, domains = $9, groups = $10,
             groups_claim = $11, row_version = row_version + 1
         where id = $1 and row_version = $2",
        before.id.0,
        form.row_version,
        form.name.trim(),
        form.issuer.trim(),
        form.client_id.trim(),
        sealed(vault, before.id, &form.client_secret)?,
        settings.joins,
        settings.join_role.key(),
        &settings.domains,
        Json(&settings.groups) as _,
        settings.groups_claim,
    );
    if saved.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(Error::Conflict);
    }
    Ok(())
}

fn changed(before: &Provider, form: &ProviderForm, settings: &Settings) -> Vec<String> {
    let kept = &before.settings;
    let differs = [
        ("name", before.name != form.name.trim()),
        ("issuer", before.issuer != form.issuer.trim()),
        ("client_id", before.client_id != form.client_id.trim()),
        ("client_secret", !form.client_secret.trim().is_empty()),
        ("joins", kept.joins != settings.joins),
        ("join_role", kept.join_role != settings.join_role),
        ("domains", kept.domains != settings.domains),
        ("groups", kept.groups != settings.groups),
        ("groups_claim", kept.groups_claim != settings.groups_claim),
    ];
    let names = differs.into_iter().filter(|(_, differs)| *differs);
    names.map(|(name, _)| name.to_owned()).collect()
}

/// Switches a provider on or off. Off, nobody signs in by it; who is inside stays inside.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::NothingToDo`; `Rule::Needed` when it is the last way in of every administrator.
pub async fn switch_provider(db: &Db, actor: &Actor, slug: &str, enabled: bool) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    lock_membership(&mut tx).await?;
    let before = sqlx::query_scalar!("select enabled from sign_in_provider where slug = $1 for update", slug);
    if before.fetch_one(&mut *tx).await? == enabled {
        return Err(Rule::NothingToDo.into());
    }
    if !enabled {
        door::read(&mut tx).await?.without_provider(slug)?;
    }
    sqlx::query!(
        "update sign_in_provider set enabled = $2, row_version = row_version + 1 where slug = $1",
        slug,
        enabled
    )
    .execute(&mut *tx)
    .await?;
    let event = Event::ProviderSwitched {
        provider: slug.to_owned(),
        enabled,
    };
    append(&mut tx, Stream::instance(), actor.by(), &event).await?;
    tx.commit().await
}

/// Removes a provider, and with it what it knew people as. The people stay.
///
/// # Errors
/// `Denied`; `NotFound`; `Invalid` with `confirmation` unless it is the provider's short name; `Rule::Needed` when it is the last way in of every
/// administrator.
pub async fn remove_provider(db: &Db, actor: &Actor, slug: &str, confirmation: &str) -> Result<(), Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    if confirmation.trim() != slug {
        return Err(Error::field("confirmation", Problem::Mismatch));
    }
    let mut tx = tx::begin(db).await?;
    lock_membership(&mut tx).await?;
    door::read(&mut tx).await?.without_provider(slug)?;
    let removed = sqlx::query!("delete from sign_in_provider where slug = $1", slug);
    if removed.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let event = Event::ProviderRemoved {
        provider: slug.to_owned(),
    };
    append(&mut tx, Stream::instance(), actor.by(), &event).await?;
    tx.commit().await
}

/// What a provider's secret is sealed for.
pub(crate) fn purpose(id: ProviderId) -> String {
    format!("provider:{id}")
}

fn sealed(vault: &Vault, id: ProviderId, secret: &str) -> Result<Option<Vec<u8>>, Error> {
    let secret = secret.trim();
    if secret.is_empty() {
        return Ok(None);
    }
    let sealed = vault.seal(&purpose(id), secret.as_bytes());
    sealed.map(Some).map_err(|_| Error::Rule(Rule::Unsealed))
}

/// A provider, and its secret as it is kept.
pub(super) async fn read(db: &mut PgConnection, slug: &str) -> Result<Option<(Provider, Option<Vec<u8>>)>, Error> {
    let row = sqlx::query!(
        r#"select id as "id: ProviderId", slug, kind as "kind: ProviderKind", name, issuer, client_id, client_secret_sealed, enabled,
               joins, join_role as "join_role: Role", domains, groups as "groups: Json<Vec<GroupRole>>", groups_claim, row_version,
               (select count(*) from identity i where i.provider_id = p.id) as "people!"
           from sign_in_provider p where slug = $1"#,
        slug,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let provider = Provider {
            id: row.id,
            slug: row.slug,
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            has_secret: row.client_secret_sealed.is_some(),
            enabled: row.enabled,
            settings: Settings {
                kind: row.kind,
                joins: row.joins,
                join_role: row.join_role,
                domains: row.domains,
                groups: row.groups.0,
                groups_claim: row.groups_claim,
            },
            people: row.people,
            row_version: row.row_version,
        };
        (provider, row.client_secret_sealed)
    }))
}
