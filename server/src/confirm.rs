//! Somebody who is signed in confirms that it is them: plain forms, since they change the session. What they had typed waits until they are back.

use crate::caller::key;
use crate::identity::now;
use crate::sign_in::{Page, code, local};
use crate::state::AppState;
use app::caller::{Caller, Kept};
use axum::extract::{Extension, Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tower_sessions::Session;

/// The form of a decision, on its way to the confirmation.
#[derive(Debug, Deserialize)]
pub struct Begin {
    #[serde(default)]
    next: String,
    #[serde(default)]
    comment: String,
}

/// POST /confirm/begin: keeps what was typed, and leads to the page that asks.
pub async fn begin(session: Session, Form(form): Form<Begin>) -> Response {
    let held = Kept {
        path: "/call/gate/decide".into(),
        fields: vec![("comment".into(), form.comment)],
    };
    if let Err(error) = session.insert(key::HELD, held).await {
        tracing::warn!(%error, "a form could not be held until its person has confirmed");
    }
    Redirect::to(&page(&form.next)).into_response()
}

/// The page that asks, which leads back.
pub fn page(next: &str) -> String {
    let query = serde_urlencoded::to_string([("next", local(next))]).unwrap_or_default();
    format!("/confirm?{query}")
}

/// The form with the password.
#[derive(Debug, Deserialize)]
pub struct ByPassword {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// POST /confirm/password
pub async fn by_password(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Form(form): Form<ByPassword>,
) -> Response {
    let Some(me) = &caller.me else {
        return crate::trouble::signed_out(&caller.request_id);
    };
    match store::access::prove(&state.db, &state.vault, &me.actor(), &form.password, &form.code).await {
        Ok(()) => back(&session, now(), &form.next).await,
        Err(error) => {
            let asking = Page {
                path: "/confirm/password",
                back: page(&form.next),
                fields: Vec::new(),
            };
            asking.failed(&session, &caller, code(error)).await
        }
    }
}

/// Keeps when they proved it, and leads back to what they had typed.
pub async fn back(session: &Session, at: DateTime<Utc>, next: &str) -> Response {
    let proved = async {
        session.insert(key::PROVED, at).await?;
        if let Some(held) = session.remove::<Kept>(key::HELD).await? {
            session.insert(key::KEPT, held).await?;
        }
        Ok::<(), tower_sessions::session::Error>(())
    };
    match proved.await {
        Ok(()) => Redirect::to(&local(next)).into_response(),
        Err(error) => {
            tracing::error!(%error, "it could not be kept that somebody proved who they are");
            crate::trouble::unavailable()
        }
    }
}
