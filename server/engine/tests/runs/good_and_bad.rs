//! What becomes of good and of bad versions, and of people's commands.

use crate::ground::{Engine, Instance, config, happened, until};
use domain::deployment::{ExecutionState, Outcome, Pause, State, Steer};
use domain::event::Event;
use domain::freeze::{OnRun, Place, Schedule, TimeForm, TimeKind};
use domain::service::Tier;
use store::{Db, incident, service};

#[sqlx::test(migrations = "../../migrations")]
async fn a_good_canary_arrives(db: Db) {
    let instance = Instance::new(db).await;
    let environment = instance
        .service("shop", Tier::Production, instance.target.canary("shop"))
        .await;
    let engine = Engine::start(&instance.db, config("one"));
    let id = instance.deploy("shop", "1.1.0", environment).await;
    let page = instance.until_state(id, State::Succeeded).await;
    assert!(happened(&page, |event| matches!(event, Event::InProduction)));
    assert_eq!(
        page.executions.iter().map(|one| one.state).collect::<Vec<_>>(),
        [ExecutionState::Succeeded; 2]
    );
    let shown = |name: &str| instance.target.read("shop", name);
    assert_eq!(
        (shown("stable").as_deref(), shown("weight").as_deref()),
        (Some("1.1.0"), Some("0"))
    );
    let services = service::page(&instance.db, &instance.admin, "shop").await.unwrap();
    assert_eq!(
        services.environments[0]
            .running
            .as_ref()
            .map(|running| running.version.as_str()),
        Some("1.1.0")
    );
    instance.target.assert_no_key_twice("shop");
    instance.assert_held_by_one(id).await;
    let since = store::deployment::samples_since(&instance.db, &instance.admin, id, 0)
        .await
        .unwrap();
    assert!(since.weights.iter().any(|(_, weight)| *weight == 10) && !since.samples.is_empty());
    let log = store::deployment::log_since(&instance.db, &instance.admin, id, 0, 100)
        .await
        .unwrap();
    assert!(log.iter().any(|line| line.text.contains("\"outcome\":\"done\"")));
    engine.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_bad_canary_is_taken_back_by_the_machine(db: Db) {
    let instance = Instance::new(db).await;
    let environment = instance
        .service("shop", Tier::Production, instance.target.canary("shop"))
        .await;
    let engine = Engine::start(&instance.db, config("one"));
    let id = instance.deploy("shop", "1.1.0-bad", environment).await;
    let page = instance.until_state(id, State::RolledBack).await;
    assert!(matches!(page.deployment.run.outcome, Some(Outcome::JudgedBad { .. })));
    assert!(page.judgement.is_some() && page.lock.is_some());
    let child = page.children[0].id;
    let restored = instance.until_state(child, State::Succeeded).await;
    assert!(happened(&restored, |event| matches!(event, Event::Restored { .. })));
    assert_eq!(instance.target.read("shop", "weight").as_deref(), Some("0"));
    assert_eq!(instance.target.read("shop", "canary"), None);
    let (_, number) = page.incident.expect("an incident, drafted with the same decision");
    let incident = incident::page(&instance.db, &instance.admin, number).await.unwrap();
    assert!(
        incident.incident.resolved_at.is_some(),
        "stable serves everything again"
    );
    instance.target.assert_no_key_twice("shop");
    engine.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_abort_reaches_a_running_command(db: Db) {
    let instance = Instance::new(db).await;
    let environment = instance
        .service("shop", Tier::Production, instance.target.canary("shop"))
        .await;
    instance.target.put("shop", "slow-canary", "600");
    let engine = Engine::start(&instance.db, config("one"));
    let id = instance.deploy("shop", "1.1.0", environment).await;
    until("the command works", || !instance.target.journal("shop").is_empty()).await;
    instance
        .steer(
            id,
            Steer::Abort {
                reason: "wrong build".into(),
            },
        )
        .await;
    let page = instance.until_state(id, State::Aborted).await;
    instance.until_state(page.children[0].id, State::Succeeded).await;
    let page = instance.page(id).await;
    assert_eq!(page.executions[0].state, ExecutionState::Cancelled);
    assert_eq!(
        instance.target.read("shop", "canary"),
        None,
        "the command did not go on"
    );
    engine.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_second_release_waits_for_the_first(db: Db) {
    let instance = Instance::new(db).await;
    let environment = instance
        .service("shop", Tier::Development, instance.target.all_at_once())
        .await;
    let first = instance.deploy("shop", "1.1.0", environment).await;
    let second = instance.deploy("shop", "1.2.0", environment).await;
    let page = instance.page(second).await;
    assert_eq!(
        (page.queue_place, page.ahead.map(|line| line.id)),
        (Some(2), Some(first))
    );
    let engine = Engine::start(&instance.db, config("one"));
    instance.until_state(second, State::Succeeded).await;
    let (first, second) = (instance.page(first).await, instance.page(second).await);
    assert_eq!(first.deployment.run.state, State::Succeeded);
    assert!(first.deployment.run.ended_at <= second.deployment.run.begun_at);
    assert_eq!(second.deployment.previous_version.as_deref(), Some("1.1.0"));
    engine.stop().await;
}

/// A freeze of production that holds now.
fn freeze(on_run: OnRun) -> TimeForm {
    let wall = |minutes| (chrono::Utc::now() + chrono::TimeDelta::minutes(minutes)).naive_utc();
    TimeForm {
        kind: TimeKind::Freeze,
        name: "Year end".into(),
        reason: "Nobody is there".into(),
        place: Place::Tier { tier: Tier::Production },
        schedule: Schedule {
            zone: "UTC".into(),
            from: wall(-1),
            to: wall(60),
            rule: String::new(),
        },
        on_run,
        row_version: 0,
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_freeze_holds_a_canary_that_goes_on_when_it_ends(db: Db) {
    let instance = Instance::new(db).await;
    let environment = instance
        .service("shop", Tier::Production, instance.target.canary("shop"))
        .await;
    let engine = Engine::start(&instance.db, config("one"));
    let id = instance.deploy("shop", "1.1.0", environment).await;
    instance.until(id, |page| page.deployment.run.weight == Some(10)).await;
    let rule = store::freeze::set(&instance.db, &instance.admin, &freeze(OnRun::Hold))
        .await
        .unwrap();
    let held = instance.until_state(id, State::Paused).await;
    assert!(matches!(held.deployment.run.pause, Some(Pause::Gate { .. })));
    assert_eq!(
        instance.target.read("shop", "weight").as_deref(),
        Some("10"),
        "the canary stands"
    );
    store::freeze::end(&instance.db, &instance.admin, rule).await.unwrap();
    instance.until_state(id, State::Succeeded).await;
    engine.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_freeze_that_takes_back_restores_and_locks_nothing(db: Db) {
    let instance = Instance::new(db).await;
    let environment = instance
        .service("shop", Tier::Production, instance.target.canary("shop"))
        .await;
    let engine = Engine::start(&instance.db, config("one"));
    let id = instance.deploy("shop", "1.1.0", environment).await;
    instance.until(id, |page| page.deployment.run.weight == Some(10)).await;
    store::freeze::set(&instance.db, &instance.admin, &freeze(OnRun::RollBack))
        .await
        .unwrap();
    let page = instance.until_state(id, State::RolledBack).await;
    assert!(matches!(&page.deployment.run.outcome, Some(Outcome::Frozen { name }) if name == "Year end"));
    assert!(
        page.lock.is_none() && page.incident.is_none(),
        "nobody was hurt, and the version is not bad"
    );
    let back = instance.until_state(page.children[0].id, State::Succeeded).await;
    assert!(
        happened(&back, |event| matches!(event, Event::Restored { .. })),
        "a freeze holds no way back"
    );
    assert_eq!(instance.target.read("shop", "weight").as_deref(), Some("0"));
    engine.stop().await;
}
