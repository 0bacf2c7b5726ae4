//! A decision in the making.

use super::{Decision, Effect, Facts, Seen, TIDY_S, Write};
use crate::deployment::{Execution, Kind, Observation, Outcome, Pause, Run, State};
use crate::event::Event;
use crate::id::IntentId;
use crate::plan::{CommandKind, Phase, Step, StepKind};
use chrono::{DateTime, TimeDelta, Utc};

/// What has been decided so far, beside the facts that it is decided by.
pub(super) struct Draft<'a> {
    pub facts: &'a Facts,
    pub now: DateTime<Utc>,
    pub run: Run,
    pub writes: Vec<Write>,
    pub effects: Vec<Effect>,
    pub events: Vec<Event>,
    pub consumed: Vec<IntentId>,
    pub wake_at: Option<DateTime<Utc>>,
}

impl<'a> Draft<'a> {
    pub fn new(facts: &'a Facts, now: DateTime<Utc>) -> Draft<'a> {
        let mut run = facts.run.clone();
        if let Seen::Target(seen) = &facts.seen {
            run.seen = Some(seen.clone());
        }
        let (writes, effects, events, consumed) = Default::default();
        Draft {
            facts,
            now,
            run,
            writes,
            effects,
            events,
            consumed,
            wake_at: None,
        }
    }

    /// What the target showed at this tick.
    pub fn observation(&self) -> Option<&'a Observation> {
        match &self.facts.seen {
            Seen::Target(seen) => Some(seen),
            Seen::NotAsked | Seen::Unreachable { .. } => None,
        }
    }

    pub fn step(&self) -> Option<&'a Step> {
        self.facts.plan.steps.get(self.run.step as usize)
    }

    /// The command of the present step.
    pub fn command(&self) -> Option<CommandKind> {
        match self.step()?.kind {
            StepKind::Command { command, .. } => Some(command),
            _ => None,
        }
    }

    /// The newest execution, if the present step is still the one that the facts were read for.
    pub fn execution(&self) -> Option<&'a Execution> {
        self.facts
            .execution
            .as_ref()
            .filter(|execution| execution.step == self.run.step)
    }

    /// Whether the facts (judgement, execution) are of the present step, or of one that this very decision has left.
    pub fn same_step(&self) -> bool {
        self.run.step == self.facts.run.step
    }

    /// The key of something done to the target. No two decisions of a deployment make the same one.
    pub fn key(&self, what: &str, count: u32) -> String {
        format!("{}:{}:{what}:{count}", self.facts.deployment, self.run.step)
    }

    pub fn is_rollback(&self) -> bool {
        self.facts.kind == Kind::Rollback
    }

    /// Look again after this many seconds, at the latest.
    pub fn wake_in(&mut self, seconds: i64) {
        let at = self.now + TimeDelta::seconds(seconds);
        self.wake_at = Some(self.wake_at.map_or(at, |before| before.min(at)));
    }

    /// Seconds since a moment; negative when it lies ahead.
    pub fn since(&self, at: DateTime<Utc>) -> i64 {
        (self.now - at).num_seconds()
    }

    /// Seconds of the present step's wait that have passed: what passed before pauses, and since the clock runs.
    pub fn waited_s(&self) -> i64 {
        i64::from(self.run.step_spent_s) + self.run.step_since.map_or(0, |since| self.since(since).max(0))
    }

    pub fn ended(&self) -> bool {
        self.run.state.terminal()
    }

    /// Ends the run. What may run on is stopped by the caller.
    pub fn end(&mut self, state: State, outcome: Outcome) {
        self.run.state = state;
        self.run.pause = None;
        self.run.ended_at = Some(self.now);
        self.run.outcome = Some(outcome.clone());
        self.events.push(Event::Ended { outcome });
    }

    /// Stops the clock of the present step until somebody says how to go on. A run that waits for a person already, waits on for the same.
    pub fn pause(&mut self, pause: Pause) {
        if self.run.state == State::Paused {
            return;
        }
        self.run.step_spent_s = u32::try_from(self.waited_s()).unwrap_or(u32::MAX);
        self.run.step_since = None;
        self.run.state = State::Paused;
        self.run.pause = Some(pause.clone());
        self.events.push(Event::Paused { pause });
    }

    /// Starts the clock of the present step again.
    pub fn resume(&mut self) {
        if self.run.state != State::Paused {
            return;
        }
        let waits_for_weight = matches!(
            self.step(),
            Some(Step {
                kind: StepKind::Shift { .. },
                ..
            })
        ) && !self.run.reached;
        self.run.state = State::Running;
        self.run.pause = None;
        self.run.step_since = (!waits_for_weight).then_some(self.now);
        self.run.tries = 0;
        self.run.unhealthy_since = None;
        self.events.push(Event::Resumed);
    }

    /// Leaves the present step for the next one, or ends the run with the last.
    pub fn advance(&mut self) {
        self.events.push(Event::StepDone { step: self.run.step });
        self.run.step += 1;
        self.enter();
        if self.step().is_none() {
            super::end::succeed(self);
        }
    }

    /// Begins the present step. Its clock runs, but for a shift: there it runs from the moment that the target shows the weight.
    pub fn enter(&mut self) {
        self.run.step_spent_s = 0;
        self.run.attempt = 0;
        self.run.reached = false;
        self.run.unhealthy_since = None;
        let Some(step) = self.step() else { return };
        self.events.push(Event::StepStarted { step: self.run.step });
        self.run.step_since = match step.kind {
            StepKind::Shift { .. } => None,
            _ => Some(self.now),
        };
        if matches!(step.kind, StepKind::Watch { .. }) {
            self.run.watch_since.get_or_insert(self.now);
            if step.phase == Phase::Bake && self.run.state == State::Running {
                self.run.state = State::Baking;
            }
        }
    }

    /// 100 % of users are served by the version of the release.
    pub fn in_production(&mut self) {
        if self.run.in_production_at.is_none() {
            self.run.in_production_at = Some(self.now);
            self.events.push(Event::InProduction);
        }
    }

    pub fn finish(mut self) -> Decision {
        let (from, to) = (self.facts.run.state, self.run.state);
        if from != to {
            self.events.push(Event::StateChanged { from, to });
        }
        if to.terminal() {
            self.wake_at = self.tidy_at();
        }
        Decision {
            run: self.run,
            writes: self.writes,
            effects: self.effects,
            events: self.events,
            consumed: self.consumed,
            wake_at: self.wake_at,
        }
    }

    /// When to look again after the end: for a while, if traffic was ours to set and nobody else has the environment.
    fn tidy_at(&self) -> Option<DateTime<Utc>> {
        let ended_at = self.run.ended_at?;
        let ours = self.run.weight.is_some() && self.facts.superseded_by.is_none();
        let next = self.now + TimeDelta::seconds(super::REASSERT_AFTER_S);
        (ours && next <= ended_at + TimeDelta::seconds(TIDY_S)).then_some(next)
    }
}
