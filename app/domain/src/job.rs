//! Jobs: what is done in the background.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Send one mail.
    Mail,
    /// Send one delivery to its receiver.
    Webhook,
    /// Remove what has ended and is kept no longer.
    Sweep,
    /// Ask a repository for what its webhook missed.
    Reconcile,
    /// Find the repositories that are to be asked.
    ReconcileAll,
}

impl Task {
    pub const ALL: [Task; 5] = [
        Task::Mail,
        Task::Webhook,
        Task::Sweep,
        Task::Reconcile,
        Task::ReconcileAll,
    ];

    /// The word by which the queue knows it.
    pub const fn key(self) -> &'static str {
        match self {
            Task::Mail => "mail",
            Task::Webhook => "webhook",
            Task::Sweep => "sweep",
            Task::Reconcile => "reconcile",
            Task::ReconcileAll => "reconcile_all",
        }
    }

    pub fn from_key(key: &str) -> Option<Task> {
        Task::ALL.into_iter().find(|task| task.key() == key)
    }
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It was tried to the last attempt: somebody has to look.
    GaveUp,
    /// It failed, and is tried again.
    Failing,
    Running,
    /// It waits for its time, or for a worker.
    Waiting,
}

/// A job as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: i64,
    /// The queue's word; [`Task::from_key`] knows ours.
    pub task: String,
    pub attempts: i32,
    pub most: i32,
    pub error: Option<String>,
    pub made_at: DateTime<Utc>,
    pub run_at: DateTime<Utc>,
    pub running_since: Option<DateTime<Utc>>,
}

impl Job {
    pub fn state(&self) -> JobState {
        if self.running_since.is_some() {
            JobState::Running
        } else if self.attempts >= self.most {
            JobState::GaveUp
        } else if self.error.is_some() {
            JobState::Failing
        } else {
            JobState::Waiting
        }
    }
}

/// How full the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Depth {
    pub waiting: i64,
    pub running: i64,
    pub failing: i64,
    pub gave_up: i64,
    /// Workers that were heard of within the last minute.
    pub workers: i64,
}
