//! How often strangers may call: each network for itself, so that one who asks too often is told so and nobody else notices.

use crate::caller::{accepts_html, open_to_all, request_id};
use crate::config::NetworkSettings;
use crate::network;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use domain::network::customer;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// After so many questions, networks that have been quiet for long are forgotten.
const SWEEP_EVERY: u32 = 1024;

/// So many networks are told apart, about 10 MB; beyond, all of a large part of the world count as one, until there is room again.
const MOST: usize = 100_000;

/// What a request costs us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A page or a document: many people behind one address read the status page at once.
    Read,
    /// What another service delivers, in bursts, signed.
    Hook,
    /// A form at the door: hashing, a mail, a guess.
    Write,
}

/// What of the routes is open to strangers and costs something. Files of the front end and probes are not counted.
fn kind(method: &Method, path: &str) -> Option<Kind> {
    const FREE: &[&str] = &[
        "/mark.svg",
        "/favicon.ico",
        "/robots.txt",
        "/site.webmanifest",
        "/health/live",
        "/health/ready",
        "/metrics",
    ];
    let described = path == "/api" || path == "/api/openapi.json";
    if FREE.contains(&path) || path.starts_with("/pkg/") || !(described || open_to_all(path)) {
        return None;
    }
    Some(match *method {
        _ if path.starts_with("/hooks/") => Kind::Hook,
        Method::GET | Method::HEAD | Method::OPTIONS => Kind::Read,
        _ => Kind::Write,
    })
}

/// Counts one kind of request by network.
struct Counter<C: Clock> {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    most: usize,
    asked: AtomicU32,
}

impl<C: Clock + Clone> Counter<C> {
    fn new(a_minute: NonZeroU32, clock: C, most: usize) -> Counter<C> {
        let state = HashMapStateStore::new(std::collections::HashMap::default());
        Counter {
            limiter: RateLimiter::new(Quota::per_minute(a_minute), state, clock.clone()),
            clock,
            most,
            asked: AtomicU32::new(0),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The time after which the next one counts.
    fn check(&self, network: IpAddr) -> Result<(), Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let key = match self.limiter.len() < self.most {
            true => network,
            false => part_of_the_world(network),
        };
        let answer = self.limiter.check_key(&key);
        answer.map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

/// The first byte of an address, or the first two of a long one: few enough to be kept in any case.
fn part_of_the_world(network: IpAddr) -> IpAddr {
    match network {
        IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::new(address.octets()[0], 0, 0, 0)),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::new(address.segments()[0], 0, 0, 0, 0, 0, 0, 0)),
    }
}

/// The limits of one process.
pub struct Limits {
    read: Option<Counter<DefaultClock>>,
    hook: Option<Counter<DefaultClock>>,
    write: Option<Counter<DefaultClock>>,
}

impl Limits {
    /// Limits as they are set; 0 sets none. Hooks may come as often as pages are read, and are counted for themselves.
    pub fn new(settings: &NetworkSettings) -> Limits {
        let counter =
            |a_minute| NonZeroU32::new(a_minute).map(|most| Counter::new(most, DefaultClock::default(), MOST));
        Limits {
            read: counter(settings.reads_a_minute),
            hook: counter(settings.reads_a_minute),
            write: counter(settings.writes_a_minute),
        }
    }

