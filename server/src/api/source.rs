//! How a service is connected to its source repository.

use super::answer::{Answer, Asks, Refused, Sent, shown_once};
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read, connect, disconnect))
        .routes(routes!(ask_by))
        .routes(routes!(ask_now))
}

/// A connection by webhook.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "connected_by": "Ana Ruiz", "connected_at": "2026-01-15T10:00:00Z", "works": true,
    "deliveries": [{"id": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "event": "push", "received_at": "2026-01-15T10:01:00Z", "outcome": "used", "told": "3 commits"}],
    "asking": null
}))]
pub struct Source {
    /// In whose name is done what it tells.
    pub connected_by: String,
    pub connected_at: DateTime<Utc>,
    /// False: that account is closed, and deliveries are refused.
    pub works: bool,
    /// The newest first.
    pub deliveries: Vec<Heard>,
    /// How it is asked for what was missed; null: it is not.
    pub asking: Option<Asking>,
}

/// How the repository is asked for what its webhook missed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Asking {
    /// Name of the secret that holds the token.
    pub secret: String,
    pub api_url: String,
    /// When everything was asked to its end.
    pub reconciled_at: Option<DateTime<Utc>>,
    pub tried_at: Option<DateTime<Utc>>,
    /// Why the last try came to no end; empty when it did.
    pub error: String,
    pub rests_until: Option<DateTime<Utc>>,
    /// What had been missed, the newest first.
    pub filled: Vec<Filled>,
}

/// Something that a webhook did not bring, and asking did.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Filled {
    pub at: DateTime<Utc>,
    pub told: String,
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

impl From<domain::hook::Asking> for Asking {
    fn from(kept: domain::hook::Asking) -> Asking {
        let filled = kept.filled.into_iter().map(|one| Filled {
            at: one.at,
            told: one.told,
        });
        Asking {
            secret: kept.secret,
            api_url: kept.api_url,
            reconciled_at: kept.reconciled_at,
            tried_at: kept.tried_at,
            error: kept.error,
            rests_until: kept.rests_until,
            filled: filled.collect(),
        }
    }
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
        asking: hook.asking.map(Asking::from),
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

/// By which token the repository is asked.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "GITHUB_TOKEN", "api_url": ""}))]
pub struct AskInput {
    /// Name of the secret that holds the token; empty: it is not asked any more.
    pub secret: String,
    /// Empty: the public one.
    #[serde(default)]
    pub api_url: String,
}

/// Say by which token the repository is asked for what its webhook missed
#[utoipa::path(put, path = "/services/{service}/source/asking", tag = "services", params(("service" = String, Path, example = "storefront")),
    request_body = AskInput, responses((status = 204, description = "It is asked by it from now on")))]
async fn ask_by(
    State(state): State<AppState>,
    asks: Asks,
    Path(service): Path<String>,
    Sent(input): Sent<AskInput>,
) -> Answer {
    let form = domain::github::answer::AskForm {
        secret: input.secret,
        api_url: input.api_url,
    };
    store::hook::ask_by(&state.db, &asks.actor, &service, &form).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ask the repository as soon as a worker is free
#[utoipa::path(post, path = "/services/{service}/source/rounds", tag = "services", params(("service" = String, Path, example = "storefront")),
    responses((status = 204, description = "It is in the queue")))]
async fn ask_now(State(state): State<AppState>, asks: Asks, Path(service): Path<String>) -> Answer {
    store::hook::reconcile_now(&state.db, &asks.actor, &service).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
