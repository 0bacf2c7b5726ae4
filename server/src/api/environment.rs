//! Environments: what runs there, settings, policy, lock.

use super::answer::{Answer, Asks, Listed, Refused, Sent, if_match, versioned};
use super::person::{Role, word};
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::service::EnvironmentState;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read_settings, save_settings))
        .routes(routes!(test))
        .routes(routes!(read_policy, save_policy))
        .routes(routes!(effect))
        .routes(routes!(lock, unlock))
}

/// An environment and what is known of it now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "name": "production", "tier": "production", "running": {"version": "1.2.3", "since": "2026-01-15T10:00:00Z", "outside": null}, "lock": null,
    "deployment": null
}))]
pub struct Environment {
    pub name: String,
    /// `development`, `staging` or `production`.
    pub tier: String,
    /// By Slipway's record.
    pub running: Option<Running>,
    pub lock: Option<Lock>,
    /// The number of the deployment that is under way or bakes there.
    pub deployment: Option<i64>,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Running {
    pub version: String,
    pub since: DateTime<Utc>,
    /// What brought it, when Slipway did not.
    pub outside: Option<String>,
}

/// A hold on an environment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Lock {
    /// The person's id; null: the machine.
    pub by: Option<String>,
    /// `words` with `text`, or `taken_back` with `deployment` and `version`.
    #[schema(value_type = Object)]
    pub reason: Value,
    pub since: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

impl From<domain::gate::Lock> for Lock {
    fn from(lock: domain::gate::Lock) -> Lock {
        Lock {
            by: lock.by.person().map(|id| id.to_string()),
            reason: serde_json::to_value(&lock.reason).unwrap_or_default(),
            since: lock.since,
            until: lock.until,
        }
    }
}

impl From<EnvironmentState> for Environment {
    fn from(state: EnvironmentState) -> Environment {
        Environment {
            name: state.environment.name,
            tier: word(&state.environment.tier),
            running: state.running.map(|running| Running {
                outside: app::home::by_outside(&running),
                version: running.version,
                since: running.since,
            }),
            lock: state.lock.map(Lock::from),
            deployment: state.current.map(|line| line.number),
        }
    }
}

/// An environment of a service by their names.
///
/// # Errors
/// 404; what reading a service answers.
pub async fn named(
    state: &AppState,
    asks: &Asks,
    service: &str,
    environment: &str,
) -> Result<domain::service::Environment, Refused> {
    let page = store::service::page(&state.db, &asks.actor, service).await?;
    let found = page
        .environments
        .into_iter()
        .find(|one| one.environment.name == environment);
    found.map(|one| one.environment).ok_or_else(Refused::not_found)
}

/// How an environment is changed and measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "target": {"kind": "none"}, "strategy": {"kind": "all_at_once"}, "source": {"kind": "none"}, "analysis": {}, "check_s": 300, "bake_s": 3600
}))]
pub struct Settings {
    /// By `kind`: `none`, or `command` with argument vectors.
    #[schema(value_type = Object)]
    pub target: Value,
    /// By `kind`: `all_at_once`, or `canary` with `steps` of `weight` and `wait_s`.
    #[schema(value_type = Object)]
    pub strategy: Value,
    /// By `kind`: `none`, or `scrape` with addresses.
    #[schema(value_type = Object)]
    pub source: Value,
    /// Rules of the canary's analysis; left out or empty: the usual ones.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub analysis: Value,
    /// Seconds of checks after 100 % is reached.
    pub check_s: u32,
    /// Seconds of bake after the checks.
    pub bake_s: u32,
}

impl Settings {
    fn of(kept: &domain::service::Settings) -> Settings {
        let value = |part: Result<Value, serde_json::Error>| part.unwrap_or_default();
        Settings {
            target: value(serde_json::to_value(&kept.target)),
            strategy: value(serde_json::to_value(&kept.strategy)),
            source: value(serde_json::to_value(&kept.source)),
            analysis: value(serde_json::to_value(&kept.analysis)),
            check_s: kept.check_s,
            bake_s: kept.bake_s,
        }
    }

