//! A policy that asks who decides to prove again who they are: a late proof is refused, a fresh one allowed, a token never.

use crate::world::{World, rule};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Actor, TokenScope, TokenUse};
use domain::field::Problem;
use domain::id::TokenId;
use domain::release::Decision;
use domain::service::Policy;
use store::{Db, Error, Rule, gate, service};

/// Production asks for a proof within ten minutes.
async fn strict(world: &World) {
    let before = world.beside("1.0.0", "production").await.environment;
    let policy = Policy {
        reauthenticate_min: Some(10),
        ..before.policy
    };
    service::save_policy(
        &world.db,
        &world.admin,
        world.production,
        before.policy_version,
        &policy,
    )
    .await
    .unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_late_proof_decides_nothing_and_a_fresh_one_does(db: Db) {
    let world = World::new(db).await;
    let release = world.plan("1.0.0").await;
    strict(&world).await;
    let request = gate::request_approval(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    let seen = world.beside("1.0.0", "production").await.digest;
    let ago = |minutes: i64| Some(Utc::now() - TimeDelta::minutes(minutes));
    let decide = |proved: Option<DateTime<Utc>>, decision: Decision| {
        let (db, approver) = (world.db.clone(), (*world.approver).clone());
        async move { gate::decide_proved(&db, &approver, proved, request, seen, decision, "Looked at it").await }
    };
    for decision in [Decision::Approve, Decision::Reject] {
        for late in [None, ago(11), ago(-5)] {
            assert_eq!(rule(decide(late, decision).await), Rule::ProveAgain { within_min: 10 });
        }
    }
    let unknown = gate::decide(&world.db, &world.approver, request, seen, Decision::Approve, "").await;
    assert_eq!(rule(unknown), Rule::ProveAgain { within_min: 10 });
    let by_token = Actor {
        token: Some(TokenUse {
            id: TokenId(uuid::Uuid::nil()),
            scopes: TokenScope::ALL.to_vec(),
        }),
        ..(*world.approver).clone()
    };
    for proved in [None, ago(0)] {
        let answer = gate::decide_proved(&world.db, &by_token, proved, request, seen, Decision::Approve, "").await;
        assert_eq!(rule(answer), Rule::NotByToken);
    }
    let kept: i64 = sqlx::query_scalar("select count(*) from approval")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(kept, 0, "nothing was decided");
    decide(ago(9), Decision::Approve).await.unwrap();
    assert!(world.passes("1.0.0", domain::gate::Gate::Approvals).await);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_time_that_means_nothing_is_refused(db: Db) {
    let world = World::new(db).await;
    world.plan("1.0.0").await;
    let environment = world.beside("1.0.0", "production").await.environment;
    for minutes in [0, 1441] {
        let policy = Policy {
            reauthenticate_min: Some(minutes),
            ..environment.policy.clone()
        };
        let saved = service::save_policy(
            &world.db,
            &world.admin,
            world.production,
            environment.policy_version,
            &policy,
        )
        .await;
        match saved {
            Err(Error::Invalid(errors)) => assert!(
                matches!(errors.get("reauthenticate_min"), Some(Problem::Range { .. })),
                "{errors:?}"
            ),
            other => panic!("{minutes} is fine: {other:?}"),
        }
    }
}
