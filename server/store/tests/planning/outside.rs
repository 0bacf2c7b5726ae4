//! Deployments that something else made: believed as to what runs, and as nothing else.

use crate::as_whom::join;
use crate::world::{SERVICE, World, problem};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Role;
use domain::deployment::{Brought, Running, State};
use domain::event::Event;
use domain::field::Problem;
use domain::gate::Gate;
use domain::github::{Deployed, Heard};
use domain::id::{EnvironmentId, ReleaseId};
use domain::outside::{Outside, OutsideForm, OutsideState, Published};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use store::deployment::Filter;
use store::hook::{Taken, connect, hook, secret, take};
use store::{Db, Error, Vault, outside, service};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn form(version: &str, id: &str, state: OutsideState) -> OutsideForm {
    OutsideForm {
        environment: "staging".into(),
        version: version.into(),
        commit: String::new(),
        state,
        tool: "Argo CD".into(),
        url: "https://argo.example.com/1".into(),
        external_id: id.into(),
        started_at: None,
        finished_at: None,
    }
}

async fn tell(world: &World, form: &OutsideForm) -> Outside {
    outside::report(&world.db, &world.engineer, SERVICE, form)
        .await
        .unwrap()
        .0
}

async fn running(world: &World, environment: EnvironmentId) -> Option<Running> {
    let page = service::page(&world.db, &world.admin, SERVICE).await.unwrap();
    let mut states = page.environments.into_iter();
    states.find(|state| state.environment.id == environment)?.running
}

/// A release that staging runs by our own record.
async fn runs_in_staging(world: &World, version: &str) -> ReleaseId {
    let release = world.plan(version).await;
    world.work_off(version).await;
    world.deploy(release, world.staging, State::Succeeded).await;
    release
}

