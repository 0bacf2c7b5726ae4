//! What the first page says of an environment and of a deployment. Pure.

use crate::deployment::brief::{brief, share, shares};
pub use crate::deployment::view::ramp;
use crate::deployment::words;
use crate::event_words::Names;
use crate::ui::format::percent;
use crate::ui::icon::Glyph;
use domain::deployment::{Brought, DeploymentLine, Kind, Pause, Running, State};
use domain::home::HitKind;
use domain::service::EnvironmentState;

/// One cell of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What runs there; none: nothing is recorded.
    pub version: Option<String>,
    pub glyph: Glyph,
    pub word: String,
    /// What serves beside a canary, where no version is recorded.
    pub beside: Option<String>,
    /// The deployment that the word speaks of.
    pub number: Option<i64>,
    /// It may not be deployed to: the cell wears the hatch.
    pub held: bool,
    /// What brought the version, when it was not Slipway.
    pub outside: Option<String>,
}

/// What stands in an environment's cell: a deployment in motion first, then a lock or freeze, then what runs.
pub fn cell(state: &EnvironmentState) -> Cell {
    let version = state.running.as_ref().map(|running| running.version.clone());
    let (locked, frozen) = (state.lock.is_some(), state.frozen.is_some());
    let moving = state.current.as_ref().filter(|line| !line.state.terminal());
    let (glyph, word) = match (moving, &version) {
        (Some(line), _) => (words::state(line.state).0, motion(line)),
        (None, _) if locked => (Glyph::Lock, "Locked".to_owned()),
        (None, _) if frozen => (Glyph::Lock, "Frozen".to_owned()),
        (None, Some(_)) => (Glyph::Pass, "Running".to_owned()),
        (None, None) => (Glyph::Off, "Nothing recorded".to_owned()),
    };
    let beside = moving.filter(|_| version.is_none()).and_then(|line| shares(line, None));
    Cell {
        version,
        glyph,
        word,
        beside: beside.map(|(_, other)| other),
        number: moving.map(|line| line.number),
        held: locked || frozen,
        outside: state.running.as_ref().and_then(by_outside),
    }
}

/// What brought a version past Slipway.
pub fn by_outside(running: &Running) -> Option<String> {
    match &running.brought {
        Brought::Outside { tool, .. } => Some(tool.clone()),
        Brought::Deployment { .. } => None,
    }
}

/// The why line of a deployment in motion: what it does, or why it stands and what next.
pub fn why(line: &DeploymentLine, names: &Names<'_>) -> String {
    let what = brief(line, names);
    let next = match (line.state, &line.run.pause) {
        (State::Paused, Some(Pause::Unknown { .. })) => " Look at the target, then say so.",
        (State::Paused, _) => " Resume, or roll back.",
        _ => "",
    };
    format!("{}.{next}", what.trim_end_matches('.'))
}

/// What a deployment in motion does, in a few words: `1.3.0 at 25 %`.
pub fn motion(line: &DeploymentLine) -> String {
    if let Some(share) = share(line) {
        let paused = if line.state == State::Paused { ", paused" } else { "" };
        return format!("{} at {}{paused}", line.version, percent(f64::from(share)));
    }
    let word = match (line.kind, line.state, line.phase) {
        (Kind::Rollback, State::Running, _) => return format!("Restoring the version before {}", line.version),
        (_, State::Running, Some(phase)) => words::phase(phase),
        _ => words::state(line.state).1,
    };
    format!("{}, {}", line.version, word.to_lowercase())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::scene::{at, line, person};
    use domain::id::{EnvironmentId, OutsideId, ReleaseId, ServiceId};
    use domain::plan::Phase;
    use domain::service::{Environment, Policy, Settings, Tier};
    use uuid::Uuid;

    fn production(current: Option<DeploymentLine>) -> EnvironmentState {
        EnvironmentState {
            environment: Environment {
                id: EnvironmentId(Uuid::nil()),
                service: ServiceId(Uuid::nil()),
                name: "production".into(),
                position: 0,
                tier: Tier::Production,
                settings: Settings::default(),
                policy: Policy::default(),
                policy_version: 1,
                secrets: Vec::new(),
                row_version: 1,
            },
            running: None,
            lock: None,
            frozen: None,
            current,
        }
    }

    fn canary() -> DeploymentLine {
        let mut line = line(State::Paused);
        line.phase = Some(Phase::RollOut);
        line.run.weight = Some(10);
        line
    }

    #[test]
    fn what_is_paused_says_by_whom_and_what_next() {
        let people = [person(1, "Ana Ruiz")];
        let mut line = canary();
        line.run.pause = Some(Pause::Person {
            by: people[0].id,
            reason: String::new(),
        });
        let said = |line: &DeploymentLine| why(line, &Names::of(&people));
        assert_eq!(said(&line), "Paused by Ana Ruiz. Resume, or roll back.");
        (line.state, line.run.pause) = (State::Running, None);
        assert_eq!(said(&line), "Canary at 10\u{a0}%.");
    }

    #[test]
    fn a_canary_stands_beside_what_serves_the_rest() {
        let told = cell(&production(Some(canary())));
        assert_eq!(told.word, "1.2.3 at 10\u{a0}%, paused");
        assert_eq!(told.beside.as_deref(), Some("the version before it at 90\u{a0}%"));
        let mut known = production(Some(canary()));
        known.running = Some(Running {
            version: "1.2.2".into(),
            release: Some(ReleaseId(Uuid::nil())),
            brought: Brought::Outside {
                outside: OutsideId(Uuid::nil()),
                tool: "Argo CD".into(),
            },
            since: at("09:00:00"),
        });
        let told = cell(&known);
        assert_eq!((told.version.as_deref(), told.beside), (Some("1.2.2"), None));
        assert_eq!(told.outside.as_deref(), Some("Argo CD"));
    }

    #[test]
    fn an_environment_without_a_record_says_so() {
        let told = cell(&production(None));
        assert_eq!((told.glyph, told.word.as_str()), (Glyph::Off, "Nothing recorded"));
    }

    #[test]
    fn the_way_back_restores() {
        let mut back = line(State::Running);
        back.kind = Kind::Rollback;
        back.phase = Some(Phase::RollOut);
        assert_eq!(motion(&back), "Restoring the version before 1.2.3");
    }
}
