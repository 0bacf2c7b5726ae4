//! One environment: what serves it, and how deploy, promote and rollback change that without losing a request.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::Trouble;
use super::catalogue::{Catalogue, Version};
use super::gateway::Gateway;
use super::instance::{Instance, Launch};
use super::job::Job;
use super::log::{Log, Progress};
use super::order::{Change, Order, Variant};

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
    pub(super) catalogue: Catalogue,
    launch: Launch,
    saved: Mutex<PathBuf>,
    /// Instances of stable and of canary.
    pub(super) sizes: [usize; 2],
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

    pub(super) fn start_one(&self, variant: Variant, version: &Version) -> Arc<Instance> {
        let number = self.serial.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("{}-{}-{number}", self.name, variant.name());
        let instance = Instance::start(&self.launch, name, variant, version);
        self.gateway.fleet(variant).add(instance.clone());
        instance
    }

    pub(super) fn set_weight(&self, percent: u8, by: &str) -> Result<(), Trouble> {
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

    pub(super) fn save(&self) -> Result<(), Trouble> {
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
