//! One environment: what serves it, and how deploy, promote and rollback change that without losing a request.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Trouble;
use super::catalogue::{Catalogue, Version};
use super::gateway::Gateway;
use super::instance::{Instance, Launch};
use super::log::{Log, Progress};
use super::order::{Change, Order, Variant};

const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// What outlives the supervisor.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Saved {
    stable: String,
    canary: Option<String>,
    weight: u8,
}

/// One environment.
#[derive(Debug)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// What is in front.
    pub gateway: Arc<Gateway>,
    /// Its log.
    pub log: Arc<Log>,
    catalogue: Catalogue,
    launch: Launch,
    saved: Mutex<PathBuf>,
    sizes: [usize; 2],
    serial: AtomicU64,
    /// Held by the one order that starts or stops instances.
    turn: tokio::sync::Mutex<()>,
    running: Mutex<Option<(Change, CancellationToken)>>,
}

impl Environment {
    /// An environment in which nothing runs yet. `sizes` are the instances of stable and of canary.
    pub fn new(state: &Path, gateway: Arc<Gateway>, launch: Launch, sizes: [usize; 2]) -> Self {
        let name = gateway.environment.clone();
        Self {
            log: launch.log.clone(),
            catalogue: Catalogue::of(state),
            saved: Mutex::new(state.join(&name).join("state.json")),
            name,
            gateway,
            launch,
            sizes,
            serial: AtomicU64::new(0),
            turn: tokio::sync::Mutex::default(),
            running: Mutex::default(),
        }
    }

    /// Starts what ran when the playground was last up, or else `first`.
    pub async fn start(&self, first: &str) -> Result<(), Trouble> {
        let saved = self.load(first)?;
        let stable = self
            .start_set(Variant::Stable, &self.catalogue.resolve(&saved.stable, None)?)
            .await?;
        self.gateway.rotation.set_stable(&saved.stable, stable);
        if let Some(version) = &saved.canary {
            let canary = self
                .start_set(Variant::Canary, &self.catalogue.resolve(version, None)?)
                .await?;
            self.gateway.rotation.set_canary(version, canary);
            self.set_weight(saved.weight, "start")?;
        }
        self.save()
    }

    /// Ends all instances.
    pub async fn stop(&self) {
        tokio::join!(self.gateway.stable.retire_all(), self.gateway.canary.retire_all());
    }

    /// The order that starts or stops instances at this moment.
    pub fn running(&self) -> Option<&'static str> {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(|(change, _)| change.command())
    }

    /// Carries out an order. When it fails or `cancel` fires, the stable set is as it was before, and a
    /// canary that was being started is gone.
    pub async fn carry_out(
        &self,
        order: &Order,
        slow: Duration,
        progress: &Progress<'_>,
        cancel: &CancellationToken,
    ) -> Result<Map<String, Value>, Trouble> {
        let by = order.key.as_deref().unwrap_or(order.change.command());
        let job = Job {
            place: self,
            by,
            slow,
            progress,
            cancel,
        };
        let changed = match &order.change {
            // Traffic never waits for processes.
            Change::Weight { percent } => job.weight(*percent)?,
            Change::Rollback { to } => {
                job.take_canary_out();
                self.interrupt_for_rollback();
                let _turn = match self.running() {
                    Some("rollback") => self.take_turn()?,
                    _ => self.turn.lock().await,
                };
                let _running = self.announce(order, cancel);
                job.roll_back(to.as_deref()).await?
            }
            Change::Deploy {
                artifact,
                digest,
                variant,
            } => {
                let _turn = self.take_turn()?;
                let _running = self.announce(order, cancel);
                let version = self.catalogue.resolve(artifact, digest.as_deref())?;
                match variant {
                    Variant::Stable => job.replace_stable(&version).await?,
                    Variant::Canary => job.deploy_canary(&version).await?,
                }
            }
            Change::Promote { artifact } => {
                let _turn = self.take_turn()?;
                let _running = self.announce(order, cancel);
                job.promote(artifact.as_deref()).await?
            }
        };
        self.save()?;
        let mut result = self.summary();
        result.insert("changed".to_owned(), Value::Bool(changed));
        Ok(result)
    }

    fn summary(&self) -> Map<String, Value> {
        let (weight, [stable, canary]) = self.gateway.rotation.counts();
        let summary = json!({ "version": stable.version, "canary_version": canary.version, "weight": weight });
        summary.as_object().cloned().unwrap_or_default()
    }

    fn take_turn(&self) -> Result<tokio::sync::MutexGuard<'_, ()>, Trouble> {
        self.turn.try_lock().map_err(|_| {
            let command = self.running().unwrap_or("another order");
            Trouble::retry(format!(
                "{} is being changed by `{command}` at this moment: try again later.",
                self.name
            ))
        })
    }

    fn announce(&self, order: &Order, cancel: &CancellationToken) -> Announced<'_> {
        let running = (order.change.clone(), cancel.clone());
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
        Announced(self)
    }

    /// A rollback does not wait for a deploy or a promote to finish: it stops it.
    fn interrupt_for_rollback(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((Change::Deploy { .. } | Change::Promote { .. }, cancel)) = running.as_ref() {
            cancel.cancel();
        }
    }

    async fn start_set(&self, variant: Variant, version: &Version) -> Result<Vec<Arc<Instance>>, Trouble> {
        let size = self.sizes[usize::from(variant == Variant::Canary)];
        let set: Vec<_> = (0..size).map(|_| self.start_one(variant, version)).collect();
        try_join_all(set.iter().map(|instance| instance.ready())).await?;
        Ok(set)
    }

    fn start_one(&self, variant: Variant, version: &Version) -> Arc<Instance> {
        let number = self.serial.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("{}-{}-{number}", self.name, variant.name());
        let instance = Instance::start(&self.launch, name, variant, version);
        self.gateway.fleet(variant).add(instance.clone());
        instance
    }

    fn set_weight(&self, percent: u8, by: &str) -> Result<(), Trouble> {
        self.gateway
            .rotation
            .set_weight(percent, |canary| self.gateway.weights.record(percent, by, canary))
            .ok_or_else(|| Trouble::fatal(format!("{} has no canary that could take {percent} %.", self.name)))
    }

    fn load(&self, first: &str) -> Result<Saved, Trouble> {
        let path = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::read(&*path) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|e| Trouble::fatal(format!("{} cannot be read: {e}.", path.display()))),
            Err(_) => Ok(Saved {
                stable: first.to_owned(),
                ..Saved::default()
            }),
        }
    }

    fn save(&self) -> Result<(), Trouble> {
        // Locked before the state is read: the last to write has the latest.
        let path = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        let (weight, [stable, canary]) = self.gateway.rotation.counts();
        let saved = Saved {
            stable: stable.version.unwrap_or_default(),
            canary: canary.version,
            weight,
        };
        super::write_whole(&path, &saved)
    }
}

