//! What somebody, or a token, may do at a place, and why; and what somebody holds who leaves.

use super::answer::{Answer, Asked, Asks, Refused, Sent};
use super::environment::Lock;
use super::person::{Person, word};
use super::team::place;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::access::{Handover as Kept, HeldRequest, PersonAccess, TABLE, explain};
use domain::field::{FieldErrors, Problem};
use domain::id::{PersonId, TokenId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(of_person))
        .routes(routes!(of_token))
        .routes(routes!(holdings))
        .routes(routes!(leave))
        .routes(routes!(end_sessions))
        .routes(routes!(remove_factor))
}

/// Where it is asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct There {
    /// Name of a service; left out: the whole instance.
    #[param(required = false, example = "storefront")]
    pub service: Option<String>,
    /// Name of one of its environments; left out: the service as a whole.
    #[param(required = false, example = "production")]
    pub environment: Option<String>,
}

/// What may be done there, and why.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "person": {"id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "Ana Ruiz", "email": "ana@example.com", "role": "engineer", "active": true},
    "token": null, "works": true, "service": "storefront", "environment": null,
    "actions": [{"action": "deploy", "granted": true, "why": {"answer": "granted", "grounds": [{"role": "engineer", "source": "own", "as_owner": false}]}}]
}))]
pub struct Access {
    /// Or the service account.
    pub person: Person,
    /// The token that was asked about.
    pub token: Option<TokenThere>,
    /// False: the account is closed or the token has ended, and none of it holds.
    pub works: bool,
    pub service: Option<String>,
    pub environment: Option<String>,
    /// Every action there is.
    pub actions: Vec<Explained>,
}

/// A token that was asked about.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TokenThere {
    pub id: String,
    pub name: String,
    pub scopes: Vec<String>,
    /// `live`, `expired` or `revoked`.
    pub state: String,
}

/// Yes or no, and why.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Explained {
    /// `read`, `deploy`, `approve` and so on.
    pub action: String,
    pub granted: bool,
    /// By `answer`: `granted` with `grounds`, `token_ends` with the scope that it `needs`, `not_owner`, or `no_role` with the `roles` that would do.
    #[schema(value_type = Object)]
    pub why: Value,
}

fn explained(found: PersonAccess, there: There) -> Answer {
    let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let (service, environment) = (named(&there.service), named(&there.environment));
    let on = place(&found.places, service.as_deref(), environment.as_deref()).ok_or_else(Refused::not_found)?;
    let works = found.works();
    let actions = TABLE.iter().map(|(action, _)| {
        let why = explain(&found.actor, *action, on);
        Explained {
            action: word(action),
            granted: works && why.yes(),
            why: serde_json::to_value(&why).unwrap_or_default(),
        }
    });
    Ok(Json(Access {
        works,
        service,
        environment,
        actions: actions.collect(),
        token: found.token.as_ref().map(|asked| TokenThere {
            id: asked.token.id.to_string(),
            name: asked.token.name.clone(),
            scopes: asked.token.scopes.iter().map(|scope| scope.key().to_owned()).collect(),
            state: word(&asked.state),
        }),
        person: found.person.into(),
    })
    .into_response())
}

/// What somebody, or a service account, may do somewhere, and why
#[utoipa::path(get, path = "/people/{id}/access", tag = "people",
    params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), There),
    responses((status = 200, description = "Every action with its grounds", body = Access)))]
async fn of_person(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    Asked(there): Asked<There>,
) -> Answer {
    let id: PersonId = id.parse().map_err(|_| Refused::not_found())?;
    explained(store::access::person_access(&state.db, &asks.actor, id).await?, there)
}

/// What a token may do somewhere, and why
#[utoipa::path(get, path = "/tokens/{id}/access", tag = "tokens",
    params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), There),
    responses((status = 200, description = "Every action with its grounds, less what the token does not reach", body = Access)))]
async fn of_token(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    Asked(there): Asked<There>,
) -> Answer {
    let id: TokenId = id.parse().map_err(|_| Refused::not_found())?;
    explained(store::access::token_access(&state.db, &asks.actor, id).await?, there)
}

