//! What a webhook missed, found by asking: what is to be asked, and what came of it.

use super::take::{in_whose_name, keep, words};
use crate::event::append;
use crate::job::enqueue;
use crate::secret::{Mask, newest, open_named};
use crate::service::read::{environments_of, locked_by_name};
use crate::tx::{Tx, begin};
use crate::{Db, Error, Rule, Vault};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, Problem};
use domain::github::Heard;
use domain::github::answer::{AskForm, Question, asks_from, repository_of};
use domain::hook::{Asking, Filled};
use domain::id::{HookId, PersonId, ServiceId};
use domain::job::Task;
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;

/// Times that a round is begun again after it came to no end; the schedule begins another one anyway.
const ATTEMPTS: i32 = 3;

/// Releases whose commits are asked for, the newest ones.
const MOST_RELEASES: i64 = 50;

/// Lines of what was filled in that are shown, and kept for each connection.
const SHOWN: i64 = 20;

/// Sets how a service's repository is asked for what its webhook missed, and asks at once. Without a secret, it is asked no more.
///
/// # Errors
/// `NotFound` for the service; `Denied`: the token is sent to that address; `Rule::NothingToDo` while it is not connected; `Invalid` by `secret`, `api_url`.
pub async fn ask_by(db: &Db, actor: &Actor, service: &str, form: &AskForm) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let service = locked_by_name(&mut tx, service).await?;
    actor.may(Action::ManageTarget, Scope::Service(service.id))?;
    form.check().into_result()?;
    let hook = connected(&mut tx, service.id).await?;
    let secret = form.secret.trim();
    sqlx::query!("delete from source_answer where hook_id = $1", hook.0)
        .execute(&mut *tx)
        .await?;
    if secret.is_empty() {
        let gone = sqlx::query!("delete from source_asking where hook_id = $1", hook.0);
        if gone.execute(&mut *tx).await?.rows_affected() == 0 {
            return Err(Rule::NothingToDo.into());
        }
    } else {
        let usable = newest(&mut tx, &[service.id]).await?;
        if !usable.contains_key(&(service.id, secret.to_owned())) {
            return Err(FieldErrors::one("secret", Problem::Unknown).into());
        }
        sqlx::query!(
            "insert into source_asking (hook_id, secret, api_url) values ($1, $2, $3)
             on conflict (hook_id) do update set secret = excluded.secret, api_url = excluded.api_url, error = '', rests_until = null",
            hook.0,
            secret,
            form.api(),
        )
        .execute(&mut *tx)
        .await?;
        begin_round(&mut tx, hook).await?;
    }
    let event = Event::SourceAsked {
        secret: (!secret.is_empty()).then(|| secret.to_owned()),
    };
    append(
        &mut tx,
        Stream::new(StreamKind::Service, service.id),
        actor.by(),
        &event,
    )
    .await?;
    tx.commit().await
}

/// Asks a service's repository as soon as a worker is free.
///
/// # Errors
/// `NotFound` for the service; `Denied`; `Rule::NothingToDo` without a connection or a token.
pub async fn reconcile_now(db: &Db, actor: &Actor, service: &str) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let service = locked_by_name(&mut tx, service).await?.id;
    actor.may(Action::ManageService, Scope::Service(service))?;
    let hook = connected(&mut tx, service).await?;
    let asked = sqlx::query!("select hook_id from source_asking where hook_id = $1", hook.0);
    if asked.fetch_optional(&mut *tx).await?.is_none() {
        return Err(Rule::NothingToDo.into());
    }
    begin_round(&mut tx, hook).await?;
    tx.commit().await
}

/// Enqueues a round for every repository that has a token and does not rest. Answers how many.
///
/// # Errors
/// `Db`.
pub async fn reconcile_all(db: &Db) -> Result<usize, Error> {
    let mut tx = begin(db).await?;
    let hooks = sqlx::query_scalar!(
        r#"select hook_id as "id: HookId" from source_asking where rests_until is null or rests_until <= now() order by hook_id"#
    )
    .fetch_all(&mut *tx)
    .await?;
    for hook in &hooks {
        begin_round(&mut tx, *hook).await?;
    }
    tx.commit().await?;
    Ok(hooks.len())
}

async fn begin_round(tx: &mut Tx, hook: HookId) -> Result<(), Error> {
    enqueue(
        tx,
        Task::Reconcile,
        json!({ "hook": hook }),
        &format!("reconcile:{hook}"),
        ATTEMPTS,
    )
    .await
}

