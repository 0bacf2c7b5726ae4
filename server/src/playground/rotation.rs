//! Who gets the next request: an exact, even interleaving of canary among stable.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::instance::{Instance, OpenRequest};
use super::order::Variant;

/// Spreads a share evenly: of any run of n choices, canary gets n·weight/100, rounded down or up.
#[derive(Debug, Default)]
struct Interleave {
    weight: u8,
    balance: u8,
}

impl Interleave {
    fn set(&mut self, weight: u8) {
        *self = Self { weight, balance: 0 };
    }

    fn next(&mut self) -> Variant {
        self.balance += self.weight;
        if self.balance >= 100 {
            self.balance -= 100;
            Variant::Canary
        } else {
            Variant::Stable
        }
    }
}

/// What one variant answered, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What it runs; `None` when it has no instance.
    pub version: Option<String>,
    /// Instances in the rotation.
    pub instances: usize,
    /// Requests that were sent to it.
    pub requests: u64,
    /// Of these: answered with a 5xx, or not at all.
    pub errors: u64,
}

#[derive(Debug, Default)]
struct Side {
    version: Option<String>,
    instances: Vec<Arc<Instance>>,
    turn: usize,
    requests: u64,
    errors: Arc<AtomicU64>,
}

impl Side {
    fn pick(&mut self) -> Option<OpenRequest> {
        let count = self.instances.len();
        let order = (0..count).map(|step| (self.turn + step) % count);
        let at = order.into_iter().find(|at| self.instances[*at].healthy())?;
        self.turn = (at + 1) % count;
        Some(self.instances[at].open())
    }

    fn count(&self) -> Count {
        Count {
            version: self.version.clone(),
            instances: self.instances.len(),
            requests: self.requests,
            errors: self.errors.load(Ordering::Relaxed),
        }
    }
}

/// A choice: who answers, and where an error is counted.
#[derive(Debug)]
pub struct Chosen {
    /// The variant that is served by.
    pub variant: Variant,
    /// The instance, kept from being stopped until this is dropped.
    pub request: OpenRequest,
    /// The variant's errors.
    pub errors: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Inner {
    interleave: Interleave,
    stable: Side,
    canary: Side,
}

/// The two sets that take requests, and the share of canary. Every change is seen by the next request.
#[derive(Debug, Default)]
pub struct Rotation {
    inner: Mutex<Inner>,
}

impl Rotation {
    /// Chooses for one request. A variant without a healthy instance is stood in for by the other.
    pub fn choose(&self) -> Option<Chosen> {
        let mut inner = self.lock();
        let Inner {
            interleave,
            stable,
            canary,
        } = &mut *inner;
        let (first, second) = match interleave.next() {
            Variant::Stable => ((Variant::Stable, stable), (Variant::Canary, canary)),
            Variant::Canary => ((Variant::Canary, canary), (Variant::Stable, stable)),
        };
        // Canary never gets more than its share: at weight 0 it does not stand in.
        let stand_in = (interleave.weight > 0 || second.0 == Variant::Stable).then_some(second);
        [Some(first), stand_in]
            .into_iter()
            .flatten()
            .find_map(|(variant, side)| {
                let request = side.pick()?;
                side.requests += 1;
                Some(Chosen {
                    variant,
                    request,
                    errors: side.errors.clone(),
                })
            })
    }

    /// Another healthy instance of the same variant, for a request that could not be delivered.
    pub fn choose_again(&self, variant: Variant) -> Option<OpenRequest> {
        let mut inner = self.lock();
        match variant {
            Variant::Stable => inner.stable.pick(),
            Variant::Canary => inner.canary.pick(),
        }
    }

    /// Canary's share, 0 to 100.
    pub fn weight(&self) -> u8 {
        self.lock().interleave.weight
    }

    /// Sets canary's share, and calls `record` with canary's version before anyone can change it again.
    /// Returns `None`, and changes nothing, when there is no canary to give a share to.
    pub fn set_weight<T>(&self, weight: u8, record: impl FnOnce(Option<&str>) -> T) -> Option<T> {
        let mut inner = self.lock();
        if weight > 0 && inner.canary.instances.is_empty() {
            return None;
        }
        inner.interleave.set(weight.min(100));
        Some(record(inner.canary.version.as_deref()))
    }

    /// Puts new stable instances in the place of all.
    pub fn set_stable(&self, version: &str, instances: Vec<Arc<Instance>>) {
        let mut inner = self.lock();
        inner.stable.version = Some(version.to_owned());
        inner.stable.instances = instances;
        inner.stable.turn = 0;
    }

    /// Puts one stable instance in the place of another, or adds it.
    pub fn replace_stable(&self, old: Option<&Arc<Instance>>, new: Arc<Instance>) {
        let stable = &mut self.lock().stable;
        let at = old.and_then(|old| stable.instances.iter().position(|one| Arc::ptr_eq(one, old)));
        match at {
            Some(at) => stable.instances[at] = new,
            None => stable.instances.push(new),
        }
    }

    /// Lets canary in, with its counts at zero and no share yet.
    pub fn set_canary(&self, version: &str, instances: Vec<Arc<Instance>>) {
        let mut inner = self.lock();
        inner.interleave.set(0);
        inner.canary = Side {
            version: Some(version.to_owned()),
            instances,
            ..Side::default()
        };
    }

    /// Takes canary out, with its share; its counts stay to be read.
    pub fn remove_canary<T>(&self, record: impl FnOnce(Option<&str>) -> T) -> T {
        let mut inner = self.lock();
        inner.interleave.set(0);
        inner.canary.instances.clear();
        record(inner.canary.version.take().as_deref())
    }

    /// The version of a variant.
    pub fn version(&self, variant: Variant) -> Option<String> {
        self.count(variant).version
    }

    /// The instances of a variant.
    pub fn instances(&self, variant: Variant) -> Vec<Arc<Instance>> {
        let inner = self.lock();
        match variant {
            Variant::Stable => inner.stable.instances.clone(),
            Variant::Canary => inner.canary.instances.clone(),
        }
    }

    /// The counts of a variant.
    pub fn count(&self, variant: Variant) -> Count {
        self.counts().1[usize::from(variant == Variant::Canary)].clone()
    }

    /// Canary's share and both counts, stable's first, of one moment.
    pub fn counts(&self) -> (u8, [Count; 2]) {
        let inner = self.lock();
        (inner.interleave.weight, [inner.stable.count(), inner.canary.count()])
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_share_is_exact_and_even() {
        for weight in 0..=100_u8 {
            let mut interleave = Interleave::default();
            interleave.set(weight);
            let mut canary = 0_u32;
            for n in 1..=1000_u32 {
                canary += u32::from(interleave.next() == Variant::Canary);
                assert_eq!(canary, n * u32::from(weight) / 100, "weight {weight}, request {n}");
            }
        }
    }

    #[test]
    fn without_a_canary_there_is_no_share() {
        let rotation = Rotation::default();
        assert_eq!(rotation.set_weight(10, |_| ()), None);
        assert_eq!(rotation.weight(), 0);
        assert_eq!(rotation.set_weight(0, |_| ()), Some(()));
        assert!(rotation.choose().is_none());
    }
}
