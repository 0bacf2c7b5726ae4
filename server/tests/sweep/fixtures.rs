//! One of each thing, so that a call reaches the question whether it is allowed.

use crate::application::{Application, Session};
use crate::as_whom::{Admin, Engineer, PASSWORD, address, join, release_form, service_form, settings};
use domain::access::{Actor, Role, Scope, TokenForm, TokenScope};
use domain::freeze::{OnRun, Place, Schedule, TimeForm, TimeKind};
use domain::id::{
    ActionItemId, DeploymentId, EnvironmentId, InvitationId, ItemId, PersonId, ReleaseId, RequestId, TeamId,
    TimeRuleId, TokenId, WebhookId,
};
use domain::identity::{ProviderForm, ProviderKind};
use domain::incident::{IncidentForm, Severity};
use domain::service::Service;
use domain::webhook::{Form, Kind, WebhookForm};
use store::{Db, Vault, access};

/// What is there, and who.
pub struct Fixtures {
    /// One person of each role; the engineer owns nothing.
    people: Vec<(Role, Actor)>,
    pub service: Service,
    pub development: EnvironmentId,
    /// Locked by the administrator.
    pub held: EnvironmentId,
    pub release: ReleaseId,
    pub item: ItemId,
    pub request: RequestId,
    pub digest: String,
    pub deployment: DeploymentId,
    pub number: i64,
    pub incident: i64,
    pub action: ActionItemId,
    pub invitation: InvitationId,
    pub webhook: WebhookId,
    /// A freeze of the whole instance, far ahead.
    pub time: TimeRuleId,
    /// Another, which may be ended.
    pub ended_time: TimeRuleId,
    /// What no row has.
    pub nothing: uuid::Uuid,
    /// Somebody whom the calls about people are about.
    pub bystander: PersonId,
    pub production: EnvironmentId,
    /// Gives the role engineer on the service.
    pub team: TeamId,
    pub account: PersonId,
    /// Viewers who are more by a team: an engineer on the service, an approver in its production.
    by_teams: Vec<(&'static str, Actor)>,
    token: String,
    /// The bystander's access token.
    pub access_token: TokenId,
}

/// Every page's address, and what stands in it here.
const ADDRESSES: &[&str] = &[
    "/",
    "/search",
    "/more",
    "/help",
    "/help/components",
    "/login",
    "/login/code",
    "/profile/second-factor",
    "/confirm",
    "/setup",
    "/invite/{token}",
    "/forgot",
    "/reset/{token}",
    "/notices",
    "/profile/notices",
    "/administration/webhooks",
    "/administration/webhooks/{id}",
    "/administration/jobs",
    "/profile",
    "/profile/sign-in",
    "/profile/sessions",
    "/administration/sign-in",
    "/profile/tokens",
    "/administration/tokens",
    "/people",
    "/administration/secrets",
    "/administration/audit",
    "/people/{id}/leave",
    "/profile/access",
    "/administration/teams",
    "/administration/teams/{id}",
    "/administration/service-accounts",
    "/administration/access",
    "/administration/health",
    "/services",
    "/services/new",
    "/services/import",
    "/services/{name}",
    "/services/{name}/edit",
    "/services/{name}/environments/{environment}",
    "/releases",
    "/releases/new",
    "/releases/{service}/{version}",
    "/releases/{service}/{version}/edit",
    "/stop",
    "/calendar",
    "/calendar/new",
    "/calendar/{id}",
    "/deployments",
    "/deployments/{number}",
    "/deployments/{number}/abort",
    "/deployments/{number}/roll-back",
    "/incidents",
    "/incidents/new",
    "/incidents/{number}",
];

pub const SERVICE: &str = "storefront";
pub const VERSION: &str = "1.2.3";
/// A provider that does not answer.
pub const PROVIDER: &str = "company";
/// A service that may be removed.
pub const SPARE: &str = "spare";

impl Fixtures {
    pub fn addresses() -> &'static [&'static str] {
        ADDRESSES
    }

