//! Gates: what holds a release, approvals, and waiting for a verdict.

use super::answer::{Answer, Asked, Asks, GateReason, Refused, Sent};
use super::person::word;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::gate::{GateResult, Verdict as Kept, changes_at, overall};
use domain::plan::PlanDigest;
use domain::release::{Decision, ReleaseEnvironment};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use store::Kick;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(gate))
        .routes(routes!(request))
        .routes(routes!(decide))
}

/// What the gates say as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    /// Time, or somebody's ordinary work, clears it.
    Waiting,
    /// Somebody must change something.
    Blocked,
}

impl Verdict {
    pub fn of(gates: &[GateResult]) -> Verdict {
        Verdict::from(&overall(gates))
    }
}

impl From<&Kept> for Verdict {
    fn from(verdict: &Kept) -> Verdict {
        match verdict {
            Kept::Pass => Verdict::Pass,
            Kept::Waiting(_) => Verdict::Waiting,
            Kept::Blocked(_) => Verdict::Blocked,
        }
    }
}

/// One gate's answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Gate {
    /// `target`, `checklist`, `promotion`, `rollback_plan`, `approvals`, `window`, `calendar`, `lock`.
    pub gate: String,
    pub verdict: Verdict,
    pub reasons: Vec<GateReason>,
}

fn gates(results: &[GateResult]) -> Vec<Gate> {
    results
        .iter()
        .map(|result| Gate {
            gate: word(&result.gate),
            verdict: Verdict::from(&result.verdict),
            reasons: match &result.verdict {
                Kept::Pass => Vec::new(),
                Kept::Waiting(reasons) | Kept::Blocked(reasons) => reasons.iter().map(GateReason::from).collect(),
            },
        })
        .collect()
}

/// A release before one environment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "environment": "production", "digest": "41c609be41c609be41c609be41c609be41c609be41c609be41c609be41c609be", "verdict": "blocked",
    "gates": [{"gate": "checklist", "verdict": "blocked", "reasons": [{"reason": "item_open", "text": "Security scan passed"}]}], "approvals": []
}))]
pub struct Before {
    pub environment: String,
    /// Of the plan as it would be frozen now: what an approval names.
    pub digest: String,
    pub verdict: Verdict,
    pub gates: Vec<Gate>,
    /// Decisions on the newest request for approval.
    pub approvals: Vec<Approval>,
}

/// One person's decision.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Approval {
    pub by: String,
    /// `approve` or `reject`.
    pub decision: String,
    pub comment: String,
    pub at: DateTime<Utc>,
}

impl Before {
    pub fn of(one: &ReleaseEnvironment, now: DateTime<Utc>) -> Before {
        let results = domain::gate::evaluate(&one.facts, now);
        let approvals = one.request.iter().flat_map(|request| &request.approvals);
        Before {
            environment: one.environment.name.clone(),
            digest: one.digest.to_string(),
            verdict: Verdict::of(&results),
            gates: gates(&results),
            approvals: approvals
                .map(|approval| Approval {
                    by: approval.by.to_string(),
                    decision: word(&approval.decision),
                    comment: approval.comment.clone(),
                    at: approval.at,
                })
                .collect(),
        }
    }
}

/// For which environment, and how long to wait.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wait {
    #[param(example = "production")]
    pub environment: String,
    /// Seconds to wait while the verdict is `waiting`, at most 60.
    #[serde(default)]
    #[param(required = false, maximum = 60)]
    pub wait: u64,
}

/// All gates at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "verdict": "waiting", "digest": "41c609be41c609be41c609be41c609be41c609be41c609be41c609be41c609be", "evaluated_at": "2026-01-15T10:00:00Z",
    "gates": [{"gate": "approvals", "verdict": "waiting", "reasons": [{"reason": "approval_missing", "have": 0, "need": 1}]}]
}))]
pub struct GateState {
    pub verdict: Verdict,
    pub digest: String,
    pub evaluated_at: DateTime<Utc>,
    pub gates: Vec<Gate>,
}

/// Between two looks there is at least this time, however much happens.
const AT_MOST: Duration = Duration::from_millis(250);

/// What the gates say, and waiting for it
#[utoipa::path(get, path = "/services/{service}/releases/{version}/gate", tag = "pipelines",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0"), Wait),
    responses((status = 200, description = "At once when it passes or is blocked; otherwise when that changes, or the wait is over", body = GateState)))]
