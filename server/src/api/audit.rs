//! The audit trail.

use super::answer::{Answer, Asked, Asks, Listed, Problem, paged};
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::access::By;
use domain::audit::AuditForm;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(sealed))
}

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// A person's id, `engine`, or `system`.
    #[param(required = false, example = "engine")]
    pub who: String,
    /// `release`, `deployment`, `incident`, `service`, `person` and so on.
    #[param(required = false, example = "release")]
    pub kind: String,
    /// One thing: `release:` and its id.
    #[param(required = false)]
    pub thing: String,
    /// What happened: `role_changed`.
    #[param(required = false)]
    pub event: String,
    /// First day, in your time zone.
    #[param(required = false)]
    pub from: String,
    /// Last day.
    #[param(required = false)]
    pub to: String,
    /// Part of the record's text.
    #[param(required = false)]
    pub text: String,
    /// `next` of the page before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 42, "stream": "release:0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "seq": 3, "at": "2026-01-15T10:00:00Z",
    "by": "person", "person": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e", "token": null, "event": {"event": "item_ticked"},
    "hash": "abababababababababababababababababababababababababababababababab"
}))]
pub struct Entry {
    /// Grows over the whole instance.
    pub id: i64,
    /// The thing, by its topic.
    pub stream: String,
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// `person`, `token`, `engine`, `system`, or `unknown`.
    pub by: String,
    /// Who did it, or in whose name a token did.
    pub person: Option<String>,
    pub token: Option<String>,
    /// As it is kept.
    #[schema(value_type = Object)]
    pub event: Value,
    pub hash: String,
}

/// The audit trail
#[utoipa::path(get, path = "/audit", tag = "instance", params(Which), responses(
    (status = 200, description = "Fifty, the newest first", body = Listed<Entry>),
    (status = 422, description = "A filter can't be read", body = Problem, content_type = "application/problem+json")))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(which): Asked<Which>) -> Answer {
    let before = which.cursor.as_deref().map(str::parse::<i64>).transpose();
    let before = before.map_err(|_| unreadable_cursor())?;
    let form = AuditForm {
        who: which.who.clone(),
        kind: which.kind.clone(),
        thing: which.thing.clone(),
        event: which.event.clone(),
        from: which.from.clone(),
        to: which.to.clone(),
        // The database holds no zero characters.
        text: which.text.replace('\0', ""),
    };
    let filter = form.read(&asks.me.zone)?;
    let found = store::audit::page(&state.db, &asks.actor, &filter, before).await?;
    let next = found
        .entries
        .last()
        .filter(|_| found.more)
        .map(|entry| entry.id.to_string());
    let items = found.entries.into_iter().map(|entry| Entry {
        id: entry.id,
        stream: entry.stream.topic(),
        seq: entry.seq,
        at: entry.at,
        by: match entry.by {
            Some(By::Person(_)) => "person",
            Some(By::Token(_)) => "token",
            Some(By::Engine) => "engine",
            Some(By::System) => "system",
            None => "unknown",
        }
        .to_owned(),
        person: entry.by.and_then(By::person).map(|id| id.to_string()),
        token: match entry.by {
            Some(By::Token(by)) => Some(by.token.to_string()),
            _ => None,
        },
        event: serde_json::from_str(&entry.text).unwrap_or_default(),
        hash: entry.hash.to_string(),
    });
    let page = Listed {
        items: items.collect::<Vec<_>>(),
        next,
    };
    let query: Vec<(&str, Option<&str>)> = [
        ("who", &which.who),
        ("kind", &which.kind),
        ("thing", &which.thing),
        ("event", &which.event),
        ("from", &which.from),
        ("to", &which.to),
        ("text", &which.text),
    ]
    .into_iter()
    .map(|(name, value)| (name, Some(value.as_str()).filter(|value| !value.is_empty())))
    .collect();
    Ok(paged(page, "/audit", &query))
}

/// Where the signed checkpoints stand.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "key": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "number": 12, "at": "2026-01-15T10:00:00Z",
    "hash": "abababababababababababababababababababababababababababababababab"
}))]
pub struct Sealed {
    /// The public key that checks them; null before the first one.
    pub key: Option<String>,
    /// Of the newest checkpoint.
    pub number: Option<i64>,
    pub at: Option<DateTime<Utc>>,
    pub hash: Option<String>,
}

/// Where the signed checkpoints of the audit trail stand
#[utoipa::path(get, path = "/audit/checkpoint", tag = "instance", responses((status = 200, description = "The newest one", body = Sealed)))]
async fn sealed(State(state): State<AppState>, asks: Asks) -> Answer {
    let kept = store::audit::sealed(&state.db, &asks.actor).await?;
    let last = kept.as_ref().and_then(|kept| kept.last);
    Ok(Json(Sealed {
        key: kept.map(|kept| kept.key.to_string()),
        number: last.map(|(number, _, _)| number),
        at: last.map(|(_, _, at)| at),
        hash: last.map(|(_, hash, _)| hash.to_string()),
    })
    .into_response())
}
