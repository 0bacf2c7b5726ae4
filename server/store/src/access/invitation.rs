//! Invitations: a link by which somebody becomes a person here. Only its token's hash is kept.

use super::set_up::join;
use super::{door, password, token};
use crate::event::append;
use crate::mail::{self, Content};
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule, Vault};
use chrono::TimeDelta;
use domain::access::{Action, Actor, Invitation, Role, Scope};
use domain::event::{Event, Stream};
use domain::field::{FieldErrors, Problem, check_email, check_length};
use domain::id::{InvitationId, PersonId};
use uuid::Uuid;

/// How long an invitation stays open.
const OPEN_FOR: TimeDelta = TimeDelta::days(7);

/// An invitation that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The token of its link: shown once.
    pub token: String,
    /// The link was sent to the address as well.
    pub mailed: bool,
}

/// Invites somebody, and answers the token of the link: it is shown once. An open invitation to the same address ends.
///
/// # Errors
/// `Denied`; `Invalid` with `email` (also `Taken`, when a person has it).
pub async fn invite(db: &Db, actor: &Actor, email: &str, role: Role) -> Result<String, Error> {
    Ok(make(db, None, actor, email, role).await?.token)
}

/// The same, and sends the link to the address, where mail is sent.
///
/// # Errors
/// As [`invite`].
pub async fn invite_by_mail(db: &Db, vault: &Vault, actor: &Actor, email: &str, role: Role) -> Result<Invited, Error> {
    make(db, Some(vault), actor, email, role).await
}

async fn make(db: &Db, vault: Option<&Vault>, actor: &Actor, email: &str, role: Role) -> Result<Invited, Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut errors = FieldErrors::default();
    check_email(&mut errors, "email", email);
    errors.into_result()?;
    let email = email.trim();
    let mut tx = tx::begin(db).await?;
    let taken = sqlx::query_scalar!(
        r#"select exists (select 1 from person where lower(email) = lower($1)) as "taken!""#,
        email
    );
    if taken.fetch_one(&mut *tx).await? {
        return Err(Error::field("email", Problem::Taken));
    }
    let (now, token, id) = (tx.now, token::random(32), InvitationId(Uuid::now_v7()));
    sqlx::query!(
        "update invitation set revoked_at = $2
         where lower(email) = lower($1) and accepted_at is null and revoked_at is null",
        email,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into invitation (id, email, role, token_hash, invited_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        email,
        role.key(),
        token::hash(&token),
        actor.id.0,
        now,
        now + OPEN_FOR,
    )
    .execute(&mut *tx)
    .await?;
    append(&mut tx, Stream::instance(), actor.by(), &Event::PersonInvited { role }).await?;
    let mailed = match vault {
        Some(vault) => mail::enqueue_sealed(&mut tx, vault, Content::Invitation(id, token.clone())).await?,
        None => false,
    };
    tx.commit().await?;
    Ok(Invited { token, mailed })
}

/// All invitations of the last while, newest first: open, accepted, revoked and expired ones.
///
/// # Errors
/// `Denied`.
pub async fn invitations(db: &Db, actor: &Actor) -> Result<Vec<Invitation>, Error> {
    invitations_before(db, actor, None).await
}

/// Invitations of one page.
pub const INVITATIONS: usize = 200;

/// Invitations, newest first: those before this one.
///
/// # Errors
/// `Denied`.
pub async fn invitations_before(
    db: &Db,
    actor: &Actor,
    before: Option<InvitationId>,
) -> Result<Vec<Invitation>, Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let invitations = sqlx::query_as!(
        Invitation,
        r#"select id as "id: InvitationId", email, role as "role: Role", invited_by as "invited_by: PersonId",
               created_at, expires_at, accepted_at, revoked_at
           from invitation
           where ($1::uuid is null or (created_at, id) < (select created_at, id from invitation where id = $1))
           order by created_at desc, id desc limit $2"#,
        before.map(|id| id.0),
        INVITATIONS as i64,
    );
    Ok(invitations.fetch_all(db).await?)
}

