//! Gates: what must hold before a deployment starts, and at every step. Pure, so that the button explains what the server enforces.

use crate::access::{Action, Actor, Role, Scope};
use crate::freeze::{OnRun, Times};
use crate::id::{EnvironmentId, ItemId, LockId, PersonId, ServiceId, TimeRuleId};
use crate::plan::PlanDigest;
use crate::release::{Approval, Decision, Window};
use crate::service::Policy;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Something that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    Target,
    Checklist,
    Approvals,
    Promotion,
    RollbackPlan,
    Window,
    /// Freezes, and the windows in which alone may be deployed.
    Calendar,
    Lock,
}

/// When a gate is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    StartOnly,
    EveryStep,
}

impl Gate {
    /// When this gate is asked.
    pub fn when(self) -> When {
        match self {
            Gate::Calendar | Gate::Lock => When::EveryStep,
            _ => When::StartOnly,
        }
    }
}

/// What a gate evaluates to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "reasons", rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    /// Time, or somebody's ordinary work, clears it.
    Waiting(Vec<Reason>),
    /// Somebody must change something.
    Blocked(Vec<Reason>),
}

/// Why a gate does not pass. Each says who, or what time, can clear it; the words are made by `app`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The environment has no target. Administrators clear it.
    NoTarget,
    /// An item is open. Engineers clear it.
    ItemOpen {
        item: ItemId,
        section: String,
        text: String,
    },
    /// Nobody has asked for approval of this plan. Engineers clear it.
    NotRequested,
    /// What was asked for is not what would run now. Engineers clear it by asking again.
    PlanChanged,
    /// Approvals are missing. The people with these roles clear it, but for those who planned or asked.
    ApprovalMissing {
        have: u32,
        need: u32,
        roles: Vec<Role>,
        not: Vec<PersonId>,
    },
    /// Somebody said no.
    Rejected { by: PersonId, comment: String },
    /// This artifact has not succeeded in the environment before.
    NotPromoted { environment: String },
    /// No way back is written down. Engineers clear it.
    NoRollbackPlan,
    /// The policy wants a window and the plan has none.
    NoWindow,
    /// Time clears it.
    WindowOpens { at: DateTime<Utc> },
    /// A missed window never starts late: plan another.
    WindowMissed { at: DateTime<Utc> },
    /// Nothing is deployed in this time. Time clears it; who may override it lets one release through.
    Frozen {
        rule: TimeRuleId,
        name: String,
        by: PersonId,
        until: DateTime<Utc>,
        on_run: OnRun,
    },
    /// Something is deployed only in windows, and none of these is open. Time clears it, as far as it is known when one opens.
    OutsideWindow {
        rules: Vec<TimeRuleId>,
        names: Vec<String>,
        opens_at: Option<DateTime<Utc>>,
        on_run: OnRun,
    },
    /// The line is stopped: a hold on everything. Whoever stopped it, or who may lift others' locks, clears it.
    Stopped { lock: Lock },
    /// A hold on the environment. Its owner, or who may lift others' locks, clears it.
    Locked { lock: Lock },
}

/// A hold on an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    pub id: LockId,
    pub by: crate::access::By,
    pub reason: LockReason,
    pub since: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

/// Why an environment is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LockReason {
    /// A person's sentence.
    Words { text: String },
    /// A deployment was taken back: automation must not deploy the bad version again.
    TakenBack {
        deployment: crate::id::DeploymentId,
        version: String,
    },
}

/// One gate's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    pub gate: Gate,
    pub verdict: Verdict,
}

impl GateResult {
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Pass
    }
}

