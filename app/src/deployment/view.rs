//! A deployment as a why line, a staircase and marks. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::deployment::{Deployment, DeploymentLine, DeploymentPage, Execution, Run, State};
use domain::event::{Event, Happened};
use domain::plan::{Phase, Plan, StepKind};

use super::words;
use crate::event_words::{Names, tell};
use crate::gate::view::capital;
use crate::ui::chart::Mark;
use crate::ui::format;
use crate::ui::ramp::{RampStep, StepState};
use crate::ui::time::until;
use crate::ui::ways::{Way, WayState};
use crate::ui::zone::{Stamp, Zone};

/// The end of the present step's wait. None while the step does not wait, or its clock stands.
pub fn wait_ends(plan: &Plan, run: &Run) -> Option<DateTime<Utc>> {
    let wait_s = wait_of(plan, run.step)?;
    let left = i64::from(wait_s) - i64::from(run.step_spent_s);
    match run.state {
        State::Running | State::Baking => run.step_since.map(|since| since + TimeDelta::seconds(left.max(0))),
        _ => None,
    }
}

/// What the plan still waits, commands not counted: the rest of the present step and all later ones. A pause stops the
/// clock, not the wait.
pub fn to_go(plan: &Plan, run: &Run, now: DateTime<Utc>) -> TimeDelta {
    let later = (run.step + 1..)
        .take(plan.steps.len())
        .filter_map(|step| wait_of(plan, step))
        .map(i64::from);
    let present = match wait_ends(plan, run) {
        Some(end) => (end - now).num_seconds(),
        None => wait_of(plan, run.step).map_or(0, |wait| i64::from(wait) - i64::from(run.step_spent_s)),
    };
    TimeDelta::seconds(later.sum::<i64>() + present.max(0))
}

/// The version to which a rollback leads: what ran before by our record, else what the target showed before anything was
/// changed, or shows as stable now.
pub fn back_to(deployment: &Deployment) -> Option<&str> {
    let run = &deployment.run;
    let seen = run.seen.as_ref().and_then(|seen| seen.version.as_deref());
    deployment
        .previous_version
        .as_deref()
        .or(run.before.as_deref())
        .or(seen.filter(|version| *version != deployment.plan.version))
}

/// Seconds that a step waits; None for a step that does not.
pub fn wait_of(plan: &Plan, step: u32) -> Option<u32> {
    match plan.steps.get(step as usize)?.kind {
        StepKind::Shift { wait_s, .. } | StepKind::Watch { wait_s } => Some(wait_s),
        StepKind::Observe | StepKind::Command { .. } => None,
    }
}

/// How much of the present step's wait has passed, from 0 to 1. A step without a wait is halfway as long as it runs.
fn passed(plan: &Plan, run: &Run, now: DateTime<Utc>) -> f64 {
    let Some(wait_s) = wait_of(plan, run.step) else {
        return 0.5;
    };
    let ticking = matches!(run.state, State::Running | State::Baking);
    let since = run
        .step_since
        .filter(|_| ticking)
        .map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0));
    if wait_s == 0 {
        1.0
    } else {
        ((since + f64::from(run.step_spent_s)) / f64::from(wait_s)).clamp(0.0, 1.0)
    }
}

/// What a step is called on the bar.
pub fn step_title(plan: &Plan, step: u32) -> String {
    let Some(step) = plan.steps.get(step as usize) else {
        return "End".to_owned();
    };
    match &step.kind {
        StepKind::Shift { weight, .. } => format::percent(f64::from(*weight)),
        StepKind::Command { command, .. } => capital(command.key()),
        StepKind::Observe if step.phase == Phase::Check => "Healthy".to_owned(),
        _ => words::phase(step.phase).to_owned(),
    }
}

/// The staircase of the console.
pub fn ways(page: &DeploymentPage, now: DateTime<Utc>, zone: &Zone) -> Vec<Way> {
    let (plan, run) = (&page.deployment.plan, &page.deployment.run);
    let mut weight = 0.0;
    let mut ways = Vec::with_capacity(plan.steps.len());
    for (n, step) in (0..).zip(&plan.steps) {
        let canary = matches!(step.kind, StepKind::Shift { .. });
        match step.kind {
            StepKind::Shift { weight: share, .. } => weight = f64::from(share),
            StepKind::Watch { .. } => weight = 100.0,
            StepKind::Command { .. } | StepKind::Observe => {}
        }
        let state = way_state(plan, run, n, now);
        let more = way_more(page, n, state, now, zone);
        ways.push(Way {
            title: step_title(plan, n),
            more,
            weight,
            canary,
            state,
        });
    }
    ways
}

