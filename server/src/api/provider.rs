//! Company sign-in: by whom people come in.

use super::answer::{Answer, Asks, Listed, Refused, Sent, if_match, versioned};
use super::person::{Role, word};
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use domain::identity::{Provider as Kept, ProviderForm, ProviderKind, domains_text, groups_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(read, change, switch, remove))
        .routes(routes!(test))
        .routes(routes!(passwords))
}

/// A provider, less its secret.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "slug": "company", "kind": "oidc", "name": "Company", "issuer": "https://id.example.com", "client_id": "slipway", "has_secret": true,
    "enabled": true, "joins": true, "join_role": "viewer", "domains": ["example.com"], "groups": [{"group": "sre", "role": "approver"}],
    "groups_claim": "groups", "people": 12, "row_version": 3
}))]
pub struct Provider {
    /// Its name in addresses. It never changes.
    pub slug: String,
    /// `oidc`, `github`, `gitlab`, `google` or `microsoft`.
    pub kind: String,
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub has_secret: bool,
    pub enabled: bool,
    /// Strangers with a proven address become people here.
    pub joins: bool,
    pub join_role: Role,
    /// Domains of addresses that may join; none: all.
    pub domains: Vec<String>,
    pub groups: Vec<GroupRole>,
    pub groups_claim: String,
    /// People who have signed in by it.
    pub people: i64,
    pub row_version: i32,
}

/// Members of this group have this role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRole {
    pub group: String,
    pub role: Role,
}

impl From<Kept> for Provider {
    fn from(kept: Kept) -> Provider {
        let settings = kept.settings;
        Provider {
            slug: kept.slug,
            kind: word(&settings.kind),
            name: kept.name,
            issuer: kept.issuer,
            client_id: kept.client_id,
            has_secret: kept.has_secret,
            enabled: kept.enabled,
            joins: settings.joins,
            join_role: settings.join_role.into(),
            domains: settings.domains,
            groups: settings
                .groups
                .into_iter()
                .map(|rule| GroupRole {
                    group: rule.group,
                    role: rule.role.into(),
                })
                .collect(),
            groups_claim: settings.groups_claim,
            people: kept.people,
            row_version: kept.row_version,
        }
    }
}

/// A provider as it is entered.
#[derive(Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "slug": "company", "kind": "oidc", "name": "Company", "issuer": "https://id.example.com", "client_id": "slipway",
    "client_secret": "not this one", "joins": true, "join_role": "viewer", "domains": ["example.com"], "groups": [], "groups_claim": "groups"
}))]
pub struct ProviderInput {
    pub slug: String,
    pub kind: String,
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    /// Left out of a change: it stays.
    #[serde(default)]
    pub client_secret: String,
    #[serde(default)]
    pub joins: bool,
    pub join_role: Role,
    #[serde(default)]
    pub domains: Vec<String>,
    #[serde(default)]
    pub groups: Vec<GroupRole>,
    /// Left out: the usual one of the kind.
    #[serde(default)]
    pub groups_claim: String,
}

impl ProviderInput {
    /// As the form on the page sends it: one set of rules reads both.
    fn form(self, row_version: i32) -> ProviderForm {
        let groups: Vec<domain::identity::GroupRole> = self
            .groups
            .into_iter()
            .map(|rule| domain::identity::GroupRole {
                group: rule.group,
                role: rule.role.into(),
            })
            .collect();
        let kind = ProviderKind::from_key(&self.kind).filter(|_| self.groups_claim.is_empty());
        let groups_claim = kind.map_or(self.groups_claim, |kind| kind.groups_claim().to_owned());
        ProviderForm {
            slug: self.slug,
            kind: self.kind,
            name: self.name,
            issuer: self.issuer,
            client_id: self.client_id,
            client_secret: self.client_secret,
            joins: if self.joins { "true" } else { "" }.into(),
            join_role: domain::access::Role::from(self.join_role).key().into(),
            domains: domains_text(&self.domains),
            groups: groups_text(&groups),
            groups_claim,
            row_version,
        }
    }
}

/// Providers by which people sign in
#[utoipa::path(get, path = "/sign-in-providers", tag = "instance", responses((status = 200, description = "All of them", body = Listed<Provider>)))]
async fn list(State(state): State<AppState>, asks: Asks) -> Answer {
    let all = store::access::providers(&state.db, &asks.actor).await?;
    Ok(Json(Listed::whole(all.into_iter().map(Provider::from))).into_response())
}

