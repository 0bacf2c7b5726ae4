//! The second step of sign-in. Between the password and the code, somebody stands in their session by half: nothing looks there but this file.

use crate::caller::key;
use crate::identity::now;
use crate::sign_in::{Page, code, enter, login};
use crate::state::AppState;
use app::caller::Caller;
use app::error::Code;
use axum::extract::{Extension, Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::{FLOW_S, Refusal};
use serde::{Deserialize, Serialize};
use store::access::Half;
use tower_sessions::Session;

/// A sign-in whose code is missing.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Begun {
    half: Half,
    /// Where they wanted to go.
    next: String,
    at: DateTime<Utc>,
}

/// Keeps that the password was right, and leads to the page that asks for the code. The old id of the session is of no use to whoever planted it.
pub async fn ask(session: &Session, half: Half, next: &str) -> Response {
    let begun = Begun {
        half,
        next: next.to_owned(),
        at: now(),
    };
    let kept = async {
        session.cycle_id().await?;
        // Whoever was signed in here before is not any more.
        session.remove_value(key::PERSON).await?;
        session.insert(key::HALF, begun).await
    };
    match kept.await {
        Ok(()) => Redirect::to("/login/code").into_response(),
        Err(error) => {
            tracing::error!(%error, "a session could not be made");
            crate::trouble::unavailable()
        }
    }
}

/// Whether a code is waited for in this browser.
pub async fn is_asked(session: &Session) -> bool {
    begun(session).await.is_some()
}

/// What was begun, and not too long ago.
async fn begun(session: &Session) -> Option<Begun> {
    let begun: Begun = session.get(key::HALF).await.ok().flatten()?;
    let age = now() - begun.at;
    (age >= TimeDelta::zero() && age <= TimeDelta::seconds(FLOW_S)).then_some(begun)
}

/// The form with the code.
#[derive(Debug, Deserialize)]
pub struct CodeForm {
    #[serde(default)]
    code: String,
}

/// POST /sign-in/code
pub async fn enter_code(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Form(form): Form<CodeForm>,
) -> Response {
    let Some(begun) = begun(&session).await else {
        return again(&session, &caller, "").await;
    };
    let entered = store::access::enter_code(&state.db, &state.vault, begun.half, &form.code, &caller.network).await;
    match entered.map_err(code) {
        Ok(person) => enter(&session, person, &begun.next).await,
        Err(Code::Identity { .. }) => again(&session, &caller, &begun.next).await,
        Err(code) => {
            let page = Page {
                path: "/sign-in/code",
                back: "/login/code".into(),
                fields: Vec::new(),
            };
            page.failed(&session, &caller, code).await
        }
    }
}

/// Back to the password: nothing that was begun counts any more.
async fn again(session: &Session, caller: &Caller, next: &str) -> Response {
    if let Err(error) = session.remove_value(key::HALF).await {
        tracing::warn!(%error, "a sign-in that was begun could not be forgotten");
    }
    let page = Page {
        path: "/sign-in",
        back: login(if next == "/" { "" } else { next }),
        fields: Vec::new(),
    };
    page.failed(session, caller, Code::Identity { why: Refusal::Stale })
        .await
}
