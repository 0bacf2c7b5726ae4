//! Writes that are sent twice happen once: `Idempotency-Key`.

use super::answer::{Asks, PROBLEM, Refused, ShownOnce};
use crate::state::AppState;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use store::replay::{self, Known};

/// The header.
pub const KEY: &str = "idempotency-key";

/// The largest body that is hashed or kept.
const MOST: usize = 1024 * 1024;

/// Headers that belong to an answer and are kept with it.
const KEPT: [HeaderName; 4] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION, header::LINK];

/// The middleware, around every route.
pub async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(given) = request.headers().get(KEY).filter(|_| !reads) else {
        return next.run(request).await;
    };
    let key = given.to_str().unwrap_or_default().to_owned();
    if key.is_empty() || key.len() > 200 {
        return early(
            StatusCode::BAD_REQUEST,
            "idempotency-key",
            "An Idempotency-Key has 1 to 200 plain characters.",
        );
    }
    let token = request
        .extensions()
        .get::<Asks>()
        .and_then(|asks| asks.actor.token.clone());
    let Some(token) = token.map(|used| used.id) else {
        return Refused::nobody().into_response();
    };
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MOST).await else {
        return early(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The body is larger than a mebibyte.",
        );
    };
    let hash = hash(
        &parts.method,
        parts.uri.path_and_query().map_or("", |all| all.as_str()),
        &bytes,
    );
    match replay::begin(&state.db, token, &key, &hash).await {
        Ok(Known::New) => {}
        Ok(Known::Done(answer)) => return again(answer),
        Ok(Known::Running) => {
            let title = "The first request under this key is still being answered. Ask again.";
            return early(StatusCode::CONFLICT, "in-progress", title);
        }
        Ok(Known::Another) => {
            let title = "This key was used for another request. Choose a new one.";
            return early(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", title);
        }
        Err(error) => return Refused::from(error).into_response(),
    }
    // On a task of its own: whoever hangs up meanwhile finds the answer under the key.
    let request = Request::from_parts(parts, Body::from(bytes));
    let done = tokio::spawn(async move { keep(&state, token, &key, next.run(request).await).await });
    match done.await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a write was lost on its way");
            Refused::Code(app::error::Code::Internal).into_response()
        }
    }
}

/// Keeps an answer. What failed on our side is not kept: it may be tried again under the same key.
async fn keep(state: &AppState, token: domain::id::TokenId, key: &str, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, MOST).await;
    let kept = match bytes {
        Ok(bytes) if !parts.status.is_server_error() => {
            let headers = KEPT.iter().filter_map(|name| {
                let value = parts.headers.get(name)?.to_str().ok()?;
                Some((name.as_str().to_owned(), value.to_owned()))
            });
            let answer = match parts.extensions.get::<ShownOnce>() {
                Some(ShownOnce) => was_shown(),
                None => replay::Answer {
                    status: parts.status.as_u16(),
                    headers: headers.collect(),
                    body: bytes.to_vec(),
                },
            };
            let kept = replay::finish(&state.db, token, key, &answer).await;
            kept.map(|()| Response::from_parts(parts, Body::from(bytes)))
        }
        Ok(bytes) => {
            let forgotten = replay::forget(&state.db, token, key).await;
            forgotten.map(|()| Response::from_parts(parts, Body::from(bytes)))
        }
        Err(_) => Ok(Refused::Code(app::error::Code::Internal).into_response()),
    };
    kept.unwrap_or_else(|error| Refused::from(error).into_response())
}

/// What a repeated request is told whose first answer held a secret: that was shown once, and is kept nowhere.
fn was_shown() -> replay::Answer {
    let body = serde_json::json!({
        "type": "urn:slipway:problem:shown-once",
        "title": "It was done under this key. What was secret of its answer was shown once.",
        "status": StatusCode::CONFLICT.as_u16(),
    });
    replay::Answer {
        status: StatusCode::CONFLICT.as_u16(),
        headers: vec![(header::CONTENT_TYPE.as_str().to_owned(), PROBLEM.to_owned())],
        body: body.to_string().into_bytes(),
    }
}

fn again(answer: replay::Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

fn hash(method: &Method, address: &str, body: &Bytes) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(method.as_str());
    hash.update(b"\n");
    hash.update(address);
    hash.update(b"\n");
    hash.update(body);
    hash.finalize().to_vec()
}

fn early(status: StatusCode, word: &'static str, title: &'static str) -> Response {
    Refused::Early(status, word, title, None).into_response()
}
