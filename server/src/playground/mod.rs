//! The playground: a small real system on loopback to deploy to.
//!
//! `slipway playground up` runs a supervisor. It starts instances of a sample web service, `storefront`, as child
//! processes, for three environments, each behind a weighted gateway, with visitors. Ordinary commands change it,
//! as any team's own scripts would change theirs; Slipway knows nothing special about it.
//!
//! ```text
//! visitors (load) ──► gateway ──► rotation ──► instance ─ process `storefront` (stable)
//!                        │                └──► instance ─ process `storefront` (canary)
//!                        └ admin port: counts, weights, metrics of each variant
//! commands (command) ──► control ──► supervisor ──► journal, environment
//! ```

pub mod catalogue;
mod command;
mod control;
mod environment;
mod fleet;
mod gateway;
mod give;
mod instance;
mod job;
mod journal;
mod load;
mod log;
mod loopback;
mod metrics;
mod options;
mod order;
mod rotation;
mod storefront;
pub mod supervisor;
mod up;
mod weights;

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

pub use command::run;
pub use options::Playground;

/// Why something was not done, as one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It cannot be done.
    #[error("{0}")]
    Fatal(String),
    /// It cannot be done now; the same may succeed later.
    #[error("{0}")]
    Retry(String),
    /// It was stopped.
    #[error("{0}")]
    Interrupted(String),
}

impl Trouble {
    fn fatal(why: impl Into<String>) -> Self {
        Self::Fatal(why.into())
    }

    fn retry(why: impl Into<String>) -> Self {
        Self::Retry(why.into())
    }

    fn io(action: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::Fatal(format!("Cannot {action} {}: {error}.", path.display()))
    }
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// Writes a file whole or not at all, readable by its owner only: a reader never sees half of it.
fn write_whole(path: &Path, content: &impl Serialize) -> Result<(), Trouble> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let text = serde_json::to_vec_pretty(content).map_err(|e| Trouble::fatal(e.to_string()))?;
    let draft = path.with_extension(format!("{}.{number}.draft", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_data()))
        .and_then(|()| fs::rename(&draft, path));
    written.map_err(|e| Trouble::io("write", path, &e))
}

/// Waits for SIGINT or SIGTERM.
async fn stopping() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be received");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Completes when standard input ends. Read by a thread of its own: one of the runtime's would hold up its end.
fn input_closed() -> Result<oneshot::Receiver<()>, Trouble> {
    let (sender, closed) = oneshot::channel();
    std::thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            let mut input = std::io::stdin().lock();
            let mut rest = [0; 64];
            while input.read(&mut rest).is_ok_and(|count| count > 0) {}
            drop(sender);
        })
        .map_err(|e| Trouble::fatal(format!("A thread cannot be started: {e}.")))?;
    Ok(closed)
}
