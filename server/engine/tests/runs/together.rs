//! Two engines on one database.

use crate::ground::{Engine, Instance, config};
use domain::deployment::State;
use domain::service::Tier;
use engine::EngineConfig;
use futures::{StreamExt, stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::Db;

const RUNS: usize = 200;

/// An engine that now and then stands still for longer than its lease, wherever it is.
fn slow(owner: &str, stalled: &Arc<AtomicU64>) -> EngineConfig {
    let lease = Duration::from_secs(1);
    let stalled = stalled.clone();
    let stall = move |place: &str| {
        let hit = place.starts_with("stage:") && rand::random_ratio(1, 25);
        hit.then(|| {
            stalled.fetch_add(1, Ordering::SeqCst);
            lease.mul_f64(rand::random_range(0.5..1.8))
        })
    };
    EngineConfig {
        lease,
        stall: Some(Arc::new(stall)),
        ..config(owner)
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn never_hold_a_deployment_at_once(db: Db) {
    let instance = Instance::new(db).await;
    let stalled = Arc::new(AtomicU64::new(0));
    let engines = [slow("one", &stalled), slow("two", &stalled)].map(|config| Engine::start(&instance.db, config));
    let instance = &instance;
    let settings = instance.target.all_at_once();
    let runs: Vec<_> = stream::iter(0..RUNS)
        .map(|i| {
            let settings = settings.clone();
            async move {
                let name = format!("service-{i}");
                let environment = instance.service(&name, Tier::Development, settings).await;
                (instance.deploy(&name, "1.1.0", environment).await, name)
            }
        })
        .buffer_unordered(4)
        .collect()
        .await;
    let mut claims = 0;
    for (id, name) in &runs {
        instance.until_state(*id, State::Succeeded).await;
        claims += instance.assert_held_by_one(*id).await;
        instance.target.assert_no_key_twice(name);
        assert_eq!(instance.target.read(name, "stable").as_deref(), Some("1.1.0"));
    }
    let stalled = stalled.load(Ordering::SeqCst);
    eprintln!("{RUNS} runs, {claims} claims, {stalled} stalls");
    assert!(stalled > 20, "the engines were slowed down {stalled} times only");
    for engine in engines {
        engine.stop().await;
    }
}
