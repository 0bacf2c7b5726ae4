//! Who calls, and whether they may come in at all: a cookie becomes a [`Caller`] before anything is rendered.

use crate::state::AppState;
use app::caller::{Caller, Kept};
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::PersonId;
use tower_http::request_id::RequestId;
use tower_sessions::Session;

/// Keys of the session's record.
pub mod key {
    /// Whose session it is.
    pub const PERSON: &str = "person";
    /// A form that failed, until it is shown again.
    pub const KEPT: &str = "kept";
    /// Somebody whose password was right, until the code of their second factor is: it lets nobody in.
    pub const HALF: &str = "half";
    /// When the person last proved who they are.
    pub const PROVED: &str = "proved";
    /// A form that waits until its person has confirmed that it is them.
    pub const HELD: &str = "held";
    /// The provider that the session came from, and the sealed proof by which it is ended there.
    pub const CAME: &str = "came";
}

/// What is open to who is not signed in. Everything else is not, also what does not exist.
pub fn open_to_all(path: &str) -> bool {
    const EXACT: &[&str] = &[
        "/login",
        "/login/code",
        "/setup",
        "/status",
        "/calendar.ics",
        "/sign-in",
        "/set-up",
        "/accept-invitation",
        "/sign-out",
        "/forgot",
        "/forgot-password",
        "/reset-password",
        "/mark.svg",
        "/favicon.ico",
        "/robots.txt",
        "/site.webmanifest",
        "/health/live",
        "/health/ready",
        "/metrics",
    ];
    EXACT.contains(&path)
        || ["/pkg/", "/invite/", "/reset/", "/sign-in/", "/hooks/"]
            .iter()
            .any(|below| path.starts_with(below))
}

/// The middleware: documents are sent to sign in before rendering starts, calls get 401.
pub async fn admit(State(state): State<AppState>, session: Session, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/pkg/") {
        return next.run(request).await;
    }
    let document = wants_document(&request);
    let agent = agent(&request);
    let caller = match identify(&state, &session, stranger(&request), &agent, document).await {
        Ok(caller) => caller,
        Err(trouble) => return trouble,
    };
    crate::trace::asked_by(&request, if caller.me.is_some() { "person" } else { "nobody" });
    if caller.me.is_none() && !open_to_all(&path) {
        let wanted = request
            .uri()
            .path_and_query()
            .map_or("/", |wanted| wanted.as_str())
            .to_owned();
        return turn_away(&state, &caller, &wanted, document).await;
    }
    if document && path == "/login/code" && (caller.me.is_some() || !crate::second_factor::is_asked(&session).await) {
        return Redirect::to("/login").into_response();
    }
    if document && (path == "/login" || path == "/setup") {
        if caller.me.is_some() {
            return Redirect::to("/").into_response();
        }
        let set_up = state.place.set_up(&state.db).await;
        if path == "/login" && !set_up {
            return Redirect::to("/setup").into_response();
        }
        if path == "/setup" && set_up {
            return Redirect::to("/login").into_response();
        }
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

async fn identify(
    state: &AppState,
    session: &Session,
    mut caller: Caller,
    agent: &str,
    document: bool,
) -> Result<Caller, Response> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a session could not be read");
        crate::trouble::unavailable()
    };
    let person: Option<PersonId> = session.get(key::PERSON).await.map_err(|error| failed(&error))?;
    if let Some(person) = person {
        caller.me = store::access::me(&state.db, person)
            .await
            .map_err(|error| failed(&error))?;
    }
    if let (Some(_), Some(id)) = (&caller.me, session.id()) {
        let touched = store::access::touch(&state.db, &id, &caller.network, agent).await;
        caller.session = touched.map_err(|error| failed(&error))?;
        caller.proved = session.get(key::PROVED).await.map_err(|error| failed(&error))?;
    }
    if document {
        if let Some(me) = &caller.me {
            caller.unread = store::notice::unread(&state.db, &me.actor())
                .await
                .map_err(|error| failed(&error))?;
            caller.stop = store::stop::read(&state.db, &me.actor())
                .await
                .map_err(|error| failed(&error))?;
        }
        let kept: Option<Kept> = session.remove(key::KEPT).await.map_err(|error| failed(&error))?;
        caller.kept = kept.unwrap_or_default();
    }
    Ok(caller)
}

/// What the request itself says of its caller.
fn stranger(request: &Request) -> Caller {
    Caller {
        request_id: request_id(request),
        network: crate::network::name_of(request.extensions()),
        form_post: request.method() == Method::POST && accepts_html(request),
        ..Caller::default()
    }
}

/// What the browser says of itself.
fn agent(request: &Request) -> String {
    let agent = request.headers().get(header::USER_AGENT);
    agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

async fn turn_away(state: &AppState, caller: &Caller, wanted: &str, document: bool) -> Response {
    if !document {
        return crate::trouble::signed_out(&caller.request_id);
    }
    if !state.place.set_up(&state.db).await {
        return Redirect::to("/setup").into_response();
    }
    if wanted == "/" {
        return Redirect::to("/login").into_response();
    }
    let query = serde_urlencoded::to_string([("next", wanted)]).unwrap_or_default();
    Redirect::to(&format!("/login?{query}")).into_response()
}

/// The id under which the log knows this request.
pub fn request_id(request: &Request) -> String {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok());
    id.unwrap_or_default().to_owned()
}

/// A page that a browser navigates to, not a call of a script.
fn wants_document(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD) && accepts_html(request)
}

/// Whether the answer is for a browser that navigates.
pub fn accepts_html(request: &Request) -> bool {
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
