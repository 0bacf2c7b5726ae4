//! A receiver of webhooks that behaves as it is told.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::sync::{Arc, Mutex};

/// What arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    path: String,
    headers: HeaderMap,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks the signature as a receiver does.
    pub fn signed_by(&self, secret: &str) -> bool {
        let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        mac.update(format!("{id}.{at}.{}", self.body).as_bytes());
        let theirs = self.header("webhook-signature").strip_prefix("v1,").unwrap();
        mac.verify_slice(&BASE64_STANDARD.decode(theirs).unwrap()).is_ok()
    }
}

#[derive(Default)]
struct Behaviour {
    seen: Vec<Seen>,
    /// Status, body, and how many requests are still answered so.
    fails: Option<(u16, String, u32)>,
}

/// The receiver: `/hang` never answers, `/redirect` leads to the credentials of a cloud, the rest takes what comes.
pub struct Receiver {
    base: String,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Receiver {
    pub async fn open() -> Receiver {
        let behaviour = Arc::new(Mutex::new(Behaviour::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(behaviour.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Receiver { base, behaviour }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// From now on, so many requests are answered so.
    pub fn answers(&self, status: u16, body: &str, times: u32) {
        self.behaviour.lock().unwrap().fails = Some((status, body.to_owned(), times));
    }

    /// What arrived at a path.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let behaviour = self.behaviour.lock().unwrap();
        behaviour
            .seen
            .iter()
            .filter(|seen| seen.path == path)
            .cloned()
            .collect()
    }
}

async fn take(State(behaviour): State<Arc<Mutex<Behaviour>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_owned();
    let answer = {
        let mut behaviour = behaviour.lock().unwrap();
        behaviour.seen.push(Seen {
            path: path.clone(),
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        });
        match &mut behaviour.fails {
            Some((status, body, times)) if *times > 0 => {
                *times -= 1;
                Some((StatusCode::from_u16(*status).unwrap(), body.clone()))
            }
            _ => None,
        }
    };
    match path.as_str() {
        "/hang" => std::future::pending().await,
        "/redirect" => {
            let to = [(header::LOCATION, "http://169.254.169.254/latest/meta-data/")];
            (StatusCode::FOUND, to, "").into_response()
        }
        _ => answer.map_or_else(|| StatusCode::NO_CONTENT.into_response(), IntoResponse::into_response),
    }
}
