//! Service accounts: programs with a role of their own. Their tokens are made on their page: a program makes none.

use super::answer::{Answer, Asked, Asks, Listed, Refused, Sent, paged};
use super::cursor::{A_PAGE, After, page};
use super::person::Role;
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::id::PersonId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(remove))
}

/// A service account.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "deploy-bot", "description": "Deploys what the pipeline built", "role": "engineer",
    "created_at": "2026-01-15T10:00:00Z", "teams": ["Payments"]
}))]
pub struct ServiceAccount {
    pub id: String,
    pub name: String,
    pub description: String,
    pub role: Role,
    pub created_at: DateTime<Utc>,
    /// By name.
    pub teams: Vec<String>,
}

/// Service accounts
#[utoipa::path(get, path = "/service-accounts", tag = "people", params(After),
    responses((status = 200, description = "A hundred, the oldest first", body = Listed<ServiceAccount>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    let after = from.cursor.as_deref().map(str::parse::<PersonId>).transpose();
    let after = after.map_err(|_| unreadable_cursor())?;
    let found = store::access::service_accounts(&state.db, &asks.actor).await?;
    let (accounts, next) = page(found, |account| account.id, after.as_ref(), A_PAGE);
    let items = accounts.into_iter().map(|account| ServiceAccount {
        id: account.id.to_string(),
        name: account.name,
        description: account.description,
        role: account.role.into(),
        created_at: account.created_at,
        teams: account.teams,
    });
    let items = items.collect::<Vec<_>>();
    let next = next.map(|id| id.to_string());
    Ok(paged(Listed { items, next }, "/service-accounts", &[]))
}

/// A service account as it is entered.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "deploy-bot", "description": "Deploys what the pipeline built", "role": "engineer"}))]
pub struct AccountInput {
    pub name: String,
    /// What it is for, and who looks after it.
    pub description: String,
    pub role: Role,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"}))]
pub struct Made {
    pub id: String,
}

/// Make a service account
#[utoipa::path(post, path = "/service-accounts", tag = "people", request_body = AccountInput,
    responses((status = 201, description = "Its id", body = Made)))]
async fn create(State(state): State<AppState>, asks: Asks, Sent(input): Sent<AccountInput>) -> Answer {
    let (name, description, role) = (&input.name, &input.description, input.role.into());
    let id = store::access::create_service_account(&state.db, &asks.actor, name, description, role).await?;
    Ok((StatusCode::CREATED, Json(Made { id: id.to_string() })).into_response())
}

/// Remove a service account: its tokens end
#[utoipa::path(delete, path = "/service-accounts/{id}", tag = "people", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It is gone")))]
async fn remove(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: PersonId = id.parse().map_err(|_| Refused::not_found())?;
    store::access::remove_service_account(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
