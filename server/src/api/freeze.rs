//! Freezes and windows: the calendar, setting and previewing them, and letting a release through.

use super::answer::{Answer, Asked, Asks, Refused, Sent, if_match, versioned};
use super::gate::{Before, before};
use super::person::word;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use chrono::{DateTime, NaiveDateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::freeze::{OnRun, Place, PlaceNames, Schedule, TimeForm, TimeKind, TimeRule};
use domain::id::TimeRuleId;
use domain::service::Tier;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(calendar))
        .routes(routes!(set))
        .routes(routes!(preview))
        .routes(routes!(read, change, end))
        .routes(routes!(let_through))
}

/// Where a freeze or window holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"on": "tier", "tier": "production"}))]
pub struct Where {
    /// `instance`, `tier`, `service` or `environment`.
    pub on: String,
    /// `development`, `staging` or `production`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Name of the service, also of an environment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

impl Where {
    fn of(place: Place, names: &PlaceNames) -> Where {
        let service = |id| {
            names
                .services
                .iter()
                .find(|(of, _)| *of == id)
                .map(|(_, name)| name.clone())
        };
        let (on, tier, at, environment) = match place {
            Place::Instance => ("instance", None, None, None),
            Place::Tier { tier } => ("tier", Some(tier.key().to_owned()), None, None),
            Place::Service { service: id } => ("service", None, service(id), None),
            Place::Environment {
                service: id,
                environment,
            } => {
                let found = names.environments.iter().find(|(of, _, _)| *of == environment);
                ("environment", None, service(id), found.map(|(_, _, name)| name.clone()))
            }
        };
        Where {
            on: on.to_owned(),
            tier,
            service: at,
            environment,
        }
    }

    fn read(&self, names: &PlaceNames) -> Option<Place> {
        let service = || {
            let wanted = self.service.as_deref()?;
            names
                .services
                .iter()
                .find(|(_, name)| name == wanted)
                .map(|(id, _)| *id)
        };
        match self.on.as_str() {
            "instance" => Some(Place::Instance),
            "tier" => Tier::from_key(self.tier.as_deref()?).map(|tier| Place::Tier { tier }),
            "service" => service().map(|service| Place::Service { service }),
            "environment" => {
                let (service, wanted) = (service()?, self.environment.as_deref()?);
                let found = names
                    .environments
                    .iter()
                    .find(|(_, of, name)| *of == service && name == wanted);
                found.map(|(environment, _, _)| Place::Environment {
                    service,
                    environment: *environment,
                })
            }
            _ => None,
        }
    }
}

/// A freeze or window as it is set.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "freeze", "name": "Year end", "reason": "Nobody is there", "place": {"on": "tier", "tier": "production"},
    "zone": "Europe/Berlin", "from": "2099-12-20T18:00:00", "to": "2100-01-03T06:00:00", "rule": "", "on_run": "hold"
}))]
pub struct TimeInput {
    /// `freeze` or `window`.
    pub kind: String,
    pub name: String,
    pub reason: String,
    pub place: Where,
    /// IANA name of the zone in whose hours it is said.
    pub zone: String,
    /// By the clock on the wall there.
    pub from: NaiveDateTime,
    pub to: NaiveDateTime,
    /// RFC 5545, such as `FREQ=WEEKLY;BYDAY=FR`; empty: it does not come again.
    #[serde(default)]
    pub rule: String,
    /// What becomes of a running deployment: `hold`, `continue` or `roll_back`.
    #[serde(default = "hold")]
    pub on_run: String,
}

fn hold() -> String {
    OnRun::Hold.key().to_owned()
}

impl TimeInput {
    fn read(self, names: &PlaceNames, row_version: i32) -> Result<TimeForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        let (kind, on_run) = (TimeKind::from_key(&self.kind), OnRun::from_key(&self.on_run));
        let place = self.place.read(names);
        for (field, known) in [
            ("kind", kind.is_some()),
            ("on_run", on_run.is_some()),
            ("place", place.is_some()),
        ] {
            if !known {
                errors.add(field, Problem::Unknown);
            }
        }
        let (Some(kind), Some(on_run), Some(place)) = (kind, on_run, place) else {
            return Err(errors);
        };
        Ok(TimeForm {
            kind,
            name: self.name.replace('\0', "").trim().to_owned(),
            reason: self.reason.replace('\0', "").trim().to_owned(),
            place,
            schedule: Schedule {
                zone: self.zone,
                from: self.from,
                to: self.to,
                rule: self.rule.replace('\0', "").trim().to_owned(),
            },
            on_run,
            row_version,
        })
    }
}

