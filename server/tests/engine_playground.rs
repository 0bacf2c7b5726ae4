//! The engine against the playground: its commands, its gateways, its visitors, its metrics.

#![allow(clippy::unwrap_used, reason = "a panic is the failure that a test is for")]

#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "playground/system.rs"]
mod system;

#[path = "../store/tests/as_whom/mod.rs"]
mod as_whom;

use as_whom::{Admin, release_form};
use domain::deployment::{DeploymentPage, Outcome, State};
use domain::id::{DeploymentId, EnvironmentId};
use domain::release::{Artifact, ReleaseForm};
use domain::service::{
    CanaryStep, CommandTarget, EnvironmentForm, MetricSource, Policy, ServiceForm, Settings, Strategy, Target, Tier,
};
use server::playground::catalogue;
use std::collections::BTreeMap;
use store::{Db, deployment, release, service};
use system::{System, eventually};
use tokio_util::sync::CancellationToken;

const SERVICE: &str = "storefront";

struct World {
    db: Db,
    admin: Admin,
    system: System,
    production: EnvironmentId,
    shutdown: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl World {
    async fn new(db: Db) -> World {
        store::release::seed_templates(&db).await.unwrap();
        let admin = Admin::sets_up(&db).await;
        let system = System::up(&["--rps", "60"]).await;
        let form = ServiceForm {
            name: SERVICE.into(),
            owners: vec![admin.id],
            customer_facing: true,
            environments: vec![EnvironmentForm {
                id: None,
                name: "production".into(),
                tier: Tier::Production,
            }],
            ..ServiceForm::default()
        };
        service::create(&db, &admin, &form).await.unwrap();
        let page = service::page(&db, &admin, SERVICE).await.unwrap();
        let made = &page.environments[0].environment;
        service::save_settings(&db, &admin, made.id, made.row_version, &settings(&system))
            .await
            .unwrap();
        service::save_policy(&db, &admin, made.id, made.policy_version, &Policy::default())
            .await
            .unwrap();
        let shutdown = CancellationToken::new();
        tokio::spawn(engine::run(
            db.clone(),
            engine::EngineConfig::default(),
            shutdown.clone(),
        ));
        World {
            production: made.id,
            db,
            admin,
            system,
            shutdown,
        }
    }

    async fn deploy(&self, version: &str) -> DeploymentId {
        let published = catalogue::samples()
            .into_iter()
            .find(|one| one.version == version)
            .unwrap();
        let artifact = Artifact {
            reference: published.reference(),
            digest: published.digest.clone(),
        };
        let form = ReleaseForm {
            artifact,
            ..release_form(version)
        };
        let release = release::create(&self.db, &self.admin, SERVICE, &form).await.unwrap();
        deployment::request(&self.db, &self.admin, release, self.production)
            .await
            .unwrap()
    }

    async fn ends(&self, id: DeploymentId) -> DeploymentPage {
        let number = deployment::number(&self.db, &self.admin, id).await.unwrap();
        eventually("the deployment ends", async || {
            let page = deployment::page(&self.db, &self.admin, number).await.unwrap();
            page.deployment.run.state.terminal().then_some(page)
        })
        .await
    }

    /// What production runs, and that no key reached it twice.
    async fn runs(&self) -> (String, Option<String>, u64) {
        let mut begun: BTreeMap<String, u32> = BTreeMap::new();
        for line in self.system.run(&["journal"]).await.lines {
            let entry: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_ne!(entry["kind"], "repeated", "{line}");
            if entry["kind"] == "begun" {
                *begun
                    .entry(format!("{} {}", entry["command"], entry["key"]))
                    .or_default() += 1;
            }
        }
        assert!(begun.values().all(|count| *count == 1), "{begun:#?}");
        let seen = self.system.production(&["status"]).await;
        let text = |field: &str| seen[field].as_str().map(str::to_owned);
        (
            text("version").unwrap(),
            text("canary_version"),
            seen["weight"].as_u64().unwrap(),
        )
    }
}

fn settings(system: &System) -> Settings {
    let folder = system.state.path().to_string_lossy().into_owned();
    let argv = |words: &[&str]| -> Vec<String> {
        let program = [env!("CARGO_BIN_EXE_slipway"), "playground"];
        program
            .iter()
            .chain(words)
            .chain(&["--state", &folder])
            .map(|word| (*word).to_owned())
            .collect()
    };
    let target = CommandTarget {
        deploy: argv(&["deploy", "--variant", "stable"]),
        canary: argv(&["deploy", "--variant", "canary"]),
        weight: argv(&["weight"]),
        promote: argv(&["promote"]),
        rollback: argv(&["rollback"]),
        status: argv(&["status"]),
        timeout_s: 60,
        ..CommandTarget::default()
    };
    let metrics = |variant: &str| system.address("admin", &format!("/_gateway/metrics/{variant}"));
    let analysis = domain::analysis::AnalysisRules {
        interval_s: 1,
        ..Default::default()
    };
    Settings {
        target: Target::Command(target),
        strategy: Strategy::Canary {
            steps: [25, 100].map(|weight| CanaryStep { weight, wait_s: 4 }).to_vec(),
        },
        source: MetricSource::scrape(metrics("stable"), metrics("canary"), 1),
        analysis,
        check_s: 3,
        bake_s: 0,
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_good_version_arrives_and_a_bad_one_is_taken_back(db: Db) {
    let world = World::new(db).await;
    let good = world.ends(world.deploy("1.3.0").await).await;
    assert_eq!(
        good.deployment.run.state,
        State::Succeeded,
        "{:#?}",
        good.deployment.run
    );
    assert_eq!(world.runs().await, ("1.3.0".into(), None, 0));

    let bad = world.ends(world.deploy("1.4.0").await).await;
    assert!(
        matches!(bad.deployment.run.outcome, Some(Outcome::JudgedBad { .. })),
        "{:#?}",
        bad.deployment.run
    );
    let back = world.ends(bad.children[0].id).await;
    assert_eq!(
        back.deployment.run.state,
        State::Succeeded,
        "{:#?}",
        back.deployment.run
    );
    assert_eq!(world.runs().await, ("1.3.0".into(), None, 0));
    assert!(bad.incident.is_some() && bad.lock.is_some());
}
