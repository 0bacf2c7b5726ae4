//! Asking for approval, giving and refusing it, and what voids it.

use crate::as_whom::Approver;
use crate::world::{SERVICE, World, conflict, problem, rule};
use domain::access::{Action, Denied, Role};
use domain::event::Event;
use domain::field::Problem;
use domain::gate::Gate;
use domain::id::{ReleaseId, RequestId};
use domain::plan::PlanDigest;
use domain::release::{Decision, ReleaseForm};
use store::{Db, Error, Rule, access, gate, release, service};

async fn asked(world: &World) -> (ReleaseId, RequestId, PlanDigest) {
    let id = world.plan("1.0.0").await;
    let request = gate::request_approval(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
    (id, request, world.beside("1.0.0", "production").await.digest)
}

async fn edit(world: &World, who: &domain::access::Actor, plan: &str) -> Result<(), Error> {
    let form = ReleaseForm {
        rollback_plan: plan.into(),
        ..world.form("1.0.0").await
    };
    release::update(&world.db, who, SERVICE, "1.0.0", &form).await
}

async fn decisions(db: &Db) -> i64 {
    sqlx::query_scalar("select count(*) from approval")
        .fetch_one(db)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_approver_who_neither_planned_nor_asked_approves(db: Db) {
    let world = World::new(db).await;
    let (id, request, digest) = asked(&world).await;
    gate::decide(
        &world.db,
        &world.approver,
        request,
        digest,
        Decision::Approve,
        " Looks right ",
    )
    .await
    .unwrap();
    assert!(world.passes("1.0.0", Gate::Approvals).await);
    let kept = world.beside("1.0.0", "production").await.request.unwrap();
    assert_eq!(
        (kept.id, kept.by, kept.approvals.len()),
        (request, world.engineer.id, 1)
    );
    let approval = &kept.approvals[0];
    assert_eq!(
        (approval.by, approval.role, approval.comment.as_str()),
        (world.approver.id, Role::Approver, "Looks right")
    );
    let last = world.history(id).await.pop().unwrap();
    let comment = "Looks right".to_owned();
    assert_eq!(
        last.event,
        Event::Decided {
            request,
            environment: "production".into(),
            decision: Decision::Approve,
            comment
        }
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn who_planned_or_asked_does_not_approve(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let request = gate::request_approval(&world.db, &world.admin, id, world.production)
        .await
        .unwrap();
    edit(&world, &world.approver, "Take it back by hand").await.unwrap();
    let moved = world.beside("1.0.0", "production").await.digest;
    let answer = gate::decide(&world.db, &world.approver, request, moved, Decision::Approve, "").await;
    assert!(
        conflict(&answer),
        "what was asked for is not the plan any more: {answer:?}"
    );
    let request = gate::request_approval(&world.db, &world.admin, id, world.production)
        .await
        .unwrap();
    for who in [&*world.admin, &*world.approver] {
        let answer = gate::decide(&world.db, who, request, moved, Decision::Approve, "").await;
        assert_eq!(rule(answer), Rule::SeparationOfDuties);
    }
    let engineer = gate::decide(&world.db, &world.engineer, request, moved, Decision::Approve, "").await;
    assert!(matches!(
        engineer,
        Err(Error::Denied(Denied {
            action: Action::Approve
        }))
    ));
    assert_eq!(decisions(&world.db).await, 0);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_decision_is_on_what_was_seen(db: Db) {
    let world = World::new(db).await;
    let (_, request, digest) = asked(&world).await;
    let other = world.beside("1.0.0", "staging").await.digest;
    let answer = gate::decide(&world.db, &world.approver, request, other, Decision::Approve, "").await;
    assert!(conflict(&answer), "{answer:?}");
    let unknown = gate::decide(
        &world.db,
        &world.approver,
        RequestId(uuid::Uuid::nil()),
        digest,
        Decision::Approve,
        "",
    )
    .await;
    assert!(matches!(unknown, Err(Error::NotFound)));
    assert_eq!(decisions(&world.db).await, 0);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_rejection_says_why_and_can_be_asked_again(db: Db) {
    let world = World::new(db).await;
    let (id, request, digest) = asked(&world).await;
    let answer = gate::decide(&world.db, &world.approver, request, digest, Decision::Reject, "  ").await;
    assert_eq!(problem(answer, "comment"), Problem::Missing);
    let long = "x".repeat(2_001);
    let answer = gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, &long).await;
    assert_eq!(problem(answer, "comment"), Problem::TooLong { most: 2_000 });
    gate::decide(
        &world.db,
        &world.approver,
        request,
        digest,
        Decision::Reject,
        "Not before the sale",
    )
    .await
    .unwrap();
    assert!(!world.passes("1.0.0", Gate::Approvals).await);
    let again = gate::request_approval(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
    gate::decide(&world.db, &world.approver, again, digest, Decision::Approve, "")
        .await
        .unwrap();
    assert!(world.passes("1.0.0", Gate::Approvals).await);
    let old = gate::decide(&world.db, &world.admin, request, digest, Decision::Approve, "").await;
    assert!(conflict(&old), "an older request is settled: {old:?}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_asked_for_is_not_asked_twice(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let (one, other) = tokio::join!(
        gate::request_approval(&world.db, &world.engineer, id, world.production),
        gate::request_approval(&world.db, &world.admin, id, world.production),
    );
    assert_eq!(rule(if one.is_ok() { other } else { one }), Rule::NothingToDo);
    let staging = gate::request_approval(&world.db, &world.engineer, id, world.staging).await;
    assert_eq!(rule(staging), Rule::NothingToDo, "staging needs no approval");
    edit(&world, &world.engineer, "Take it back by hand").await.unwrap();
    gate::request_approval(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_one_approver_s_two_clicks_one_counts(db: Db) {
    let world = World::new(db).await;
    let (_, request, digest) = asked(&world).await;
    let (one, other) = tokio::join!(
        gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, ""),
        gate::decide(
            &world.db,
            &world.approver,
            request,
            digest,
            Decision::Reject,
            "Wait, no"
        ),
    );
    assert_eq!(rule(if one.is_ok() { other } else { one }), Rule::NothingToDo);
    assert_eq!(decisions(&world.db).await, 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn two_approvers_at_once_both_count(db: Db) {
    let world = World::new(db).await;
    let second = Approver::join(&world.db, &world.admin, "Bea").await;
    let policy = domain::service::Policy {
        approvals: 2,
        ..world.plan_policy().await
    };
    service::save_policy(&world.db, &world.admin, world.production, 1, &policy)
        .await
        .unwrap();
    let (_, request, digest) = asked(&world).await;
    let (one, other) = tokio::join!(
        gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, ""),
        gate::decide(&world.db, &second, request, digest, Decision::Approve, ""),
    );
    one.unwrap();
    other.unwrap();
    assert!(world.passes("1.0.0", Gate::Approvals).await);
    assert_eq!(decisions(&world.db).await, 2);
}

/// Whichever comes first, nobody's yes stands for a plan that they did not see.
#[sqlx::test(migrations = "../../migrations")]
async fn approving_while_somebody_edits_never_approves_the_edit(db: Db) {
    let world = World::new(db).await;
    let (id, request, digest) = asked(&world).await;
    let form = ReleaseForm {
        rollback_plan: "Another way back".into(),
        ..world.form("1.0.0").await
    };
    let (approved, edited) = tokio::join!(
        gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, ""),
        release::update(&world.db, &world.engineer, SERVICE, "1.0.0", &form),
    );
    edited.unwrap();
    assert!(!world.passes("1.0.0", Gate::Approvals).await);
    let given = u32::from(approved.is_ok());
    assert!(approved.is_ok() || conflict(&approved), "{approved:?}");
    assert_eq!(world.voided(id).await, [("production".to_owned(), given)]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_edit_voids_what_the_digest_covers_and_putting_it_back_revives(db: Db) {
    let world = World::new(db).await;
    let (id, request, digest) = asked(&world).await;
    gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, "")
        .await
        .unwrap();
    let before = world.form("1.0.0").await;
    let words = ReleaseForm {
        notes: "Read these".into(),
        ..before.clone()
    };
    release::update(&world.db, &world.engineer, SERVICE, "1.0.0", &words)
        .await
        .unwrap();
    assert!(world.passes("1.0.0", Gate::Approvals).await, "notes are not covered");
    edit(&world, &world.engineer, "Another way back").await.unwrap();
    assert!(!world.passes("1.0.0", Gate::Approvals).await);
    assert_eq!(world.voided(id).await, [("production".to_owned(), 1)]);
    let changed = gate::differences(&world.db, &world.engineer, request).await.unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!(
        (changed[0].path.as_str(), changed[0].after.as_deref()),
        ("rollback_plan", Some("Another way back"))
    );
    edit(&world, &world.engineer, &before.rollback_plan).await.unwrap();
    assert!(
        world.passes("1.0.0", Gate::Approvals).await,
        "it is the plan that was approved"
    );
    assert!(
        gate::differences(&world.db, &world.engineer, request)
            .await
            .unwrap()
            .is_empty()
    );
}

/// The approver's own edit, afterwards, makes their yes worthless even for the same plan.
#[sqlx::test(migrations = "../../migrations")]
async fn who_approved_and_then_edits_has_not_approved(db: Db) {
    let world = World::new(db).await;
    let (_, request, digest) = asked(&world).await;
    gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, "")
        .await
        .unwrap();
    let before = world.form("1.0.0").await.rollback_plan;
    edit(&world, &world.approver, "My way back").await.unwrap();
    edit(&world, &world.approver, &before).await.unwrap();
    assert_eq!(world.beside("1.0.0", "production").await.digest, digest);
    assert!(!world.passes("1.0.0", Gate::Approvals).await);
}

/// Membership counts when deciding, the account when running.
#[sqlx::test(migrations = "../../migrations")]
async fn a_changed_role_keeps_an_approval_and_a_closed_account_loses_it(db: Db) {
    let world = World::new(db).await;
    let (_, request, digest) = asked(&world).await;
    gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, "")
        .await
        .unwrap();
    access::change_role(&world.db, &world.admin, world.approver.id, Role::Viewer)
        .await
        .unwrap();
    assert!(world.passes("1.0.0", Gate::Approvals).await);
    access::set_active(&world.db, &world.admin, world.approver.id, false)
        .await
        .unwrap();
    assert!(!world.passes("1.0.0", Gate::Approvals).await);
}

#[sqlx::test(migrations = "../../migrations")]
async fn settings_of_the_target_are_part_of_what_is_approved(db: Db) {
    let world = World::new(db).await;
    let (_, request, digest) = asked(&world).await;
    gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, "")
        .await
        .unwrap();
    let environment = world.beside("1.0.0", "production").await.environment;
    let mut settings = environment.settings.clone();
    settings.bake_s += 60;
    service::save_settings(
        &world.db,
        &world.admin,
        world.production,
        environment.row_version,
        &settings,
    )
    .await
    .unwrap();
    assert!(!world.passes("1.0.0", Gate::Approvals).await);
    let changed = gate::differences(&world.db, &world.engineer, request).await.unwrap();
    assert!(changed.iter().all(|one| one.path.starts_with("steps")), "{changed:?}");
    assert!(!changed.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_environment_of_another_service_is_not_found(db: Db) {
    let world = World::new(db).await;
    let (id, _, _) = asked(&world).await;
    let other = crate::as_whom::service_form("warehouse", &world.engineer);
    service::create(&world.db, &world.admin, &other).await.unwrap();
    let foreign = service::page(&world.db, &world.admin, "warehouse")
        .await
        .unwrap()
        .environments
        .remove(2);
    let answer = gate::request_approval(&world.db, &world.engineer, id, foreign.environment.id).await;
    assert!(matches!(answer, Err(Error::NotFound)));
}

impl World {
    async fn plan_policy(&self) -> domain::service::Policy {
        service::environment(&self.db, self.production)
            .await
            .unwrap()
            .unwrap()
            .policy
    }
}
