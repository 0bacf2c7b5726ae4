//! Who is told of what, by which way, and that it is told with the deed or not at all.

use crate::as_whom::{Engineer, Support, release_form};
use crate::incidents::form;
use crate::world::{SERVICE, World};
use domain::access::Actor;
use domain::deployment::{Pause, State, Trigger};
use domain::event::Event;
use domain::incident::{IncidentState, Severity};
use domain::notice::{Kind, Told, Way, What};
use domain::release::{Decision, ReleaseForm};
use store::{Db, Error, gate, incident, job, mail, notice, release};

async fn told(world: &World, who: &Actor) -> Vec<Told> {
    notice::page(&world.db, who, None).await.unwrap().told
}

async fn kinds(world: &World, who: &Actor) -> Vec<Kind> {
    told(world, who)
        .await
        .iter()
        .map(|told| told.notice.what.kind())
        .collect()
}

/// Mails in the queue.
async fn queued(db: &Db) -> i64 {
    let jobs = "select count(*) from graphile_worker._private_jobs j
                join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'mail'";
    sqlx::query_scalar(jobs).fetch_one(db).await.unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn whose_approval_is_asked_is_told_and_who_asked_hears_the_answer(db: Db) {
    let world = World::new(db).await;
    let release = world.plan("1.0.0").await;
    let request = gate::request_approval(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    assert_eq!(kinds(&world, &world.approver).await, [Kind::ApprovalAsked]);
    assert_eq!(kinds(&world, &world.admin).await, [Kind::ApprovalAsked]);
    assert!(told(&world, &world.engineer).await.is_empty(), "who asked knows");
    let asked = &told(&world, &world.approver).await[0];
    assert_eq!(asked.notice.about.path(), "/releases/storefront/1.0.0");
    assert!(!asked.read);

    let digest = world.beside("1.0.0", "production").await.digest;
    gate::decide(&world.db, &world.approver, request, digest, Decision::Approve, "")
        .await
        .unwrap();
    assert_eq!(kinds(&world, &world.engineer).await, [Kind::Decided]);

    let changed = ReleaseForm {
        rollback_plan: "Another way back".into(),
        ..world.form("1.0.0").await
    };
    release::update(&world.db, &world.engineer, SERVICE, "1.0.0", &changed)
        .await
        .unwrap();
    let void = &told(&world, &world.approver).await[0];
    assert_eq!(void.notice.what, What::ApprovalVoided { count: 1 });
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_refused_or_undone_deed_tells_nobody(db: Db) {
    let world = World::new(db).await;
    let release = world.plan("1.0.0").await;
    mail::announce(&world.db, true).await.unwrap();
    // The last statement of the use case fails: everything before it is undone with it.
    sqlx::query("create function no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$")
        .execute(&world.db)
        .await
        .unwrap();
    sqlx::query("create constraint trigger no after insert on mail deferrable initially deferred for each row execute function no()")
        .execute(&world.db)
        .await
        .unwrap();
    let asked = gate::request_approval(&world.db, &world.engineer, release, world.production).await;
    assert!(matches!(asked, Err(Error::Db(_))), "{asked:?}");
    assert!(told(&world, &world.approver).await.is_empty());
    assert_eq!(queued(&world.db).await, 0);
}

#[sqlx::test(migrations = "../../migrations")]
async fn mail_is_enqueued_where_it_is_sent_and_wanted(db: Db) {
    let world = World::new(db).await;
    let release = world.plan("1.0.0").await;
    let ask = || gate::request_approval(&world.db, &world.engineer, release, world.production);
    ask().await.unwrap();
    assert_eq!(queued(&world.db).await, 0, "no mail server was named");

    mail::announce(&world.db, true).await.unwrap();
    notice::save_preferences(&world.db, &world.admin, &[(Kind::ApprovalAsked, Way::None)])
        .await
        .unwrap();
    let changed = ReleaseForm {
        rollback_plan: "Another way back".into(),
        ..world.form("1.0.0").await
    };
    release::update(&world.db, &world.engineer, SERVICE, "1.0.0", &changed)
        .await
        .unwrap();
    ask().await.unwrap();
    assert_eq!(queued(&world.db).await, 1, "the approver's alone");
    assert_eq!(told(&world, &world.approver).await.len(), 2);
    assert_eq!(told(&world, &world.admin).await.len(), 1, "no bell either");

    sqlx::query("update person set sample = true where id = $1")
        .bind(world.approver.id.0)
        .execute(&world.db)
        .await
        .unwrap();
    let other = world.plan("1.1.0").await;
    gate::request_approval(&world.db, &world.engineer, other, world.production)
        .await
        .unwrap();
    assert_eq!(queued(&world.db).await, 1, "sample people have no mail");
}

#[sqlx::test(migrations = "../../migrations")]
async fn owners_hear_of_a_deployment_that_waits_or_goes_back(db: Db) {
    let world = World::new(db).await;
    let release = world.plan("1.0.0").await;
    world.work_off("1.0.0").await;
    let id = world.deploy(release, world.staging, State::Running).await;
    let pause = Pause::Inconclusive {
        metrics: vec!["error_rate".into()],
    };
    let events = vec![
        Event::Paused { pause: pause.clone() },
        Event::TakingBack {
            trigger: Trigger::ErrorRate,
        },
    ];
    world.keep(id, |run| run, Vec::new(), events).await;
    let told = told(&world, &world.engineer).await;
    let what: Vec<&What> = told.iter().map(|told| &told.notice.what).collect();
    let back = What::TakenBack {
        trigger: Trigger::ErrorRate,
    };
    assert!(
        what.contains(&&What::Paused { pause }) && what.contains(&&back),
        "{what:?}"
    );
    assert!(told[0].notice.about.path().starts_with("/deployments/"));
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_deed_is_told_once_and_only_to_who_has_to_do_with_it(db: Db) {
    let world = World::new(db).await;
    let support = Support::join(&world.db, &world.admin, "Kim").await;
    let bystander = Engineer::join(&world.db, &world.admin, "Ben").await;
    let number = incident::open(&world.db, &support, SERVICE, None, &form("Orders fail", Severity::High))
        .await
        .unwrap();
    // The state changes, and the public is told: two events, one deed.
    incident::publish(&world.db, &support, number, IncidentState::Identified, "We know why.")
        .await
        .unwrap();
    assert_eq!(
        kinds(&world, &world.engineer).await,
        [Kind::IncidentUpdated, Kind::IncidentOpened]
    );
    assert!(told(&world, &bystander).await.is_empty());
    assert!(told(&world, &support).await.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_marks_what_one_saw_and_nobody_elses(db: Db) {
    let world = World::new(db).await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let release = release::create(&world.db, &world.engineer, SERVICE, &release_form(version))
            .await
            .unwrap();
        gate::request_approval(&world.db, &world.engineer, release, world.production)
            .await
            .unwrap();
    }
    let mine = told(&world, &world.approver).await;
    assert_eq!(notice::unread(&world.db, &world.approver).await.unwrap(), 3);
    let foreign = notice::mark_read(&world.db, &world.admin, mine[0].id).await;
    assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
    // The page that the reader saw did not have the newest one yet.
    notice::mark_all_read(&world.db, &world.approver, mine[1].id)
        .await
        .unwrap();
    assert_eq!(notice::unread(&world.db, &world.approver).await.unwrap(), 1);
    notice::mark_read(&world.db, &world.approver, mine[0].id).await.unwrap();
    assert_eq!(notice::unread(&world.db, &world.approver).await.unwrap(), 0);
    assert_eq!(notice::unread(&world.db, &world.admin).await.unwrap(), 3);
    let older = notice::page(&world.db, &world.approver, Some(mine[1].id))
        .await
        .unwrap();
    assert_eq!(older.told.iter().map(|told| told.id).collect::<Vec<_>>(), [mine[2].id]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn jobs_are_shown_tried_again_and_removed(db: Db) {
    let world = World::new(db).await;
    mail::announce(&world.db, true).await.unwrap();
    let release = world.plan("1.0.0").await;
    gate::request_approval(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    let queue = job::queue(&world.db, &world.admin).await.unwrap();
    assert_eq!((queue.depth.waiting, queue.jobs.len()), (2, 2));
    let (first, second) = (queue.jobs[0].id, queue.jobs[1].id);
    sqlx::query("update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'no' where id = $1")
        .bind(first)
        .execute(&world.db)
        .await
        .unwrap();
    sqlx::query("update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where id = $1")
        .bind(second)
        .execute(&world.db)
        .await
        .unwrap();
    let depth = job::depth(&world.db).await.unwrap();
    assert_eq!((depth.waiting, depth.running, depth.gave_up), (0, 1, 1));
    let running = job::remove(&world.db, &world.admin, second).await;
    assert!(
        matches!(running, Err(Error::Rule(store::Rule::InUse))),
        "it runs: {running:?}"
    );
    job::retry(&world.db, &world.admin, first).await.unwrap();
    assert_eq!(job::depth(&world.db).await.unwrap().gave_up, 0);
    job::remove(&world.db, &world.admin, first).await.unwrap();
    let gone = job::retry(&world.db, &world.admin, first).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    let denied = job::queue(&world.db, &world.engineer).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
}