/// A freeze or window.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "kind": "freeze", "name": "Year end", "reason": "Nobody is there",
    "place": {"on": "tier", "tier": "production"}, "zone": "Europe/Berlin", "from": "2099-12-20T18:00:00", "to": "2100-01-03T06:00:00",
    "rule": "", "on_run": "hold", "by": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3e", "ended_at": null, "row_version": 1
}))]
pub struct TimeShown {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub reason: String,
    pub place: Where,
    pub zone: String,
    pub from: NaiveDateTime,
    pub to: NaiveDateTime,
    pub rule: String,
    pub on_run: String,
    /// The person who set it.
    pub by: String,
    pub ended_at: Option<DateTime<Utc>>,
    pub row_version: i32,
}

impl TimeShown {
    fn of(rule: TimeRule, names: &PlaceNames) -> TimeShown {
        TimeShown {
            id: rule.id.to_string(),
            kind: rule.kind.key().to_owned(),
            place: Where::of(rule.place, names),
            name: rule.name,
            reason: rule.reason,
            zone: rule.schedule.zone,
            from: rule.schedule.from,
            to: rule.schedule.to,
            rule: rule.schedule.rule,
            on_run: word(&rule.on_run),
            by: rule.by.to_string(),
            ended_at: rule.ended_at,
            row_version: rule.row_version,
        }
    }
}

/// One time of a freeze or window, in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Period {
    /// Id of the freeze or window; null in a preview.
    pub id: Option<String>,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// A release's planned window.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Planned {
    pub service: String,
    pub version: String,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
}

/// Everything in force, and all that is in a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"rules": [], "times": [], "planned": [
    {"service": "storefront", "version": "1.3.0", "opens_at": "2026-01-15T10:00:00Z", "closes_at": "2026-01-15T12:00:00Z"}
]}))]
pub struct CalendarShown {
    pub rules: Vec<TimeShown>,
    pub times: Vec<Period>,
    pub planned: Vec<Planned>,
}

/// From when until when.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Within {
    #[param(example = "2026-01-01T00:00:00Z")]
    pub from: DateTime<Utc>,
    #[param(example = "2026-02-01T00:00:00Z")]
    pub to: DateTime<Utc>,
}

/// The calendar
#[utoipa::path(get, path = "/calendar", tag = "calendar", params(Within),
    responses((status = 200, description = "Freezes and windows in force, their times and planned releases in the period", body = CalendarShown)))]
async fn calendar(State(state): State<AppState>, asks: Asks, Asked(within): Asked<Within>) -> Answer {
    let page = store::freeze::page(&state.db, &asks.actor, within.from, within.to).await?;
    let names = page.places;
    Ok(Json(CalendarShown {
        rules: page.rules.into_iter().map(|rule| TimeShown::of(rule, &names)).collect(),
        times: page
            .entries
            .into_iter()
            .map(|one| Period {
                id: Some(one.rule.to_string()),
                from: one.from,
                to: one.to,
            })
            .collect(),
        planned: page
            .planned
            .into_iter()
            .map(|one| Planned {
                service: one.service,
                version: one.version,
                opens_at: one.window.opens_at,
                closes_at: one.window.closes_at,
            })
            .collect(),
    })
    .into_response())
}

/// Set a freeze or window
#[utoipa::path(post, path = "/calendar/rules", tag = "calendar", request_body = TimeInput,
    responses((status = 201, description = "It holds from now on", body = TimeShown)))]
async fn set(State(state): State<AppState>, asks: Asks, Sent(input): Sent<TimeInput>) -> Answer {
    let form = input.read(&places(&state, &asks).await?, 0)?;
    let id = store::freeze::set(&state.db, &asks.actor, &form).await?;
    let mut response = shown(&state, &asks, id).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// What a freeze or window would hold.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"count": 1, "next": [{"id": null, "from": "2099-12-20T17:00:00Z", "to": "2100-01-03T05:00:00Z"}], "releases": [], "deployments": []}))]
pub struct WouldHold {
    /// Times within 400 days.
    pub count: u64,
    /// The next of them, at most ten.
    pub next: Vec<Period>,
    /// Planned releases that it holds in their window.
    pub releases: Vec<Planned>,
    /// Numbers of running deployments that it would hold or take back within a day.
    pub deployments: Vec<i64>,
}

/// What a freeze or window would hold, before it is set
#[utoipa::path(post, path = "/calendar/preview", tag = "calendar", request_body = TimeInput,
    responses((status = 200, description = "Nothing is saved", body = WouldHold)))]
