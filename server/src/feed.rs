//! `GET /calendar.ics`: the calendar for programs, let in by the key in the address.

use crate::state::AppState;
use app::caller::Caller;
use app::freeze::words;
use axum::extract::{Extension, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::freeze::{Entry, PlannedRelease, TimeKind};
use icalendar::{Calendar, Component, Event, EventLike};
use serde::Deserialize;
use store::freeze::Feed;

/// What the address carries.
#[derive(Debug, Deserialize)]
pub struct Keyed {
    #[serde(default)]
    key: String,
}

/// Freezes, windows and planned releases, a month back and a year ahead.
pub async fn calendar(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Query(Keyed { key }): Query<Keyed>,
) -> Response {
    let feed = match store::freeze::feed(&state.db, &key).await {
        Ok(Some(feed)) => feed,
        Ok(None) => {
            let said = "This address of the calendar has ended, or never was one.";
            return crate::trouble::problem(StatusCode::UNAUTHORIZED, "no-such-feed", said, &caller.request_id);
        }
        Err(error) => {
            tracing::error!(%error, "the calendar could not be read");
            return crate::trouble::unavailable();
        }
    };
    let kind = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    (kind, written(&feed, &state.place.address).to_string()).into_response()
}

/// The feed as iCalendar. Each event keeps its id, so that a program moves it instead of making another.
fn written(feed: &Feed, address: &str) -> Calendar {
    let mut calendar = Calendar::new();
    calendar.name("Slipway").ttl(&chrono::TimeDelta::minutes(15));
    for entry in &feed.entries {
        calendar.push(time(feed, entry, address));
    }
    for release in &feed.planned {
        calendar.push(planned(feed, release, address));
    }
    calendar.done()
}

fn time(feed: &Feed, entry: &Entry, address: &str) -> Event {
    let word = match entry.kind {
        TimeKind::Freeze => "Freeze",
        TimeKind::Window => "Window",
    };
    Event::new()
        .uid(&format!("{}-{}@slipway", entry.rule, entry.from.timestamp()))
        .timestamp(feed.now)
        .starts(entry.from)
        .ends(entry.to)
        .summary(&format!(
            "{word}: {} ({})",
            entry.name,
            words::place(entry.place, &feed.places)
        ))
        .url(&format!("{address}/calendar/{}", entry.rule))
        .done()
}

fn planned(feed: &Feed, release: &PlannedRelease, address: &str) -> Event {
    Event::new()
        .uid(&format!("{}@slipway", release.release))
        .timestamp(feed.now)
        .starts(release.window.opens_at)
        .ends(release.window.closes_at)
        .summary(&format!("{} {}: {}", release.service, release.version, release.title))
        .url(&format!("{address}/releases/{}/{}", release.service, release.version))
        .done()
}
