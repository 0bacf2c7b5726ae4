//! Policies: versions, who could satisfy them, and what saving one voids.

use crate::as_whom::{Admin, Approver, Engineer, release_form, service_form, settings};
use domain::access::Role;
use domain::event::{Event, Stream, StreamKind};
use domain::field::Problem;
use domain::id::{EnvironmentId, ReleaseId};
use domain::release::Decision;
use domain::service::Policy;
use store::service::PolicyEffect;
use store::{Db, Error, access, deployment, event, gate, release, service};

fn too_few<T: std::fmt::Debug>(answer: Result<T, Error>) -> (u32, u32) {
    match answer {
        Err(Error::Invalid(errors)) => match errors.get("approvals") {
            Some(Problem::TooFew { have, need }) => (*have, *need),
            other => panic!("{other:?}"),
        },
        other => panic!("it could be satisfied: {other:?}"),
    }
}

fn approvals(approvals: u32) -> Policy {
    Policy {
        approvals,
        ..Policy::default()
    }
}

struct Scene {
    admin: Admin,
    engineer: Engineer,
    approver: Approver,
    environment: EnvironmentId,
}

/// A service whose first environment can be deployed to, with one approval.
async fn scene(db: &Db) -> Scene {
    let admin = Admin::sets_up(db).await;
    let engineer = Engineer::join(db, &admin, "Eve").await;
    let approver = Approver::join(db, &admin, "Ann").await;
    service::create(db, &admin, &service_form("storefront", &admin))
        .await
        .unwrap();
    let environment = service::page(db, &admin, "storefront").await.unwrap().environments[0]
        .environment
        .id;
    service::save_settings(db, &admin, environment, 1, &settings())
        .await
        .unwrap();
    assert_eq!(
        service::save_policy(db, &admin, environment, 1, &approvals(1))
            .await
            .unwrap(),
        0
    );
    Scene {
        admin,
        engineer,
        approver,
        environment,
    }
}

impl Scene {
    /// A release for which the engineer asked for approval.
    async fn asked(&self, db: &Db, version: &str) -> ReleaseId {
        let id = release::create(db, &self.engineer, "storefront", &release_form(version))
            .await
            .unwrap();
        gate::request_approval(db, &self.engineer, id, self.environment)
            .await
            .unwrap();
        id
    }

