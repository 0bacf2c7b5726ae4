//! A deployment in a few words, for rows, cells and buttons. Pure.

use domain::deployment::{DeploymentLine, Kind, Outcome, State};
use domain::plan::Phase;

use super::words;
use crate::event_words::Names;
use crate::ui::format;
use crate::ui::icon::Glyph;

/// Outline and word of a row. The way back restores; it brings its version nowhere.
pub fn state(line: &DeploymentLine) -> (Glyph, &'static str) {
    match (line.kind, line.state) {
        (Kind::Rollback, State::Running) => (Glyph::Run, "Restoring"),
        (Kind::Rollback, State::Succeeded) => (Glyph::Back, "Restored"),
        (_, state) => words::state(state),
    }
}

/// The why of a row; None where its state says it all.
pub fn why(line: &DeploymentLine, names: &Names<'_>) -> Option<String> {
    let plain = line.kind != Kind::Rollback && line.state == State::Succeeded;
    let text = brief(line, names);
    (!plain && !text.is_empty()).then_some(text)
}

/// What a deployment does, or how it ended, in a few words.
pub fn brief(line: &DeploymentLine, names: &Names<'_>) -> String {
    match (&line.run.outcome, &line.run.pause, line.state) {
        (Some(Outcome::Succeeded), _, _) if line.kind == Kind::Rollback => {
            format!("Restored the version before {}", line.version)
        }
        (Some(outcome), _, _) => words::ended(outcome, names)
            .text
            .trim_start_matches("Ended: ")
            .to_owned(),
        (_, Some(pause), State::Paused) => words::paused(pause, names),
        (_, _, State::Queued) => "Behind another one, or about to start".to_owned(),
        (_, _, State::Baking) => "Serves everything, watched on".to_owned(),
        (_, _, State::Running) if line.kind == Kind::Rollback => {
            format!("Restoring the version before {}", line.version)
        }
        (_, _, State::Running) => match (share(line), line.phase) {
            (Some(share), _) => format!("Canary at {}", percent(share)),
            (None, Some(phase)) => words::phase(phase).to_owned(),
            (None, None) => String::new(),
        },
        _ => String::new(),
    }
}

/// The share of traffic that its canary gets now, if it gets any.
pub fn share(line: &DeploymentLine) -> Option<u8> {
    let rolls = matches!(line.state, State::Running | State::Paused) && line.phase == Some(Phase::RollOut);
    line.run.weight.filter(|weight| rolls && *weight > 0)
}

/// Why another deployment of the same release can't be asked for: the one that is under way, as a sentence.
pub fn under_way(line: &DeploymentLine, names: &Names<'_>) -> String {
    let (number, environment) = (line.number, &line.environment);
    let at = share(line).map(|share| format!("at {}", percent(share)));
    match line.state {
        State::Queued => format!("Deployment {number} waits in the queue of {environment}."),
        State::Paused => {
            let at = at.map(|at| format!(" {at}")).unwrap_or_default();
            let paused = line.run.pause.as_ref().map(|pause| words::paused(pause, names));
            let why = paused.as_deref().and_then(|text| text.strip_prefix("Paused"));
            let why = why.unwrap_or_default().trim_end_matches('.');
            format!("Deployment {number} is paused{at}{why}.")
        }
        _ => {
            let at = at.map(|at| format!(", {at}")).unwrap_or_default();
            format!("Deployment {number} is on its way to {environment}{at}.")
        }
    }
}

/// Who serves while a canary gets a part of the traffic: the canary's share, and what is left for the other version. What the target showed
/// before anything was changed is known even where our record has nothing.
pub fn shares(line: &DeploymentLine, recorded: Option<&str>) -> Option<(String, String)> {
    let part = share(line).filter(|share| *share < 100)?;
    let other = recorded.or(line.run.before.as_deref());
    if other == Some(line.version.as_str()) {
        return None;
    }
    Some((
        format!("{} at {}", line.version, percent(part)),
        format!(
            "{} at {}",
            other.unwrap_or("the version before it"),
            percent(100 - part)
        ),
    ))
}

fn percent(share: u8) -> String {
    format::percent(f64::from(share))
}

#[cfg(test)]
mod tests {
    use super::super::scene::{line, person};
    use super::*;
    use domain::deployment::Pause;

    fn at_ten(state: State) -> DeploymentLine {
        let mut line = line(state);
        line.phase = Some(Phase::RollOut);
        line.run.weight = Some(10);
        line
    }

    #[test]
    fn the_way_back_does_not_read_as_a_rollout() {
        let mut back = line(State::Succeeded);
        back.kind = Kind::Rollback;
        back.run.outcome = Some(Outcome::Succeeded);
        assert_eq!(state(&back), (Glyph::Back, "Restored"));
        let why = why(&back, &Names::default());
        assert_eq!(why.as_deref(), Some("Restored the version before 1.2.3"));
    }

    #[test]
    fn a_success_needs_no_reason() {
        let mut good = line(State::Succeeded);
        good.run.outcome = Some(Outcome::Succeeded);
        assert_eq!(why(&good, &Names::default()), None);
        assert_eq!(state(&good), (Glyph::Pass, "Succeeded"));
    }

    #[test]
    fn what_is_under_way_says_where_it_stands() {
        let people = [person(1, "Ana Ruiz")];
        let mut paused = at_ten(State::Paused);
        let mut told = |pause| {
            paused.run.pause = Some(pause);
            under_way(&paused, &Names::of(&people))
        };
        let person = |reason: &str| Pause::Person {
            by: people[0].id,
            reason: reason.into(),
        };
        let begin = "Deployment 311 is paused at 10\u{a0}%";
        assert_eq!(told(person("")), format!("{begin} by Ana Ruiz."));
        assert_eq!(told(person("Slow.")), format!("{begin} by Ana Ruiz: Slow."));
        let unsure = Pause::Inconclusive {
            metrics: vec!["error_rate".into()],
        };
        assert_eq!(told(unsure), format!("{begin}: the analysis can't tell by error rate."));
        let goes = under_way(&at_ten(State::Running), &Names::default());
        assert_eq!(goes, "Deployment 311 is on its way to production, at 10\u{a0}%.");
        let waits = under_way(&line(State::Queued), &Names::default());
        assert_eq!(waits, "Deployment 311 waits in the queue of production.");
    }

    #[test]
    fn two_versions_serve_while_the_canary_gets_a_part() {
        let mut part = at_ten(State::Running);
        let other = |line: &DeploymentLine, recorded| shares(line, recorded).map(|(_, other)| other);
        assert_eq!(
            other(&part, None).as_deref(),
            Some("the version before it at 90\u{a0}%")
        );
        part.run.before = Some("1.2.2".into());
        assert_eq!(other(&part, None).as_deref(), Some("1.2.2 at 90\u{a0}%"));
        assert_eq!(other(&part, Some("1.2.1")).as_deref(), Some("1.2.1 at 90\u{a0}%"));
        assert_eq!(other(&part, Some("1.2.3")), None, "a redeployment serves one version");
        part.run.weight = Some(100);
        assert_eq!(other(&part, None), None);
    }
}
