//! The one sentence that a deployment owes at any moment: what it does or why it waits, and until when. Pure.

use chrono::{DateTime, Utc};
use domain::deployment::{DeploymentPage, Execution, ExecutionState, Outcome, Pause, State};
use domain::plan::{CommandKind, Phase, StepKind};

use super::view::{back_to, step_title, wait_ends};
use super::{verdict, words};
use crate::event_words::{Names, fields};
use crate::gate::words as gate_words;
use crate::ui::format;
use crate::ui::icon::{Glyph, Tone};
use crate::ui::zone::{Stamp, Zone};

/// The why line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyNow {
    pub glyph: Glyph,
    pub tone: Tone,
    /// Bold: what is the matter.
    pub what: String,
    /// Why, and what next.
    pub text: String,
    /// Counted down, where time decides.
    pub at: Option<DateTime<Utc>>,
    /// Quieter: what does not decide now.
    pub until: Option<String>,
}

impl WhyNow {
    fn new(glyph: Glyph, what: impl Into<String>, text: impl Into<String>) -> WhyNow {
        WhyNow {
            glyph,
            tone: glyph.tone(),
            what: what.into(),
            text: text.into(),
            at: None,
            until: None,
        }
    }

    fn running(what: impl Into<String>, text: impl Into<String>) -> WhyNow {
        WhyNow {
            tone: Tone::Run,
            ..WhyNow::new(Glyph::Wait, what, text)
        }
    }
}

/// What a deployment does or waits for at this moment, or how it ended.
pub fn why(page: &DeploymentPage, now: DateTime<Utc>, zone: &Zone) -> WhyNow {
    let run = &page.deployment.run;
    match run.state {
        State::Queued => queued(page),
        State::Running => step(page, now, zone),
        State::Paused => paused(page, zone),
        State::Baking => {
            let at = wait_ends(&page.deployment.plan, run);
            let until = at.map_or_else(String::new, |at| {
                format!(" It watches itself until {}.", zone.write(at, Stamp::Second))
            });
            let text = format!("It serves everything, and the next deployment may start.{until}");
            WhyNow {
                at,
                ..WhyNow::running("Baking.", text)
            }
        }
        _ => ended(page, zone),
    }
}

fn queued(page: &DeploymentPage) -> WhyNow {
    let place = page.queue_place.unwrap_or(1);
    match &page.ahead {
        Some(ahead) => WhyNow::new(
            Glyph::Wait,
            format!("Place {place} in the queue."),
            format!(
                "Deployment {} of {} {} goes first.",
                ahead.number, ahead.service, ahead.version
            ),
        ),
        None => WhyNow::new(Glyph::Wait, "About to start.", "Nothing is before it in the queue."),
    }
}

fn step(page: &DeploymentPage, now: DateTime<Utc>, zone: &Zone) -> WhyNow {
    let (plan, run) = (&page.deployment.plan, &page.deployment.run);
    let Some(step) = plan.steps.get(run.step as usize) else {
        return WhyNow::running("Finishing.", "All steps are done.");
    };
    match &step.kind {
        StepKind::Observe if step.phase == Phase::Verify => WhyNow::running(
            "Verifying.",
            "The target must answer, and every instance must be healthy.",
        ),
        StepKind::Observe => WhyNow::running("Looking.", "Every instance must be healthy, and run what is wanted."),
        StepKind::Command { command, .. } => commanded(page, *command, zone),
        StepKind::Shift { weight, .. } => {
            let seen = run.seen.as_ref().and_then(|seen| seen.weight);
            let share = format::percent(f64::from(*weight));
            if run.step_since.is_none() || seen.is_some_and(|seen| seen != *weight) {
                let at = seen.map_or_else(String::new, |seen| {
                    format!("The target shows {} so far.", format::percent(f64::from(seen)))
                });
                return WhyNow::running(format!("Sending {share} of traffic to the canary."), at);
            }
            watched(page, format!("Watching {share} of traffic."), now, zone)
        }
        StepKind::Watch { .. } => watched(page, "Checking what serves everything.".to_owned(), now, zone),
    }
}

