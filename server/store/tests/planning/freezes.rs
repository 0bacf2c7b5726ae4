//! Freezes and windows: what they hold, who may set them, and what lets a release through.

use crate::as_whom::release_form;
use crate::world::{SERVICE, World, conflict, problem, rule};
use chrono::{NaiveDateTime, TimeDelta, Utc};
use domain::access::Action;
use domain::deployment::State;
use domain::event::Event;
use domain::field::Problem;
use domain::freeze::{OnRun, Place, Schedule, TimeForm, TimeKind};
use domain::gate::{Gate, Reason};
use domain::release::{ReleaseForm, Window};
use domain::service::Tier;
use store::{Db, Error, Rule, deployment, freeze, release};

/// The wall of UTC, so many minutes from now.
fn wall(minutes: i64) -> NaiveDateTime {
    (Utc::now() + TimeDelta::minutes(minutes)).naive_utc()
}

fn form(kind: TimeKind, place: Place, from: i64, to: i64) -> TimeForm {
    TimeForm {
        kind,
        name: "Year end".into(),
        reason: "Nobody is there".into(),
        place,
        schedule: Schedule {
            zone: "UTC".into(),
            from: wall(from),
            to: wall(to),
            rule: String::new(),
        },
        on_run: OnRun::Hold,
        row_version: 0,
    }
}

const PRODUCTION: Place = Place::Tier { tier: Tier::Production };

