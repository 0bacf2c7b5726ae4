//! What every route answers: JSON, or a problem (RFC 9457) with what is wrong as data.

use crate::state::AppState;
use app::error::{AppError, Code};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::Actor;
use domain::gate::Reason;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The media type of a problem.
pub const PROBLEM: &str = "application/problem+json";

/// Why a request was refused (RFC 9457). `type` is a stable word, `title` a sentence for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:slipway:problem:invalid", "title": "Some fields need another look.", "status": 422,
    "instance": "0191d8f0-6c1e-7f6a-8c2d-5f0f3a1b2c3d", "fields": {"version": {"problem": "version"}}
}))]
pub struct Problem {
    /// `urn:slipway:problem:` and a word.
    pub r#type: String,
    pub title: String,
    pub status: u16,
    /// By which the server's log knows the request.
    pub instance: String,
    /// What could not be read, in the parser's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What is wrong, field by field: each with the word of its problem and the bounds that it has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, Object>)]
    pub fields: BTreeMap<String, Value>,
    /// Why gates do not pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<GateReason>,
}

/// Why a gate does not pass. Further fields depend on the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"reason": "item_open", "section": "Code & Tests", "text": "Security scan passed"}))]
pub struct GateReason {
    /// Such as `item_open`, `approval_missing`, `window_opens`, `locked`.
    pub reason: String,
    #[serde(flatten)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    pub more: Map<String, Value>,
}

impl From<&Reason> for GateReason {
    fn from(reason: &Reason) -> GateReason {
        let mut more = match serde_json::to_value(reason) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        };
        let reason = match more.remove("reason") {
            Some(Value::String(word)) => word,
            _ => "unknown".into(),
        };
        GateReason { reason, more }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// Hand it in as `cursor` for the next page; null: this is the last one.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// All there is.
    pub fn whole(items: impl IntoIterator<Item = T>) -> Listed<T> {
        Listed {
            items: items.into_iter().collect(),
            next: None,
        }
    }
}