fn commanded(page: &DeploymentPage, command: CommandKind, zone: &Zone) -> WhyNow {
    let run = &page.deployment.run;
    let execution = page
        .executions
        .iter()
        .filter(|one| one.step == run.step)
        .max_by_key(|one| one.attempt);
    let what = match command {
        CommandKind::Deploy => "Deploying.",
        CommandKind::Canary => "Starting the canary.",
        CommandKind::Promote => "Making the canary stable.",
        CommandKind::Rollback => "Restoring what ran before.",
    };
    let text = execution.map_or_else(
        || format!("The command {} is about to start.", command.key()),
        |one| executed(one, command, zone),
    );
    WhyNow::running(what, text)
}

fn executed(execution: &Execution, command: CommandKind, zone: &Zone) -> String {
    let key = command.key();
    let attempt = if execution.attempt > 1 {
        format!(", attempt {}", execution.attempt)
    } else {
        String::new()
    };
    match (execution.state, execution.started_at) {
        (ExecutionState::Running, Some(since)) => {
            format!(
                "The command {key} runs since {}{attempt}.",
                zone.write(since, Stamp::Second)
            )
        }
        (ExecutionState::Retry, _) => format!("The command {key} asked for another attempt{attempt}."),
        (ExecutionState::Unknown, _) => format!("The command {key} may or may not have happened; the target is asked."),
        (state, _) => format!(
            "The command {key}: {}{attempt}.",
            words::execution(state).1.to_lowercase()
        ),
    }
}

fn watched(page: &DeploymentPage, what: String, now: DateTime<Utc>, zone: &Zone) -> WhyNow {
    let (plan, run) = (&page.deployment.plan, &page.deployment.run);
    let next = match plan
        .steps
        .get(run.step as usize + 1)
        .map(|step| (&step.kind, step.phase))
    {
        Some((StepKind::Shift { .. }, _)) => format!("{} follows", step_title(plan, run.step + 1)),
        Some((StepKind::Command { .. }, _)) => "It becomes stable".to_owned(),
        Some((StepKind::Watch { .. }, Phase::Bake)) => "The bake follows".to_owned(),
        Some(_) => "The checks follow".to_owned(),
        None => "It has succeeded".to_owned(),
    };
    let waits = page
        .judgement
        .as_ref()
        .map(|it| verdict::waits(it, &plan.analysis, zone))
        .unwrap_or_default();
    let dry = dry_runs(page);
    let end = wait_ends(plan, run);
    let mut why = match end {
        Some(end) if end > now => {
            let at = zone.write(end, Stamp::Second);
            let mut why = WhyNow::running(what, format!("{next} if no metric fails before {at}."));
            why.at = Some(end);
            why.until = (!waits.is_empty()).then(|| waits.join(" "));
            why
        }
        _ if waits.is_empty() => WhyNow::running(what, format!("{next} as soon as the analysis passes.")),
        _ => WhyNow::running(
            what,
            format!(
                "Its time is over. {next} when there is enough data. {}",
                waits.join(" ")
            ),
        ),
    };
    if why.until.is_none() {
        why.until = dry;
    }
    why
}

/// A metric that is judged on trial and would have failed.
fn dry_runs(page: &DeploymentPage) -> Option<String> {
    let judgement = page.judgement.as_ref()?;
    let failed =
        |one: &&domain::analysis::MetricJudgement| one.dry_run && one.verdict == domain::analysis::MetricVerdict::Fail;
    let one = judgement.metrics.iter().find(failed)?;
    Some(format!(
        "{} would have failed; it is a dry run and does not decide.",
        one.title
    ))
}

