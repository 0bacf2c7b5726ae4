//! Who asks, and what is their own: the profile, and the browsers in which they are signed in. Not the password: what a token sets would outlast it.

use super::answer::{Answer, Asks, Listed, Sent};
use super::person::Person;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::access::{OpenSession, browser};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(me, change))
        .routes(routes!(sessions, end_all))
        .routes(routes!(end))
}

/// How pages look for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "dark")]
pub enum Theme {
    /// As the system says.
    System,
    Light,
    Dark,
}

impl From<domain::access::Theme> for Theme {
    fn from(theme: domain::access::Theme) -> Theme {
        match theme {
            domain::access::Theme::System => Theme::System,
            domain::access::Theme::Light => Theme::Light,
            domain::access::Theme::Dark => Theme::Dark,
        }
    }
}

impl From<Theme> for domain::access::Theme {
    fn from(theme: Theme) -> domain::access::Theme {
        match theme {
            Theme::System => domain::access::Theme::System,
            Theme::Light => domain::access::Theme::Light,
            Theme::Dark => domain::access::Theme::Dark,
        }
    }
}

/// Who asks, how pages look for them, and what the token may.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "person": {"id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "name": "Ana Ruiz", "email": "ana@example.com", "role": "engineer", "active": true},
    "zone": "Europe/Berlin", "theme": "dark", "scopes": ["read", "plan"]
}))]
pub struct Me {
    pub person: Person,
    /// The time zone in which pages show times, by its IANA name.
    pub zone: String,
    pub theme: Theme,
    /// Of the token that was sent: `read`, `profile`, `plan`, `deploy`, `incident`, `approve`, `administer`.
    pub scopes: Vec<String>,
}

/// Who asks
#[utoipa::path(get, path = "/me", tag = "you", responses((status = 200, description = "The person, and the token's scopes", body = Me)))]
async fn me(asks: Asks) -> Answer {
    let scopes = asks.actor.token.iter().flat_map(|used| used.scopes.iter());
    Ok(Json(Me {
        scopes: scopes.map(|scope| scope.key().to_owned()).collect(),
        zone: asks.me.zone.name,
        theme: asks.me.theme.into(),
        person: asks.me.person.into(),
    })
    .into_response())
}

/// What changes of your profile. What is left out stays.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"zone": "Europe/Berlin"}))]
pub struct MeChange {
    #[serde(default)]
    pub name: Option<String>,
    /// An IANA name, such as `Europe/Berlin`.
    #[serde(default)]
    pub zone: Option<String>,
    #[serde(default)]
    pub theme: Option<Theme>,
}

/// Change your name, time zone or theme, with the scope `profile`
#[utoipa::path(patch, path = "/me", tag = "you", request_body = MeChange, responses((status = 204, description = "It is so now")))]
async fn change(State(state): State<AppState>, asks: Asks, Sent(change): Sent<MeChange>) -> Answer {
    let name = change.name.unwrap_or(asks.me.person.name);
    let zone = change.zone.unwrap_or(asks.me.zone.name);
    let theme = change.theme.map_or(asks.me.theme, Into::into);
    store::access::save_profile(&state.db, &asks.actor, &name, &zone, theme).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A browser in which you are signed in.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "number": 41, "since": "2026-01-15T10:00:00Z", "seen_at": "2026-01-15T11:00:00Z", "network": "192.0.2.7", "browser": "Firefox on Linux"
}))]
pub struct Session {
    /// Names it, and opens nothing.
    pub number: i64,
    pub since: DateTime<Utc>,
    /// The last request, to the minute.
    pub seen_at: DateTime<Utc>,
    /// Where that came from.
    pub network: String,
    /// What the browser said of itself, in short.
    pub browser: String,
}

impl From<OpenSession> for Session {
    fn from(session: OpenSession) -> Session {
        Session {
            number: session.number,
            since: session.since,
            seen_at: session.seen_at,
            network: session.network,
            browser: browser(&session.agent),
        }
    }
}

/// Where you are signed in
#[utoipa::path(get, path = "/me/sessions", tag = "you", responses((status = 200, description = "The one used last first", body = Listed<Session>)))]
async fn sessions(State(state): State<AppState>, asks: Asks) -> Answer {
    let sessions = store::access::sessions(&state.db, &asks.actor).await?;
    Ok(Json(Listed::whole(sessions.into_iter().map(Session::from))).into_response())
}

/// Sign out everywhere, with the scope `profile`
#[utoipa::path(delete, path = "/me/sessions", tag = "you", responses((status = 204, description = "No browser is signed in any more")))]
async fn end_all(State(state): State<AppState>, asks: Asks) -> Answer {
    store::access::end_others(&state.db, &asks.actor, None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// End one of your sessions, with the scope `profile`
#[utoipa::path(delete, path = "/me/sessions/{number}", tag = "you", params(("number" = i64, Path, example = 41)),
    responses((status = 204, description = "That browser is signed out")))]
async fn end(State(state): State<AppState>, asks: Asks, Path(number): Path<String>) -> Answer {
    let number = number.parse().map_err(|_| super::answer::Refused::not_found())?;
    store::access::end_session(&state.db, &asks.actor, number).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
