//! Notices: what a person is told of a happening, who is told, and by which way.

use crate::access::By;
use crate::deployment::{Outcome, Pause, Trigger};
use crate::event::Event;
use crate::id::{NoticeId, PersonId, WebhookId};
use crate::incident::{IncidentState, Severity};
use crate::release::Decision;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What sort of notice it is: what people choose by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody asks for your approval.
    ApprovalAsked,
    /// A plan changed, and what was approved is void.
    ApprovalVoided,
    /// Somebody decided on what you asked for.
    Decided,
    /// A deployment can't go on by itself.
    NeedsPerson,
    /// A deployment is taken back.
    TakenBack,
    IncidentOpened,
    IncidentUpdated,
    /// A webhook was stopped because nothing reached its receiver for days.
    WebhookStopped,
    /// Somebody changed by what you sign in.
    AccountChanged,
}

impl Kind {
    /// All kinds, what asks something of somebody first.
    pub const ALL: [Kind; 9] = [
        Kind::ApprovalAsked,
        Kind::NeedsPerson,
        Kind::TakenBack,
        Kind::IncidentOpened,
        Kind::IncidentUpdated,
        Kind::Decided,
        Kind::ApprovalVoided,
        Kind::WebhookStopped,
        Kind::AccountChanged,
    ];

    /// The word by which it is stored and posted.
    pub fn key(self) -> &'static str {
        match self {
            Kind::ApprovalAsked => "approval_asked",
            Kind::ApprovalVoided => "approval_voided",
            Kind::Decided => "decided",
            Kind::NeedsPerson => "needs_person",
            Kind::TakenBack => "taken_back",
            Kind::IncidentOpened => "incident_opened",
            Kind::IncidentUpdated => "incident_updated",
            Kind::WebhookStopped => "webhook_stopped",
            Kind::AccountChanged => "account_changed",
        }
    }

    /// The kind with this word.
    pub fn from_key(key: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// How somebody is told who has chosen nothing: by mail as well where a person is waited for.
    pub fn usual_way(self) -> Way {
        match self {
            Kind::ApprovalAsked
            | Kind::NeedsPerson
            | Kind::TakenBack
            | Kind::IncidentOpened
            | Kind::WebhookStopped
            | Kind::AccountChanged => Way::Mail,
            Kind::ApprovalVoided | Kind::Decided | Kind::IncidentUpdated => Way::Bell,
        }
    }
}

/// How somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    None,
    Bell,
    /// By mail, and in the bell.
    Mail,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::Mail, Way::Bell, Way::None];

    pub fn key(self) -> &'static str {
        match self {
            Way::None => "none",
            Way::Bell => "bell",
            Way::Mail => "mail",
        }
    }

    pub fn from_key(key: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.key() == key)
    }
}

/// What happened, as far as the person is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    ApprovalAsked,
    ApprovalVoided {
        count: u32,
    },
    Decided {
        decision: Decision,
    },
    Paused {
        pause: Pause,
    },
    /// It ended, and what it should have brought is not there.
    Failed,
    TakenBack {
        trigger: Trigger,
    },
    IncidentOpened {
        severity: Severity,
    },
    IncidentState {
        to: IncidentState,
    },
    IncidentSeverity {
        to: Severity,
    },
    StatusPublished {
        state: IncidentState,
    },
    WebhookStopped,
    /// An administrator removed your second factor.
    SecondFactorRemoved,
}

impl What {
    pub fn kind(&self) -> Kind {
        match self {
            What::ApprovalAsked => Kind::ApprovalAsked,
            What::ApprovalVoided { .. } => Kind::ApprovalVoided,
            What::Decided { .. } => Kind::Decided,
            What::Paused { .. } | What::Failed => Kind::NeedsPerson,
            What::TakenBack { .. } => Kind::TakenBack,
            What::IncidentOpened { .. } => Kind::IncidentOpened,
            What::IncidentState { .. } | What::IncidentSeverity { .. } | What::StatusPublished { .. } => {
                Kind::IncidentUpdated
            }
            What::WebhookStopped => Kind::WebhookStopped,
            What::SecondFactorRemoved => Kind::AccountChanged,
        }
    }
}

/// What it is about: enough to name it and to lead there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum About {
    Release {
        service: String,
        version: String,
        environment: String,
    },
    Deployment {
        number: i64,
        service: String,
        version: String,
        environment: String,
    },
    Incident {
        number: i64,
        service: String,
        title: String,
    },
    Webhook {
        id: WebhookId,
        name: String,
    },
    /// The reader's own account.
    Account,
}

impl About {
    /// The page about it, from the address of the instance on.
    pub fn path(&self) -> String {
        match self {
            About::Release { service, version, .. } => format!("/releases/{service}/{version}"),
            About::Deployment { number, .. } => format!("/deployments/{number}"),
            About::Incident { number, .. } => format!("/incidents/{number}"),
            About::Webhook { id, .. } => format!("/administration/webhooks/{id}"),
            About::Account => "/profile/second-factor".to_owned(),
        }
    }
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub what: What,
    pub about: About,
    pub by: By,
}

/// A notice as its reader finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub id: NoticeId,
    pub notice: Notice,
    pub at: DateTime<Utc>,
    pub read: bool,
}

