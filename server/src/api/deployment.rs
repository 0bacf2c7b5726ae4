//! Deployments: asked for, followed, steered.

use super::answer::{Answer, Asked, Asks, Listed, Sent, number, paged};
use super::gate::before;
use super::person::word;
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::access::By;
use domain::deployment::DeploymentLine;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(request))
        .routes(routes!(read))
        .routes(routes!(log))
        .routes(routes!(points))
        .routes(routes!(steer))
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "number": 42, "kind": "planned", "service": "storefront", "version": "1.3.0", "environment": "production", "state": "running",
    "person": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "token": null, "requested_at": "2026-01-15T10:00:00Z", "ended_at": null,
    "phase": "roll_out", "weight": 25, "weights": [10, 25, 50, 100], "pause": null, "outcome": null
}))]
pub struct Deployment {
    /// What people call it by.
    pub number: i64,
    /// `planned`, `hotfix`, `rollback` or `redeploy`.
    pub kind: String,
    pub service: String,
    pub version: String,
    pub environment: String,
    /// `queued`, `running`, `paused`, `baking`, `succeeded`, `failed`, `error`, `aborted`, `rolled_back`, `superseded` or `cancelled`.
    pub state: String,
    /// Null: the machine.
    pub person: Option<String>,
    pub token: Option<String>,
    pub requested_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// `verify`, `prepare`, `roll_out`, `check` or `bake`.
    pub phase: Option<String>,
    /// Per cent of traffic that the canary has.
    pub weight: Option<u8>,
    pub weights: Vec<u8>,
    /// Why it waits for a person.
    #[schema(value_type = Option<Object>)]
    pub pause: Value,
    /// Why it ended.
    #[schema(value_type = Option<Object>)]
    pub outcome: Value,
}

impl From<DeploymentLine> for Deployment {
    fn from(line: DeploymentLine) -> Deployment {
        Deployment {
            number: line.number,
            kind: word(&line.kind),
            service: line.service,
            version: line.version,
            environment: line.environment,
            state: line.state.key().to_owned(),
            person: line.by.person().map(|id| id.to_string()),
            token: match line.by {
                By::Token(by) => Some(by.token.to_string()),
                _ => None,
            },
            requested_at: line.requested_at,
            ended_at: line.ended_at,
            phase: line.phase.map(|phase| word(&phase)),
            weight: line.weight,
            weights: line.weights,
            pause: serde_json::to_value(&line.run.pause).unwrap_or_default(),
            outcome: serde_json::to_value(&line.run.outcome).unwrap_or_default(),
        }
    }
}

/// Which deployments.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Name of a service.
    #[param(required = false, example = "storefront")]
    pub service: Option<String>,
    /// Name of an environment.
    #[param(required = false, example = "production")]
    pub environment: Option<String>,
    /// `open`, `ended` or `all`.
    #[param(required = false, value_type = String, example = "open")]
    pub state: store::deployment::Which,
    /// `next` of the page before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

/// Deployments
#[utoipa::path(get, path = "/deployments", tag = "deployments", params(Which),
    responses((status = 200, description = "Fifty, the newest first", body = Listed<Deployment>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(which): Asked<Which>) -> Answer {
    let cursor = which.cursor.as_deref().map(str::parse::<i64>).transpose();
    let filter = store::deployment::Filter {
        service: which.service.clone(),
        environment: which.environment.clone(),
        state: which.state,
        before: cursor.map_err(|_| unreadable_cursor())?,
    };
    let lines = store::deployment::list(&state.db, &asks.actor, &filter).await?;
    let next = lines
        .last()
        .filter(|_| lines.len() == 50)
        .map(|line| line.number.to_string());
    let page = Listed {
        items: lines.into_iter().map(Deployment::from).collect::<Vec<_>>(),
        next,
    };
    let shown = word(&which.state);
    let query = [
        ("service", which.service.as_deref()),
        ("environment", which.environment.as_deref()),
        ("state", Some(shown.as_str())),
    ];
    Ok(paged(page, "/deployments", &query))
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"environment": "staging"}))]
pub struct DeploymentRequest {
    pub environment: String,
}

/// A deployment that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"number": 42}))]
pub struct Requested {
    pub number: i64,
}

