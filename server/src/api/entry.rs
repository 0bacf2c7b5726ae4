//! Who comes in: a token becomes who asks, and nobody asks more often than is good for the others.

use super::answer::{Asks, Refused};
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::Actor;
use domain::id::TokenId;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Requests a minute and token. So many may come at once, too.
pub const A_MINUTE: NonZeroU32 = NonZeroU32::new(600).expect("a number");

type Limiter = RateLimiter<TokenId, DefaultKeyedStateStore<TokenId>, DefaultClock, StateInformationMiddleware>;

/// What the middleware needs.
#[derive(Clone)]
pub struct Gate {
    state: AppState,
    limiter: Arc<Limiter>,
}

impl Gate {
    pub fn new(state: AppState) -> Gate {
        let limiter = RateLimiter::keyed(Quota::per_minute(A_MINUTE)).with_middleware();
        Gate {
            state,
            limiter: Arc::new(limiter),
        }
    }
}

/// The middleware: nobody without a token that works, and none too often. Cookies are not looked at.
pub async fn enter(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let network = crate::network::name_of(request.extensions());
    let Some(secret) = bearer(request.headers()) else {
        return Refused::nobody().into_response();
    };
    let (me, used) = match store::access::by_token(&gate.state.db, secret, &network).await {
        Ok(Some(found)) => found,
        Ok(None) => return Refused::nobody().into_response(),
        Err(error) => return Refused::from(error).into_response(),
    };
    let rate = match gate.limiter.check_key(&used.id) {
        Ok(state) => Rate {
            left: state.remaining_burst_capacity(),
            wait_s: None,
        },
        Err(not_until) => {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            Rate {
                left: 0,
                wait_s: Some(wait.as_secs() + 1),
            }
        }
    };
    if rate.wait_s.is_some() {
        // What has been quiet for long needs no memory any more.
        gate.limiter.retain_recent();
        let refused = Refused::Early(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "This token asks too often. Retry-After says when it may again.",
            None,
        );
        return rate.told(refused.into_response());
    }
    let actor = Actor {
        token: Some(used),
        ..me.actor()
    };
    crate::trace::asked_by(&request, "token");
    request.extensions_mut().insert(Asks { actor, me });
    rate.told(next.run(request).await)
}

struct Rate {
    left: u32,
    wait_s: Option<u64>,
}

impl Rate {
    /// The standard headers, on every answer.
    fn told(self, mut response: Response) -> Response {
        let most = A_MINUTE.get();
        let full_again_s = u64::from(most.saturating_sub(self.left)) * 60 / u64::from(most);
        let headers = response.headers_mut();
        headers.insert("ratelimit-limit", HeaderValue::from(most));
        headers.insert("ratelimit-remaining", HeaderValue::from(self.left));
        headers.insert("ratelimit-reset", HeaderValue::from(full_again_s.max(1)));
        if let Some(wait) = self.wait_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = given.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_is_a_token_or_none(bytes in prop::collection::vec(32u8..=255, 0..60), scheme in "[Bb][Ee][Aa][Rr][Ee][Rr]", token in "[!-~]{1,60}") {
            let read = |value: HeaderValue| {
                let mut headers = HeaderMap::new();
                headers.insert(header::AUTHORIZATION, value);
                bearer(&headers).map(str::to_owned)
            };
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let begins = bytes.to_ascii_lowercase().starts_with(b"bearer ");
                prop_assert!(read(value).is_none() || begins);
            }
            let value = HeaderValue::try_from(format!("{scheme} {token}")).expect("a header");
            prop_assert_eq!(read(value), Some(token));
        }
    }
}
