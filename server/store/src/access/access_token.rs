//! Access tokens: made, listed, revoked, and turned into who asks. A token is shown once; only its hash is kept.

use super::{me, token};
use crate::event::append;
use crate::tx::{Tx, begin};
use crate::{Db, Error, Rule};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{AccessToken, Action, Actor, Denied, Me, Person, Scope, TokenForm, TokenScope, TokenUse};
use domain::event::{Event, Stream, StreamKind};
use domain::id::{PersonId, TokenId};
use uuid::Uuid;

/// What every token begins with, so that scanners of repositories know a leaked one.
pub const PREFIX: &str = "slipway_";

/// Characters of a token that are kept in clear, the prefix with them.
const BEGINNING: usize = 14;

/// The last use is written at most this often.
const USE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Tokens of one page.
pub const TOKENS: usize = 500;

/// Makes a token in one's own name, and answers it: it is shown this once.
///
/// # Errors
/// `Denied` to a program: no token makes another; `Invalid` by `name`, `scopes`, `days`.
pub async fn make_token(db: &Db, actor: &Actor, form: &TokenForm) -> Result<String, Error> {
    no_program(actor)?;
    make(db, actor, actor, form).await
}

/// Makes a token for a service account, and answers it: it is shown this once. It reaches no further than the account does.
///
/// # Errors
/// `Denied`, also to a program; `NotFound` for a person, or for an account that is removed; `Invalid` by `name`, `scopes`, `days`.
pub async fn make_account_token(db: &Db, actor: &Actor, account: PersonId, form: &TokenForm) -> Result<String, Error> {
    no_program(actor)?;
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let is_one = sqlx::query_scalar!(
        r#"select exists (select 1 from person where id = $1 and kind = 'service' and active) as "is_one!""#,
        account.0,
    );
    if !is_one.fetch_one(db).await? {
        return Err(Error::NotFound);
    }
    let account = me::actor(db, account).await?.ok_or(Error::NotFound)?;
    make(db, actor, &account, form).await
}

/// No token makes another, nor anything else that would outlast it.
pub(super) fn no_program(actor: &Actor) -> Result<(), Denied> {
    match actor.token {
        Some(_) => Err(Denied {
            action: Action::ManagePeople,
        }),
        None => Ok(()),
    }
}

async fn make(db: &Db, by: &Actor, of: &Actor, form: &TokenForm) -> Result<String, Error> {
    let form = TokenForm {
        name: form.name.replace('\0', "").trim().to_owned(),
        ..form.clone()
    };
    form.check(of).into_result()?;
    let mut tx = begin(db).await?;
    let (now, id) = (tx.now, TokenId(Uuid::now_v7()));
    let secret = format!("{PREFIX}{}", token::random(32));
    let mut scopes = form.scopes.clone();
    scopes.sort();
    scopes.dedup();
    let words: Vec<String> = scopes.iter().map(|scope| scope.key().to_owned()).collect();
    // Somebody who is deactivated at this moment gets none.
    let made = sqlx::query!(
        "insert into access_token (id, person_id, name, scopes, beginning, hash, created_at, expires_at)
         select $1, id, $3, $4, $5, $6, $7, $8 from person where id = $2 and active for share",
        id.0,
        of.id.0,
        form.name,
        &words,
        &secret[..BEGINNING],
        token::hash(&secret),
        now,
        form.ends(now),
    )
    .execute(&mut *tx)
    .await?;
    if made.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let event = Event::TokenMade { token: id, scopes };
    append(&mut tx, stream(of.id), by.by(), &event).await?;
    tx.commit().await?;
    Ok(secret)
}

/// One's own tokens, the newest first, and the moment at which they were read.
///
/// # Errors
/// `Db`.
pub async fn own_tokens(db: &Db, actor: &Actor) -> Result<(Vec<AccessToken>, DateTime<Utc>), Error> {
    let mut tx = begin(db).await?;
    let tokens = list(&mut tx, Some(actor.id), None).await?;
    Ok((tokens, tx.now))
}

/// One's own tokens or everybody's, the newest first: those before this one, and the moment at which they were read.
///
/// # Errors
/// `Denied` for everybody's.
pub async fn tokens_before(
    db: &Db,
    actor: &Actor,
    everybodys: bool,
    before: Option<TokenId>,
) -> Result<(Vec<AccessToken>, DateTime<Utc>), Error> {
    if everybodys {
        actor.may(Action::ManagePeople, Scope::Instance)?;
    }
    let mut tx = begin(db).await?;
    let of = (!everybodys).then_some(actor.id);
    let tokens = list(&mut tx, of, before).await?;
    Ok((tokens, tx.now))
}

/// Everybody's tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct AllTokens {
    /// The newest first, at most 500.
    pub tokens: Vec<AccessToken>,
    pub people: Vec<Person>,
    /// When they were read.
    pub now: DateTime<Utc>,
}

