//! What every handler can reach.

use crate::identity::Providers;
use crate::pulse::Pulse;
use crate::sample::Sample;
use crate::status_page::StatusCache;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Db;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Shared by all requests of one process.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub db: Db,
    pub options: LeptosOptions,
    pub kicks: Kicks,
    pub status: StatusCache,
    pub sample: Arc<Sample>,
    pub place: Arc<Place>,
    pub vault: store::Vault,
    pub key: domain::health::KeySource,
    pub metrics: crate::metrics::Metrics,
    pub providers: Arc<Providers>,
    pub proxies: Arc<crate::network::Proxies>,
    pub limits: Arc<crate::limit::Limits>,
    pub shutdown: CancellationToken,
}

/// Where this instance stands in the world.
#[derive(Debug)]
pub struct Place {
    /// `https://slipway.example.com`, without a slash at its end.
    pub address: String,
    /// The folder of everything that is kept on this machine.
    pub data: std::path::PathBuf,
    /// The files of the front end.
    pub site: std::path::PathBuf,
    /// Logical name of a style sheet or script → its hashed path.
    pub manifest: std::collections::BTreeMap<String, String>,
    set_up: AtomicBool,
}

impl Place {
    pub fn new(
        address: String,
        data: std::path::PathBuf,
        site: std::path::PathBuf,
        manifest: std::collections::BTreeMap<String, String>,
    ) -> Place {
        Place {
            address,
            data,
            site,
            manifest,
            set_up: AtomicBool::new(false),
        }
    }

    /// Whether people reach it by https.
    pub fn https(&self) -> bool {
        self.address.starts_with("https://")
    }

    /// Host and port of the address.
    pub fn authority(&self) -> &str {
        self.address.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// Whether the first administrator exists. Asked of the database until it is true: it never becomes false again.
    pub async fn set_up(&self, db: &Db) -> bool {
        if self.set_up.load(Ordering::Relaxed) {
            return true;
        }
        let now = store::access::is_set_up(db).await.unwrap_or(true);
        self.set_up.store(now, Ordering::Relaxed);
        now
    }
}

/// One process's share of the live kicks: what Postgres notified, to every open page.
#[derive(Clone)]
pub struct Kicks {
    pages: broadcast::Sender<Arc<store::Kick>>,
    pulse: Arc<Pulse>,
}

impl Kicks {
    /// How many kicks a slow page may lag behind before it is told to fetch everything.
    const BEHIND: usize = 1024;

    pub fn new() -> Kicks {
        Kicks {
            pages: broadcast::channel(Self::BEHIND).0,
            pulse: Arc::default(),
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<store::Kick>> {
        self.pages.subscribe()
    }

    /// Pages that listen. The status page's cache listens too, and is none.
    pub fn pages(&self) -> u64 {
        u64::try_from(self.pages.receiver_count().saturating_sub(1)).unwrap_or(u64::MAX)
    }

    /// How this process hears.
    pub fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Passes on what Postgres notifies, until shutdown.
    pub async fn relay(self, mut listener: store::Listener, shutdown: CancellationToken) {
        while let Some(kick) = shutdown.run_until_cancelled(listener.next()).await {
            match kick {
                store::Kick::Beat(word) => self.pulse.heard(&word),
                // Nobody listening is no fault.
                kick => drop(self.pages.send(Arc::new(kick))),
            }
        }
    }
}

impl Default for Kicks {
    fn default() -> Self {
        Kicks::new()
    }
}