    pub async fn make(db: &Db) -> Fixtures {
        let admin = Admin::sets_up(db).await;
        let owner = Engineer::join(db, &admin, "Olga").await;
        let mut people = vec![(Role::Admin, (*admin).clone())];
        for role in [Role::Viewer, Role::Support, Role::Engineer, Role::Approver] {
            people.push((role, join(db, &admin, role.key(), role).await));
        }
        let bystander = join(db, &admin, "Bystander", Role::Viewer).await;
        let form = TokenForm {
            name: "Somebody's".into(),
            scopes: vec![TokenScope::Read],
            days: 30,
        };
        access::make_token(db, &bystander, &form).await.expect("is made");
        let access_token = access::own_tokens(db, &bystander).await.expect("a list").0[0].id;
        let bystander = bystander.id;
        let token = access::invite(db, &admin, "guest@example.com", Role::Viewer)
            .await
            .expect("is invited");
        let invitation = access::invitation(db, &token).await.expect("is open").id;

        let reports = WebhookForm {
            name: "Chat".into(),
            form: Form::Slack,
            url: "http://127.0.0.1:1/".into(),
            kinds: vec![Kind::IncidentOpened],
            services: Vec::new(),
            row_version: 1,
        };
        let vault = Vault::from_text(&"ab".repeat(32)).expect("a key");
        let webhook = store::webhook::add(db, &vault, &admin, &reports)
            .await
            .expect("is added")
            .id;

        let time = store::freeze::set(db, &admin, &far_ahead("Year end"))
            .await
            .expect("is set");
        let ended_time = store::freeze::set(db, &admin, &far_ahead("Audit"))
            .await
            .expect("is set");

        store::service::create(db, &admin, &service_form(SERVICE, &owner))
            .await
            .expect("is set up");
        store::service::create(db, &admin, &service_form(SPARE, &owner))
            .await
            .expect("is set up");
        let owner = owner.again(db).await;
        let page = store::service::page(db, &admin, SERVICE).await.expect("a page");
        let environment = |name: &str| {
            let found = page.environments.iter().find(|state| state.environment.name == name);
            found.expect("an environment").environment.clone()
        };
        let (development, production) = (environment("development"), environment("production"));
        let staging = environment("staging");
        store::service::lock(db, &admin, staging.id, "Nobody deploys here", None)
            .await
            .expect("is locked");
        for one in [&development, &production] {
            store::service::save_settings(db, &admin, one.id, one.row_version, &settings())
                .await
                .expect("is saved");
        }

        let provider = ProviderForm {
            slug: PROVIDER.into(),
            issuer: "http://127.0.0.1:1".into(),
            client_id: "slipway".into(),
            ..ProviderForm::new(ProviderKind::Oidc)
        };
        let vault = store::Vault::from_text(&store::Vault::new_key()).expect("a key");
        access::save_provider(db, &admin, &vault, &provider)
            .await
            .expect("is kept");

        let release = store::release::create(db, &owner, SERVICE, &release_form(VERSION))
            .await
            .expect("is planned");
        let request = store::gate::request_approval(db, &owner, release, production.id)
            .await
            .expect("is asked for");
        let deployment = store::deployment::request(db, &owner, release, development.id)
            .await
            .expect("is queued");
        let number = store::deployment::number(db, &owner, deployment)
            .await
            .expect("a number");
        let plan = store::release::page(db, &owner, SERVICE, VERSION)
            .await
            .expect("a page");
        let asked = plan
            .environments
            .iter()
            .find(|one| one.environment.id == production.id)
            .expect("production");

        let on = Scope::Service(page.service.id);
        let (team, engineer) = by_team(db, &admin, "Planners", Role::Engineer, on).await;
        let (_, approver) = by_team(db, &admin, "Board", Role::Approver, production.scope()).await;
        let account = access::create_service_account(db, &admin, "deploy-bot", "Deploys", Role::Viewer)
            .await
            .expect("is made");

        let form = IncidentForm {
            title: "Orders fail".into(),
            public_title: String::new(),
            severity: Severity::Low,
            what_happened: String::new(),
            impact: String::new(),
            root_cause: String::new(),
            resolution: String::new(),
            lessons: String::new(),
            started_at: "2026-01-15T10:00:00Z".parse().expect("a moment"),
            row_version: 0,
        };
        let incident = store::incident::open(db, &admin, SERVICE, None, &form)
            .await
            .expect("is opened");
        store::incident::add_action(db, &admin, incident, "Watch the orders", "")
            .await
            .expect("is added");
        let opened = store::incident::page(db, &admin, incident).await.expect("a page");
        Fixtures {
            people,
            service: page.service.clone(),
            development: development.id,
            held: staging.id,
            release,
            item: plan.items[0].id,
            request,
            digest: asked.digest.to_string(),
            deployment,
            number,
            incident,
            action: opened.actions[0].id,
            invitation,
            webhook,
            time,
            ended_time,
            nothing: uuid::Uuid::nil(),
            bystander,
            production: production.id,
            team,
            account,
            by_teams: vec![("Planners", engineer), ("Board", approver)],
            token,
            access_token,
        }
    }

