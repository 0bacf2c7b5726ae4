//! Services.

use super::answer::{Answer, Asked, Asks, Listed, Refused, Sent, if_match, paged, versioned};
use super::cursor::{A_PAGE, After, page};
use super::environment::Environment;
use super::person::Person;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use domain::field::{FieldErrors, Problem};
use domain::id::PersonId;
use domain::service::{EnvironmentForm, OwnerTeam, ServiceFile, ServiceForm, ServicePage, Tier};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, remove))
        .routes(routes!(export))
        .routes(routes!(import))
}

/// A service with its environments.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "name": "storefront", "repository": "https://github.com/example/storefront", "description": "", "customer_facing": true,
    "owners": [], "team": "Payments", "stakeholders": [], "environments": [], "row_version": 3
}))]
pub struct Service {
    pub name: String,
    pub repository: String,
    pub description: String,
    pub customer_facing: bool,
    pub owners: Vec<Person>,
    /// Name of the team that owns it, beside people or instead of them.
    pub team: Option<String>,
    pub stakeholders: Vec<Person>,
    /// In promotion order.
    pub environments: Vec<Environment>,
    pub row_version: i32,
}

impl From<ServicePage> for Service {
    fn from(page: ServicePage) -> Service {
        let people = |people: Vec<domain::access::Person>| people.into_iter().map(Person::from).collect();
        Service {
            name: page.service.name,
            repository: page.service.repository,
            description: page.service.description,
            customer_facing: page.service.customer_facing,
            owners: people(page.owners),
            team: page.team.map(|team| team.name),
            stakeholders: people(page.stakeholders),
            environments: page.environments.into_iter().map(Environment::from).collect(),
            row_version: page.service.row_version,
        }
    }
}

/// A service as it is entered. What is left out of a change stays.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({
    "name": "storefront", "repository": "https://github.com/example/storefront", "customer_facing": true,
    "owners": ["0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d"],
    "environments": [{"name": "staging", "tier": "staging"}, {"name": "production", "tier": "production"}]
}))]
pub struct ServiceInput {
    pub name: Option<String>,
    pub repository: Option<String>,
    pub description: Option<String>,
    pub customer_facing: Option<bool>,
    /// Ids of people.
    pub owners: Option<Vec<String>>,
    /// Name of a team; empty: none.
    pub team: Option<String>,
    pub stakeholders: Option<Vec<String>>,
    /// In promotion order; one of a known name stays what it is.
    pub environments: Option<Vec<EnvironmentInput>>,
}

/// An environment as it is entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "staging", "tier": "staging"}))]
pub struct EnvironmentInput {
    pub name: String,
    /// `development`, `staging` or `production`.
    pub tier: String,
}

impl ServiceInput {
    fn onto(self, mut form: ServiceForm, teams: &[OwnerTeam]) -> Result<ServiceForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        match self.team.as_deref().map(str::trim) {
            None => {}
            Some("") => form.team = None,
            Some(name) => match teams.iter().find(|team| team.name.eq_ignore_ascii_case(name)) {
                Some(team) => form.team = Some(team.id),
                None => errors.add("team", Problem::Unknown),
            },
        }
        let mut people = |field: &str, ids: Vec<String>| -> Vec<PersonId> {
            let read: Option<Vec<PersonId>> = ids.iter().map(|id| id.parse().ok()).collect();
            read.unwrap_or_else(|| {
                errors.add(field, Problem::Unknown);
                Vec::new()
            })
        };
        if let Some(owners) = self.owners {
            form.owners = people("owners", owners);
        }
        if let Some(stakeholders) = self.stakeholders {
            form.stakeholders = people("stakeholders", stakeholders);
        }
        if let Some(environments) = self.environments {
            let before = std::mem::take(&mut form.environments);
            for (i, one) in environments.into_iter().enumerate() {
                let Some(tier) = Tier::from_key(&one.tier) else {
                    errors.add(&format!("environments.{i}.tier"), Problem::Unknown);
                    continue;
                };
                let id = before
                    .iter()
                    .find(|known| known.name == one.name)
                    .and_then(|known| known.id);
                form.environments.push(EnvironmentForm {
                    id,
                    name: one.name,
                    tier,
                });
            }
        }
        form.name = self.name.unwrap_or(form.name);
        form.repository = self.repository.unwrap_or(form.repository);
        form.description = self.description.unwrap_or(form.description);
        form.customer_facing = self.customer_facing.unwrap_or(form.customer_facing);
        errors.into_result()?;
        Ok(form)
    }
}

