//! Incidents: opened, told, written up.

use super::answer::{Answer, Asked, Asks, Listed, Refused, Sent, if_match, number, paged, versioned};
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::id::ActionItemId;
use domain::incident::{IncidentForm, IncidentPage, IncidentState, Severity};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(read, update))
        .routes(routes!(report))
        .routes(routes!(publish))
        .routes(routes!(add_action))
        .routes(routes!(tick))
}

/// An incident in a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "number": 7, "service": "storefront", "title": "Orders fail", "severity": "high", "state": "identified",
    "started_at": "2026-01-15T10:00:00Z", "resolved_at": null
}))]
pub struct IncidentLine {
    pub number: i64,
    pub service: String,
    pub title: String,
    pub severity: String,
    pub state: String,
    pub started_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
}

impl From<domain::incident::IncidentLine> for IncidentLine {
    fn from(line: domain::incident::IncidentLine) -> IncidentLine {
        IncidentLine {
            number: line.number,
            service: line.service,
            title: line.title,
            severity: line.severity.key().to_owned(),
            state: line.state.key().to_owned(),
            started_at: line.started_at,
            resolved_at: line.resolved_at,
        }
    }
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "number": 7, "service": "storefront", "deployment": 42, "title": "Orders fail", "public_title": "", "severity": "high",
    "state": "identified", "what_happened": "", "impact": "", "root_cause": "", "resolution": "", "lessons": "",
    "started_at": "2026-01-15T10:00:00Z", "detected_at": "2026-01-15T10:01:00Z", "resolved_at": null, "row_version": 1,
    "updates": [{"state": "identified", "body": "We know why.", "at": "2026-01-15T10:05:00Z"}],
    "actions": [{"id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "text": "Alert on failed orders", "ticket": "SHOP-12", "done": false}]
}))]
pub struct Incident {
    pub number: i64,
    pub service: String,
    /// The number of the deployment that caused it.
    pub deployment: Option<i64>,
    pub title: String,
    /// What the status page calls it; empty: nobody has said.
    pub public_title: String,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// `investigating`, `identified`, `monitoring` or `resolved`.
    pub state: String,
    pub what_happened: String,
    pub impact: String,
    pub root_cause: String,
    pub resolution: String,
    pub lessons: String,
    pub started_at: DateTime<Utc>,
    pub detected_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub row_version: i32,
    /// What the public was told, the newest first.
    pub updates: Vec<Update>,
    pub actions: Vec<ActionItem>,
}

/// What the public was told.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Update {
    pub state: String,
    pub body: String,
    pub at: DateTime<Utc>,
}

/// Something to do so that it does not happen again.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActionItem {
    pub id: String,
    pub text: String,
    pub ticket: String,
    pub done: bool,
}

impl From<IncidentPage> for Incident {
    fn from(page: IncidentPage) -> Incident {
        let (kept, form) = (page.incident.clone(), page.incident.form);
        Incident {
            number: kept.number,
            service: page.service.name,
            deployment: page.deployment.map(|line| line.number),
            title: form.title,
            public_title: form.public_title,
            severity: form.severity.key().to_owned(),
            state: kept.state.key().to_owned(),
            what_happened: form.what_happened,
            impact: form.impact,
            root_cause: form.root_cause,
            resolution: form.resolution,
            lessons: form.lessons,
            started_at: form.started_at,
            detected_at: kept.detected_at,
            resolved_at: kept.resolved_at,
            row_version: form.row_version,
            updates: page
                .updates
                .into_iter()
                .map(|update| Update {
                    state: update.state.key().to_owned(),
                    body: update.body,
                    at: update.at,
                })
                .collect(),
            actions: page
                .actions
                .into_iter()
                .map(|action| ActionItem {
                    id: action.id.to_string(),
                    text: action.text,
                    ticket: action.ticket,
                    done: action.done,
                })
                .collect(),
        }
    }
}

/// Which incidents.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those that are not resolved.
    #[param(required = false)]
    pub open: bool,
    /// `next` of the page before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

