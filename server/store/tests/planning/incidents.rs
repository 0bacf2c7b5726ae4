//! Incidents that people open, tell the public of, and write up.

use crate::as_whom::{Support, service_form};
use crate::world::{SERVICE, World, conflict, problem};
use chrono::{TimeDelta, Utc};
use domain::access::By;
use domain::event::Event;
use domain::field::Problem;
use domain::incident::{IncidentForm, IncidentState, Moment, Severity};
use domain::status::{ComponentState, overall};
use store::{Db, Error, incident, service, status};

pub fn form(title: &str, severity: Severity) -> IncidentForm {
    IncidentForm {
        title: title.into(),
        public_title: String::new(),
        severity,
        what_happened: String::new(),
        impact: String::new(),
        root_cause: String::new(),
        resolution: String::new(),
        lessons: String::new(),
        started_at: Utc::now() - TimeDelta::minutes(5),
        row_version: 0,
    }
}

async fn component(world: &World) -> ComponentState {
    status::page(&world.db).await.unwrap().components[0].state
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_incident_is_opened_told_and_resolved(db: Db) {
    let world = World::new(db).await;
    let support = Support::join(&world.db, &world.admin, "Kim").await;
    let opened = form("Payments are slow", Severity::Medium);
    let number = incident::open(&world.db, &support, SERVICE, None, &opened)
        .await
        .unwrap();
    assert_eq!(component(&world).await, ComponentState::DegradedPerformance);
    assert!(
        status::page(&world.db).await.unwrap().open.is_empty(),
        "nobody has told the public yet"
    );
    let tell = |state, body: &str| {
        let (world, support, body) = (&world, &support, body.to_owned());
        async move { incident::publish(&world.db, support, number, state, &body).await }
    };
    assert_eq!(
        problem(tell(IncidentState::Monitoring, " ").await, "body"),
        Problem::Missing
    );
    tell(IncidentState::Monitoring, "We are looking at slow payments.")
        .await
        .unwrap();
    let public = status::page(&world.db).await.unwrap();
    assert_eq!(public.open.len(), 1);
    assert_eq!(
        (public.open[0].state, public.open[0].updates.len()),
        (IncidentState::Monitoring, 1)
    );
    assert_eq!(public.open[0].updates[0].by, By::System, "no person's id is public");
    tell(IncidentState::Resolved, "Payments are as fast as ever.")
        .await
        .unwrap();
    let public = status::page(&world.db).await.unwrap();
    assert_eq!((public.open.len(), public.past.len()), (0, 1));
    assert_eq!(overall(&public.components), ComponentState::Operational);
    let bodies: Vec<_> = public.past[0]
        .updates
        .iter()
        .map(|update| update.body.as_str())
        .collect();
    assert_eq!(
        bodies,
        ["Payments are as fast as ever.", "We are looking at slow payments."]
    );
    tell(IncidentState::Investigating, "It is slow again.").await.unwrap();
    assert_eq!(component(&world).await, ComponentState::DegradedPerformance);
    let page = incident::page(&world.db, &world.engineer, number).await.unwrap();
    assert_eq!((page.incident.resolved_at, page.updates.len()), (None, 3));
    assert!(page.people.iter().any(|person| person.name == "Kim"));
    let told = page
        .timeline
        .iter()
        .filter(|moment| matches!(moment, Moment::Update(_)))
        .count();
    let states = |moment: &&Moment| matches!(moment, Moment::Event(happened) if matches!(happened.event, Event::IncidentStateChanged { .. }));
    assert_eq!(
        (told, page.timeline.iter().filter(states).count()),
        (3, 0),
        "a state that was told is shown once"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_public_reads_the_title_that_is_written_for_it(db: Db) {
    let world = World::new(db).await;
    let opened = form("Card processor of customer 4711 times out", Severity::Medium);
    let number = incident::open(&world.db, &world.engineer, SERVICE, None, &opened)
        .await
        .unwrap();
    incident::publish(
        &world.db,
        &world.engineer,
        number,
        IncidentState::Investigating,
        "We are looking into it.",
    )
    .await
    .unwrap();
    let title = async || status::page(&world.db).await.unwrap().open[0].title.clone();
    assert_eq!(title().await, "storefront is disturbed");
    let kept = incident::page(&world.db, &world.engineer, number)
        .await
        .unwrap()
        .incident
        .form;
    let told = IncidentForm {
        public_title: " Payments are slow ".into(),
        ..kept
    };
    incident::update(&world.db, &world.engineer, number, &told)
        .await
        .unwrap();
    assert_eq!(title().await, "Payments are slow");
    let page = incident::page(&world.db, &world.engineer, number).await.unwrap();
    assert_eq!(page.incident.form.title, opened.title);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_component_follows_the_worst_of_its_open_incidents(db: Db) {
    let world = World::new(db).await;
    let open = async |severity| {
        incident::open(
            &world.db,
            &world.engineer,
            SERVICE,
            None,
            &form("Something is wrong", severity),
        )
        .await
        .unwrap()
    };
    open(Severity::Low).await;
    assert_eq!(component(&world).await, ComponentState::Operational);
    open(Severity::Medium).await;
    let critical = open(Severity::Critical).await;
    assert_eq!(component(&world).await, ComponentState::MajorOutage);
    let kept = incident::page(&world.db, &world.engineer, critical)
        .await
        .unwrap()
        .incident
        .form;
    let milder = IncidentForm {
        severity: Severity::High,
        ..kept
    };
    incident::update(&world.db, &world.engineer, critical, &milder)
        .await
        .unwrap();
    assert_eq!(component(&world).await, ComponentState::DegradedPerformance);
    let changes: i64 = sqlx::query_scalar("select count(*) from component_change")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(changes, 4, "operational, degraded, outage, degraded");
    let today = status::page(&world.db)
        .await
        .unwrap()
        .components
        .remove(0)
        .days
        .pop()
        .unwrap();
    assert_eq!(today.worst, Some(ComponentState::MajorOutage));
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_customers_do_not_see_is_not_public(db: Db) {
    let world = World::new(db).await;
    service::create(&world.db, &world.admin, &service_form("warehouse", &world.engineer))
        .await
        .unwrap();
    let inner = form("Warehouse is slow", Severity::Critical);
    let number = incident::open(&world.db, &world.engineer, "warehouse", None, &inner)
        .await
        .unwrap();
    incident::publish(
        &world.db,
        &world.engineer,
        number,
        IncidentState::Identified,
        "We know why.",
    )
    .await
    .unwrap();
    let public = status::page(&world.db).await.unwrap();
    assert_eq!(
        public
            .components
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>(),
        [SERVICE]
    );
    assert!(public.open.is_empty());
    assert_eq!(public.components[0].days.len(), 90);
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_old_incident_leaves_the_page(db: Db) {
    let world = World::new(db).await;
    let opened = form("Payments are slow", Severity::Medium);
    let number = incident::open(&world.db, &world.engineer, SERVICE, None, &opened)
        .await
        .unwrap();
    incident::publish(
        &world.db,
        &world.engineer,
        number,
        IncidentState::Resolved,
        "It is over.",
    )
    .await
    .unwrap();
    let past = async |days: i32| {
        let old = "update incident set resolved_at = now() - make_interval(days => $1)";
        sqlx::query(old).bind(days).execute(&world.db).await.unwrap();
        status::page(&world.db).await.unwrap().past.len()
    };
    assert_eq!((past(13).await, past(15).await), (1, 0));
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_report_is_written_by_one_at_a_time(db: Db) {
    let world = World::new(db).await;
    let opened = form("Payments are slow", Severity::Low);
    let number = incident::open(&world.db, &world.engineer, SERVICE, None, &opened)
        .await
        .unwrap();
    let kept = incident::page(&world.db, &world.engineer, number)
        .await
        .unwrap()
        .incident
        .form;
    let cause = |text: &str| IncidentForm {
        root_cause: text.into(),
        ..kept.clone()
    };
    let (mine, theirs) = (cause("A lock was held"), cause("A disk was full"));
    let (one, other) = tokio::join!(
        incident::update(&world.db, &world.engineer, number, &mine),
        incident::update(&world.db, &world.approver, number, &theirs),
    );
    assert_eq!(
        [conflict(&one), conflict(&other)].iter().filter(|lost| **lost).count(),
        1,
        "{one:?} {other:?}"
    );
    let page = incident::page(&world.db, &world.engineer, number).await.unwrap();
    assert_eq!(page.incident.form.row_version, 2);
    let ahead = IncidentForm {
        started_at: Utc::now() + TimeDelta::hours(1),
        ..page.incident.form.clone()
    };
    let answer = incident::update(&world.db, &world.engineer, number, &ahead).await;
    assert_eq!(problem(answer, "started_at"), Problem::Time);
    let untitled = IncidentForm {
        title: String::new(),
        ..page.incident.form
    };
    assert_eq!(
        problem(
            incident::update(&world.db, &world.engineer, number, &untitled).await,
            "title"
        ),
        Problem::Missing
    );
    assert!(matches!(
        incident::page(&world.db, &world.engineer, 999).await,
        Err(Error::NotFound)
    ));
}

#[sqlx::test(migrations = "../../migrations")]
async fn action_items_are_added_and_done(db: Db) {
    let world = World::new(db).await;
    let opened = form("Payments are slow", Severity::Low);
    let number = incident::open(&world.db, &world.engineer, SERVICE, None, &opened)
        .await
        .unwrap();
    assert_eq!(
        problem(
            incident::add_action(&world.db, &world.engineer, number, "", "").await,
            "text"
        ),
        Problem::Missing
    );
    let first = incident::add_action(&world.db, &world.engineer, number, "Fix the bug", "SHOP-1")
        .await
        .unwrap();
    incident::add_action(&world.db, &world.engineer, number, "Add test coverage", "")
        .await
        .unwrap();
    incident::set_action_done(&world.db, &world.engineer, first, true)
        .await
        .unwrap();
    incident::set_action_done(&world.db, &world.engineer, first, true)
        .await
        .unwrap();
    let page = incident::page(&world.db, &world.engineer, number).await.unwrap();
    let actions: Vec<_> = page
        .actions
        .iter()
        .map(|one| (one.text.as_str(), one.ticket.as_str(), one.done))
        .collect();
    assert_eq!(
        actions,
        [("Fix the bug", "SHOP-1", true), ("Add test coverage", "", false)]
    );
    let report = incident::report(&world.db, &world.engineer, number).await.unwrap();
    assert!(
        report.contains("- [x] Fix the bug (SHOP-1)\n- [ ] Add test coverage\n"),
        "{report}"
    );
    incident::set_action_done(&world.db, &world.engineer, first, false)
        .await
        .unwrap();
    assert!(
        !incident::page(&world.db, &world.engineer, number)
            .await
            .unwrap()
            .actions[0]
            .done
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_list_shows_open_ones_or_all(db: Db) {
    let world = World::new(db).await;
    for title in ["First trouble", "Second trouble"] {
        incident::open(&world.db, &world.engineer, SERVICE, None, &form(title, Severity::Low))
            .await
            .unwrap();
    }
    let all = incident::list(&world.db, &world.engineer, false).await.unwrap();
    incident::publish(
        &world.db,
        &world.engineer,
        all[1].number,
        IncidentState::Resolved,
        "It is over.",
    )
    .await
    .unwrap();
    let open = incident::list(&world.db, &world.engineer, true).await.unwrap();
    assert_eq!(
        open.iter().map(|line| line.title.as_str()).collect::<Vec<_>>(),
        ["Second trouble"]
    );
    assert_eq!(
        incident::list(&world.db, &world.engineer, false).await.unwrap().len(),
        2
    );
}
