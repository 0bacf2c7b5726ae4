//! Access tokens: listed and ended. A program makes none.

use super::answer::{Answer, Asked, Asks, Listed, Refused, paged};
use super::cursor::After;
use super::release::unreadable_cursor;
use crate::state::AppState;
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
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(everybodys))
        .routes(routes!(revoke))
}

/// An access token, without what is secret of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "person": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e", "name": "storefront pipeline", "beginning": "slipway_k3JxS0", "scopes": ["read", "plan"],
    "state": "live", "created_at": "2026-01-15T10:00:00Z", "expires_at": "2026-04-15T10:00:00Z",
    "last_used_at": "2026-01-15T11:00:00Z", "last_network": "192.0.2.7", "this": true
}))]
pub struct AccessToken {
    pub id: String,
    /// Whose it is: a person, or a service account.
    pub person: String,
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
#[utoipa::path(get, path = "/tokens", tag = "tokens", params(After),
    responses((status = 200, description = "500, the newest first", body = Listed<AccessToken>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    shown(&state, &asks, &from, false, "/tokens").await
}

/// Everybody's tokens, those of service accounts too
#[utoipa::path(get, path = "/people/tokens", tag = "tokens", params(After),
    responses((status = 200, description = "500, the newest first", body = Listed<AccessToken>)))]
async fn everybodys(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    shown(&state, &asks, &from, true, "/people/tokens").await
}

async fn shown(state: &AppState, asks: &Asks, from: &After, everybodys: bool, address: &str) -> Answer {
    let before = from.cursor.as_deref().map(str::parse::<TokenId>).transpose();
    let before = before.map_err(|_| unreadable_cursor())?;
    let (tokens, now) = store::access::tokens_before(&state.db, &asks.actor, everybodys, before).await?;
    let full = tokens.len() == store::access::TOKENS;
    let next = tokens.last().filter(|_| full).map(|last| last.id.to_string());
    let sent = asks.actor.token.as_ref().map(|used| used.id);
    let items = tokens.into_iter().map(|token| AccessToken {
        id: token.id.to_string(),
        person: token.person.to_string(),
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
    let items = items.collect::<Vec<_>>();
    Ok(paged(Listed { items, next }, address, &[]))
}

/// End a token: the one that is sent, or, with the scope to administer, any
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It is refused from now on")))]
async fn revoke(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: TokenId = id.parse().map_err(|_| Refused::not_found())?;
    store::access::revoke_token(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
