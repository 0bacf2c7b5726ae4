//! Who may do what: the permission table as data, and the one question that every use case asks.

mod account;
mod explain;
mod leaving;
mod proof;
mod second_factor;
mod session;
mod team;
mod token;

pub use account::{ServiceAccount, check_account};
pub use explain::{AskedToken, Explanation, Ground, PersonAccess, Source, explain};
pub use leaving::{Handover, HeldRequest, HeldService, Holdings, OpenIncident, Standing};
pub use proof::{PROOF_MINUTES, Proof, WaysToProve, proof};
pub use second_factor::{
    DIGITS, Enrolment, FactorState, OwnFactor, RECOVERY_CODES, SKEW, STEP_S, by_time, shown, tidied,
};
pub use session::{OpenSession, browser};
pub use team::{Place, Team, TeamGrant, TeamLine, TeamPage, TeamRole, check_team};
pub use token::{AccessToken, ByToken, TOKEN_DAYS, TokenForm, TokenScope, TokenState, TokenUse, usable};

use crate::id::{EnvironmentId, PersonId, ServiceId};
use serde::{Deserialize, Serialize};

/// What a person is on this instance. Each later role is listed by the table, none is implied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Viewer,
    Support,
    Engineer,
    Approver,
    Admin,
}

impl Role {
    /// All roles, in the order of the table's columns.
    pub const ALL: [Role; 5] = [Role::Viewer, Role::Support, Role::Engineer, Role::Approver, Role::Admin];

    /// The word by which the role is stored and posted.
    pub fn key(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Support => "support",
            Role::Engineer => "engineer",
            Role::Approver => "approver",
            Role::Admin => "admin",
        }
    }

    /// The role with this word.
    pub fn from_key(key: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.key() == key)
    }
}

/// What can be done. A use case asks for exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Read releases, deployments, logs, incidents, insights, services and people's names.
    Read,
    /// Change one's own profile, and end one's own sessions.
    KeepProfile,
    /// Comment; acknowledge a support brief.
    Comment,
    /// Open and edit incidents.
    EditIncident,
    /// Publish a status update.
    PublishStatus,
    /// Create and edit releases.
    PlanRelease,
    /// Tick a checklist item, or mark it not applicable.
    TickItem,
    /// Ask for approval of a plan.
    RequestApproval,
    /// Deploy what all gates pass.
    Deploy,
    /// Pause, resume, promote, abort, roll back.
    Steer,
    /// Approve or reject.
    Approve,
    /// Set a freeze.
    Freeze,
    /// Lift somebody else's lock.
    LiftLock,
    /// Override a gate, with a reason.
    Override,
    /// Name, repository, people and environments of a service.
    ManageService,
    /// The command, the metric source and the strategy of an environment.
    ManageTarget,
    /// Who must approve, and which rules hold.
    ManagePolicy,
    /// Templates.
    ManageTemplate,
    /// People, roles and invitations.
    ManagePeople,
    /// Settings of the instance; the sample workspace.
    ManageInstance,
}

/// A cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    No,
    /// Only for services that the person owns.
    Own,
    Yes,
}

use Grant::{No, Own, Yes};

/// The permission table: an action, then its cell for each of [`Role::ALL`].
pub const TABLE: &[(Action, [Grant; 5])] = &[
    (Action::Read, [Yes, Yes, Yes, Yes, Yes]),
    (Action::KeepProfile, [Yes, Yes, Yes, Yes, Yes]),
    (Action::Comment, [No, Yes, Yes, Yes, Yes]),
    (Action::EditIncident, [No, Yes, Yes, Yes, Yes]),
    (Action::PublishStatus, [No, Yes, Yes, Yes, Yes]),
    (Action::PlanRelease, [No, No, Yes, Yes, Yes]),
    (Action::TickItem, [No, No, Yes, Yes, Yes]),
    (Action::RequestApproval, [No, No, Yes, Yes, Yes]),
    (Action::Deploy, [No, No, Yes, Yes, Yes]),
    (Action::Steer, [No, No, Yes, Yes, Yes]),
    (Action::Approve, [No, No, No, Yes, Yes]),
    (Action::Freeze, [No, No, No, Yes, Yes]),
    (Action::LiftLock, [No, No, No, Yes, Yes]),
    (Action::Override, [No, No, No, Yes, Yes]),
    (Action::ManageService, [No, No, Own, No, Yes]),
    (Action::ManageTarget, [No, No, No, No, Yes]),
    (Action::ManagePolicy, [No, No, No, No, Yes]),
    (Action::ManageTemplate, [No, No, Own, No, Yes]),
    (Action::ManagePeople, [No, No, No, No, Yes]),
    (Action::ManageInstance, [No, No, No, No, Yes]),
];

