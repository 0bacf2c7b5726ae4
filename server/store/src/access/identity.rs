//! From what a provider asserts to a person here.

use super::{door, invitation, members, provider, set_up};
use crate::event::append;
use crate::tx::{self, Tx};
use crate::{Db, Error, Rule};
use domain::access::{Actor, By, Role};
use domain::event::{Event, Stream, StreamKind};
use domain::id::{IdentityId, InvitationId, PersonId};
use domain::identity::{
    Asserted, Held, Holder, Intent, Known, Linked, Provider, Refusal, Settings, Verdict, decide, role_after,
};
use uuid::Uuid;

/// What somebody wants who comes back from a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To come in.
    SignIn,
    /// To be able to come in by it later.
    Link(PersonId),
    /// To become a person here, by this invitation.
    Accept(InvitationId),
}

/// Who somebody is whom a provider vouches for; a new person, where a stranger may join or was invited. What the provider says has been verified.
///
/// # Errors
/// `Rule::Identity` with the reason; `Rule::InvitationEnded`; `Invalid` with `email` when an invitation's address was taken meanwhile.
pub async fn enter(db: &Db, slug: &str, asserted: &Asserted, wish: Wish) -> Result<PersonId, Error> {
    let mut tx = tx::begin(db).await?;
    // Roles may change, and the last administrator must stay: one after the other.
    members::lock_membership(&mut tx).await?;
    let refused = |refusal| Error::Rule(Rule::Identity(refusal));
    let (provider, _) = provider::read(&mut tx, slug)
        .await?
        .filter(|(provider, _)| provider.enabled)
        .ok_or(refused(Refusal::NoProvider))?;
    let invited = match wish {
        Wish::Accept(id) => Some(invitation::lock_open(&mut tx, id).await?),
        Wish::SignIn | Wish::Link(_) => None,
    };
    let intent = match (wish, &invited) {
        (Wish::Link(person), _) => Intent::Link(person),
        (_, Some(invited)) => Intent::Invited { role: invited.role },
        (_, None) => Intent::SignIn,
    };
    let known = known(&mut tx, &provider, asserted, wish).await?;
    let person = match decide(intent, &provider.settings, asserted, &known).map_err(refused)? {
        Verdict::Enter(person) => person,
        Verdict::Link(person) => {
            link(&mut tx, &provider, asserted, person).await?;
            person
        }
        Verdict::Join(role) => {
            let email = match &invited {
                Some(invited) => invited.email.clone(),
                None => asserted.email.clone().unwrap_or_default(),
            };
            let person = join(&mut tx, &provider.settings, asserted, &email, role).await?;
            link(&mut tx, &provider, asserted, person).await?;
            if let Some(invited) = &invited {
                invitation::accepted(&mut tx, invited.id, person).await?;
            }
            person
        }
    };
    if !matches!(wish, Wish::Link(_)) {
        follow_groups(&mut tx, &provider, asserted, person).await?;
        used(&mut tx, asserted).await?;
        let event = Event::SignedInWith {
            provider: provider.slug.clone(),
        };
        append(&mut tx, stream(person), By::Person(person), &event).await?;
    }
    tx.commit().await?;
    Ok(person)
}

fn stream(person: PersonId) -> Stream {
    Stream::new(StreamKind::Person, person)
}

async fn known(tx: &mut Tx, provider: &Provider, asserted: &Asserted, wish: Wish) -> Result<Known, Error> {
    let linked = sqlx::query_as!(
        Holder,
        r#"select p.id as "person: PersonId", p.active from identity i join person p on p.id = i.person_id
           where i.issuer = $1 and i.subject = $2"#,
        asserted.issuer,
        asserted.subject,
    );
    let linked = linked.fetch_optional(&mut **tx).await?;
    let by_email = sqlx::query_as!(
        Holder,
        r#"select id as "person: PersonId", active from person where kind = 'person' and lower(email) = lower($1)"#,
        asserted.email.clone().unwrap_or_default(),
    );
    let by_email = by_email.fetch_optional(&mut **tx).await?;
    let gets_it = match wish {
        Wish::Link(person) => Some(person),
        Wish::SignIn | Wish::Accept(_) => by_email.map(|holder| holder.person),
    };
    let has_one = sqlx::query_scalar!(
        r#"select exists (select 1 from identity where person_id = $1 and provider_id = $2) as "has_one!""#,
        gets_it.map(|person| person.0),
        provider.id.0,
    );
    Ok(Known {
        linked,
        by_email,
        has_one: has_one.fetch_one(&mut **tx).await?,
    })
}