fn way_state(plan: &Plan, run: &Run, step: u32, now: DateTime<Utc>) -> WayState {
    let gone = step < run.step;
    match run.state {
        State::Succeeded => WayState::Done,
        State::Cancelled => WayState::Skipped,
        State::Queued => WayState::Todo,
        _ if gone => WayState::Done,
        State::Running | State::Baking if step == run.step => WayState::Now(passed(plan, run, now)),
        State::Paused if step == run.step => WayState::Held(passed(plan, run, now)),
        State::Superseded if step == run.step => WayState::Done,
        State::Failed | State::Error | State::Aborted | State::RolledBack if step == run.step => WayState::Taken,
        state if state.terminal() => WayState::Skipped,
        _ => WayState::Todo,
    }
}

fn way_more(page: &DeploymentPage, step: u32, state: WayState, now: DateTime<Utc>, zone: &Zone) -> String {
    let plan = &page.deployment.plan;
    let found = |wanted: &dyn Fn(&Event) -> bool| page.events.iter().find(|one| wanted(&one.event)).map(|one| one.at);
    let began = found(&|event| *event == Event::StepStarted { step });
    let ended = found(&|event| *event == Event::StepDone { step });
    match (state, began, ended) {
        (WayState::Done, Some(began), Some(ended)) => {
            let (from, to) = (zone.write(began, Stamp::Clock), zone.write(ended, Stamp::Clock));
            // Within one minute both ends would read the same.
            if wait_of(plan, step).is_none() || from == to {
                format::duration(ended - began)
            } else {
                format!("{from} to {to}")
            }
        }
        (WayState::Now(_), ..) => match wait_ends(plan, &page.deployment.run) {
            Some(end) if end > now => format!("{} left", until(end, now).trim_start_matches("in ")),
            Some(_) => "waits for data".to_owned(),
            None => "running".to_owned(),
        },
        (WayState::Held(_), ..) => "paused".to_owned(),
        (WayState::Taken, ..) => "taken back".to_owned(),
        (WayState::Skipped, ..) => "left out".to_owned(),
        _ => wait_of(plan, step).map(words::seconds).unwrap_or_default(),
    }
}

/// The staircase as a glyph, for a list.
pub fn ramp(line: &DeploymentLine) -> Vec<RampStep> {
    let weights = if line.weights.is_empty() {
        vec![100]
    } else {
        line.weights.clone()
    };
    let share = line.run.weight.or(line.weight).unwrap_or(0);
    let whole = line.run.in_production_at.is_some();
    let place = weights.iter().position(|weight| *weight >= share.max(1)).unwrap_or(0);
    let state = |n: usize, weight: u8| match line.state {
        State::Queued | State::Cancelled => StepState::Todo,
        State::Succeeded | State::Superseded => StepState::Done,
        State::Baking => {
            if n + 1 == weights.len() {
                StepState::Moving
            } else {
                StepState::Done
            }
        }
        State::Running | State::Paused if whole => StepState::Done,
        State::Running | State::Paused if weight < share => StepState::Done,
        State::Running | State::Paused if weight == share => StepState::Canary,
        State::Running | State::Paused if share == 0 && n == 0 => StepState::Moving,
        State::Running | State::Paused => StepState::Todo,
        _ if n == place => StepState::Taken,
        _ if n < place => StepState::Done,
        _ => StepState::Todo,
    };
    weights
        .iter()
        .enumerate()
        .map(|(n, weight)| RampStep::new(*weight, state(n, *weight)))
        .collect()
}

/// What will be, as the plan has it: the share of traffic from now on, if no metric fails.
pub fn ahead(plan: &Plan, run: &Run, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, Option<f64>)> {
    let (Some(mut at), Some(share)) = (wait_ends(plan, run), run.weight) else {
        return Vec::new();
    };
    if run.state != State::Running || run.in_production_at.is_some() {
        return Vec::new();
    }
    at = at.max(now);
    let mut points = vec![(now, Some(f64::from(share)))];
    let later = plan.steps.iter().skip(run.step as usize + 1);
    for step in later {
        if let StepKind::Shift { weight, wait_s } = step.kind {
            points.push((at, Some(f64::from(weight))));
            at += TimeDelta::seconds(i64::from(wait_s));
        }
    }
    if points.len() > 1 {
        let last = points.last().and_then(|(_, weight)| *weight);
        points.push((at, last));
    }
    points
}

