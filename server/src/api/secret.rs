//! Secrets: set and removed. No route answers a value.

use super::answer::{Answer, Asked, Asks, Listed, Refused, Sent, paged};
use super::cursor::{A_PAGE, After, page};
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::id::SecretId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, set)).routes(routes!(remove))
}

/// A secret, all but its value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "deploy-key", "service": "storefront", "version": 2,
    "set_by": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e", "set_at": "2026-01-15T10:00:00Z", "used_at": null, "used_by": ["storefront production"]
}))]
pub struct Secret {
    pub id: String,
    pub name: String,
    /// The service that alone may use it; null: every service.
    pub service: Option<String>,
    pub version: i32,
    pub set_by: String,
    pub set_at: DateTime<Utc>,
    /// When a command was last given it.
    pub used_at: Option<DateTime<Utc>>,
    /// Environments whose target names it.
    pub used_by: Vec<String>,
}

/// Secrets, without their values
#[utoipa::path(get, path = "/secrets", tag = "instance", params(After),
    responses((status = 200, description = "A hundred, the oldest first", body = Listed<Secret>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    let after = from.cursor.as_deref().map(str::parse::<SecretId>).transpose();
    let after = after.map_err(|_| unreadable_cursor())?;
    let found = store::secret::page(&state.db, &asks.actor).await?;
    let (secrets, next) = page(found.secrets, |secret| secret.id, after.as_ref(), A_PAGE);
    let items = secrets.into_iter().map(|secret| Secret {
        id: secret.id.to_string(),
        name: secret.name,
        service: secret.service,
        version: secret.version,
        set_by: secret.set_by.to_string(),
        set_at: secret.set_at,
        used_at: secret.used_at,
        used_by: secret.used_by,
    });
    let next = next.map(|id| id.to_string());
    let items = items.collect::<Vec<_>>();
    Ok(paged(Listed { items, next }, "/secrets", &[]))
}

/// A secret as it is set. Its value is answered by nothing.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"service": "storefront", "name": "deploy-key", "value": "not this one"}))]
pub struct SecretInput {
    /// The service that alone may use it; left out: every service.
    #[serde(default)]
    pub service: Option<String>,
    pub name: String,
    pub value: String,
}

/// The version that it has now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"version": 2}))]
pub struct SecretVersion {
    pub version: i32,
}

/// Set a secret: a new one, or the next version of it
#[utoipa::path(post, path = "/secrets", tag = "instance", request_body = SecretInput,
    responses((status = 201, description = "Plans that name it are other plans from now on", body = SecretVersion)))]
async fn set(State(state): State<AppState>, asks: Asks, Sent(input): Sent<SecretInput>) -> Answer {
    let service = input.service.as_deref().filter(|service| !service.is_empty());
    let (name, vault) = (input.name.trim(), &state.vault);
    let version = store::secret::set(&state.db, &asks.actor, vault, service, name, &input.value).await?;
    Ok((StatusCode::CREATED, Json(SecretVersion { version })).into_response())
}

/// Remove a secret with all its versions
#[utoipa::path(delete, path = "/secrets/{id}", tag = "instance", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It is gone")))]
async fn remove(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: SecretId = id.parse().map_err(|_| Refused::not_found())?;
    store::secret::remove(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
