//! The way to a provider and back. It begins by a form of ours, so that no other site begins it, and ends by the provider's redirect.

use super::flow::{self, Flow, Purpose};
use super::{Arrived, now};
use crate::caller::key;
use crate::sign_in::{Page, code, enter, invitation, local, login, plain_http_elsewhere};
use crate::state::AppState;
use app::caller::Caller;
use app::error::Code;
use axum::extract::{Extension, Form, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use domain::identity::Refusal;
use serde::{Deserialize, Serialize};
use store::access::Client;
use tower_sessions::Session;

/// What a button sends along.
#[derive(Debug, Deserialize)]
pub struct Start {
    #[serde(default)]
    next: String,
    /// The token of an invitation that is to be accepted.
    #[serde(default)]
    invitation: String,
    /// `true`: links it to who is signed in.
    #[serde(default)]
    link: String,
    /// `true`: who is signed in confirms that it is them.
    #[serde(default)]
    confirm: String,
}

/// What the provider's redirect brings.
#[derive(Debug, Deserialize)]
pub struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    /// Who answers (RFC 9207), where a provider says it.
    iss: Option<String>,
}

/// POST /sign-in/with/{provider}
pub async fn start(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Start>,
) -> Response {
    let page = match (form.link.as_str(), form.confirm.as_str(), form.invitation.as_str()) {
        ("true", ..) => linking(),
        (_, "true", _) => confirming(&form.next),
        (.., "") => signing_in(&form.next),
        (.., token) => Page {
            path: "/accept-invitation",
            back: invitation(token),
            fields: Vec::new(),
        },
    };
    if let Some(refused) = plain_http_elsewhere(&state, &headers) {
        return page.failed(&session, &caller, refused).await;
    }
    match begin(&state, &session, &caller, &slug, form).await {
        Ok(url) => leave(&url),
        Err(code) => page.failed(&session, &caller, code).await,
    }
}

async fn begin(state: &AppState, session: &Session, caller: &Caller, slug: &str, form: Start) -> Result<String, Code> {
    let purpose = if form.link == "true" {
        Purpose::Link(caller.me.as_ref().ok_or(Code::SignedOut)?.person.id)
    } else if form.confirm == "true" {
        Purpose::Confirm {
            person: caller.me.as_ref().ok_or(Code::SignedOut)?.person.id,
            next: local(&form.next),
        }
    } else if form.invitation.is_empty() {
        Purpose::SignIn {
            next: local(&form.next),
        }
    } else {
        let open = store::access::invitation(&state.db, &form.invitation).await;
        Purpose::Accept(open.map_err(code)?.id)
    };
    let client = store::access::provider_to_enter(&state.db, &state.vault, slug)
        .await
        .map_err(code)?;
    let begun = state
        .providers
        .begin(&client, &address(state, slug), form.confirm == "true")
        .await
        .map_err(refused)?;
    let flow = Flow {
        provider: slug.to_owned(),
        state: begun.state,
        nonce: begun.nonce,
        verifier: begun.verifier,
        purpose,
        at: now(),
    };
    flow::keep(session, flow).await.map_err(|error| lost(&error))?;
    Ok(begun.url)
}

/// GET /sign-in/callback/{provider}
pub async fn callback(
    State(state): State<AppState>,
    session: Session,
    Extension(caller): Extension<Caller>,
    Path(slug): Path<String>,
    Query(back): Query<Back>,
) -> Response {
    let flow = match flow::take(&session, &slug, &back.state, now()).await {
        Ok(Some(flow)) => flow,
        Ok(None) if caller.me.is_some() => return linking().failed(&session, &caller, refused(Refusal::Stale)).await,
        Ok(None) => return signing_in("").failed(&session, &caller, refused(Refusal::Stale)).await,
        Err(error) => return signing_in("").failed(&session, &caller, lost(&error)).await,
    };
    let page = match &flow.purpose {
        Purpose::SignIn { next } => signing_in(if next == "/" { "" } else { next }),
        Purpose::Link(_) => linking(),
        Purpose::Confirm { next, .. } => confirming(next),
        // The invitation's own address is not kept: its link still works.
        Purpose::Accept(_) => signing_in(""),
    };
    match arrive(&state, &session, &caller, &flow, back).await {
        Ok(response) => response,
        Err(code) => page.failed(&session, &caller, code).await,
    }
}

