//! Releases: planned, edited, registered by a pipeline, their checklist and history.

use super::answer::{Answer, Asked, Asks, Listed, Refused, Sent, if_match, paged, versioned};
use super::gate::Before;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use domain::field::{FieldErrors, Problem};
use domain::registration::Registration;
use domain::release::{ChangeKind, ReleaseForm, ReleasePage};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(create))
        .routes(routes!(read, update, register))
        .routes(routes!(history))
        .routes(routes!(commits))
}

/// What is deployed, by content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// How the target finds it.
    pub reference: String,
    /// `sha256:` and 64 hexadecimal digits, or a commit.
    pub digest: String,
}

/// One line of what a release brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// `feature`, `fix`, `update` or `security`.
    pub kind: String,
    pub text: String,
}

/// A planned window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
}

/// A release with how it stands before each environment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "service": "storefront", "version": "1.3.0", "title": "Coupons",
    "artifact": {"reference": "storefront:1.3.0", "digest": "sha256:abababababababababababababababababababababababababababababababab"},
    "commit": "0123456789abcdef0123456789abcdef01234567", "changes": [{"kind": "feature", "text": "Coupons in the cart"}],
    "database_changes": "", "window": null, "duration_min": 20, "rollback_plan": "Send all traffic to 1.2.3", "rollback_min": 5,
    "verification": "", "notes": "", "known_issues": "", "created_by": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d",
    "created_at": "2026-01-15T10:00:00Z", "updated_at": "2026-01-15T10:00:00Z", "row_version": 2, "items": 30, "settled": 12, "environments": []
}))]
pub struct Release {
    pub service: String,
    pub version: String,
    pub title: String,
    pub artifact: Artifact,
    pub commit: String,
    pub changes: Vec<Change>,
    pub database_changes: String,
    pub window: Option<Window>,
    pub duration_min: u32,
    pub rollback_plan: String,
    pub rollback_min: u32,
    pub verification: String,
    pub notes: String,
    pub known_issues: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub row_version: i32,
    /// Items of the checklist, and how many of them are not open.
    pub items: u32,
    pub settled: u32,
    /// In promotion order.
    pub environments: Vec<Before>,
}

/// The release of a page, and the moment at which its gates are evaluated.
fn of(page: ReleasePage, now: DateTime<Utc>) -> Release {
    let form = page.release.form;
    let open = page
        .items
        .iter()
        .filter(|item| item.state == domain::release::ItemState::Open);
    let (items, open) = (page.items.len() as u32, open.count() as u32);
    Release {
        service: page.service.name,
        version: form.version,
        title: form.title,
        artifact: Artifact {
            reference: form.artifact.reference,
            digest: form.artifact.digest,
        },
        commit: form.commit,
        changes: form
            .changes
            .into_iter()
            .map(|change| Change {
                kind: change.kind.key().to_owned(),
                text: change.text,
            })
            .collect(),
        database_changes: form.database_changes,
        window: form.window.map(|window| Window {
            opens_at: window.opens_at,
            closes_at: window.closes_at,
        }),
        duration_min: form.duration_min,
        rollback_plan: form.rollback_plan,
        rollback_min: form.rollback_min,
        verification: form.verification,
        notes: form.notes,
        known_issues: form.known_issues,
        created_by: page.release.created_by.to_string(),
        created_at: page.release.created_at,
        updated_at: page.release.updated_at,
        row_version: page.release.row_version,
        items,
        settled: items - open,
        environments: page.environments.iter().map(|one| Before::of(one, now)).collect(),
    }
}

/// A plan as it is entered. What is left out of a change stays.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({
    "version": "1.3.0", "title": "Coupons",
    "artifact": {"reference": "storefront:1.3.0", "digest": "sha256:abababababababababababababababababababababababababababababababab"},
    "changes": [{"kind": "feature", "text": "Coupons in the cart"}], "rollback_plan": "Send all traffic to 1.2.3"
}))]
pub struct ReleaseInput {
    pub version: Option<String>,
    pub title: Option<String>,
    pub artifact: Option<Artifact>,
    pub commit: Option<String>,
    pub changes: Option<Vec<Change>>,
    pub database_changes: Option<String>,
    /// Null: no window.
    #[serde(deserialize_with = "named")]
    #[schema(value_type = Option<Window>)]
    pub window: Option<Option<Window>>,
    pub duration_min: Option<u32>,
    pub rollback_plan: Option<String>,
    pub rollback_min: Option<u32>,
    pub verification: Option<String>,
    pub notes: Option<String>,
    pub known_issues: Option<String>,
}

/// Null is a value, and not the same as left out.
fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

fn changes(given: Vec<Change>, errors: &mut FieldErrors) -> Vec<domain::release::Change> {
    let mut read = Vec::new();
    for (i, change) in given.into_iter().enumerate() {
        match ChangeKind::from_key(&change.kind) {
            Some(kind) => read.push(domain::release::Change {
                kind,
                text: change.text,
            }),
            None => errors.add(&format!("changes.{i}.kind"), Problem::Unknown),
        }
    }
    read
}

