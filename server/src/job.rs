//! The worker: does the jobs of the queue, each at least once.
//!
//! What a job is about is read when it is done, so it may be done twice, or too late, without harm.

mod mail;
mod reconcile;
mod schedule;
mod sweep;
mod webhook;

pub use mail::Mailer;

use graphile_worker::{
    JobComplete, JobFail, JobPermanentlyFail, JobStart, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Jobs that are done at once.
const AT_ONCE: usize = 8;

/// How long a job that runs may still take when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Open pages hear of the queue at most so often.
const A_KICK: Duration = Duration::from_millis(500);

/// What the jobs need.
#[derive(Clone)]
pub struct Work {
    pub db: Db,
    pub vault: store::Vault,
    /// By which people reach this instance, without a slash at its end.
    pub address: String,
    /// None: no mail is sent here.
    pub mailer: Option<Mailer>,
    /// How long a receiver of a webhook may take for its whole answer.
    pub patience: Duration,
}

/// How long a receiver of a webhook may take, if nothing else is said.
pub const PATIENCE: Duration = Duration::from_secs(30);

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Work of {}", self.address)
    }
}

/// Why a job was not done. Its `Debug` is what the queue keeps as the reason, and people read.
pub struct NotDone(String);

impl NotDone {
    fn because(why: impl fmt::Display) -> NotDone {
        NotDone(why.to_string())
    }
}

impl fmt::Debug for NotDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<store::Error> for NotDone {
    fn from(error: store::Error) -> NotDone {
        NotDone::because(error)
    }
}

/// What the jobs need, from the worker.
fn work(context: &WorkerContext) -> Result<Work, NotDone> {
    context
        .get_ext::<Work>()
        .cloned()
        .ok_or_else(|| NotDone::because("the worker is not set up"))
}

/// Starts a worker; it ends with the token, after the jobs that run. The jobs of a worker that fell silent for `lease` are done by another.
///
/// # Errors
/// One sentence, when the queue can't be opened.
pub async fn start(work: Work, lease: Duration, shutdown: CancellationToken) -> Result<JoinHandle<()>, String> {
    let db = work.db.clone();
    let moved = Arc::new(Notify::new());
    let tell = |moved: &Arc<Notify>| {
        let moved = moved.clone();
        move || moved.notify_one()
    };
    let (begun, done, failed, gave_up) = (tell(&moved), tell(&moved), tell(&moved), tell(&moved));
    let stop = shutdown.clone();
    let recovery = WorkerRecoveryConfig {
        enabled: true,
        heartbeat_interval: lease / 4,
        sweep_interval: lease / 2,
        sweep_threshold: lease,
        recovery_delay: Duration::from_secs(1),
        ..WorkerRecoveryConfig::default()
    };
    let [hourly, asks] = schedule::all()?;
    let worker = WorkerOptions::default()
        .pg_pool(db.clone())
        .concurrency(AT_ONCE)
        .worker_recovery(recovery)
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(GRACE)
        .shutdown_signal(async move { stop.cancelled().await })
        .add_extension(work)
        .define_job::<mail::Mail>()
        .define_job::<webhook::Webhook>()
        .define_job::<sweep::Sweep>()
        .define_job::<reconcile::Reconcile>()
        .define_job::<reconcile::ReconcileAll>()
        .with_cron(hourly)
        .with_cron(asks)
        .on(JobStart, move |_| {
            begun();
            async {}
        })
        .on(JobComplete, move |_| {
            done();
            async {}
        })
        .on(JobFail, move |_| {
            failed();
            async {}
        })
        .on(JobPermanentlyFail, move |_| {
            gave_up();
            async {}
        })
        .init()
        .await
        .map_err(|error| format!("The queue of jobs can't be opened: {error}."))?;
    tokio::spawn(kick(db, moved, shutdown.clone()));
    Ok(tokio::spawn(async move {
        let mut pause = Duration::from_secs(1);
        while let Err(error) = worker.run().await {
            if shutdown.is_cancelled() {
                break;
            }
            tracing::warn!(%error, "the worker was interrupted");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(30));
        }
    }))
}

/// Tells open pages that the queue moved.
async fn kick(db: Db, moved: Arc<Notify>, shutdown: CancellationToken) {
    while shutdown.run_until_cancelled(moved.notified()).await.is_some() {
        if let Err(error) = store::job::moved(&db).await {
            tracing::debug!(%error, "pages were not told that the queue moved");
        }
        tokio::time::sleep(A_KICK).await;
    }
}