/// Deploy a release, when every gate passes
#[utoipa::path(post, path = "/services/{service}/releases/{version}/deployments", tag = "deployments",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    request_body = DeploymentRequest, responses((status = 201, description = "It is in the environment's queue", body = Requested)))]
async fn request(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
    Sent(sent): Sent<DeploymentRequest>,
) -> Answer {
    let (release, one) = before(&state, &asks, &service, &version, &sent.environment).await?;
    let id = store::deployment::request(&state.db, &asks.actor, release, one.environment.id).await?;
    let number = store::deployment::number(&state.db, &asks.actor, id).await?;
    Ok((StatusCode::CREATED, Json(Requested { number })).into_response())
}

/// A deployment with how it goes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "number": 42, "kind": "planned", "service": "storefront", "version": "1.3.0", "environment": "production", "state": "running",
    "phase": "roll_out", "weight": 25, "pause": null, "outcome": null, "requested_at": "2026-01-15T10:00:00Z", "ended_at": null,
    "queue_place": null, "incident": null, "parent": null, "judgement": null, "executions": [], "read_at": "2026-01-15T10:05:00Z"
}))]
pub struct DeploymentDetail {
    pub number: i64,
    pub kind: String,
    pub service: String,
    pub version: String,
    pub environment: String,
    pub state: String,
    pub phase: Option<String>,
    pub weight: Option<u8>,
    #[schema(value_type = Option<Object>)]
    pub pause: Value,
    #[schema(value_type = Option<Object>)]
    pub outcome: Value,
    pub requested_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// From 1, while it is queued.
    pub queue_place: Option<i64>,
    /// The number of the incident that it opened.
    pub incident: Option<i64>,
    /// The number of the deployment that it takes back.
    pub parent: Option<i64>,
    /// What the analysis says, metric by metric.
    #[schema(value_type = Option<Object>)]
    pub judgement: Value,
    pub executions: Vec<Execution>,
    pub read_at: DateTime<Utc>,
}

/// One attempt to perform a command.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Execution {
    /// `deploy`, `canary`, `promote` or `rollback`.
    pub command: String,
    pub attempt: u32,
    /// `queued`, `running`, `succeeded`, `failed`, `retry`, `cancelled` or `unknown`.
    pub state: String,
    pub exit_code: Option<i32>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A deployment
#[utoipa::path(get, path = "/deployments/{number}", tag = "deployments", params(("number" = i64, Path, example = 42)),
    responses((status = 200, description = "The deployment as it is now", body = DeploymentDetail)))]
async fn read(State(state): State<AppState>, asks: Asks, Path(given): Path<String>) -> Answer {
    let page = store::deployment::page(&state.db, &asks.actor, number(&given)?).await?;
    let (kept, run) = (&page.deployment, &page.deployment.run);
    let phase = kept.plan.steps.get(run.step as usize).map(|step| word(&step.phase));
    Ok(Json(DeploymentDetail {
        number: kept.number,
        kind: word(&kept.kind),
        service: page.service.name.clone(),
        version: kept.plan.version.clone(),
        environment: kept.plan.environment.clone(),
        state: run.state.key().to_owned(),
        phase,
        weight: run.weight,
        pause: serde_json::to_value(&run.pause).unwrap_or_default(),
        outcome: serde_json::to_value(&run.outcome).unwrap_or_default(),
        requested_at: kept.requested_at,
        ended_at: run.ended_at,
        queue_place: page.queue_place,
        incident: page.incident.map(|(_, number)| number),
        parent: page.parent.as_ref().map(|line| line.number),
        judgement: serde_json::to_value(&page.judgement).unwrap_or_default(),
        executions: page
            .executions
            .iter()
            .map(|one| Execution {
                command: one.command.key().to_owned(),
                attempt: one.attempt,
                state: word(&one.state),
                exit_code: one.exit_code,
                started_at: one.started_at,
                ended_at: one.ended_at,
            })
            .collect(),
        read_at: page.now,
    })
    .into_response())
}

/// From where on.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Since {
    /// `next` of what was read before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

impl Since {
    fn after(&self) -> Result<i64, super::answer::Refused> {
        let after = self.cursor.as_deref().map_or(Ok(0), str::parse);
        after.map_err(|_| unreadable_cursor())
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"at": "2026-01-15T10:00:00Z", "stream": "stdout", "text": "migrated"}))]
pub struct LogLine {
    pub at: DateTime<Utc>,
    /// `stdout`, `stderr`, or `slipway` for the machine's own remarks.
    pub stream: String,
    pub text: String,
}