fn paused(page: &DeploymentPage, zone: &Zone) -> WhyNow {
    let names = Names::of(&page.people);
    let run = &page.deployment.run;
    let stays = run.weight.map_or_else(String::new, |weight| {
        format!(" Traffic stays at {}.", format::percent(f64::from(weight)))
    });
    let next = format!("{stays} Resume, or roll back.");
    match &run.pause {
        None => WhyNow::new(Glyph::Paused, "Paused.", next.trim_start()),
        Some(Pause::Person { by, reason }) => {
            let reason = reason.trim();
            let said = if reason.is_empty() {
                String::new()
            } else {
                format!("“{reason}”")
            };
            WhyNow::new(
                Glyph::Paused,
                format!("Paused by {}.", names.person(*by)),
                format!("{said}{next}").trim_start(),
            )
        }
        Some(Pause::Inconclusive { metrics }) => {
            let words = page
                .judgement
                .as_ref()
                .map(|it| verdict::waits(it, &page.deployment.plan.analysis, zone));
            let words = words
                .filter(|words| !words.is_empty())
                .map_or_else(|| format!("By {}.", fields(metrics)), |words| words.join(" "));
            WhyNow::new(
                Glyph::Hold,
                "The analysis can't tell; a person must look.",
                format!("{words}{next}"),
            )
        }
        Some(Pause::Unknown { command, .. }) => WhyNow::new(
            Glyph::Unknown,
            format!("Nobody knows whether the command {} happened.", command.key()),
            format!("Look at the target, then say so below.{stays}"),
        ),
        Some(Pause::Gate { reasons }) => {
            let words = gate_words::summary(reasons, &names, zone).join(" ");
            WhyNow::new(Glyph::Lock, "Held by a gate.", format!("{words}{next}"))
        }
        Some(Pause::Drift { want, seen }) => WhyNow::new(
            Glyph::Hold,
            "The target does not stay as it was set.",
            format!("It shows {seen} instead of {want}, and setting it again did not help.{next}"),
        ),
    }
}

fn ended(page: &DeploymentPage, zone: &Zone) -> WhyNow {
    let deployment = &page.deployment;
    let names = Names::of(&page.people);
    let restored = back_to(deployment).map_or_else(
        || "What ran before serves everything again.".to_owned(),
        |version| back(page, version),
    );
    match &deployment.run.outcome {
        None => WhyNow::new(
            words::state(deployment.run.state).0,
            format!("{}.", words::state(deployment.run.state).1),
            "",
        ),
        Some(Outcome::Succeeded) if deployment.kind == domain::deployment::Kind::Rollback => {
            let version = deployment
                .previous_version
                .clone()
                .unwrap_or_else(|| deployment.plan.version.clone());
            WhyNow::new(Glyph::Pass, "Restored.", format!("{version} serves everything again."))
        }
        Some(Outcome::Succeeded) => {
            let since = deployment.run.in_production_at.map_or_else(String::new, |at| {
                format!("It serves everything since {}.", zone.write(at, Stamp::Full))
            });
            WhyNow::new(Glyph::Pass, "Succeeded.", since)
        }
        Some(Outcome::JudgedBad { judgement }) => {
            let words = verdict::decided(judgement, Some(&deployment.plan.analysis)).join(" ");
            WhyNow::new(
                Glyph::Back,
                "Rolled back by the machine.",
                format!("{words} {restored}"),
            )
        }
        Some(Outcome::TakenBack { by, trigger }) => WhyNow::new(
            Glyph::Back,
            format!("Rolled back by {}.", names.person(*by)),
            format!("Why: {}. {restored}", words::trigger(trigger).trim_end_matches('.')),
        ),
        Some(Outcome::Aborted { by, reason }) => WhyNow::new(
            Glyph::Off,
            format!("Aborted by {}.", names.person(*by)),
            format!("“{}” {restored}", reason.trim()),
        ),
        Some(Outcome::CommandFailed {
            command,
            exit_code,
            last_line,
        }) => command_failed(*command, *exit_code, last_line),
        Some(Outcome::NotHealthy { seen }) => WhyNow::new(
            Glyph::Unknown,
            "Not healthy in time.",
            format!("Last seen: {seen}. Look at the target."),
        ),
        Some(Outcome::Frozen { name }) => WhyNow::new(
            Glyph::Back,
            format!("Taken back: {}.", name.trim().trim_end_matches('.')),
            format!("A freeze began, or its windows were over, and it says that what runs is taken back. {restored}"),
        ),
        Some(Outcome::Superseded { .. }) => WhyNow::new(
            Glyph::Off,
            "Superseded.",
            "A newer deployment began in the same environment, which ended this bake.",
        ),
        Some(Outcome::Cancelled { by }) => WhyNow::new(
            Glyph::Off,
            format!("Cancelled by {}.", names.person(*by)),
            "It had not begun; nothing was changed.",
        ),
    }
}