/// Incidents
#[utoipa::path(get, path = "/incidents", tag = "incidents", params(Which),
    responses((status = 200, description = "200, the newest first", body = Listed<IncidentLine>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(which): Asked<Which>) -> Answer {
    let before = which.cursor.as_deref().map(str::parse::<i64>).transpose();
    let before = before.map_err(|_| unreadable_cursor())?;
    let lines = store::incident::list_before(&state.db, &asks.actor, which.open, before).await?;
    let full = lines.len() == store::incident::A_PAGE;
    let next = lines.last().filter(|_| full).map(|line| line.number.to_string());
    let items: Vec<IncidentLine> = lines.into_iter().map(IncidentLine::from).collect();
    let open = which.open.then_some("true");
    Ok(paged(Listed { items, next }, "/incidents", &[("open", open)]))
}

/// An incident as it is entered. What is left out of a change stays.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"title": "Orders fail", "severity": "high", "started_at": "2026-01-15T10:00:00Z"}))]
pub struct IncidentInput {
    pub title: Option<String>,
    pub public_title: Option<String>,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: Option<String>,
    pub what_happened: Option<String>,
    pub impact: Option<String>,
    pub root_cause: Option<String>,
    pub resolution: Option<String>,
    pub lessons: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
}

impl IncidentInput {
    fn onto(self, mut form: IncidentForm) -> Result<IncidentForm, FieldErrors> {
        if let Some(severity) = self.severity {
            form.severity =
                Severity::from_key(&severity).ok_or_else(|| FieldErrors::one("severity", Problem::Unknown))?;
        }
        for (into, given) in [
            (&mut form.title, self.title),
            (&mut form.public_title, self.public_title),
            (&mut form.what_happened, self.what_happened),
            (&mut form.impact, self.impact),
            (&mut form.root_cause, self.root_cause),
            (&mut form.resolution, self.resolution),
            (&mut form.lessons, self.lessons),
        ] {
            if let Some(given) = given {
                *into = given;
            }
        }
        form.started_at = self.started_at.unwrap_or(form.started_at);
        Ok(form)
    }
}

/// A new incident.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "service": "storefront", "report": {"title": "Orders fail", "severity": "high", "started_at": "2026-01-15T10:00:00Z"}
}))]
pub struct Opened {
    pub service: String,
    /// The number of the deployment that caused it.
    #[serde(default)]
    pub deployment: Option<i64>,
    pub report: IncidentInput,
}

/// Open an incident
#[utoipa::path(post, path = "/incidents", tag = "incidents", request_body = Opened,
    responses((status = 201, description = "The incident", body = Incident)))]
async fn open(State(state): State<AppState>, asks: Asks, Sent(sent): Sent<Opened>) -> Answer {
    let mut errors = FieldErrors::default();
    if sent.report.severity.is_none() {
        errors.add("severity", Problem::Missing);
    }
    let started_at = sent.report.started_at.unwrap_or_else(|| {
        errors.add("started_at", Problem::Missing);
        DateTime::UNIX_EPOCH
    });
    errors.into_result()?;
    let empty = IncidentForm {
        title: String::new(),
        public_title: String::new(),
        severity: Severity::Low,
        what_happened: String::new(),
        impact: String::new(),
        root_cause: String::new(),
        resolution: String::new(),
        lessons: String::new(),
        started_at,
        row_version: 0,
    };
    let form = sent.report.onto(empty)?;
    let deployment = match sent.deployment {
        Some(number) => match store::deployment::page(&state.db, &asks.actor, number).await {
            Ok(page) => Some(page.deployment.id),
            Err(store::Error::NotFound) => return Err(FieldErrors::one("deployment", Problem::Unknown).into()),
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let opened = store::incident::open(&state.db, &asks.actor, &sent.service, deployment, &form).await?;
    let mut response = shown(&state, &asks, opened).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// An incident
#[utoipa::path(get, path = "/incidents/{number}", tag = "incidents", params(("number" = i64, Path, example = 7)),
    responses((status = 200, description = "The incident", body = Incident)))]
async fn read(State(state): State<AppState>, asks: Asks, Path(given): Path<String>) -> Answer {
    shown(&state, &asks, number(&given)?).await
}

async fn shown(state: &AppState, asks: &Asks, number: i64) -> Answer {
    let page = store::incident::page(&state.db, &asks.actor, number).await?;
    Ok(versioned(page.incident.form.row_version, Incident::from(page)))
}

/// Change an incident's report
#[utoipa::path(patch, path = "/incidents/{number}", tag = "incidents",
    params(("number" = i64, Path, example = 7), ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = IncidentInput, responses((status = 200, description = "The incident as it is now", body = Incident)))]