/// All that the gates look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateFacts {
    pub service: ServiceId,
    pub environment: EnvironmentId,
    pub policy: Policy,
    pub has_target: bool,
    /// Open items: id, section, text.
    pub open_items: Vec<(ItemId, String, String)>,
    /// The digest of the plan as it would be frozen now.
    pub digest: PlanDigest,
    /// The newest request for approval, by whom and of what.
    pub requested: Option<(PersonId, PlanDigest)>,
    /// Decisions on that request.
    pub approvals: Vec<Approval>,
    /// People whose account is active now, and who hold an approver's role there or have decided already. No service accounts: an approval is
    /// a person's.
    pub active: Vec<PersonId>,
    /// Everybody who changed something that the digest covers.
    pub editors: Vec<PersonId>,
    /// The environment before this one, and whether this very artifact succeeded there. None: this is the first one.
    pub before: Option<(String, bool)>,
    pub has_rollback_plan: bool,
    pub window: Option<Window>,
    /// Freezes and windows that hold for the environment.
    #[serde(default)]
    pub times: Times,
    pub lock: Option<Lock>,
    /// The hold on everything, if one stands.
    #[serde(default)]
    pub stopped: Option<Lock>,
}

impl GateFacts {
    /// Where the gates stand.
    pub fn scope(&self) -> Scope {
        Scope::Environment {
            service: self.service,
            environment: self.environment,
        }
    }

    /// The role in which a person decides there: the first of theirs that the policy counts. It is kept with the approval.
    pub fn deciding_role(&self, actor: &Actor) -> Option<Role> {
        let mut roles = actor.roles_on(self.scope());
        roles.find(|role| self.policy.approver_roles.contains(role))
    }
}

/// Evaluates every gate, in the order in which people clear them.
pub fn evaluate(facts: &GateFacts, now: DateTime<Utc>) -> Vec<GateResult> {
    [
        (Gate::Target, target(facts)),
        (Gate::Checklist, checklist(facts)),
        (Gate::Promotion, promotion(facts)),
        (Gate::RollbackPlan, rollback_plan(facts)),
        (Gate::Approvals, approvals(facts)),
        (Gate::Window, window(facts, now)),
        (Gate::Calendar, facts.times.verdict(now)),
        (Gate::Lock, held(facts.stopped.as_ref(), facts.lock.as_ref(), now)),
    ]
    .into_iter()
    .map(|(gate, verdict)| GateResult { gate, verdict })
    .collect()
}

/// The reasons of all gates that do not pass.
pub fn reasons(results: &[GateResult]) -> Vec<Reason> {
    results
        .iter()
        .flat_map(|result| match &result.verdict {
            Verdict::Pass => Vec::new(),
            Verdict::Waiting(reasons) | Verdict::Blocked(reasons) => reasons.clone(),
        })
        .collect()
}

/// All gates as one: blocked when one is, else waiting when one is, each with the reasons of all that do not pass.
pub fn overall(results: &[GateResult]) -> Verdict {
    let blocked = results
        .iter()
        .any(|result| matches!(result.verdict, Verdict::Blocked(_)));
    match (reasons(results), blocked) {
        (reasons, _) if reasons.is_empty() => Verdict::Pass,
        (reasons, true) => Verdict::Blocked(reasons),
        (reasons, false) => Verdict::Waiting(reasons),
    }
}

/// When time alone may next change what the gates say: a window that opens, the end of a freeze or of a lock.
pub fn changes_at(results: &[GateResult], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    reasons(results)
        .iter()
        .filter_map(|reason| match reason {
            Reason::WindowOpens { at } => Some(*at),
            Reason::Frozen { until, .. } => Some(*until),
            Reason::OutsideWindow { opens_at, .. } => *opens_at,
            Reason::Locked { lock } => lock.until,
            _ => None,
        })
        .filter(|at| *at > now)
        .min()
}

/// When time alone lets everything pass, if nobody does anything. None: somebody has to, or no such time is known.
pub fn clears_at(facts: &GateFacts, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let by_time = |reason: &Reason| match reason {
        Reason::WindowOpens { .. } | Reason::Frozen { .. } | Reason::OutsideWindow { .. } => true,
        Reason::Locked { lock } => lock.until.is_some(),
        _ => false,
    };
    // What somebody has to do is the same at every moment.
    if !reasons(&evaluate(facts, now)).iter().all(by_time) {
        return None;
    }
    let mut turns = facts.times.turns(now);
    turns.extend(facts.window.map(|window| window.opens_at));
    turns.extend(facts.lock.as_ref().and_then(|lock| lock.until));
    turns.retain(|at| *at > now);
    turns.sort_unstable();
    turns
        .into_iter()
        .find(|at| evaluate(facts, *at).iter().all(GateResult::passed))
}

