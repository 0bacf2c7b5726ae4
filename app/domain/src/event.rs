//! Events: one thing that happened to one aggregate. At once audit trail, live kick and source of every derived figure.

use crate::access::{By, Role};
use crate::canonical;
use crate::deployment::{Outcome, Pause, State, Steer, Trigger};
use crate::id::{DeploymentId, ExecutionId, IncidentId, ItemId, LockId, PersonId, ReleaseId, RequestId};
use crate::incident::{IncidentState, Severity};
use crate::plan::{CommandKind, PlanDigest};
use crate::release::{Decision, ItemState};
use crate::status::ComponentState;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which kind of aggregate a stream belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    Instance,
    Person,
    Service,
    Environment,
    Release,
    Deployment,
    Incident,
    Component,
}

impl StreamKind {
    /// The word in a topic: `deployment:<id>`.
    pub fn key(self) -> &'static str {
        match self {
            StreamKind::Instance => "instance",
            StreamKind::Person => "person",
            StreamKind::Service => "service",
            StreamKind::Environment => "environment",
            StreamKind::Release => "release",
            StreamKind::Deployment => "deployment",
            StreamKind::Incident => "incident",
            StreamKind::Component => "component",
        }
    }
}

/// One aggregate's sequence of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stream {
    pub kind: StreamKind,
    pub id: Uuid,
}

impl Stream {
    pub fn new(kind: StreamKind, id: impl Into<Uuid>) -> Stream {
        Stream { kind, id: id.into() }
    }

    /// The instance's own stream.
    pub fn instance() -> Stream {
        Stream {
            kind: StreamKind::Instance,
            id: Uuid::nil(),
        }
    }

    /// The topic by which pages listen to it.
    pub fn topic(&self) -> String {
        format!("{}:{}", self.kind.key(), self.id)
    }
}

/// What happened. Facts only, people by id only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    // instance and people
    InstanceSetUp,
    PersonJoined {
        role: Role,
    },
    PersonInvited {
        role: Role,
    },
    InvitationRevoked,
    RoleChanged {
        person: PersonId,
        from: Role,
        to: Role,
    },
    PersonDeactivated {
        person: PersonId,
    },
    PersonReactivated {
        person: PersonId,
    },
    ProfileChanged,
    PasswordChanged,
    SignedIn,
    SignedOut,
    SampleLoaded,
    SampleRemoved,
    // services
    ServiceCreated {
        name: String,
    },
    ServiceChanged {
        fields: Vec<String>,
    },
    ServiceRemoved,
    /// Its source repository tells of itself from now on, or under another secret.
    SourceConnected,
    SourceDisconnected,
    CommitsPushed {
        branch: String,
        count: u32,
    },
    EnvironmentChanged {
        fields: Vec<String>,
    },
    PolicySaved {
        version: i32,
        voided: u32,
    },
    Locked {
        lock: LockId,
        reason: crate::gate::LockReason,
    },
    Unlocked {
        lock: LockId,
    },
    // releases
    ReleasePlanned {
        version: String,
    },
    ReleaseChanged {
        fields: Vec<String>,
        digest_changed: bool,
    },
    ItemChanged {
        item: ItemId,
        to: ItemState,
    },
    ApprovalRequested {
        request: RequestId,
        environment: String,
        digest: PlanDigest,
    },
    Decided {
        request: RequestId,
        environment: String,
        decision: Decision,
        comment: String,
    },
    ApprovalsVoided {
        environment: String,
        count: u32,
    },
    // deployments
    DeploymentRequested {
        release: ReleaseId,
        environment: String,
        version: String,
    },
    DeploymentStarted,
    StepStarted {
        step: u32,
    },
    StepDone {
        step: u32,
    },
    CommandStarted {
        execution: ExecutionId,
        command: CommandKind,
    },
    CommandEnded {
        execution: ExecutionId,
        command: CommandKind,
        exit_code: Option<i32>,
    },
    WeightDecided {
        percent: u8,
    },
    /// The target shows the weight that was decided.
    WeightReached {
        percent: u8,
    },
    /// The target showed another weight than was decided; it is set again.
    WeightReasserted {
        want: u8,
        seen: u8,
    },
    InProduction,
    AnalysisFailed {
        metrics: Vec<String>,
    },
    Paused {
        pause: Pause,
    },
    Resumed,
    Steered {
        act: Steer,
    },
    SteerRefused {
        act: Steer,
    },
    TakingBack {
        trigger: Trigger,
    },
    RollbackCreated {
        deployment: DeploymentId,
    },
    Restored {
        version: Option<String>,
    },
    StateChanged {
        from: State,
        to: State,
    },
    Ended {
        outcome: Outcome,
    },
    // incidents and status
    IncidentOpened {
        number: i64,
        deployment: Option<DeploymentId>,
    },
    IncidentLinked {
        incident: IncidentId,
    },
    IncidentChanged {
        fields: Vec<String>,
    },
    IncidentStateChanged {
        to: IncidentState,
    },
    IncidentSeverityChanged {
        to: Severity,
    },
    StatusPublished {
        state: IncidentState,
    },
    ActionItemAdded {
        text: String,
    },
    ActionItemDone {
        text: String,
    },
    ComponentChanged {
        to: ComponentState,
    },
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    /// Grows over the whole instance.
    pub id: i64,
    pub stream: Stream,
    /// Place in its stream, from 1 without a gap.
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub by: By,
    pub event: Event,
}

impl Happened {
    /// Whoever did it, and whom the event itself names.
    pub fn people(&self) -> impl Iterator<Item = PersonId> + use<> {
        let inside = match &self.event {
            Event::Paused {
                pause: Pause::Person { by, .. },
            }
            | Event::Ended {
                outcome: Outcome::Aborted { by, .. } | Outcome::TakenBack { by, .. } | Outcome::Cancelled { by },
            } => Some(*by),
            _ => None,
        };
        self.by.person().into_iter().chain(inside)
    }
}

/// The link of the hash chain: SHA-256 over the previous link and the event in canonical form. The first link of a stream follows 32 zero bytes.
///
/// `at` is cut to microseconds, which is what Postgres keeps.
pub fn link(
    previous: &[u8],
    stream: &Stream,
    seq: i64,
    at: DateTime<Utc>,
    by: By,
    event: &serde_json::Value,
) -> [u8; 32] {
    let form = serde_json::json!({
        "previous": hex::encode(previous),
        "stream": stream,
        "seq": seq,
        "at": at.timestamp_micros(),
        "by": by,
        "event": event,
    });
    canonical::sha256(&form)
}
