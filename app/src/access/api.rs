//! Calls about people.

use crate::error::AppError;
use domain::access::{Invitation, Person, Role};
use domain::id::{InvitationId, PersonId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page about people shows. Invitations are for administrators only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeoplePage {
    pub people: Vec<Person>,
    pub invitations: Vec<Invitation>,
    /// Who has a second factor; for administrators only.
    pub second_factors: Vec<PersonId>,
}

/// Somebody who was just invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedPerson {
    pub link: String,
    /// The link was sent to their address as well.
    pub mailed: bool,
}

/// Whether this instance sends mail. Open to all: who has forgotten a password has to know.
#[server(prefix = "/call", endpoint = "access/mail")]
pub async fn read_mail() -> Result<bool, AppError> {
    Ok(store::mail::is_on(&crate::caller::db()).await?)
}

/// Whether a link for a new password works. Open to all: the token is the proof.
#[server(prefix = "/call", endpoint = "access/reset")]
pub async fn read_reset(token: String) -> Result<(), AppError> {
    Ok(store::access::reset_works(&crate::caller::db(), &token).await?)
}

/// The open invitation behind a link. Open to all: the token is the proof.
#[server(prefix = "/call", endpoint = "access/invitation")]
pub async fn read_invitation(token: String) -> Result<Invitation, AppError> {
    Ok(store::access::invitation(&crate::caller::db(), &token).await?)
}

/// Everybody on this instance.
#[server(prefix = "/call", endpoint = "access/people")]
pub async fn read_people() -> Result<PeoplePage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let people = store::access::people(&db, &actor).await?;
    let manages = actor
        .may(domain::access::Action::ManagePeople, domain::access::Scope::Instance)
        .is_ok();
    let (invitations, second_factors) = if manages {
        (
            store::access::invitations(&db, &actor).await?,
            store::access::who_has_factors(&db, &actor).await?,
        )
    } else {
        (Vec::new(), Vec::new())
    };
    Ok(PeoplePage {
        people,
        invitations,
        second_factors,
    })
}

/// Invites somebody. The link is in the answer, and nowhere else.
#[server(prefix = "/call", endpoint = "access/invite")]
pub async fn invite_person(email: String, role: Role) -> Result<InvitedPerson, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let vault = expect_context::<store::Vault>();
    let store::access::Invited { token, mailed } =
        store::access::invite_by_mail(&db, &vault, &actor, &email, role).await?;
    let address = expect_context::<crate::service::PublicAddress>().0;
    let link = format!("{address}/invite/{token}");
    crate::caller::show_once("invitation", &link);
    if mailed {
        crate::caller::show_once("mailed", "true");
    }
    Ok(InvitedPerson { link, mailed })
}

/// Takes an invitation back.
#[server(prefix = "/call", endpoint = "access/revoke")]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::revoke_invitation(&db, &actor, id).await?)
}

/// Gives somebody another role.
#[server(prefix = "/call", endpoint = "access/role")]
pub async fn change_role(id: PersonId, role: Role) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::change_role(&db, &actor, id, role).await?)
}

/// Deactivates somebody, which ends their sessions, or lets them in again.
#[server(prefix = "/call", endpoint = "access/active")]
pub async fn set_active(id: PersonId, active: bool) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::access::set_active(&db, &actor, id, active).await?)
}

/// Saves one's own name, time zone and theme.
#[server(prefix = "/call", endpoint = "access/profile")]
pub async fn save_profile(name: String, zone: String, theme: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::access::save_profile(&db, &actor, &name, &zone, domain::access::Theme::from_key(&theme)).await?;
    // Wasm loads the page anew by itself; two ways at once would meet.
    if crate::caller::caller().form_post {
        crate::caller::go_to("/profile?saved=profile");
    }
    Ok(())
}

/// Changes one's own password.
#[server(prefix = "/call", endpoint = "access/password")]
pub async fn change_password(old_password: String, new_password: String) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    let session = crate::caller::caller().session;
    store::access::change_password(&db, &actor, &old_password, &new_password, session).await?;
    crate::caller::go_to("/profile?saved=password");
    Ok(())
}

/// Names of time zones to choose from.
#[server(prefix = "/call", endpoint = "access/zones")]
pub async fn read_zones() -> Result<Vec<String>, AppError> {
    crate::caller::actor()?;
    Ok(store::access::zone_names().into_iter().map(str::to_owned).collect())
}
