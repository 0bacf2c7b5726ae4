//! One's own notices: what a person is told of.

use super::answer::{Answer, Asked, Asks, Listed, Refused, Sent, paged};
use super::cursor::After;
use super::person::word;
use super::release::unreadable_cursor;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::id::NoticeId;
use domain::notice::Told;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(unread))
        .routes(routes!(mark, mark_all))
        .routes(routes!(choices))
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "kind": "approval_asked", "what": {"what": "approval_asked"},
    "about": {"about": "release", "service": "storefront", "version": "1.3.0", "environment": "production"},
    "path": "/releases/storefront/1.3.0", "person": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e", "at": "2026-01-15T10:00:00Z", "read": false
}))]
pub struct Notice {
    pub id: String,
    /// By which people choose how they are told.
    pub kind: String,
    #[schema(value_type = Object)]
    pub what: Value,
    #[schema(value_type = Object)]
    pub about: Value,
    /// The page about it.
    pub path: String,
    /// Who did it; null: the machine.
    pub person: Option<String>,
    pub at: DateTime<Utc>,
    pub read: bool,
}

impl From<Told> for Notice {
    fn from(told: Told) -> Notice {
        let notice = told.notice;
        Notice {
            id: told.id.to_string(),
            kind: notice.what.kind().key().to_owned(),
            what: serde_json::to_value(&notice.what).unwrap_or_default(),
            about: serde_json::to_value(&notice.about).unwrap_or_default(),
            path: notice.about.path(),
            person: notice.by.person().map(|id| id.to_string()),
            at: told.at,
            read: told.read,
        }
    }
}

/// Your notices
#[utoipa::path(get, path = "/notices", tag = "notices", params(After),
    responses((status = 200, description = "Fifty, the newest first", body = Listed<Notice>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    let after = from.cursor.as_deref().map(str::parse::<NoticeId>).transpose();
    let after = after.map_err(|_| unreadable_cursor())?;
    let found = store::notice::page(&state.db, &asks.actor, after).await?;
    let next = found.told.last().filter(|_| found.more).map(|told| told.id.to_string());
    let items = found.told.into_iter().map(Notice::from).collect();
    Ok(paged(Listed { items, next }, "/notices", &[]))
}

/// How many.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"unread": 3}))]
pub struct Unread {
    pub unread: i64,
}

/// How many of your notices are not read
#[utoipa::path(get, path = "/notices/unread", tag = "notices", responses((status = 200, description = "How many", body = Unread)))]
async fn unread(State(state): State<AppState>, asks: Asks) -> Answer {
    let unread = store::notice::unread(&state.db, &asks.actor).await?;
    Ok(Json(Unread { unread }).into_response())
}

/// Mark a notice as read
#[utoipa::path(put, path = "/notices/{id}/read", tag = "notices", params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It is read")))]
async fn mark(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    let id: NoticeId = id.parse().map_err(|_| Refused::not_found())?;
    store::notice::mark_read(&state.db, &asks.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Up to which notice.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"newest": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"}))]
pub struct UpTo {
    /// The newest that was seen: what came since stays unread.
    pub newest: String,
}

/// Mark notices as read, up to the newest that you saw
#[utoipa::path(post, path = "/notices/read", tag = "notices", request_body = UpTo, responses((status = 204, description = "They are read")))]
async fn mark_all(State(state): State<AppState>, asks: Asks, Sent(up_to): Sent<UpTo>) -> Answer {
    let newest: NoticeId = up_to.newest.parse().map_err(|_| Refused::not_found())?;
    store::notice::mark_all_read(&state.db, &asks.actor, newest).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// By which way somebody is told of a kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"kind": "approval_asked", "way": "mail"}))]
pub struct Choice {
    pub kind: String,
    /// `none`, `bell`, or `mail` (and the bell).
    pub way: String,
}

/// By which way you are told of what
#[utoipa::path(get, path = "/notices/choices", tag = "notices", responses((status = 200, description = "Every kind once", body = Listed<Choice>)))]
async fn choices(State(state): State<AppState>, asks: Asks) -> Answer {
    let kept = store::notice::preferences(&state.db, &asks.actor).await?;
    let ways = kept.ways.into_iter().map(|(kind, way)| Choice {
        kind: word(&kind),
        way: word(&way),
    });
    Ok(Json(Listed::whole(ways)).into_response())
}
