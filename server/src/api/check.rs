//! Checks of a commit, as a pipeline reports them.

use super::answer::{Answer, Asks, Listed, Sent};
use super::person::word;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::check::{CheckForm, CheckState};
use domain::field::{FieldErrors, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(report))
}

/// The last report of a check.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "commit": "0123456789abcdef0123456789abcdef01234567", "check": "bundle-size", "state": "passed", "url": "https://ci.example.com/7",
    "figure": 251000.0, "limit": 300000.0, "reported_at": "2026-01-15T10:00:00Z"
}))]
pub struct Check {
    pub commit: String,
    pub check: String,
    /// `running`, `passed` or `failed`.
    pub state: String,
    pub url: String,
    pub figure: Option<f64>,
    pub limit: Option<f64>,
    pub reported_at: DateTime<Utc>,
}

impl From<domain::check::Check> for Check {
    fn from(check: domain::check::Check) -> Check {
        Check {
            commit: check.commit,
            check: check.name,
            state: word(&check.state),
            url: check.url,
            figure: check.figure,
            limit: check.limit,
            reported_at: check.reported_at,
        }
    }
}

/// How a check went.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "passed", "url": "https://ci.example.com/7", "figure": 251000.0, "limit": 300000.0}))]
pub struct Report {
    /// `running`, `passed` or `failed`.
    pub state: String,
    /// Where it can be read: it becomes the evidence of the items that it proves.
    #[serde(default)]
    pub url: String,
    /// What was measured.
    #[serde(default)]
    pub figure: Option<f64>,
    /// A figure above it is a failure.
    #[serde(default)]
    pub limit: Option<f64>,
}

/// Checks of a commit
#[utoipa::path(get, path = "/services/{service}/commits/{commit}/checks", tag = "pipelines",
    params(("service" = String, Path, example = "storefront"), ("commit" = String, Path, example = "0123456789abcdef0123456789abcdef01234567")),
    responses((status = 200, description = "By name", body = Listed<Check>)))]
async fn list(State(state): State<AppState>, asks: Asks, Path((service, commit)): Path<(String, String)>) -> Answer {
    let checks = store::release::checks(&state.db, &asks.actor, &service, &commit).await?;
    Ok(Json(Listed::whole(checks.into_iter().map(Check::from))).into_response())
}

/// Report a check of a commit: unit, integration, e2e, lint, types, security, performance, bundle-size, or any other. It ticks the items that it proves
#[utoipa::path(put, path = "/services/{service}/commits/{commit}/checks/{check}", tag = "pipelines",
    params(("service" = String, Path, example = "storefront"), ("commit" = String, Path, example = "0123456789abcdef0123456789abcdef01234567"),
        ("check" = String, Path, example = "bundle-size")),
    request_body = Report, responses((status = 200, description = "As it is kept", body = Check)))]
async fn report(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, commit, check)): Path<(String, String, String)>,
    Sent(report): Sent<Report>,
) -> Answer {
    let said = match report.state.as_str() {
        "running" => CheckState::Running,
        "passed" => CheckState::Passed,
        "failed" => CheckState::Failed,
        _ => return Err(FieldErrors::one("state", Problem::Unknown).into()),
    };
    let form = CheckForm {
        state: said,
        url: report.url,
        figure: report.figure,
        limit: report.limit,
    };
    let kept = store::release::report_check(&state.db, &asks.actor, &service, &commit, &check, &form).await?;
    Ok(Json(Check::from(kept)).into_response())
}
