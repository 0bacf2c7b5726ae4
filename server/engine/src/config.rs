//! How an engine works, and what its parts share.

use crate::counters::Counters;
use crate::scrape::Http;
use std::sync::Arc;
use std::time::Duration;
use store::{Db, Vault};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How an engine works.
#[derive(Clone)]
pub struct EngineConfig {
    /// Its name in leases. A part of its own is added, so that one that starts again is another.
    pub owner: String,
    /// How long a claim stands. An engine that dies holds its deployments for so long.
    pub lease: Duration,
    /// How long it sleeps at most when nobody wakes it.
    pub tick: Duration,
    /// Deployments that it looks after at once.
    pub concurrency: usize,
    /// Where it counts its work.
    pub counters: Arc<Counters>,
    /// Opens the secrets that plans name. None: commands that need one are not started.
    pub vault: Option<Vault>,
    /// How long running commands may go on after it was asked to stop.
    pub drain: Duration,
    /// Holds a tick up at its stages: how tests make an engine slower than its lease.
    #[cfg(any(debug_assertions, feature = "faults"))]
    pub stall: Option<crate::Stall>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            owner: "engine".into(),
            lease: Duration::from_secs(10),
            tick: Duration::from_secs(1),
            concurrency: 8,
            counters: Arc::default(),
            vault: None,
            drain: Duration::from_secs(20),
            #[cfg(any(debug_assertions, feature = "faults"))]
            stall: None,
        }
    }
}

/// The longest that one look at a target, one scrape, or one short effect may take.
const SHORT: Duration = Duration::from_secs(5);

impl EngineConfig {
    /// The time limit of whatever is done inside a tick. Two of them fit into a lease.
    pub(crate) fn short(&self) -> Duration {
        SHORT.min(self.lease / 2)
    }
}

/// What all parts of one engine share.
pub(crate) struct Context {
    pub db: Db,
    pub config: EngineConfig,
    /// Name in leases, unique to this process.
    pub owner: String,
    /// Where process ids mean something.
    pub host: String,
    pub http: Http,
    /// Counts the wake-ups that were heard.
    pub woken: watch::Sender<u64>,
    /// The drain is over: supervisors end what still runs.
    pub give_up: CancellationToken,
}

impl Context {
    pub fn new(db: Db, config: EngineConfig) -> Context {
        let suffix = uuid::Uuid::new_v4().simple().to_string();
        Context {
            db,
            owner: format!("{}/{}", config.owner, &suffix[..8]),
            host: host(),
            http: Http::new(config.short()),
            woken: watch::Sender::new(0),
            give_up: CancellationToken::new(),
            config,
        }
    }
}

/// This machine's name and its present boot: a process id of an earlier one means nothing.
fn host() -> String {
    let read = |path: &str| {
        std::fs::read_to_string(path)
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    format!(
        "{}/{}",
        read("/proc/sys/kernel/hostname"),
        read("/proc/sys/kernel/random/boot_id")
    )
}
