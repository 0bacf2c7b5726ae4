//! Stopping the line: by whom, what it holds, and who releases it.

use crate::as_whom::Viewer;
use crate::world::{World, problem, rule};
use domain::access::Action;
use domain::event::{Event, Stream};
use domain::field::Problem;
use domain::gate::{Gate, Reason};
use store::{Db, Error, Rule, deployment, stop};

const WHY: &str = "Checkout loses orders";

#[sqlx::test(migrations = "../../migrations")]
async fn a_stopped_line_holds_every_environment_until_it_is_released(db: Db) {
    let world = World::new(db).await;
    let id = world.clear_for_production("1.0.0").await;
    stop::stop(&world.db, &world.engineer, WHY).await.unwrap();
    let answer = deployment::request(&world.db, &world.engineer, id, world.production).await;
    let Err(Error::Refused(reasons)) = answer else {
        panic!("not refused: {answer:?}")
    };
    assert!(
        matches!(&reasons[..], [Reason::Stopped { lock }] if lock.by == world.engineer.by()),
        "{reasons:?}"
    );
    assert!(!world.passes("1.0.0", Gate::Lock).await);
    let viewer = Viewer::join(&world.db, &world.admin, "Vic").await;
    let seen = stop::read(&world.db, &viewer).await.unwrap().unwrap();
    assert_eq!(seen.by.unwrap().id, world.engineer.id);
    stop::release(&world.db, &world.engineer).await.unwrap();
    assert_eq!(stop::read(&world.db, &viewer).await.unwrap(), None);
    deployment::request(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn it_is_stopped_once_and_released_by_who_may(db: Db) {
    let world = World::new(db).await;
    let db = &world.db;
    let viewer = Viewer::join(db, &world.admin, "Vic").await;
    let denied = |answer: Result<(), Error>| match answer {
        Err(Error::Denied(denied)) => denied.action,
        other => panic!("not denied: {other:?}"),
    };
    assert_eq!(denied(stop::stop(db, &viewer, WHY).await), Action::Deploy);
    assert_eq!(
        problem(stop::stop(db, &world.admin, " ").await, "reason"),
        Problem::Missing
    );
    // Two at once: one stops it, the other hears that it is stopped.
    let (one, other) = tokio::join!(
        stop::stop(db, &world.admin, WHY),
        stop::stop(db, &world.engineer, "Something is wrong")
    );
    assert_eq!(
        usize::from(one.is_ok()) + usize::from(other.is_ok()),
        1,
        "{one:?} {other:?}"
    );
    stop::release(db, &world.approver).await.unwrap();
    assert_eq!(rule(stop::release(db, &world.approver).await), Rule::NothingToDo);

    stop::stop(db, &world.admin, WHY).await.unwrap();
    assert_eq!(denied(stop::release(db, &world.engineer).await), Action::LiftLock);
    assert_eq!(denied(stop::release(db, &viewer).await), Action::LiftLock);
    stop::release(db, &world.approver).await.unwrap();
    let told = store::event::of_stream(db, Stream::instance()).await.unwrap();
    let stops = told
        .iter()
        .filter(|one| matches!(one.event, Event::LineStopped { .. }))
        .count();
    let releases = told
        .iter()
        .filter(|one| matches!(one.event, Event::LineReleased { .. }))
        .count();
    assert_eq!((stops, releases), (2, 2));
}
