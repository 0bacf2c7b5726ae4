//! Webhooks out: receivers of what happens, and what became of each report.

use super::answer::{Answer, Asked, Asks, Listed, Refused, Sent, if_match, paged, shown_once, versioned};
use super::cursor::{A_PAGE, After, page};
use super::person::word;
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::id::{DeliveryId, ServiceId, WebhookId};
use domain::webhook::{Form, Kind, Webhook as Kept, WebhookForm};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(read, change, remove))
        .routes(routes!(renew))
        .routes(routes!(command))
        .routes(routes!(deliveries))
        .routes(routes!(resend))
}

/// A receiver. Its address and its secret are not shown.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "Chat", "form": "slack", "host": "https://hooks.slack.com",
    "kinds": ["incident.opened"], "services": [], "stopped_at": null, "failing_since": null, "created_at": "2026-01-15T10:00:00Z", "row_version": 1
}))]
pub struct Webhook {
    pub id: String,
    pub name: String,
    /// `standard` or `slack`.
    pub form: String,
    /// Scheme and host of its address.
    pub host: String,
    pub kinds: Vec<String>,
    /// Names; none: of all services.
    pub services: Vec<String>,
    /// Nothing is sent there since.
    pub stopped_at: Option<DateTime<Utc>>,
    pub failing_since: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub row_version: i32,
}

/// Services by id and name.
type Named = Vec<(ServiceId, String)>;

async fn services(state: &AppState, asks: &Asks) -> Result<Named, Refused> {
    let pages = store::service::list(&state.db, &asks.actor).await?;
    let named = pages.into_iter().map(|page| (page.service.id, page.service.name));
    Ok(named.collect())
}

fn of(kept: Kept, services: &Named) -> Webhook {
    let name = |id: &ServiceId| {
        services
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, name)| name.clone())
    };
    Webhook {
        id: kept.id.to_string(),
        name: kept.name,
        form: kept.form.key().to_owned(),
        host: kept.host,
        kinds: kept.kinds.iter().map(|kind| kind.key().to_owned()).collect(),
        services: kept.services.iter().filter_map(name).collect(),
        stopped_at: kept.stopped.map(|(at, _)| at),
        failing_since: kept.failing_since,
        created_at: kept.created_at,
        row_version: kept.row_version,
    }
}

/// A receiver as it is entered.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Chat", "form": "standard", "url": "https://example.com/slipway", "kinds": ["incident.opened"], "services": []}))]
pub struct WebhookInput {
    pub name: String,
    /// `standard` (JSON, signed as Standard Webhooks are) or `slack`.
    pub form: String,
    /// Left out of a change: it stays.
    #[serde(default)]
    pub url: String,
    pub kinds: Vec<String>,
    /// Names; none: of all services.
    #[serde(default)]
    pub services: Vec<String>,
}

impl WebhookInput {
    fn read(self, services: &Named, row_version: i32) -> Result<WebhookForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        let form = Form::from_key(&self.form);
        let kinds: Option<Vec<Kind>> = self.kinds.iter().map(|kind| Kind::from_key(kind)).collect();
        let id = |name: &String| services.iter().find(|(_, known)| known == name).map(|(id, _)| *id);
        let ids: Option<Vec<ServiceId>> = self.services.iter().map(id).collect();
        for (field, known) in [
            ("form", form.is_some()),
            ("kinds", kinds.is_some()),
            ("services", ids.is_some()),
        ] {
            if !known {
                errors.add(field, Problem::Unknown);
            }
        }
        errors.into_result()?;
        Ok(WebhookForm {
            name: self.name,
            form: form.unwrap_or(Form::Standard),
            url: self.url,
            kinds: kinds.unwrap_or_default(),
            services: ids.unwrap_or_default(),
            row_version,
        })
    }
}

fn webhook_id(text: &str) -> Result<WebhookId, Refused> {
    text.parse().map_err(|_| Refused::not_found())
}

/// Webhooks
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", params(After),
    responses((status = 200, description = "A hundred, the oldest first", body = Listed<Webhook>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    let after = from.cursor.as_deref().map(webhook_id).transpose();
    let after = after.map_err(|_| unreadable_cursor())?;
    let named = services(&state, &asks).await?;
    let found = store::webhook::list(&state.db, &asks.actor).await?;
    let (webhooks, next) = page(found, |webhook| webhook.id, after.as_ref(), A_PAGE);
    let items: Vec<Webhook> = webhooks.into_iter().map(|kept| of(kept, &named)).collect();
    let next = next.map(|id| id.to_string());
    Ok(paged(Listed { items, next }, "/webhooks", &[]))
}

/// A webhook that was just added. Its secret is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "secret": "whsec_shown once"}))]
pub struct Added {
    pub id: String,
    /// By which reports are signed.
    pub secret: String,
}

/// Add a webhook
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = WebhookInput,
    responses((status = 201, description = "Its id and its secret", body = Added)))]
async fn add(State(state): State<AppState>, asks: Asks, Sent(input): Sent<WebhookInput>) -> Answer {
    let form = input.read(&services(&state, &asks).await?, 0)?;
    let added = store::webhook::add(&state.db, &state.vault, &asks.actor, &form).await?;
    let body = Added {
        id: added.id.to_string(),
        secret: added.secret,
    };
    Ok(shown_once(body))
}