/// Says what runs, until it is dropped.
struct Announced<'a>(&'a Environment);

impl Drop for Announced<'_> {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// One order being carried out.
struct Job<'a> {
    place: &'a Environment,
    by: &'a str,
    slow: Duration,
    progress: &'a Progress<'a>,
    cancel: &'a CancellationToken,
}

impl Job<'_> {
    fn weight(&self, percent: u8) -> Result<bool, Trouble> {
        let before = self.place.gateway.rotation.weight();
        self.place.set_weight(percent, self.by)?;
        self.progress.say(format!(
            "{}: canary takes {percent} % (was {before} %)",
            self.place.name
        ));
        Ok(before != percent)
    }

    /// Takes canary and its share away from the traffic at once; its processes are still there.
    fn take_canary_out(&self) -> bool {
        let gateway = &self.place.gateway;
        let weight = gateway.rotation.weight();
        let version = gateway.rotation.remove_canary(|version| {
            if version.is_some() {
                gateway.weights.record(0, self.by, version);
            }
            version.map(str::to_owned)
        });
        if let Some(version) = &version {
            self.progress.say(format!(
                "{}: canary {version} takes 0 % (was {weight} %)",
                self.place.name
            ));
        }
        version.is_some()
    }

    async fn end_canary(&self) -> bool {
        let taken_out = self.take_canary_out();
        let canary = &self.place.gateway.canary;
        let gone = canary.members();
        if !gone.is_empty() {
            self.progress
                .say(format!("{}: {} canary instance(s) end", self.place.name, gone.len()));
        }
        let any = taken_out || !gone.is_empty();
        canary.retire(gone).await;
        canary.forget().await;
        any
    }

    async fn deploy_canary(&self, version: &Version) -> Result<bool, Trouble> {
        let rotation = &self.place.gateway.rotation;
        let (weight, [_, canary]) = rotation.counts();
        let size = self.place.sizes[1];
        if canary.version.as_deref() == Some(&version.version) && canary.instances == size {
            self.progress
                .say(format!("{}: canary runs {} already", self.place.name, version.version));
            self.place.set_weight(0, self.by)?;
            return Ok(weight != 0);
        }
        self.end_canary().await;
        let mut started = Vec::new();
        match self
            .start_all(Variant::Canary, version, size, &mut started, |_, _| ())
            .await
        {
            Ok(()) => {
                rotation.set_canary(&version.version, started);
                self.place.gateway.weights.record(0, self.by, Some(&version.version));
                Ok(true)
            }
            Err(trouble) => {
                self.place.gateway.canary.retire(started).await;
                self.place.save()?;
                Err(trouble)
            }
        }
    }

    /// Replaces the stable instances one after another. Each old one leaves the rotation when its
    /// replacement is healthy, but lives until the last is replaced: going back costs nothing.
    async fn replace_stable(&self, version: &Version) -> Result<bool, Trouble> {
        let Gateway { rotation, stable, .. } = &*self.place.gateway;
        let old = rotation.instances(Variant::Stable);
        let before = rotation.version(Variant::Stable).unwrap_or_default();
        let size = self.place.sizes[0];
        if before == version.version && old.len() == size {
            self.progress
                .say(format!("{}: stable runs {before} already", self.place.name));
            return Ok(false);
        }
        self.progress.say(format!(
            "{}: stable goes from {before} to {}",
            self.place.name, version.version
        ));
        let mut started = Vec::new();
        let swap = |at: usize, new: &Arc<Instance>| rotation.replace_stable(old.get(at), new.clone());
        match self.start_all(Variant::Stable, version, size, &mut started, swap).await {
            Ok(()) => {
                rotation.set_stable(&version.version, started);
                stable.retire(old).await;
                Ok(true)
            }
            Err(trouble) => {
                self.progress
                    .say(format!("{}: stable goes back to {before}: {trouble}", self.place.name));
                rotation.set_stable(&before, old);
                stable.retire(started).await;
                Err(trouble)
            }
        }
    }

    async fn promote(&self, artifact: Option<&str>) -> Result<bool, Trouble> {
        let place = self.place;
        let wanted = artifact
            .map(|artifact| place.catalogue.resolve(artifact, None))
            .transpose()?;
        let rotation = &place.gateway.rotation;
        let Some(canary) = rotation.version(Variant::Canary) else {
            let stable = rotation.version(Variant::Stable);
            return match wanted {
                Some(wanted) if stable.as_deref() == Some(&wanted.version) => {
                    self.progress
                        .say(format!("{}: {} is promoted already", place.name, wanted.version));
                    Ok(false)
                }
                _ => Err(Trouble::fatal(format!("{} has no canary to promote.", place.name))),
            };
        };
        if let Some(wanted) = wanted.filter(|wanted| wanted.version != canary) {
            return Err(Trouble::fatal(format!(
                "The canary is {canary}, not {}: it is not promoted.",
                wanted.version
            )));
        }
        self.replace_stable(&place.catalogue.resolve(&canary, None)?).await?;
        self.end_canary().await;
        Ok(true)
    }

    async fn roll_back(&self, to: Option<&str>) -> Result<bool, Trouble> {
        let ended = self.end_canary().await;
        self.place.save()?;
        let Some(to) = to else { return Ok(ended) };
        let version = self.place.catalogue.resolve(to, None)?;
        // Rolling back is never made slow.
        let quick = Job {
            slow: Duration::ZERO,
            ..*self
        };
        Ok(quick.replace_stable(&version).await? || ended)
    }

    /// Starts instances one after another, each healthy before the next. `started` holds what was started
    /// also when this ends with an error.
    async fn start_all(
        &self,
        variant: Variant,
        version: &Version,
        count: usize,
        started: &mut Vec<Arc<Instance>>,
        mut healthy: impl FnMut(usize, &Arc<Instance>),
    ) -> Result<(), Trouble> {
        let share = self.slow / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        for at in 0..count {
            if self.cancel.is_cancelled() {
                return Err(interrupted());
            }
            let instance = self.place.start_one(variant, version);
            started.push(instance.clone());
            self.cancel
                .run_until_cancelled(instance.ready())
                .await
                .unwrap_or_else(|| Err(interrupted()))?;
            healthy(at, &instance);
            let (number, port) = (at + 1, instance.port());
            self.progress.say(format!(
                "{}: healthy on port {port} ({number} of {count})",
                instance.name
            ));
            self.dawdle(share).await?;
        }
        Ok(())
    }

    /// Takes as long as a slow deployment would, and says so.
    async fn dawdle(&self, time: Duration) -> Result<(), Trouble> {
        let begun = Instant::now();
        while begun.elapsed() < time {
            let next = (Instant::now() + PROGRESS_INTERVAL).min(begun + time);
            self.cancel
                .run_until_cancelled(sleep_until(next))
                .await
                .ok_or_else(interrupted)?;
            self.progress.say(format!(
                "{}: {} of {} ms",
                self.place.name,
                begun.elapsed().as_millis(),
                time.as_millis()
            ));
        }
        Ok(())
    }
}

fn interrupted() -> Trouble {
    Trouble::Interrupted("It was stopped, and what it had changed was put back.".to_owned())
}