fn ago(minutes: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::minutes(minutes)
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_later_success_says_what_runs_and_nothing_else_does(db: Db) {
    use OutsideState::{Failed, Started, Succeeded};
    let world = World::new(db).await;
    let release = runs_in_staging(&world, "1.2.3").await;
    let version = async || running(&world, world.staging).await.unwrap().version;
    for (n, state) in [Started, Failed].into_iter().enumerate() {
        tell(&world, &form("1.3.0", &format!("no-{n}"), state)).await;
        assert_eq!(version().await, "1.2.3", "{state:?}");
    }
    let before = OutsideForm {
        finished_at: Some(ago(60)),
        ..form("1.1.0", "before", Succeeded)
    };
    tell(&world, &before).await;
    assert_eq!(version().await, "1.2.3", "ours came later");

    let kept = tell(&world, &form("v1.3.0", "77", Succeeded)).await;
    assert_eq!((kept.version.as_str(), kept.release), ("1.3.0", None));
    let now = running(&world, world.staging).await.unwrap();
    assert_eq!((now.version.as_str(), now.release), ("1.3.0", None));
    assert!(matches!(now.brought, Brought::Outside { .. }), "{now:?}");
    let page = world.page("1.2.3").await;
    assert!(page.environments.iter().all(|one| {
        let runs = one.running.as_ref();
        runs.is_none_or(|running| running.release != Some(release))
    }));
    let reached = store::release::list(&world.db, &world.admin, &Default::default())
        .await
        .unwrap();
    assert!(reached[0].reached.iter().all(|reached| !reached.running));

    // It was a mistake: the same deployment failed after all.
    tell(&world, &form("1.3.0", "77", Failed)).await;
    assert_eq!(version().await, "1.2.3");
}

#[sqlx::test(migrations = "../../migrations")]
async fn it_approves_nothing_and_passes_no_gate(db: Db) {
    let world = World::new(db).await;
    let release = world.plan("1.2.3").await;
    for environment in ["staging", "Production"] {
        let there = OutsideForm {
            environment: environment.into(),
            ..form("1.2.3", environment, OutsideState::Succeeded)
        };
        tell(&world, &there).await;
    }
    for gate in [Gate::Checklist, Gate::Approvals, Gate::Promotion] {
        assert!(!world.passes("1.2.3", gate).await, "{gate:?}");
    }
    let page = world.page("1.2.3").await;
    assert_eq!(page.outside.len(), 2);
    assert!(
        page.outside
            .iter()
            .all(|one| one.within.is_none() && one.release == Some(release))
    );
    let told = world
        .history(release)
        .await
        .into_iter()
        .filter_map(|happened| match happened.event {
            Event::DeployedOutside {
                environment, within, ..
            } => Some((environment, within)),
            _ => None,
        });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [("staging".to_owned(), None), ("production".to_owned(), None)]);
    let runs = running(&world, world.production).await.unwrap();
    assert_eq!(runs.release, Some(release), "it is what runs, all the same");
    let counts = store::home::counts(&world.db, &world.admin).await.unwrap();
    assert_eq!((counts.releases, counts.deployments), (0, 0));
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_part_of_a_deployment_of_ours_goes_around_nothing(db: Db) {
    let world = World::new(db).await;
    let release = world.plan("1.2.3").await;
    world.work_off("1.2.3").await;
    world.deploy(release, world.staging, State::Running).await;
    let kept = tell(&world, &form("1.2.3", "1", OutsideState::Succeeded)).await;
    assert!(kept.within.is_some());
    assert_eq!(
        running(&world, world.staging).await,
        None,
        "our own record says what runs"
    );
    let another = tell(&world, &form("1.2.4", "2", OutsideState::Succeeded)).await;
    assert_eq!(another.within, None, "that is another version");
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_way_back_restores_what_came_from_outside(db: Db) {
    let world = World::new(db).await;
    runs_in_staging(&world, "1.2.3").await;
    tell(&world, &form("1.3.0", "1", OutsideState::Succeeded)).await;
    let next = world.plan("1.4.0").await;
    world.work_off("1.4.0").await;
    let id = world.deploy(next, world.staging, State::Running).await;
    let loaded = world.keep(id, |run| run, Vec::new(), Vec::new()).await;
    assert_eq!(loaded.deployment.previous_version.as_deref(), Some("1.3.0"));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_report_is_taken_once_and_only_from_who_may(db: Db) {
    let world = World::new(db).await;
    let viewer = join(&world.db, &world.admin, "Vi", Role::Viewer).await;
    let report = form("1.2.3", "1", OutsideState::Succeeded);
    let denied = outside::report(&world.db, &viewer, SERVICE, &report).await;
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    let elsewhere = OutsideForm {
        environment: "moon".into(),
        ..report.clone()
    };
    let refused = outside::report(&world.db, &world.engineer, SERVICE, &elsewhere).await;
    assert_eq!(problem(refused, "environment"), Problem::Unknown);

    let (first, new) = outside::report(&world.db, &world.engineer, SERVICE, &report)
        .await
        .unwrap();
    assert!(new);
    let (again, new) = outside::report(&world.db, &world.engineer, SERVICE, &report)
        .await
        .unwrap();
    assert_eq!((&again, new), (&first, false), "the same word again tells nothing");
    let failed = form("1.2.3", "2", OutsideState::Failed);
    let both = tokio::join!(
        outside::report(&world.db, &world.engineer, SERVICE, &failed),
        outside::report(&world.db, &world.engineer, SERVICE, &failed),
    );
    let (one, two) = (both.0.unwrap(), both.1.unwrap());
    assert!(one.1 != two.1 && one.0 == two.0, "one of two at once is the first");
    let all = outside::list(&world.db, &world.engineer, SERVICE, None).await.unwrap();
    assert_eq!(all.len(), 2);
    let beside = outside::beside(&world.db, &viewer, &Filter::default(), &[])
        .await
        .unwrap();
    assert_eq!(beside, all);
}

/// A story of one deployment as GitHub tells it, whose end is a failure.
fn story() -> Vec<Heard> {
    use OutsideState::{Failed, Started, Succeeded};
    let at = |minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
    [(0, Started), (1, Started), (2, Succeeded), (2, Started), (5, Failed)]
        .into_iter()
        .map(|(minute, state)| {
            Heard::Deployed(Deployed {
                id: "42".into(),
                environment: "Staging".into(),
                reference: "v1.4.0".into(),
                commit: COMMIT.into(),
                state,
                url: String::new(),
                started_at: Some(at(0)),
                at: at(minute),
            })
        })
        .collect()
}

#[sqlx::test(migrations = "../../migrations")]
async fn github_may_tell_in_any_order_and_of_places_that_are_unknown(db: Db) {
    let world = World::new(db).await;
    let vault = Vault::from_text(&Vault::new_key()).unwrap();
    connect(&world.db, &vault, &world.engineer, SERVICE).await.unwrap();
    let (id, _) = secret(&world.db, &vault, SERVICE).await.unwrap().unwrap();
    for seed in 0..8 {
        sqlx::query("delete from outside_deployment")
            .execute(&world.db)
            .await
            .unwrap();
        let mut told = story();
        told.extend(story());
        told.shuffle(&mut StdRng::seed_from_u64(seed));
        for (n, heard) in told.into_iter().enumerate() {
            let taken = take(&world.db, id, &format!("{seed}-{n}"), "deployment_status", Ok(heard)).await;
            assert_eq!(taken.unwrap(), Taken::Used);
        }
        let all = outside::list(&world.db, &world.admin, SERVICE, None).await.unwrap();
        assert_eq!(all.len(), 1, "seed {seed}");
        let kept = &all[0];
        assert_eq!(
            (kept.state, kept.version.as_str()),
            (OutsideState::Failed, "1.4.0"),
            "seed {seed}"
        );
        assert_eq!(kept.started_at, Some(DateTime::UNIX_EPOCH));
        assert_eq!(kept.finished_at, Some(DateTime::UNIX_EPOCH + TimeDelta::minutes(5)));
        assert_eq!((kept.environment.as_str(), kept.tool.as_str()), ("staging", "GitHub"));
    }
    let pages = Heard::Deployed(Deployed {
        id: "43".into(),
        environment: "github-pages".into(),
        reference: "main".into(),
        commit: COMMIT.into(),
        state: OutsideState::Succeeded,
        url: String::new(),
        started_at: None,
        at: Utc::now(),
    });
    let taken = take(&world.db, id, "pages", "deployment_status", Ok(pages))
        .await
        .unwrap();
    assert_eq!(taken, Taken::Nothing);
    let deliveries = hook(&world.db, &world.admin, SERVICE)
        .await
        .unwrap()
        .unwrap()
        .deliveries;
    assert!(deliveries[0].told.contains("github-pages") && deliveries[0].told.contains("no environment here"));
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_was_published_stands_on_its_release(db: Db) {
    let world = World::new(db).await;
    let vault = Vault::from_text(&Vault::new_key()).unwrap();
    connect(&world.db, &vault, &world.engineer, SERVICE).await.unwrap();
    let (id, _) = secret(&world.db, &vault, SERVICE).await.unwrap().unwrap();
    let release = world.plan("1.2.3").await;
    let items = world.items("1.2.3").await;
    let published = Published {
        tag: "v1.2.3".into(),
        name: "Coupons".into(),
        url: "https://github.com/example/storefront/releases/v1.2.3".into(),
        prerelease: false,
        at: DateTime::UNIX_EPOCH,
    };
    for n in 0..2 {
        let heard = Heard::Published(published.clone());
        take(&world.db, id, &n.to_string(), "release", Ok(heard)).await.unwrap();
    }
    assert_eq!(world.page("1.2.3").await.published, Some(published));
    assert_eq!(world.items("1.2.3").await, items, "it ticks nothing");
    let told = world.history(release).await.into_iter();
    let told = told.filter(|happened| matches!(happened.event, Event::ReleasePublished { .. }));
    assert_eq!(told.count(), 1);
}