async fn connected(tx: &mut Tx, service: ServiceId) -> Result<HookId, Error> {
    let hook = sqlx::query_scalar!(
        r#"select id as "id: HookId" from source_hook where service_id = $1 for update"#,
        service.0
    );
    hook.fetch_optional(&mut **tx).await?.ok_or(Rule::NothingToDo.into())
}

/// What an answer was, the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub etag: String,
    /// The address of the page after it.
    pub next: Option<String>,
    /// What it led to.
    pub asks: Vec<Question>,
}

/// All that one round needs.
#[derive(Debug)]
pub struct Round {
    /// Owner and name.
    pub repository: String,
    /// Where the API is, without a slash at its end.
    pub api: String,
    /// Sent along with each question, and nowhere else.
    pub token: Token,
    /// Commits are asked for from here on.
    pub from: DateTime<Utc>,
    pub questions: Vec<Question>,
    /// By address.
    pub known: HashMap<String, Known>,
    /// When it began, by the database's clock.
    pub began_at: DateTime<Utc>,
}

/// A token that shows itself to nobody.
pub struct Token {
    pub value: String,
    /// Hides it in words that are kept.
    pub mask: Mask,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Whether a round can begin.
#[derive(Debug)]
pub enum Begun {
    /// Nobody is to be asked any more, or not yet.
    Not,
    /// The service's address of its repository does not say which one it is.
    NoRepository,
    /// No secret of this name can be used.
    NoSecret(String),
    Ask(Box<Round>),
}

/// Begins a round of questions about one connection.
///
/// # Errors
/// `Vault`, when the instance's keys do not open the token; `Db`.
pub async fn round(db: &Db, vault: &Vault, hook: HookId) -> Result<Begun, Error> {
    let mut c = db.acquire().await?;
    let row = sqlx::query!(
        r#"select s.id as "service: ServiceId", s.repository, a.secret, a.api_url, coalesce(a.sure_at, h.connected_at) as "sure_at!",
               now() as "now!"
           from source_asking a join source_hook h on h.id = a.hook_id join service s on s.id = h.service_id
           where a.hook_id = $1 and (a.rests_until is null or a.rests_until <= now())"#,
        hook.0,
    );
    let Some(row) = row.fetch_optional(&mut *c).await? else {
        return Ok(Begun::Not);
    };
    let Some(repository) = repository_of(&row.repository) else {
        return Ok(Begun::NoRepository);
    };
    let commits = open_commits(&mut c, row.service).await?;
    let known = known(&mut c, hook).await?;
    drop(c);
    let Some((value, mask)) = open_named(db, vault, row.service, &row.secret).await? else {
        return Ok(Begun::NoSecret(row.secret));
    };
    Ok(Begun::Ask(Box::new(Round {
        repository,
        api: row.api_url,
        token: Token { value, mask },
        from: asks_from(row.sure_at),
        questions: Question::first(&commits),
        known,
        began_at: row.now,
    })))
}

/// Commits of the releases that have not reached production, each once.
async fn open_commits(c: &mut PgConnection, service: ServiceId) -> Result<Vec<String>, Error> {
    let mut commits = sqlx::query_scalar!(
        r#"select r.form ->> 'commit' as "commit!" from release r
           where r.service_id = $1 and length(r.form ->> 'commit') in (40, 64) and not exists (
               select 1 from deployment d join environment e on e.id = d.environment_id
               where d.release_id = r.id and e.tier = 'production' and d.in_production_at is not null
           )
           order by r.created_at desc limit $2"#,
        service.0,
        MOST_RELEASES,
    )
    .fetch_all(c)
    .await?;
    commits.sort();
    commits.dedup();
    Ok(commits)
}

async fn known(c: &mut PgConnection, hook: HookId) -> Result<HashMap<String, Known>, Error> {
    let rows = sqlx::query!(
        r#"select address, etag, next, asks as "asks: Json<Vec<Question>>" from source_answer where hook_id = $1"#,
        hook.0,
    )
    .fetch_all(c)
    .await?;
    let known = rows.into_iter().map(|row| {
        let known = Known {
            etag: row.etag,
            next: row.next,
            asks: row.asks.0,
        };
        (row.address, known)
    });
    Ok(known.collect())
}

/// One page of an answer.
#[derive(Debug)]
pub struct Page<'a> {
    pub address: &'a str,
    pub heard: Vec<Heard>,
    /// None: it had no tag, and is asked for whole the next time.
    pub known: Option<&'a Known>,
}

