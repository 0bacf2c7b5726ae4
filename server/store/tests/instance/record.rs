//! The record of events: gapless, chained, append-only, and heard by those who listen.

use crate::as_whom::{Admin, Engineer, service_form};
use domain::access::{By, Role, Theme};
use domain::event::{Event, Stream, StreamKind};
use std::time::Duration;
use store::event::{BrokenAt, listen, listen_wakes, of_stream, streams, verify};
use store::{Db, Kick, Listener, access, service};

/// Long enough for a busy machine; reached only when the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

async fn heard(listener: &mut Listener) -> Kick {
    tokio::time::timeout(PATIENCE, listener.next()).await.expect("a kick")
}

/// The administrator's stream with five events on it.
async fn five(db: &Db) -> (Admin, Stream) {
    let admin = Admin::sets_up(db).await;
    for zone in ["UTC", "Europe/Berlin", "Asia/Tokyo", "UTC"] {
        access::save_profile(db, &admin, "Ada", zone, Theme::Light)
            .await
            .unwrap();
    }
    let stream = Stream::new(StreamKind::Person, admin.id);
    (admin, stream)
}

/// What somebody with the database's own password could do.
async fn tamper(db: &Db, statement: &'static str, stream: Stream) {
    let mut tx = db.begin().await.unwrap();
    sqlx::query("alter table event disable trigger event_append_only")
        .execute(&mut *tx)
        .await
        .unwrap();
    let done = sqlx::query(statement).bind(stream.id).execute(&mut *tx).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    sqlx::query("alter table event enable trigger event_append_only")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_happens_is_kept_in_order_by_whom(db: Db) {
    let (admin, stream) = five(&db).await;
    let events = of_stream(&db, stream).await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.seq).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(events[0].event, Event::PersonJoined { role: Role::Admin });
    assert!(events.iter().all(|event| event.by == By::Person(admin.id)));
    assert!(
        events
            .windows(2)
            .all(|pair| pair[0].at <= pair[1].at && pair[0].id < pair[1].id)
    );
    assert_eq!(verify(&db, stream).await.unwrap(), Ok(()));
}

