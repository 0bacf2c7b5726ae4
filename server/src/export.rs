//! Documents to take away: a service as TOML, an incident's report as Markdown, the audit trail as JSON lines.

use crate::state::AppState;
use app::caller::Caller;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::AuditForm;

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

/// GET /administration/audit.jsonl: what the filters of the page find, sent while it is read.
pub async fn audit(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(form): Query<AuditForm>,
) -> Response {
    let Some(me) = &caller.me else {
        return crate::trouble::signed_out(&caller.request_id);
    };
    let Ok(filter) = form.read(&me.zone) else {
        return crate::trouble::problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "One of the filters can't be read.",
            &caller.request_id,
        );
    };
    match store::audit::export(&state.db, &me.actor(), &state.vault, filter).await {
        Ok(export) => {
            let pieces = futures::stream::try_unfold(export, |mut export| async move {
                let piece = export.next().await.inspect_err(|error| {
                    // What was sent has no end, which shows.
                    tracing::error!(%error, "an export of the audit trail broke off");
                })?;
                Ok::<_, store::Error>(piece.map(|piece| (piece, export)))
            });
            document(
                Body::from_stream(pieces),
                "application/jsonl; charset=utf-8",
                "audit.jsonl",
            )
        }
        Err(error) => refused(error, &caller),
    }
}

fn document(body: impl IntoResponse, kind: &'static str, name: &str) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    (
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        body,
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
