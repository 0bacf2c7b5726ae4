//! Teams: who is in them, and which roles they give where.

use super::answer::{Answer, Asked, Asks, Listed, Refused, Sent, if_match, paged, versioned};
use super::cursor::{A_PAGE, After, page};
use super::person::{Person, Role};
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use domain::access::{Action, Place, Scope, TeamGrant, TeamLine, TeamPage};
use domain::field::{FieldErrors, Problem};
use domain::id::{PersonId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change, remove))
        .routes(routes!(add_member, remove_member))
        .routes(routes!(give, take))
}

/// A role, and where it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[schema(example = json!({"role": "engineer", "service": "storefront", "environment": null}))]
pub struct RoleThere {
    #[param(inline)]
    pub role: Role,
    /// Name of a service; left out: on the whole instance.
    #[serde(default)]
    #[param(required = false, example = "storefront")]
    pub service: Option<String>,
    /// Name of one of its environments; left out: on the service as a whole.
    #[serde(default)]
    #[param(required = false, example = "production")]
    pub environment: Option<String>,
}

impl From<TeamGrant> for RoleThere {
    fn from(grant: TeamGrant) -> RoleThere {
        let named = |name: String| Some(name).filter(|name| !name.is_empty());
        RoleThere {
            role: grant.role.into(),
            service: named(grant.place.service),
            environment: named(grant.place.environment),
        }
    }
}

/// The place with these names.
pub fn place(places: &[Place], service: Option<&str>, environment: Option<&str>) -> Option<Scope> {
    let (service, environment) = (service.unwrap_or_default(), environment.unwrap_or_default());
    let mut places = places.iter();
    let found = places.find(|place| place.service == service && place.environment == environment);
    found.map(|place| place.on)
}

/// A team in a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "Payments", "description": "They keep the till", "members": 4,
    "roles": [{"role": "engineer", "service": "storefront", "environment": null}]
}))]
pub struct TeamInList {
    pub id: String,
    pub name: String,
    pub description: String,
    /// Members whose account is active.
    pub members: u32,
    pub roles: Vec<RoleThere>,
}

impl From<TeamLine> for TeamInList {
    fn from(line: TeamLine) -> TeamInList {
        TeamInList {
            id: line.team.id.to_string(),
            name: line.team.name,
            description: line.team.description,
            members: line.members,
            roles: line.grants.into_iter().map(RoleThere::from).collect(),
        }
    }
}

/// A team.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "Payments", "description": "They keep the till", "row_version": 1, "members": [],
    "roles": [{"role": "engineer", "service": "storefront", "environment": null}]
}))]
pub struct Team {
    pub id: String,
    pub name: String,
    pub description: String,
    pub row_version: i32,
    pub members: Vec<Person>,
    /// What the members may by it, the widest first.
    pub roles: Vec<RoleThere>,
}

impl From<TeamPage> for Team {
    fn from(page: TeamPage) -> Team {
        Team {
            id: page.team.id.to_string(),
            name: page.team.name,
            description: page.team.description,
            row_version: page.team.row_version,
            members: page.members.into_iter().map(Person::from).collect(),
            roles: page.grants.into_iter().map(RoleThere::from).collect(),
        }
    }
}

/// A team as it is entered.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Payments", "description": "They keep the till"}))]
pub struct TeamInput {
    pub name: String,
    #[serde(default)]
    pub description: String,
}