/// Keeps a page of an answer as a delivery is kept; its tag is remembered together with what it brought, or not at all. Answers how much of it had been missed.
///
/// # Errors
/// `NotFound` when the connection was ended meanwhile; `Denied` when whoever made it is not active any more, or may not do that.
pub async fn keep_page(db: &Db, hook: HookId, page: Page<'_>) -> Result<usize, Error> {
    let mut tx = begin(db).await?;
    // One after the other, as deliveries are.
    let row = sqlx::query!(
        r#"select service_id as "service: ServiceId", connected_by as "by: PersonId" from source_hook
           where id = $1 for update"#,
        hook.0,
    );
    let row = row.fetch_one(&mut *tx).await?;
    let actor = in_whose_name(db, hook, row.by).await?;
    let environments = environments_of(&mut tx, &[row.service]).await?;
    let mut missed = 0;
    for heard in page.heard {
        let told = words(&heard);
        if keep(&mut tx, &actor, row.service, &environments, heard).await? {
            missed += 1;
            filled(&mut tx, hook, &told).await?;
        }
    }
    if let Some(known) = page.known {
        let now = tx.now;
        sqlx::query!(
            "insert into source_answer (hook_id, address, etag, next, asks, asked_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (hook_id, address) do update
                 set etag = excluded.etag, next = excluded.next, asks = excluded.asks, asked_at = excluded.asked_at",
            hook.0,
            page.address,
            known.etag,
            known.next,
            Json(&known.asks) as _,
            now,
        )
        .execute(&mut *tx)
        .await?;
    }
    if missed > 0 {
        tx.kick("services");
    }
    tx.commit().await?;
    Ok(missed)
}

async fn filled(tx: &mut Tx, hook: HookId, told: &str) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into source_filled (hook_id, at, told) values ($1, $2, $3)",
        hook.0,
        now,
        told.replace('\0', ""),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Everything was asked: of all until this moment we are sure.
    Done(DateTime<Utc>),
    /// Why it came to no end, in words.
    Failed(String),
    /// The source's limit is reached.
    Rests(DateTime<Utc>),
}

/// Notes how a round ended. Tags of answers that nobody asked for in a month are forgotten, and so is what was filled in before the last lines.
///
/// # Errors
/// `Db`.
pub async fn note_end(db: &Db, hook: HookId, end: &End) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let (sure_at, error, rests_until) = match end {
        End::Done(at) => (Some(*at), "", None),
        End::Failed(why) => (None, why.as_str(), None),
        End::Rests(until) => (None, "", Some(*until)),
    };
    let now = tx.now;
    sqlx::query!(
        "update source_asking set tried_at = $2, sure_at = coalesce($3, sure_at), error = $4, rests_until = $5 where hook_id = $1",
        hook.0,
        now,
        sure_at,
        error.replace('\0', ""),
        rests_until,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from source_answer where hook_id = $1 and asked_at < $2::timestamptz - interval '31 days'",
        hook.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from source_filled where hook_id = $1
             and id <= (select id from source_filled where hook_id = $1 order by id desc offset $2 limit 1)",
        hook.0,
        SHOWN,
    )
    .execute(&mut *tx)
    .await?;
    tx.kick("services");
    tx.commit().await
}

/// How a connection's repository is asked, and what came of it.
pub(super) async fn asking(c: &mut PgConnection, hook: HookId) -> Result<Option<Asking>, Error> {
    let row = sqlx::query!(
        "select secret, api_url, sure_at, tried_at, error, rests_until from source_asking where hook_id = $1",
        hook.0,
    );
    let Some(row) = row.fetch_optional(&mut *c).await? else {
        return Ok(None);
    };
    let filled = sqlx::query_as!(
        Filled,
        "select at, told from source_filled where hook_id = $1 order by id desc limit $2",
        hook.0,
        SHOWN,
    );
    Ok(Some(Asking {
        secret: row.secret,
        api_url: row.api_url,
        reconciled_at: row.sure_at,
        tried_at: row.tried_at,
        error: row.error,
        rests_until: row.rests_until,
        filled: filled.fetch_all(c).await?,
    }))
}
