//! Deliveries of a source repository: in any order, more than once, in the name of whoever connected it.

use crate::world::{SERVICE, World};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Handover;
use domain::check::{Check, CheckForm, CheckState, Commit};
use domain::github::{Checked, Heard, Review, ReviewVerdict, Unreadable};
use domain::id::HookId;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use store::hook::{Taken, connect, disconnect, hook, secret, take};
use store::{Db, Error, Vault, release};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

async fn connected(world: &World) -> HookId {
    let vault = Vault::from_text(&Vault::new_key()).unwrap();
    let told = connect(&world.db, &vault, &world.engineer, SERVICE).await.unwrap();
    let (id, kept) = secret(&world.db, &vault, SERVICE).await.unwrap().unwrap();
    assert_eq!(kept, told.as_bytes());
    id
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn checked(name: &str, state: CheckState, minute: i64) -> Heard {
    Heard::Checked(Checked {
        commit: COMMIT.into(),
        name: name.into(),
        form: CheckForm {
            state,
            url: format!("https://ci.example.com/{name}/{minute}"),
            figure: None,
            limit: None,
        },
        at: at(minute),
    })
}

fn reviewed(reviewer: &str, verdict: ReviewVerdict, minute: i64) -> Heard {
    Heard::Reviewed(Review {
        commit: COMMIT.into(),
        reviewer: reviewer.into(),
        verdict,
        url: format!("https://example.com/{reviewer}/{minute}"),
        at: at(minute),
    })
}

fn pushed() -> Heard {
    Heard::Pushed {
        branch: "main".into(),
        commits: vec![Commit {
            sha: COMMIT.into(),
            message: "feat: coupons".into(),
            author: "Ana".into(),
            at: at(0),
        }],
    }
}

/// A story whose end is that everything passed.
fn story() -> Vec<Heard> {
    use CheckState::{Failed, Passed, Running};
    use ReviewVerdict::{Approved, ChangesRequested, Dismissed};
    vec![
        pushed(),
        checked("unit", Running, 1),
        checked("unit", Failed, 2),
        checked("unit", Running, 3),
        checked("unit", Passed, 4),
        checked("security", Passed, 2),
        reviewed("bo", Approved, 3),
        reviewed("cy", ChangesRequested, 4),
        reviewed("cy", Dismissed, 6),
    ]
}

async fn checks(world: &World) -> Vec<Check> {
    release::checks(&world.db, &world.engineer, SERVICE, COMMIT)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn any_order_and_any_number_of_deliveries_end_the_same(db: Db) {
    let world = World::new(db).await;
    let id = connected(&world).await;
    for seed in 0..12 {
        sqlx::query("delete from commit_check")
            .execute(&world.db)
            .await
            .unwrap();
        sqlx::query("delete from commit_review")
            .execute(&world.db)
            .await
            .unwrap();
        let mut deliveries: Vec<(usize, Heard)> = story().into_iter().enumerate().collect();
        deliveries.extend(deliveries.clone());
        deliveries.shuffle(&mut StdRng::seed_from_u64(seed));
        let mut before = 0;
        for (n, heard) in deliveries {
            let taken = take(&world.db, id, &format!("{seed}-{n}"), "an event", Ok(heard))
                .await
                .unwrap();
            before += usize::from(taken == Taken::Before);
        }
        assert_eq!(before, story().len(), "each comes once, whatever is delivered");
        let told: Vec<(String, CheckState, String)> = checks(&world)
            .await
            .into_iter()
            .map(|check| (check.name, check.state, check.url))
            .collect();
        let passed = |name: &str, url: &str| (name.to_owned(), CheckState::Passed, url.to_owned());
        let wanted = [
            passed("review", "https://example.com/bo/3"),
            passed("security", "https://ci.example.com/security/2"),
            passed("unit", "https://ci.example.com/unit/4"),
        ];
        assert_eq!(told, wanted, "seed {seed}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn two_reviews_at_once_see_each_other(db: Db) {
    let world = World::new(db).await;
    let id = connected(&world).await;
    for n in 0..20 {
        sqlx::query("delete from commit_review")
            .execute(&world.db)
            .await
            .unwrap();
        sqlx::query("delete from commit_check")
            .execute(&world.db)
            .await
            .unwrap();
        let (one, two) = (format!("{n}-1"), format!("{n}-2"));
        let (a, b) = tokio::join!(
            take(&world.db, id, &one, "r", Ok(reviewed("bo", ReviewVerdict::Approved, 1))),
            take(
                &world.db,
                id,
                &two,
                "r",
                Ok(reviewed("cy", ReviewVerdict::ChangesRequested, 1))
            ),
        );
        assert_eq!((a.unwrap(), b.unwrap()), (Taken::Used, Taken::Used));
        assert_eq!(checks(&world).await[0].state, CheckState::Failed, "round {n}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_can_not_be_read_is_shown_and_changes_nothing(db: Db) {
    let world = World::new(db).await;
    let id = connected(&world).await;
    let why = Unreadable("missing field `head_sha`".into());
    let taken = take(&world.db, id, "1", "check_run", Err(why)).await.unwrap();
    assert_eq!(taken, Taken::Unreadable);
    let page = hook(&world.db, &world.engineer, SERVICE).await.unwrap().unwrap();
    assert_eq!(page.deliveries[0].outcome, "unreadable");
    assert!(page.deliveries[0].told.contains("head_sha"));
    assert!(checks(&world).await.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn it_ends_with_the_account_in_whose_name_it_is(db: Db) {
    let world = World::new(db).await;
    let id = connected(&world).await;
    let page = store::service::page(&world.db, &world.admin, SERVICE).await.unwrap();
    let heir = Handover {
        service: page.service.id,
        to: world.admin.id,
    };
    store::access::leave(&world.db, &world.admin, world.engineer.id, &[heir])
        .await
        .unwrap();
    let refused = take(&world.db, id, "1", "push", Ok(pushed())).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    let page = hook(&world.db, &world.admin, SERVICE).await.unwrap().unwrap();
    assert!(!page.works && page.deliveries.is_empty());
    disconnect(&world.db, &world.admin, SERVICE).await.unwrap();
    let gone = take(&world.db, id, "2", "push", Ok(pushed())).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
}
