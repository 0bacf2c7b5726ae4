//! The freezes and windows of one environment, and what they say at a moment.

use super::{OnRun, Place, TimeKind};
use crate::gate::{Reason, Verdict};
use crate::id::{PersonId, TimeRuleId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the gates know of a freeze or window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    pub id: TimeRuleId,
    pub kind: TimeKind,
    pub name: String,
    pub place: Place,
    pub on_run: OnRun,
    pub by: PersonId,
}

/// One time of a rule, from its beginning to before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub rule: TimeRuleId,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Span {
    fn holds(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.to
    }
}

/// Somebody let one release into one environment against a rule, until a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub rule: TimeRuleId,
    pub by: PersonId,
    pub reason: String,
    pub at: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// All freezes and windows that hold for an environment, with their times from now on as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    pub rules: Vec<Brief>,
    /// By beginning. Those of one rule may overlap.
    pub spans: Vec<Span>,
    /// For the release that is looked at.
    pub overrides: Vec<Override>,
}

impl Times {
    /// Why nothing may begin at a moment: every freeze that holds, and every place that has windows of which none is open.
    ///
    /// A window of one place does not open another place's: the environment's may only narrow what the instance's allow.
    pub fn against(&self, at: DateTime<Utc>) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self.freezes(at).collect();
        reasons.extend(self.closed(at));
        reasons
    }

    /// The same for a deployment that has begun: what lets it go on is left out.
    pub fn against_run(&self, at: DateTime<Utc>) -> Vec<Reason> {
        let mut reasons = self.against(at);
        reasons.retain(|reason| on_run(reason) != Some(OnRun::Continue));
        reasons
    }

    /// What the gate says before something begins: time clears it, as long as any time is known that does.
    pub fn verdict(&self, at: DateTime<Utc>) -> Verdict {
        as_verdict(self.against(at))
    }

    /// What the gate says of a deployment that has begun.
    pub fn verdict_of_run(&self, at: DateTime<Utc>) -> Verdict {
        as_verdict(self.against_run(at))
    }

    /// Moments from now on at which the answer may change, in order.
    pub fn turns(&self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let ends = self.spans.iter().flat_map(|span| [span.from, span.to]);
        let mut turns: Vec<_> = ends.chain(self.overrides.iter().map(|one| one.until)).collect();
        turns.retain(|at| *at > now);
        turns.sort_unstable();
        turns.dedup();
        turns
    }

    fn freezes(&self, at: DateTime<Utc>) -> impl Iterator<Item = Reason> {
        let freezes = self.rules.iter().filter(|rule| rule.kind == TimeKind::Freeze);
        freezes
            .filter(move |rule| !self.overridden(rule.id, at))
            .filter_map(move |rule| {
                let until = self.until(rule.id, at)?;
                Some(Reason::Frozen {
                    rule: rule.id,
                    name: rule.name.clone(),
                    by: rule.by,
                    until,
                    on_run: rule.on_run,
                })
            })
    }

    fn closed(&self, at: DateTime<Utc>) -> Vec<Reason> {
        let mut places: BTreeMap<Place, Vec<&Brief>> = BTreeMap::new();
        for rule in self.rules.iter().filter(|rule| rule.kind == TimeKind::Window) {
            places.entry(rule.place).or_default().push(rule);
        }
        let shut = places.into_values().filter(|rules| {
            let open = |rule: &&Brief| self.until(rule.id, at).is_some() || self.overridden(rule.id, at);
            !rules.iter().any(open)
        });
        shut.map(|rules| {
            let opens = |rule: &Brief| self.of(rule.id).map(|span| span.from).filter(|from| *from > at).min();
            Reason::OutsideWindow {
                rules: rules.iter().map(|rule| rule.id).collect(),
                names: rules.iter().map(|rule| rule.name.clone()).collect(),
                opens_at: rules.iter().filter_map(|rule| opens(rule)).min(),
                // The strictest of them: one that lets it run opens nothing for the others.
                on_run: rules.iter().map(|rule| rule.on_run).max().unwrap_or(OnRun::Hold),
            }
        })
        .collect()
    }

    fn of(&self, rule: TimeRuleId) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(move |span| span.rule == rule)
    }

    /// The end of the time in which a rule holds, over times that meet or overlap. None: it does not hold then.
    fn until(&self, rule: TimeRuleId, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut until = at;
        // By beginning: one pass finds all that meet.
        for span in self.of(rule) {
            if span.from <= until && span.to > until && (until > at || span.holds(at)) {
                until = span.to;
            }
        }
        (until > at).then_some(until)
    }

    fn overridden(&self, rule: TimeRuleId, at: DateTime<Utc>) -> bool {
        self.overrides.iter().any(|one| one.rule == rule && at < one.until)
    }
}

fn as_verdict(reasons: Vec<Reason>) -> Verdict {
    let timeless = |reason: &Reason| matches!(reason, Reason::OutsideWindow { opens_at: None, .. });
    if reasons.is_empty() {
        Verdict::Pass
    } else if reasons.iter().any(timeless) {
        Verdict::Blocked(reasons)
    } else {
        Verdict::Waiting(reasons)
    }
}

fn on_run(reason: &Reason) -> Option<OnRun> {
    match reason {
        Reason::Frozen { on_run, .. } | Reason::OutsideWindow { on_run, .. } => Some(*on_run),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
