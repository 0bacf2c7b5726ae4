//! Refusals outside a page: problem+json (RFC 9457) for calls, and a plain page when nothing else can be made.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A problem for a program to read. `kind` is a stable word, `title` a sentence.
pub fn problem(status: StatusCode, kind: &str, title: &str, request_id: &str) -> Response {
    let body = serde_json::json!({
        "type": format!("urn:slipway:problem:{kind}"),
        "title": title,
        "status": status.as_u16(),
        "instance": request_id,
    });
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    response
}

/// A call by nobody.
pub fn signed_out(request_id: &str) -> Response {
    problem(StatusCode::UNAUTHORIZED, "signed-out", "Sign in first.", request_id)
}

/// A write that another site asked for.
pub fn cross_site(request_id: &str) -> Response {
    problem(
        StatusCode::FORBIDDEN,
        "cross-site",
        "This request did not come from this application's own pages.",
        request_id,
    )
}

/// A stranger who asks too often, and after how many seconds they may again: a page for browsers, a problem for programs.
pub fn too_often(wait_s: u64, page: bool, request_id: &str) -> Response {
    let mut response = match page {
        false => problem(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Your network asks too often. Retry-After says when it may again.",
            request_id,
        ),
        true => {
            let seconds = if wait_s == 1 { "second" } else { "seconds" };
            let page = format!(
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
                 <title>Slipway</title><h1>Too many requests from your network</h1>\
                 <p>Nothing was done. Wait {wait_s} {seconds}, go back, and try again: what you typed is still there.</p></html>"
            );
            (StatusCode::TOO_MANY_REQUESTS, Html(page)).into_response()
        }
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    response
}

/// The database does not answer.
pub fn unavailable() -> Response {
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Slipway</title><h1>Slipway can't reach its database</h1>\
                <p>Nothing is lost. Running deployments go on as soon as it answers again. <a href=\"\">Try again</a>, or read the \
                <a href=\"/status\">status page</a>.</p></html>";
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::RETRY_AFTER, "5")],
        Html(page),
    )
        .into_response()
}
