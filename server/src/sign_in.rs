//! Sign-in, sign-out, set-up and the accepting of an invitation: plain forms, since they change the session.

use crate::caller::key;
use crate::config::is_loopback;
use crate::state::AppState;
use app::caller::Caller;
use app::error::{AppError, Code};
use axum::extract::{Extension, Form, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::field::{FieldErrors, Problem};
use domain::id::PersonId;
use serde::Deserialize;
use tower_sessions::Session;

/// The sign-in form.
#[derive(Debug, Deserialize)]
pub struct SignIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// POST /sign-in
pub async fn sign_in(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Response {
    let page = Page {
        path: "/sign-in",
        back: login(&form.next),
        fields: vec![("email", form.email.clone())],
    };
    if let Some(refused) = plain_http_elsewhere(&state, &headers) {
        return page.failed(&session, &caller, refused).await;
    }
    match store::access::sign_in(&state.db, &form.email, &form.password, &caller.network).await {
        Ok(person) => enter(&session, person, &local(&form.next)).await,
        Err(store::Error::Rule(store::Rule::CodeNeeded(half))) => {
            crate::second_factor::ask(&session, half, &local(&form.next)).await
        }
        Err(error) => page.failed(&session, &caller, code(error)).await,
    }
}

/// POST /sign-out
pub async fn sign_out(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
) -> Response {
    if let Some(me) = caller.me
        && let Err(error) = store::access::signed_out(&state.db, me.person.id).await
    {
        tracing::warn!(%error, "a sign-out was not recorded");
    }
    let elsewhere = crate::identity::end_at_provider(&state, &session).await;
    match session.flush().await {
        Ok(()) => elsewhere.unwrap_or_else(|| Redirect::to("/login").into_response()),
        Err(error) => {
            tracing::error!(%error, "a session could not be ended");
            crate::trouble::unavailable()
        }
    }
}

/// The set-up form.
#[derive(Debug, Deserialize)]
pub struct SetUp {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// POST /set-up
pub async fn set_up(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Form(form): Form<SetUp>,
) -> Response {
    match store::access::set_up(&state.db, form.code.trim(), &form.name, &form.email, &form.password).await {
        Ok(person) => enter(&session, person, "/").await,
        Err(error) => {
            let fields = vec![("name", form.name), ("email", form.email)];
            Page {
                path: "/set-up",
                back: "/setup".into(),
                fields,
            }
            .failed(&session, &caller, code(error))
            .await
        }
    }
}

/// The form behind an invitation link.
#[derive(Debug, Deserialize)]
pub struct Accept {
    #[serde(default)]
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// POST /accept-invitation
pub async fn accept(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Form(form): Form<Accept>,
) -> Response {
    match store::access::accept_invitation(&state.db, &form.token, &form.name, &form.password).await {
        Ok(person) => enter(&session, person, "/").await,
        Err(error) => {
            let page = Page {
                path: "/accept-invitation",
                back: invitation(&form.token),
                fields: vec![("name", form.name)],
            };
            page.failed(&session, &caller, code(error)).await
        }
    }
}

/// The sign-in page, which leads on to where somebody wanted to go.
pub fn login(next: &str) -> String {
    match next {
        "" => "/login".to_owned(),
        next => format!(
            "/login?{}",
            serde_urlencoded::to_string([("next", next)]).unwrap_or_default()
        ),
    }
}

/// The page of an invitation. The token is part of an address here: only what it may be made of goes there.
pub fn invitation(token: &str) -> String {
    let token: String = token
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    format!("/invite/{token}")
}

/// A new session for this person; the old id is of no use to whoever planted it.
pub async fn enter(session: &Session, person: PersonId, next: &str) -> Response {
    let entered = async {
        session.cycle_id().await?;
        session.remove_value(key::CAME).await?;
        session.remove_value(key::HALF).await?;
        session.insert(key::PROVED, crate::identity::now()).await?;
        session.insert(key::PERSON, person).await
    };
    match entered.await {
        Ok(()) => Redirect::to(next).into_response(),
        Err(error) => {
            tracing::error!(%error, "a session could not be made");
            crate::trouble::unavailable()
        }
    }
}

/// Where a failed form goes back to, and what of it is kept.
pub(crate) struct Page {
    pub path: &'static str,
    pub back: String,
    pub fields: Vec<(&'static str, String)>,
}

impl Page {
    pub async fn failed(self, session: &Session, caller: &Caller, code: Code) -> Response {
        if code == Code::Internal {
            tracing::error!(request_id = %caller.request_id, path = self.path, "a form failed");
        }
        let error = AppError {
            code,
            request_id: caller.request_id.clone(),
        };
        let mut fields: Vec<(String, String)> = self
            .fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        fields.push(("error".into(), serde_json::to_string(&error).unwrap_or_default()));
        crate::kept::remember(session, self.path.to_owned(), fields).await;
        Redirect::to(&self.back).into_response()
    }
}

pub(crate) fn code(error: store::Error) -> Code {
    if let store::Error::Db(why) = &error {
        tracing::error!(error = %why, "the database failed a form");
    }
    error.into()
}

/// Only a path of our own: anything else could lead away.
pub fn local(next: &str) -> String {
    let fine = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r']);
    if fine { next.to_owned() } else { "/".to_owned() }
}

/// Why nobody signs in by plain http from another machine; nothing where it is safe.
pub(crate) fn plain_http_elsewhere(state: &AppState, headers: &HeaderMap) -> Option<Code> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    if state.place.https() || is_loopback(host) {
        return None;
    }
    let why = "This instance is reached by plain http from another machine, where a password could be read on the way. Give it an https address \
               (SLIPWAY_PUBLIC_URL), or sign in on the machine itself.";
    let fields = FieldErrors::one("form", Problem::Unreadable { why: why.into() });
    Some(Code::Invalid { fields })
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn sign_in_leads_nowhere_else() {
        assert_eq!(local("/releases?x=1"), "/releases?x=1");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "", "x"] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }
}