    /// The person of a role.
    pub fn actor(&self, role: Role) -> &Actor {
        let (_, actor) = self
            .people
            .iter()
            .find(|(one, _)| *one == role)
            .expect("a person of each role");
        actor
    }

    /// A session of each role's person, signed in through the door; the administrator last, who may change most.
    pub async fn sessions(&self, app: &Application) -> Vec<(Role, Session)> {
        let mut sessions = Vec::new();
        for role in Role::ALL {
            let name = if role == Role::Admin { "Ada" } else { role.key() };
            sessions.push((role, app.sign_in(&address(name), PASSWORD).await));
        }
        sessions
    }

    /// Everybody who calls functions: a person of each role, those who are more by a team behind the first. Name, rights, session.
    pub async fn callers(&self, app: &Application) -> Vec<(String, Actor, Session)> {
        let mut callers = Vec::new();
        for (role, session) in self.sessions(app).await {
            callers.push((format!("{role:?}"), self.actor(role).clone(), session));
        }
        for (place, (team, actor)) in (1..).zip(&self.by_teams) {
            let session = app.sign_in(&address(&member_of(team)), PASSWORD).await;
            callers.insert(place, (member_of(team), actor.clone(), session));
        }
        callers
    }

    /// A page's address with what there is.
    pub fn fill(&self, page: &str) -> String {
        let number = if page.starts_with("/incidents") {
            self.incident
        } else {
            self.number
        };
        let id = if page.starts_with("/people") {
            self.bystander.to_string()
        } else if page.starts_with("/calendar") {
            self.time.to_string()
        } else if page.contains("/webhooks") {
            self.webhook.to_string()
        } else {
            self.team.to_string()
        };
        page.replace("{name}", SERVICE)
            .replace("{id}", &id)
            .replace("{service}", SERVICE)
            .replace("{environment}", "production")
            .replace("{version}", VERSION)
            .replace("{number}", &number.to_string())
            .replace("{token}", &self.token)
            .replace("{provider}", PROVIDER)
    }
}

/// The one member of a team.
fn member_of(team: &str) -> String {
    format!("of-{team}")
}

/// A team that gives a role somewhere, and a viewer who is in it.
async fn by_team(db: &Db, admin: &Admin, name: &str, role: Role, on: Scope) -> (TeamId, Actor) {
    let viewer = join(db, admin, &member_of(name), Role::Viewer).await;
    let team = access::create_team(db, admin, name, "").await.expect("is made");
    access::add_member(db, admin, team, viewer.id).await.expect("is added");
    access::give_role(db, admin, team, role, on).await.expect("is given");
    let known = access::actor(db, viewer.id).await.expect("an answer");
    (team, known.expect("an active account"))
}

/// A freeze of everything that holds nothing now.
fn far_ahead(name: &str) -> TimeForm {
    TimeForm {
        kind: TimeKind::Freeze,
        name: name.into(),
        reason: "Nobody is there".into(),
        place: Place::Instance,
        schedule: Schedule {
            zone: "UTC".into(),
            from: "2099-12-20T18:00:00".parse().expect("a time"),
            to: "2099-12-30T06:00:00".parse().expect("a time"),
            rule: String::new(),
        },
        on_run: OnRun::Hold,
        row_version: 0,
    }
}
