//! A second factor beside the password: turned on with a first code, turned off by who proves to be its person, or by an administrator.

mod code;
mod half;
mod prove;

pub(crate) use code::purpose;
pub use half::{Half, enter_code};
pub use prove::{prove, prove_by, ways_to_prove};

pub(super) use half::of as half_of;

use super::attempt::{self, Key};
use super::password;
use crate::event::append;
use crate::notice::{Scene, tell};
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule, Vault};
use domain::access::{Action, Actor, Enrolment, FactorState, OwnFactor, Scope, by_time, tidied};
use domain::event::{Event, Stream, StreamKind};
use domain::field::Problem;
use domain::id::PersonId;
use domain::notice::{About, Facts, What};
use rand::RngCore as _;

/// Bytes of a key: as many as the hash of the codes has.
const KEY: usize = 20;

/// How one's own second factor stands. One that was begun is answered with its key.
///
/// # Errors
/// `NotFound` when the account is not active; `Vault`.
pub async fn own_factor(db: &Db, actor: &Actor, vault: &Vault) -> Result<OwnFactor, Error> {
    let row = sqlx::query!(
        r#"select p.email, p.password_hash is not null and coalesce((select passwords from instance), true) as "password!", f.secret_sealed as "sealed?", f.confirmed_at, f.used_at,
               (select count(*) from recovery_code c where c.person_id = p.id and c.used_at is null) as "left!"
           from person p left join second_factor f on f.person_id = p.id where p.id = $1 and p.active"#,
        actor.id.0,
    )
    .fetch_one(db)
    .await?;
    let state = match (row.sealed, row.confirmed_at) {
        (None, _) => FactorState::Off,
        (Some(sealed), None) => {
            let key = code::totp(vault.open(&purpose(actor.id), &sealed)?)
                .secret()
                .to_base32();
            FactorState::Begun(Enrolment::new(key, &row.email))
        }
        (Some(_), Some(since)) => FactorState::On {
            since,
            used_at: row.used_at,
            left: u32::try_from(row.left).unwrap_or(0),
        },
    };
    Ok(OwnFactor {
        password: row.password,
        state,
    })
}

/// Makes a key for who knows their password. One that was begun before is void.
///
/// # Errors
/// `Rule::NoPassword`; `Rule::NothingToDo` when it is on already; `Invalid` with `password` (`Mismatch`); `Rule::TooManyAttempts`.
pub async fn begin_factor(db: &Db, actor: &Actor, vault: &Vault, password: &str) -> Result<(), Error> {
    let person = person(db, actor.id).await?;
    let Some(hashed) = person.password_hash else {
        return Err(Rule::NoPassword.into());
    };
    let attempt = attempt::begin(db, vec![Key::email(&person.email)]).await?;
    if !password::verify(password, Some(hashed)).await? {
        return Err(Error::field("password", Problem::Mismatch));
    }
    let mut key = [0; KEY];
    rand::rng().fill_bytes(&mut key);
    let sealed = vault.seal(&purpose(actor.id), &key)?;
    let mut tx = tx::begin(db).await?;
    let now = tx.now;
    let begun = sqlx::query!(
        "insert into second_factor (person_id, secret_sealed, begun_at) values ($1, $2, $3)
         on conflict (person_id) do update set secret_sealed = $2, begun_at = $3 where second_factor.confirmed_at is null",
        actor.id.0,
        sealed,
        now,
    );
    if begun.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Rule::NothingToDo.into());
    }
    tx.commit().await?;
    attempt.succeeded(db, &Key::email(&person.email)).await
}

/// Turns it on by a first code, and answers the recovery codes: they are shown this once.
///
/// # Errors
/// `NotFound` when none was begun; `Rule::NothingToDo` when it is on already; `Invalid` with `code` (`Mismatch`); `Rule::TooManyAttempts`.
pub async fn confirm_factor(db: &Db, actor: &Actor, vault: &Vault, code: &str) -> Result<Vec<String>, Error> {
    let attempt = attempt::begin(db, vec![Key::code(actor.id)]).await?;
    let mut tx = tx::begin(db).await?;
    let factor = code::lock(&mut tx, actor.id).await?.ok_or(Error::NotFound)?;
    if factor.confirmed {
        return Err(Rule::NothingToDo.into());
    }
    let code = tidied(code);
    if !by_time(&code) || !code::accept(&mut tx, vault, &factor, &code).await? {
        return Err(Error::field("code", Problem::Mismatch));
    }
    let now = tx.now;
    sqlx::query!(
        "update second_factor set confirmed_at = $2 where person_id = $1",
        actor.id.0,
        now
    )
    .execute(&mut *tx)
    .await?;
    let codes = code::make_recovery(&mut tx, actor.id).await?;
    said(&mut tx, actor, actor.id, &Event::SecondFactorOn).await?;
    tx.commit().await?;
    attempt.succeeded(db, &Key::code(actor.id)).await?;
    Ok(codes)
}

