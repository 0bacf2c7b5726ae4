//! What an engine counts of its work, for whoever watches the process.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted since the process began.
#[derive(Debug, Default)]
pub struct Counters {
    rounds: AtomicU64,
    ticks: AtomicU64,
    executions: AtomicU64,
}

/// What was counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Looks for something to do.
    pub rounds: u64,
    /// Ticks of deployments.
    pub ticks: u64,
    /// Commands that were started.
    pub executions: u64,
}

impl Counters {
    /// What was counted so far.
    pub fn read(&self) -> Counted {
        Counted {
            rounds: self.rounds.load(Ordering::Relaxed),
            ticks: self.ticks.load(Ordering::Relaxed),
            executions: self.executions.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn round(&self) {
        self.rounds.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn tick(&self) {
        self.ticks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn execution(&self) {
        self.executions.fetch_add(1, Ordering::Relaxed);
    }
}