/// Ends an open invitation.
///
/// # Errors
/// `Denied`; `NotFound`; `Rule::InvitationEnded` when it is not open.
pub async fn revoke_invitation(db: &Db, actor: &Actor, id: InvitationId) -> Result<(), Error> {
    actor.may(Action::ManagePeople, Scope::Instance)?;
    let mut tx = tx::begin(db).await?;
    let now = tx.now;
    let row = sqlx::query!(
        r#"select accepted_at is null and revoked_at is null and expires_at > $2 as "open!"
           from invitation where id = $1 for update"#,
        id.0,
        now,
    );
    if !row.fetch_one(&mut *tx).await?.open {
        return Err(Rule::InvitationEnded.into());
    }
    sqlx::query!("update invitation set revoked_at = $2 where id = $1", id.0, now)
        .execute(&mut *tx)
        .await?;
    append(&mut tx, Stream::instance(), actor.by(), &Event::InvitationRevoked).await?;
    tx.commit().await
}

/// The open invitation of a link.
///
/// # Errors
/// `Rule::InvitationEnded` when it was accepted, revoked, has expired, or never existed.
pub async fn invitation(db: &Db, token: &str) -> Result<Invitation, Error> {
    let invitation = sqlx::query_as!(
        Invitation,
        r#"select id as "id: InvitationId", email, role as "role: Role", invited_by as "invited_by: PersonId",
               created_at, expires_at, accepted_at, revoked_at
           from invitation
           where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > now()"#,
        token::hash(token),
    );
    invitation
        .fetch_optional(db)
        .await?
        .ok_or(Error::Rule(Rule::InvitationEnded))
}

/// Makes a person of an invitation. Of two who accept it at once, one does.
///
/// # Errors
/// `Rule::PasswordsOff`: then it is accepted by a provider; `Rule::InvitationEnded`; `Invalid` with `name`, `password`, and `email` when it was taken meanwhile.
pub async fn accept_invitation(db: &Db, token: &str, name: &str, password: &str) -> Result<PersonId, Error> {
    invitation(db, token).await?;
    door::passwords_are_on(db).await?;
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "name", name, 1, 100);
    password::check(&mut errors, "password", password);
    errors.into_result()?;
    let hashed = password::hash(password).await?;

    let mut tx = tx::begin(db).await?;
    let now = tx.now;
    let open = sqlx::query!(
        r#"select id, email, role as "role: Role" from invitation
           where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2 for update"#,
        token::hash(token),
        now,
    );
    let open = open
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Error::Rule(Rule::InvitationEnded))?;
    let id = join(&mut tx, name, &open.email, open.role, Some(&hashed)).await?;
    accepted(&mut tx, InvitationId(open.id), id).await?;
    tx.commit().await?;
    Ok(id)
}

/// An invitation that is being accepted by a provider.
pub(super) struct OpenInvitation {
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
}

/// Locks an open invitation.
///
/// # Errors
/// `Rule::InvitationEnded`.
pub(super) async fn lock_open(tx: &mut Tx, id: InvitationId) -> Result<OpenInvitation, Error> {
    let now = tx.now;
    let open = sqlx::query_as!(
        OpenInvitation,
        r#"select id as "id: InvitationId", email, role as "role: Role" from invitation
           where id = $1 and accepted_at is null and revoked_at is null and expires_at > $2 for update"#,
        id.0,
        now,
    );
    open.fetch_optional(&mut **tx)
        .await?
        .ok_or(Error::Rule(Rule::InvitationEnded))
}

/// Ends an invitation that has become a person.
pub(super) async fn accepted(tx: &mut Tx, id: InvitationId, by: PersonId) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        "update invitation set accepted_at = $2, accepted_by = $3 where id = $1",
        id.0,
        now,
        by.0
    )
    .execute(&mut **tx)
    .await?;
    tx.kick("people");
    Ok(())
}
