//! Programs at work: the API by token with many tokens there, and webhooks that come in one after the other for minutes.

use crate::instance::Instance;
use crate::{Line, quantile};
use domain::access::{TokenForm, TokenScope};
use futures::{StreamExt, stream};
use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

const TOKENS: usize = 1_000;
/// Reads, and writes, of the API; one after the other, each by another token.
const REQUESTS: usize = 1_000;
/// Webhooks that come in, without BENCH_DELIVERIES.
const DELIVERIES: u32 = 10_000;
/// So many are under way at once.
const AT_ONCE: usize = 16;
const SERVICE: &str = "storefront";
const COMMIT: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

pub async fn lines(instance: &Instance) -> Vec<Line> {
    let mut lines = api(instance).await;
    lines.extend(webhooks(instance).await);
    lines
}

fn number(name: &str, usual: usize) -> usize {
    let given = std::env::var(name).ok().and_then(|text| text.parse().ok());
    given.unwrap_or(usual)
}

/// Tokens by the use case, as somebody makes them. Each is limited, so each asks in its turn.
async fn tokens(instance: &Instance, count: usize) -> Vec<String> {
    let form = TokenForm {
        name: "A pipeline's".into(),
        scopes: vec![TokenScope::Read, TokenScope::Plan],
        days: 30,
    };
    let made = stream::iter(0..count).map(|_| store::access::make_token(&instance.db, &instance.actor, &form));
    made.buffer_unordered(8).map(Result::unwrap).collect().await
}

async fn api(instance: &Instance) -> Vec<Line> {
    let count = number("BENCH_TOKENS", TOKENS);
    let requests = number("BENCH_REQUESTS", REQUESTS);
    let tokens = tokens(instance, count).await;
    let (mut reads, mut writes) = (Vec::with_capacity(requests), Vec::with_capacity(requests));
    for (n, token) in tokens.iter().cycle().take(requests).enumerate() {
        let read = instance
            .http
            .get(format!("{}/api/v1/services/{SERVICE}/releases/1.3.0", instance.address))
            .bearer_auth(token);
        reads.push(timed(read).await);
        // What a pipeline says most often.
        let check = format!("bench-{}", n % 50);
        let write = instance
            .http
            .put(format!(
                "{}/api/v1/services/{SERVICE}/commits/{COMMIT}/checks/{check}",
                instance.address
            ))
            .json(&json!({"state": "passed", "url": format!("https://ci.example.com/{n}")}))
            .bearer_auth(token);
        writes.push(timed(write).await);
    }
    [("reads", reads), ("writes", writes)]
        .into_iter()
        .map(|(what, mut times)| {
            times.sort_by(f64::total_cmp);
            let measured = format!(
                "p50 {:.1} ms, p99 {:.1} ms",
                quantile(&times, 0.5),
                quantile(&times, 0.99)
            );
            Line::new(
                format!("API {what} by token, {count} tokens"),
                measured,
                "p99 at most 50 ms",
            )
        })
        .collect()
}

/// How long it took until the whole answer was there, in milliseconds.
async fn timed(request: reqwest::RequestBuilder) -> f64 {
    let begun = Instant::now();
    let answer = request.send().await.unwrap();
    let (status, address) = (answer.status(), answer.url().clone());
    let body = answer.text().await.unwrap();
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    assert!(status.is_success(), "{address}: {status} {body}");
    took
}

async fn webhooks(instance: &Instance) -> Vec<Line> {
    let count = u32::try_from(number("BENCH_DELIVERIES", DELIVERIES as usize)).unwrap();
    let secret = store::hook::connect(&instance.db, &instance.vault(), &instance.actor, SERVICE)
        .await
        .unwrap();
    let address = format!("{}/hooks/github/{SERVICE}", instance.address);
    let taken = AtomicU32::new(0);
    let before = instance.memory();
    let begun = Instant::now();
    stream::iter(0..count)
        .for_each_concurrent(AT_ONCE, |n| {
            let (address, secret, taken) = (&address, &secret, &taken);
            async move {
                let (event, body) = delivery(n);
                let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
                mac.update(body.as_bytes());
                let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
                let request = instance
                    .http
                    .post(address)
                    .header("content-type", "application/json")
                    .header("x-github-event", event)
                    .header("x-github-delivery", format!("bench-{n}"))
                    .header("x-hub-signature-256", signature)
                    .body(body);
                let answer = request.send().await.unwrap();
                let status = answer.status();
                assert!(
                    status.is_success(),
                    "{event}: {status} {}",
                    answer.text().await.unwrap()
                );
                taken.fetch_add(1, Ordering::Relaxed);
            }
        })
        .await;
    let took = begun.elapsed().as_secs_f64();
    assert_eq!(taken.load(Ordering::Relaxed), count);
    let after = instance.memory();
    vec![
        Line::new(
            format!("webhooks of GitHub in, {count} deliveries, {AT_ONCE} at once"),
            format!("{:.0} a second", f64::from(count) / took),
            "",
        ),
        Line::new(
            "  the server's memory before and after them",
            format!("{before:.0} MB, {after:.0} MB"),
            "does not grow with them",
        ),
    ]
}

/// A handful of kinds, in GitHub's own form.
fn delivery(n: u32) -> (&'static str, String) {
    let repository = json!({"full_name": "example/storefront"});
    let sha = format!("{n:040x}");
    let (event, mut body) = match n % 5 {
        0 => (
            "push",
            json!({"ref": "refs/heads/main", "after": sha, "commits": [{"id": sha, "message": "fix: one thing is better",
                "timestamp": "2026-11-20T10:00:00Z", "author": {"name": "Ana Ruiz", "email": "ana@example.com"}}]}),
        ),
        1 | 2 => (
            "check_run",
            json!({"action": "completed", "check_run": {"name": "Security", "head_sha": COMMIT, "conclusion": "success",
                "completed_at": "2026-11-20T10:00:00Z", "html_url": "https://github.com/example/storefront/runs/1"}}),
        ),
        3 => ("ping", json!({"zen": "Keep it logically awesome."})),
        _ => ("star", json!({"action": "created"})),
    };
    body["repository"] = repository;
    (event, body.to_string())
}
