//! Webhooks of GitHub: a signature, a delivery, an answer at once.

use crate::state::AppState;
use app::caller::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::github::{Unreadable, hear};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use store::hook::Taken;

/// What GitHub puts before the digits of its signature.
const SCHEME: &str = "sha256=";
/// The longest id of a delivery, and name of an event, that is kept.
const MOST: usize = 100;

/// POST /hooks/github/{service}
pub async fn hear_github(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let secret = match store::hook::secret(&state.db, &state.vault, &service).await {
        Ok(secret) => secret,
        Err(error) => return failed(&error, &caller),
    };
    let signature = header(&headers, "x-hub-signature-256");
    // A service that is not connected is answered as a wrong signature is: who has no secret learns nothing.
    let Some((hook, _)) = secret.filter(|(_, secret)| signed(secret, &body, signature)) else {
        let title = "The signature does not belong to this service's secret and this body.";
        return crate::trouble::problem(StatusCode::UNAUTHORIZED, "signature", title, &caller.request_id);
    };
    let (event, delivery) = (
        header(&headers, "x-github-event"),
        header(&headers, "x-github-delivery"),
    );
    if event.is_empty() || delivery.is_empty() || event.len() > MOST || delivery.len() > MOST {
        let title = "X-GitHub-Event and X-GitHub-Delivery name what is delivered: one of them is missing or too long.";
        return crate::trouble::problem(StatusCode::BAD_REQUEST, "delivery", title, &caller.request_id);
    }
    let heard = serde_json::from_slice(&body)
        .map_err(|error| Unreadable(error.to_string()))
        .and_then(|body| hear(event, &body));
    match store::hook::take(&state.db, hook, delivery, event, heard).await {
        Ok(Taken::Used) => (StatusCode::OK, "kept\n").into_response(),
        Ok(Taken::Nothing) => (StatusCode::OK, "nothing to keep\n").into_response(),
        Ok(Taken::Before) => (StatusCode::OK, "it came before\n").into_response(),
        Ok(Taken::Unreadable) => {
            let title = "The body can't be read as this event; the service's page says why.";
            crate::trouble::problem(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unreadable",
                title,
                &caller.request_id,
            )
        }
        Err(store::Error::Denied(_)) => {
            let title = "Whoever connected this service may not do that any more: connect it anew.";
            crate::trouble::problem(StatusCode::FORBIDDEN, "denied", title, &caller.request_id)
        }
        Err(error) => failed(&error, &caller),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Whether the signature is that of the raw body, compared in constant time.
fn signed(secret: &[u8], body: &[u8], signature: &str) -> bool {
    let Some(given) = signature
        .strip_prefix(SCHEME)
        .and_then(|digits| hex::decode(digits).ok())
    else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&given).is_ok()
}

fn failed(error: &store::Error, caller: &Caller) -> Response {
    tracing::error!(request_id = %caller.request_id, %error, "a delivery could not be taken");
    let title = "The delivery could not be taken. Send it again later.";
    crate::trouble::problem(StatusCode::SERVICE_UNAVAILABLE, "internal", title, &caller.request_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn only_the_right_signature_of_the_very_body_lets_in(
            secret in prop::collection::vec(any::<u8>(), 0..80),
            body in prop::collection::vec(any::<u8>(), 0..200),
            other in prop::collection::vec(any::<u8>(), 0..200),
            place in 0..64usize,
            any in "\\PC{0,80}",
        ) {
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("a key");
            mac.update(&body);
            let right = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
            prop_assert!(signed(&secret, &body, &right));
            prop_assert!(other == body || !signed(&secret, &other, &right));
            let mut spoiled = right.clone().into_bytes();
            let digit = &mut spoiled[SCHEME.len() + place];
            *digit = if *digit == b'0' { b'1' } else { b'0' };
            prop_assert!(!signed(&secret, &body, &String::from_utf8_lossy(&spoiled)));
            prop_assert!(!signed(&secret, &body, &right[..right.len() - 2]), "a part of it is none");
            prop_assert!(any == right || !signed(&secret, &body, &any));
        }

        #[test]
        fn any_body_is_read_or_refused(event in "[a-z_]{0,20}", body in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(body) = serde_json::from_slice(&body) {
                let _ = hear(&event, &body);
            }
        }
    }

    /// The example of GitHub's own documentation on validating webhook deliveries.
    #[test]
    fn the_documented_signature_is_right_and_any_other_wrong() {
        let (secret, body) = (b"It's a Secret to Everybody", b"Hello, World!");
        let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(signed(secret, body, right));
        assert!(!signed(secret, b"Hello, World", right));
        assert!(!signed(b"another", body, right));
        for wrong in [
            "",
            "sha256=",
            "sha256=zz",
            "sha1=757107ea",
            &right[7..],
            &right[..right.len() - 2],
        ] {
            assert!(!signed(secret, body, wrong), "{wrong}");
        }
    }
}
