//! Deployments that something else made.

use super::answer::{Answer, Asked, Asks, Listed, Sent, paged};
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::field::{FieldErrors, Problem};
use domain::outside::{Outside, OutsideForm, OutsideState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(report))
}

/// A deployment that something else made.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "service": "storefront", "environment": "production", "version": "1.4.0", "commit": "0123456789abcdef0123456789abcdef01234567",
    "state": "succeeded", "tool": "Argo CD", "url": "https://argo.example.com/applications/storefront", "external_id": "storefront-77",
    "started_at": "2026-01-15T10:00:00Z", "finished_at": "2026-01-15T10:04:00Z", "at": "2026-01-15T10:04:00Z", "deployment": null,
    "reported_at": "2026-01-15T10:04:05Z"
}))]
pub struct OutsideDeployment {
    pub service: String,
    pub environment: String,
    pub version: String,
    pub commit: String,
    /// `started`, `succeeded` or `failed`.
    pub state: String,
    pub tool: String,
    pub url: String,
    pub external_id: String,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// When its state came to be.
    pub at: DateTime<Utc>,
    /// The number of the deployment of Slipway that it was part of. Null: it went past the gates.
    pub deployment: Option<i64>,
    pub reported_at: DateTime<Utc>,
}

impl From<Outside> for OutsideDeployment {
    fn from(kept: Outside) -> OutsideDeployment {
        OutsideDeployment {
            service: kept.service,
            environment: kept.environment,
            version: kept.version,
            commit: kept.commit,
            state: kept.state.key().to_owned(),
            tool: kept.tool,
            url: kept.url,
            external_id: kept.external_id,
            started_at: kept.started_at,
            finished_at: kept.finished_at,
            at: kept.at,
            deployment: kept.within,
            reported_at: kept.reported_at,
        }
    }
}

/// What was deployed.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "environment": "production", "version": "1.4.0", "commit": "0123456789abcdef0123456789abcdef01234567", "state": "succeeded",
    "tool": "Argo CD", "url": "https://argo.example.com/applications/storefront", "external_id": "storefront-77",
    "started_at": "2026-01-15T10:00:00Z", "finished_at": "2026-01-15T10:04:00Z"
}))]
pub struct OutsideReport {
    /// Name of an environment of the service, in capitals or not.
    pub environment: String,
    /// A "v" before its number is left out.
    pub version: String,
    #[serde(default)]
    pub commit: String,
    /// `started`, `succeeded` or `failed`.
    pub state: String,
    /// What deployed, as people know it.
    pub tool: String,
    #[serde(default)]
    pub url: String,
    /// The same id is the same deployment: report its start and its end under one.
    pub external_id: String,
    #[serde(default)]
    pub started_at: Option<DateTime<Utc>>,
    /// Without it, it has ended now.
    #[serde(default)]
    pub finished_at: Option<DateTime<Utc>>,
}

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `next` of the page before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

/// Deployments of a service that something else made
#[utoipa::path(get, path = "/services/{service}/outside-deployments", tag = "deployments",
    params(("service" = String, Path, example = "storefront"), Which),
    responses((status = 200, description = "Fifty, the newest first", body = Listed<OutsideDeployment>)))]
async fn list(
    State(state): State<AppState>,
    asks: Asks,
    Path(service): Path<String>,
    Asked(which): Asked<Which>,
) -> Answer {
    let before = which.cursor.as_deref().map(str::parse::<DateTime<Utc>>).transpose();
    let before = before.map_err(|_| unreadable_cursor())?;
    let found = store::outside::list(&state.db, &asks.actor, &service, before).await?;
    let next = found
        .last()
        .filter(|_| found.len() == 50)
        .map(|last| last.at.to_rfc3339_opts(SecondsFormat::Micros, true));
    let page = Listed {
        items: found.into_iter().map(OutsideDeployment::from).collect::<Vec<_>>(),
        next,
    };
    Ok(paged(page, &format!("/services/{service}/outside-deployments"), &[]))
}

/// Report that something else deployed a version. It approves nothing; a success says what runs there from then on
#[utoipa::path(post, path = "/services/{service}/outside-deployments", tag = "deployments",
    params(("service" = String, Path, example = "storefront")), request_body = OutsideReport,
    responses((status = 200, description = "It was known; as it is kept", body = OutsideDeployment),
        (status = 201, description = "It is new; as it is kept", body = OutsideDeployment)))]
async fn report(
    State(state): State<AppState>,
    asks: Asks,
    Path(service): Path<String>,
    Sent(sent): Sent<OutsideReport>,
) -> Answer {
    let said = OutsideState::from_key(&sent.state).ok_or_else(|| FieldErrors::one("state", Problem::Unknown))?;
    let form = OutsideForm {
        environment: sent.environment,
        version: sent.version,
        commit: sent.commit,
        state: said,
        tool: sent.tool,
        url: sent.url,
        external_id: sent.external_id,
        started_at: sent.started_at,
        finished_at: sent.finished_at,
    };
    let (kept, new) = store::outside::report(&state.db, &asks.actor, &service, &form).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(OutsideDeployment::from(kept))).into_response())
}