/// A page with a `Link` to the next one, when there is one. `address` has no query.
pub fn paged<T: Serialize>(page: Listed<T>, address: &str, query: &[(&str, Option<&str>)]) -> Response {
    let link = page.next.as_deref().and_then(|next| {
        let pairs = query
            .iter()
            .filter_map(|(name, value)| value.map(|value| (*name, value)))
            .chain([("cursor", next)]);
        let query = serde_urlencoded::to_string(pairs.collect::<Vec<_>>()).ok()?;
        HeaderValue::try_from(format!("<{}{address}?{query}>; rel=\"next\"", super::BASE)).ok()
    });
    let mut response = Json(page).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// The version of the row that an answer shows: it becomes the first part of its ETag.
#[derive(Debug, Clone, Copy)]
pub struct RowVersion(pub i32);

/// JSON with the version of its row.
pub fn versioned(row_version: i32, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    response.extensions_mut().insert(RowVersion(row_version));
    response
}

/// Marks an answer with a secret in it: it is kept nowhere, not even under an Idempotency-Key.
#[derive(Debug, Clone, Copy)]
pub struct ShownOnce;

/// JSON with a secret in it, made just now.
pub fn shown_once(body: impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    response.extensions_mut().insert(ShownOnce);
    response
}

/// Who asks, as it was found before the route was reached.
#[derive(Debug, Clone)]
pub struct Asks {
    pub actor: Actor,
    pub me: domain::access::Me,
}

impl<S: Sync> FromRequestParts<S> for Asks {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asks, Refused> {
        parts.extensions.get::<Asks>().cloned().ok_or_else(Refused::nobody)
    }
}

/// What a route answers when it does not do what was asked.
#[derive(Debug)]
pub enum Refused {
    /// By a use case or a rule.
    Code(Code),
    /// Before it came to that: status, word, sentence, and what could not be read.
    Early(StatusCode, &'static str, &'static str, Option<String>),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Refused {
        if let store::Error::Db(why) = &error {
            tracing::error!(error = %why, "the database failed a call of the API");
        }
        Refused::Code(error.into())
    }
}

impl From<domain::field::FieldErrors> for Refused {
    fn from(fields: domain::field::FieldErrors) -> Refused {
        Refused::Code(Code::Invalid { fields })
    }
}

impl Refused {
    /// Without a token that works. Why it does not is not told.
    pub fn nobody() -> Refused {
        let title = "Send a token that works as Authorization: Bearer. It may have ended or been revoked.";
        Refused::Early(StatusCode::UNAUTHORIZED, "unauthenticated", title, None)
    }

    /// There is nothing of this name.
    pub fn not_found() -> Refused {
        Refused::Code(Code::NotFound)
    }

    /// The row version that `If-Match` named is not the present one: a lost race of this kind is a failed precondition, not a conflict.
    pub fn stale(self) -> Refused {
        match self {
            Refused::Code(Code::Conflict) => Refused::Early(
                StatusCode::PRECONDITION_FAILED,
                "changed",
                "Somebody else changed this since you read it. Read it again.",
                None,
            ),
            other => other,
        }
    }

    fn problem(self) -> Problem {
        match self {
            Refused::Early(status, word, title, detail) => Problem {
                r#type: format!("urn:slipway:problem:{word}"),
                title: title.to_owned(),
                status: status.as_u16(),
                instance: String::new(),
                detail,
                fields: BTreeMap::new(),
                reasons: Vec::new(),
            },
            Refused::Code(code) => {
                let error = AppError {
                    code,
                    request_id: String::new(),
                };
                let word = match serde_json::to_value(&error.code) {
                    Ok(Value::Object(map)) => map.get("code").and_then(Value::as_str).unwrap_or("internal").to_owned(),
                    _ => "internal".into(),
                };
                let title = match &error.code {
                    Code::Internal => "Something failed on our side. The log knows it by the instance.".into(),
                    Code::Denied { action } => format!(
                        "Neither your role nor this token's scopes allow you to {}.",
                        app::words::action_words(*action)
                    ),
                    _ => app::words::refusal(&error),
                };
                let status = error.status().as_u16();
                let mut problem = Problem {
                    r#type: format!("urn:slipway:problem:{}", word.replace('_', "-")),
                    title,
                    status,
                    instance: String::new(),
                    detail: None,
                    fields: BTreeMap::new(),
                    reasons: Vec::new(),
                };
                match error.code {
                    Code::Invalid { fields } => {
                        let fields = fields.0.into_iter();
                        problem.fields = fields.map(|(name, what)| (name, json!(what))).collect();
                    }
                    Code::Refused { reasons } => problem.reasons = reasons.iter().map(GateReason::from).collect(),
                    _ => {}
                }
                problem
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let wait = match &self {
            Refused::Code(Code::TooManyAttempts { retry_after_s }) => Some(*retry_after_s),
            _ => None,
        };
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

/// What a route answers.
pub type Answer = Result<Response, Refused>;

/// A body of JSON.
#[derive(Debug)]
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Sent<T> {
    type Rejection = Refused;
    async fn from_request(request: Request, state: &AppState) -> Result<Sent<T>, Refused> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Sent(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Refused::Early(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Send JSON, as application/json.",
                None,
            )),
            Err(JsonRejection::JsonDataError(error)) => Err(Refused::Early(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unreadable",
                "The body is JSON, and not of the form that is described.",
                Some(error.body_text()),
            )),
            Err(other) if other.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Refused::Early(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "The body is larger than a mebibyte.",
                None,
            )),
            Err(other) => Err(Refused::Early(
                StatusCode::BAD_REQUEST,
                "unreadable",
                "The body is no JSON.",
                Some(other.body_text()),
            )),
        }
    }
}

/// The query of an address.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asked<T>, Refused> {
        Query::try_from_uri(&parts.uri).map_or_else(
            |error| {
                Err(Refused::Early(
                    StatusCode::BAD_REQUEST,
                    "unreadable",
                    "The query of the address could not be read.",
                    Some(error.body_text()),
                ))
            },
            |Query(query)| Ok(Asked(query)),
        )
    }
}