async fn preview(State(state): State<AppState>, asks: Asks, Sent(input): Sent<TimeInput>) -> Answer {
    let form = input.read(&places(&state, &asks).await?, 0)?;
    let found = store::freeze::preview(&state.db, &asks.actor, &form).await?;
    Ok(Json(WouldHold {
        count: found.count,
        next: found
            .next
            .into_iter()
            .map(|span| Period {
                id: None,
                from: span.from,
                to: span.to,
            })
            .collect(),
        releases: found
            .releases
            .into_iter()
            .map(|one| Planned {
                service: one.service,
                version: one.version,
                opens_at: one.window.opens_at,
                closes_at: one.window.closes_at,
            })
            .collect(),
        deployments: found.deployments.into_iter().map(|one| one.number).collect(),
    })
    .into_response())
}

/// One freeze or window
#[utoipa::path(get, path = "/calendar/rules/{id}", tag = "calendar",
    params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 200, description = "Also when it is ended", body = TimeShown)))]
async fn read(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    shown(&state, &asks, id_of(&id)?).await
}

/// Change a freeze or window
#[utoipa::path(put, path = "/calendar/rules/{id}", tag = "calendar", request_body = TimeInput,
    params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "As it is now", body = TimeShown)))]
async fn change(
    State(state): State<AppState>,
    asks: Asks,
    Path(id): Path<String>,
    headers: HeaderMap,
    Sent(input): Sent<TimeInput>,
) -> Answer {
    let row_version = if_match(&headers)?;
    let id = id_of(&id)?;
    let form = input.read(&places(&state, &asks).await?, row_version)?;
    store::freeze::change(&state.db, &asks.actor, id, &form)
        .await
        .map_err(|error| Refused::from(error).stale())?;
    shown(&state, &asks, id).await
}

/// End a freeze or window
#[utoipa::path(delete, path = "/calendar/rules/{id}", tag = "calendar",
    params(("id" = String, Path, example = "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d")),
    responses((status = 204, description = "It holds no more; it stays in the record")))]
async fn end(State(state): State<AppState>, asks: Asks, Path(id): Path<String>) -> Answer {
    store::freeze::end(&state.db, &asks.actor, id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Why a release is let through.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"environment": "production", "reason": "Security fix, can't wait"}))]
pub struct OverrideInput {
    pub environment: String,
    /// At least 10 characters.
    pub reason: String,
}

/// Let a release through what holds it by the calendar now
#[utoipa::path(post, path = "/services/{service}/releases/{version}/calendar-overrides", tag = "calendar",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    request_body = OverrideInput, responses((status = 201, description = "How it stands before that environment now", body = Before)))]
async fn let_through(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
    Sent(sent): Sent<OverrideInput>,
) -> Answer {
    let (release, one) = before(&state, &asks, &service, &version, &sent.environment).await?;
    store::freeze::override_times(&state.db, &asks.actor, release, one.environment.id, &sent.reason).await?;
    let (_, one) = before(&state, &asks, &service, &version, &sent.environment).await?;
    let shown = Before::of(&one, std::time::SystemTime::now().into());
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

fn id_of(text: &str) -> Result<TimeRuleId, Refused> {
    text.parse().map_err(|_| Refused::not_found())
}

async fn places(state: &AppState, asks: &Asks) -> Result<PlaceNames, Refused> {
    Ok(store::freeze::one(&state.db, &asks.actor, None).await?.1)
}

async fn shown(state: &AppState, asks: &Asks, id: TimeRuleId) -> Answer {
    let (found, names) = store::freeze::one(&state.db, &asks.actor, Some(id)).await?;
    let rule = found.ok_or_else(Refused::not_found)?;
    Ok(versioned(rule.row_version, TimeShown::of(rule, &names)))
}
