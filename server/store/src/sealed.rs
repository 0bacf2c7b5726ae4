//! Rotation: everything that is sealed is sealed anew under the newest key, so that an older one can be thrown away.

use crate::tx::{self, Tx};
use crate::vault::SealedBy;
use crate::{Db, Error, Vault, access, audit, hook, mail, secret, webhook};
use domain::access::{Action, Actor, Scope};
use domain::health::Sealing;
use domain::id::{HookId, MailId, PersonId, ProviderId, WebhookId};

/// A kind of sealed value: its name, and what seals all of its rows anew and counts them. Whoever adds a sealed column adds a line,
/// here and in [`sealed_by`].
type Column = (&'static str, for<'a> fn(&'a mut Tx, &'a Vault) -> Resealing<'a>);

/// The work on one column.
type Resealing<'a> = std::pin::Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'a>>;

/// Every sealed column of the database.
const COLUMNS: &[Column] = &[
    ("the key of the audit trail", |tx, vault| Box::pin(audit_key(tx, vault))),
    ("secrets", |tx, vault| Box::pin(secrets(tx, vault))),
    ("sign-in providers", |tx, vault| Box::pin(providers(tx, vault))),
    ("links of mails", |tx, vault| Box::pin(mails(tx, vault))),
    ("addresses of webhooks", |tx, vault| {
        Box::pin(webhook_addresses(tx, vault))
    }),
    ("secrets of webhooks", |tx, vault| Box::pin(webhook_secrets(tx, vault))),
    ("connections to repositories", |tx, vault| {
        Box::pin(source_hooks(tx, vault))
    }),
    ("keys of second factors", |tx, vault| {
        Box::pin(second_factors(tx, vault))
    }),
];

/// Seals a column of rows that are known by their id: what selects `id` and `sealed`, what writes, and for which purpose each is sealed.
macro_rules! rows {
    ($column:ident, $select:literal, $update:literal, $purpose:expr) => {
        async fn $column(tx: &mut Tx, vault: &Vault) -> Result<u64, Error> {
            let rows = sqlx::query!($select).fetch_all(&mut **tx).await?;
            let mut done = 0;
            for row in rows {
                let Some(new) = anew(vault, &$purpose(row.id), &row.sealed)? else {
                    continue;
                };
                sqlx::query!($update, row.id, new).execute(&mut **tx).await?;
                done += 1;
            }
            Ok(done)
        }
    };
}

rows!(
    providers,
    r#"select id, client_secret_sealed as "sealed!" from sign_in_provider where client_secret_sealed is not null for update"#,
    "update sign_in_provider set client_secret_sealed = $2 where id = $1",
    |id| access::provider_purpose(ProviderId(id))
);
rows!(
    mails,
    r#"select id, token_sealed as "sealed!" from mail where token_sealed is not null for update"#,
    "update mail set token_sealed = $2 where id = $1",
    |id| mail::purpose(MailId(id))
);
rows!(
    webhook_addresses,
    "select id, url_sealed as sealed from webhook for update",
    "update webhook set url_sealed = $2 where id = $1",
    |id| webhook::address_purpose(WebhookId(id))
);
rows!(
    webhook_secrets,
    "select id, secret_sealed as sealed from webhook for update",
    "update webhook set secret_sealed = $2 where id = $1",
    |id| webhook::secret_purpose(WebhookId(id))
);
rows!(
    source_hooks,
    "select id, secret as sealed from source_hook for update",
    "update source_hook set secret = $2 where id = $1",
    |id| hook::purpose(HookId(id))
);
rows!(
    second_factors,
    "select person_id as id, secret_sealed as sealed from second_factor for update",
    "update second_factor set secret_sealed = $2 where person_id = $1",
    |id| access::factor_purpose(PersonId(id))
);

/// By which keys the sealed values were sealed: told by their first bytes, so that none is opened.
///
/// # Errors
/// `Denied`; `Db`.
pub async fn sealing(db: &Db, actor: &Actor, vault: &Vault) -> Result<Sealing, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    sealed_by(db, vault).await
}

/// The same for the figures of the instance, which nobody in particular asks for.
///
/// # Errors
/// `Db`.
pub async fn sealed_by(db: &Db, vault: &Vault) -> Result<Sealing, Error> {
    // Every column of COLUMNS.
    let rows = sqlx::query!(
        r#"select substring(sealed from 1 for 4) as "beginning!", count(*) as "count!" from (
               select sealed from audit_key
               union all select sealed from secret_version
               union all select client_secret_sealed from sign_in_provider where client_secret_sealed is not null
               union all select token_sealed from mail where token_sealed is not null
               union all select url_sealed from webhook
               union all select secret_sealed from webhook
               union all select secret from source_hook
               union all select secret_sealed from second_factor
           ) every (sealed) group by 1"#,
    )
    .fetch_all(db)
    .await?;
    let mut found = Sealing::default();
    for row in rows {
        match vault.key_of(&row.beginning) {
            SealedBy::Newest => found.newest += row.count,
            SealedBy::Older => found.older += row.count,
            SealedBy::Unknown => found.unknown += row.count,
        }
    }
    Ok(found)
}

/// Seals everything anew under the newest key, at once or not at all. Answers how much of each kind.
///
/// There is no actor: this is for the console, which has the keys.
///
/// # Errors
/// `Vault` when something is sealed by a key that is not given; `Db`.
pub async fn rotate(db: &Db, vault: &Vault) -> Result<Vec<(&'static str, u64)>, Error> {
    let mut tx = tx::begin(db).await?;
    let mut done = Vec::new();
    for (name, column) in COLUMNS {
        done.push((*name, column(&mut tx, vault).await?));
    }
    tx.commit().await?;
    Ok(done)
}

/// Sealed anew; None when the newest key sealed it already.
fn anew(vault: &Vault, purpose: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let value = vault.open(purpose, sealed)?;
    if vault.is_current(sealed) {
        return Ok(None);
    }
    Ok(Some(vault.seal(purpose, &value)?))
}

async fn audit_key(tx: &mut Tx, vault: &Vault) -> Result<u64, Error> {
    let kept = sqlx::query_scalar!("select sealed from audit_key for update").fetch_optional(&mut **tx);
    let Some(sealed) = kept.await? else { return Ok(0) };
    let Some(new) = anew(vault, audit::PURPOSE, &sealed)? else {
        return Ok(0);
    };
    let done = sqlx::query!("update audit_key set sealed = $1", new).execute(&mut **tx);
    Ok(done.await?.rows_affected())
}

async fn secrets(tx: &mut Tx, vault: &Vault) -> Result<u64, Error> {
    let rows = sqlx::query!("select secret_id, version, sealed from secret_version for update")
        .fetch_all(&mut **tx)
        .await?;
    let mut done = 0;
    for row in rows {
        let purpose = secret::purpose(row.secret_id, row.version);
        let Some(new) = anew(vault, &purpose, &row.sealed)? else {
            continue;
        };
        sqlx::query!(
            "update secret_version set sealed = $3 where secret_id = $1 and version = $2",
            row.secret_id,
            row.version,
            new,
        )
        .execute(&mut **tx)
        .await?;
        done += 1;
    }
    Ok(done)
}
