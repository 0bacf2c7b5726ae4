//! A small instance to test in: a service with its three environments, an engineer who owns it, and an approver.

use crate::as_whom::{Admin, Approver, Engineer, canary_settings, release_form, service_form, settings};
use domain::deployment::{Run, State};
use domain::event::{Event, Happened};
use domain::field::Problem;
use domain::gate::{Gate, Verdict, evaluate};
use domain::id::{DeploymentId, EnvironmentId, ReleaseId};
use domain::release::{Item, ItemAct, ReleaseEnvironment, ReleaseForm, ReleasePage};
use domain::rollout::{Decision, Write};
use domain::service::ServiceForm;
use std::time::Duration;
use store::rollout::{Claim, Loaded, Saved};
use store::{Db, Error, Rule, deployment, release, rollout, service};

pub const SERVICE: &str = "storefront";

pub struct World {
    pub db: Db,
    pub admin: Admin,
    pub engineer: Engineer,
    pub approver: Approver,
    pub staging: EnvironmentId,
    pub production: EnvironmentId,
}

impl World {
    pub async fn new(db: Db) -> World {
        let admin = Admin::sets_up(&db).await;
        let engineer = Engineer::join(&db, &admin, "Ana").await;
        let approver = Approver::join(&db, &admin, "Sam").await;
        let form = ServiceForm {
            customer_facing: true,
            ..service_form(SERVICE, &engineer)
        };
        service::create(&db, &admin, &form).await.unwrap();
        let page = service::page(&db, &admin, SERVICE).await.unwrap();
        let ids: Vec<EnvironmentId> = page.environments.iter().map(|state| state.environment.id).collect();
        for state in &page.environments {
            let environment = &state.environment;
            let settings = if environment.name == "production" {
                canary_settings()
            } else {
                settings()
            };
            service::save_settings(&db, &admin, environment.id, environment.row_version, &settings)
                .await
                .unwrap();
        }
        let engineer = engineer.again(&db).await;
        World {
            db,
            admin,
            engineer,
            approver,
            staging: ids[1],
            production: ids[2],
        }
    }

    /// A release that the engineer plans.
    pub async fn plan(&self, version: &str) -> ReleaseId {
        release::create(&self.db, &self.engineer, SERVICE, &release_form(version))
            .await
            .unwrap()
    }

    pub async fn page(&self, version: &str) -> ReleasePage {
        release::page(&self.db, &self.admin, SERVICE, version).await.unwrap()
    }

    /// How a release stands before an environment.
    pub async fn beside(&self, version: &str, environment: &str) -> ReleaseEnvironment {
        let page = self.page(version).await;
        page.environments
            .into_iter()
            .find(|one| one.environment.name == environment)
            .unwrap()
    }

    pub async fn items(&self, version: &str) -> Vec<Item> {
        self.page(version).await.items
    }

    /// The form as somebody finds it who begins to edit now.
    pub async fn form(&self, version: &str) -> ReleaseForm {
        self.page(version).await.release.form
    }

    /// Ticks every item that is open.
    pub async fn work_off(&self, version: &str) {
        for item in self
            .items(version)
            .await
            .iter()
            .filter(|item| item.state == domain::release::ItemState::Open)
        {
            let tick = ItemAct::Tick {
                evidence: "https://ci.example.com/1".into(),
            };
            release::act_on_item(&self.db, &self.engineer, item.id, item.row_version, &tick)
                .await
                .unwrap();
        }
    }

    /// Whether a gate lets the release through to production.
    pub async fn passes(&self, version: &str, gate: Gate) -> bool {
        let facts = self.beside(version, "production").await.facts;
        let results = evaluate(&facts, chrono::Utc::now());
        results
            .into_iter()
            .any(|result| result.gate == gate && result.verdict == Verdict::Pass)
    }

    pub async fn history(&self, release: ReleaseId) -> Vec<Happened> {
        release::history(&self.db, &self.admin, release).await.unwrap().events
    }

