//! The first page, for programs: what is in flight, what runs where, what waits; time zones to choose from; and the sample workspace.

use super::answer::{Answer, Asks, Listed, Refused, shown_once};
use super::deployment::Deployment;
use super::environment::Environment;
use super::incident::IncidentLine;
use crate::sample::SampleError;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::home::Waits as Kept;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(zones))
        .routes(routes!(load, remove))
}

/// What is in flight, what runs where, and what waits for whoever asks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "in_flight": [], "services": [{"name": "storefront", "environments": []}],
    "waits": [{"waits": "approve", "since": "2026-01-15T10:00:00Z", "service": "storefront", "version": "1.3.0", "environment": "production",
        "deployment": null, "incident": null}],
    "incidents": [], "sample": false, "read_at": "2026-01-15T10:05:00Z"
}))]
pub struct Home {
    /// The newest first, at most fifty.
    pub in_flight: Vec<Deployment>,
    pub services: Vec<HomeService>,
    pub waits: Vec<Waits>,
    /// Those that are not over, the worst first, at most twenty.
    pub incidents: Vec<IncidentLine>,
    /// The sample workspace is loaded.
    pub sample: bool,
    pub read_at: DateTime<Utc>,
}

/// What runs where of one service.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HomeService {
    pub name: String,
    /// In promotion order.
    pub environments: Vec<Environment>,
}

/// Something that waits for whoever asks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Waits {
    /// `approve`, `decide` (on a deployment) or `report` (on an incident).
    pub waits: String,
    pub since: DateTime<Utc>,
    pub service: String,
    pub version: Option<String>,
    pub environment: Option<String>,
    /// Number of the deployment to decide on.
    pub deployment: Option<i64>,
    /// Number of the incident whose report is not finished.
    pub incident: Option<i64>,
}

impl From<Kept> for Waits {
    fn from(kept: Kept) -> Waits {
        match kept {
            Kept::Approve {
                service,
                version,
                environment,
                since,
            } => Waits {
                waits: "approve".into(),
                since,
                service,
                version: Some(version),
                environment: Some(environment),
                deployment: None,
                incident: None,
            },
            Kept::Decide { deployment, since } => Waits {
                waits: "decide".into(),
                since,
                service: deployment.service,
                version: Some(deployment.version),
                environment: Some(deployment.environment),
                deployment: Some(deployment.number),
                incident: None,
            },
            Kept::Report { incident, since } => Waits {
                waits: "report".into(),
                since,
                service: incident.service,
                version: None,
                environment: None,
                deployment: None,
                incident: Some(incident.number),
            },
        }
    }
}

/// What is in flight, what runs where, and what waits for you
#[utoipa::path(get, path = "/home", tag = "instance", responses((status = 200, description = "As the first page shows it", body = Home)))]
async fn home(State(state): State<AppState>, asks: Asks) -> Answer {
    let page = store::home::page(&state.db, &asks.actor).await?;
    let services = page.services.into_iter().map(|service| HomeService {
        name: service.name,
        environments: service.environments.into_iter().map(Environment::from).collect(),
    });
    Ok(Json(Home {
        in_flight: page.in_flight.into_iter().map(Deployment::from).collect(),
        services: services.collect(),
        waits: page.waits.into_iter().map(Waits::from).collect(),
        incidents: page.incidents.into_iter().map(IncidentLine::from).collect(),
        sample: page.sample,
        read_at: page.now,
    })
    .into_response())
}

/// A time zone.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "Europe/Berlin")]
pub struct ZoneName(pub String);

/// Time zones to choose from
#[utoipa::path(get, path = "/time-zones", tag = "instance", responses((status = 200, description = "Names of the tz database", body = Listed<ZoneName>)))]
async fn zones(_: Asks) -> Answer {
    let names = store::access::zone_names().into_iter();
    Ok(Json(Listed::whole(names.map(|name| ZoneName(name.to_owned())))).into_response())
}

/// The sample workspace as it was loaded: how its two people sign in is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"people": {"engineer_email": "erin@example.com", "engineer_password": "shown once"}}))]
pub struct Loaded {
    pub people: BTreeMap<String, String>,
}

/// Load the sample workspace: a small real system beside this server
#[utoipa::path(post, path = "/sample-workspace", tag = "instance", responses(
    (status = 201, description = "It is there, and how its people sign in", body = Loaded),
    (status = 503, description = "Its system did not start", body = super::answer::Problem, content_type = "application/problem+json")))]
async fn load(State(state): State<AppState>, asks: Asks) -> Answer {
    let people = state.sample.load(&state.db, &asks.actor).await?;
    let people = people.into_iter().collect();
    Ok(shown_once(Loaded { people }))
}

/// Remove the sample workspace with everything in it
#[utoipa::path(delete, path = "/sample-workspace", tag = "instance", responses((status = 204, description = "It is gone")))]
async fn remove(State(state): State<AppState>, asks: Asks) -> Answer {
    state.sample.remove(&state.db, &asks.actor).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl From<SampleError> for Refused {
    fn from(error: SampleError) -> Refused {
        match error {
            SampleError::Store(error) => error.into(),
            SampleError::Playground(why) => {
                tracing::warn!(%why, "the sample workspace was not loaded");
                let title = "The sample's own system did not start.";
                Refused::Early(StatusCode::SERVICE_UNAVAILABLE, "playground", title, Some(why))
            }
        }
    }
}