#[sqlx::test(migrations = "../../migrations")]
async fn appends_at_once_go_one_after_the_other(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let saves = (0..24).map(|_| access::save_profile(&db, &admin, "Ada", "UTC", Theme::Dark));
    for saved in futures::future::join_all(saves).await {
        saved.unwrap();
    }
    let stream = Stream::new(StreamKind::Person, admin.id);
    let seqs: Vec<i64> = of_stream(&db, stream)
        .await
        .unwrap()
        .iter()
        .map(|event| event.seq)
        .collect();
    assert_eq!(seqs, (1..=25).collect::<Vec<_>>());
    assert_eq!(verify(&db, stream).await.unwrap(), Ok(()));
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_table_refuses_changes(db: Db) {
    five(&db).await;
    for statement in [
        "update event set seq = seq + 100",
        "delete from event",
        "truncate event",
    ] {
        assert!(sqlx::query(statement).execute(&db).await.is_err(), "{statement}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_changed_missing_or_moved_row_breaks_the_chain(db: Db) {
    // Each on a stream of its own: what is broken stays broken.
    let admin = Admin::sets_up(&db).await;
    let cases: [(&[&'static str], i64); 9] = [
        (
            &["update event set body = '{\"event\": \"signed_in\"}' where stream_id = $1 and seq = 3"],
            3,
        ),
        (
            &["update event set body = '{\"event\": \"never heard of\"}' where stream_id = $1 and seq = 3"],
            3,
        ),
        (
            &["update event set by = '\"system\"' where stream_id = $1 and seq = 2"],
            2,
        ),
        (
            &["update event set by = '\"somebody\"' where stream_id = $1 and seq = 2"],
            2,
        ),
        (
            &["update event set at = at + interval '1 microsecond' where stream_id = $1 and seq = 4"],
            4,
        ),
        (
            &["update event set hash = sha256(hash) where stream_id = $1 and seq = 5"],
            5,
        ),
        (&["delete from event where stream_id = $1 and seq = 2"], 2),
        (&["delete from event where stream_id = $1 and seq = 1"], 1),
        (
            &[
                "update event set seq = -seq where stream_id = $1 and seq in (3, 4)",
                "update event set seq = 7 + seq where stream_id = $1 and seq < 0",
            ],
            3,
        ),
    ];
    for (i, (statements, seq)) in cases.into_iter().enumerate() {
        let person = Engineer::join(&db, &admin, &format!("E{i}")).await;
        for zone in ["UTC", "Asia/Tokyo", "Europe/Berlin", "UTC"] {
            access::save_profile(&db, &person, "Eve", zone, Theme::Light)
                .await
                .unwrap();
            access::signed_out(&db, person.id).await.unwrap();
        }
        let stream = Stream::new(StreamKind::Person, person.id);
        assert_eq!(verify(&db, stream).await.unwrap(), Ok(()));
        for statement in statements {
            tamper(&db, statement, stream).await;
        }
        assert_eq!(
            verify(&db, stream).await.unwrap(),
            Err(BrokenAt { seq }),
            "{statements:?}"
        );
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn every_stream_of_an_instance_holds(db: Db) {
    let (admin, _) = five(&db).await;
    let form = domain::service::ServiceForm {
        customer_facing: true,
        ..service_form("storefront", &admin)
    };
    service::create(&db, &admin, &form).await.unwrap();
    let all = streams(&db).await.unwrap();
    let kinds: Vec<StreamKind> = all.iter().map(|stream| stream.kind).collect();
    for kind in [
        StreamKind::Instance,
        StreamKind::Person,
        StreamKind::Service,
        StreamKind::Component,
    ] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    for stream in all {
        assert_eq!(verify(&db, stream).await.unwrap(), Ok(()), "{stream:?}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn one_kick_leaves_with_a_commit_and_none_with_a_refusal(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let mut listener = listen(&db).await.unwrap();
    let form = service_form("storefront", &admin);
    service::create(&db, &admin, &form).await.unwrap();
    service::create(&db, &admin, &form).await.unwrap_err();
    access::save_profile(&db, &admin, "Ada", "UTC", Theme::Light)
        .await
        .unwrap();
    let Kick::Topics(first) = heard(&mut listener).await else {
        panic!("no gap was there")
    };
    assert!(
        ["home", "services"]
            .iter()
            .all(|topic| first.iter().any(|heard| heard == topic)),
        "{first:?}"
    );
    assert!(first.iter().any(|topic| topic.starts_with("service:")), "{first:?}");
    // The refused one in between told nothing.
    let person = Stream::new(StreamKind::Person, admin.id).topic();
    assert_eq!(heard(&mut listener).await, Kick::Topics(vec!["people".into(), person]));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_listener_that_lost_its_connection_says_so_and_goes_on(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let mut listener = listen(&db).await.unwrap();
    let ended: i64 = sqlx::query_scalar(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity
         where datname = current_database() and query ilike 'LISTEN %' and pid <> pg_backend_pid()",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!(ended, 1);
    assert_eq!(heard(&mut listener).await, Kick::Resync);
    access::save_profile(&db, &admin, "Ada", "UTC", Theme::Light)
        .await
        .unwrap();
    loop {
        // A gap may be told more than once.
        match heard(&mut listener).await {
            Kick::Resync | Kick::Beat(_) => {}
            Kick::Topics(topics) => {
                assert!(topics.contains(&"people".to_owned()), "{topics:?}");
                break;
            }
        }
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn every_listener_hears_what_a_process_tells_itself(db: Db) {
    let (mut one, mut other) = (listen(&db).await.unwrap(), listen(&db).await.unwrap());
    store::event::beat(&db, "process.7").await.unwrap();
    assert_eq!(heard(&mut one).await, Kick::Beat("process.7".into()));
    assert_eq!(heard(&mut other).await, Kick::Beat("process.7".into()));
}

#[sqlx::test(migrations = "../../migrations")]
async fn lifting_a_lock_wakes_the_engines(db: Db) {
    let admin = Admin::sets_up(&db).await;
    service::create(&db, &admin, &service_form("storefront", &admin))
        .await
        .unwrap();
    let environment = service::page(&db, &admin, "storefront").await.unwrap().environments[0]
        .environment
        .id;
    service::lock(&db, &admin, environment, "A migration is under way", None)
        .await
        .unwrap();
    let mut wakes = listen_wakes(&db).await.unwrap();
    service::unlock(&db, &admin, environment).await.unwrap();
    tokio::time::timeout(PATIENCE, wakes.next())
        .await
        .expect("engines are woken");
}

#[sqlx::test(migrations = false)]
async fn a_schema_is_migrated_once_and_never_by_an_older_program(db: Db) {
    let (one, other) = tokio::join!(store::db::migrate(&db), store::db::migrate(&db));
    let mut applied = [one.unwrap().applied, other.unwrap().applied];
    applied.sort_unstable();
    assert!(applied[0] == 0 && applied[1] > 0, "{applied:?}");
    assert!(store::db::ready(&db).await);
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (999900000000, 'of a newer one', true, '', 0)",
    )
    .execute(&db)
    .await
    .unwrap();
    let newer = store::db::migrate(&db).await.unwrap_err();
    assert!(
        matches!(
            newer,
            store::db::MigrateError::Newer {
                database: 999_900_000_000,
                ..
            }
        ),
        "{newer}"
    );
    db.close().await;
    assert!(!store::db::ready(&db).await);
}