fn target(facts: &GateFacts) -> Verdict {
    if facts.has_target {
        Verdict::Pass
    } else {
        Verdict::Blocked(vec![Reason::NoTarget])
    }
}

fn checklist(facts: &GateFacts) -> Verdict {
    if !facts.policy.checklist || facts.open_items.is_empty() {
        return Verdict::Pass;
    }
    let open = facts.open_items.iter().map(|(item, section, text)| Reason::ItemOpen {
        item: *item,
        section: section.clone(),
        text: text.clone(),
    });
    Verdict::Blocked(open.collect())
}

fn promotion(facts: &GateFacts) -> Verdict {
    match &facts.before {
        Some((environment, false)) if facts.policy.promotion => Verdict::Blocked(vec![Reason::NotPromoted {
            environment: environment.clone(),
        }]),
        _ => Verdict::Pass,
    }
}

fn rollback_plan(facts: &GateFacts) -> Verdict {
    if facts.policy.rollback_plan && !facts.has_rollback_plan {
        Verdict::Blocked(vec![Reason::NoRollbackPlan])
    } else {
        Verdict::Pass
    }
}

/// Who may not count: everybody who changed what the digest covers, and who asked.
pub fn excluded(facts: &GateFacts) -> Vec<PersonId> {
    let mut people = facts.editors.clone();
    people.extend(facts.requested.map(|(by, _)| by));
    people.sort();
    people.dedup();
    people
}

/// The decisions that count: on the present digest, by a person who held a fitting role when deciding, whose account is active now, and who
/// neither asked nor changed what the digest covers. One person counts once: the last decision.
fn counting(facts: &GateFacts) -> Vec<&Approval> {
    let not = excluded(facts);
    let mut last: std::collections::BTreeMap<PersonId, &Approval> = std::collections::BTreeMap::new();
    for approval in &facts.approvals {
        let counts = approval.digest == facts.digest
            && facts.policy.approver_roles.contains(&approval.role)
            && facts.active.contains(&approval.by)
            && !not.contains(&approval.by);
        if counts && last.get(&approval.by).is_none_or(|before| before.at <= approval.at) {
            last.insert(approval.by, approval);
        }
    }
    last.into_values().collect()
}

fn approvals(facts: &GateFacts) -> Verdict {
    let need = facts.policy.approvals;
    if need == 0 {
        return Verdict::Pass;
    }
    let Some((_, requested)) = facts.requested else {
        return Verdict::Blocked(vec![Reason::NotRequested]);
    };
    if requested != facts.digest {
        return Verdict::Blocked(vec![Reason::PlanChanged]);
    }
    let counting = counting(facts);
    if let Some(no) = counting.iter().find(|approval| approval.decision == Decision::Reject) {
        return Verdict::Blocked(vec![Reason::Rejected {
            by: no.by,
            comment: no.comment.clone(),
        }]);
    }
    let have = counting.len() as u32;
    if have >= need {
        return Verdict::Pass;
    }
    Verdict::Waiting(vec![Reason::ApprovalMissing {
        have,
        need,
        roles: facts.policy.approver_roles.clone(),
        not: excluded(facts),
    }])
}

fn window(facts: &GateFacts, now: DateTime<Utc>) -> Verdict {
    if !facts.policy.window {
        return Verdict::Pass;
    }
    match facts.window {
        None => Verdict::Blocked(vec![Reason::NoWindow]),
        Some(window) if now < window.opens_at => Verdict::Waiting(vec![Reason::WindowOpens { at: window.opens_at }]),
        Some(window) if now >= window.closes_at => {
            Verdict::Blocked(vec![Reason::WindowMissed { at: window.closes_at }])
        }
        Some(_) => Verdict::Pass,
    }
}

