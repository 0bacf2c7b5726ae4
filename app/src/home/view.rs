//! What the first page says of an environment and of a deployment. Pure.

use crate::ui::icon::Glyph;
use crate::ui::{RampStep, StepState};
use domain::deployment::{DeploymentLine, State};
use domain::home::HitKind;
use domain::plan::Phase;
use domain::service::EnvironmentState;

/// One cell of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What runs there; none: nothing has been deployed.
    pub version: Option<String>,
    pub glyph: Glyph,
    pub word: String,
    /// The deployment that the word speaks of.
    pub number: Option<i64>,
    /// It may not be deployed to: the cell wears the hatch.
    pub held: bool,
}

/// What stands in an environment's cell: a deployment in motion first, then a lock, then what runs.
pub fn cell(state: &EnvironmentState) -> Cell {
    let version = state.running.as_ref().map(|running| running.version.clone());
    let held = state.lock.is_some();
    if let Some(line) = state.current.as_ref().filter(|line| !line.state.terminal()) {
        return Cell {
            version,
            glyph: crate::deployment::words::state(line.state).0,
            word: motion(line),
            number: Some(line.number),
            held,
        };
    }
    match (held, &version) {
        (true, _) => Cell {
            version,
            glyph: Glyph::Lock,
            word: "Locked".into(),
            number: None,
            held,
        },
        (false, Some(_)) => Cell {
            version,
            glyph: Glyph::Pass,
            word: "Running".into(),
            number: None,
            held,
        },
        (false, None) => Cell {
            version,
            glyph: Glyph::Off,
            word: "Nothing deployed yet".into(),
            number: None,
            held,
        },
    }
}

/// What a deployment in motion does, in a few words: `1.3.0 at 25 %`.
pub fn motion(line: &DeploymentLine) -> String {
    let word = crate::deployment::words::state(line.state).1.to_lowercase();
    match (line.state, line.phase, line.weight) {
        (State::Running | State::Paused, Some(Phase::RollOut), Some(weight)) if weight > 0 => {
            format!(
                "{} at {weight}\u{a0}%{}",
                line.version,
                if line.state == State::Paused { ", paused" } else { "" }
            )
        }
        (State::Running, Some(phase), _) => format!(
            "{}, {}",
            line.version,
            crate::deployment::words::phase(phase).to_lowercase()
        ),
        _ => format!("{}, {word}", line.version),
    }
}

/// The staircase of a deployment. All at once is one step.
pub fn ramp(line: &DeploymentLine) -> Vec<RampStep> {
    let weights = if line.weights.is_empty() {
        vec![100]
    } else {
        line.weights.clone()
    };
    let reached = line.weight.unwrap_or(0);
    let done_all = matches!(line.state, State::Succeeded | State::Baking | State::Superseded)
        || line.run.in_production_at.is_some();
    let present = weights.iter().position(|weight| *weight >= reached.max(1)).unwrap_or(0);
    weights
        .iter()
        .enumerate()
        .map(|(i, weight)| {
            let state = match line.state {
                _ if done_all => StepState::Done,
                State::RolledBack | State::Failed | State::Aborted | State::Error if i == present => StepState::Taken,
                State::Running | State::Paused if i == present && reached > 0 => StepState::Canary,
                State::Running | State::Paused if i == present && line.weights.is_empty() => StepState::Moving,
                _ if i < present && reached > 0 => StepState::Done,
                _ => StepState::Todo,
            };
            RampStep::new(*weight, state)
        })
        .collect()
}

/// What kind of thing was found.
pub fn kind(kind: HitKind) -> (crate::ui::Icon, &'static str) {
    use crate::ui::Icon;
    match kind {
        HitKind::Person => (Icon::Person, "Person"),
        HitKind::Service => (Icon::Services, "Service"),
        HitKind::Release => (Icon::Releases, "Release"),
        HitKind::Deployment => (Icon::Deployments, "Deployment"),
        HitKind::Incident => (Icon::Incidents, "Incident"),
    }
}
