//! Mail that is to be sent: enqueued in the transaction that causes it, read again when it is sent.

use crate::tx::{Tx, begin};
use crate::{Db, Error, Vault, job};
use chrono::{DateTime, Utc};
use domain::access::{Person, Role};
use domain::id::{InvitationId, MailId, NoticeId, PersonId};
use domain::job::Task;
use domain::notice::Notice;
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

/// How often one mail is tried: with the queue's pauses over about a day and a half.
const ATTEMPTS: i32 = 15;

/// What a mail tells.
pub(crate) enum Content {
    Notice(NoticeId),
    /// An invitation, with the token of its link.
    Invitation(InvitationId, String),
    /// A link for a new password: its row, and its token.
    Reset(Uuid, String),
}

/// A mail, with everything that it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// Stays the same however often it is sent: its Message-ID is made of it.
    pub id: MailId,
    /// The address.
    pub to: String,
    /// The person's name; empty for somebody who is none here yet.
    pub name: String,
    pub at: DateTime<Utc>,
    pub body: Body,
}

/// What it says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Notice {
        notice: Notice,
        /// The people whom it names.
        people: Vec<Person>,
    },
    Invitation {
        role: Role,
        token: String,
        until: DateTime<Utc>,
    },
    Reset {
        token: String,
        until: DateTime<Utc>,
    },
}

/// Says whether this instance sends mail: the server knows when it starts. Without, none is enqueued.
///
/// # Errors
/// `Db`.
pub async fn announce(db: &Db, on: bool) -> Result<(), Error> {
    sqlx::query!("update instance set mail = $1 where mail <> $1", on)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether this instance sends mail.
///
/// # Errors
/// `Db`.
pub async fn is_on(db: &Db) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!("select mail from instance").fetch_one(db).await?)
}

/// Enqueues a mail whose content is no secret, if mail is sent here.
pub(crate) async fn enqueue(tx: &mut Tx, content: Content) -> Result<bool, Error> {
    insert(tx, None, content).await
}

/// Enqueues a mail with a link in it, if mail is sent here. The link's token is sealed until then.
pub(crate) async fn enqueue_sealed(tx: &mut Tx, vault: &Vault, content: Content) -> Result<bool, Error> {
    insert(tx, Some(vault), content).await
}

async fn insert(tx: &mut Tx, vault: Option<&Vault>, content: Content) -> Result<bool, Error> {
    let on = sqlx::query_scalar!("select mail from instance")
        .fetch_one(&mut **tx)
        .await?;
    if !on {
        return Ok(false);
    }
    let (id, now) = (MailId(Uuid::now_v7()), tx.now);
    let (notice, invitation, reset, token) = match content {
        Content::Notice(id) => (Some(id.0), None, None, None),
        Content::Invitation(id, token) => (None, Some(id.0), None, Some(token)),
        Content::Reset(id, token) => (None, None, Some(id), Some(token)),
    };
    let sealed = match (vault, token) {
        (Some(vault), Some(token)) => Some(vault.seal(&purpose(id), token.as_bytes()).map_err(unsealed)?),
        _ => None,
    };
    sqlx::query!(
        "insert into mail (id, notice_id, invitation_id, reset_id, token_sealed, at) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        notice,
        invitation,
        reset,
        sealed,
        now,
    )
    .execute(&mut **tx)
    .await?;
    job::enqueue(tx, Task::Mail, json!({ "mail": id }), &format!("mail:{id}"), ATTEMPTS).await?;
    Ok(true)
}

pub(crate) fn purpose(id: MailId) -> String {
    format!("mail:{id}")
}

fn unsealed(error: crate::VaultError) -> Error {
    Error::Db(sqlx::Error::Decode(error.into()))
}

/// The mail as it is to be sent now. None when it was sent, or nobody needs it any more: the person left, the notice is read, the link has ended.
///
/// # Errors
/// `Db`, also when the link can't be opened by the keys of this instance.
pub async fn letter(db: &Db, vault: &Vault, id: MailId) -> Result<Option<Letter>, Error> {
    let row = sqlx::query!(
        r#"select m.at, m.token_sealed, n.body as "notice?: Json<Notice>", p.name as "name?", p.email as "email?",
               i.email as "invited?", i.role as "role?: Role", i.expires_at as "invited_until?", s.expires_at as "reset_until?"
           from mail m
           left join notice n on n.id = m.notice_id and n.read_at is null
           left join password_reset s on s.id = m.reset_id and s.used_at is null and s.expires_at > now()
           left join invitation i on i.id = m.invitation_id
               and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
           left join person p on p.id = coalesce(n.person_id, s.person_id) and p.active
           where m.id = $1 and m.sent_at is null"#,
        id.0,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let token = match row.token_sealed {
        Some(sealed) => {
            let opened = vault.open(&purpose(id), &sealed).map_err(unsealed)?;
            String::from_utf8_lossy(&opened).into_owned()
        }
        None => String::new(),
    };
    let (to, name, body) = match (row.notice, row.role, row.reset_until) {
        (Some(notice), ..) => {
            let notice = notice.0;
            let named: Vec<PersonId> = notice.by.person().into_iter().collect();
            let people = crate::access::read::people(&mut *db.acquire().await?, &named).await?;
            (row.email, row.name, Body::Notice { notice, people })
        }
        (None, Some(role), _) => {
            let until = row.invited_until.unwrap_or(row.at);
            (
                row.invited,
                Some(String::new()),
                Body::Invitation { role, token, until },
            )
        }
        (None, None, Some(until)) => (row.email, row.name, Body::Reset { token, until }),
        (None, None, None) => return Ok(None),
    };
    Ok(to.zip(name).map(|(to, name)| Letter {
        id,
        to,
        name,
        at: row.at,
        body,
    }))
}

/// Keeps that a mail was sent; its link is forgotten.
///
/// # Errors
/// `Db`.
pub async fn sent(db: &Db, id: MailId) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    let now = tx.now;
    sqlx::query!(
        "update mail set sent_at = coalesce(sent_at, $2), token_sealed = null where id = $1",
        id.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