async fn arrive(
    state: &AppState,
    session: &Session,
    caller: &Caller,
    flow: &Flow,
    back: Back,
) -> Result<Response, Code> {
    let client = store::access::provider_to_enter(&state.db, &state.vault, &flow.provider)
        .await
        .map_err(code)?;
    let own = client.provider.issuer.as_str();
    if back.iss.as_deref().is_some_and(|iss| iss != own) {
        return Err(refused(Refusal::NotTrusted));
    }
    match back.error.as_str() {
        "" => {}
        "access_denied" => return Err(refused(Refusal::Declined)),
        error => {
            let error: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
            tracing::warn!(provider = flow.provider, error, "a provider answered with an error");
            return Err(refused(Refusal::Misconfigured));
        }
    }
    // Who began to link, or to confirm, has to be who comes back.
    if let Purpose::Link(person) | Purpose::Confirm { person, .. } = &flow.purpose
        && caller.me.as_ref().is_none_or(|me| me.person.id != *person)
    {
        return Err(refused(Refusal::Stale));
    }
    let callback = address(state, &flow.provider);
    let arrived = state
        .providers
        .finish(&client, &callback, back.code, flow)
        .await
        .map_err(refused)?;
    let Some(wish) = flow.purpose.wish() else {
        return confirm(state, session, caller, flow, &arrived).await;
    };
    let person = store::access::enter(&state.db, &flow.provider, &arrived.asserted, wish)
        .await
        .map_err(code)?;
    let next = match &flow.purpose {
        Purpose::Link(_) => return Ok(Redirect::to("/profile/sign-in?saved=linked").into_response()),
        Purpose::SignIn { next } | Purpose::Confirm { next, .. } => next.as_str(),
        Purpose::Accept(_) => "/",
    };
    let response = enter(session, person, next).await;
    // A provider that knew them already says when they last proved it.
    let proved = arrived.proved.map_or_else(now, |at| at.min(now()));
    if let Err(error) = session.insert(key::PROVED, proved).await {
        tracing::warn!(%error, "when somebody proved who they are was not kept");
    }
    remember(state, session, &client, &arrived).await;
    Ok(response)
}

/// Who is signed in proved again who they are.
async fn confirm(
    state: &AppState,
    session: &Session,
    caller: &Caller,
    flow: &Flow,
    arrived: &Arrived,
) -> Result<Response, Code> {
    let (Purpose::Confirm { next, .. }, Some(me)) = (&flow.purpose, &caller.me) else {
        return Err(refused(Refusal::Stale));
    };
    if !domain::identity::asked_again(arrived.tells, arrived.proved, flow.at) {
        return Err(refused(Refusal::NotAskedAgain));
    }
    store::access::prove_by(&state.db, &me.actor(), &flow.provider, &arrived.asserted)
        .await
        .map_err(code)?;
    Ok(crate::confirm::back(session, now(), next).await)
}

fn confirming(next: &str) -> Page {
    Page {
        path: "/sign-in/with",
        back: crate::confirm::page(next),
        fields: Vec::new(),
    }
}

fn signing_in(next: &str) -> Page {
    Page {
        path: "/sign-in",
        back: login(next),
        fields: Vec::new(),
    }
}

fn linking() -> Page {
    Page {
        path: "/sign-in/with",
        back: "/profile/sign-in".into(),
        fields: Vec::new(),
    }
}

fn refused(why: Refusal) -> Code {
    Code::Identity { why }
}

fn lost(error: &tower_sessions::session::Error) -> Code {
    tracing::error!(%error, "a session could not be kept");
    Code::Internal
}

/// Where a provider sends people back to.
fn address(state: &AppState, slug: &str) -> String {
    format!("{}/sign-in/callback/{slug}", state.place.address)
}

/// Where a session came from.
#[derive(Debug, Serialize, Deserialize)]
struct Came {
    provider: String,
    /// The ID token, sealed: it says who the person is.
    proof: String,
}

const PROOF: &str = "session-proof";

async fn remember(state: &AppState, session: &Session, client: &Client, arrived: &Arrived) {
    let Some(token) = &arrived.id_token else { return };
    let Ok(sealed) = state.vault.seal(PROOF, token.as_bytes()) else {
        return;
    };
    let came = Came {
        provider: client.provider.slug.clone(),
        proof: BASE64_STANDARD_NO_PAD.encode(sealed),
    };
    if let Err(error) = session.insert(key::CAME, came).await {
        tracing::warn!(%error, "where a session came from was not kept: it is not ended there");
    }
}

/// The answer that ends the session at the provider too, when it came from one that offers that.
pub async fn end_at_provider(state: &AppState, session: &Session) -> Option<Response> {
    let came: Came = session.get(key::CAME).await.ok().flatten()?;
    let sealed = BASE64_STANDARD_NO_PAD.decode(&came.proof).ok()?;
    let token = String::from_utf8(state.vault.open(PROOF, &sealed).ok()?).ok()?;
    let client = store::access::provider_to_enter(&state.db, &state.vault, &came.provider)
        .await
        .ok()?;
    let back = format!("{}/login", state.place.address);
    let url = state.providers.sign_out(&client, &token, &back).await?;
    Some(leave(&url))
}

/// A page that leads to another site at once. A redirect would not do: browsers refuse one that follows a form when the page's policy lets forms
/// go nowhere else, and ours does.
fn leave(url: &str) -> Response {
    let url = url
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"refresh\" content=\"0; url={url}\"><title>Slipway</title><p>Going on to <a href=\"{url}\">where you sign in or out</a>.</p></html>"
    ))
    .into_response()
}