    fn read(self) -> Result<domain::service::Settings, FieldErrors> {
        fn part<T: serde::de::DeserializeOwned + Default>(errors: &mut FieldErrors, field: &str, value: Value) -> T {
            serde_json::from_value(value).unwrap_or_else(|error| {
                let why = error.to_string();
                errors.add(field, Problem::Unreadable { why });
                T::default()
            })
        }
        let mut errors = FieldErrors::default();
        let empty =
            matches!(&self.analysis, Value::Null) || self.analysis.as_object().is_some_and(serde_json::Map::is_empty);
        let settings = domain::service::Settings {
            target: part(&mut errors, "target", self.target),
            strategy: part(&mut errors, "strategy", self.strategy),
            source: part(&mut errors, "source", self.source),
            analysis: if empty {
                Default::default()
            } else {
                part(&mut errors, "analysis", self.analysis)
            },
            check_s: self.check_s,
            bake_s: self.bake_s,
        };
        errors.into_result()?;
        Ok(settings)
    }
}

/// Settings of an environment
#[utoipa::path(get, path = "/services/{service}/environments/{environment}/settings", tag = "environments",
    params(("service" = String, Path, example = "storefront"), ("environment" = String, Path, example = "production")),
    responses((status = 200, description = "The settings", body = Settings)))]
async fn read_settings(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, environment)): Path<(String, String)>,
) -> Answer {
    let kept = named(&state, &asks, &service, &environment).await?;
    Ok(versioned(kept.row_version, Settings::of(&kept.settings)))
}

/// Save how an environment is changed and measured
#[utoipa::path(put, path = "/services/{service}/environments/{environment}/settings", tag = "environments",
    params(("service" = String, Path, example = "storefront"), ("environment" = String, Path, example = "production"),
        ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = Settings, responses((status = 200, description = "The settings as they are now", body = Settings)))]
async fn save_settings(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, environment)): Path<(String, String)>,
    headers: HeaderMap,
    Sent(settings): Sent<Settings>,
) -> Answer {
    let row_version = if_match(&headers)?;
    let kept = named(&state, &asks, &service, &environment).await?;
    let settings = settings.read()?;
    store::service::save_settings(&state.db, &asks.actor, kept.id, row_version, &settings)
        .await
        .map_err(|error| Refused::from(error).stale())?;
    let kept = named(&state, &asks, &service, &environment).await?;
    Ok(versioned(kept.row_version, Settings::of(&kept.settings)))
}

/// What a connection answered when it was tried.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"connection": "metrics of the canary", "ok": true, "took_ms": 12, "summary": "200 OK, 42 series", "output": ""}))]
pub struct Probe {
    /// Which one.
    pub connection: String,
    pub ok: bool,
    pub took_ms: u32,
    pub summary: String,
    /// What came back, cut at 8 kB, secrets masked.
    pub output: String,
}

impl Probe {
    pub fn of(connection: String, probe: domain::service::Probe) -> Probe {
        Probe {
            connection,
            ok: probe.ok,
            took_ms: probe.took_ms,
            summary: probe.summary,
            output: probe.output,
        }
    }
}

/// Try every connection of settings, saved or not
#[utoipa::path(post, path = "/services/{service}/environments/{environment}/settings/test", tag = "environments",
    params(("service" = String, Path, example = "storefront"), ("environment" = String, Path, example = "production")),
    request_body = Settings, responses((status = 200, description = "What each answered; nothing was saved", body = Listed<Probe>)))]
async fn test(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, environment)): Path<(String, String)>,
    Sent(settings): Sent<Settings>,
) -> Answer {
    let kept = named(&state, &asks, &service, &environment).await?;
    asks.actor
        .may(domain::access::Action::ManageTarget, kept.scope())
        .map_err(store::Error::from)?;
    let settings = settings.read()?;
    let facts = domain::service::ProbeFacts { service, environment };
    let app::service::Prober(probe) = crate::probe::prober(state.db.clone(), state.vault.clone());
    let answers = probe(settings, facts).await;
    let answers = answers
        .into_iter()
        .map(|(connection, probe)| Probe::of(connection, probe));
    Ok(Json(Listed::whole(answers)).into_response())
}

/// An environment's rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "approvals": 1, "approver_roles": ["approver", "admin"], "checklist": true, "promotion": true, "rollback_plan": true, "window": false
}))]
pub struct Policy {
    /// Distinct people who must approve a plan.
    pub approvals: u32,
    pub approver_roles: Vec<Role>,
    pub checklist: bool,
    pub promotion: bool,
    pub rollback_plan: bool,
    pub window: bool,
    /// Who decides has confirmed within so many minutes that it is them, which no token can: decisions by the API are refused then
    /// (`urn:slipway:problem:not-by-token`). Left out or null: not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1440)]
    pub reauthenticate_min: Option<u32>,
}

