//! Enums of a deployment as words. Pure.

use domain::deployment::{ExecutionState, Kind, Outcome, Pause, State, Steer, Trigger};
use domain::plan::{CommandKind, Phase, Step, StepKind};
use domain::service::Tier;

use crate::event_words::{Names, Told};
use crate::ui::format;
use crate::ui::icon::Glyph;

/// Outline and word of a state.
pub fn state(state: State) -> (Glyph, &'static str) {
    match state {
        State::Queued => (Glyph::Wait, "Queued"),
        State::Running => (Glyph::Run, "Rolling out"),
        State::Paused => (Glyph::Paused, "Paused"),
        State::Baking => (Glyph::Run, "Baking"),
        State::Succeeded => (Glyph::Pass, "Succeeded"),
        State::Failed => (Glyph::Fail, "Failed"),
        State::Error => (Glyph::Unknown, "Error"),
        State::Aborted => (Glyph::Off, "Aborted"),
        State::RolledBack => (Glyph::Back, "Rolled back"),
        State::Superseded => (Glyph::Off, "Superseded"),
        State::Cancelled => (Glyph::Off, "Cancelled"),
    }
}

/// The frame of an environment's name.
pub fn tier(tier: Tier) -> crate::ui::Tier {
    match tier {
        Tier::Development => crate::ui::Tier::Development,
        Tier::Staging => crate::ui::Tier::Staging,
        Tier::Production => crate::ui::Tier::Production,
    }
}

/// Why a deployment exists, in a word.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Planned => "planned",
        Kind::Hotfix => "hotfix",
        Kind::Rollback => "rollback",
        Kind::Redeploy => "redeploy",
    }
}

/// A trigger of the procedure, or the person's own sentence.
pub fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::ErrorRate => "error rate".to_owned(),
        Trigger::CriticalFeature => "a critical feature is broken".to_owned(),
        Trigger::DataCorruption => "data corruption".to_owned(),
        Trigger::SecurityVulnerability => "a security vulnerability".to_owned(),
        Trigger::Performance => "performance".to_owned(),
        Trigger::Words { text } => text.clone(),
    }
}

/// The triggers that can be chosen: the word that the form sends, and what people read.
pub const TRIGGERS: [(&str, &str); 5] = [
    ("error_rate", "Error rate above the limit"),
    ("critical_feature", "A critical feature is broken"),
    ("data_corruption", "Data corruption"),
    ("security_vulnerability", "A security vulnerability"),
    ("performance", "Performance got worse"),
];

/// The trigger that a form sent: one of [`TRIGGERS`], or the person's sentence when it is anything else.
pub fn trigger_from(key: &str, words: &str) -> Trigger {
    match key {
        "error_rate" => Trigger::ErrorRate,
        "critical_feature" => Trigger::CriticalFeature,
        "data_corruption" => Trigger::DataCorruption,
        "security_vulnerability" => Trigger::SecurityVulnerability,
        "performance" => Trigger::Performance,
        _ => Trigger::Words {
            text: words.trim().to_owned(),
        },
    }
}

/// A command to a run, as a noun.
pub fn steer(act: &Steer) -> &'static str {
    match act {
        Steer::Pause { .. } => "Pause",
        Steer::Resume => "Resume",
        Steer::Promote => "Promotion",
        Steer::Abort { .. } => "Abort",
        Steer::RollBack { .. } => "Rollback",
        Steer::Cancel => "Cancellation",
        Steer::Happened => "“It happened”",
        Steer::Repeat => "Repetition",
    }
}

/// Phase as the step bar names it.
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Verify => "Verify",
        Phase::Prepare => "Prepare",
        Phase::RollOut => "Roll out",
        Phase::Check => "Check",
        Phase::Bake => "Bake",
    }
}

/// What a command of the target does.
pub fn command(command: CommandKind) -> &'static str {
    match command {
        CommandKind::Deploy => "deploy the version",
        CommandKind::Canary => "start the canary without traffic",
        CommandKind::Promote => "make the canary stable",
        CommandKind::Rollback => "restore what ran before",
    }
}

/// What a step does, in a few words.
pub fn step(step: &Step) -> String {
    match &step.kind {
        StepKind::Observe if step.phase == Phase::Verify => "the target answers and is healthy".to_owned(),
        StepKind::Observe => "every instance is healthy".to_owned(),
        StepKind::Command { command: kind, .. } => command(*kind).to_owned(),
        StepKind::Shift { weight, wait_s } => {
            format!(
                "canary at {}, watched for {}",
                format::percent(f64::from(*weight)),
                seconds(*wait_s)
            )
        }
        StepKind::Watch { wait_s } if step.phase == Phase::Bake => format!("bake for {}", seconds(*wait_s)),
        StepKind::Watch { wait_s } => format!("watch for {}", seconds(*wait_s)),
    }
}