/// Why a deployment to production is refused, but for nothing else than the calendar.
async fn refused(world: &World, id: domain::id::ReleaseId) -> Vec<Reason> {
    match deployment::request(&world.db, &world.engineer, id, world.production).await {
        Err(Error::Refused(reasons)) => reasons,
        other => panic!("not refused: {other:?}"),
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_freeze_holds_until_it_is_ended(db: Db) {
    let world = World::new(db).await;
    let id = world.clear_for_production("1.0.0").await;
    let freeze = freeze::set(&world.db, &world.approver, &form(TimeKind::Freeze, PRODUCTION, -5, 60))
        .await
        .unwrap();
    let reasons = refused(&world, id).await;
    assert!(matches!(&reasons[..], [Reason::Frozen { rule, by, .. }] if *rule == freeze && *by == world.approver.id));
    assert!(!world.passes("1.0.0", Gate::Calendar).await);
    let staging = world.beside("1.0.0", "staging").await.facts.times;
    assert!(staging.rules.is_empty(), "it holds for production alone");
    freeze::end(&world.db, &world.approver, freeze).await.unwrap();
    assert!(world.passes("1.0.0", Gate::Calendar).await);
    deployment::request(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
    let again = freeze::end(&world.db, &world.approver, freeze).await;
    assert!(matches!(again, Err(Error::NotFound)));
}

#[sqlx::test(migrations = "../../migrations")]
async fn windows_let_in_and_places_narrow_each_other(db: Db) {
    let world = World::new(db).await;
    world.plan("1.0.0").await;
    let service = world.page("1.0.0").await.release.service;
    let open = form(TimeKind::Window, Place::Instance, -5, 60);
    freeze::set(&world.db, &world.admin, &open).await.unwrap();
    assert!(world.passes("1.0.0", Gate::Calendar).await);
    let shut = form(TimeKind::Window, Place::Service { service }, 30, 60);
    let later = freeze::set(&world.db, &world.admin, &shut).await.unwrap();
    assert!(!world.passes("1.0.0", Gate::Calendar).await);
    let facts = world.beside("1.0.0", "production").await.facts;
    let reasons = facts.times.against(Utc::now());
    assert!(matches!(&reasons[..], [Reason::OutsideWindow { rules, opens_at: Some(_), .. }] if *rules == [later]));
    let clears = domain::freeze::Times::turns(&facts.times, Utc::now());
    assert!(!clears.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn who_may_lets_one_release_through_and_no_other(db: Db) {
    let world = World::new(db).await;
    let id = world.clear_for_production("1.0.0").await;
    freeze::set(
        &world.db,
        &world.admin,
        &form(TimeKind::Freeze, Place::Instance, -5, 60),
    )
    .await
    .unwrap();
    let by_engineer = freeze::override_times(&world.db, &world.engineer, id, world.production, "It can't wait").await;
    assert!(matches!(by_engineer, Err(Error::Denied(denied)) if denied.action == Action::Override));
    let short = freeze::override_times(&world.db, &world.approver, id, world.production, "now").await;
    assert!(matches!(problem(short, "reason"), Problem::TooShort { .. }));
    freeze::override_times(&world.db, &world.approver, id, world.production, "It can't wait")
        .await
        .unwrap();
    let again = freeze::override_times(&world.db, &world.approver, id, world.production, "It can't wait").await;
    assert_eq!(rule(again), Rule::NothingToDo);
    assert!(world.passes("1.0.0", Gate::Calendar).await);
    let told = world.history(id).await.into_iter().any(|happened| {
        matches!(happened.event, Event::TimesOverridden { ref reason, .. } if reason == "It can't wait")
            && happened.by == world.approver.by()
    });
    assert!(told, "the history says who and why");
    // Another freeze that begins afterwards holds again.
    freeze::set(&world.db, &world.admin, &form(TimeKind::Freeze, PRODUCTION, -1, 60))
        .await
        .unwrap();
    assert!(!world.passes("1.0.0", Gate::Calendar).await);
    // And the other release was never let through.
    world.plan("1.1.0").await;
    assert!(!world.passes("1.1.0", Gate::Calendar).await);
    sqlx::query("update time_override set until = now() - interval '1 s'")
        .execute(&world.db)
        .await
        .unwrap();
    let facts = world.beside("1.0.0", "production").await.facts;
    assert_eq!(facts.times.against(Utc::now()).len(), 2, "it does not outlast its time");
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_it_would_hold_is_told_before_it_is_set(db: Db) {
    let world = World::new(db).await;
    let planned = |version: &str, from: i64| ReleaseForm {
        window: Some(Window {
            opens_at: Utc::now() + TimeDelta::minutes(from),
            closes_at: Utc::now() + TimeDelta::minutes(from + 30),
        }),
        ..release_form(version)
    };
    for (version, from) in [("1.0.0", 60), ("1.1.0", 600)] {
        release::create(&world.db, &world.engineer, SERVICE, &planned(version, from))
            .await
            .unwrap();
    }
    let running = world.clear_for_production("0.9.0").await;
    world.deploy(running, world.production, State::Running).await;
    let freeze = form(TimeKind::Freeze, PRODUCTION, 30, 120);
    let told = freeze::preview(&world.db, &world.approver, &freeze).await.unwrap();
    let releases: Vec<_> = told
        .releases
        .iter()
        .map(|one| (one.version.as_str(), one.environment.as_str()))
        .collect();
    assert_eq!(releases, [("1.0.0", "production")]);
    assert_eq!((told.deployments.len(), told.count, told.next.len()), (1, 1, 1));
    let goes_on = TimeForm {
        on_run: OnRun::Continue,
        ..freeze.clone()
    };
    let told = freeze::preview(&world.db, &world.approver, &goes_on).await.unwrap();
    assert!(told.deployments.is_empty(), "what runs goes on");
    let window = form(TimeKind::Window, PRODUCTION, 50, 120);
    let told = freeze::preview(&world.db, &world.approver, &window).await.unwrap();
    let releases: Vec<_> = told.releases.iter().map(|one| one.version.as_str()).collect();
    assert_eq!(releases, ["1.1.0"], "what is planned outside of it");
    let page = freeze::page(&world.db, &world.engineer, Utc::now(), Utc::now() + TimeDelta::days(1))
        .await
        .unwrap();
    assert!(page.rules.is_empty(), "nothing was saved");
    assert_eq!(page.planned.len(), 2);
}

#[sqlx::test(migrations = "../../migrations")]
async fn nothing_is_half_changed(db: Db) {
    let world = World::new(db).await;
    let first = form(TimeKind::Freeze, PRODUCTION, 30, 120);
    let denied = freeze::set(&world.db, &world.engineer, &first).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    let id = freeze::set(&world.db, &world.approver, &first).await.unwrap();
    let weekly = |row_version: i32| TimeForm {
        schedule: Schedule {
            rule: "FREQ=WEEKLY".into(),
            ..first.schedule.clone()
        },
        row_version,
        ..first.clone()
    };
    freeze::change(&world.db, &world.admin, id, &weekly(1)).await.unwrap();
    assert!(
        conflict(&freeze::change(&world.db, &world.approver, id, &weekly(1)).await),
        "somebody was faster"
    );
    let wrong = TimeForm {
        schedule: Schedule {
            rule: "every Friday".into(),
            ..first.schedule.clone()
        },
        ..weekly(2)
    };
    let unread = freeze::change(&world.db, &world.approver, id, &wrong).await;
    assert!(matches!(problem(unread, "rule"), Problem::Unreadable { .. }));
    let over = TimeForm {
        schedule: Schedule {
            from: wall(-600),
            to: wall(-500),
            ..first.schedule.clone()
        },
        ..weekly(2)
    };
    assert_eq!(
        problem(freeze::change(&world.db, &world.approver, id, &over).await, "to"),
        Problem::Never
    );
    let page = freeze::page(&world.db, &world.engineer, Utc::now(), Utc::now() + TimeDelta::days(15))
        .await
        .unwrap();
    assert_eq!((page.entries.len(), page.rules[0].row_version), (3, 2));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_team_sets_it_where_its_role_holds(db: Db) {
    let world = World::new(db).await;
    world.plan("1.0.0").await;
    let service = world.page("1.0.0").await.release.service;
    let place = Place::Environment {
        service,
        environment: world.production,
    };
    let (_, member) = crate::teams::approver_there(&world, world.production).await;
    freeze::set(&world.db, &member, &form(TimeKind::Freeze, place, 30, 60))
        .await
        .unwrap();
    let wider = freeze::set(&world.db, &member, &form(TimeKind::Freeze, PRODUCTION, 30, 60)).await;
    assert!(matches!(wider, Err(Error::Denied(_))));
    let elsewhere = Place::Environment {
        service: domain::id::ServiceId(uuid::Uuid::now_v7()),
        environment: world.production,
    };
    let wrong = freeze::set(&world.db, &world.admin, &form(TimeKind::Freeze, elsewhere, 30, 60)).await;
    assert!(matches!(wrong, Err(Error::NotFound)));
}

#[sqlx::test(migrations = "../../migrations")]
async fn times_are_known_further_ahead_as_time_goes_by(db: Db) {
    let world = World::new(db).await;
    let mut weekly = form(TimeKind::Freeze, PRODUCTION, 30, 120);
    weekly.schedule.rule = "FREQ=WEEKLY".into();
    freeze::set(&world.db, &world.admin, &weekly).await.unwrap();
    let far = form(TimeKind::Freeze, PRODUCTION, 60 * 24 * 900, 60 * 24 * 900 + 60);
    freeze::set(&world.db, &world.admin, &far).await.unwrap();
    let known = || async {
        sqlx::query_scalar::<_, i64>("select count(*) from time_span")
            .fetch_one(&world.db)
            .await
            .unwrap()
    };
    let before = known().await;
    assert_eq!(before, 58 + 1, "a year of weeks and some, and the one far ahead");
    sqlx::query("update time_rule set known_until = now() + interval '20 days' where schedule ->> 'rule' <> ''")
        .execute(&world.db)
        .await
        .unwrap();
    sqlx::query(
        "delete from time_span where from_at between now() + interval '20 days' and now() + interval '500 days'",
    )
    .execute(&world.db)
    .await
    .unwrap();
    store::job::sweep(&world.db).await.unwrap();
    assert_eq!(known().await, before);
    store::job::sweep(&world.db).await.unwrap();
    assert_eq!(known().await, before, "twice is once");
}
