//! Every route of the server, and what stands before them.

use crate::state::AppState;
use crate::{
    caller, confirm, export, feed, forgot, github, guard, health, identity, kept, limit, live, metrics, network,
    sample, second_factor, sign_in, status_page, trace,
};
use app::boot::ServerNow;
use axum::Router;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use std::time::{Duration, SystemTime};
use store::session::Sessions;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration as CookieDuration;
use tower_sessions::{Expiry, SessionManagerLayer};

/// By which the log, the pages and the answers know a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The largest body that a request may have.
const BODY: usize = 1024 * 1024;

/// How long a call may take. The live stream is outside.
const LONGEST: Duration = Duration::from_secs(60);

/// A session ends after this long without a request.
const SESSION_DAYS: i64 = 14;

/// Paths of the plain routes, for the sweep that tries each as everybody: method and path.
pub const PLAIN: &[(&str, &str)] = &[
    ("POST", "/sign-in"),
    ("POST", "/sign-in/code"),
    ("POST", "/confirm/begin"),
    ("POST", "/confirm/password"),
    ("POST", "/sign-in/with/{provider}"),
    ("GET", "/sign-in/callback/{provider}"),
    ("POST", "/sign-out"),
    ("POST", "/set-up"),
    ("POST", "/accept-invitation"),
    ("POST", "/forgot-password"),
    ("POST", "/reset-password"),
    ("POST", "/sample/load"),
    ("POST", "/sample/remove"),
    ("GET", "/services/{name}/service.toml"),
    ("GET", "/incidents/{number}/report.md"),
    ("GET", "/administration/audit.jsonl"),
    ("GET", "/calendar.ics"),
    ("POST", "/hooks/github/{service}"),
    ("GET", "/live"),
    ("GET", "/status"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/api"),
    ("GET", "/api/openapi.json"),
];

/// The whole application.
pub fn router(state: AppState, prober: app::service::Prober) -> Router {
    let pages = generate_route_list(app::App);
    let context = {
        let db = state.db.clone();
        let vault = state.vault.clone();
        let here = health::here(&state);
        let discoverer = identity::discoverer(state.providers.clone());
        let address = app::service::PublicAddress(state.place.address.clone());
        move || {
            provide_context(db.clone());
            provide_context(vault.clone());
            provide_context(prober.clone());
            provide_context(discoverer.clone());
            provide_context(address.clone());
            provide_context(here.clone());
            provide_context(ServerNow(SystemTime::now().into()));
        }
    };
    let options = state.options.clone();
    let document = move || app::shell::document(options.clone());
    let plain = Router::new()
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-in/code", post(second_factor::enter_code))
        .route("/confirm/begin", post(confirm::begin))
        .route("/confirm/password", post(confirm::by_password))
        .route("/sign-in/with/{provider}", post(identity::start))
        .route("/sign-in/callback/{provider}", get(identity::callback))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/set-up", post(sign_in::set_up))
        .route("/accept-invitation", post(sign_in::accept))
        .route("/forgot-password", post(forgot::forgot))
        .route("/reset-password", post(forgot::reset))
        .route("/sample/load", post(sample::load))
        .route("/sample/remove", post(sample::remove))
        .route("/services/{name}/service.toml", get(export::service))
        .route("/incidents/{number}/report.md", get(export::report))
        .route("/administration/audit.jsonl", get(export::audit))
        .route("/calendar.ics", get(feed::calendar))
        .route("/hooks/github/{service}", post(github::hear_github))
        .route("/status", get(status_page::show))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show));
    let timed = Router::new()
        .leptos_routes_with_context(&state, pages, context, document)
        .merge(plain)
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, LONGEST))
        .layer(CompressionLayer::new());
    Router::new()
        .route("/live", get(live::stream))
        .merge(timed)
        .fallback(crate::fallback::page)
        .layer(from_fn(kept::keep))
        .layer(from_fn_with_state(state.clone(), caller::admit))
        .layer(sessions(&state))
        // Files of the front end need no session.
        .nest_service(
            "/pkg",
            ServeDir::new(state.place.site.join("pkg"))
                .precompressed_br()
                .precompressed_gzip(),
        )
        .route_service("/mark.svg", ServeFile::new(state.place.site.join("mark.svg")))
        .route_service("/favicon.ico", ServeFile::new(state.place.site.join("mark.svg")))
        .route_service("/robots.txt", ServeFile::new(state.place.site.join("robots.txt")))
        .route_service(
            "/site.webmanifest",
            ServeFile::new(state.place.site.join("site.webmanifest")),
        )
        // Programs come by token: a session counts for nothing there.
        .merge(crate::api::router(&state))
        // From the inside out: each layer below stands before the ones above.
        .layer(from_fn_with_state(state.clone(), guard::same_origin))
        .layer(from_fn_with_state(state.clone(), limit::strangers))
        .layer(from_fn_with_state(state.clone(), network::find))
        .layer(RequestBodyLimitLayer::new(BODY))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(state.clone(), guard::headers))
        .layer(from_fn_with_state(state.clone(), metrics::observe))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(from_fn(trace::follow))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(from_fn(guard::request_id_in_measure))
        .with_state(state)
}

fn span(request: &axum::extract::Request) -> tracing::Span {
    tracing::info_span!(
        "request",
        id = %caller::request_id(request),
        method = %request.method(),
        path = %request.uri().path(),
        trace = trace::id(),
    )
}

fn sessions(state: &AppState) -> SessionManagerLayer<Sessions> {
    let secure = state.place.https();
    SessionManagerLayer::new(Sessions(state.db.clone()))
        .with_name(if secure { "__Host-slipway" } else { "slipway" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(CookieDuration::days(SESSION_DAYS)))
}
