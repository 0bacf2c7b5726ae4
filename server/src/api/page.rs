//! The description, and the page to read it.

use crate::state::AppState;
use app::manual::{Field, Manual, Operation, Part};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::LazyLock;

/// GET /api/openapi.json
pub async fn document() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| super::description().to_string());
    let mut response = TEXT.as_str().into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// GET /api
pub async fn show(State(state): State<AppState>) -> Response {
    let css = state.place.manifest.get("slipway.css").cloned().unwrap_or_default();
    axum::response::Html(app::manual::page(
        &manual(super::description()),
        &state.place.address,
        &css,
    ))
    .into_response()
}

/// The description as a page tells it.
fn manual(whole: &Value) -> Manual {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts: Vec<Part> = whole["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|tag| Part {
            name: text(&tag["name"]),
            words: text(&tag["description"]),
            operations: Vec::new(),
        })
        .collect();
    for (path, item) in whole["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let told = Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                words: text(&operation["summary"]),
                fields: fields(operation),
                sent: example(&operation["requestBody"]),
                answers: answers(operation),
                answered: operation["responses"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .find_map(|(status, response)| status.starts_with('2').then(|| example(response)).flatten()),
            };
            let tag = text(&operation["tags"][0]);
            if let Some(part) = parts.iter_mut().find(|part| part.name == tag) {
                part.operations.push(told);
            }
        }
    }
    parts.retain(|part| !part.operations.is_empty());
    Manual {
        version: text(&whole["info"]["version"]),
        words: text(&whole["info"]["description"]),
        parts,
    }
}

fn fields(operation: &Value) -> Vec<Field> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    // Those that every route has are told once, above.
    let own = all.filter(|one| one["in"] == "query" || one["name"] == "If-Match");
    own.map(|one| Field {
        name: one["name"].as_str().unwrap_or_default().to_owned(),
        words: one["description"].as_str().unwrap_or_default().to_owned(),
    })
    .collect()
}

fn answers(operation: &Value) -> Vec<Field> {
    let all = operation["responses"].as_object().into_iter().flatten();
    all.filter(|(status, _)| !matches!(status.as_str(), "401" | "429" | "500" | "504" | "413"))
        .map(|(status, response)| Field {
            name: status.clone(),
            words: response["description"].as_str().unwrap_or_default().to_owned(),
        })
        .collect()
}

fn example(holder: &Value) -> Option<String> {
    let contents = holder["content"].as_object()?;
    let example = contents.values().find_map(|content| content.get("example"))?;
    serde_json::to_string_pretty(example).ok()
}