/// A length of time from seconds.
pub fn seconds(s: u32) -> String {
    format::duration(chrono::TimeDelta::seconds(i64::from(s)))
}

/// How far an execution is.
pub fn execution(state: ExecutionState) -> (Glyph, &'static str) {
    match state {
        ExecutionState::Queued => (Glyph::Wait, "Queued"),
        ExecutionState::Running => (Glyph::Run, "Running"),
        ExecutionState::Succeeded => (Glyph::Pass, "Done"),
        ExecutionState::Failed => (Glyph::Fail, "Failed"),
        ExecutionState::Retry => (Glyph::Hold, "Asked for another attempt"),
        ExecutionState::Cancelled => (Glyph::Off, "Stopped"),
        ExecutionState::Unknown => (Glyph::Unknown, "Unknown"),
    }
}

/// A pause, as an event.
pub fn paused(pause: &Pause, names: &Names<'_>) -> String {
    match pause {
        Pause::Person { by, reason } if reason.trim().is_empty() => format!("Paused{}", names.by_whom(*by)),
        Pause::Person { by, reason } => format!("Paused{}: {}", names.by_whom(*by), reason.trim()),
        Pause::Inconclusive { metrics } => {
            format!(
                "Paused: the analysis can't tell by {}",
                crate::event_words::fields(metrics)
            )
        }
        Pause::Unknown { command: kind, .. } => {
            format!("Paused: nobody knows whether the command {} happened", kind.key())
        }
        Pause::Gate { .. } => "Paused: a gate does not pass any more".to_owned(),
        Pause::Drift { want, seen } => format!("Paused: the target shows {seen} instead of {want}"),
    }
}

/// How it ended, as an event.
pub fn ended(outcome: &Outcome, names: &Names<'_>) -> Told {
    let (glyph, text) = match outcome {
        Outcome::Succeeded => (Glyph::Pass, "Succeeded".to_owned()),
        Outcome::CommandFailed {
            command: kind,
            exit_code: Some(code),
            ..
        } => (
            Glyph::Fail,
            format!("Ended: command {} failed with exit code {code}", kind.key()),
        ),
        Outcome::CommandFailed {
            command: kind,
            exit_code: None,
            ..
        } => (Glyph::Fail, format!("Ended: command {} was stopped", kind.key())),
        Outcome::NotHealthy { seen } => (Glyph::Unknown, format!("Ended: not healthy in time, {seen}")),
        Outcome::Aborted { by, reason } => (Glyph::Off, format!("Aborted{}: {}", names.by_whom(*by), reason.trim())),
        Outcome::TakenBack { by, trigger: why } => (
            Glyph::Back,
            format!("Rolled back{}: {}", names.by_whom(*by), trigger(why)),
        ),
        Outcome::JudgedBad { .. } => (Glyph::Back, "Rolled back by the machine".to_owned()),
        Outcome::Frozen { name } => (Glyph::Back, format!("Taken back by the calendar: {}", name.trim())),
        Outcome::Superseded { .. } => (Glyph::Off, "Superseded by a newer deployment".to_owned()),
        Outcome::Cancelled { by } => (Glyph::Off, format!("Cancelled{}", names.by_whom(*by))),
    };
    Told {
        glyph,
        tone: glyph.tone(),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_of_the_list_is_read_back() {
        for (key, _) in TRIGGERS {
            assert!(!matches!(trigger_from(key, "no"), Trigger::Words { .. }), "{key}");
        }
        assert_eq!(
            trigger_from("other", " sales fell "),
            Trigger::Words {
                text: "sales fell".into()
            }
        );
    }

    #[test]
    fn a_page_that_knows_nobody_leaves_the_name_out() {
        let person = super::super::scene::person(1, "Ana Ruiz");
        let pause = Pause::Person {
            by: person.id,
            reason: String::new(),
        };
        assert_eq!(paused(&pause, &Names::default()), "Paused");
        assert_eq!(paused(&pause, &Names::of(&[person])), "Paused by Ana Ruiz");
    }

    #[test]
    fn a_step_says_what_it_does_and_how_long() {
        let shift = Step {
            phase: Phase::RollOut,
            kind: StepKind::Shift {
                weight: 25,
                wait_s: 300,
            },
        };
        assert_eq!(step(&shift), "canary at 25\u{a0}%, watched for 5\u{a0}min");
        let bake = Step {
            phase: Phase::Bake,
            kind: StepKind::Watch { wait_s: 86_400 },
        };
        assert_eq!(step(&bake), "bake for 1\u{a0}day");
    }
}