impl ReleaseInput {
    fn onto(self, mut form: ReleaseForm) -> Result<ReleaseForm, FieldErrors> {
        let mut errors = FieldErrors::default();
        if let Some(given) = self.changes {
            form.changes = changes(given, &mut errors);
        }
        if let Some(artifact) = self.artifact {
            form.artifact = domain::release::Artifact {
                reference: artifact.reference,
                digest: artifact.digest,
            };
        }
        if let Some(window) = self.window {
            form.window = window.map(|window| domain::release::Window {
                opens_at: window.opens_at,
                closes_at: window.closes_at,
            });
        }
        for (into, given) in [
            (&mut form.version, self.version),
            (&mut form.title, self.title),
            (&mut form.commit, self.commit),
            (&mut form.database_changes, self.database_changes),
            (&mut form.rollback_plan, self.rollback_plan),
            (&mut form.verification, self.verification),
            (&mut form.notes, self.notes),
            (&mut form.known_issues, self.known_issues),
        ] {
            if let Some(given) = given {
                *into = given;
            }
        }
        form.duration_min = self.duration_min.unwrap_or(form.duration_min);
        form.rollback_min = self.rollback_min.unwrap_or(form.rollback_min);
        errors.into_result()?;
        Ok(form)
    }
}

/// Which releases.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Name of a service.
    #[param(required = false, example = "storefront")]
    pub service: Option<String>,
    /// Part of a version or a title.
    #[param(required = false)]
    pub text: String,
    /// `next` of the page before.
    #[param(required = false)]
    pub cursor: Option<String>,
}

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "service": "storefront", "version": "1.3.0", "title": "Coupons", "created_at": "2026-01-15T10:00:00Z", "items": 30, "settled": 12,
    "running_in": ["staging"]
}))]
pub struct ReleaseLine {
    pub service: String,
    pub version: String,
    pub title: String,
    pub created_at: DateTime<Utc>,
    pub items: u32,
    pub settled: u32,
    /// Environments in which it is what runs.
    pub running_in: Vec<String>,
}

/// Releases
#[utoipa::path(get, path = "/releases", tag = "releases", params(Which),
    responses((status = 200, description = "Fifty, the newest first", body = Listed<ReleaseLine>)))]
async fn list(State(state): State<AppState>, asks: Asks, Asked(which): Asked<Which>) -> Answer {
    let before = match which.cursor.as_deref() {
        None => None,
        Some(cursor) => Some(cursor.parse::<DateTime<Utc>>().map_err(|_| unreadable_cursor())?),
    };
    let filter = store::release::ReleaseFilter {
        service: which.service.clone(),
        text: which.text.clone(),
        before,
    };
    let lines = store::release::list(&state.db, &asks.actor, &filter).await?;
    let full = lines.len() == 50;
    let next = lines
        .last()
        .filter(|_| full)
        .map(|line| line.created_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
    let items = lines.into_iter().map(|line| ReleaseLine {
        service: line.service,
        version: line.version,
        title: line.title,
        created_at: line.created_at,
        items: line.items,
        settled: line.settled,
        running_in: line
            .reached
            .into_iter()
            .filter(|reached| reached.running)
            .map(|reached| reached.environment)
            .collect(),
    });
    let page = Listed {
        items: items.collect::<Vec<_>>(),
        next,
    };
    let query = [
        ("service", which.service.as_deref()),
        ("text", Some(which.text.as_str())),
    ];
    Ok(paged(page, "/releases", &query))
}

/// A cursor that no page gave.
pub fn unreadable_cursor() -> Refused {
    Refused::Early(
        StatusCode::BAD_REQUEST,
        "cursor",
        "This cursor is of no page. Begin without one.",
        None,
    )
}

/// Plan a release
#[utoipa::path(post, path = "/services/{service}/releases", tag = "releases", params(("service" = String, Path, example = "storefront")),
    request_body = ReleaseInput, responses((status = 201, description = "The release", body = Release)))]
async fn create(
    State(state): State<AppState>,
    asks: Asks,
    Path(service): Path<String>,
    Sent(input): Sent<ReleaseInput>,
) -> Answer {
    let form = input.onto(ReleaseForm::default())?;
    store::release::create(&state.db, &asks.actor, &service, &form).await?;
    let mut response = shown(&state, &asks, &service, form.version.trim()).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// A release
#[utoipa::path(get, path = "/services/{service}/releases/{version}", tag = "releases",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    responses((status = 200, description = "The release, and how it stands before each environment", body = Release)))]
async fn read(State(state): State<AppState>, asks: Asks, Path((service, version)): Path<(String, String)>) -> Answer {
    shown(&state, &asks, &service, &version).await
}

async fn shown(state: &AppState, asks: &Asks, service: &str, version: &str) -> Answer {
    let page = store::release::page(&state.db, &asks.actor, service, version).await?;
    Ok(versioned(
        page.release.row_version,
        of(page, std::time::SystemTime::now().into()),
    ))
}

/// Change a plan
#[utoipa::path(patch, path = "/services/{service}/releases/{version}", tag = "releases",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0"),
        ("If-Match" = String, Header, description = "The ETag that was read")),
    request_body = ReleaseInput, responses((status = 200, description = "The release as it is now", body = Release)))]