/// What a person holds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "services": [{"id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e", "name": "storefront", "others": []}], "requests": [], "approvals": [],
    "incidents": [7], "invitations": ["sam@example.com"], "locks": [], "teams": ["Payments"], "sessions": 2
}))]
pub struct Holdings {
    /// Services that they own, each with its other owners. One without others must go to somebody.
    pub services: Vec<HeldService>,
    /// Requests for approval that they made and that wait: they stay.
    pub requests: Vec<Held>,
    /// Requests that they approved and that nothing was deployed on yet: their approval will not count.
    pub approvals: Vec<Held>,
    /// Numbers of open incidents that they opened.
    pub incidents: Vec<i64>,
    /// Addresses of open invitations that they sent: these end.
    pub invitations: Vec<String>,
    /// Holds on environments: these stay.
    pub locks: Vec<HeldLock>,
    pub teams: Vec<String>,
    pub sessions: u32,
}

/// A service that somebody owns.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HeldService {
    /// By which it is handed over.
    pub id: String,
    pub name: String,
    pub others: Vec<Person>,
}

/// A request for approval.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Held {
    pub service: String,
    pub version: String,
    pub environment: String,
    pub since: DateTime<Utc>,
}

/// A hold on an environment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HeldLock {
    pub service: String,
    pub environment: String,
    pub lock: Lock,
}

impl From<HeldRequest> for Held {
    fn from(held: HeldRequest) -> Held {
        Held {
            service: held.service,
            version: held.version,
            environment: held.environment,
            since: held.since,
        }
    }
}

/// What somebody holds: to be looked at before their account is closed
#[utoipa::path(get, path = "/people/{id}/holdings", tag = "people", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 200, description = "All of it", body = Holdings)))]
async fn holdings(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: PersonId = id.parse().map_err(|_| Refused::not_found())?;
    let held = store::access::holdings(&state.db, &asks.actor, id).await?;
    Ok(Json(Holdings {
        services: held
            .services
            .into_iter()
            .map(|service| HeldService {
                id: service.id.to_string(),
                name: service.name,
                others: service.others.into_iter().map(Person::from).collect(),
            })
            .collect(),
        requests: held.requests.into_iter().map(Held::from).collect(),
        approvals: held.approvals.into_iter().map(Held::from).collect(),
        incidents: held.incidents.into_iter().map(|incident| incident.number).collect(),
        invitations: held.invitations,
        locks: held
            .locks
            .into_iter()
            .map(|held| HeldLock {
                service: held.place.service,
                environment: held.place.environment,
                lock: held.lock.into(),
            })
            .collect(),
        teams: held.teams,
        sessions: held.sessions,
    })
    .into_response())
}

/// To whom services go.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"handover": [{"service": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e", "to": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3f"}]}))]
pub struct Leaving {
    #[serde(default)]
    pub handover: Vec<Handover>,
}

/// To whom one service goes.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// Its id, as the holdings name it.
    pub service: String,
    /// A person's id.
    pub to: String,
}

/// Close an account, and hand over what its person owns
#[utoipa::path(post, path = "/people/{id}/leave", tag = "people", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    request_body = Leaving, responses((status = 204, description = "The account is closed, its sessions and tokens have ended")))]
async fn leave(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    Sent(leaving): Sent<Leaving>,
) -> Answer {
    let id: PersonId = id.parse().map_err(|_| Refused::not_found())?;
    let read: Option<Vec<Kept>> = leaving
        .handover
        .iter()
        .map(|one| {
            Some(Kept {
                service: one.service.parse().ok()?,
                to: one.to.parse().ok()?,
            })
        })
        .collect();
    let handover = read.ok_or_else(|| FieldErrors::one("handover", Problem::Unknown))?;
    store::access::leave(&state.db, &asks.actor, id, &handover).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// End somebody's sessions: every browser has to sign in again
#[utoipa::path(delete, path = "/people/{id}/sessions", tag = "people", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "They have ended")))]
async fn end_sessions(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: PersonId = id.parse().map_err(|_| Refused::not_found())?;
    store::access::end_sessions_of(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Remove somebody's second factor
///
/// For who lost it: they come in by their password alone, and are told.
#[utoipa::path(delete, path = "/people/{id}/second-factor", tag = "people",
    params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "They have none now; 404 when they had none")))]
async fn remove_factor(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: PersonId = id.parse().map_err(|_| Refused::not_found())?;
    store::access::remove_factor(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