    async fn effect(&self, db: &Db, policy: &Policy) -> u32 {
        let PolicyEffect { voids } = service::policy_effect(db, &self.admin, self.environment, policy)
            .await
            .unwrap();
        voids
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_more_person_than_approves_must_be_there_to_ask(db: Db) {
    let admin = Admin::sets_up(&db).await;
    service::create(&db, &admin, &service_form("storefront", &admin))
        .await
        .unwrap();
    let id = service::page(&db, &admin, "storefront").await.unwrap().environments[0]
        .environment
        .id;
    let effect = |policy: Policy| {
        let (db, admin) = (db.clone(), admin.clone());
        async move { service::policy_effect(&db, &admin, id, &policy).await }
    };
    // The administrator alone would have to ask.
    assert_eq!(too_few(effect(approvals(1)).await), (0, 1));
    let approver = Approver::join(&db, &admin, "Ann").await;
    assert_eq!(effect(approvals(1)).await.unwrap(), PolicyEffect { voids: 0 });
    assert_eq!(too_few(effect(approvals(2)).await), (1, 2));
    // With an engineer to ask, both of them can approve.
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    effect(approvals(2)).await.unwrap();
    assert_eq!(
        too_few(
            effect(Policy {
                approver_roles: vec![Role::Approver],
                ..approvals(2)
            })
            .await
        ),
        (1, 2)
    );
    assert_eq!(
        too_few(
            effect(Policy {
                approver_roles: Vec::new(),
                ..approvals(1)
            })
            .await
        ),
        (0, 1)
    );
    access::set_active(&db, &admin, engineer.id, false).await.unwrap();
    assert_eq!(too_few(effect(approvals(2)).await), (1, 2));
    access::set_active(&db, &admin, approver.id, false).await.unwrap();
    assert_eq!(
        too_few(service::save_policy(&db, &admin, id, 1, &approvals(1)).await),
        (0, 1)
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn versions_count_up_and_none_is_changed(db: Db) {
    let scene = scene(&db).await;
    let (admin, id) = (&scene.admin, scene.environment);
    let stale = service::save_policy(&db, admin, id, 1, &approvals(0)).await;
    assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
    service::save_policy(&db, admin, id, 2, &approvals(1)).await.unwrap();
    let same = service::environment(&db, id).await.unwrap().unwrap();
    assert_eq!(same.policy_version, 2, "the same rules are no new version");
    service::save_policy(
        &db,
        admin,
        id,
        2,
        &Policy {
            window: true,
            ..approvals(1)
        },
    )
    .await
    .unwrap();
    let kept: Vec<(i32, bool)> = sqlx::query_as(
        "select version, (body ->> 'window')::boolean from policy where environment_id = $1 order by version",
    )
    .bind(id.0)
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(kept, [(1, false), (2, false), (3, true)]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_who_save_a_policy_at_once_one_does(db: Db) {
    let scene = scene(&db).await;
    let (a, b) = (
        Policy {
            window: true,
            ..approvals(1)
        },
        Policy {
            checklist: true,
            ..approvals(1)
        },
    );
    let (one, other) = tokio::join!(
        service::save_policy(&db, &scene.admin, scene.environment, 2, &a),
        service::save_policy(&db, &scene.admin, scene.environment, 2, &b),
    );
    assert_eq!(
        [&one, &other].iter().filter(|answer| answer.is_ok()).count(),
        1,
        "{one:?} {other:?}"
    );
    assert!(matches!(if one.is_ok() { other } else { one }, Err(Error::Conflict)));
}

#[sqlx::test(migrations = "../../migrations")]
async fn saving_first_says_what_it_voids_and_then_voids_it(db: Db) {
    let scene = scene(&db).await;
    let (pending, given) = (scene.asked(&db, "1.0.0").await, scene.asked(&db, "1.1.0").await);
    let deployed = scene.asked(&db, "1.2.0").await;
    for release in ["1.1.0", "1.2.0"] {
        let page = release::page(&db, &scene.approver, "storefront", release)
            .await
            .unwrap();
        let request = page.environments[0].request.clone().unwrap();
        gate::decide(&db, &scene.approver, request.id, request.digest, Decision::Approve, "")
            .await
            .unwrap();
    }
    deployment::request(&db, &scene.engineer, deployed, scene.environment)
        .await
        .unwrap();
    // One that asks for what would not run any more is void already.
    let mut edit = release_form("1.3.0");
    scene.asked(&db, "1.3.0").await;
    edit.row_version = release::page(&db, &scene.admin, "storefront", "1.3.0")
        .await
        .unwrap()
        .release
        .row_version;
    edit.rollback_plan = "Another way back".into();
    release::update(&db, &scene.engineer, "storefront", "1.3.0", &edit)
        .await
        .unwrap();

    let stricter = Policy {
        window: true,
        ..approvals(1)
    };
    assert_eq!(scene.effect(&db, &approvals(1)).await, 0, "the same rules void nothing");
    assert_eq!(scene.effect(&db, &stricter).await, 2, "the pending and the given one");
    assert_eq!(
        service::save_policy(&db, &scene.admin, scene.environment, 2, &stricter)
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        scene.effect(&db, &approvals(0)).await,
        0,
        "what is void is not voided again"
    );

    let told = event::of_stream(&db, Stream::new(StreamKind::Environment, scene.environment))
        .await
        .unwrap();
    let last = told.last().map(|happened| &happened.event);
    let Some(Event::PolicySaved {
        version: 3,
        voided: 2,
        changes,
    }) = last
    else {
        panic!("{last:?}");
    };
    let change = (
        changes[0].field.as_str(),
        changes[0].before.as_str(),
        changes[0].after.as_str(),
    );
    assert_eq!(change, ("window", "no", "yes"));
    for (release, voided) in [(pending, 1), (given, 1), (deployed, 0)] {
        let told = event::of_stream(&db, Stream::new(StreamKind::Release, release))
            .await
            .unwrap();
        let told = told
            .iter()
            .filter(|happened| matches!(happened.event, Event::ApprovalsVoided { .. }))
            .count();
        assert_eq!(told, voided);
    }
}