/// Everybody's tokens with whose they are.
///
/// # Errors
/// `Denied`.
pub async fn all_tokens(db: &Db, actor: &Actor) -> Result<AllTokens, Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let tokens = list(&mut tx, None, None).await?;
    let mut owners: Vec<PersonId> = tokens.iter().map(|token| token.person).collect();
    owners.sort();
    owners.dedup();
    let people = super::read::people(&mut tx, &owners).await?;
    let now = tx.now;
    Ok(AllTokens { tokens, people, now })
}

/// Ends a token. From the next request on it is refused.
///
/// # Errors
/// `NotFound`; `Denied` for somebody else's to who does not manage people; `Rule::NothingToDo` when it was revoked already.
pub async fn revoke_token(db: &Db, actor: &Actor, id: TokenId) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    sqlx::query!("select id from access_token where id = $1 for update", id.0)
        .fetch_one(&mut *tx)
        .await?;
    let kept = read(&mut tx, id).await?;
    kept.revocable_by(actor)?;
    if kept.revoked_at.is_some() {
        return Err(Rule::NothingToDo.into());
    }
    let now = tx.now;
    sqlx::query!(
        "update access_token set revoked_at = $2, revoked_by = $3 where id = $1",
        id.0,
        now,
        actor.id.0,
    )
    .execute(&mut *tx)
    .await?;
    append(
        &mut tx,
        stream(kept.person),
        actor.by(),
        &Event::TokenRevoked { token: id },
    )
    .await?;
    tx.commit().await
}

/// Who asks by a token: the person's own view, and what the token takes away. None when it is unknown, revoked or over, or its person is not
/// active: which of these is not told.
///
/// # Errors
/// `Db`.
pub async fn by_token(db: &Db, secret: &str, network: &str) -> Result<Option<(Me, TokenUse)>, Error> {
    // What does not look like one needs no look into the table.
    if !secret.starts_with(PREFIX) || secret.len() > 100 {
        return Ok(None);
    }
    let row = sqlx::query!(
        r#"select t.id as "id: TokenId", t.person_id as "person: PersonId", t.scopes,
               (t.last_used_at is null or t.last_used_at < now() - make_interval(secs => $2)) as "stale!"
           from access_token t join person p on p.id = t.person_id
           where t.hash = $1 and t.revoked_at is null and t.expires_at > now() and p.active"#,
        token::hash(secret),
        USE_EVERY.as_seconds_f64(),
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(me) = me::me(db, row.person).await? else {
        return Ok(None);
    };
    if row.stale {
        sqlx::query!(
            "update access_token set last_used_at = now(), last_network = $2
             where id = $1 and (last_used_at is null or last_used_at < now() - make_interval(secs => $3))",
            row.id.0,
            network,
            USE_EVERY.as_seconds_f64(),
        )
        .execute(db)
        .await?;
    }
    let used = TokenUse {
        id: row.id,
        scopes: scopes(&row.scopes),
    };
    Ok(Some((me, used)))
}

fn stream(person: PersonId) -> Stream {
    Stream::new(StreamKind::Person, person)
}

/// A word that this version does not know gives nothing.
fn scopes(words: &[String]) -> Vec<TokenScope> {
    words.iter().filter_map(|word| TokenScope::from_key(word)).collect()
}

struct Row {
    id: TokenId,
    person: PersonId,
    name: String,
    scopes: Vec<String>,
    beginning: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    last_network: Option<String>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Row> for AccessToken {
    fn from(row: Row) -> AccessToken {
        AccessToken {
            id: row.id,
            person: row.person,
            name: row.name,
            scopes: scopes(&row.scopes),
            beginning: row.beginning,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_network: row.last_network,
            revoked_at: row.revoked_at,
        }
    }
}

async fn list(tx: &mut Tx, of: Option<PersonId>, before: Option<TokenId>) -> Result<Vec<AccessToken>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: TokenId", person_id as "person: PersonId", name, scopes, beginning, created_at, expires_at,
               last_used_at, last_network, revoked_at
           from access_token
           where ($1::uuid is null or person_id = $1)
             and ($2::uuid is null or (created_at, id) < (select created_at, id from access_token where id = $2))
           order by created_at desc, id desc limit $3"#,
        of.map(|person| person.0),
        before.map(|id| id.0),
        TOKENS as i64,
    );
    Ok(rows
        .fetch_all(&mut **tx)
        .await?
        .into_iter()
        .map(AccessToken::from)
        .collect())
}

pub(super) async fn read(tx: &mut Tx, id: TokenId) -> Result<AccessToken, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: TokenId", person_id as "person: PersonId", name, scopes, beginning, created_at, expires_at,
               last_used_at, last_network, revoked_at
           from access_token where id = $1"#,
        id.0,
    );
    Ok(row.fetch_one(&mut **tx).await?.into())
}
