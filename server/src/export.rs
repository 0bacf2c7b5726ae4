//! Documents to take away: a service as TOML, an incident's report as Markdown.

use crate::state::AppState;
use app::caller::Caller;
use axum::extract::{Extension, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// GET /services/{name}/service.toml
pub async fn service(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Response {
    let Some(me) = &caller.me else {
        return crate::trouble::signed_out(&caller.request_id);
    };
    match store::service::export(&state.db, &me.actor(), &name).await {
        Ok(file) => match toml::to_string_pretty(&file) {
            Ok(text) => document(text, "application/toml; charset=utf-8", &format!("{name}.toml")),
            Err(error) => failed(&error, &caller),
        },
        Err(error) => refused(error, &caller),
    }
}

/// GET /incidents/{number}/report.md
pub async fn report(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<i64>,
) -> Response {
    let Some(me) = &caller.me else {
        return crate::trouble::signed_out(&caller.request_id);
    };
    match store::incident::report(&state.db, &me.actor(), number).await {
        Ok(text) => document(text, "text/markdown; charset=utf-8", &format!("INC-{number}.md")),
        Err(error) => refused(error, &caller),
    }
}

fn document(text: String, kind: &'static str, name: &str) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    (
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        text,
    )
        .into_response()
}

fn refused(error: store::Error, caller: &Caller) -> Response {
    use store::Error;
    match error {
        Error::NotFound => crate::trouble::problem(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing here, or not any more.",
            &caller.request_id,
        ),
        Error::Denied(_) => crate::trouble::problem(
            StatusCode::FORBIDDEN,
            "denied",
            "Your role does not allow this.",
            &caller.request_id,
        ),
        other => failed(&other, caller),
    }
}

fn failed(error: &dyn std::fmt::Display, caller: &Caller) -> Response {
    tracing::error!(request_id = %caller.request_id, %error, "a document could not be made");
    crate::trouble::problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "This document could not be made.",
        &caller.request_id,
    )
}
