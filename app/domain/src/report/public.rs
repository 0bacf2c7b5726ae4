//! What the machine says to the public of a deployment that was taken back: never a version, never an operator's reason.

use super::draft::{ERROR_RATE, Story, decisive, is_latency};
use crate::deployment::{Outcome, Trigger};

impl Story<'_> {
    /// What customers may have noticed. Empty when that is not known: an operator's reason and a version are not theirs to read.
    pub(super) fn public_title(&self) -> String {
        let service = &self.deployment.plan.service;
        let (errors, slow) = match &self.deployment.run.outcome {
            Some(Outcome::TakenBack { trigger, .. }) => {
                (*trigger == Trigger::ErrorRate, *trigger == Trigger::Performance)
            }
            Some(Outcome::JudgedBad { .. }) => self.judged(),
            _ => (false, false),
        };
        match (errors, slow) {
            (true, _) => format!("Some requests to {service} failed"),
            (false, true) => format!("{service} answered slowly"),
            (false, false) => String::new(),
        }
    }

    /// Whether the judgement is of errors, and whether it is of latency.
    fn judged(&self) -> (bool, bool) {
        let metrics = self.judgement().map(decisive).unwrap_or_default();
        (
            metrics.iter().any(|metric| metric.id == ERROR_RATE),
            metrics.iter().any(|metric| is_latency(metric)),
        )
    }
}

/// What the public is told when a component gets worse by a deployment.
pub fn public_noticed(component: &str) -> String {
    format!(
        "Since a recent update, some requests to {component} may fail or be slow. We have found the cause and are restoring the previous version."
    )
}

/// What the public is told when it is over.
///
/// It stands among the past incidents for days: it says nothing of what is being done now.
pub fn public_restored() -> &'static str {
    "The previous version was restored."
}
