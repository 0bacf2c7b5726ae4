//! The first administrator, by a code that only who starts the instance can read.

use super::{password, token};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{By, Role};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, Problem, check_email, check_length};
use domain::id::PersonId;
use uuid::Uuid;

/// Whether the first administrator exists.
///
/// # Errors
/// `Db`.
pub async fn is_set_up(db: &Db) -> Result<bool, Error> {
    Ok(
        sqlx::query_scalar!(r#"select exists (select 1 from person) as "set_up!""#)
            .fetch_one(db)
            .await?,
    )
}

/// A new one-time code while nobody is set up; the one before it ends. None once somebody is.
///
/// # Errors
/// `Db`.
pub async fn issue_setup_code(db: &Db) -> Result<Option<String>, Error> {
    let mut tx = tx::begin(db).await?;
    if kept_code(&mut tx).await?.is_none_or(|instance| instance.set_up) {
        return Ok(None);
    }
    let code = token::random(15);
    sqlx::query!("update instance set setup_code_hash = $1", token::hash(&code))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Some(code))
}

struct Instance {
    hash: Option<Vec<u8>>,
    set_up: bool,
}

/// Locks the instance: of two who set it up at once, the second finds the first.
async fn kept_code(tx: &mut Tx) -> Result<Option<Instance>, Error> {
    let hash = sqlx::query_scalar!("select setup_code_hash from instance for update")
        .fetch_optional(&mut **tx)
        .await?;
    // After the lock, in a statement of its own, which sees what was committed while it was waited for.
    let set_up = sqlx::query_scalar!(r#"select exists (select 1 from person) as "set_up!""#)
        .fetch_one(&mut **tx)
        .await?;
    Ok(hash.map(|hash| Instance { hash, set_up }))
}

/// Makes the first administrator, and ends the code.
///
/// # Errors
/// `Invalid` with `code`, `name`, `email`, `password`; `Rule::AlreadySetUp`; `Rule::CodeWrong` when another code was issued meanwhile.
pub async fn set_up(db: &Db, code: &str, name: &str, email: &str, password: &str) -> Result<PersonId, Error> {
    if is_set_up(db).await? {
        return Err(Rule::AlreadySetUp.into());
    }
    let mut errors = FieldErrors::default();
    check_code(db, &mut errors, code).await?;
    check_length(&mut errors, "name", name, 1, 100);
    check_email(&mut errors, "email", email);
    password::check(&mut errors, "password", password);
    errors.into_result()?;
    let hashed = password::hash(password).await?;

    let mut tx = tx::begin(db).await?;
    match kept_code(&mut tx).await? {
        Some(Instance {
            hash: Some(kept),
            set_up: false,
        }) if kept == token::hash(code) => {}
        Some(Instance { set_up: true, .. }) => return Err(Rule::AlreadySetUp.into()),
        // Another start issued another code meanwhile.
        _ => return Err(Rule::CodeWrong.into()),
    }
    let id = join(&mut tx, name, email, Role::Admin, Some(&hashed)).await?;
    sqlx::query!("update instance set setup_code_hash = null")
        .execute(&mut *tx)
        .await?;
    append(&mut tx, Stream::instance(), By::Person(id), &Event::InstanceSetUp).await?;
    tx.commit().await?;
    Ok(id)
}

async fn check_code(db: &Db, errors: &mut FieldErrors, code: &str) -> Result<(), Error> {
    let kept = sqlx::query_scalar!("select setup_code_hash from instance")
        .fetch_optional(db)
        .await?
        .flatten();
    if code.trim().is_empty() {
        errors.add("code", Problem::Missing);
    } else if kept.is_none_or(|kept| kept != token::hash(code)) {
        errors.add("code", Problem::Mismatch);
    }
    Ok(())
}

/// Makes a person, and says so on their stream. Without a password they come in by a provider alone.
pub(super) async fn join(
    tx: &mut Tx,
    name: &str,
    email: &str,
    role: Role,
    hashed: Option<&str>,
) -> Result<PersonId, Error> {
    let id = PersonId(Uuid::now_v7());
    let now = tx.now;
    sqlx::query!(
        "insert into person (id, email, name, role, password_hash, created_at) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        email.trim(),
        name.trim(),
        role.key(),
        hashed,
        now,
    )
    .execute(&mut **tx)
    .await?;
    append(
        tx,
        Stream::new(StreamKind::Person, id),
        By::Person(id),
        &Event::PersonJoined { role },
    )
    .await?;
    Ok(id)
}
