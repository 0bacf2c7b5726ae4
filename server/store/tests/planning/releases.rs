//! Planning and editing releases.

use crate::as_whom::{Engineer, release_form};
use crate::world::{SERVICE, World, conflict, problem};
use domain::access::By;
use domain::deployment::{Outcome, Pause, State};
use domain::event::{Event, Stream, StreamKind};
use domain::field::Problem;
use domain::release::{ReleaseForm, progress};
use store::release::{self, ReleaseFilter};
use store::{Db, Error, deployment};

#[sqlx::test(migrations = "../../migrations")]
async fn a_release_has_its_own_copy_of_the_checklist(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let page = world.page("1.0.0").await;
    let sections = progress(&page.items);
    let titles: Vec<_> = sections
        .iter()
        .map(|section| (section.section.as_str(), section.total))
        .collect();
    let procedure = [
        ("Code & Tests", 6),
        ("Documentation", 5),
        ("Database", 5),
        ("Configuration", 5),
        ("Infrastructure", 5),
        ("Communication", 5),
    ];
    assert_eq!(titles, procedure);
    assert_eq!((page.release.template.version, page.release.row_version), (1, 1));
    assert_eq!(page.environments.len(), 3);
    assert_eq!(page.environments[2].facts.editors, [world.engineer.id]);
    assert!(page.people.iter().any(|person| person.id == world.engineer.id));
    let history = world.history(id).await;
    assert_eq!(history.len(), 1);
    assert_eq!(
        history[0].event,
        Event::ReleasePlanned {
            version: "1.0.0".into()
        }
    );
    assert_eq!(history[0].by, By::Person(world.engineer.id));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_version_is_planned_once_even_by_two_at_once(db: Db) {
    let world = World::new(db).await;
    let form = release_form("1.0.0");
    let (one, other) = tokio::join!(
        release::create(&world.db, &world.engineer, SERVICE, &form),
        release::create(&world.db, &world.admin, SERVICE, &form),
    );
    let refused = if one.is_ok() { other } else { one };
    assert_eq!(problem(refused, "version"), Problem::Taken);
    let bad = ReleaseForm {
        version: "1.x".into(),
        changes: Vec::new(),
        ..release_form("")
    };
    assert_eq!(
        problem(
            release::create(&world.db, &world.engineer, SERVICE, &bad).await,
            "changes"
        ),
        Problem::Missing
    );
    let nowhere = release::create(&world.db, &world.engineer, "nowhere", &form).await;
    assert!(matches!(nowhere, Err(Error::NotFound)));
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_edit_of_an_older_row_writes_nothing(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let old = world.form("1.0.0").await;
    let first = ReleaseForm {
        title: "First title".into(),
        ..old.clone()
    };
    release::update(&world.db, &world.engineer, SERVICE, "1.0.0", &first)
        .await
        .unwrap();
    let second = ReleaseForm {
        title: "Second title".into(),
        ..old
    };
    let answer = release::update(&world.db, &world.admin, SERVICE, "1.0.0", &second).await;
    assert!(conflict(&answer), "{answer:?}");
    let kept = world.form("1.0.0").await;
    assert_eq!((kept.title.as_str(), kept.row_version), ("First title", 2));
    assert_eq!(world.history(id).await.len(), 2);
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_edits_of_one_release_at_once_one_is_kept(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let form = world.form("1.0.0").await;
    let edit = |title: &str| ReleaseForm {
        title: title.into(),
        ..form.clone()
    };
    let (mine, theirs) = (edit("My title"), edit("Their title"));
    let (one, other) = tokio::join!(
        release::update(&world.db, &world.engineer, SERVICE, "1.0.0", &mine),
        release::update(&world.db, &world.admin, SERVICE, "1.0.0", &theirs),
    );
    assert_eq!(
        [conflict(&one), conflict(&other)].iter().filter(|lost| **lost).count(),
        1,
        "{one:?} {other:?}"
    );
    let kept = world.form("1.0.0").await.title;
    assert_eq!(kept, if one.is_ok() { "My title" } else { "Their title" });
    assert_eq!(world.history(id).await.len(), 2);
}

#[sqlx::test(migrations = "../../migrations")]
async fn saving_what_is_there_already_is_no_edit(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let form = world.form("1.0.0").await;
    release::update(&world.db, &world.admin, SERVICE, "1.0.0", &form)
        .await
        .unwrap();
    assert_eq!(world.form("1.0.0").await.row_version, 1);
    assert_eq!(world.history(id).await.len(), 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_editor_is_who_changed_what_the_digest_covers(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let words = ReleaseForm {
        title: "Another title".into(),
        notes: "Some notes".into(),
        known_issues: "None that matter".into(),
        ..world.form("1.0.0").await
    };
    release::update(&world.db, &world.approver, SERVICE, "1.0.0", &words)
        .await
        .unwrap();
    let standing = world.beside("1.0.0", "production").await;
    assert_eq!(standing.facts.editors, [world.engineer.id]);
    let plan = ReleaseForm {
        rollback_plan: "Ask the database people first".into(),
        ..world.form("1.0.0").await
    };
    release::update(&world.db, &world.approver, SERVICE, "1.0.0", &plan)
        .await
        .unwrap();
    let after = world.beside("1.0.0", "production").await;
    assert_ne!(after.digest, standing.digest);
    assert!(after.facts.editors.contains(&world.approver.id));
    let changes: Vec<_> = world
        .history(id)
        .await
        .into_iter()
        .skip(1)
        .map(|happened| happened.event)
        .collect();
    let told: Vec<_> = changes.iter().flat_map(Event::changes).collect();
    assert!(
        told.iter().any(|change| change.field == "title") && told.iter().all(|change| change.field != "notes"),
        "{told:?}"
    );
    let changes: Vec<_> = changes
        .into_iter()
        .map(|event| match event {
            Event::ReleaseChanged {
                fields, digest_changed, ..
            } => Event::ReleaseChanged {
                fields,
                digest_changed,
                changes: Vec::new(),
            },
            other => other,
        })
        .collect();
    let changed = |fields: &[&str], digest_changed| Event::ReleaseChanged {
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        digest_changed,
        changes: Vec::new(),
    };
    assert_eq!(
        changes,
        [
            changed(&["known_issues", "notes", "title"], false),
            changed(&["rollback_plan"], true)
        ]
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_release_can_be_renumbered_but_not_onto_another(db: Db) {
    let world = World::new(db).await;
    world.plan("1.0.0").await;
    world.plan("1.1.0").await;
    let onto = ReleaseForm {
        version: "1.1.0".into(),
        ..world.form("1.0.0").await
    };
    let answer = release::update(&world.db, &world.engineer, SERVICE, "1.0.0", &onto).await;
    assert_eq!(problem(answer, "version"), Problem::Taken);
    let free = ReleaseForm {
        version: "1.0.1".into(),
        ..world.form("1.0.0").await
    };
    release::update(&world.db, &world.engineer, SERVICE, "1.0.0", &free)
        .await
        .unwrap();
    assert_eq!(world.page("1.0.1").await.release.form.version, "1.0.1");
    let gone = release::page(&world.db, &world.admin, SERVICE, "1.0.0").await;
    assert!(matches!(gone, Err(Error::NotFound)));
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_list_finds_pages_and_shows_how_far_releases_got(db: Db) {
    let world = World::new(db).await;
    let first = world.plan("1.0.0").await;
    world.deploy(first, world.staging, State::Succeeded).await;
    let odd = ReleaseForm {
        title: "Ten 100% faster_pages".into(),
        ..release_form("2.0.0")
    };
    release::create(&world.db, &world.engineer, SERVICE, &odd)
        .await
        .unwrap();
    let find = |filter: ReleaseFilter| {
        let world = &world;
        async move {
            let lines = release::list(&world.db, &world.engineer, &filter).await.unwrap();
            lines.into_iter().map(|line| line.version).collect::<Vec<_>>()
        }
    };
    let text = |text: &str| ReleaseFilter {
        text: text.into(),
        ..ReleaseFilter::default()
    };
    assert_eq!(find(ReleaseFilter::default()).await, ["2.0.0", "1.0.0"]);
    assert_eq!(find(text("100%")).await, ["2.0.0"]);
    assert_eq!(find(text("r_p")).await, ["2.0.0"]);
    assert_eq!(find(text("1__")).await, Vec::<String>::new());
    assert_eq!(
        find(ReleaseFilter {
            service: Some("other".into()),
            ..text("")
        })
        .await,
        Vec::<String>::new()
    );
    let lines = release::list(&world.db, &world.engineer, &ReleaseFilter::default())
        .await
        .unwrap();
    let before = ReleaseFilter {
        before: Some(lines[0].created_at),
        ..text("")
    };
    assert_eq!(find(before).await, ["1.0.0"]);
    assert_eq!(lines[1].items, 31);
    let reached: Vec<_> = lines[1]
        .reached
        .iter()
        .map(|one| (one.environment.as_str(), one.state, one.running))
        .collect();
    assert_eq!(reached, [("staging", State::Succeeded, true)]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_history_tells_how_its_deployments_went(db: Db) {
    let world = World::new(db).await;
    let release = world.clear_for_production("1.4.0").await;
    let id = deployment::request(&world.db, &world.engineer, release, world.production)
        .await
        .unwrap();
    let paused = Event::Paused {
        pause: Pause::Person {
            by: world.admin.id,
            reason: "Wait for the others".into(),
        },
    };
    let ended = Event::Ended {
        outcome: Outcome::Succeeded,
    };
    let kept = vec![
        Event::DeploymentStarted,
        Event::WeightReached { percent: 10 },
        paused.clone(),
        Event::Resumed,
        ended.clone(),
    ];
    world.keep(id, |run| run, Vec::new(), kept).await;
    let history = release::history(&world.db, &world.engineer, release).await.unwrap();
    assert!(history.events.is_sorted_by_key(|happened| happened.id));
    let stream = Stream::new(StreamKind::Deployment, id);
    let told: Vec<_> = history
        .events
        .iter()
        .filter(|happened| happened.stream == stream)
        .map(|happened| happened.event.clone())
        .collect();
    assert_eq!(told, [Event::DeploymentStarted, paused, Event::Resumed, ended]);
    assert!(
        history.people.iter().any(|person| person.id == world.admin.id),
        "who paused it has a name"
    );
    assert!(
        history
            .events
            .iter()
            .any(|happened| happened.stream.kind == StreamKind::Release)
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn fifty_releases_make_a_page(db: Db) {
    let world = World::new(db).await;
    let other = Engineer::join(&world.db, &world.admin, "Bo").await;
    for n in 0..52 {
        release::create(&world.db, &other, SERVICE, &release_form(&format!("1.{n}.0")))
            .await
            .unwrap();
    }
    let first = release::list(&world.db, &other, &ReleaseFilter::default())
        .await
        .unwrap();
    assert_eq!((first.len(), first[0].version.as_str()), (50, "1.51.0"));
    let rest = ReleaseFilter {
        before: Some(first[49].created_at),
        ..ReleaseFilter::default()
    };
    let rest = release::list(&world.db, &other, &rest).await.unwrap();
    assert_eq!(
        rest.iter().map(|line| line.version.as_str()).collect::<Vec<_>>(),
        ["1.1.0", "1.0.0"]
    );
}
