//! Events: one thing that happened to one aggregate. At once audit trail, live kick and source of every derived figure.

mod change;
mod link;
mod stream;

pub use change::{FieldChange, differences};
pub use link::link;
pub use stream::{Stream, StreamKind};

use crate::access::{By, Role, Scope, TokenScope};
use crate::check::CheckState;
use crate::deployment::{Outcome, Pause, State, Steer, Trigger};
use crate::freeze::TimeKind;
use crate::id::{
    DeliveryId, DeploymentId, ExecutionId, IncidentId, ItemId, LockId, PersonId, ReleaseId, RequestId, TimeRuleId,
    TokenId, WebhookId,
};
use crate::incident::{IncidentState, Severity};
use crate::outside::OutsideState;
use crate::plan::{CommandKind, PlanDigest};
use crate::release::{Decision, ItemState};
use crate::status::ComponentState;
use crate::webhook::Stopped;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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
    /// A person made an address of the calendar of their own, or a new one.
    FeedMade,
    FeedEnded,
    PasswordChanged,
    SignedIn,
    SignedOut,
    SampleLoaded,
    SampleRemoved,
    // teams, leaving, service accounts
    TeamCreated {
        name: String,
    },
    TeamChanged {
        name: String,
        fields: Vec<String>,
    },
    TeamRemoved {
        name: String,
    },
    MemberAdded {
        person: PersonId,
    },
    MemberRemoved {
        person: PersonId,
    },
    /// `place` names where, as it was called then; empty on the instance.
    TeamRoleGiven {
        role: Role,
        on: Scope,
        place: String,
    },
    TeamRoleTaken {
        role: Role,
        on: Scope,
        place: String,
    },
    /// An owner left. None: the other owners keep it.
    ServiceHandedOver {
        from: PersonId,
        to: Option<PersonId>,
    },
    ServiceAccountCreated {
        role: Role,
    },
    ServiceAccountRemoved,
    // company sign-in and sessions
    /// A provider is named by its name in addresses.
    ProviderAdded {
        provider: String,
    },
    ProviderChanged {
        provider: String,
        fields: Vec<String>,
    },
    ProviderSwitched {
        provider: String,
        enabled: bool,
    },
    ProviderRemoved {
        provider: String,
    },
    SignedInWith {
        provider: String,
    },
    IdentityLinked {
        provider: String,
    },
    IdentityUnlinked {
        provider: String,
    },
    /// A group at the provider gave a role, or none gives it any more.
    RoleMapped {
        provider: String,
        from: Role,
        to: Role,
    },
    SessionsEnded {
        person: PersonId,
        count: u32,
    },
    // the door's switches
    PasswordsSwitched {
        enabled: bool,
    },
    /// Whoever stands at the machine gave the person a link for a new password.
    ResetAtConsole,
    // services
    ServiceCreated {
        name: String,
    },
    ServiceChanged {
        fields: Vec<String>,
        /// Before and after, where that is kept. Older events have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<FieldChange>,
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
        /// Before and after, where that is kept. Older events have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<FieldChange>,
    },
    PolicySaved {
        version: i32,
        voided: u32,
        /// Before and after, where that is kept. Older events have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<FieldChange>,
    },
    Locked {
        lock: LockId,
        reason: crate::gate::LockReason,
    },
    /// A freeze or window was set, or changed.
    /// Nothing is deployed anywhere from now on.
    LineStopped {
        lock: LockId,
        reason: String,
    },
    LineReleased {
        lock: LockId,
    },
    TimeSet {
        rule: TimeRuleId,
        kind: TimeKind,
        name: String,
        changes: Vec<FieldChange>,
    },
    /// A freeze or window was taken out of force.
    TimeEnded {
        rule: TimeRuleId,
        name: String,
    },
    /// A release was let into an environment against these.
    TimesOverridden {
        environment: String,
        rules: Vec<TimeRuleId>,
        reason: String,
    },
    Unlocked {
        lock: LockId,
    },
    // secrets
    SecretSet {
        name: String,
        version: i32,
    },
    SecretRemoved {
        name: String,
    },
    // releases
    ReleasePlanned {
        version: String,
    },
    ReleaseChanged {
        fields: Vec<String>,
        digest_changed: bool,
        /// Before and after, where that is kept. Older events have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<FieldChange>,
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
    // from outside
    /// Something else deployed: neither approval nor gate of ours stood before it, unless it was part of a deployment of ours.
    DeployedOutside {
        environment: String,
        version: String,
        state: OutsideState,
        /// What deployed, in its own words.
        tool: String,
        /// The deployment of ours that it was part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<i64>,
    },
    /// The source repository is asked for what was missed, by the token in this secret. None: no more.
    SourceAsked {
        secret: Option<String>,
    },
    /// The source repository published a release under this tag.
    ReleasePublished {
        tag: String,
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
    // jobs, notices and webhooks
    JobRetried {
        task: String,
    },
    JobRemoved {
        task: String,
    },
    NoticesChosen,
    PasswordResetAsked,
    PasswordReset,
    WebhookAdded {
        webhook: WebhookId,
        name: String,
    },
    WebhookChanged {
        webhook: WebhookId,
        fields: Vec<String>,
    },
    WebhookSecretRenewed {
        webhook: WebhookId,
    },
    /// Somebody had a test sent there.
    WebhookTested {
        webhook: WebhookId,
        delivery: DeliveryId,
    },
    /// Somebody had a delivery sent again.
    WebhookResent {
        webhook: WebhookId,
        delivery: DeliveryId,
    },
    WebhookStopped {
        webhook: WebhookId,
        because: Stopped,
    },
    WebhookStarted {
        webhook: WebhookId,
    },
    WebhookRemoved {
        webhook: WebhookId,
        name: String,
    },
    // second factor and proving again
    SecondFactorOn,
    SecondFactorOff,
    /// An administrator took it away.
    SecondFactorRemoved {
        person: PersonId,
    },
    RecoveryCodesMade,
    RecoveryCodeUsed {
        left: u32,
    },
    /// Somebody who was signed in proved again who they are.
    ProvedAgain,
    // tokens and what programs report
    TokenMade {
        token: TokenId,
        scopes: Vec<TokenScope>,
    },
    TokenRevoked {
        token: TokenId,
    },
    /// A program reported how a check of a release's commit went.
    CheckReported {
        check: String,
        state: CheckState,
    },
}

impl Event {
    /// The words of all events: `role_changed`, as they are kept.
    pub fn keys() -> &'static [&'static str] {
        let nothing = serde::de::value::MapDeserializer::<_, Known>::new(std::iter::once(("event", "")));
        Event::deserialize(nothing).err().map_or(&[], |known| known.0)
    }

    /// What was changed, before and after, where the event keeps it.
    pub fn changes(&self) -> &[FieldChange] {
        match self {
            Event::ServiceChanged { changes, .. }
            | Event::EnvironmentChanged { changes, .. }
            | Event::PolicySaved { changes, .. }
            | Event::ReleaseChanged { changes, .. } => changes,
            _ => &[],
        }
    }
}