/// A webhook
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 200, description = "The webhook", body = Webhook)))]
async fn read(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    shown(&state, &asks, webhook_id(&id)?).await
}

async fn shown(state: &AppState, asks: &Asks, id: WebhookId) -> Answer {
    let named = services(state, asks).await?;
    let kept = store::webhook::page(&state.db, &asks.actor, id).await?.webhook;
    Ok(versioned(kept.row_version, of(kept, &named)))
}

/// Change a webhook
#[utoipa::path(put, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = WebhookInput, responses((status = 200, description = "The webhook as it is now", body = Webhook)))]
async fn change(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    headers: HeaderMap,
    Sent(input): Sent<WebhookInput>,
) -> Answer {
    let (id, version) = (webhook_id(&id)?, if_match(&headers)?);
    let form = input.read(&services(&state, &asks).await?, version)?;
    store::webhook::change(&state.db, &state.vault, &asks.actor, id, &form)
        .await
        .map_err(|error| Refused::from(error).stale())?;
    shown(&state, &asks, id).await
}

/// Remove a webhook
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It is gone")))]
async fn remove(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    store::webhook::remove(&state.db, &asks.actor, webhook_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A new secret: it is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"secret": "whsec_shown once"}))]
pub struct NewSecret {
    pub secret: String,
}

/// Make a new signing secret: the one before ends
#[utoipa::path(post, path = "/webhooks/{id}/secret", tag = "webhooks", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 201, description = "The secret", body = NewSecret)))]
async fn renew(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let secret = store::webhook::renew_secret(&state.db, &state.vault, &asks.actor, webhook_id(&id)?).await?;
    Ok(shown_once(NewSecret { secret }))
}

/// What is done with a webhook.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"act": "test"}))]
pub struct Command {
    pub act: Act,
}

/// What can be done with a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Report nothing there until it is started again.
    Stop,
    /// Report what happens from now on.
    Start,
    /// Send something there, to see whether it arrives.
    Test,
}

/// Stop a webhook, start it again, or send something there as a test
#[utoipa::path(post, path = "/webhooks/{id}/commands", tag = "webhooks", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    request_body = Command, responses((status = 202, description = "It is so; a test is on its way, and shows among the deliveries")))]
async fn command(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    Sent(command): Sent<Command>,
) -> Answer {
    let id = webhook_id(&id)?;
    match command.act {
        Act::Stop => store::webhook::stop(&state.db, &asks.actor, id).await?,
        Act::Start => store::webhook::start(&state.db, &asks.actor, id).await?,
        Act::Test => store::webhook::send_test(&state.db, &asks.actor, id)
            .await
            .map(|_| ())?,
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

/// One happening for one receiver.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "kind": "incident.opened", "at": "2026-01-15T10:00:00Z", "state": "delivered",
    "attempts": [{"attempt": 1, "at": "2026-01-15T10:00:01Z", "status": 200, "error": "", "answer": "ok", "duration_ms": 12}]
}))]
pub struct Delivery {
    pub id: String,
    pub kind: String,
    pub at: DateTime<Utc>,
    /// `waiting`, `delivered` or `failed`.
    pub state: String,
    pub attempts: Vec<Attempt>,
}

/// One try, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Attempt {
    pub attempt: i32,
    pub at: DateTime<Utc>,
    /// Null: no answer came.
    pub status: Option<i32>,
    pub error: String,
    /// The first 4096 bytes of it.
    pub answer: String,
    pub duration_ms: i32,
}

/// What was reported to a receiver
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), After),
    responses((status = 200, description = "Fifty, the newest first", body = Listed<Delivery>)))]
async fn deliveries(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    Asked(from): Asked<After>,
) -> Answer {
    let before = from.cursor.as_deref().map(str::parse::<DeliveryId>).transpose();
    let before = before.map_err(|_| unreadable_cursor())?;
    let of = webhook_id(&id)?;
    store::webhook::page(&state.db, &asks.actor, of).await?;
    let found = store::webhook::deliveries_before(&state.db, &asks.actor, of, before).await?;
    let full = found.len() == store::webhook::DELIVERIES;
    let next = found.last().filter(|_| full).map(|last| last.id.to_string());
    let deliveries = found.into_iter().map(|delivery| Delivery {
        id: delivery.id.to_string(),
        kind: delivery.kind.key().to_owned(),
        at: delivery.at,
        state: word(&delivery.state),
        attempts: delivery
            .attempts
            .into_iter()
            .map(|attempt| Attempt {
                attempt: attempt.attempt,
                at: attempt.at,
                status: attempt.status,
                error: attempt.error,
                answer: attempt.answer,
                duration_ms: attempt.duration_ms,
            })
            .collect(),
    });
    let items = deliveries.collect::<Vec<_>>();
    Ok(paged(
        Listed { items, next },
        &format!("/webhooks/{of}/deliveries"),
        &[],
    ))
}

/// Send a delivery again, under its own id
#[utoipa::path(post, path = "/webhook-deliveries/{id}/attempts", tag = "webhooks", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 202, description = "It is on its way")))]
async fn resend(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: DeliveryId = id.parse().map_err(|_| Refused::not_found())?;
    store::webhook::resend(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}