/// What the way back has come to.
fn back(page: &DeploymentPage, version: &str) -> String {
    let child = page.children.iter().max_by_key(|line| line.number);
    match child.map(|line| (line.number, line.state)) {
        Some((_, State::Succeeded)) => format!("{version} serves everything again."),
        Some((number, state)) if state.terminal() => {
            format!("The way back failed: deployment {number}. A person must look at the target.")
        }
        Some((number, _)) => format!("Stable has all traffic; deployment {number} restores {version}."),
        None => format!("Stable has all traffic: {version}."),
    }
}

fn command_failed(command: CommandKind, exit_code: Option<i32>, last_line: &str) -> WhyNow {
    let code = exit_code.map_or_else(
        || "was stopped".to_owned(),
        |code| format!("ended with exit code {code}"),
    );
    let last = last_line.trim();
    let last = if last.is_empty() {
        String::new()
    } else {
        format!(" Its last line: {last}")
    };
    WhyNow::new(
        Glyph::Fail,
        format!("The command {} said no.", command.key()),
        format!("It {code}.{last}"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::scene::{at, page, person};
    use super::super::verdict::tests::judged;
    use super::*;
    use domain::analysis::{Judgement, MetricVerdict, Overall, Reason};

    fn told(page: &DeploymentPage, second: &str) -> WhyNow {
        why(page, at(second), &Zone::utc())
    }

    #[test]
    fn a_watched_step_says_what_follows_and_when() {
        let mut page = page(State::Running);
        (page.deployment.run.step, page.deployment.run.step_since) = (2, Some(at("10:08:30")));
        let why = told(&page, "10:12:20");
        assert_eq!(why.what, "Watching 10\u{a0}% of traffic.");
        assert_eq!(why.text, "25\u{a0}% follows if no metric fails before 10:13:30.");
        assert_eq!(why.at, Some(at("10:13:30")));
    }

    #[test]
    fn time_that_is_over_waits_for_data_and_says_how_much() {
        let mut page = page(State::Running);
        (page.deployment.run.step, page.deployment.run.step_since) = (2, Some(at("10:00:00")));
        let few = judged(MetricVerdict::TooLittleData { have: 23, need: 50 }, Reason::Quiet);
        page.judgement = Some(Judgement {
            at: at("10:06:00"),
            metrics: vec![few],
            overall: Overall::Waiting,
        });
        let why = told(&page, "10:06:00");
        assert_eq!(why.at, None);
        assert!(
            why.text.ends_with("Error rate: 23 of 50 requests so far."),
            "{}",
            why.text
        );
    }

    #[test]
    fn the_machines_rollback_names_the_samples_that_decided() {
        let mut page = page(State::RolledBack);
        let bad = judged(MetricVerdict::Fail, Reason::BeyondLimit { limit: 0.05 });
        let judgement = Judgement {
            at: at("10:18:46"),
            metrics: vec![bad],
            overall: Overall::Fail,
        };
        page.deployment.run.outcome = Some(Outcome::JudgedBad { judgement });
        let why = told(&page, "10:20:00");
        assert_eq!(why.what, "Rolled back by the machine.");
        assert_eq!(
            why.text,
            "Error rate of the canary: 21.6\u{a0}% of 371\u{a0}requests, limit 5\u{a0}%. Stable has all traffic: 1.2.2."
        );
    }

    #[test]
    fn a_person_who_paused_is_named_and_quoted() {
        let mut page = page(State::Paused);
        page.people = vec![person(1, "Ana Ruiz")];
        let by = page.people[0].id;
        page.deployment.run.pause = Some(Pause::Person {
            by,
            reason: "support calls".into(),
        });
        page.deployment.run.weight = Some(25);
        let why = told(&page, "10:20:00");
        assert_eq!(why.what, "Paused by Ana Ruiz.");
        assert_eq!(
            why.text,
            "“support calls” Traffic stays at 25\u{a0}%. Resume, or roll back."
        );
    }

    #[test]
    fn the_first_in_the_queue_is_about_to_start() {
        assert_eq!(told(&page(State::Queued), "10:00:00").what, "About to start.");
    }

    #[test]
    fn every_state_has_a_sentence() {
        for state in State::ALL {
            let why = told(&page(state), "10:00:00");
            assert!(why.what.ends_with('.'), "{state:?}: {}", why.what);
        }
    }
}