/// What the hold on everything and the hold on an environment say, at the start and at every step.
pub fn held(stopped: Option<&Lock>, lock: Option<&Lock>, now: DateTime<Utc>) -> Verdict {
    let stands = |lock: &&Lock| lock.until.is_none_or(|until| until > now);
    let stopped = stopped
        .filter(stands)
        .map(|lock| Reason::Stopped { lock: lock.clone() });
    let locked = lock.filter(stands).map(|lock| Reason::Locked { lock: lock.clone() });
    let reasons: Vec<_> = stopped.into_iter().chain(locked).collect();
    match reasons.is_empty() {
        true => Verdict::Pass,
        false => Verdict::Blocked(reasons),
    }
}

/// Whether something can be done now, and if not, why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "allowed", rename_all = "snake_case")]
pub enum Allowed {
    Yes,
    /// The role does not grant it.
    Denied {
        action: Action,
    },
    /// These gates do not pass.
    Gates {
        reasons: Vec<Reason>,
    },
    /// Who planned or asked can't approve.
    SeparationOfDuties,
    /// Nothing is asked for, or it has been settled already.
    NothingToDo,
}

impl Allowed {
    pub fn yes(&self) -> bool {
        *self == Allowed::Yes
    }
}

/// What a person can do with a release in an environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Actions {
    pub deploy: Allowed,
    pub request: Allowed,
    pub decide: Allowed,
    pub lift_lock: Allowed,
    /// Let this release through freezes and closed windows that hold it now.
    pub override_times: Allowed,
}

/// What this person can do now, by the same rules by which the use cases decide.
pub fn allowed_actions(actor: &Actor, facts: &GateFacts, now: DateTime<Utc>) -> Actions {
    let scope = facts.scope();
    let results = evaluate(facts, now);
    let may = |action: Action, rest: Allowed| {
        if actor.may(action, scope).is_err() {
            Allowed::Denied { action }
        } else {
            rest
        }
    };
    let missing = reasons(&results);
    let deploy = if missing.is_empty() {
        Allowed::Yes
    } else {
        Allowed::Gates { reasons: missing }
    };
    Actions {
        deploy: may(Action::Deploy, deploy),
        request: may(Action::RequestApproval, request(facts)),
        decide: may(Action::Approve, decide(actor, facts)),
        lift_lock: match &facts.lock {
            None => Allowed::NothingToDo,
            Some(lock) if lock.by.person() == Some(actor.id) => Allowed::Yes,
            Some(_) => may(Action::LiftLock, Allowed::Yes),
        },
        override_times: match facts.times.against(now).is_empty() {
            true => Allowed::NothingToDo,
            false => may(Action::Override, Allowed::Yes),
        },
    }
}

fn request(facts: &GateFacts) -> Allowed {
    let pending = facts.requested.is_some_and(|(_, digest)| digest == facts.digest);
    let rejected = counting(facts)
        .iter()
        .any(|approval| approval.decision == Decision::Reject);
    if facts.policy.approvals == 0 || !facts.has_target || (pending && !rejected) {
        Allowed::NothingToDo
    } else {
        Allowed::Yes
    }
}

fn decide(actor: &Actor, facts: &GateFacts) -> Allowed {
    let asked = facts.requested.is_some_and(|(_, digest)| digest == facts.digest);
    let done = counting(facts).iter().any(|approval| approval.by == actor.id);
    if facts.policy.approvals == 0 || !asked || done {
        Allowed::NothingToDo
    } else if excluded(facts).contains(&actor.id) {
        Allowed::SeparationOfDuties
    } else if facts.deciding_role(actor).is_none() || !facts.active.contains(&actor.id) {
        Allowed::Denied {
            action: Action::Approve,
        }
    } else {
        Allowed::Yes
    }
}
