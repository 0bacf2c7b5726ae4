//! One of each thing, so that a call reaches the question whether it is allowed.

use crate::application::{Application, Session};
use crate::as_whom::{Admin, Engineer, PASSWORD, address, join, release_form, service_form, settings};
use domain::access::{Actor, Role, TokenForm, TokenScope};
use domain::id::{
    ActionItemId, DeploymentId, EnvironmentId, InvitationId, ItemId, PersonId, ReleaseId, RequestId, TokenId,
};
use domain::incident::{IncidentForm, Severity};
use domain::service::Service;
use store::{Db, access};

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
    /// Somebody whom the calls about people are about.
    pub bystander: PersonId,
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
    "/setup",
    "/invite/{token}",
    "/profile",
    "/profile/tokens",
    "/administration/tokens",
    "/people",
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
            bystander,
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

    /// A page's address with what there is.
    pub fn fill(&self, page: &str) -> String {
        let number = if page.starts_with("/incidents") {
            self.incident
        } else {
            self.number
        };
        page.replace("{name}", SERVICE)
            .replace("{service}", SERVICE)
            .replace("{environment}", "production")
            .replace("{version}", VERSION)
            .replace("{number}", &number.to_string())
            .replace("{token}", &self.token)
    }
}