/// Services
#[utoipa::path(get, path = "/services", tag = "services", params(After),
    responses((status = 200, description = "A hundred, by name", body = Listed<Service>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(from): Asked<After>) -> Answer {
    let services = store::service::list(&state.db, &asks.actor).await?;
    let (services, next) = page(services, |page| page.service.name.clone(), from.cursor.as_ref(), A_PAGE);
    let items: Vec<Service> = services.into_iter().map(Service::from).collect();
    Ok(paged(Listed { items, next }, "/services", &[]))
}

/// Set up a service
#[utoipa::path(post, path = "/services", tag = "services", request_body = ServiceInput,
    responses((status = 201, description = "The service", body = Service)))]
async fn create(State(state): State<AppState>, asks: Asks, Sent(input): Sent<ServiceInput>) -> Answer {
    // Reading is asked for only where a name has to be found.
    let teams = match input.team {
        Some(_) => store::service::owner_teams(&state.db, &asks.actor).await?,
        None => Vec::new(),
    };
    let form = input.onto(ServiceForm::with_default_environments(), &teams)?;
    let name = store::service::create(&state.db, &asks.actor, &form).await?;
    let mut response = shown(&state, &asks, &name).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// A service
#[utoipa::path(get, path = "/services/{service}", tag = "services", params(("service" = String, Path, example = "storefront")),
    responses((status = 200, description = "The service", body = Service)))]
async fn read(State(state): State<AppState>, asks: Asks, Path(name): Path<String>) -> Answer {
    shown(&state, &asks, &name).await
}

async fn shown(state: &AppState, asks: &Asks, name: &str) -> Answer {
    let page = store::service::page(&state.db, &asks.actor, name).await?;
    Ok(versioned(page.service.row_version, Service::from(page)))
}

/// Change a service
#[utoipa::path(patch, path = "/services/{service}", tag = "services",
    params(("service" = String, Path, example = "storefront"), ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = ServiceInput, responses((status = 200, description = "The service as it is now", body = Service)))]
async fn update(
    State(state): State<AppState>,
    asks: Asks,
    Path(name): Path<String>,
    headers: HeaderMap,
    Sent(input): Sent<ServiceInput>,
) -> Answer {
    let row_version = if_match(&headers)?;
    let page = store::service::page(&state.db, &asks.actor, &name).await?;
    let ids = |people: &[domain::access::Person]| people.iter().map(|person| person.id).collect();
    let kept = ServiceForm {
        name: page.service.name,
        repository: page.service.repository,
        description: page.service.description,
        customer_facing: page.service.customer_facing,
        owners: ids(&page.owners),
        team: page.team.as_ref().map(|team| team.id),
        stakeholders: ids(&page.stakeholders),
        environments: page
            .environments
            .iter()
            .map(|state| EnvironmentForm {
                id: Some(state.environment.id),
                name: state.environment.name.clone(),
                tier: state.environment.tier,
            })
            .collect(),
        row_version,
    };
    let teams = store::service::owner_teams(&state.db, &asks.actor).await?;
    let form = input.onto(kept, &teams)?;
    store::service::update(&state.db, &asks.actor, &name, &form)
        .await
        .map_err(|error| Refused::from(error).stale())?;
    shown(&state, &asks, &form.name).await
}

/// Remove a service with its releases, deployments and incidents
#[utoipa::path(delete, path = "/services/{service}", tag = "services", params(("service" = String, Path, example = "storefront")),
    responses((status = 204, description = "It is gone")))]
async fn remove(State(state): State<AppState>, asks: Asks, Path(name): Path<String>) -> Answer {
    store::service::remove(&state.db, &asks.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A service as it is written to a file: settings and policies of all its environments, people by e-mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct File(serde_json::Value);

/// A service as a file that another instance can read
#[utoipa::path(get, path = "/services/{service}/file", tag = "services", params(("service" = String, Path, example = "storefront")),
    responses((status = 200, description = "The file, as JSON", body = File, example = json!({"name": "storefront", "owners": ["ana@example.com"], "environments": [{"name": "production", "tier": "production"}]}))))]
async fn export(State(state): State<AppState>, asks: Asks, Path(name): Path<String>) -> Answer {
    let file = store::service::export(&state.db, &asks.actor, &name).await?;
    Ok(Json(file).into_response())
}

/// Set up a service from a file, or bring a known one to it
#[utoipa::path(post, path = "/service-files", tag = "services", request_body(content = File, example = json!({"name": "storefront", "owners": ["ana@example.com"], "environments": [{"name": "production", "tier": "production"}]})),
    responses((status = 200, description = "The service", body = Service)))]
async fn import(State(state): State<AppState>, asks: Asks, Sent(File(file)): Sent<File>) -> Answer {
    let file: ServiceFile = serde_json::from_value(file)
        .map_err(|error| FieldErrors::one("file", Problem::Unreadable { why: error.to_string() }))?;
    let name = store::service::import(&state.db, &asks.actor, &file).await?;
    shown(&state, &asks, &name).await
}
