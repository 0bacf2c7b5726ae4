//! How a service is connected to its source repository.

use super::answer::{Answer, Asks, Refused, shown_once};
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(read, connect, disconnect))
}

/// A connection by webhook.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "connected_by": "Ana Ruiz", "connected_at": "2026-01-15T10:00:00Z", "works": true,
    "deliveries": [{"id": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "event": "push", "received_at": "2026-01-15T10:01:00Z", "outcome": "used", "told": "3 commits"}]
}))]
pub struct Source {
    /// In whose name is done what it tells.
    pub connected_by: String,
    pub connected_at: DateTime<Utc>,
    /// False: that account is closed, and deliveries are refused.
    pub works: bool,
    /// The newest first.
    pub deliveries: Vec<Heard>,
}

/// One delivery that came.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Heard {
    /// As the source names it.
    pub id: String,
    pub event: String,
    pub received_at: DateTime<Utc>,
    /// `used`, `nothing` or `unreadable`.
    pub outcome: String,
    pub told: String,
}

/// How a service is connected to its source repository
#[utoipa::path(get, path = "/services/{service}/source", tag = "services", params(("service" = String, Path, example = "storefront")),
    responses((status = 200, description = "The connection; 404 when there is none", body = Source)))]
async fn read(State(state): State<AppState>, asks: Asks, Path(service): Path<String>) -> Answer {
    let hook = store::hook::hook(&state.db, &asks.actor, &service).await?;
    let hook = hook.ok_or_else(Refused::not_found)?;
    let deliveries = hook.deliveries.into_iter().map(|delivery| Heard {
        id: delivery.id,
        event: delivery.event,
        received_at: delivery.received_at,
        outcome: delivery.outcome,
        told: delivery.told,
    });
    Ok(Json(Source {
        connected_by: hook.connected_by,
        connected_at: hook.connected_at,
        works: hook.works,
        deliveries: deliveries.collect(),
    })
    .into_response())
}

/// What the source repository has to be told. The secret is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"address": "https://slipway.example.com/hooks/github/storefront", "secret": "shown once"}))]
pub struct Connected {
    /// Where deliveries are taken.
    pub address: String,
    pub secret: String,
}

/// Connect a service to its source repository, or make a new secret
#[utoipa::path(post, path = "/services/{service}/source", tag = "services", params(("service" = String, Path, example = "storefront")),
    responses((status = 201, description = "What the repository has to be told", body = Connected)))]
async fn connect(State(state): State<AppState>, asks: Asks, Path(service): Path<String>) -> Answer {
    let secret = store::hook::connect(&state.db, &state.vault, &asks.actor, &service).await?;
    let address = format!("{}/hooks/github/{service}", state.place.address);
    Ok(shown_once(Connected { address, secret }))
}

/// End the connection to the source repository
#[utoipa::path(delete, path = "/services/{service}/source", tag = "services", params(("service" = String, Path, example = "storefront")),
    responses((status = 204, description = "Nothing is heard from there any more")))]
async fn disconnect(State(state): State<AppState>, asks: Asks, Path(service): Path<String>) -> Answer {
    store::hook::disconnect(&state.db, &asks.actor, &service).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
