//! An instance with people, services that have one environment, and engines.

use crate::as_whom::{Admin, release_form};
use crate::target::Ground;
use domain::deployment::{DeploymentPage, State, Steer};
use domain::event::Event;
use domain::id::{DeploymentId, EnvironmentId};
use domain::service::{EnvironmentForm, Policy, ServiceForm, Settings, Tier};
use engine::EngineConfig;
use std::time::Duration;
use store::{Db, deployment, release, rollout, service};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// After so long a condition counts as never coming.
const NEVER: Duration = Duration::from_secs(120);

pub struct Instance {
    pub db: Db,
    pub admin: Admin,
    pub target: Ground,
}

/// An engine inside the test.
pub struct Engine {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Engine {
    pub fn start(db: &Db, config: EngineConfig) -> Engine {
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(engine::run(db.clone(), config, shutdown.clone()));
        Engine { shutdown, task }
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

/// An engine whose lease is short enough for a test to outwait.
pub fn config(owner: &str) -> EngineConfig {
    EngineConfig {
        owner: owner.into(),
        lease: Duration::from_secs(3),
        ..EngineConfig::default()
    }
}

impl Instance {
    pub async fn new(db: Db) -> Instance {
        store::release::seed_templates(&db).await.unwrap();
        let admin = Admin::sets_up(&db).await;
        Instance {
            db,
            admin,
            target: Ground::new().await,
        }
    }

    /// A service with one environment of this tier in which nothing is asked but a target.
    pub async fn service(&self, name: &str, tier: Tier, settings: Settings) -> EnvironmentId {
        let environment = EnvironmentForm {
            id: None,
            name: tier.key().into(),
            tier,
        };
        let form = ServiceForm {
            name: name.into(),
            owners: vec![self.admin.id],
            environments: vec![environment],
            customer_facing: true,
            ..ServiceForm::default()
        };
        service::create(&self.db, &self.admin, &form).await.unwrap();
        let page = service::page(&self.db, &self.admin, name).await.unwrap();
        let made = &page.environments[0].environment;
        service::save_settings(&self.db, &self.admin, made.id, made.row_version, &settings)
            .await
            .unwrap();
        let open = Policy::default();
        service::save_policy(&self.db, &self.admin, made.id, made.policy_version, &open)
            .await
            .unwrap();
        made.id
    }

    /// Plans a release and asks for its deployment.
    pub async fn deploy(&self, name: &str, version: &str, environment: EnvironmentId) -> DeploymentId {
        let release = release::create(&self.db, &self.admin, name, &release_form(version))
            .await
            .unwrap();
        deployment::request(&self.db, &self.admin, release, environment)
            .await
            .unwrap()
    }

    pub async fn page(&self, id: DeploymentId) -> DeploymentPage {
        let number = deployment::number(&self.db, &self.admin, id).await.unwrap();
        deployment::page(&self.db, &self.admin, number).await.unwrap()
    }

    pub async fn steer(&self, id: DeploymentId, act: Steer) {
        deployment::steer(&self.db, &self.admin, id, act).await.unwrap();
    }

    /// Waits until a deployment's page is as wanted.
    pub async fn until(&self, id: DeploymentId, wanted: impl Fn(&DeploymentPage) -> bool) -> DeploymentPage {
        let begun = Instant::now();
        loop {
            let page = self.page(id).await;
            if wanted(&page) {
                return page;
            }
            assert!(
                begun.elapsed() < NEVER,
                "it stays {:#?}\n{:#?}",
                page.deployment.run,
                page.executions
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn until_state(&self, id: DeploymentId, state: State) -> DeploymentPage {
        let ended = |page: &DeploymentPage| page.deployment.run.state == state || page.deployment.run.state.terminal();
        let page = self.until(id, ended).await;
        assert_eq!(page.deployment.run.state, state, "{:#?}", page.deployment.run);
        page
    }

    /// No two engines ever held the deployment at once, by Postgres's clock.
    pub async fn assert_held_by_one(&self, id: DeploymentId) -> usize {
        let held = rollout::history(&self.db, id).await.unwrap();
        for pair in held.windows(2) {
            assert!(
                pair[0].until <= pair[1].from && pair[0].fence < pair[1].fence,
                "{pair:#?}"
            );
        }
        held.len()
    }
}

/// Waits for a condition outside the database.
pub async fn until(what: &str, mut wanted: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !wanted() {
        assert!(begun.elapsed() < NEVER, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

pub fn happened(page: &DeploymentPage, wanted: impl Fn(&Event) -> bool) -> bool {
    page.events.iter().any(|happened| wanted(&happened.event))
}
