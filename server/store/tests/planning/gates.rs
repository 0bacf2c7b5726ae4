//! What the gates look at: promotion, approvals, rollback plan, lock, target.

use crate::as_whom::release_form;
use crate::world::{SERVICE, World};
use domain::deployment::State;
use domain::gate::{Gate, Reason};
use domain::release::{Artifact, Decision, ReleaseForm};
use store::{Db, Error, deployment, gate, release, service};

#[sqlx::test(migrations = "../../migrations")]
async fn a_refused_deployment_lists_every_reason(db: Db) {
    let world = World::new(db).await;
    let bare = ReleaseForm {
        rollback_plan: String::new(),
        ..release_form("1.0.0")
    };
    let id = release::create(&world.db, &world.engineer, SERVICE, &bare)
        .await
        .unwrap();
    service::lock(&world.db, &world.admin, world.production, "Sale until Monday", None)
        .await
        .unwrap();
    let answer = deployment::request(&world.db, &world.engineer, id, world.production).await;
    let Err(Error::Refused(reasons)) = answer else {
        panic!("not refused: {answer:?}")
    };
    assert_eq!(
        reasons
            .iter()
            .filter(|reason| matches!(reason, Reason::ItemOpen { .. }))
            .count(),
        31
    );
    let rest: Vec<_> = reasons
        .into_iter()
        .filter(|reason| !matches!(reason, Reason::ItemOpen { .. }))
        .collect();
    assert!(
        matches!(&rest[..], [
            Reason::NotPromoted { environment },
            Reason::NoRollbackPlan,
            Reason::NotRequested,
            Reason::Locked { lock },
        ] if environment == "staging" && lock.by == world.admin.by()),
        "{rest:?}"
    );
    assert_eq!(
        world.beside("1.0.0", "production").await.lock.unwrap().by,
        world.admin.by()
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_whole_way_to_production(db: Db) {
    let world = World::new(db).await;
    let id = world.clear_for_production("1.0.0").await;
    let deployment = deployment::request(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
    let page = world.page("1.0.0").await;
    assert_eq!(page.deployments.len(), 2);
    assert_eq!(page.deployments[0].id, deployment);
    assert_eq!(page.environments[1].running.as_ref().unwrap().version, "1.0.0");
    assert_eq!(page.environments[0].running, None);
}

/// The first environment has none before it; the others want this very artifact to have stood its checks in the one before.
#[sqlx::test(migrations = "../../migrations")]
async fn promotion_is_by_artifact(db: Db) {
    let world = World::new(db).await;
    let first = world.plan("1.0.0").await;
    let digest = format!("sha256:{}", "cd".repeat(32));
    let artifact = Artifact {
        reference: "storefront:2".into(),
        digest,
    };
    release::create(
        &world.db,
        &world.engineer,
        SERVICE,
        &ReleaseForm {
            artifact,
            ..release_form("2.0.0")
        },
    )
    .await
    .unwrap();
    let before = async |version: &str, environment: &str| world.beside(version, environment).await.facts.before;
    let staging = |succeeded| Some(("staging".to_owned(), succeeded));
    assert_eq!(before("1.0.0", "development").await, None);
    assert_eq!(before("1.0.0", "production").await, staging(false));
    for (state, counts) in [
        (State::Running, false),
        (State::Failed, false),
        (State::RolledBack, false),
        (State::Superseded, false),
        (State::Baking, true),
        (State::Succeeded, true),
    ] {
        let id = world.deploy(first, world.staging, state).await;
        assert_eq!(before("1.0.0", "production").await, staging(counts), "{state:?}");
        assert_eq!(before("2.0.0", "production").await, staging(false), "{state:?}");
        sqlx::query("delete from deployment where id = $1")
            .bind(id.0)
            .execute(&world.db)
            .await
            .unwrap();
    }
}

/// A bake that a newer deployment ended had stood its checks.
#[sqlx::test(migrations = "../../migrations")]
async fn a_superseded_bake_counts_for_promotion(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let deployment = deployment::request(&world.db, &world.engineer, id, world.staging)
        .await
        .unwrap();
    let superseded = |run: domain::deployment::Run| domain::deployment::Run {
        state: State::Superseded,
        in_production_at: run.begun_at,
        ..run
    };
    world.keep(deployment, superseded, Vec::new(), Vec::new()).await;
    assert!(world.passes("1.0.0", Gate::Promotion).await);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_lock_that_is_over_holds_nothing(db: Db) {
    let world = World::new(db).await;
    world.plan("1.0.0").await;
    let hour = Some(chrono::Utc::now() + chrono::TimeDelta::hours(1));
    service::lock(
        &world.db,
        &world.engineer,
        world.production,
        "Until the sale is over",
        hour,
    )
    .await
    .unwrap();
    assert!(!world.passes("1.0.0", Gate::Lock).await);
    sqlx::query("update environment_lock set until = now() - interval '1 s'")
        .execute(&world.db)
        .await
        .unwrap();
    assert!(world.passes("1.0.0", Gate::Lock).await);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_plan_is_kept_once_under_its_digest(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let request = gate::request_approval(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
    let standing = world.beside("1.0.0", "production").await;
    gate::decide(
        &world.db,
        &world.approver,
        request,
        standing.digest,
        Decision::Reject,
        "Not on a Friday",
    )
    .await
    .unwrap();
    gate::request_approval(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
    let plans: i64 = sqlx::query_scalar("select count(*) from plan")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(plans, 1);
    let asked = world.beside("1.0.0", "production").await.request.unwrap();
    assert_eq!((asked.plan.digest(), asked.digest), (standing.digest, standing.digest));
    assert_eq!(asked.plan, standing.plan);
}
