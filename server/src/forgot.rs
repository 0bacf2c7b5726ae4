//! A forgotten password: plain forms, for people who are not signed in.

use crate::sign_in::{Page, code};
use crate::state::AppState;
use app::caller::Caller;
use axum::extract::{Extension, Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

/// The form that asks for a link.
#[derive(Debug, Deserialize)]
pub struct Forgot {
    #[serde(default)]
    email: String,
}

/// POST /forgot-password: the same answer whether somebody has the address or not.
pub async fn forgot(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Form(form): Form<Forgot>,
) -> Response {
    match store::access::forgot(&state.db, &state.vault, &form.email, &caller.network).await {
        Ok(()) => Redirect::to("/forgot?asked=1").into_response(),
        Err(error) => {
            let page = Page {
                path: "/forgot-password",
                back: "/forgot".into(),
                fields: vec![("email", form.email)],
            };
            page.failed(&session, &caller, code(error)).await
        }
    }
}

/// The form behind a link.
#[derive(Debug, Deserialize)]
pub struct Reset {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
}

/// POST /reset-password
pub async fn reset(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Form(form): Form<Reset>,
) -> Response {
    match store::access::reset_password(&state.db, &form.token, &form.password).await {
        Ok(_) => Redirect::to("/login").into_response(),
        Err(error) => {
            // The token is part of an address here: only what it may be made of goes there.
            let token: String = form
                .token
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
                .collect();
            let page = Page {
                path: "/reset-password",
                back: format!("/reset/{token}"),
                fields: Vec::new(),
            };
            page.failed(&session, &caller, code(error)).await
        }
    }
}