/// Teams
#[utoipa::path(get, path = "/teams", tag = "people", params(After),
    responses((status = 200, description = "A hundred, the oldest first", body = Listed<TeamInList>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    let after = from.cursor.as_deref().map(str::parse::<TeamId>).transpose();
    let after = after.map_err(|_| unreadable_cursor())?;
    let found = store::access::teams(&state.db, &asks.actor).await?;
    let (teams, next) = page(found, |line| line.team.id, after.as_ref(), A_PAGE);
    let items: Vec<TeamInList> = teams.into_iter().map(TeamInList::from).collect();
    let next = next.map(|id| id.to_string());
    Ok(paged(Listed { items, next }, "/teams", &[]))
}

/// Make a team
#[utoipa::path(post, path = "/teams", tag = "people", request_body = TeamInput, responses((status = 201, description = "The team", body = Team)))]
async fn create(State(state): State<AppState>, asks: Asks, Sent(input): Sent<TeamInput>) -> Answer {
    let id = store::access::create_team(&state.db, &asks.actor, &input.name, &input.description).await?;
    let mut response = shown(&state, &asks, id).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// A team
#[utoipa::path(get, path = "/teams/{team}", tag = "people", params(("team" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 200, description = "The team", body = Team)))]
async fn read(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    shown(&state, &asks, team_id(&id)?).await
}

async fn shown(state: &AppState, asks: &Asks, id: TeamId) -> Answer {
    let page = store::access::team(&state.db, &asks.actor, id).await?;
    Ok(versioned(page.team.row_version, Team::from(page)))
}

fn team_id(text: &str) -> Result<TeamId, Refused> {
    text.parse().map_err(|_| Refused::not_found())
}

/// Change a team's name and description
#[utoipa::path(patch, path = "/teams/{team}", tag = "people",
    params(("team" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = TeamInput, responses((status = 200, description = "The team as it is now", body = Team)))]
async fn change(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    headers: HeaderMap,
    Sent(input): Sent<TeamInput>,
) -> Answer {
    let (id, version) = (team_id(&id)?, if_match(&headers)?);
    store::access::change_team(&state.db, &asks.actor, id, version, &input.name, &input.description)
        .await
        .map_err(|error| Refused::from(error).stale())?;
    shown(&state, &asks, id).await
}

/// Remove a team: its members lose what it gives
#[utoipa::path(delete, path = "/teams/{team}", tag = "people", params(("team" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It is gone")))]
async fn remove(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    store::access::remove_team(&state.db, &asks.actor, team_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Make somebody a member
#[utoipa::path(put, path = "/teams/{team}/members/{person}", tag = "people",
    params(("team" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), ("person" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e")),
    responses((status = 204, description = "It is so now")))]
async fn add_member(State(state): State<AppState>, asks: Asks, Path((id, person)): Path<(String, String)>) -> Answer {
    let person: PersonId = person.parse().map_err(|_| Refused::not_found())?;
    store::access::add_member(&state.db, &asks.actor, team_id(&id)?, person).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Take somebody out of a team
#[utoipa::path(delete, path = "/teams/{team}/members/{person}", tag = "people",
    params(("team" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), ("person" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e")),
    responses((status = 204, description = "It is so now")))]
async fn remove_member(
    State(state): State<AppState>,
    asks: Asks,
    Path((id, person)): Path<(String, String)>,
) -> Answer {
    let person: PersonId = person.parse().map_err(|_| Refused::not_found())?;
    store::access::remove_member(&state.db, &asks.actor, team_id(&id)?, person).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Give the members a role somewhere
#[utoipa::path(post, path = "/teams/{team}/roles", tag = "people", params(("team" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    request_body = RoleThere, responses((status = 204, description = "It holds now")))]
async fn give(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    Sent(wanted): Sent<RoleThere>,
) -> Answer {
    let id = team_id(&id)?;
    let on = on(&state, &asks, id, &wanted).await?;
    store::access::give_role(&state.db, &asks.actor, id, wanted.role.into(), on).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Take a role away that the team gives somewhere
#[utoipa::path(delete, path = "/teams/{team}/roles", tag = "people",
    params(("team" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), RoleThere),
    responses((status = 204, description = "It is gone")))]
async fn take(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    Asked(wanted): Asked<RoleThere>,
) -> Answer {
    let id = team_id(&id)?;
    let on = on(&state, &asks, id, &wanted).await?;
    store::access::take_role(&state.db, &asks.actor, id, wanted.role.into(), on).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The place that is meant. Places are told to who may give roles.
async fn on(state: &AppState, asks: &Asks, id: TeamId, wanted: &RoleThere) -> Result<Scope, Refused> {
    let page = store::access::team(&state.db, &asks.actor, id).await?;
    asks.actor
        .may(Action::ManagePeople, Scope::Instance)
        .map_err(store::Error::from)?;
    let found = place(&page.places, wanted.service.as_deref(), wanted.environment.as_deref());
    found.ok_or_else(|| FieldErrors::one("service", Problem::Unknown).into())
}
