//! Deployments and releases as GitHub tells them.

use super::{Heard, MOST_WORD, Why, cut};
use crate::check::is_commit;
use crate::outside::{OutsideState, Published, plain_version};
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A deployment that GitHub knows of, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// GitHub's own id of the deployment: its statuses are of one.
    pub id: String,
    /// As GitHub calls it.
    pub environment: String,
    /// Branch, tag or commit that was deployed.
    pub reference: String,
    pub commit: String,
    pub state: OutsideState,
    pub url: String,
    pub started_at: Option<DateTime<Utc>>,
    /// When its state came to be.
    pub at: DateTime<Utc>,
}

/// The version that a deployment brought when no release here is built from its commit: its tag, else the beginning of its commit.
pub fn version_of(reference: &str, commit: &str) -> String {
    let plain = plain_version(reference);
    let is_version = plain.starts_with(|c: char| c.is_ascii_digit()) && plain.contains('.');
    if is_version {
        cut(plain, 100)
    } else {
        commit.chars().take(12).collect()
    }
}

#[derive(Deserialize)]
pub(super) struct DeploymentEvent {
    deployment: Deployment,
}

#[derive(Deserialize)]
pub(super) struct StatusEvent {
    deployment_status: Status,
    deployment: Deployment,
}

#[derive(Deserialize)]
struct Deployment {
    id: u64,
    sha: String,
    #[serde(default, rename = "ref")]
    reference: String,
    environment: String,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Status {
    state: String,
    #[serde(default)]
    target_url: Option<String>,
    #[serde(default)]
    log_url: Option<String>,
    created_at: DateTime<Utc>,
    #[serde(default)]
    updated_at: Option<DateTime<Utc>>,
}

/// A deployment was asked for: it began.
pub(super) fn asked(event: DeploymentEvent) -> Heard {
    let at = event.deployment.created_at;
    deployed(event.deployment, OutsideState::Started, None, at)
}

/// A deployment's state. One that became inactive had succeeded, and was replaced later: that one tells.
pub(super) fn told(event: StatusEvent) -> Heard {
    let status = event.deployment_status;
    let state = match status.state.as_str() {
        "queued" | "pending" | "waiting" | "in_progress" => OutsideState::Started,
        "success" => OutsideState::Succeeded,
        "failure" | "error" => OutsideState::Failed,
        _ => return Heard::Nothing(Why::SaysNothing),
    };
    let links = [status.log_url, status.target_url];
    let url = links.into_iter().flatten().find_map(address);
    let at = status.updated_at.unwrap_or(status.created_at);
    deployed(event.deployment, state, url, at)
}

fn deployed(deployment: Deployment, state: OutsideState, url: Option<String>, at: DateTime<Utc>) -> Heard {
    let environment = cut(deployment.environment.trim(), MOST_WORD);
    if !is_commit(&deployment.sha) || environment.is_empty() {
        return Heard::Nothing(Why::SaysNothing);
    }
    Heard::Deployed(Deployed {
        id: deployment.id.to_string(),
        environment,
        reference: cut(&deployment.reference, MOST_WORD),
        commit: deployment.sha,
        state,
        url: url.unwrap_or_default(),
        started_at: Some(deployment.created_at),
        at,
    })
}

#[derive(Deserialize)]
pub(super) struct ReleaseEvent {
    #[serde(default)]
    action: String,
    release: Release,
}

#[derive(Deserialize)]
struct Release {
    tag_name: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    html_url: Option<String>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    #[serde(default)]
    published_at: Option<DateTime<Utc>>,
}

/// A release that was published, or edited since.
pub(super) fn published(event: ReleaseEvent) -> Heard {
    let release = event.release;
    let tag = cut(release.tag_name.trim(), MOST_WORD);
    let told = matches!(
        event.action.as_str(),
        "published" | "released" | "edited" | "prereleased"
    );
    match release.published_at {
        Some(at) if told && !release.draft && !tag.is_empty() => Heard::Published(Published {
            tag,
            name: cut(&release.name.unwrap_or_default(), MOST_WORD),
            url: release.html_url.and_then(address).unwrap_or_default(),
            prerelease: release.prerelease,
            at,
        }),
        _ => Heard::Nothing(Why::SaysNothing),
    }
}

/// A link that can be followed.
fn address(url: String) -> Option<String> {
    (crate::field::is_url(&url) && url.len() <= 1_000).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::hear;
    use serde_json::{Value, json};

    const SHA: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

    fn status(state: &str) -> Value {
        json!({
            "action": "created",
            "deployment_status": {"id": 1, "state": state, "environment": "Production", "target_url": "", "log_url":
                "https://github.com/example/storefront/runs/1", "created_at": "2026-11-20T10:01:00Z", "updated_at": "2026-11-20T10:02:00Z"},
            "deployment": {"id": 42, "sha": SHA, "ref": "v1.4.0", "task": "deploy", "environment": "Production",
                "created_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T10:00:00Z"},
        })
    }

    fn heard(state: &str) -> Heard {
        hear("deployment_status", &status(state)).expect("it is read")
    }

    #[test]
    fn each_state_is_one_of_three_or_says_nothing() {
        for (told, state) in [
            ("queued", OutsideState::Started),
            ("pending", OutsideState::Started),
            ("waiting", OutsideState::Started),
            ("in_progress", OutsideState::Started),
            ("success", OutsideState::Succeeded),
            ("failure", OutsideState::Failed),
            ("error", OutsideState::Failed),
        ] {
            let Heard::Deployed(deployed) = heard(told) else {
                panic!("{told} says nothing");
            };
            assert_eq!((deployed.state, deployed.id.as_str()), (state, "42"));
            assert_eq!(deployed.at.to_rfc3339(), "2026-11-20T10:02:00+00:00");
            assert_eq!(deployed.url, "https://github.com/example/storefront/runs/1");
        }
        for told in ["inactive", "something_new"] {
            assert_eq!(heard(told), Heard::Nothing(Why::SaysNothing), "{told}");
        }
    }

    #[test]
    fn a_version_is_a_tag_or_the_beginning_of_a_commit() {
        assert_eq!(version_of("v1.4.0", SHA), "1.4.0");
        assert_eq!(version_of("refs/tags/1.4.0", SHA), "1.4.0");
        assert_eq!(version_of("main", SHA), "6dcb09b5b578");
        assert_eq!(version_of("v2", SHA), "6dcb09b5b578");
    }

    #[test]
    fn only_what_is_published_is_kept() {
        let release = |action: &str, draft: bool| {
            let body = json!({"action": action, "release": {"tag_name": "v1.4.0", "name": null, "draft": draft,
                "html_url": "https://github.com/example/storefront/releases/v1.4.0", "published_at": "2026-11-20T10:00:00Z"}});
            hear("release", &body).expect("it is read")
        };
        let Heard::Published(published) = release("published", false) else {
            panic!("it says nothing");
        };
        assert_eq!((published.tag.as_str(), published.name.as_str()), ("v1.4.0", ""));
        for heard in [
            release("created", false),
            release("deleted", false),
            release("published", true),
        ] {
            assert_eq!(heard, Heard::Nothing(Why::SaysNothing));
        }
    }
}
