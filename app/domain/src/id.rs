//! Ids: one type an aggregate, so that a release's id can't be handed to a deployment.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }
    )*};
}

ids! {
    /// A person who signs in.
    PersonId;
    /// An invitation that has been sent to a person to be.
    InvitationId;
    /// A team.
    TeamId;
    /// An access token.
    TokenId;
    /// A secret, over all its versions.
    SecretId;
    /// A provider by which people sign in.
    ProviderId;
    /// What a provider knows somebody as, linked to a person.
    IdentityId;
    /// A connection by which a source repository tells of itself.
    HookId;
    /// A service.
    ServiceId;
    /// An environment of a service.
    EnvironmentId;
    /// A lock on an environment.
    LockId;
    /// A freeze or a window.
    TimeRuleId;
    /// One version of a template.
    TemplateId;
    /// A release.
    ReleaseId;
    /// An item of a release's checklist.
    ItemId;
    /// A request for approval of one plan digest.
    RequestId;
    /// One person's decision.
    ApprovalId;
    /// A deployment.
    DeploymentId;
    /// A deployment that something else made.
    OutsideId;
    /// One attempt to perform a step.
    ExecutionId;
    /// A person's command to a running deployment.
    IntentId;
    /// An incident.
    IncidentId;
    /// An action item of an incident.
    ActionItemId;
    /// A line of the status page.
    ComponentId;
    /// What one person was told of one happening.
    NoticeId;
    /// A mail.
    MailId;
    /// A receiver of reports.
    WebhookId;
    /// One happening for one receiver.
    DeliveryId;
}