async fn update(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
    headers: HeaderMap,
    Sent(input): Sent<ReleaseInput>,
) -> Answer {
    let row_version = if_match(&headers)?;
    let page = store::release::page(&state.db, &asks.actor, &service, &version).await?;
    let kept = ReleaseForm {
        row_version,
        ..page.release.form
    };
    let form = input.onto(kept)?;
    store::release::update(&state.db, &asks.actor, &service, &version, &form)
        .await
        .map_err(|error| Refused::from(error).stale())?;
    shown(&state, &asks, &service, form.version.trim()).await
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "sha": "0123456789abcdef0123456789abcdef01234567", "message": "feat: coupons in the cart", "author": "Ana Ruiz", "at": "2026-01-15T09:00:00Z"
}))]
pub struct Commit {
    /// All 40 or 64 digits.
    pub sha: String,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub author: String,
    pub at: DateTime<Utc>,
}

/// What a pipeline built. Sent again, it changes nothing.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "artifact": {"reference": "storefront:1.3.0", "digest": "sha256:abababababababababababababababababababababababababababababababab"},
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "commits": [{"sha": "0123456789abcdef0123456789abcdef01234567", "message": "feat: coupons in the cart", "author": "Ana Ruiz",
        "at": "2026-01-15T09:00:00Z"}]
}))]
pub struct Registered {
    #[serde(default)]
    pub title: Option<String>,
    pub artifact: Artifact,
    /// The commit that it was built from, whole.
    pub commit: String,
    /// The oldest first, at most 500. A new release's changes are made of them.
    #[serde(default)]
    pub commits: Vec<Commit>,
    /// Instead of those that are made of the commits.
    #[serde(default)]
    pub changes: Option<Vec<Change>>,
}

/// Register what a pipeline built: plans the release, or brings a known one to this artifact and these commits
#[utoipa::path(put, path = "/services/{service}/releases/{version}", tag = "pipelines",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    request_body = Registered, responses((status = 201, description = "It is new", body = Release), (status = 200, description = "It was known", body = Release)))]
async fn register(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
    Sent(sent): Sent<Registered>,
) -> Answer {
    let mut errors = FieldErrors::default();
    let given = sent.changes.map(|given| changes(given, &mut errors));
    errors.into_result()?;
    let commits = sent.commits.into_iter().map(|commit| domain::check::Commit {
        sha: commit.sha,
        message: commit.message,
        author: commit.author,
        at: commit.at,
    });
    let registration = Registration {
        title: sent.title,
        artifact: domain::release::Artifact {
            reference: sent.artifact.reference,
            digest: sent.artifact.digest,
        },
        commit: sent.commit,
        commits: commits.collect(),
        changes: given,
    };
    let new = store::release::register(&state.db, &asks.actor, &service, &version, &registration).await?;
    let mut response = shown(&state, &asks, &service, &version).await?;
    if new {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

/// The commits that a release brings
#[utoipa::path(get, path = "/services/{service}/releases/{version}/commits", tag = "releases",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    responses((status = 200, description = "The oldest first", body = Listed<Commit>)))]
async fn commits(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
) -> Answer {
    let commits = store::release::commits(&state.db, &asks.actor, &service, &version).await?;
    let commits = commits.into_iter().map(|commit| Commit {
        sha: commit.sha,
        message: commit.message,
        author: commit.author,
        at: commit.at,
    });
    Ok(Json(Listed::whole(commits)).into_response())
}

/// Something that happened to a release.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "at": "2026-01-15T10:00:00Z", "person": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "token": null,
    "event": {"event": "release_planned", "version": "1.3.0"}
}))]
pub struct Happened {
    pub at: DateTime<Utc>,
    /// Null: the machine.
    pub person: Option<String>,
    /// The token by which it was done.
    pub token: Option<String>,
    /// Its word in `event`, and what belongs to it.
    #[schema(value_type = Object)]
    pub event: Value,
}

/// What happened to a release
#[utoipa::path(get, path = "/services/{service}/releases/{version}/history", tag = "releases",
    params(("service" = String, Path, example = "storefront"), ("version" = String, Path, example = "1.3.0")),
    responses((status = 200, description = "The newest first", body = Listed<Happened>)))]
async fn history(
    State(state): State<AppState>,
    asks: Asks,
    Path((service, version)): Path<(String, String)>,
) -> Answer {
    let page = store::release::page(&state.db, &asks.actor, &service, &version).await?;
    let history = store::release::history(&state.db, &asks.actor, page.release.id).await?;
    let events = history.events.into_iter().rev().map(|happened| Happened {
        at: happened.at,
        person: happened.by.person().map(|id| id.to_string()),
        token: match happened.by {
            domain::access::By::Token(by) => Some(by.token.to_string()),
            _ => None,
        },
        event: serde_json::to_value(&happened.event).unwrap_or_default(),
    });
    Ok(Json(Listed::whole(events)).into_response())
}
