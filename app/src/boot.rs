//! What a page knows from its first byte: the same on the server and, serialised into the page, in the browser.

use crate::caller::Kept;
use chrono::{DateTime, Utc};
use domain::access::{Actor, Me, Theme, Zone};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Who reads, when the page was made, and what a failed form held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boot {
    pub me: Option<Me>,
    /// How many of the reader's notices are not read.
    pub unread: i64,
    /// The stop of the line, if one stands.
    pub stop: Option<domain::stop::Stop>,
    /// When the reader last proved in this session who they are.
    pub proved: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
    pub kept: Kept,
    pub request_id: String,
}

/// Reads it from the request on the server, and from the page in the browser. Call once, at the root.
pub fn provide_boot() -> Boot {
    let boot = SharedValue::new(of_request).into_inner();
    provide_context(boot.clone());
    boot
}

/// What the page knows of its reader.
pub fn boot() -> Boot {
    expect_context::<Boot>()
}

/// The reader, on pages that only signed-in people see.
pub fn me() -> Option<Me> {
    use_context::<Boot>().and_then(|boot| boot.me)
}

/// The reader as somebody who asks: for the rules that explain a button.
pub fn me_as_actor() -> Option<Actor> {
    me().map(|me| me.actor())
}

/// What was typed into a field of a form that failed without wasm.
pub fn kept(path: &str, field: &str) -> Option<String> {
    use_context::<Boot>().and_then(|boot| boot.kept.get(path, field))
}

/// What was chosen in a field that may be sent several times.
pub fn kept_all(path: &str, field: &str) -> Vec<String> {
    let fields = use_context::<Boot>()
        .filter(|boot| boot.kept.path == path)
        .map(|boot| boot.kept.fields)
        .unwrap_or_default();
    fields
        .into_iter()
        .filter(|(name, _)| name == field)
        .map(|(_, value)| value)
        .collect()
}

impl Boot {
    /// The reader's time zone; UTC for who is not signed in.
    pub fn zone(&self) -> Zone {
        self.me.as_ref().map(|me| me.zone.clone()).unwrap_or_default()
    }

    /// The reader's theme.
    pub fn theme(&self) -> Theme {
        self.me.as_ref().map(|me| me.theme).unwrap_or_default()
    }
}

#[cfg(feature = "ssr")]
fn of_request() -> Boot {
    let caller = crate::caller::caller();
    let now = use_context::<ServerNow>().map_or(DateTime::UNIX_EPOCH, |now| now.0);
    Boot {
        me: caller.me,
        unread: caller.unread,
        stop: caller.stop,
        proved: caller.proved,
        now,
        kept: caller.kept,
        request_id: caller.request_id,
    }
}

/// The moment of a request, given by the server: this crate has no clock of its own there.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy)]
pub struct ServerNow(pub DateTime<Utc>);

#[cfg(not(feature = "ssr"))]
fn of_request() -> Boot {
    Boot {
        me: None,
        unread: 0,
        stop: None,
        proved: None,
        now: DateTime::UNIX_EPOCH,
        kept: Kept::default(),
        request_id: String::new(),
    }
}

/// Why a form that is posted to the server itself (sign-in, set-up, invitation) failed.
pub fn kept_error(path: &str) -> Option<crate::error::AppError> {
    kept(path, "error").and_then(|text| serde_json::from_str(&text).ok())
}

/// The zone of the rules, as the clock of the page wants it.
pub fn ui_zone(zone: &Zone) -> crate::ui::Zone {
    let minutes = zone.offsets.first().map_or(0, |(_, minutes)| *minutes);
    crate::ui::Zone {
        name: zone.name.clone(),
        minutes,
        changes: zone.offsets.clone(),
    }
}
