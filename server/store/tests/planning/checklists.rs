//! Working off checklists.

use crate::world::{World, conflict, problem};
use domain::event::Event;
use domain::field::Problem;
use domain::gate::Gate;
use domain::release::{Decision, ItemAct, ItemState};
use store::release::act_on_item;
use store::{Db, gate};

fn tick(evidence: &str) -> ItemAct {
    ItemAct::Tick {
        evidence: evidence.into(),
    }
}

fn skip(reason: &str) -> ItemAct {
    ItemAct::NotApplicable { reason: reason.into() }
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_item_is_ticked_with_evidence_by_somebody_at_some_time(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let item = world.items("1.0.0").await.remove(0);
    let act = |act: ItemAct, row: i32| {
        let world = &world;
        async move { act_on_item(&world.db, &world.engineer, item.id, row, &act).await }
    };
    assert_eq!(
        problem(act(tick("ok"), 1).await, "evidence"),
        Problem::Evidence { least: 10 }
    );
    assert_eq!(
        problem(act(skip(""), 1).await, "reason"),
        Problem::Evidence { least: 10 }
    );
    act(tick(" https://ci.example.com/7 "), 1).await.unwrap();
    let done = world.items("1.0.0").await.remove(0);
    assert_eq!(
        (done.state, done.evidence.as_str()),
        (ItemState::Done, "https://ci.example.com/7")
    );
    assert_eq!(
        (done.by, done.at.is_some(), done.row_version),
        (Some(world.engineer.id), true, 2)
    );
    act(ItemAct::Reopen, 2).await.unwrap();
    let open = world.items("1.0.0").await.remove(0);
    assert_eq!(
        (open.state, open.evidence.as_str(), open.by, open.at),
        (ItemState::Open, "", None, None)
    );
    let events: Vec<_> = world
        .history(id)
        .await
        .into_iter()
        .skip(1)
        .map(|happened| happened.event)
        .collect();
    let changed = |to| Event::ItemChanged { item: item.id, to };
    assert_eq!(events, [changed(ItemState::Done), changed(ItemState::Open)]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_tick_of_an_older_row_writes_nothing(db: Db) {
    let world = World::new(db).await;
    world.plan("1.0.0").await;
    let item = world.items("1.0.0").await.remove(0);
    act_on_item(
        &world.db,
        &world.engineer,
        item.id,
        1,
        &tick("https://ci.example.com/1"),
    )
    .await
    .unwrap();
    let late = act_on_item(&world.db, &world.admin, item.id, 1, &skip("there is nothing to test")).await;
    assert!(conflict(&late), "{late:?}");
    assert_eq!(world.items("1.0.0").await[0].state, ItemState::Done);
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_tick_and_reopen_at_once_one_is_kept(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let item = world.items("1.0.0").await.remove(0);
    act_on_item(
        &world.db,
        &world.engineer,
        item.id,
        1,
        &tick("https://ci.example.com/1"),
    )
    .await
    .unwrap();
    let (again, reopen) = (tick("https://ci.example.com/2"), ItemAct::Reopen);
    let (one, other) = tokio::join!(
        act_on_item(&world.db, &world.engineer, item.id, 2, &again),
        act_on_item(&world.db, &world.admin, item.id, 2, &reopen),
    );
    assert_eq!(
        [conflict(&one), conflict(&other)].iter().filter(|lost| **lost).count(),
        1,
        "{one:?} {other:?}"
    );
    let kept = world.items("1.0.0").await.remove(0);
    let expected = if one.is_ok() { ItemState::Done } else { ItemState::Open };
    assert_eq!((kept.state, kept.row_version), (expected, 3));
    assert_eq!(world.history(id).await.len(), 3);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_gate_passes_when_every_item_is_settled(db: Db) {
    let world = World::new(db).await;
    world.plan("1.0.0").await;
    let items = world.items("1.0.0").await;
    let reason = skip("nothing of it in this release");
    act_on_item(&world.db, &world.engineer, items[30].id, 1, &reason)
        .await
        .unwrap();
    assert!(!world.passes("1.0.0", Gate::Checklist).await);
    world.work_off("1.0.0").await;
    assert!(world.passes("1.0.0", Gate::Checklist).await);
    let page = world.page("1.0.0").await;
    assert!(page.items.iter().all(|item| item.state != ItemState::Open));
}

/// Which items do not apply is part of what is approved where the policy asks for the checklist; ticks are not.
#[sqlx::test(migrations = "../../migrations")]
async fn not_applicable_voids_and_ticks_do_not(db: Db) {
    let world = World::new(db).await;
    let id = world.plan("1.0.0").await;
    let request = gate::request_approval(&world.db, &world.engineer, id, world.production)
        .await
        .unwrap();
    let before = world.beside("1.0.0", "production").await;
    gate::decide(
        &world.db,
        &world.approver,
        request,
        before.digest,
        Decision::Approve,
        "",
    )
    .await
    .unwrap();
    assert!(world.passes("1.0.0", Gate::Approvals).await);
    world.work_off("1.0.0").await;
    assert_eq!(world.beside("1.0.0", "production").await.digest, before.digest);
    assert!(world.passes("1.0.0", Gate::Approvals).await);
    let staging = world.beside("1.0.0", "staging").await.digest;
    let item = world.items("1.0.0").await.remove(12);
    let reason = skip("no database in this service");
    act_on_item(&world.db, &world.admin, item.id, item.row_version, &reason)
        .await
        .unwrap();
    let after = world.beside("1.0.0", "production").await;
    assert_ne!(after.digest, before.digest);
    assert!(after.facts.editors.contains(&world.admin.id));
    assert!(!world.passes("1.0.0", Gate::Approvals).await);
    assert_eq!(world.voided(id).await, [("production".to_owned(), 1)]);
    assert_eq!(world.beside("1.0.0", "staging").await.digest, staging);
    let back = world.items("1.0.0").await.remove(12);
    act_on_item(&world.db, &world.engineer, back.id, back.row_version, &ItemAct::Reopen)
        .await
        .unwrap();
    assert_eq!(world.beside("1.0.0", "production").await.digest, before.digest);
}