/// Replaces the recovery codes, for who knows the password or has a code, and answers the new ones: they are shown this once.
///
/// # Errors
/// `NotFound` while it is off; `Invalid` with `password_or_code` (`Mismatch`); `Rule::TooManyAttempts`.
pub async fn renew_recovery_codes(db: &Db, actor: &Actor, vault: &Vault, proof: &str) -> Result<Vec<String>, Error> {
    let mut tx = proved(db, actor, vault, proof).await?;
    let codes = code::make_recovery(&mut tx, actor.id).await?;
    said(&mut tx, actor, actor.id, &Event::RecoveryCodesMade).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Turns it off, for who knows the password or has a code.
///
/// # Errors
/// `NotFound` while it is off; `Invalid` with `password_or_code` (`Mismatch`); `Rule::TooManyAttempts`.
pub async fn turn_factor_off(db: &Db, actor: &Actor, vault: &Vault, proof: &str) -> Result<(), Error> {
    let mut tx = proved(db, actor, vault, proof).await?;
    delete(&mut tx, actor.id).await?;
    said(&mut tx, actor, actor.id, &Event::SecondFactorOff).await?;
    tx.commit().await
}

/// Takes somebody's second factor away, who lost it: from then on the password is enough. They are told.
///
/// # Errors
/// `Denied`; `NotFound` when there is none; `Rule::NothingToDo` for one's own, which needs a proof.
pub async fn remove_factor(db: &Db, actor: &Actor, person: PersonId) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    if person == actor.id {
        return Err(Rule::NothingToDo.into());
    }
    let mut tx = tx::begin(db).await?;
    let factor = code::lock(&mut tx, person).await?.ok_or(Error::NotFound)?;
    delete(&mut tx, factor.person).await?;
    said(&mut tx, actor, person, &Event::SecondFactorRemoved { person }).await?;
    let scene = Scene {
        about: About::Account,
        service: None,
        facts: Facts {
            owners: vec![person],
            ..Facts::default()
        },
    };
    tell(&mut tx, &scene, What::SecondFactorRemoved, actor.by()).await?;
    tx.commit().await
}

/// Who has a second factor that is on.
///
/// # Errors
/// `Denied`.
pub async fn who_has_factors(db: &Db, actor: &Actor) -> Result<Vec<PersonId>, Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let people = sqlx::query_scalar!(
        r#"select person_id as "id: PersonId" from second_factor where confirmed_at is not null order by person_id"#
    );
    Ok(people.fetch_all(db).await?)
}

/// A transaction of somebody with a second factor who proved to be its person, by the password or by a code, which is used then.
async fn proved(db: &Db, actor: &Actor, vault: &Vault, proof: &str) -> Result<Tx, Error> {
    let wrong = || Error::field("password_or_code", Problem::Mismatch);
    let person = person(db, actor.id).await?;
    let code = tidied(proof);
    let attempt = attempt::begin(db, vec![Key::email(&person.email), Key::code(actor.id)]).await?;
    let by_password = !by_time(&code) && password::verify(proof, person.password_hash).await?;
    let mut tx = tx::begin(db).await?;
    let factor = code::lock(&mut tx, actor.id)
        .await?
        .filter(|factor| factor.confirmed)
        .ok_or(Error::NotFound)?;
    if !by_password && !code::take(&mut tx, vault, &factor, &code).await? {
        return Err(wrong());
    }
    attempt.succeeded(db, &Key::code(actor.id)).await?;
    Ok(tx)
}

/// What is asked of a person before they prove anything.
struct Known {
    email: String,
    password_hash: Option<String>,
}

async fn person(db: &Db, id: PersonId) -> Result<Known, Error> {
    let known = sqlx::query_as!(
        Known,
        // While passwords are off, nobody has one.
        "select email, case when coalesce((select passwords from instance), true) then password_hash end as password_hash
         from person where id = $1 and active",
        id.0
    );
    Ok(known.fetch_one(db).await?)
}

pub(super) async fn delete(tx: &mut Tx, person: PersonId) -> Result<(), Error> {
    sqlx::query!("delete from second_factor where person_id = $1", person.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn said(tx: &mut Tx, actor: &Actor, person: PersonId, event: &Event) -> Result<(), Error> {
    append(tx, Stream::new(StreamKind::Person, person), actor.by(), event).await?;
    Ok(())
}
