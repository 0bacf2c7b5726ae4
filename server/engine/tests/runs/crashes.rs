//! Engines that die or stand still, at each place where it could matter.

use crate::ground::{Engine, Instance, config, until};
use crate::process::EngineProcess;
use domain::deployment::State;
use domain::service::Tier;
use nix::sys::signal::Signal;
use store::{Db, rollout};

/// Kills an engine at a place, lets another one go on, and looks at what the target was told.
async fn dies_at(db: Db, place: &str) {
    let instance = Instance::new(db).await;
    let environment = instance
        .service("shop", Tier::Production, instance.target.canary("shop"))
        .await;
    let mut first = EngineProcess::start(&instance.db, "first", Some(("SLIPWAY_CRASH_AT", place)));
    let id = instance.deploy("shop", "1.1.0", environment).await;
    let mut ended = None;
    until("the engine dies", || {
        ended = first.ended_by();
        ended.is_some()
    })
    .await;
    assert_eq!(ended, Some(Signal::SIGKILL as i32));
    assert!(
        !instance.page(id).await.deployment.run.state.terminal(),
        "it died on the way"
    );
    let second = Engine::start(&instance.db, config("second"));
    instance.until_state(id, State::Succeeded).await;
    assert_eq!(instance.target.read("shop", "stable").as_deref(), Some("1.1.0"));
    assert_eq!(instance.target.read("shop", "weight").as_deref(), Some("0"));
    instance.target.assert_no_key_twice("shop");
    instance.assert_held_by_one(id).await;
    second.stop().await;
}

macro_rules! deaths {
    ($($name:ident = $place:expr;)*) => {$(
        #[sqlx::test(migrations = "../../migrations")]
        async fn $name(db: Db) {
            dies_at(db, $place).await;
        }
    )*};
}

deaths! {
    dies_after_the_claim = "stage:1#4";
    dies_after_the_look = "stage:2#4";
    dies_after_the_decision = "stage:3#5";
    dies_after_the_save = "stage:4#2";
    dies_after_the_effect = "stage:5#5";
    dies_before_the_effect = "effect";
    dies_while_a_command_runs = "execution:begun";
    dies_between_the_end_of_a_command_and_its_record = "execution:ended";
    dies_between_the_end_of_the_last_command_and_its_record = "execution:ended#2";
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_late_write_of_a_revived_engine_does_not_stand(db: Db) {
    let instance = Instance::new(db).await;
    let environment = instance
        .service("shop", Tier::Production, instance.target.canary("shop"))
        .await;
    let mut first = EngineProcess::start(&instance.db, "first", Some(("SLIPWAY_STALL_AT", "effect")));
    let id = instance.deploy("shop", "1.1.0", environment).await;
    until("it stands still, about to set a weight", || first.stands_still()).await;
    let held = rollout::history(&instance.db, id).await.unwrap().len();
    let second = Engine::start(&instance.db, config("second"));
    instance.until_state(id, State::Succeeded).await;
    let before = instance.target.journal("shop").len();
    first.signal(Signal::SIGCONT);
    until("its late write lands", || {
        instance.target.journal("shop").len() > before
    })
    .await;
    until("and is undone", || {
        instance.target.read("shop", "weight").as_deref() == Some("0")
            && instance.target.journal("shop").len() >= before + 4
    })
    .await;
    assert_eq!(instance.target.read("shop", "stable").as_deref(), Some("1.1.0"));
    instance.target.assert_no_key_twice("shop");
    assert!(instance.assert_held_by_one(id).await > held);
    second.stop().await;
}
