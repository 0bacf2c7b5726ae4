//! Calls about freezes and windows.

use super::form::PostedTime;
use crate::error::AppError;
use chrono::{DateTime, Utc};
use domain::freeze::{CalendarPage, PlaceNames, Preview, TimeRule};
use domain::id::{EnvironmentId, ReleaseId, TimeRuleId};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// What the form of a freeze or window needs beside it: none for a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimePage {
    pub rule: Option<TimeRule>,
    pub places: PlaceNames,
    pub zones: Vec<String>,
}

/// Freezes and windows in force, and all that is in a period.
#[server(prefix = "/call", endpoint = "freeze/calendar", input = GetUrl)]
pub async fn read_calendar(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<CalendarPage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::freeze::page(&db, &actor, from, to).await?)
}

/// One freeze or window, with what its form offers.
#[server(prefix = "/call", endpoint = "freeze/one", input = GetUrl)]
pub async fn read_time(id: Option<TimeRuleId>) -> Result<TimePage, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let (rule, places) = store::freeze::one(&db, &actor, id).await?;
    let zones = store::access::zone_names().into_iter().map(str::to_owned).collect();
    Ok(TimePage { rule, places, zones })
}

/// Since when the reader has an address of the calendar of their own.
#[server(prefix = "/call", endpoint = "freeze/feed", input = GetUrl)]
pub async fn read_feed() -> Result<Option<DateTime<Utc>>, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::freeze::feed_since(&db, &actor).await?)
}

/// Makes an address of the calendar for the reader, or another one, which ends the first. It is in the answer, and nowhere else.
#[server(prefix = "/call", endpoint = "freeze/feed-make")]
pub async fn make_feed() -> Result<String, AppError> {
    let (db, actor) = crate::caller::actor()?;
    let key = store::freeze::make_feed(&db, &actor).await?;
    let address = format!(
        "{}/calendar.ics?key={key}",
        expect_context::<crate::service::PublicAddress>().0
    );
    crate::caller::show_once("address", &address);
    Ok(address)
}

/// Ends the reader's address of the calendar.
#[server(prefix = "/call", endpoint = "freeze/feed-end")]
pub async fn end_feed() -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::freeze::end_feed(&db, &actor).await?)
}

/// What a freeze or window would hold, before it is saved.
#[server(prefix = "/call", endpoint = "freeze/preview")]
pub async fn preview_time(#[server(default)] form: PostedTime) -> Result<Preview, AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::freeze::preview(&db, &actor, &read(&form)?).await?)
}

/// Sets a freeze or window.
#[server(prefix = "/call", endpoint = "freeze/set")]
pub async fn set_time(#[server(default)] form: PostedTime) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::freeze::set(&db, &actor, &read(&form)?).await?;
    crate::caller::go_to("/calendar");
    Ok(())
}

/// Changes one.
#[server(prefix = "/call", endpoint = "freeze/change")]
pub async fn change_time(id: TimeRuleId, #[server(default)] form: PostedTime) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::freeze::change(&db, &actor, id, &read(&form)?).await?;
    crate::caller::go_to("/calendar");
    Ok(())
}

/// Takes one out of force.
#[server(prefix = "/call", endpoint = "freeze/end")]
pub async fn end_time(id: TimeRuleId) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    store::freeze::end(&db, &actor, id).await?;
    crate::caller::go_to("/calendar");
    Ok(())
}

/// Lets a release into an environment against what holds it now.
#[server(prefix = "/call", endpoint = "freeze/override")]
pub async fn override_times(
    release: ReleaseId,
    environment: EnvironmentId,
    #[server(default)] why: String,
) -> Result<(), AppError> {
    let (db, actor) = crate::caller::actor()?;
    Ok(store::freeze::override_times(&db, &actor, release, environment, &why).await?)
}

#[cfg(feature = "ssr")]
fn read(form: &PostedTime) -> Result<domain::freeze::TimeForm, AppError> {
    form.read()
        .map_err(|fields| crate::caller::refuse(crate::error::Code::Invalid { fields }))
}
