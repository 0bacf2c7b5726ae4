//! The weighted gateway of an environment: a reverse proxy before stable and canary, and its admin port.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use serde::{Deserialize, Serialize};

use super::fleet::Fleet;
use super::instance::OpenRequest;
use super::loopback::{self, Client};
use super::order::Variant;
use super::rotation::{Count, Rotation};
use super::weights::WeightHistory;

const LARGEST_BODY: usize = 1024 * 1024;
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Deliveries that are tried for one request, when instances cannot be reached at all.
const DELIVERIES: u32 = 3;

/// Headers that concern one connection only (RFC 9110, section 7.6.1, and older ones in use).
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The gateway of one environment.
#[derive(Debug)]
pub struct Gateway {
    /// The environment.
    pub environment: String,
    /// Who gets the next request.
    pub rotation: Rotation,
    /// The processes of stable.
    pub stable: Fleet,
    /// The processes of canary.
    pub canary: Fleet,
    /// What the share was when.
    pub weights: WeightHistory,
    client: Client,
    unserved: AtomicU64,
}

/// What the gateway says of itself at `/_gateway/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayStatus {
    /// The environment.
    pub environment: String,
    /// Canary's share, 0 to 100.
    pub weight: u8,
    /// What stable answered since the gateway started.
    pub stable: Count,
    /// What canary answered since it was let in; stays until the next one is.
    pub canary: Count,
    /// Requests that nobody could answer.
    pub unserved: u64,
}

impl Gateway {
    /// A gateway before nobody yet.
    pub fn new(environment: String, client: Client, weights: WeightHistory) -> Self {
        Self {
            environment,
            rotation: Rotation::default(),
            stable: Fleet::default(),
            canary: Fleet::default(),
            weights,
            client,
            unserved: AtomicU64::new(0),
        }
    }

    /// The processes of a variant.
    pub fn fleet(&self, variant: Variant) -> &Fleet {
        match variant {
            Variant::Stable => &self.stable,
            Variant::Canary => &self.canary,
        }
    }

    /// Weight and counts of one moment.
    pub fn status(&self) -> GatewayStatus {
        let (weight, [stable, canary]) = self.rotation.counts();
        let unserved = self.unserved.load(Ordering::Relaxed);
        GatewayStatus {
            environment: self.environment.clone(),
            weight,
            stable,
            canary,
            unserved,
        }
    }

    /// What users reach: everything is passed on.
    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new().fallback(pass_on).with_state(self.clone())
    }

    /// What operators reach, at a port of its own.
    pub fn admin_routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/_gateway/status", get(status))
            .route("/_gateway/weights", get(weights))
            .route("/_gateway/metrics/{variant}", get(metrics))
            .with_state(self.clone())
    }

    /// Delivers a request; another instance is asked only when the first could not be reached, so that no
    /// request is carried out twice.
    async fn deliver(&self, message: &Message, variant: Variant, mut to: OpenRequest) -> Response {
        for delivery in 1.. {
            let asked = self.client.request(message.to_port(to.instance().port()));
            let failure = match tokio::time::timeout(ANSWER_WITHIN, asked).await {
                Ok(Ok(response)) => return answer(response, variant, to),
                Err(_) => return refuse(StatusCode::GATEWAY_TIMEOUT, "The instance did not answer in time.\n"),
                Ok(Err(failure)) => failure,
            };
            if !failure.is_connect() || delivery == DELIVERIES {
                break;
            }
            match self.rotation.choose_again(variant) {
                Some(other) => to = other,
                None => break,
            }
        }
        refuse(StatusCode::BAD_GATEWAY, "The instance could not be reached.\n")
    }
}

/// A request as it can be sent more than once.
struct Message {
    head: http::request::Parts,
    body: Bytes,
}

impl Message {
    async fn read(request: Request) -> Result<Self, Response> {
        let (mut head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, LARGEST_BODY).await.map_err(|_| {
            refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The request is too large for this gateway.\n",
            )
        })?;
        drop_hop_by_hop(&mut head.headers);
        head.headers.remove(header::CONTENT_LENGTH);
        head.headers
            .insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
        Ok(Self { head, body })
    }

    fn to_port(&self, port: u16) -> http::Request<Full<Bytes>> {
        let path = self.head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.head.method.clone();
        *request.headers_mut() = self.head.headers.clone();
        // Path and query were part of a valid address before.
        *request.uri_mut() = loopback::url(port, path)
            .parse()
            .unwrap_or_else(|_| Uri::from_static("/"));
        request
    }
}

async fn pass_on(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let message = match Message::read(request).await {
        Ok(message) => message,
        Err(refusal) => return refusal,
    };
    let Some(chosen) = gateway.rotation.choose() else {
        gateway.unserved.fetch_add(1, Ordering::Relaxed);
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "No instance serves this environment.\n",
        );
    };
    let errors = chosen.errors;
    let response = gateway.deliver(&message, chosen.variant, chosen.request).await;
    if response.status().is_server_error() {
        errors.fetch_add(1, Ordering::Relaxed);
    }
    response
}

/// Hands the instance's answer on as it comes; the request stays open until its last byte.
fn answer(response: http::Response<Incoming>, variant: Variant, request: OpenRequest) -> Response {
    let (mut head, body) = response.into_parts();
    drop_hop_by_hop(&mut head.headers);
    head.headers
        .insert("x-gateway-variant", HeaderValue::from_static(variant.name()));
    let body = body.map_frame(move |frame| {
        let _open = &request;
        frame
    });
    Response::from_parts(head, Body::new(body))
}

fn refuse(status: StatusCode, why: &'static str) -> Response {
    (status, why).into_response()
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

async fn status(State(gateway): State<Arc<Gateway>>) -> Json<GatewayStatus> {
    Json(gateway.status())
}

async fn weights(State(gateway): State<Arc<Gateway>>) -> Response {
    match gateway.weights.read() {
        Ok(history) => Json(history).into_response(),
        Err(trouble) => (StatusCode::INTERNAL_SERVER_ERROR, trouble.to_string()).into_response(),
    }
}

async fn metrics(State(gateway): State<Arc<Gateway>>, Path(variant): Path<String>) -> Response {
    let fleet = match variant.as_str() {
        "stable" => &gateway.stable,
        "canary" => &gateway.canary,
        _ => return refuse(StatusCode::NOT_FOUND, "The variants are stable and canary.\n"),
    };
    match fleet.metrics().await {
        Some(text) => (
            [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
            text,
        )
            .into_response(),
        None => refuse(StatusCode::NOT_FOUND, "This variant has no instance.\n"),
    }
}
