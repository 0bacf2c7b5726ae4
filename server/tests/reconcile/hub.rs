//! GitHub as far as it is asked: its documented answers over HTTP, with pages, tags and limits.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The token that it takes.
pub const TOKEN: &str = "github_pat_11ABCDEFG0123456789";
pub const SHA: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

#[derive(Default)]
struct Inside {
    /// Lists by path without query, a page each.
    answers: BTreeMap<String, Vec<Value>>,
    /// Path with query, and status, of every question.
    asked: Vec<(String, u16)>,
    /// Answers are refused until then: seconds since 1970.
    limited_until: Option<i64>,
    /// Another host is named for the next page.
    leads_elsewhere: bool,
}

/// A server on loopback.
pub struct Hub {
    pub base: String,
    inside: Arc<Mutex<Inside>>,
}

impl Hub {
    pub async fn open() -> Hub {
        let inside = Arc::new(Mutex::new(Inside::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/api/v3", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state((base.clone(), inside.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let hub = Hub { base, inside };
        hub.set(
            "",
            vec![json!({"id": 1, "name": "storefront", "full_name": "example/storefront", "default_branch": "main"})],
        );
        hub
    }

    /// What is answered below `/repos/example/storefront`, page by page.
    pub fn set(&self, path: &str, pages: Vec<Value>) {
        let path = format!("/repos/example/storefront{path}");
        self.inside.lock().unwrap().answers.insert(path, pages);
    }

    pub fn limit(&self, until: Option<i64>) {
        self.inside.lock().unwrap().limited_until = until;
    }

    pub fn lead_elsewhere(&self) {
        self.inside.lock().unwrap().leads_elsewhere = true;
    }

    /// How often it was asked with this status since it was last asked for that.
    pub fn counts(&self) -> BTreeMap<u16, usize> {
        let mut counts = BTreeMap::new();
        for (_, status) in self.inside.lock().unwrap().asked.drain(..) {
            *counts.entry(status).or_default() += 1;
        }
        counts
    }
}

async fn answer(State((base, inside)): State<(String, Arc<Mutex<Inside>>)>, uri: Uri, headers: HeaderMap) -> Response {
    let mut inside = inside.lock().unwrap();
    let response = page(&base, &inside, &uri, &headers);
    inside.asked.push((uri.to_string(), response.status().as_u16()));
    response
}

fn page(base: &str, inside: &Inside, uri: &Uri, headers: &HeaderMap) -> Response {
    if headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) != Some(&format!("Bearer {TOKEN}")) {
        return (
            StatusCode::UNAUTHORIZED,
            json!({"message": "Bad credentials"}).to_string(),
        )
            .into_response();
    }
    if let Some(until) = inside.limited_until {
        let headers = [
            ("x-ratelimit-remaining", "0".to_owned()),
            ("x-ratelimit-reset", until.to_string()),
        ];
        return (
            StatusCode::FORBIDDEN,
            headers,
            json!({"message": "API rate limit exceeded"}).to_string(),
        )
            .into_response();
    }
    let query = uri.query().unwrap_or_default();
    let number = query
        .split('&')
        .find_map(|part| part.strip_prefix("page="))
        .map_or(1, |page| page.parse().unwrap());
    let path = uri.path().strip_prefix("/api/v3").unwrap_or_default();
    let empty = vec![match path {
        path if path.ends_with("/check-runs") => json!({"total_count": 0, "check_runs": []}),
        path if path.ends_with("/runs") => json!({"total_count": 0, "workflow_runs": []}),
        _ => json!([]),
    }];
    if !path.starts_with("/repos/example/storefront") {
        return (StatusCode::NOT_FOUND, json!({"message": "Not Found"}).to_string()).into_response();
    }
    let pages = inside.answers.get(path).unwrap_or(&empty);
    let body = pages[number - 1].to_string();
    let etag = format!("\"{}\"", hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&body)));
    let left = ("x-ratelimit-remaining", "4999".to_owned());
    if headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(&etag) {
        return (StatusCode::NOT_MODIFIED, [("etag", etag), left]).into_response();
    }
    let mut response = (StatusCode::OK, [("etag", etag), left], body).into_response();
    if number < pages.len() {
        let base = if inside.leads_elsewhere {
            "http://127.0.0.2:9/api/v3"
        } else {
            base
        };
        let rest = query
            .split('&')
            .filter(|part| !part.starts_with("page="))
            .collect::<Vec<_>>()
            .join("&");
        let link = format!(
            "<{base}{path}?{rest}&page={}>; rel=\"next\", <{base}{path}?{rest}&page={}>; rel=\"last\"",
            number + 1,
            pages.len()
        );
        response.headers_mut().insert(header::LINK, link.parse().unwrap());
    }
    response
}

/// A commit as it is listed.
pub fn commit(sha: &str, minute: u32) -> Value {
    let at = format!("2025-11-20T10:{minute:02}:00Z");
    json!({"sha": sha, "node_id": "x", "html_url": format!("https://github.com/example/storefront/commit/{sha}"),
        "commit": {"message": "feat: coupons", "author": {"name": "Ana", "email": "a@example.com", "date": at},
            "committer": {"name": "GitHub", "email": "n@example.com", "date": at}}})
}

/// A check run, as it is listed and as it is delivered.
pub fn check_run(name: &str, conclusion: &str) -> Value {
    json!({"id": 4, "name": name, "head_sha": SHA, "status": "completed", "conclusion": conclusion, "started_at": "2025-11-20T10:00:00Z",
        "completed_at": "2025-11-20T10:05:00Z", "html_url": format!("https://github.com/example/storefront/runs/{name}")})
}

/// A run of a workflow.
pub fn workflow_run(name: &str, conclusion: &str) -> Value {
    json!({"id": 30, "name": name, "head_sha": SHA, "status": "completed", "conclusion": conclusion, "run_started_at": "2025-11-20T10:00:00Z",
        "updated_at": "2025-11-20T10:06:00Z", "html_url": "https://github.com/example/storefront/actions/runs/30"})
}

/// A review; lists have its state in capitals, deliveries do not.
pub fn review(state: &str) -> Value {
    json!({"id": 80, "user": {"login": "octocat"}, "body": "Fine", "state": state, "commit_id": SHA,
        "submitted_at": "2025-11-20T10:07:00Z", "html_url": "https://github.com/example/storefront/pull/12#pullrequestreview-80"})
}

/// A release.
pub fn release(tag: &str) -> Value {
    json!({"id": 1, "tag_name": tag, "name": tag, "draft": false, "prerelease": false, "target_commitish": "main",
        "published_at": "2025-11-20T11:00:00Z", "html_url": format!("https://github.com/example/storefront/releases/tag/{tag}")})
}
