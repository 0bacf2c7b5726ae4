//! Leaving: what a person holds goes on, in one transaction, or nothing happens.

use crate::as_whom::{Admin, Approver, Engineer, address, service_form};
use domain::access::{Handover, Role, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::Problem;
use domain::id::{PersonId, ServiceId};
use domain::service::{ServiceForm, ServicePage};
use store::{Db, Error, Rule, access, event, incident, service};
use uuid::Uuid;

async fn page(db: &Db, admin: &Admin, name: &str) -> ServicePage {
    service::page(db, admin, name).await.unwrap()
}

fn owners(page: &ServicePage) -> Vec<PersonId> {
    page.owners.iter().map(|person| person.id).collect()
}

fn problem(answer: Result<(), Error>, service: ServiceId) -> Option<Problem> {
    match answer {
        Err(Error::Invalid(errors)) => errors.get(&format!("handover.{service}")).cloned(),
        other => panic!("nothing is invalid: {other:?}"),
    }
}

struct Scene {
    admin: Admin,
    leaver: Engineer,
    heir: Engineer,
    approver: Approver,
    /// Owned by the leaver alone.
    alone: ServiceId,
    /// Owned by the leaver and the heir.
    both: ServiceId,
}

async fn scene(db: &Db) -> Scene {
    let admin = Admin::sets_up(db).await;
    let leaver = Engineer::join(db, &admin, "Lea").await;
    let heir = Engineer::join(db, &admin, "Hal").await;
    let approver = Approver::join(db, &admin, "Sam").await;
    service::create(db, &admin, &service_form("alone", &leaver))
        .await
        .unwrap();
    let form = ServiceForm {
        owners: vec![leaver.id, heir.id],
        ..service_form("both", &leaver)
    };
    service::create(db, &admin, &form).await.unwrap();
    let (alone, both) = (page(db, &admin, "alone").await, page(db, &admin, "both").await);
    Scene {
        leaver: leaver.again(db).await,
        admin,
        heir,
        approver,
        alone: alone.service.id,
        both: both.service.id,
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn no_service_is_left_without_an_owner(db: Db) {
    let scene = scene(&db).await;
    let (admin, leaver) = (&scene.admin, scene.leaver.id);
    let left = || access::set_active(&db, admin, leaver, false);
    assert_eq!(problem(left().await, scene.alone), Some(Problem::Missing));
    let nobody = PersonId(Uuid::nil());
    let bot = access::create_service_account(&db, admin, "bot", "Deploys", Role::Engineer)
        .await
        .unwrap();
    for to in [nobody, leaver, bot] {
        let over = [Handover {
            service: scene.alone,
            to,
        }];
        let answer = access::leave(&db, admin, leaver, &over).await;
        assert_eq!(problem(answer, scene.alone), Some(Problem::Unknown), "{to}");
    }
    assert!(
        access::actor(&db, leaver).await.unwrap().is_some(),
        "nothing has happened"
    );
    assert_eq!(owners(&page(&db, admin, "alone").await), [leaver]);

    let before = page(&db, admin, "alone").await.service.row_version;
    let over = [Handover {
        service: scene.alone,
        to: scene.approver.id,
    }];
    access::leave(&db, admin, leaver, &over).await.unwrap();
    let alone = page(&db, admin, "alone").await;
    assert_eq!(owners(&alone), [scene.approver.id]);
    assert!(alone.service.row_version > before, "whoever edits it now is told");
    assert_eq!(
        owners(&page(&db, admin, "both").await),
        [scene.heir.id],
        "its other owner keeps it"
    );
    for (service, to) in [(scene.alone, Some(scene.approver.id)), (scene.both, None)] {
        let events = event::of_stream(&db, Stream::new(StreamKind::Service, service))
            .await
            .unwrap();
        let last = &events.last().unwrap().event;
        assert_eq!(*last, Event::ServiceHandedOver { from: leaver, to });
    }
    let again = left().await;
    assert!(matches!(again, Err(Error::Rule(Rule::NothingToDo))), "{again:?}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn another_owner_whose_account_is_closed_does_not_keep_a_service(db: Db) {
    let scene = scene(&db).await;
    access::set_active(&db, &scene.admin, scene.heir.id, false)
        .await
        .unwrap();
    let answer = access::set_active(&db, &scene.admin, scene.leaver.id, false).await;
    match answer {
        Err(Error::Invalid(errors)) => assert_eq!(errors.0.len(), 2, "{errors:?}"),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn two_owners_who_leave_at_once_leave_one_behind(db: Db) {
    let scene = scene(&db).await;
    let over = [Handover {
        service: scene.alone,
        to: scene.admin.id,
    }];
    let (one, other) = tokio::join!(
        access::leave(&db, &scene.admin, scene.leaver.id, &over),
        access::set_active(&db, &scene.admin, scene.heir.id, false),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(owners(&page(&db, &scene.admin, "both").await).len(), 1);
}

/// Somebody is made an owner while they leave: either the edit is refused, or the leaving is, and an active owner is there.
#[sqlx::test(migrations = "../../migrations")]
async fn nobody_becomes_the_only_owner_while_they_leave(db: Db) {
    let scene = scene(&db).await;
    service::create(&db, &scene.admin, &service_form("third", &scene.heir))
        .await
        .unwrap();
    let third = page(&db, &scene.admin, "third").await;
    let environments = third.environments.iter().map(|state| domain::service::EnvironmentForm {
        id: Some(state.environment.id),
        name: state.environment.name.clone(),
        tier: state.environment.tier,
    });
    let form = ServiceForm {
        owners: vec![scene.leaver.id],
        environments: environments.collect(),
        row_version: third.service.row_version,
        ..service_form("third", &scene.leaver)
    };
    let over = [Handover {
        service: scene.alone,
        to: scene.admin.id,
    }];
    let (edited, left) = tokio::join!(
        service::update(&db, &scene.admin, "third", &form),
        access::leave(&db, &scene.admin, scene.leaver.id, &over),
    );
    assert!(edited.is_ok() != left.is_ok(), "{edited:?} {left:?}");
    let owner = &page(&db, &scene.admin, "third").await.owners[0];
    assert!(owner.active, "{edited:?} {left:?}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_a_person_holds_is_shown_and_ends_or_stays(db: Db) {
    let scene = scene(&db).await;
    let leaver = Admin::join(&db, &scene.admin, "Ada-Two").await;
    let environment = page(&db, &scene.admin, "both").await.environments[0].environment.id;
    service::lock(&db, &leaver, environment, "Stocktaking", None)
        .await
        .unwrap();
    let token = access::invite(&db, &leaver, &address("guest"), Role::Viewer)
        .await
        .unwrap();
    let team = access::create_team(&db, &leaver, "Payments", "").await.unwrap();
    access::add_member(&db, &leaver, team, leaver.id).await.unwrap();
    access::add_member(&db, &leaver, team, scene.heir.id).await.unwrap();
    access::give_role(&db, &leaver, team, Role::Approver, Scope::Service(scene.both))
        .await
        .unwrap();
    let form = domain::incident::IncidentForm {
        title: "Orders fail".into(),
        public_title: String::new(),
        severity: domain::incident::Severity::Low,
        what_happened: String::new(),
        impact: String::new(),
        root_cause: String::new(),
        resolution: String::new(),
        lessons: String::new(),
        started_at: "2026-01-15T10:00:00Z".parse().unwrap(),
        row_version: 0,
    };
    let number = incident::open(&db, &leaver, "both", None, &form).await.unwrap();

    let held = access::holdings(&db, &scene.admin, leaver.id).await.unwrap();
    assert!(held.services.is_empty());
    assert_eq!(held.invitations, [address("guest")]);
    assert_eq!(held.teams, ["Payments"]);
    assert_eq!(
        held.incidents.iter().map(|one| one.number).collect::<Vec<_>>(),
        [number]
    );
    let [lock] = &held.locks[..] else {
        panic!("{:?}", held.locks)
    };
    assert_eq!(
        (lock.place.service.as_str(), lock.place.environment.as_str()),
        ("both", "development")
    );
    let mut lifters: Vec<PersonId> = lock.lifters.iter().map(|person| person.id).collect();
    lifters.sort();
    let mut wanted = vec![scene.admin.id, scene.approver.id, scene.heir.id];
    wanted.sort();
    assert_eq!(lifters, wanted, "the heir is an approver there by the team");

    access::set_active(&db, &scene.admin, leaver.id, false).await.unwrap();
    let ended = access::invitation(&db, &token).await;
    assert!(matches!(ended, Err(Error::Rule(Rule::InvitationEnded))), "{ended:?}");
    let state = &page(&db, &scene.admin, "both").await.environments[0];
    assert!(state.lock.is_some(), "the lock stays");
    let heir = scene.heir.again(&db).await;
    service::unlock(&db, &heir, environment).await.unwrap();
    let held = access::holdings(&db, &scene.admin, leaver.id).await.unwrap();
    assert!(held.invitations.is_empty() && held.locks.is_empty() && !held.person.active);
}
