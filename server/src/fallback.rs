//! What no route answers: a rendered page for browsers, a problem for programs.

use crate::caller::{accepts_html, request_id};
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Renders the application, which finds no page for the address and says so.
pub async fn page(State(state): State<AppState>, request: Request) -> Response {
    if !accepts_html(&request) {
        return crate::trouble::problem(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing here.",
            &request_id(&request),
        );
    }
    let options = state.options.clone();
    let now: chrono::DateTime<chrono::Utc> = std::time::SystemTime::now().into();
    let context = move || leptos::prelude::provide_context(app::boot::ServerNow(now));
    let render = leptos_axum::render_app_async_with_context(context, move || app::shell::document(options.clone()));
    let mut response = render(request).await.into_response();
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
