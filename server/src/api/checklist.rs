//! Checklists of releases.

use super::answer::{Answer, Asks, Listed, Refused, Sent};
use super::person::word;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::release::{ItemAct, ReleasePage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(checklist)).routes(routes!(act))
}

/// An item of a checklist.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "section": "Code & Tests", "text": "Security scan passed", "condition": "",
    "state": "done", "evidence": "https://ci.example.com/7", "by": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "at": "2026-01-15T10:00:00Z",
    "row_version": 2
}))]
pub struct Item {
    pub id: String,
    pub section: String,
    pub text: String,
    /// When it counts; empty: always.
    pub condition: String,
    /// `open`, `done` or `not_applicable`.
    pub state: String,
    pub evidence: String,
    pub by: Option<String>,
    pub at: Option<DateTime<Utc>>,
    pub row_version: i32,
}

impl From<domain::release::Item> for Item {
    fn from(item: domain::release::Item) -> Item {
        Item {
            id: item.id.to_string(),
            section: item.section,
            text: item.text,
            condition: item.condition,
            state: word(&item.state),
            evidence: item.evidence,
            by: item.by.map(|id| id.to_string()),
            at: item.at,
            row_version: item.row_version,
        }
    }
}

/// The checklist of a release
#[utoipa::path(get, path = "/services/{service}/releases/{version}/checklist", tag = "checklists",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    responses((status = 200, description = "In its order", body = Listed<Item>)))]
async fn checklist(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
) -> Answer {
    let page = store::release::page(&state.db, &asks.actor, &service, &version).await?;
    Ok(Json(Listed::whole(page.items.into_iter().map(Item::from))).into_response())
}

/// What is done with an item.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "done", "text": "https://ci.example.com/7", "row_version": 1}))]
pub struct ItemChange {
    /// `open`, `done` or `not_applicable`.
    pub state: String,
    /// A link or a sentence as evidence, or the reason why it does not apply.
    #[serde(default)]
    pub text: String,
    /// As it was read.
    pub row_version: i32,
}

/// Tick an item, mark it as not applicable, or open it again
#[utoipa::path(patch, path = "/services/{service}/releases/{version}/checklist/{item}", tag = "checklists",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0"),
        ("item" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    request_body = ItemChange, responses((status = 200, description = "The item as it is now", body = Item)))]
async fn act(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version, item)): Path<(String, String, String)>,
    Sent(change): Sent<ItemChange>,
) -> Answer {
    let act = match change.state.as_str() {
        "open" => ItemAct::Reopen,
        "done" => ItemAct::Tick { evidence: change.text },
        "not_applicable" => ItemAct::NotApplicable { reason: change.text },
        _ => return Err(FieldErrors::one("state", Problem::Unknown).into()),
    };
    let found = |page: ReleasePage| {
        let item = page.items.into_iter().find(|one| one.id.to_string() == item);
        item.ok_or_else(Refused::not_found)
    };
    let page = store::release::page(&state.db, &asks.actor, &service, &version).await?;
    let kept = found(page)?;
    store::release::act_on_item(&state.db, &asks.actor, kept.id, change.row_version, &act).await?;
    let page = store::release::page(&state.db, &asks.actor, &service, &version).await?;
    Ok(Json(Item::from(found(page)?)).into_response())
}
