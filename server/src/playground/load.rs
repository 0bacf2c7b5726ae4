//! A bounded load generator for the gateways: steady, mixed, and never longer than its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use http::Method;
use http_body_util::BodyExt;
use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::Trouble;
use super::loopback::{self, Client};

/// The highest rate that may be asked for, in requests a second.
pub const HIGHEST_RATE: u32 = 2000;
/// Requests that may be open at once; further ones are left out and counted.
const MOST_OPEN: usize = 512;
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How often a generator at rate 0 looks whether it has work again.
const IDLE: Duration = Duration::from_millis(50);

/// What visitors do, each as likely: mostly looking, one sign-up in twelve. Drawn, because taking turns would
/// fall into step with the gateway's even interleaving, and canary would see other pages than stable.
const VISITS: [(Method, &str); 12] = [
    (Method::GET, "/"),
    (Method::GET, "/products"),
    (Method::GET, "/products/rope"),
    (Method::GET, "/api/v1/status"),
    (Method::GET, "/products/lantern"),
    (Method::GET, "/cart"),
    (Method::GET, "/"),
    (Method::POST, "/signup"),
    (Method::GET, "/products"),
    (Method::GET, "/products/anchor"),
    (Method::GET, "/cart"),
    (Method::GET, "/api/v1/status"),
];

/// The generator before one gateway.
#[derive(Debug)]
pub struct Load {
    port: u16,
    rate: AtomicU32,
    sent: AtomicU64,
    answered: AtomicU64,
    errors: AtomicU64,
    failed: AtomicU64,
    left_out: AtomicU64,
}

/// What a generator did until now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadStatus {
    /// Requests a second that it is asked for.
    pub rps: u32,
    /// Requests that were sent.
    pub sent: u64,
    /// Answers without a server error.
    pub answered: u64,
    /// Answers with a 5xx.
    pub errors: u64,
    /// Requests without an answer.
    pub failed: u64,
    /// Requests that were left out, because too many were open.
    pub left_out: u64,
}

impl Load {
    /// A generator for a gateway's port, at a rate in requests a second.
    pub fn new(port: u16, rate: u32) -> Self {
        Self {
            port,
            rate: AtomicU32::new(rate.min(HIGHEST_RATE)),
            sent: AtomicU64::default(),
            answered: AtomicU64::default(),
            errors: AtomicU64::default(),
            failed: AtomicU64::default(),
            left_out: AtomicU64::default(),
        }
    }

    /// Changes the rate; 0 rests.
    pub fn set_rate(&self, rate: u32) -> Result<(), Trouble> {
        if rate > HIGHEST_RATE {
            return Err(Trouble::fatal(format!(
                "At most {HIGHEST_RATE} requests a second, to spare this machine."
            )));
        }
        self.rate.store(rate, Ordering::Relaxed);
        Ok(())
    }

    /// Its counts.
    pub fn status(&self) -> LoadStatus {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LoadStatus {
            rps: self.rate.load(Ordering::Relaxed),
            sent: count(&self.sent),
            answered: count(&self.answered),
            errors: count(&self.errors),
            failed: count(&self.failed),
            left_out: count(&self.left_out),
        }
    }

    /// Sends until `end`, but never longer than `longest`; then waits for the open answers.
    pub async fn run(self: Arc<Self>, client: Client, longest: Duration, end: CancellationToken) {
        let open = Arc::new(Semaphore::new(MOST_OPEN));
        let sending = timeout(longest, self.send_steadily(&client, &open));
        // Being ended and having run long enough come to the same.
        let _ = end.run_until_cancelled(sending).await;
        self.rate.store(0, Ordering::Relaxed);
        let all = u32::try_from(MOST_OPEN).unwrap_or(u32::MAX);
        let _ = timeout(ANSWER_WITHIN, open.acquire_many(all)).await;
    }

    async fn send_steadily(self: &Arc<Self>, client: &Client, open: &Arc<Semaphore>) {
        let mut next = Instant::now();
        loop {
            let rate = self.rate.load(Ordering::Relaxed);
            if rate == 0 {
                sleep(IDLE).await;
                next = Instant::now();
                continue;
            }
            // After a stall at most a second is made good, so that it does not end in a flood.
            next = (next + Duration::from_secs(1) / rate).max(Instant::now() - Duration::from_secs(1));
            sleep_until(next).await;
            let (method, path) = &VISITS[rand::random_range(0..VISITS.len())];
            match open.clone().try_acquire_owned() {
                Ok(permit) => {
                    let visit = self.clone().visit(client.clone(), method.clone(), path);
                    tokio::spawn(async move {
                        visit.await;
                        drop(permit);
                    });
                }
                Err(_) => {
                    self.left_out.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    async fn visit(self: Arc<Self>, client: Client, method: Method, path: &str) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let visited = async {
            let response = loopback::send(&client, method, self.port, path, None, Bytes::new())
                .await
                .ok()?;
            let status = response.status();
            response.into_body().collect().await.ok()?;
            Some(status)
        };
        let counter = match timeout(ANSWER_WITHIN, visited).await {
            Ok(Some(status)) if status.is_server_error() => &self.errors,
            Ok(Some(_)) => &self.answered,
            Ok(None) | Err(_) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
