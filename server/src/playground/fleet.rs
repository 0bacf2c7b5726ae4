//! All processes of one variant, in the rotation or on their way in or out, and the sum of their counters.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;

use super::instance::Instance;
use super::metrics::Series;

/// The processes of one variant.
///
/// The sum never goes backwards while the variant lives: what a process counted stays when it goes. Without
/// that, each replaced instance would look to a scraper like a counter that was reset.
#[derive(Debug, Default)]
pub struct Fleet {
    members: Mutex<Vec<Arc<Instance>>>,
    /// Also the lock that keeps an instance from being summed both as a member and as retired.
    retired: tokio::sync::Mutex<Series>,
}

impl Fleet {
    /// Takes an instance in.
    pub fn add(&self, instance: Arc<Instance>) {
        self.members
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(instance);
    }

    /// The processes at this moment.
    pub fn members(&self) -> Vec<Arc<Instance>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends instances that are out of the rotation, after their last request is answered.
    pub async fn retire(&self, instances: Vec<Arc<Instance>>) {
        join_all(instances.iter().map(|instance| self.retire_one(instance))).await;
    }

    /// Ends all.
    pub async fn retire_all(&self) {
        self.retire(self.members()).await;
    }

    /// Forgets the counters of those that are gone: another version begins.
    pub async fn forget(&self) {
        *self.retired.lock().await = Series::default();
    }

    /// The sum of the counters, as text; `None` when there is no instance.
    pub async fn metrics(&self) -> Option<String> {
        let retired = self.retired.lock().await;
        let members = self.members();
        if members.is_empty() {
            return None;
        }
        let mut sum = Series::default();
        for series in join_all(members.iter().map(|instance| instance.series())).await {
            sum.merge(&series);
        }
        sum.merge(&retired);
        Some(sum.render())
    }

    async fn retire_one(&self, instance: &Arc<Instance>) {
        instance.drain().await;
        let mut retired = self.retired.lock().await;
        let last = instance.series().await.without_gauges();
        retired.merge(&last);
        self.members
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|one| !Arc::ptr_eq(one, instance));
        drop(retired);
        instance.stop().await;
    }
}
