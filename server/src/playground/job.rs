//! How deploy, promote and rollback change an environment without losing a request, and how they are undone.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Trouble;
use super::catalogue::Version;
use super::environment::Environment;
use super::gateway::Gateway;
use super::instance::Instance;
use super::log::Progress;
use super::order::Variant;

const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// One order being carried out.
pub(super) struct Job<'a> {
    pub(super) place: &'a Environment,
    pub(super) by: &'a str,
    pub(super) slow: Duration,
    pub(super) progress: &'a Progress<'a>,
    pub(super) cancel: &'a CancellationToken,
}

impl Job<'_> {
    pub(super) fn weight(&self, percent: u8) -> Result<bool, Trouble> {
        let before = self.place.gateway.rotation.weight();
        self.place.set_weight(percent, self.by)?;
        self.progress.say(format!(
            "{}: canary takes {percent} % (was {before} %)",
            self.place.name
        ));
        Ok(before != percent)
    }

    /// Takes canary and its share away from the traffic at once; its processes are still there.
    pub(super) fn take_canary_out(&self) -> bool {
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

    pub(super) async fn deploy_canary(&self, version: &Version) -> Result<bool, Trouble> {
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
    pub(super) async fn replace_stable(&self, version: &Version) -> Result<bool, Trouble> {
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

    pub(super) async fn promote(&self, artifact: Option<&str>) -> Result<bool, Trouble> {
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

    pub(super) async fn roll_back(&self, to: Option<&str>) -> Result<bool, Trouble> {
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
