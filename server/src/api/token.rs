//! Access tokens: listed and ended. A program makes none.

use super::answer::{Answer, Asks, Listed, Refused};
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::id::TokenId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(revoke))
}

/// An access token, without what is secret of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "storefront pipeline", "beginning": "slipway_k3JxS0", "scopes": ["read", "plan"],
    "state": "live", "created_at": "2026-01-15T10:00:00Z", "expires_at": "2026-04-15T10:00:00Z",
    "last_used_at": "2026-01-15T11:00:00Z", "last_network": "192.0.2.7", "this": true
}))]
pub struct AccessToken {
    pub id: String,
    pub name: String,
    /// Its first characters.
    pub beginning: String,
    pub scopes: Vec<String>,
    /// `live`, `expired` or `revoked`.
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// To the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub last_network: Option<String>,
    /// It is the one that was sent.
    pub this: bool,
}

/// Your tokens
#[utoipa::path(get, path = "/tokens", tag = "tokens", responses((status = 200, description = "The newest first", body = Listed<AccessToken>)))]
async fn list(State(state): State<AppState>, asks: Asks) -> Answer {
    let (tokens, now) = store::access::own_tokens(&state.db, &asks.actor).await?;
    let sent = asks.actor.token.as_ref().map(|used| used.id);
    let tokens = tokens.into_iter().map(|token| AccessToken {
        id: token.id.to_string(),
        state: super::person::word(&token.state(now)),
        this: sent == Some(token.id),
        scopes: token.scopes.iter().map(|scope| scope.key().to_owned()).collect(),
        name: token.name,
        beginning: token.beginning,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        last_network: token.last_network,
    });
    Ok(Json(Listed::whole(tokens)).into_response())
}

/// End a token: the one that is sent, or, with the scope to administer, any
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It is refused from now on")))]
async fn revoke(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: TokenId = id.parse().map_err(|_| Refused::not_found())?;
    store::access::revoke_token(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