/// Both ends of the charts' time: a little before the run, where the words of the scales stand; the run; and a quarter of
/// the whole for the names at the ends of the series.
pub fn span(page: &DeploymentPage, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let deployment = &page.deployment;
    let begun = deployment.started_at.unwrap_or(deployment.requested_at);
    let end = deployment
        .run
        .ended_at
        .unwrap_or(now)
        .max(begun + TimeDelta::seconds(60));
    let from = begun - (end - begun) / 8;
    let room = ((end - from) / 3).max(TimeDelta::seconds(30));
    (from, end + room)
}

/// Events that are marked in the charts, lettered in order of time.
pub fn marks(page: &DeploymentPage) -> Vec<Mark> {
    let names = Names::of(&page.people).with_steps(&page.deployment.plan.steps);
    let told = page
        .events
        .iter()
        .filter(|one| is_mark(&one.event))
        .map(|one| (one, tell(&one.event, &names)));
    let marks = told.zip('A'..='Z').map(|((one, told), letter)| Mark {
        at: one.at,
        letter: letter.to_string(),
        text: with_by(one, &told.text, &names),
        bad: matches!(one.event, Event::TakingBack { .. }),
    });
    marks.collect()
}

fn is_mark(event: &Event) -> bool {
    matches!(
        event,
        Event::DeploymentStarted
            | Event::WeightReached { .. }
            | Event::WeightReasserted { .. }
            | Event::InProduction
            | Event::AnalysisFailed { .. }
            | Event::Paused { .. }
            | Event::Resumed
            | Event::TakingBack { .. }
            | Event::Restored { .. }
    )
}

fn with_by(one: &Happened, text: &str, names: &Names<'_>) -> String {
    match names.doer(one.by, text) {
        Some(by) => format!("{text}, {by}"),
        None => text.to_owned(),
    }
}

/// How long an execution took, or has taken so far.
pub fn took(execution: &Execution, now: DateTime<Utc>) -> Option<String> {
    let since = execution.started_at?;
    Some(format::duration(execution.ended_at.unwrap_or(now) - since))
}