/// The table's cell. An action that the table forgot is granted to nobody.
pub fn grant(role: Role, action: Action) -> Grant {
    let column = role as usize;
    TABLE
        .iter()
        .find(|(listed, _)| *listed == action)
        .map_or(No, |(_, cells)| cells[column])
}

/// On what an action is done, or where a role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Instance,
    Service(ServiceId),
    Environment {
        service: ServiceId,
        environment: EnvironmentId,
    },
}

/// Who did something, as it is kept: people by id only, since names live in one erasable row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Person(PersonId),
    /// A program, by a token of this person's.
    Token(ByToken),
    /// The engine, that is: the machine decided.
    Engine,
    /// The instance itself, at set-up.
    System,
}

impl By {
    /// The person who answers for it, if it was one.
    pub fn person(self) -> Option<PersonId> {
        match self {
            By::Person(id) => Some(id),
            By::Token(by) => Some(by.person),
            By::Engine | By::System => None,
        }
    }
}

/// Who is asking: a signed-in, active person with what they may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub id: PersonId,
    /// The role on the whole instance.
    pub role: Role,
    /// Services that the person owns.
    pub owns: Vec<ServiceId>,
    /// Roles by teams, each where it holds.
    pub teams: Vec<TeamRole>,
    /// The token by which the person asks. It takes away, and never gives.
    pub token: Option<TokenUse>,
}

/// The answer "no", with what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{action:?} is not granted")]
pub struct Denied {
    pub action: Action,
}

impl Actor {
    /// A person with a role on the instance and nothing else.
    pub fn new(id: PersonId, role: Role, owns: Vec<ServiceId>) -> Actor {
        Actor {
            id,
            role,
            owns,
            teams: Vec::new(),
            token: None,
        }
    }

    /// May this person do that there?
    pub fn may(&self, action: Action, scope: Scope) -> Result<(), Denied> {
        let reached = self.token.as_ref().is_none_or(|token| token.reaches(action));
        if reached && self.roles_on(scope).any(|role| self.granted(role, action, scope)) {
            Ok(())
        } else {
            Err(Denied { action })
        }
    }

    fn granted(&self, role: Role, action: Action, scope: Scope) -> bool {
        match (grant(role, action), scope.service()) {
            (Yes, _) => true,
            (Own, Some(service)) => self.owns.contains(&service),
            // An engineer sets up a new service and owns it from then on.
            (Own, None) => action == Action::ManageService,
            (No, _) => false,
        }
    }

    /// May this person do that anywhere at all? For what leads to a choice of places; the use case asks for the place itself.
    pub fn may_somewhere(&self, action: Action) -> bool {
        let by_teams = self.teams.iter().map(|held| held.on);
        let owned = self.owns.iter().map(|service| Scope::Service(*service));
        std::iter::once(Scope::Instance)
            .chain(by_teams)
            .chain(owned)
            .any(|scope| self.may(action, scope).is_ok())
    }

    /// The roles that this person has there: the one on the instance first, then those by teams.
    pub fn roles_on(&self, scope: Scope) -> impl Iterator<Item = Role> {
        let by_teams = self.teams.iter().filter(move |held| held.on.covers(scope));
        std::iter::once(self.role).chain(by_teams.map(|held| held.role))
    }

    /// The actor as it is kept in an event.
    pub fn by(&self) -> By {
        match &self.token {
            Some(token) => By::Token(ByToken {
                token: token.id,
                person: self.id,
            }),
            None => By::Person(self.id),
        }
    }
}

/// A person as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub active: bool,
}

/// How a page looks for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The word by which the theme is stored and posted.
    pub fn key(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme with this word; anything else follows the system.
    pub fn from_key(key: &str) -> Theme {
        match key {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }
}

/// A time zone for showing times: UTC offsets over time, expanded natively because the rules know no zones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// IANA name, such as `Europe/Berlin`.
    pub name: String,
    /// From this moment on, this many minutes east of UTC. Sorted; the first entry holds before it too.
    pub offsets: Vec<(chrono::DateTime<chrono::Utc>, i32)>,
}

impl Default for Zone {
    fn default() -> Self {
        Zone {
            name: "UTC".into(),
            offsets: Vec::new(),
        }
    }
}

impl Zone {
    /// Minutes east of UTC at a moment.
    pub fn offset_minutes(&self, at: chrono::DateTime<chrono::Utc>) -> i32 {
        let later = self.offsets.partition_point(|(from, _)| *from <= at);
        self.offsets
            .get(later.saturating_sub(1))
            .map_or(0, |(_, minutes)| *minutes)
    }
}

/// The signed-in person's own view of themself: what the shell needs on each page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub person: Person,
    pub owns: Vec<ServiceId>,
    pub teams: Vec<TeamRole>,
    pub theme: Theme,
    pub zone: Zone,
}