async fn join(
    tx: &mut Tx,
    settings: &Settings,
    asserted: &Asserted,
    email: &str,
    role: Role,
) -> Result<PersonId, Error> {
    let name: String = match &asserted.name {
        Some(name) => name.trim().chars().take(100).collect(),
        None => email.split('@').next().unwrap_or_default().chars().take(100).collect(),
    };
    let held = role_after(settings, &asserted.groups, Held { role, by_group: false });
    let person = set_up::join(tx, &name, email, held.role, None).await?;
    sqlx::query!(
        "update person set role_by_group = $2 where id = $1",
        person.0,
        held.by_group
    )
    .execute(&mut **tx)
    .await?;
    Ok(person)
}

async fn link(tx: &mut Tx, provider: &Provider, asserted: &Asserted, person: PersonId) -> Result<(), Error> {
    // A request of somebody whose account was closed meanwhile links nothing.
    let active = sqlx::query_scalar!("select active from person where id = $1 for share", person.0);
    if active.fetch_optional(&mut **tx).await? != Some(true) {
        return Err(Rule::Identity(Refusal::Deactivated).into());
    }
    let now = tx.now;
    sqlx::query!(
        "insert into identity (id, person_id, provider_id, issuer, subject, email, linked_at) values ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        person.0,
        provider.id.0,
        asserted.issuer,
        asserted.subject,
        asserted.email,
        now,
    )
    .execute(&mut **tx)
    .await?;
    let event = Event::IdentityLinked {
        provider: provider.slug.clone(),
    };
    append(tx, stream(person), By::Person(person), &event).await?;
    Ok(())
}

async fn used(tx: &mut Tx, asserted: &Asserted) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        "update identity set used_at = $3, email = $4 where issuer = $1 and subject = $2",
        asserted.issuer,
        asserted.subject,
        now,
        asserted.email,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The role that the groups give now. The last administrator stays one.
async fn follow_groups(tx: &mut Tx, provider: &Provider, asserted: &Asserted, person: PersonId) -> Result<(), Error> {
    let before = sqlx::query_as!(
        Held,
        r#"select role as "role: Role", role_by_group as by_group from person where id = $1 for update"#,
        person.0,
    );
    let before = before.fetch_one(&mut **tx).await?;
    let after = role_after(&provider.settings, &asserted.groups, before);
    let loses_admin = before.role == Role::Admin && after.role != Role::Admin;
    if after == before || loses_admin && !members::has_another_admin(tx, person).await? {
        return Ok(());
    }
    sqlx::query!(
        "update person set role = $2, role_by_group = $3, row_version = row_version + 1 where id = $1",
        person.0,
        after.role.key(),
        after.by_group,
    )
    .execute(&mut **tx)
    .await?;
    if after.role != before.role {
        let event = Event::RoleMapped {
            provider: provider.slug.clone(),
            from: before.role,
            to: after.role,
        };
        append(tx, stream(person), By::System, &event).await?;
    }
    Ok(())
}

/// One's own identities, oldest first.
///
/// # Errors
/// `Db`.
pub async fn identities(db: &Db, actor: &Actor) -> Result<Vec<Linked>, Error> {
    let linked = sqlx::query_as!(
        Linked,
        r#"select i.id as "id: IdentityId", p.slug as provider, i.email, i.linked_at, i.used_at
           from identity i join sign_in_provider p on p.id = i.provider_id where i.person_id = $1 order by i.linked_at"#,
        actor.id.0,
    );
    Ok(linked.fetch_all(db).await?)
}

/// Unlinks one's own identity, unless nothing would be left to come in by.
///
/// # Errors
/// `NotFound`; `Rule::LastWayIn`.
pub async fn unlink(db: &Db, actor: &Actor, id: IdentityId) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    members::lock_membership(&mut tx).await?;
    let passwords = door::passwords(&mut *tx).await?;
    let person = sqlx::query!(
        r#"select password_hash is not null as "password!" from person where id = $1 and active for update"#,
        actor.id.0
    );
    let person = person.fetch_one(&mut *tx).await?;
    let provider = sqlx::query_scalar!(
        "select p.slug from identity i join sign_in_provider p on p.id = i.provider_id where i.id = $1 and i.person_id = $2",
        id.0,
        actor.id.0,
    );
    let provider = provider.fetch_one(&mut *tx).await?;
    let another = sqlx::query_scalar!(
        r#"select exists (select 1 from identity i join sign_in_provider p on p.id = i.provider_id
               where i.person_id = $1 and i.id <> $2 and p.enabled) as "another!""#,
        actor.id.0,
        id.0,
    );
    let by_password = passwords && person.password;
    if !by_password && !another.fetch_one(&mut *tx).await? {
        return Err(Rule::LastWayIn.into());
    }
    sqlx::query!("delete from identity where id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    append(
        &mut tx,
        stream(actor.id),
        actor.by(),
        &Event::IdentityUnlinked { provider },
    )
    .await?;
    tx.commit().await
}
