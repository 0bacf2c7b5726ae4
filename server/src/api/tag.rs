//! ETags: what was read is read again only when it changed.

use super::answer::RowVersion;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest as _, Sha256};

/// The largest answer that is tagged.
const MOST: usize = 16 * 1024 * 1024;

/// The middleware: a good answer to a read gets a tag, made of its row's version, where it has one, and its content. `If-Match` looks at the
/// version alone, `If-None-Match` at all of it.
pub async fn tag(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let version = response.extensions().get::<RowVersion>().copied();
    if !response.status().is_success() || (!reads && version.is_none()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MOST).await else {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    let content = hex::encode(&Sha256::digest(&bytes)[..8]);
    let tag = match version {
        Some(RowVersion(version)) => format!("\"{version}.{content}\""),
        None => format!("\"{content}\""),
    };
    let same = reads && known.is_some_and(|known| names(known.to_str().unwrap_or_default(), &tag));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        parts.headers.insert(header::ETAG, tag);
    }
    if same {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Whether a list of tags names this one, compared weakly: a proxy that compresses marks tags as weak.
fn names(list: &str, tag: &str) -> bool {
    list.split(',')
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == "*" || one == tag)
}

#[cfg(test)]
mod tests {
    use super::names;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_list_of_tags_names_those_in_it_and_no_other(
            tags in prop::collection::vec("[0-9a-f]{1,6}(\\.[0-9a-f]{1,4})?", 0..5),
            weak in any::<bool>(),
            asked in "[0-9a-f]{1,6}(\\.[0-9a-f]{1,4})?",
        ) {
            let list: Vec<String> = tags.iter().map(|tag| format!("{}\"{tag}\"", if weak { "W/" } else { "" })).collect();
            prop_assert_eq!(names(&list.join(", "), &format!("\"{asked}\"")), tags.contains(&asked));
        }

        #[test]
        fn no_list_is_too_odd(list in "[ -~]{0,60}") {
            let named = names(&list, "\"7.0a1b\"");
            prop_assert!(!named || list.contains("\"7.0a1b\"") || list.contains('*'));
        }
    }

    #[test]
    fn a_list_names_a_tag() {
        assert!(names("\"a\", W/\"b\"", "\"b\""));
        assert!(names("*", "\"b\""));
        assert!(!names("\"a\"", "\"b\"") && !names("", "\"b\""));
    }
}