async fn update(
    State(state): State<AppState>,
    asks: Asks,
    Path(given): Path<String>,
    headers: HeaderMap,
    Sent(input): Sent<IncidentInput>,
) -> Answer {
    let row_version = if_match(&headers)?;
    let number = number(&given)?;
    let kept = store::incident::page(&state.db, &asks.actor, number)
        .await?
        .incident
        .form;
    let form = input.onto(IncidentForm { row_version, ..kept })?;
    store::incident::update(&state.db, &asks.actor, number, &form)
        .await
        .map_err(|error| Refused::from(error).stale())?;
    shown(&state, &asks, number).await
}

/// An incident's report as Markdown
#[utoipa::path(get, path = "/incidents/{number}/report", tag = "incidents", params(("number" = i64, Path, example = 7)),
    responses((status = 200, description = "The report", body = String, content_type = "text/markdown")))]
async fn report(State(state): State<AppState>, asks: Asks, Path(given): Path<String>) -> Answer {
    let text = store::incident::report(&state.db, &asks.actor, number(&given)?).await?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
}

/// What the public is told.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "resolved", "body": "Orders work again."}))]
pub struct UpdateInput {
    /// `investigating`, `identified`, `monitoring` or `resolved`.
    pub state: String,
    pub body: String,
}

/// Tell the public, and set the incident's state
#[utoipa::path(post, path = "/incidents/{number}/updates", tag = "incidents", params(("number" = i64, Path, example = 7)),
    request_body = UpdateInput, responses((status = 201, description = "The incident as it is now", body = Incident)))]
async fn publish(
    State(state): State<AppState>,
    asks: Asks,
    Path(given): Path<String>,
    Sent(sent): Sent<UpdateInput>,
) -> Answer {
    let to = IncidentState::from_key(&sent.state).ok_or_else(|| FieldErrors::one("state", Problem::Unknown))?;
    let number = number(&given)?;
    store::incident::publish(&state.db, &asks.actor, number, to, &sent.body).await?;
    let mut response = shown(&state, &asks, number).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Alert on failed orders", "ticket": "SHOP-12"}))]
pub struct ActionInput {
    pub text: String,
    #[serde(default)]
    pub ticket: String,
}

/// Add something to do
#[utoipa::path(post, path = "/incidents/{number}/actions", tag = "incidents", params(("number" = i64, Path, example = 7)),
    request_body = ActionInput, responses((status = 201, description = "The incident as it is now", body = Incident)))]
async fn add_action(
    State(state): State<AppState>,
    asks: Asks,
    Path(given): Path<String>,
    Sent(sent): Sent<ActionInput>,
) -> Answer {
    let number = number(&given)?;
    store::incident::add_action(&state.db, &asks.actor, number, &sent.text, &sent.ticket).await?;
    let mut response = shown(&state, &asks, number).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Whether it is done.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"done": true}))]
pub struct Done {
    pub done: bool,
}

/// Tick something that was to do, or open it again
#[utoipa::path(patch, path = "/incidents/{number}/actions/{action}", tag = "incidents",
    params(("number" = i64, Path, example = 7), ("action" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    request_body = Done, responses((status = 200, description = "The incident as it is now", body = Incident)))]
async fn tick(
    State(state): State<AppState>,
    asks: Asks,
    Path((given, action)): Path<(String, String)>,
    Sent(sent): Sent<Done>,
) -> Answer {
    let number = number(&given)?;
    let action: ActionItemId = action.parse().map_err(|_| Refused::not_found())?;
    let page = store::incident::page(&state.db, &asks.actor, number).await?;
    if page.actions.iter().all(|one| one.id != action) {
        return Err(Refused::not_found());
    }
    store::incident::set_action_done(&state.db, &asks.actor, action, sent.done).await?;
    shown(&state, &asks, number).await
}
