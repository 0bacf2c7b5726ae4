//! What is judged in a step, and over which samples: the same for the engine that decides and the page that shows.

use crate::analysis::{AnalysisRules, Judgement, Sample, SourceState, Variant, Window, judge};
use crate::deployment::{Run, State};
use crate::plan::{CommandKind, Phase, Plan, StepKind};
use crate::service::MetricSource;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The bake is judged in blocks of this many seconds, each a test of its own: what begins after hours of quiet is found as fast as at first, and a
/// day's samples need not be read at every look. α holds for each block.
const BLOCK_S: i64 = 1800;

/// What the judgement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// The canary, beside stable.
    Canary,
    /// The canary, while it gets everything: stable is silent.
    CanaryAlone,
    /// What serves everything, by absolute limits.
    Everything,
}

/// What is judged now, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judging {
    pub what: Judged,
    pub since: DateTime<Utc>,
}

/// Seconds of stable's samples from before the canary's first traffic that are read too: they are not judged, but teach how errors come in groups.
const BEFORE_S: i64 = 300;

impl Judging {
    /// The end of the earliest sample that [`judge_now`] wants to see.
    pub fn reads_from(&self) -> DateTime<Utc> {
        match self.what {
            Judged::Canary | Judged::CanaryAlone => self.since - TimeDelta::seconds(BEFORE_S),
            Judged::Everything => self.since,
        }
    }
}

/// What is judged in the present step, if anything is.
pub fn judging(plan: &Plan, run: &Run, now: DateTime<Utc>) -> Option<Judging> {
    let waits = matches!(run.state, State::Running | State::Paused | State::Baking);
    if plan.source == MetricSource::None || !waits {
        return None;
    }
    let step = plan.steps.get(run.step as usize)?;
    match step.kind {
        StepKind::Shift { .. }
        | StepKind::Command {
            command: CommandKind::Promote,
            ..
        } => {
            let what = if run.weight == Some(100) {
                Judged::CanaryAlone
            } else {
                Judged::Canary
            };
            run.analysis_since.map(|since| Judging { what, since })
        }
        StepKind::Watch { .. } => {
            let since = run.watch_since?;
            let block = if step.phase == Phase::Bake {
                (now - since).num_seconds().max(0) / BLOCK_S * BLOCK_S
            } else {
                0
            };
            Some(Judging {
                what: Judged::Everything,
                since: since + TimeDelta::seconds(block),
            })
        }
        StepKind::Observe | StepKind::Command { .. } => None,
    }
}

/// The judgement now, over kept samples that ended after [`Judging::reads_from`].
pub fn judge_now(
    rules: &AnalysisRules,
    judging: Judging,
    samples: &[Sample],
    sources: &[SourceState],
    now: DateTime<Utc>,
) -> Judgement {
    let window = Window {
        from: judging.since,
        now,
    };
    match judging.what {
        Judged::Canary => judge(rules, samples, window, sources),
        Judged::CanaryAlone => {
            let canary: Vec<_> = sources
                .iter()
                .filter(|source| source.variant == Variant::Canary)
                .cloned()
                .collect();
            judge(rules, samples, window, &canary)
        }
        Judged::Everything => {
            let (samples, sources) = as_candidate(judging.since, samples, sources);
            judge(&rules.without_comparison(), &samples, window, &sources)
        }
    }
}

/// What serves everything, relabelled as that which is judged. An interval that began before the watch counted another version too.
fn as_candidate(since: DateTime<Utc>, samples: &[Sample], sources: &[SourceState]) -> (Vec<Sample>, Vec<SourceState>) {
    let own = samples
        .iter()
        .filter(|sample| sample.variant == Variant::Stable && sample.from >= since);
    let samples = own
        .map(|sample| Sample {
            variant: Variant::Canary,
            ..sample.clone()
        })
        .collect();
    let own = sources.iter().filter(|source| source.variant == Variant::Stable);
    let sources = own
        .map(|source| SourceState {
            variant: Variant::Canary,
            ..source.clone()
        })
        .collect();
    (samples, sources)
}
