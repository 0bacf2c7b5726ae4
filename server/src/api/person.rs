//! People.

use super::answer::{Answer, Asked, Asks, Listed, Sent, paged, shown_once};
use super::cursor::{A_PAGE, After, page};
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::access::Role as Kept;
use domain::id::{InvitationId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(change))
        .routes(routes!(invitations, invite))
        .routes(routes!(revoke))
        .routes(routes!(search))
}

/// What a person is on this instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "engineer")]
pub enum Role {
    Viewer,
    Support,
    Engineer,
    Approver,
    Admin,
}

impl From<Kept> for Role {
    fn from(role: Kept) -> Role {
        match role {
            Kept::Viewer => Role::Viewer,
            Kept::Support => Role::Support,
            Kept::Engineer => Role::Engineer,
            Kept::Approver => Role::Approver,
            Kept::Admin => Role::Admin,
        }
    }
}

impl From<Role> for Kept {
    fn from(role: Role) -> Kept {
        match role {
            Role::Viewer => Kept::Viewer,
            Role::Support => Kept::Support,
            Role::Engineer => Kept::Engineer,
            Role::Approver => Kept::Approver,
            Role::Admin => Kept::Admin,
        }
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "Ana Ruiz", "email": "ana@example.com", "role": "engineer", "active": true
}))]
pub struct Person {
    pub id: String,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub active: bool,
}

impl From<domain::access::Person> for Person {
    fn from(person: domain::access::Person) -> Person {
        Person {
            id: person.id.to_string(),
            name: person.name,
            email: person.email,
            role: person.role.into(),
            active: person.active,
        }
    }
}

/// Everybody on this instance
#[utoipa::path(get, path = "/people", tag = "people", params(After),
    responses((status = 200, description = "A hundred, who came first first; those whose account is closed too", body = Listed<Person>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    let after = from.cursor.as_deref().map(str::parse::<PersonId>).transpose();
    let after = after.map_err(|_| unreadable_cursor())?;
    let people = store::access::people(&state.db, &asks.actor).await?;
    // Not by name: a name may change between two pages.
    let (people, next) = page(people, |person| person.id, after.as_ref(), A_PAGE);
    let items: Vec<Person> = people.into_iter().map(Person::from).collect();
    let next = next.map(|id| id.to_string());
    Ok(paged(Listed { items, next }, "/people", &[]))
}

/// What changes of a person. What is left out stays.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "approver"}))]
pub struct PersonChange {
    #[serde(default)]
    pub role: Option<Role>,
    /// False ends the person's sessions and tokens.
    #[serde(default)]
    pub active: Option<bool>,
}

/// Give a person another role, deactivate one, or let one in again
#[utoipa::path(patch, path = "/people/{id}", tag = "people", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    request_body = PersonChange, responses((status = 204, description = "It is so now")))]
async fn change(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    Sent(change): Sent<PersonChange>,
) -> Answer {
    let id: PersonId = id.parse().map_err(|_| super::answer::Refused::not_found())?;
    if let Some(role) = change.role {
        match store::access::change_role(&state.db, &asks.actor, id, role.into()).await {
            // It is so already, which is what was asked.
            Ok(()) | Err(store::Error::Rule(store::Rule::NothingToDo)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(active) = change.active {
        match store::access::set_active(&state.db, &asks.actor, id, active).await {
            Ok(()) | Err(store::Error::Rule(store::Rule::NothingToDo)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "email": "sam@example.com", "role": "approver",
    "created_at": "2026-01-15T10:00:00Z", "expires_at": "2026-01-22T10:00:00Z", "accepted_at": null, "revoked_at": null
}))]
pub struct Invitation {
    pub id: String,
    pub email: String,
    pub role: Role,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub accepted_at: Option<chrono::DateTime<chrono::Utc>>,
    pub revoked_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl From<domain::access::Invitation> for Invitation {
    fn from(kept: domain::access::Invitation) -> Invitation {
        Invitation {
            id: kept.id.to_string(),
            email: kept.email,
            role: kept.role.into(),
            created_at: kept.created_at,
            expires_at: kept.expires_at,
            accepted_at: kept.accepted_at,
            revoked_at: kept.revoked_at,
        }
    }
}

/// Invitations
#[utoipa::path(get, path = "/invitations", tag = "people", params(After),
    responses((status = 200, description = "200, the newest first", body = Listed<Invitation>)))]
async fn invitations(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    let before = from.cursor.as_deref().map(str::parse::<InvitationId>).transpose();
    let before = before.map_err(|_| unreadable_cursor())?;
    let found = store::access::invitations_before(&state.db, &asks.actor, before).await?;
    let full = found.len() == store::access::INVITATIONS;
    let next = found.last().filter(|_| full).map(|last| last.id.to_string());
    let items: Vec<Invitation> = found.into_iter().map(Invitation::from).collect();
    Ok(paged(Listed { items, next }, "/invitations", &[]))
}

/// Whom to invite.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "sam@example.com", "role": "approver"}))]
pub struct Invite {
    pub email: String,
    pub role: Role,
}

/// The link of an invitation: it is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"link": "https://slipway.example.com/invite/k3JxS0p4c2Vj"}))]
pub struct Invited {
    pub link: String,
}

/// Invite somebody
#[utoipa::path(post, path = "/invitations", tag = "people", request_body = Invite,
    responses((status = 201, description = "The link to send", body = Invited)))]
async fn invite(State(state): State<AppState>, asks: Asks, Sent(invite): Sent<Invite>) -> Answer {
    let token = store::access::invite(&state.db, &asks.actor, &invite.email, invite.role.into()).await?;
    let link = format!("{}/invite/{token}", state.place.address);
    Ok(shown_once(Invited { link }))
}

/// Take an invitation back
#[utoipa::path(delete, path = "/invitations/{id}", tag = "people", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It is taken back")))]
async fn revoke(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: InvitationId = id.parse().map_err(|_| super::answer::Refused::not_found())?;
    store::access::revoke_invitation(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is looked for.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Part of a name, a version or a title.
    #[serde(default)]
    #[param(example = "storefront")]
    pub text: String,
}

/// Something that a search found.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"kind": "service", "title": "storefront", "hint": "Service", "href": "/services/storefront"}))]
pub struct Hit {
    /// `person`, `service`, `release`, `deployment` or `incident`.
    pub kind: String,
    pub title: String,
    pub hint: String,
    /// Its page.
    pub href: String,
}

/// Search people, services, releases, deployments and incidents
#[utoipa::path(get, path = "/search", tag = "people", params(Search), responses((status = 200, description = "What was found", body = Listed<Hit>)))]
async fn search(State(state): State<AppState>, asks: Asks, Asked(search): Asked<Search>) -> Answer {
    let hits = store::home::search(&state.db, &asks.actor, &search.text).await?;
    let hits = hits.into_iter().map(|hit| Hit {
        kind: word(&hit.kind),
        title: hit.title,
        hint: hit.hint,
        href: hit.href,
    });
    Ok(Json(Listed::whole(hits)).into_response())
}

/// The word by which a value of the rules is written.
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