/// Who has to do with what happened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    pub owners: Vec<PersonId>,
    pub stakeholders: Vec<PersonId>,
    /// Who holds a role that approves in the environment.
    pub approvers: Vec<PersonId>,
    /// Who changed what the plan covers: their approval does not count.
    pub editors: Vec<PersonId>,
    /// Who asked for the approval or for the deployment.
    pub requester: Option<PersonId>,
    /// Who planned the release.
    pub author: Option<PersonId>,
    /// Who has decided on the request.
    pub deciders: Vec<PersonId>,
    /// How bad the incident is.
    pub severity: Option<Severity>,
}

/// What an event means to people who are told; nothing for most events.
pub fn what(event: &Event, facts: &Facts) -> Option<What> {
    match event {
        Event::ApprovalRequested { .. } => Some(What::ApprovalAsked),
        Event::ApprovalsVoided { count, .. } => Some(What::ApprovalVoided { count: *count }),
        Event::Decided { decision, .. } => Some(What::Decided { decision: *decision }),
        // Somebody paused it, and knows.
        Event::Paused {
            pause: Pause::Person { .. },
        } => None,
        Event::Paused { pause } => Some(What::Paused { pause: pause.clone() }),
        Event::TakingBack { trigger } => Some(What::TakenBack {
            trigger: trigger.clone(),
        }),
        Event::Ended {
            outcome: Outcome::CommandFailed { .. } | Outcome::NotHealthy { .. },
        } => Some(What::Failed),
        Event::IncidentOpened { .. } => Some(What::IncidentOpened {
            severity: facts.severity?,
        }),
        Event::IncidentStateChanged { to } => Some(What::IncidentState { to: *to }),
        Event::IncidentSeverityChanged { to } => Some(What::IncidentSeverity { to: *to }),
        Event::StatusPublished { state } => Some(What::StatusPublished { state: *state }),
        _ => None,
    }
}

/// Whether an event may concern anybody, before anything is read: most do not.
pub fn may_concern(event: &Event) -> bool {
    let severity = Some(Severity::Low);
    what(
        event,
        &Facts {
            severity,
            ..Facts::default()
        },
    )
    .is_some()
}

/// Who is told. Never who did it: they know.
pub fn recipients(what: &What, facts: &Facts, by: By) -> Vec<PersonId> {
    let mut people: BTreeSet<PersonId> = BTreeSet::new();
    match what {
        What::ApprovalAsked => {
            people.extend(&facts.approvers);
            for person in facts.editors.iter().chain(&facts.requester) {
                people.remove(person);
            }
        }
        What::ApprovalVoided { .. } => {
            people.extend(&facts.deciders);
            people.extend(facts.requester);
        }
        What::Decided { .. } => people.extend(facts.requester.into_iter().chain(facts.author)),
        What::Paused { .. } | What::Failed | What::TakenBack { .. } => {
            people.extend(facts.requester.into_iter().chain(facts.author));
            people.extend(&facts.owners);
        }
        What::IncidentOpened { .. }
        | What::IncidentState { .. }
        | What::IncidentSeverity { .. }
        | What::StatusPublished { .. } => {
            people.extend(&facts.owners);
            people.extend(&facts.stakeholders);
        }
        // Whose account it is owns it.
        What::WebhookStopped | What::SecondFactorRemoved => people.extend(&facts.owners),
    }
    if let Some(doer) = by.person() {
        people.remove(&doer);
    }
    people.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RequestId;
    use crate::plan::PlanDigest;
    use uuid::Uuid;

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn facts() -> Facts {
        Facts {
            owners: vec![person(1), person(2)],
            stakeholders: vec![person(2), person(3)],
            approvers: vec![person(1), person(4), person(5), person(6)],
            editors: vec![person(5)],
            requester: Some(person(6)),
            author: Some(person(5)),
            deciders: vec![person(4)],
            severity: Some(Severity::High),
        }
    }

    #[test]
    fn whose_approval_would_not_count_is_not_asked() {
        let asked = recipients(&What::ApprovalAsked, &facts(), By::Person(person(6)));
        assert_eq!(asked, [person(1), person(4)]);
    }

    #[test]
    fn nobody_is_told_of_their_own_deed() {
        let decided = What::Decided {
            decision: Decision::Approve,
        };
        assert_eq!(recipients(&decided, &facts(), By::Person(person(5))), [person(6)]);
        assert_eq!(recipients(&decided, &facts(), By::Engine), [person(5), person(6)]);
        let opened = What::IncidentOpened {
            severity: Severity::High,
        };
        assert_eq!(
            recipients(&opened, &facts(), By::Person(person(2))),
            [person(1), person(3)]
        );
    }

    #[test]
    fn a_void_approval_is_told_to_who_gave_it_and_to_who_asked() {
        let void = What::ApprovalVoided { count: 1 };
        assert_eq!(
            recipients(&void, &facts(), By::Person(person(5))),
            [person(4), person(6)]
        );
    }

    #[test]
    fn a_pause_on_purpose_needs_nobody() {
        let by = person(1);
        let on_purpose = Event::Paused {
            pause: Pause::Person {
                by,
                reason: "Lunch".into(),
            },
        };
        let unclear = Event::Paused {
            pause: Pause::Inconclusive {
                metrics: vec!["error_rate".into()],
            },
        };
        assert!(!may_concern(&on_purpose));
        assert!(may_concern(&unclear));
        assert!(!may_concern(&Event::SignedIn));
        assert!(may_concern(&Event::ApprovalRequested {
            request: RequestId(Uuid::nil()),
            environment: "production".into(),
            digest: PlanDigest([0; 32]),
        }));
    }

    #[test]
    fn words_lead_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_key(kind.key()), Some(kind));
        }
        for way in Way::ALL {
            assert_eq!(Way::from_key(way.key()), Some(way));
        }
    }
}