async fn shown(state: &AppState, asks: &Asks, slug: &str) -> Answer {
    let all = store::access::providers(&state.db, &asks.actor).await?;
    let found = all.into_iter().find(|provider| provider.slug == slug);
    let kept = found.ok_or_else(Refused::not_found)?;
    Ok(versioned(kept.row_version, Provider::from(kept)))
}

/// Add a provider
#[utoipa::path(post, path = "/sign-in-providers", tag = "instance", request_body = ProviderInput,
    responses((status = 201, description = "The provider", body = Provider)))]
async fn add(State(state): State<AppState>, asks: Asks, Sent(input): Sent<ProviderInput>) -> Answer {
    let slug = input.slug.clone();
    store::access::save_provider(&state.db, &asks.actor, &state.vault, &input.form(0)).await?;
    let mut response = shown(&state, &asks, &slug).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// A provider
#[utoipa::path(get, path = "/sign-in-providers/{slug}", tag = "instance", params(("slug" = String, Path, example = "company")),
    responses((status = 200, description = "The provider", body = Provider)))]
async fn read(State(state): State<AppState>, asks: Asks, Path(slug): Path<String>) -> Answer {
    shown(&state, &asks, &slug).await
}

/// Change a provider
#[utoipa::path(put, path = "/sign-in-providers/{slug}", tag = "instance",
    params(("slug" = String, Path, example = "company"), ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = ProviderInput, responses((status = 200, description = "The provider as it is now", body = Provider)))]
async fn change(
    State(state): State<AppState>,
    asks: Asks,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Sent(input): Sent<ProviderInput>,
) -> Answer {
    let version = if_match(&headers)?;
    // Version 0 would add one.
    if version == 0 {
        return Err(Refused::Code(app::error::Code::Conflict).stale());
    }
    let mut form = input.form(version);
    form.slug.clone_from(&slug);
    store::access::save_provider(&state.db, &asks.actor, &state.vault, &form)
        .await
        .map_err(|error| Refused::from(error).stale())?;
    shown(&state, &asks, &slug).await
}

/// Whether people may come in by it.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub struct Switch {
    pub enabled: bool,
}

/// Switch a provider on or off
#[utoipa::path(patch, path = "/sign-in-providers/{slug}", tag = "instance", params(("slug" = String, Path, example = "company")),
    request_body = Switch, responses((status = 204, description = "It is so now")))]
async fn switch(
    State(state): State<AppState>,
    asks: Asks,
    Path(slug): Path<String>,
    Sent(switch): Sent<Switch>,
) -> Answer {
    match store::access::switch_provider(&state.db, &asks.actor, &slug, switch.enabled).await {
        // It is so already, which is what was asked.
        Ok(()) | Err(store::Error::Rule(store::Rule::NothingToDo)) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(error.into()),
    }
}

/// Remove a provider: who comes in by it alone comes in no more
#[utoipa::path(delete, path = "/sign-in-providers/{slug}", tag = "instance", params(("slug" = String, Path, example = "company")),
    responses((status = 204, description = "It is gone")))]
async fn remove(State(state): State<AppState>, asks: Asks, Path(slug): Path<String>) -> Answer {
    store::access::remove_provider(&state.db, &asks.actor, &slug, &slug).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ask a provider what it says of itself now
#[utoipa::path(post, path = "/sign-in-providers/{slug}/test", tag = "instance", params(("slug" = String, Path, example = "company")),
    responses((status = 200, description = "What came back", body = super::environment::Probe)))]
async fn test(State(state): State<AppState>, asks: Asks, Path(slug): Path<String>) -> Answer {
    let client = store::access::provider_to_test(&state.db, &asks.actor, &state.vault, &slug).await?;
    let ask = crate::identity::discoverer(state.providers.clone());
    let probe = (ask.0)(client.provider).await;
    Ok(Json(super::environment::Probe::of(String::new(), probe)).into_response())
}

/// Whether people may sign in by a password.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"on": true}))]
pub struct Passwords {
    pub on: bool,
}

/// Switch passwords on or off
#[utoipa::path(put, path = "/passwords", tag = "instance", request_body = Passwords,
    responses((status = 204, description = "It is so now; 409 while who asks could not come in without one")))]
async fn passwords(State(state): State<AppState>, asks: Asks, Sent(wanted): Sent<Passwords>) -> Answer {
    match store::access::switch_passwords(&state.db, &asks.actor, wanted.on).await {
        // It is so already, which is what was asked.
        Ok(()) | Err(store::Error::Rule(store::Rule::NothingToDo)) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(error.into()),
    }
}