/// The row version that `If-Match` names: the first part of an ETag that was read.
///
/// # Errors
/// 428 when there is none; 412 for one that can't be an ETag of ours.
pub fn if_match(headers: &HeaderMap) -> Result<i32, Refused> {
    let Some(given) = headers.get(header::IF_MATCH) else {
        return Err(Refused::Early(
            StatusCode::PRECONDITION_REQUIRED,
            "if-match-missing",
            "Send the ETag that you read as If-Match, so that nobody's change is lost.",
            None,
        ));
    };
    let text = given.to_str().unwrap_or_default().trim();
    let version = text
        .trim_start_matches("W/")
        .trim_matches('"')
        .split('.')
        .next()
        .and_then(|version| version.parse().ok());
    version.ok_or_else(|| Refused::Code(Code::Conflict).stale())
}

/// A number in an address; what is none names nothing.
pub fn number(text: &str) -> Result<i64, Refused> {
    text.parse().map_err(|_| Refused::not_found())
}

/// The answer for an address without a route.
pub async fn nothing_here() -> Refused {
    Refused::Early(StatusCode::NOT_FOUND, "not-found", "There is nothing here.", None)
}

/// The answer for a route that has another method.
pub async fn wrong_method() -> Refused {
    Refused::Early(
        StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "This address knows other methods.",
        None,
    )
}

/// The middleware around everything: whatever refuses, refuses as a problem, and says by which id the log knows it.
pub async fn as_problem(request: Request, next: Next) -> Response {
    let request_id = crate::caller::request_id(&request);
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let kind = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let ours = kind == Some(PROBLEM);
    let bytes = axum::body::to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let mut problem: Value = if ours {
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    } else {
        json!({
            "type": "urn:slipway:problem:refused",
            "title": status.canonical_reason().unwrap_or("Refused"),
            "status": status.as_u16(),
        })
    };
    problem["instance"] = request_id.into();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    Response::from_parts(parts, Body::from(problem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::Action;
    use domain::field::{FieldErrors, Problem as Wrong};
    use proptest::prelude::*;

    #[test]
    fn an_etag_gives_its_row_version_back() {
        let headers = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
            headers
        };
        assert_eq!(if_match(&headers("\"7.0a1b\"")).ok(), Some(7));
        assert_eq!(if_match(&headers("W/\"7.0a1b\"")).ok(), Some(7));
        for (wrong, status) in [("\"0a1b\"", 412), ("*", 412), ("", 412)] {
            let refused = if_match(&headers(wrong)).expect_err("is refused").problem();
            assert_eq!(refused.status, status, "{wrong}");
        }
        assert_eq!(if_match(&HeaderMap::new()).expect_err("none").problem().status, 428);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_if_match_is_read_or_refused(bytes in prop::collection::vec(32u8..=255, 0..40), version in any::<i32>(), weak in any::<bool>()) {
            let read = |value: HeaderValue| {
                let mut headers = HeaderMap::new();
                headers.insert(header::IF_MATCH, value);
                if_match(&headers)
            };
            if let Ok(value) = HeaderValue::from_bytes(&bytes)
                && let Err(refused) = read(value)
            {
                prop_assert_eq!(refused.problem().status, 412);
            }
            let tag = format!("{}\"{version}.0a1b\"", if weak { "W/" } else { "" });
            prop_assert_eq!(read(HeaderValue::try_from(tag).expect("a header")).ok(), Some(version));
        }
    }

    #[test]
    fn refusals_keep_what_is_wrong_as_data() {
        let fields = FieldErrors::one("version", Wrong::Version);
        let problem = Refused::from(fields).problem();
        assert_eq!(problem.fields["version"], json!({"problem": "version"}));
        let denied = Refused::Code(Code::Denied { action: Action::Deploy }).problem();
        assert_eq!(
            (denied.status, denied.r#type.as_str()),
            (403, "urn:slipway:problem:denied")
        );
        assert!(denied.title.contains("deploy"));
    }
}