/// What serde says of an event that it does not know: those that it knows. So the list is always whole.
#[derive(Debug)]
struct Known(&'static [&'static str]);

impl serde::de::Error for Known {
    fn custom<T: std::fmt::Display>(_: T) -> Known {
        Known(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Known {
        Known(expected)
    }
}

impl std::error::Error for Known {}

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(", "))
    }
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
            Event::MemberAdded { person } | Event::MemberRemoved { person } => Some(*person),
            Event::ServiceHandedOver { from, .. } => Some(*from),
            _ => None,
        };
        let heir = match &self.event {
            Event::ServiceHandedOver { to, .. } => *to,
            _ => None,
        };
        self.by.person().into_iter().chain(inside).chain(heir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_an_event_is_known() {
        let keys = Event::keys();
        for key in ["instance_set_up", "role_changed", "decided", "component_changed"] {
            assert!(keys.contains(&key), "{keys:?}");
        }
        let kept = serde_json::to_value(Event::SignedIn).expect("JSON");
        assert!(keys.contains(&kept["event"].as_str().expect("a word")));
    }

    #[test]
    fn an_older_event_without_changes_is_read_and_written_as_it_was() {
        let old = serde_json::json!({"event": "policy_saved", "version": 2, "voided": 0});
        let read: Event = serde_json::from_value(old.clone()).expect("an event");
        assert!(read.changes().is_empty());
        assert_eq!(serde_json::to_value(&read).expect("JSON"), old);
    }
}