impl Me {
    /// Me as somebody who asks.
    pub fn actor(&self) -> Actor {
        Actor {
            id: self.person.id,
            role: self.person.role,
            owns: self.owns.clone(),
            teams: self.teams.clone(),
            token: None,
        }
    }
}

/// An invitation that is still open, or has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: crate::id::InvitationId,
    pub email: String,
    pub role: Role,
    pub invited_by: PersonId,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub accepted_at: Option<chrono::DateTime<chrono::Utc>>,
    pub revoked_at: Option<chrono::DateTime<chrono::Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn actor(role: Role, owns: Vec<ServiceId>) -> Actor {
        Actor::new(PersonId(Uuid::from_u128(1)), role, owns)
    }

    #[test]
    fn an_engineer_manages_only_own_services_and_no_command() {
        let (own, other) = (ServiceId(Uuid::from_u128(2)), ServiceId(Uuid::from_u128(3)));
        let engineer = actor(Role::Engineer, vec![own]);
        assert!(engineer.may(Action::ManageService, Scope::Service(own)).is_ok());
        assert!(engineer.may(Action::ManageService, Scope::Service(other)).is_err());
        assert!(engineer.may(Action::ManageTarget, Scope::Service(own)).is_err());
        assert!(engineer.may(Action::ManagePolicy, Scope::Service(own)).is_err());
    }

    #[test]
    fn a_viewer_only_reads_and_keeps_their_own() {
        let viewer = actor(Role::Viewer, Vec::new());
        let granted: Vec<_> = TABLE
            .iter()
            .filter(|(action, _)| viewer.may(*action, Scope::Instance).is_ok())
            .map(|(a, _)| *a)
            .collect();
        assert_eq!(granted, vec![Action::Read, Action::KeepProfile]);
    }

    #[test]
    fn an_admin_may_everything() {
        let admin = actor(Role::Admin, Vec::new());
        assert!(
            TABLE
                .iter()
                .all(|(action, _)| admin.may(*action, Scope::Instance).is_ok())
        );
    }

    #[test]
    fn a_team_gives_a_role_where_it_holds_and_nowhere_else() {
        let (service, other) = (ServiceId(Uuid::from_u128(2)), ServiceId(Uuid::from_u128(3)));
        let on = |id| Scope::Environment {
            service,
            environment: EnvironmentId(Uuid::from_u128(id)),
        };
        let mut viewer = actor(Role::Viewer, Vec::new());
        let team = crate::id::TeamId(Uuid::from_u128(9));
        viewer.teams = vec![
            TeamRole {
                team,
                role: Role::Engineer,
                on: Scope::Service(service),
            },
            TeamRole {
                team,
                role: Role::Approver,
                on: on(5),
            },
        ];
        assert!(viewer.may(Action::PlanRelease, Scope::Service(service)).is_ok());
        assert!(
            viewer.may(Action::Deploy, on(4)).is_ok(),
            "a service covers its environments"
        );
        assert!(viewer.may(Action::PlanRelease, Scope::Service(other)).is_err());
        assert!(viewer.may(Action::PlanRelease, Scope::Instance).is_err());
        assert!(viewer.may(Action::Approve, on(5)).is_ok());
        assert!(viewer.may(Action::Approve, on(4)).is_err());
        assert!(viewer.may(Action::Approve, Scope::Service(service)).is_err());
    }

    #[test]
    fn a_token_only_takes_away() {
        let token = |scopes: &[TokenScope]| {
            Some(TokenUse {
                id: crate::id::TokenId(Uuid::from_u128(7)),
                scopes: scopes.to_vec(),
            })
        };
        for role in Role::ALL {
            let person = actor(role, Vec::new());
            let mut program = person.clone();
            program.token = token(&TokenScope::ALL);
            let mut reader = person.clone();
            reader.token = token(&[TokenScope::Read]);
            for (action, _) in TABLE {
                let may = person.may(*action, Scope::Instance).is_ok();
                assert_eq!(
                    program.may(*action, Scope::Instance).is_ok(),
                    may,
                    "{role:?} {action:?}"
                );
                assert_eq!(
                    reader.may(*action, Scope::Instance).is_ok(),
                    may && *action == Action::Read
                );
            }
            assert_eq!(program.by().person(), Some(person.id));
        }
    }

    #[test]
    fn a_zone_knows_summer_time() {
        let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().expect("a time");
        let zone = Zone {
            name: "Europe/Berlin".into(),
            offsets: vec![(at("2026-10-25T01:00:00Z"), 60), (at("2027-03-28T01:00:00Z"), 120)],
        };
        assert_eq!(zone.offset_minutes(at("2026-11-01T00:00:00Z")), 60);
        assert_eq!(zone.offset_minutes(at("2027-03-28T01:00:00Z")), 120);
        assert_eq!(Zone::default().offset_minutes(at("2027-03-28T01:00:00Z")), 0);
    }
}
