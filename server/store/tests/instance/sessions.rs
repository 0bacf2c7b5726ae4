//! Sessions: kept hashed, never loaded once they are over, gone with the account.

use crate::as_whom::{Admin, Engineer};
use domain::id::PersonId;
use serde_json::json;
use std::collections::HashMap;
use store::session::{PERSON, Sessions, sweep_expired};
use store::{Db, access};
use time::{Duration, OffsetDateTime};
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};

fn record(person: Option<PersonId>, lasts: Duration) -> Record {
    let data = person.map(|id| (PERSON.to_owned(), json!(id))).into_iter();
    let data: HashMap<_, _> = data.chain([("csrf".to_owned(), json!({"n": 1}))]).collect();
    Record {
        id: Id::default(),
        data,
        expiry_date: OffsetDateTime::now_utc() + lasts,
    }
}

async fn count(db: &Db) -> i64 {
    sqlx::query_scalar("select count(*) from session")
        .fetch_one(db)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_kept_comes_back(db: Db) {
    let (admin, sessions) = (Admin::sets_up(&db).await, Sessions(db.clone()));
    let mut kept = record(Some(admin.id), Duration::HOUR);
    sessions.create(&mut kept).await.unwrap();
    let loaded = sessions.load(&kept.id).await.unwrap().unwrap();
    assert_eq!((loaded.id, &loaded.data), (kept.id, &kept.data));
    assert!((loaded.expiry_date - kept.expiry_date).abs() < Duration::milliseconds(1));
    kept.data.insert("more".into(), json!([1, 2]));
    sessions.save(&kept).await.unwrap();
    assert_eq!(sessions.load(&kept.id).await.unwrap().unwrap().data, kept.data);
    assert_eq!(count(&db).await, 1);
    sessions.delete(&kept.id).await.unwrap();
    assert_eq!(sessions.load(&kept.id).await.unwrap(), None);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_table_does_not_hold_the_id(db: Db) {
    let sessions = Sessions(db.clone());
    let mut kept = record(None, Duration::HOUR);
    sessions.create(&mut kept).await.unwrap();
    let row: String = sqlx::query_scalar("select session::text from session")
        .fetch_one(&db)
        .await
        .unwrap();
    for form in [
        kept.id.to_string(),
        kept.id.0.to_string(),
        hex::encode(kept.id.0.to_be_bytes()),
    ] {
        assert!(!row.contains(&form), "{row}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_id_that_exists_is_not_handed_out_again(db: Db) {
    let sessions = Sessions(db.clone());
    let mut first = record(None, Duration::HOUR);
    sessions.create(&mut first).await.unwrap();
    let mut second = Record {
        id: first.id,
        data: HashMap::new(),
        ..first.clone()
    };
    sessions.create(&mut second).await.unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(sessions.load(&first.id).await.unwrap().unwrap().data, first.data);
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_that_is_over_is_not_loaded_and_swept_away(db: Db) {
    let sessions = Sessions(db.clone());
    let (mut over, mut open) = (record(None, -Duration::SECOND), record(None, Duration::HOUR));
    sessions.create(&mut over).await.unwrap();
    sessions.create(&mut open).await.unwrap();
    assert_eq!(sessions.load(&over.id).await.unwrap(), None);
    assert_eq!(sweep_expired(&db).await.unwrap(), 1);
    assert_eq!(count(&db).await, 1);
    assert!(sessions.load(&open.id).await.unwrap().is_some());
}

#[sqlx::test(migrations = "../../migrations")]
async fn closing_an_account_ends_its_sessions_and_no_others(db: Db) {
    let (admin, sessions) = (Admin::sets_up(&db).await, Sessions(db.clone()));
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    let (mut theirs, mut mine) = (
        record(Some(engineer.id), Duration::HOUR),
        record(Some(admin.id), Duration::HOUR),
    );
    sessions.create(&mut theirs).await.unwrap();
    sessions.create(&mut mine).await.unwrap();
    access::set_active(&db, &admin, engineer.id, false).await.unwrap();
    assert_eq!(sessions.load(&theirs.id).await.unwrap(), None);
    assert!(sessions.load(&mine.id).await.unwrap().is_some());
    // A request that was under way saves its session at its end; another signs in with an older answer.
    sessions.save(&theirs).await.unwrap();
    sessions.create(&mut theirs).await.unwrap();
    assert_eq!(sessions.load(&theirs.id).await.unwrap(), None);
    assert_eq!(count(&db).await, 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn saving_while_the_account_is_closed_leaves_no_session(db: Db) {
    let (admin, sessions) = (Admin::sets_up(&db).await, Sessions(db.clone()));
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    for _ in 0..20 {
        let mut theirs = record(Some(engineer.id), Duration::HOUR);
        sessions.create(&mut theirs).await.unwrap();
        let (saved, closed) = tokio::join!(
            sessions.save(&theirs),
            access::set_active(&db, &admin, engineer.id, false)
        );
        saved.unwrap();
        closed.unwrap();
        assert_eq!(count(&db).await, 0);
        access::set_active(&db, &admin, engineer.id, true).await.unwrap();
    }
}