async fn gate(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
    Asked(wait): Asked<Wait>,
) -> Answer {
    // Heard from before the first look, so that nothing falls between.
    let mut kicks = state.kicks.subscribe();
    let deadline = Instant::now() + Duration::from_secs(wait.wait.min(60));
    loop {
        let looked = Instant::now();
        let found = store::gate::verdicts(&state.db, &asks.actor, &service, &version, &wait.environment).await?;
        let verdict = Verdict::of(&found.gates);
        let over = Instant::now() >= deadline || state.shutdown.is_cancelled();
        if verdict != Verdict::Waiting || over {
            return Ok(Json(GateState {
                verdict,
                digest: found.digest.to_string(),
                evaluated_at: found.now,
                gates: gates(&found.gates),
            })
            .into_response());
        }
        let by_time = changes_at(&found.gates, found.now)
            .and_then(|at| (at - found.now).to_std().ok())
            .map_or(deadline, |left| (looked + left).min(deadline));
        tokio::select! {
            () = tokio::time::sleep_until(by_time) => {}
            () = state.shutdown.cancelled() => {}
            () = kicked(&mut kicks, &found.topics) => tokio::time::sleep_until((looked + AT_MOST).min(deadline)).await,
        }
    }
}

async fn kicked(kicks: &mut Receiver<Arc<Kick>>, topics: &[String]) {
    loop {
        match kicks.recv().await.as_deref() {
            Ok(Kick::Topics(kicked)) if !kicked.iter().any(|topic| topics.contains(topic)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
            _ => return,
        }
    }
}

/// For which environment approval is asked.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"environment": "production"}))]
pub struct ApprovalRequest {
    pub environment: String,
}

/// Ask for approval of the plan as it is now
#[utoipa::path(post, path = "/services/{service}/releases/{version}/approval-requests", tag = "approvals",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    request_body = ApprovalRequest, responses((status = 201, description = "How it stands before that environment now", body = Before)))]
async fn request(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
    Sent(sent): Sent<ApprovalRequest>,
) -> Answer {
    let (release, one) = before(&state, &asks, &service, &version, &sent.environment).await?;
    store::gate::request_approval(&state.db, &asks.actor, release, one.environment.id).await?;
    let (_, one) = before(&state, &asks, &service, &version, &sent.environment).await?;
    let shown = Before::of(&one, std::time::SystemTime::now().into());
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

/// Yes or no to exactly one plan.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "environment": "production", "digest": "41c609be41c609be41c609be41c609be41c609be41c609be41c609be41c609be", "decision": "approve", "comment": ""
}))]
pub struct DecisionInput {
    pub environment: String,
    /// Of the plan that was seen.
    pub digest: String,
    /// `approve` or `reject`.
    pub decision: String,
    /// A rejection needs one.
    #[serde(default)]
    pub comment: String,
}

/// Approve or reject a plan
///
/// Where the policy asks who decides to confirm that it is them (`reauthenticate_min`), no token can decide: 403 with `type`
/// `urn:slipway:problem:not-by-token`. A person decides on the release's page then.
#[utoipa::path(post, path = "/services/{service}/releases/{version}/decisions", tag = "approvals",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    request_body = DecisionInput, responses((status = 201, description = "How it stands before that environment now", body = Before)))]
async fn decide(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
    Sent(sent): Sent<DecisionInput>,
) -> Answer {
    let mut errors = FieldErrors::default();
    let decision = match sent.decision.as_str() {
        "approve" => Some(Decision::Approve),
        "reject" => Some(Decision::Reject),
        _ => None,
    };
    let seen = sent.digest.parse::<PlanDigest>().ok();
    let (Some(decision), Some(seen)) = (decision, seen) else {
        if decision.is_none() {
            errors.add("decision", Problem::Unknown);
        }
        if seen.is_none() {
            errors.add("digest", Problem::Digest);
        }
        return Err(errors.into());
    };
    let (_, one) = before(&state, &asks, &service, &version, &sent.environment).await?;
    let Some(asked) = one.request.map(|request| request.id) else {
        return Err(store::Error::Rule(store::Rule::NothingToDo).into());
    };
    store::gate::decide(&state.db, &asks.actor, asked, seen, decision, &sent.comment).await?;
    let (_, one) = before(&state, &asks, &service, &version, &sent.environment).await?;
    let shown = Before::of(&one, std::time::SystemTime::now().into());
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

/// A release before one of its service's environments.
///
/// # Errors
/// 404, also for the environment; what reading a release answers.
pub async fn before(
    state: &AppState,
    asks: &Asks,
    service: &str,
    version: &str,
    environment: &str,
) -> Result<(domain::id::ReleaseId, ReleaseEnvironment), Refused> {
    let page = store::release::page(&state.db, &asks.actor, service, version).await?;
    let found = page
        .environments
        .into_iter()
        .find(|one| one.environment.name == environment);
    let found = found.ok_or_else(Refused::not_found)?;
    Ok((page.release.id, found))
}
