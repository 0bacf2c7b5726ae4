//! Approvals by people whose role holds only there.

use crate::as_whom::Viewer;
use crate::world::{SERVICE, World};
use domain::access::{Action, Denied, Role, Scope};
use domain::gate::Gate;
use domain::home::Waits;
use domain::id::EnvironmentId;
use domain::release::Decision;
use domain::service::Policy;
use store::{Db, Error, access, gate, home, service};

/// A viewer whose team makes them an approver in one environment.
pub async fn approver_there(world: &World, environment: EnvironmentId) -> (domain::id::TeamId, Viewer) {
    let (db, admin) = (&world.db, &world.admin);
    let viewer = Viewer::join(db, admin, "Vic").await;
    let page = service::page(db, admin, SERVICE).await.unwrap();
    let on = Scope::Environment {
        service: page.service.id,
        environment,
    };
    let team = access::create_team(db, admin, "Release board", "").await.unwrap();
    access::add_member(db, admin, team, viewer.id).await.unwrap();
    access::give_role(db, admin, team, Role::Approver, on).await.unwrap();
    (team, viewer.again(db).await)
}

async fn awaited(world: &World, viewer: &Viewer) -> usize {
    let page = home::page(&world.db, viewer).await.unwrap();
    let approvals = page.waits.iter().filter(|one| matches!(one, Waits::Approve { .. }));
    approvals.count()
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_approver_by_a_team_approves_there_and_the_role_is_kept(db: Db) {
    let world = World::new(db).await;
    let (team, viewer) = approver_there(&world, world.production).await;
    let release = world.plan("1.0.0").await;
    let request = gate::request_approval(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    let beside = world.beside("1.0.0", "production").await;
    assert!(
        beside.facts.active.contains(&viewer.id),
        "the page names who can approve"
    );
    assert_eq!(awaited(&world, &viewer).await, 1, "their first page shows it");
    gate::decide(&world.db, &viewer, request, beside.digest, Decision::Approve, "")
        .await
        .unwrap();
    let facts = world.beside("1.0.0", "production").await.facts;
    assert_eq!(facts.approvals[0].role, Role::Approver);
    // The role counts at the moment of approving: what was given stays when the team loses it.
    access::remove_team(&world.db, &world.admin, team).await.unwrap();
    assert!(world.passes("1.0.0", Gate::Approvals).await);
    access::set_active(&world.db, &world.admin, viewer.id, false)
        .await
        .unwrap();
    assert!(
        !world.passes("1.0.0", Gate::Approvals).await,
        "a closed account does not count"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_approver_elsewhere_is_refused_and_not_named(db: Db) {
    let world = World::new(db).await;
    let (_, viewer) = approver_there(&world, world.staging).await;
    let release = world.plan("1.0.0").await;
    let request = gate::request_approval(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    let beside = world.beside("1.0.0", "production").await;
    assert!(!beside.facts.active.contains(&viewer.id));
    assert_eq!(awaited(&world, &viewer).await, 0);
    let decided = gate::decide(&world.db, &viewer, request, beside.digest, Decision::Approve, "").await;
    assert!(
        matches!(
            decided,
            Err(Error::Denied(Denied {
                action: Action::Approve
            }))
        ),
        "{decided:?}"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_policy_counts_people_by_their_roles_there(db: Db) {
    let world = World::new(db).await;
    let two = Policy {
        approvals: 2,
        approver_roles: vec![Role::Approver],
        ..Policy::default()
    };
    let effect = async |environment| service::policy_effect(&world.db, &world.admin, environment, &two).await;
    assert!(matches!(effect(world.production).await, Err(Error::Invalid(_))));
    approver_there(&world, world.production).await;
    effect(world.production).await.unwrap();
    let elsewhere = effect(world.staging).await;
    assert!(matches!(elsewhere, Err(Error::Invalid(_))), "{elsewhere:?}");
}
