//! What programs report: a release registered in one call, checks that tick its checklist, and the verdict of its gates.

use crate::as_whom::Viewer;
use crate::world::{SERVICE, World};
use domain::check::{CheckForm, CheckState, Commit};
use domain::gate::{Verdict, overall};
use domain::registration::Registration;
use domain::release::{Artifact, Item, ItemAct, ItemState};
use store::{Db, Error, gate, release};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const NEXT: &str = "fedcba9876543210fedcba9876543210fedcba98";

fn registration(commit: &str) -> Registration {
    Registration {
        artifact: Artifact {
            reference: "storefront:2.0.0".into(),
            digest: format!("sha256:{}", "cd".repeat(32)),
        },
        commit: commit.into(),
        commits: vec![Commit {
            sha: commit.into(),
            message: "feat: coupons".into(),
            author: "Ana Ruiz".into(),
            at: "2026-01-15T10:00:00Z".parse().unwrap(),
        }],
        ..Registration::default()
    }
}

fn said(state: CheckState) -> CheckForm {
    CheckForm {
        state,
        url: "https://ci.example.com/7".into(),
        figure: None,
        limit: None,
    }
}

async fn report(world: &World, commit: &str, check: &str, state: CheckState) {
    release::report_check(&world.db, &world.engineer, SERVICE, commit, check, &said(state))
        .await
        .unwrap();
}

async fn item(world: &World, begins: &str) -> Item {
    let page = release::page(&world.db, &world.engineer, SERVICE, "2.0.0")
        .await
        .unwrap();
    let found = page.items.into_iter().find(|item| item.text.starts_with(begins));
    found.unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn registering_is_the_same_once_and_often(db: Db) {
    let world = World::new(db).await;
    let register = async |registration: &Registration| {
        release::register(&world.db, &world.engineer, SERVICE, "2.0.0", registration).await
    };
    let first = registration(COMMIT);
    assert!(register(&first).await.unwrap(), "it is new");
    let page = release::page(&world.db, &world.engineer, SERVICE, "2.0.0")
        .await
        .unwrap();
    assert_eq!(page.release.form.changes[0].text, "coupons");
    assert!(!register(&first).await.unwrap(), "it is known");
    let again = release::page(&world.db, &world.engineer, SERVICE, "2.0.0")
        .await
        .unwrap();
    assert_eq!(
        again.release.row_version, page.release.row_version,
        "nothing was written"
    );
    let commits = release::commits(&world.db, &world.engineer, SERVICE, "2.0.0")
        .await
        .unwrap();
    assert_eq!(commits, first.commits);
    register(&registration(NEXT)).await.unwrap();
    let after = release::page(&world.db, &world.engineer, SERVICE, "2.0.0")
        .await
        .unwrap();
    assert_eq!(after.release.form.commit, NEXT);
    let wrong = Registration {
        commit: "main".into(),
        ..registration(COMMIT)
    };
    assert!(matches!(register(&wrong).await, Err(Error::Invalid(fields)) if fields.get("commit").is_some()));
    let viewer = Viewer::join(&world.db, &world.admin, "Vera").await;
    let refused = release::register(&world.db, &viewer, SERVICE, "2.0.1", &first).await;
    assert!(matches!(refused, Err(Error::Denied(_))));
}

#[sqlx::test(migrations = "../../migrations")]
async fn two_that_register_one_version_at_once_both_succeed(db: Db) {
    let world = World::new(db).await;
    let registration = registration(COMMIT);
    let one = || release::register(&world.db, &world.engineer, SERVICE, "2.0.0", &registration);
    let (a, b) = tokio::join!(one(), one());
    assert_eq!([a.unwrap(), b.unwrap()].iter().filter(|new| **new).count(), 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn checks_tick_what_they_prove_and_open_it_again(db: Db) {
    use CheckState::{Failed, Passed, Running};
    let world = World::new(db).await;
    // One is reported before the release is known.
    report(&world, COMMIT, "unit", Passed).await;
    release::register(&world.db, &world.engineer, SERVICE, "2.0.0", &registration(COMMIT))
        .await
        .unwrap();
    report(&world, COMMIT, "integration", Passed).await;
    assert_eq!(item(&world, "All tests pass").await.state, ItemState::Open);
    report(&world, COMMIT, "e2e", Passed).await;
    let ticked = item(&world, "All tests pass").await;
    assert_eq!(ticked.state, ItemState::Done);
    assert!(
        ticked.evidence.contains("https://ci.example.com/7"),
        "{}",
        ticked.evidence
    );
    report(&world, COMMIT, "e2e", Running).await;
    assert_eq!(
        item(&world, "All tests pass").await.state,
        ItemState::Done,
        "a rerun says nothing yet"
    );
    report(&world, COMMIT, "e2e", Failed).await;
    assert_eq!(item(&world, "All tests pass").await.state, ItemState::Open);

    report(&world, COMMIT, "security", Passed).await;
    assert_eq!(item(&world, "Security scan").await.evidence, "https://ci.example.com/7");
    // Another commit has nothing proven yet.
    release::register(&world.db, &world.engineer, SERVICE, "2.0.0", &registration(NEXT))
        .await
        .unwrap();
    let open = item(&world, "Security scan").await;
    assert_eq!(open.state, ItemState::Open);

    // What a person ticked is the person's.
    let act = ItemAct::Tick {
        evidence: "Looked through it by hand".into(),
    };
    release::act_on_item(&world.db, &world.engineer, open.id, open.row_version, &act)
        .await
        .unwrap();
    report(&world, NEXT, "security", Failed).await;
    assert_eq!(item(&world, "Security scan").await.state, ItemState::Done);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_last_of_many_reports_at_once_sees_all(db: Db) {
    let world = World::new(db).await;
    release::register(&world.db, &world.engineer, SERVICE, "2.0.0", &registration(COMMIT))
        .await
        .unwrap();
    let all = ["unit", "integration", "e2e", "security", "lint"]
        .map(|check| report(&world, COMMIT, check, CheckState::Passed));
    futures::future::join_all(all).await;
    assert_eq!(item(&world, "All tests pass").await.state, ItemState::Done);
    assert_eq!(item(&world, "Security scan").await.state, ItemState::Done);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_figure_above_its_limit_fails(db: Db) {
    let world = World::new(db).await;
    let form = CheckForm {
        figure: Some(310_000.0),
        limit: Some(300_000.0),
        ..said(CheckState::Passed)
    };
    let kept = release::report_check(&world.db, &world.engineer, SERVICE, COMMIT, "bundle-size", &form)
        .await
        .unwrap();
    assert_eq!(kept.state, CheckState::Failed);
    let listed = release::checks(&world.db, &world.engineer, SERVICE, COMMIT)
        .await
        .unwrap();
    assert_eq!(listed, vec![kept]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_verdict_names_every_gate(db: Db) {
    let world = World::new(db).await;
    release::register(&world.db, &world.engineer, SERVICE, "2.0.0", &registration(COMMIT))
        .await
        .unwrap();
    let verdicts =
        async |environment: &str| gate::verdicts(&world.db, &world.engineer, SERVICE, "2.0.0", environment).await;
    assert_eq!(overall(&verdicts("development").await.unwrap().gates), Verdict::Pass);
    let production = verdicts("production").await.unwrap();
    assert!(matches!(overall(&production.gates), Verdict::Blocked(reasons) if reasons.len() > 2));
    assert!(matches!(verdicts("nowhere").await, Err(Error::NotFound)));
}