impl From<Policy> for domain::service::Policy {
    fn from(policy: Policy) -> domain::service::Policy {
        domain::service::Policy {
            approvals: policy.approvals,
            approver_roles: policy.approver_roles.into_iter().map(Into::into).collect(),
            checklist: policy.checklist,
            promotion: policy.promotion,
            rollback_plan: policy.rollback_plan,
            window: policy.window,
            reauthenticate_min: policy.reauthenticate_min,
        }
    }
}

impl From<domain::service::Policy> for Policy {
    fn from(policy: domain::service::Policy) -> Policy {
        Policy {
            approvals: policy.approvals,
            approver_roles: policy.approver_roles.into_iter().map(Into::into).collect(),
            checklist: policy.checklist,
            promotion: policy.promotion,
            rollback_plan: policy.rollback_plan,
            window: policy.window,
            reauthenticate_min: policy.reauthenticate_min,
        }
    }
}

/// The policy of an environment
#[utoipa::path(get, path = "/services/{service}/environments/{environment}/policy", tag = "environments",
    params(("service" = String, Path, example = "storefront"), ("environment" = String, Path, example = "production")),
    responses((status = 200, description = "The policy", body = Policy)))]
async fn read_policy(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, environment)): Path<(String, String)>,
) -> Answer {
    let kept = named(&state, &asks, &service, &environment).await?;
    Ok(versioned(kept.policy_version, Policy::from(kept.policy)))
}

/// How many pending approvals a policy voids.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"voids": 1}))]
pub struct Voids {
    pub voids: u32,
}

/// Save a policy as its next version
#[utoipa::path(put, path = "/services/{service}/environments/{environment}/policy", tag = "environments",
    params(("service" = String, Path, example = "storefront"), ("environment" = String, Path, example = "production"),
        ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = Policy, responses((status = 200, description = "How many approvals this voided", body = Voids)))]
async fn save_policy(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, environment)): Path<(String, String)>,
    headers: HeaderMap,
    Sent(policy): Sent<Policy>,
) -> Answer {
    let seen = if_match(&headers)?;
    let kept = named(&state, &asks, &service, &environment).await?;
    let voids = store::service::save_policy(&state.db, &asks.actor, kept.id, seen, &policy.into())
        .await
        .map_err(|error| Refused::from(error).stale())?;
    Ok(Json(Voids { voids }).into_response())
}

/// How many pending approvals a policy would void
#[utoipa::path(post, path = "/services/{service}/environments/{environment}/policy/effect", tag = "environments",
    params(("service" = String, Path, example = "storefront"), ("environment" = String, Path, example = "production")),
    request_body = Policy, responses((status = 200, description = "Nothing was saved", body = Voids)))]
async fn effect(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, environment)): Path<(String, String)>,
    Sent(policy): Sent<Policy>,
) -> Answer {
    let kept = named(&state, &asks, &service, &environment).await?;
    let effect = store::service::policy_effect(&state.db, &asks.actor, kept.id, &policy.into()).await?;
    Ok(Json(Voids { voids: effect.voids }).into_response())
}

/// Why, and until when, an environment is held.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "The database moves tonight", "until": "2027-01-16T06:00:00Z"}))]
pub struct Hold {
    pub text: String,
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
}

/// Hold an environment
#[utoipa::path(put, path = "/services/{service}/environments/{environment}/lock", tag = "environments",
    params(("service" = String, Path, example = "storefront"), ("environment" = String, Path, example = "production")),
    request_body = Hold, responses((status = 204, description = "Nothing is deployed there now")))]
async fn lock(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, environment)): Path<(String, String)>,
    Sent(hold): Sent<Hold>,
) -> Answer {
    let kept = named(&state, &asks, &service, &environment).await?;
    store::service::lock(&state.db, &asks.actor, kept.id, &hold.text, hold.until).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Lift the hold on an environment
#[utoipa::path(delete, path = "/services/{service}/environments/{environment}/lock", tag = "environments",
    params(("service" = String, Path, example = "storefront"), ("environment" = String, Path, example = "production")),
    responses((status = 204, description = "It is lifted")))]
async fn unlock(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, environment)): Path<(String, String)>,
) -> Answer {
    let kept = named(&state, &asks, &service, &environment).await?;
    store::service::unlock(&state.db, &asks.actor, kept.id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
