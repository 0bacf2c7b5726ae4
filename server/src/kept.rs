//! A form that failed in a browser without wasm: the answer is a redirect, and what was typed waits in the session until the form is shown again.

use crate::caller::{accepts_html, key};
use app::caller::{Kept, ShowOnce};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

/// The longest form that is kept.
const MOST: usize = 256 * 1024;

/// Never kept, wherever it stands in a form.
const SECRET: &[&str] = &["password", "token", "code", "secret"];

/// Kept all the same: these are names of secrets.
const NAMES: &[&str] = &["form[secrets]"];

/// The middleware, around the server functions.
pub async fn keep(session: Session, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let form = request.method() == Method::POST && path.starts_with("/call/") && accepts_html(&request);
    if !form {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let once = ShowOnce::default();
    parts.extensions.insert(once.clone());
    let bytes = match axum::body::to_bytes(body, MOST).await {
        Ok(bytes) => bytes,
        Err(_) => return axum::http::StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    };
    let response = next.run(Request::from_parts(parts, Body::from(bytes.clone()))).await;
    let shown = once.0.lock().map(|fields| fields.clone()).unwrap_or_default();
    if failed(&response) {
        remember(&session, path, fields(&bytes)).await;
    } else if !shown.is_empty() {
        insert(&session, Kept { path, fields: shown }).await;
    }
    response
}

/// Keeps a form, less its secrets, for the next page of this session.
pub async fn remember(session: &Session, path: String, fields: Vec<(String, String)>) {
    let fields = fields
        .into_iter()
        .filter(|(name, _)| NAMES.contains(&name.as_str()) || !SECRET.iter().any(|secret| name.contains(secret)))
        // A session is kept as JSON in Postgres, which knows no zero character.
        .map(|(name, value)| (name.replace('\0', ""), value.replace('\0', "")))
        .collect();
    insert(session, Kept { path, fields }).await;
}

async fn insert(session: &Session, kept: Kept) {
    if let Err(error) = session.insert(key::KEPT, kept).await {
        tracing::warn!(%error, "a form could not be kept for the next page");
    }
}

/// Leptos names the failed call in the address to which it redirects.
fn failed(response: &Response) -> bool {
    let location = response
        .headers()
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok());
    response.status().is_redirection() && location.is_some_and(|location| location.contains("__err="))
}

fn fields(form: &Bytes) -> Vec<(String, String)> {
    serde_urlencoded::from_bytes(form).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_body_is_fields_or_none(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = fields(&Bytes::from(body));
        }

        #[test]
        fn what_is_posted_is_read_back(pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..12)) {
            let body = serde_urlencoded::to_string(&pairs).expect("is encoded");
            prop_assert_eq!(fields(&Bytes::from(body)), pairs);
        }
    }

    #[test]
    fn fields_are_read_as_they_were_posted() {
        let read = fields(&Bytes::from_static(
            b"form%5Btitle%5D=A+b&form%5Bchanges%5D%5B0%5D%5Btext%5D=%C3%A4",
        ));
        assert_eq!(
            read,
            vec![
                ("form[title]".into(), "A b".into()),
                ("form[changes][0][text]".into(), "ä".into())
            ]
        );
    }
}