/// The verb of the promotion button: what comes next.
pub fn promotes_to(plan: &Plan, run: &Run) -> String {
    let next = plan.steps.get(run.step as usize + 1);
    match next.map(|step| &step.kind) {
        Some(StepKind::Shift { .. }) => format!("Promote to {}", step_title(plan, run.step + 1)),
        Some(StepKind::Command { .. }) => "Promote to stable".to_owned(),
        Some(StepKind::Watch { .. }) => "Begin the bake".to_owned(),
        _ if run.state == State::Baking => "End the bake".to_owned(),
        _ => "Promote".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{at, page};
    use super::*;
    use domain::access::By;
    use domain::event::{Stream, StreamKind};

    fn told(page: &DeploymentPage, second: &str) -> Vec<(String, String, f64)> {
        ways(page, at(second), &Zone::utc())
            .into_iter()
            .map(|way| (way.title, way.more, way.weight))
            .collect()
    }

    #[test]
    fn the_staircase_counts_down_the_present_step() {
        let mut page = page(State::Running);
        page.deployment.run.step = 2;
        page.deployment.run.step_since = Some(at("10:00:00"));
        let ways = told(&page, "10:03:50");
        assert_eq!(ways[2], ("10\u{a0}%".into(), "1\u{a0}min 10\u{a0}s left".into(), 10.0));
        assert_eq!(ways[3].1, "5\u{a0}min");
        let part = super::ways(&page, at("10:03:50"), &Zone::utc())[2].state;
        assert!(
            matches!(part, WayState::Now(part) if (part - 230.0 / 300.0).abs() < 1e-9),
            "{part:?}"
        );
    }

    #[test]
    fn a_pause_stops_the_clock() {
        let mut page = page(State::Paused);
        page.deployment.run.step = 2;
        page.deployment.run.step_spent_s = 150;
        page.deployment.run.step_since = Some(at("10:00:00"));
        let state = ways(&page, at("11:00:00"), &Zone::utc())[2].state;
        assert_eq!(state, WayState::Held(0.5));
        assert_eq!(wait_ends(&page.deployment.plan, &page.deployment.run), None);
    }

    #[test]
    fn after_a_rollback_nothing_more_comes() {
        let mut page = page(State::RolledBack);
        page.deployment.run.step = 3;
        let ways = ways(&page, at("10:20:00"), &Zone::utc());
        assert_eq!(
            (ways[2].state, ways[3].state, ways[4].state),
            (WayState::Done, WayState::Taken, WayState::Skipped)
        );
    }

    #[test]
    fn the_plan_is_drawn_from_now_on_and_rises() {
        let mut page = page(State::Running);
        let run = &mut page.deployment.run;
        (run.step, run.step_since, run.weight) = (2, Some(at("10:00:00")), Some(10));
        let points = ahead(&page.deployment.plan, &page.deployment.run, at("10:01:00"));
        assert_eq!(points[0], (at("10:01:00"), Some(10.0)));
        assert_eq!(points[1], (at("10:05:00"), Some(25.0)));
        assert!(
            points
                .windows(2)
                .all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1),
            "{points:?}"
        );
    }

    #[test]
    fn only_what_explains_a_curve_is_marked() {
        let mut page = page(State::Running);
        let stream = Stream::new(StreamKind::Deployment, page.deployment.id);
        let events = [
            Event::DeploymentStarted,
            Event::StepStarted { step: 0 },
            Event::WeightReached { percent: 10 },
        ];
        page.events = (1..)
            .zip(events)
            .map(|(id, event)| Happened {
                id,
                stream,
                seq: id,
                at: at("10:00:00"),
                by: By::Engine,
                event,
            })
            .collect();
        let letters: Vec<_> = marks(&page).into_iter().map(|mark| (mark.letter, mark.text)).collect();
        assert_eq!(
            letters,
            [
                ("A".into(), "Started".into()),
                ("B".into(), "Canary at 10\u{a0}%".to_owned())
            ]
        );
    }

    #[test]
    fn room_is_left_before_the_start_and_right_of_now() {
        let page = page(State::Running);
        let (from, to) = span(&page, at("10:32:00"));
        assert_eq!((from, to), (at("09:56:00"), at("10:44:00")));
    }

    #[test]
    fn a_pause_leaves_the_rest_of_its_step_to_go() {
        let mut page = page(State::Paused);
        page.deployment.run.step = 5;
        page.deployment.run.step_spent_s = 60;
        let (plan, run) = (&page.deployment.plan, &page.deployment.run);
        // The rest of 100 %, the checks and the bake.
        assert_eq!(to_go(plan, run, at("11:00:00")), TimeDelta::seconds(240 + 300 + 86_400));
    }

    #[test]
    fn a_rollback_leads_to_what_the_target_showed_before() {
        let mut page = page(State::Running);
        assert_eq!(back_to(&page.deployment), Some("1.2.2"));
        page.deployment.previous_version = None;
        assert_eq!(back_to(&page.deployment), None);
        let seen = |version: &str| domain::deployment::Observation {
            version: Some(version.into()),
            ..Default::default()
        };
        page.deployment.run.seen = Some(seen("1.2.1"));
        assert_eq!(back_to(&page.deployment), Some("1.2.1"));
        page.deployment.run.seen = Some(seen("1.2.3"));
        assert_eq!(back_to(&page.deployment), None, "it serves everything already");
        page.deployment.run.before = Some("1.2.0".into());
        assert_eq!(back_to(&page.deployment), Some("1.2.0"));
    }

    #[test]
    fn a_step_within_a_minute_says_how_long_it_took() {
        let mut page = page(State::Succeeded);
        let stream = Stream::new(StreamKind::Deployment, page.deployment.id);
        let happened = |time: &str, event: Event| Happened {
            id: 1,
            stream,
            seq: 1,
            at: at(time),
            by: By::Engine,
            event,
        };
        page.events = vec![
            happened("10:00:01", Event::StepStarted { step: 2 }),
            happened("10:00:04", Event::StepDone { step: 2 }),
            happened("10:00:04", Event::StepStarted { step: 3 }),
            happened("10:05:04", Event::StepDone { step: 3 }),
        ];
        let ways = told(&page, "11:00:00");
        assert_eq!((ways[2].1.as_str(), ways[3].1.as_str()), ("3\u{a0}s", "10:00 to 10:05"));
    }
}