    fn check(&self, kind: Kind, network: IpAddr) -> Result<(), Duration> {
        let counter = match kind {
            Kind::Read => &self.read,
            Kind::Hook => &self.hook,
            Kind::Write => &self.write,
        };
        counter
            .as_ref()
            .map_or(Ok(()), |counter| counter.check(customer(network)))
    }
}

/// Whole seconds, the last one begun counts, and at least one.
fn seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// The middleware, before a session is looked for. Where no connection is known nothing is counted: that is so in tests alone.
pub async fn strangers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let kind = kind(request.method(), request.uri().path());
    let network = network::address_of(request.extensions());
    if let (Some(kind), Some(network)) = (kind, network)
        && let Err(wait) = state.limits.check(kind, network)
    {
        tracing::debug!(%network, ?kind, "asks too often");
        return crate::trouble::too_often(seconds(wait), accepts_html(&request), &request_id(&request));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn counter(a_minute: u32, most: usize) -> (Counter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let a_minute = NonZeroU32::new(a_minute).expect("a number");
        (Counter::new(a_minute, clock.clone(), most), clock)
    }

    #[test]
    fn after_the_burst_one_waits_exactly_as_long_as_is_said() {
        let (counter, clock) = counter(4, MOST);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..4 {
            assert_eq!(counter.check(one), Ok(()));
        }
        let wait = counter.check(one).expect_err("too often");
        assert_eq!(seconds(wait), 15, "four a minute");
        assert_eq!(counter.check(other), Ok(()), "another network is not concerned");
        clock.advance(wait - Duration::from_millis(1));
        assert_eq!(
            counter.check(one).map_err(seconds),
            Err(1),
            "a refusal costs nothing, and the rest is a second begun"
        );
        clock.advance(Duration::from_millis(1));
        assert_eq!(counter.check(one), Ok(()));
    }

    #[test]
    fn who_has_been_quiet_is_forgotten() {
        let (counter, clock) = counter(60, MOST);
        for n in 0..500 {
            assert_eq!(counter.check(IpAddr::V4(Ipv4Addr::from_bits(n))), Ok(()));
        }
        assert_eq!(counter.limiter.len(), 500);
        clock.advance(Duration::from_secs(120));
        for n in 500..SWEEP_EVERY {
            assert_eq!(counter.check(IpAddr::V4(Ipv4Addr::from_bits(n))), Ok(()));
        }
        assert!(
            counter.limiter.len() <= (SWEEP_EVERY - 500) as usize,
            "{}",
            counter.limiter.len()
        );
    }

    #[test]
    fn memory_has_an_end_however_many_networks_ask() {
        let (counter, _) = counter(10, 100);
        for n in 0..5_000u32 {
            let _ = counter.check(IpAddr::V6(Ipv6Addr::from_bits(u128::from(n) << 64 | 0x2001 << 112)));
        }
        assert!(counter.limiter.len() <= 101, "{}", counter.limiter.len());
    }

    #[test]
    fn what_strangers_can_call_is_counted_by_what_it_costs() {
        for (method, path, wanted) in [
            (Method::GET, "/status", Some(Kind::Read)),
            (Method::GET, "/login", Some(Kind::Read)),
            (Method::GET, "/calendar.ics", Some(Kind::Read)),
            (Method::GET, "/invite/abc", Some(Kind::Read)),
            (Method::GET, "/sign-in/callback/company", Some(Kind::Read)),
            (Method::GET, "/api/openapi.json", Some(Kind::Read)),
            (Method::POST, "/sign-in", Some(Kind::Write)),
            (Method::POST, "/sign-in/with/company", Some(Kind::Write)),
            (Method::POST, "/forgot-password", Some(Kind::Write)),
            (Method::POST, "/reset-password", Some(Kind::Write)),
            (Method::POST, "/set-up", Some(Kind::Write)),
            (Method::POST, "/accept-invitation", Some(Kind::Write)),
            (Method::POST, "/hooks/github/storefront", Some(Kind::Hook)),
            (Method::GET, "/pkg/slipway.js", None),
            (Method::GET, "/health/ready", None),
            (Method::GET, "/releases", None),
            (Method::POST, "/call/access/profile", None),
        ] {
            assert_eq!(kind(&method, path), wanted, "{method} {path}");
        }
    }

    #[test]
    fn no_limit_can_be_set() {
        let limits = Limits::new(&NetworkSettings {
            writes_a_minute: 0,
            ..NetworkSettings::default()
        });
        for _ in 0..1_000 {
            assert_eq!(limits.check(Kind::Write, address("192.0.2.1")), Ok(()));
        }
    }
}