/// The log of a deployment
#[utoipa::path(get, path = "/deployments/{number}/log", tag = "deployments", params(("number" = i64, Path, example = 42), Since),
    responses((status = 200, description = "At most 500 lines, the oldest first. `next` is there until the log is at its end", body = Listed<LogLine>)))]
async fn log(
    State(state): State<AppState>,
    asks: Asks,
    Path(given): Path<String>,
    Asked(since): Asked<Since>,
) -> Answer {
    const MOST: u32 = 500;
    let page = store::deployment::page(&state.db, &asks.actor, number(&given)?).await?;
    let id = page.deployment.id;
    let lines = store::deployment::log_since(&state.db, &asks.actor, id, since.after()?, MOST).await?;
    // While it runs there may be more at any time: then the cursor goes on.
    let open = !page.deployment.run.state.terminal();
    let last = lines.last().map(|line| line.id.to_string());
    let next = match lines.len() as u32 == MOST || open {
        true => last.or(since.cursor.clone()),
        false => None,
    };
    let items = lines.into_iter().map(|line| LogLine {
        at: line.at,
        stream: line.stream,
        text: line.text,
    });
    let page = Listed {
        items: items.collect::<Vec<_>>(),
        next,
    };
    Ok(paged(page, &format!("/deployments/{given}/log"), &[]))
}

/// What was measured of one variant over one interval.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "variant": "canary", "metric": "error_rate", "from": "2026-01-15T10:00:00Z", "to": "2026-01-15T10:00:05Z", "body": {"requests": 120, "errors": 1}
}))]
pub struct Sample {
    /// `stable` or `canary`.
    pub variant: String,
    pub metric: String,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Counts, or a histogram.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// What was measured during a deployment
#[utoipa::path(get, path = "/deployments/{number}/samples", tag = "deployments", params(("number" = i64, Path, example = 42), Since),
    responses((status = 200, description = "At most 5,000, the oldest first", body = Listed<Sample>)))]
async fn points(
    State(state): State<AppState>,
    asks: Asks,
    Path(given): Path<String>,
    Asked(since): Asked<Since>,
) -> Answer {
    let page = store::deployment::page(&state.db, &asks.actor, number(&given)?).await?;
    let found = store::deployment::samples_since(&state.db, &asks.actor, page.deployment.id, since.after()?).await?;
    let next = (!found.samples.is_empty()).then(|| found.cursor.to_string());
    let items = found.samples.into_iter().map(|sample| Sample {
        variant: word(&sample.variant),
        metric: sample.metric,
        from: sample.from,
        to: sample.to,
        body: serde_json::to_value(&sample.body).unwrap_or_default(),
    });
    let page = Listed {
        items: items.collect::<Vec<_>>(),
        next,
    };
    Ok(paged(page, &format!("/deployments/{given}/samples"), &[]))
}

/// What a run is told.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"act": "roll_back", "trigger": "error_rate"}))]
pub struct Steer {
    /// `pause`, `resume`, `promote`, `abort`, `roll_back`, `cancel`, `happened` or `repeat`.
    pub act: String,
    /// Why: for an abort, and for a rollback of one's own words.
    #[serde(default)]
    pub reason: String,
    /// Of a rollback: `error_rate`, `critical_feature`, `data_corruption`, `security_vulnerability`, `performance`, or `words`.
    #[serde(default)]
    pub trigger: String,
}

/// Pause, resume, promote, abort or roll back
#[utoipa::path(post, path = "/deployments/{number}/commands", tag = "deployments", params(("number" = i64, Path, example = 42)),
    request_body = Steer, responses((status = 202, description = "The engine carries it out")))]
async fn steer(
    State(state): State<AppState>,
    asks: Asks,
    Path(given): Path<String>,
    Sent(steer): Sent<Steer>,
) -> Answer {
    let act = app::deployment::steer::read(&steer.act, &steer.reason, &steer.trigger)?;
    let page = store::deployment::page(&state.db, &asks.actor, number(&given)?).await?;
    store::deployment::steer(&state.db, &asks.actor, page.deployment.id, act).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}
