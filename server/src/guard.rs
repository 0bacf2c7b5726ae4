//! What holds for every answer and every write: headers, and that a write comes from our own pages.

use crate::caller::request_id;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

/// Policy of whatever is not a rendered page: nothing may run.
const STRICT: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Puts the security headers on every answer. A rendered page brings its own policy, which holds its nonce.
pub async fn headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let immutable = request.uri().path().starts_with("/pkg/");
    let mut response = next.run(request).await;
    let found = response.status().is_success();
    let headers = response.headers_mut();
    let mut put = |name, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    put(header::CONTENT_SECURITY_POLICY, STRICT);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::REFERRER_POLICY, "same-origin");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(
        header::HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    put(
        header::HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    put(
        header::HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    );
    match immutable && found {
        true => put(header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        false => put(header::CACHE_CONTROL, "no-store"),
    }
    if state.place.https() {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    response
}

/// The longest id of a request that is taken over from who sends it.
const MOST_ID: usize = 100;

/// Drops the id that somebody gave a request, unless it is a short word: it stands in the log, on pages and in every answer.
pub async fn request_id_in_measure(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    if headers.get(crate::http::REQUEST_ID).is_some_and(|id| !is_id(id)) {
        headers.remove(crate::http::REQUEST_ID);
    }
    next.run(request).await
}

fn is_id(given: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/=+".contains(byte);
    (1..=MOST_ID).contains(&given.len()) && given.as_bytes().iter().all(plain)
}

/// Refuses writes that another site's page asked for. Browsers say where a write comes from; a cookie without that word is refused as well.
pub async fn same_origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let write = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // There no cookie counts, so nobody else's page can borrow one.
    let by_token = request.uri().path().starts_with("/api/");
    if write && !by_token && !from_here(request.headers(), state.place.authority()) {
        return crate::trouble::cross_site(&request_id(&request));
    }
    next.run(request).await
}

fn from_here(headers: &HeaderMap, authority: &str) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or(authority);
    let ours = |url: &str| {
        let theirs = url
            .split_once("://")
            .map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
        theirs == host || theirs == authority
    };
    match (
        text(header::ORIGIN),
        text(header::HeaderName::from_static("sec-fetch-site")),
        text(header::REFERER),
    ) {
        (Some(origin), _, _) => ours(origin),
        (None, Some(site), _) => site == "same-origin" || site == "none",
        (None, None, Some(referer)) => ours(referer),
        (None, None, None) => !headers.contains_key(header::COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn an_id_of_a_request_is_a_short_word() {
        let fine = |text: &str| is_id(&HeaderValue::from_str(text).expect("a header"));
        for id in [
            "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d",
            "Root=1-67891233-abc",
            &"x".repeat(100),
        ] {
            assert!(fine(id), "{id}");
        }
        for id in ["", "two words", "<b>", "\"", &"x".repeat(101)] {
            assert!(!fine(id), "{id}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is said to be the origin, only what is one of ours is let in, as a browser reads addresses.
        #[test]
        fn another_origin_never_writes(
            origin in prop_oneof!["[!-~]{0,40}", "https?://[a-z.@:/#?]{0,30}", "https://slipway\\.example\\.com[!-~]{0,8}"],
            site in prop::option::of("[a-z-]{0,12}"),
        ) {
            let mut said = HeaderMap::new();
            let mut put = |name, text: &str| said.insert(name, HeaderValue::from_str(text).expect("a header"));
            put(header::HOST, "slipway.example.com");
            put(header::ORIGIN, &origin);
            put(header::COOKIE, "slipway=1");
            if let Some(site) = site {
                put(header::HeaderName::from_static("sec-fetch-site"), &site);
            }
            if from_here(&said, "slipway.example.com") {
                let url = reqwest::Url::parse(&origin);
                prop_assert!(url.is_ok_and(|url| url.host_str() == Some("slipway.example.com")), "{origin}");
            }
        }
    }

    #[test]
    fn only_our_own_pages_write() {
        let here = |pairs: &[(&'static str, &'static str)]| from_here(&headers(pairs), "slipway.example.com");
        assert!(here(&[("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:3000")]));
        assert!(here(&[
            ("host", "inside:8080"),
            ("origin", "https://slipway.example.com")
        ]));
        assert!(!here(&[("host", "127.0.0.1:3000"), ("origin", "https://evil.example")]));
        assert!(!here(&[("host", "127.0.0.1:3000"), ("origin", "null")]));
        assert!(!here(&[("host", "h"), ("sec-fetch-site", "cross-site")]));
        assert!(!here(&[("host", "h"), ("cookie", "slipway=1")]));
        assert!(here(&[("host", "h")]));
        assert!(here(&[("host", "h"), ("referer", "http://h/login")]));
    }
}
