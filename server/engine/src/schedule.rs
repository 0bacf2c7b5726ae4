//! The loop: woken by a notification, by the next due time, or by the tick, it claims what is due and hands it out.

use crate::config::{Context, EngineConfig};
use crate::orphan::Orphans;
use crate::supervise;
use crate::tick::{self, Lease};
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Commands that one engine supervises at once. Far above what it ticks: a rollback must not wait behind slow deploys.
const SUPERVISED: usize = 64;

/// The shortest sleep: what is due now but held by somebody else is not asked for without a pause.
const LEAST_SLEEP: Duration = Duration::from_millis(20);

/// How long supervisors have to end what still runs, once the drain is over: TERM, KILL, and the record of it.
const LAST: Duration = Duration::from_secs(15);

/// Runs deployments until it is asked to stop. Then it claims nothing more, cancels nothing, lets ticks end and running commands go on for
/// [`EngineConfig::drain`]; those that still run are stopped and kept as unknown, so that the next engine observes them.
pub async fn run(db: Db, config: EngineConfig, shutdown: CancellationToken) {
    let context = Arc::new(Context::new(db, config));
    let engine = Engine::new(context.clone());
    let ear = tokio::spawn(hear(context.clone()));
    let signs = tokio::spawn(give_signs(context.clone()));
    tracing::info!(engine = context.owner, "the engine works");
    let mut woken = context.woken.subscribe();
    loop {
        let pause = engine.round().await;
        tokio::select! {
            () = shutdown.cancelled() => break,
            _ = woken.changed() => {}
            () = engine.free.notified() => {}
            () = sleep(pause) => {}
        }
    }
    engine.stop().await;
    ear.abort();
    signs.abort();
    // Waited for, so that no sign comes after the end.
    let _ = signs.await;
    if let Err(error) = store::health::gone(&context.db, &context.owner).await {
        tracing::debug!(%error, "the end of an engine could not be kept");
    }
    tracing::info!(engine = context.owner, "the engine has stopped");
}

/// Gives signs of life, for the page about the instance's health.
async fn give_signs(context: Arc<Context>) {
    let pause = Duration::from_secs(domain::health::SIGN_S.unsigned_abs());
    loop {
        if let Err(error) = store::health::alive(&context.db, &context.owner, env!("CARGO_PKG_VERSION")).await {
            tracing::debug!(%error, "a sign of life could not be given");
        }
        sleep(pause).await;
    }
}

/// Counts the wake-ups, across lost connections.
async fn hear(context: Arc<Context>) {
    loop {
        match store::event::listen_wakes(&context.db).await {
            Ok(mut wakes) => loop {
                wakes.next().await;
                context.woken.send_modify(|count| *count += 1);
            },
            Err(error) => {
                tracing::warn!(%error, "no way to listen for wake-ups; polling");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// One engine at work.
struct Engine {
    context: Arc<Context>,
    ticks: TaskTracker,
    ticking: Arc<Semaphore>,
    executions: TaskTracker,
    supervising: Arc<Semaphore>,
    orphans: Orphans,
    /// A tick or an execution has ended: there may be something to claim again.
    free: Arc<Notify>,
}

impl Engine {
    fn new(context: Arc<Context>) -> Engine {
        let places = context.config.concurrency.max(1);
        Engine {
            context,
            ticks: TaskTracker::new(),
            ticking: Arc::new(Semaphore::new(places)),
            executions: TaskTracker::new(),
            supervising: Arc::new(Semaphore::new(SUPERVISED)),
            orphans: Orphans::default(),
            free: Arc::new(Notify::new()),
        }
    }

    /// Claims all that is due, and says how long to sleep.
    async fn round(&self) -> Duration {
        let context = &self.context;
        context.config.counters.round();
        let work = async {
            self.orphans.sweep(context).await?;
            self.claim_executions().await?;
            self.claim_deployments().await?;
            store::rollout::next_due(&context.db).await
        };
        match work.await {
            Ok(due) => due.map_or(context.config.tick, |due| due.clamp(LEAST_SLEEP, context.config.tick)),
            Err(error) => {
                tracing::warn!(%error, "nothing could be claimed");
                context.config.tick
            }
        }
    }

    async fn claim_executions(&self) -> Result<(), store::Error> {
        let context = &self.context;
        while let Ok(place) = self.supervising.clone().try_acquire_owned() {
            let claimed =
                store::execution::claim(&context.db, &context.owner, &context.host, context.config.lease).await?;
            let Some(job) = claimed else { break };
            context.config.counters.execution();
            let (context, free) = (context.clone(), self.free.clone());
            self.executions.spawn(async move {
                supervise::run(context, job).await;
                drop(place);
                free.notify_one();
            });
        }
        Ok(())
    }

    async fn claim_deployments(&self) -> Result<(), store::Error> {
        let context = &self.context;
        while let Ok(place) = self.ticking.clone().try_acquire_owned() {
            let asked = Instant::now();
            let claimed = store::rollout::claim(&context.db, &context.owner, context.config.lease).await?;
            let Some(claim) = claimed else { break };
            context.config.counters.tick();
            let lease = Lease::asked_at(asked, context.config.lease);
            let (context, free) = (context.clone(), self.free.clone());
            self.ticks.spawn(async move {
                tick::run(context, claim, lease).await;
                drop(place);
                free.notify_one();
            });
        }
        Ok(())
    }

    async fn stop(&self) {
        self.ticks.close();
        self.executions.close();
        self.ticks.wait().await;
        if timeout(self.context.config.drain, self.executions.wait())
            .await
            .is_err()
        {
            self.context.give_up.cancel();
            let _ = timeout(LAST, self.executions.wait()).await;
        }
    }
}
