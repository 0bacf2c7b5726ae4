//! REST under `/api/v1`: the same use cases as the screens, by access token. Each route describes itself; the description is served beside them.
//!
//! Types on the wire are this module's own, so that the rules may change without breaking a program.

mod access;
mod account;
mod answer;
mod audit;
mod check;
mod checklist;
mod cursor;
mod deployment;
mod describe;
mod entry;
mod environment;
mod freeze;
mod gate;
mod home;
mod incident;
mod instance;
mod job;
mod notice;
mod once;
mod outside;
mod own;
mod page;
mod person;
mod provider;
mod release;
mod secret;
mod service;
mod source;
mod stop;
mod tag;
mod team;
mod token;
mod webhook;

pub use describe::description;

use crate::state::AppState;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;

/// Where the API is.
pub const BASE: &str = "/api/v1";

/// How long a call may take; a wait for a gate takes at most a minute of it.
const LONGEST: Duration = Duration::from_secs(90);

/// Every route with its description.
fn routes() -> OpenApiRouter<AppState> {
    let nouns = OpenApiRouter::new()
        .merge(own::routes())
        .merge(person::routes())
        .merge(token::routes())
        .merge(service::routes())
        .merge(environment::routes())
        .merge(release::routes())
        .merge(checklist::routes())
        .merge(check::routes())
        .merge(gate::routes())
        .merge(freeze::routes())
        .merge(stop::routes())
        .merge(deployment::routes())
        .merge(outside::routes())
        .merge(incident::routes())
        .merge(home::routes())
        .merge(notice::routes())
        .merge(team::routes())
        .merge(account::routes())
        .merge(access::routes())
        .merge(source::routes())
        .merge(webhook::routes())
        .merge(provider::routes())
        .merge(secret::routes())
        .merge(job::routes())
        .merge(audit::routes())
        .merge(instance::routes());
    OpenApiRouter::with_openapi(describe::head()).nest(BASE, nouns)
}

/// The API, its description and the page to read it. It knows no session: a cookie counts for nothing here.
pub fn router(state: &AppState) -> Router<AppState> {
    let (nouns, _) = routes().split_for_parts();
    let gate = entry::Gate::new(state.clone());
    let called = nouns
        .route("/api/{*rest}", axum::routing::any(answer::nothing_here))
        .method_not_allowed_fallback(answer::wrong_method)
        // From the inside out: an answer is tagged, then kept under its key, and only for who was let in.
        .layer(from_fn(tag::tag))
        .layer(from_fn_with_state(state.clone(), once::once))
        .layer(from_fn_with_state(gate, entry::enter))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, LONGEST));
    let open = Router::new()
        .route("/api", get(page::show))
        .route("/api/openapi.json", get(page::document));
    Router::new()
        .merge(called)
        .merge(open)
        .layer(from_fn(answer::as_problem))
        .layer(CompressionLayer::new())
}
