//! Somebody who is signed in proves again who they are.

use super::{code, said};
use crate::access::attempt::{self, Key};
use crate::access::{password, provider};
use crate::tx;
use crate::{Db, Error, Rule, Vault};
use domain::access::{Actor, WaysToProve};
use domain::event::Event;
use domain::field::{FieldErrors, Problem};
use domain::identity::{Asserted, Door, Refusal};

/// One's own ways to prove who one is.
///
/// # Errors
/// `NotFound` when the account is not active.
pub async fn ways_to_prove(db: &Db, actor: &Actor) -> Result<WaysToProve, Error> {
    let row = sqlx::query!(
        r#"select p.password_hash is not null and coalesce((select passwords from instance), true) as "password!", f.confirmed_at is not null as "code!"
           from person p left join second_factor f on f.person_id = p.id where p.id = $1 and p.active"#,
        actor.id.0,
    )
    .fetch_one(db)
    .await?;
    let providers = sqlx::query_as!(
        Door,
        "select p.slug, p.name from identity i join sign_in_provider p on p.id = i.provider_id
         where i.person_id = $1 and p.enabled order by p.created_at, p.slug",
        actor.id.0,
    );
    Ok(WaysToProve {
        password: row.password,
        code: row.code,
        providers: providers.fetch_all(db).await?,
    })
}

/// Proves it by the password, and by a code where there is a second factor.
///
/// # Errors
/// `Rule::NoPassword`; `Invalid` with `password` and `code` (`Missing`, `Mismatch`); `Rule::TooManyAttempts`, counted together with sign-in.
pub async fn prove(db: &Db, vault: &Vault, actor: &Actor, password: &str, code: &str) -> Result<(), Error> {
    let ways = ways_to_prove(db, actor).await?;
    let person = super::person(db, actor.id).await?;
    let Some(hashed) = person.password_hash else {
        return Err(Rule::NoPassword.into());
    };
    let mut errors = FieldErrors::default();
    if password.is_empty() {
        errors.add("password", Problem::Missing);
    }
    if ways.code && code.trim().is_empty() {
        errors.add("code", Problem::Missing);
    }
    errors.into_result()?;
    let keys = vec![Key::email(&person.email), Key::code(actor.id)];
    let attempt = attempt::begin(db, keys).await?;
    if !password::verify(password, Some(hashed)).await? {
        return Err(Error::field("password", Problem::Mismatch));
    }
    let mut tx = tx::begin(db).await?;
    let factor = code::lock(&mut tx, actor.id).await?.filter(|factor| factor.confirmed);
    if let Some(factor) = factor
        && !code::take(&mut tx, vault, &factor, code).await?
    {
        return Err(Error::field("code", Problem::Mismatch));
    }
    said(&mut tx, actor, actor.id, &Event::ProvedAgain).await?;
    tx.commit().await?;
    attempt.succeeded(db, &Key::email(&person.email)).await
}

/// Proves it by what a provider says, which has been verified: it has to mean who is signed in here.
///
/// # Errors
/// `Rule::Identity` with `NoProvider`, `SomebodyElse`.
pub async fn prove_by(db: &Db, actor: &Actor, slug: &str, asserted: &Asserted) -> Result<(), Error> {
    let refused = |refusal| Error::Rule(Rule::Identity(refusal));
    let mut tx = tx::begin(db).await?;
    let (provider, _) = provider::read(&mut tx, slug)
        .await?
        .filter(|(provider, _)| provider.enabled)
        .ok_or(refused(Refusal::NoProvider))?;
    let known = sqlx::query_scalar!(
        r#"select exists (
               select 1 from identity i join person p on p.id = i.person_id
               where i.person_id = $1 and i.provider_id = $2 and i.issuer = $3 and i.subject = $4 and p.active
           ) as "known!""#,
        actor.id.0,
        provider.id.0,
        asserted.issuer,
        asserted.subject,
    );
    if !known.fetch_one(&mut *tx).await? {
        return Err(refused(Refusal::SomebodyElse));
    }
    said(&mut tx, actor, actor.id, &Event::ProvedAgain).await?;
    tx.commit().await
}