    /// How many approvals were said to be void, one entry an event.
    pub async fn voided(&self, release: ReleaseId) -> Vec<(String, u32)> {
        let voided = |happened: Happened| match happened.event {
            Event::ApprovalsVoided { environment, count } => Some((environment, count)),
            _ => None,
        };
        self.history(release).await.into_iter().filter_map(voided).collect()
    }

    /// Asks for a deployment and brings it to a state as an engine would keep it.
    pub async fn deploy(&self, release: ReleaseId, environment: EnvironmentId, state: State) -> DeploymentId {
        let id = deployment::request(&self.db, &self.engineer, release, environment)
            .await
            .unwrap();
        let writes = if state == State::Succeeded {
            vec![Write::SetRunning]
        } else {
            Vec::new()
        };
        self.keep(id, |run| Run { state, ..run }, writes, Vec::new()).await;
        id
    }

    /// Everything to be allowed to deploy this release to production: checklist, staging, approval.
    pub async fn clear_for_production(&self, version: &str) -> ReleaseId {
        let release = self.plan(version).await;
        self.work_off(version).await;
        self.deploy(release, self.staging, State::Succeeded).await;
        let request = store::gate::request_approval(&self.db, &self.engineer, release, self.production)
            .await
            .unwrap();
        let seen = self.beside(version, "production").await.digest;
        let yes = domain::release::Decision::Approve;
        store::gate::decide(&self.db, &self.approver, request, seen, yes, "")
            .await
            .unwrap();
        release
    }

    /// Keeps a decision for a deployment, as an engine that holds it does: with a run that begins if it had not.
    pub async fn keep(
        &self,
        id: DeploymentId,
        run: impl FnOnce(Run) -> Run,
        writes: Vec<Write>,
        events: Vec<Event>,
    ) -> Loaded {
        let (claim, loaded) = self.claim(id).await;
        let begun_at = loaded.facts.run.begun_at.or(Some(claim.now));
        let in_production_at = loaded.facts.run.in_production_at;
        let run = run(Run {
            state: State::Running,
            begun_at,
            in_production_at,
            ..loaded.facts.run.clone()
        });
        let wake_at = Some(claim.now);
        let decision = Decision {
            run,
            writes,
            effects: Vec::new(),
            events,
            consumed: Vec::new(),
            wake_at,
        };
        let saved = rollout::save(&self.db, &claim, &loaded.facts, &decision).await.unwrap();
        assert_eq!(saved, Saved::Yes);
        rollout::release(&self.db, &claim).await.unwrap();
        self.rest(id).await;
        loaded
    }

    /// Makes this one deployment due, and claims it.
    async fn claim(&self, id: DeploymentId) -> (Claim, Loaded) {
        sqlx::query("update deployment set wake_at = case when id = $1 then now() end")
            .bind(id.0)
            .execute(&self.db)
            .await
            .unwrap();
        let claim = rollout::claim(&self.db, "test", Duration::from_secs(60))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(claim.deployment, id);
        let loaded = rollout::load(&self.db, &claim).await.unwrap().unwrap();
        (claim, loaded)
    }

    async fn rest(&self, id: DeploymentId) {
        sqlx::query("update deployment set wake_at = null where id = $1")
            .bind(id.0)
            .execute(&self.db)
            .await
            .unwrap();
    }
}

/// The rule that refused.
pub fn rule<T: std::fmt::Debug>(answer: Result<T, Error>) -> Rule {
    match answer {
        Err(Error::Rule(rule)) => rule,
        other => panic!("no rule refused it: {other:?}"),
    }
}

/// What is wrong with a field.
pub fn problem<T: std::fmt::Debug>(answer: Result<T, Error>, field: &str) -> Problem {
    match answer {
        Err(Error::Invalid(errors)) => errors
            .get(field)
            .cloned()
            .unwrap_or_else(|| panic!("{field} is fine: {errors:?}")),
        other => panic!("nothing is invalid: {other:?}"),
    }
}

/// Somebody else was faster.
pub fn conflict<T: std::fmt::Debug>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Conflict))
}
