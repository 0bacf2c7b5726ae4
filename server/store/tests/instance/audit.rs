//! The audit trail on a real database: what a filter finds, what checkpoints sign, and what somebody with all rights can't hide.

use crate::as_whom::{Admin, Engineer, service_form, settings};
use chrono::TimeDelta;
use domain::access::{Action, Actor, Role, Theme};
use domain::audit::{FileChecker, FileProblem, Filter, Finding, Hash, Who};
use domain::event::{Event, Stream, StreamKind};
use domain::service::{CommandTarget, Settings, Target};
use store::audit::{checkpoint, export, export_all, page, sealed, signed_by, verify};
use store::{Db, Error, Vault, access, service};

fn vault() -> Vault {
    Vault::from_text(&"0a".repeat(32)).unwrap()
}

/// Saves the person's profile so many times: an event each.
async fn saves(db: &Db, actor: &Actor, times: usize) {
    for _ in 0..times {
        access::save_profile(db, actor, "Eve", "UTC", Theme::Light)
            .await
            .unwrap();
    }
}

/// What somebody with the database's own password could do.
async fn tamper(db: &Db, statements: &[&'static str], stream: Stream) {
    let mut tx = db.begin().await.unwrap();
    let tables = [
        (
            "alter table event disable trigger event_append_only",
            "alter table event enable trigger event_append_only",
        ),
        (
            "alter table checkpoint_head disable trigger checkpoint_head_append_only",
            "alter table checkpoint_head enable trigger checkpoint_head_append_only",
        ),
        (
            "alter table checkpoint disable trigger checkpoint_append_only",
            "alter table checkpoint enable trigger checkpoint_append_only",
        ),
    ];
    for (off, _) in tables {
        sqlx::query(off).execute(&mut *tx).await.unwrap();
    }
    for statement in statements {
        let done = sqlx::query(*statement).bind(stream.id).execute(&mut *tx).await.unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
    }
    for (_, on) in tables {
        sqlx::query(on).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn whole_file(db: &Db) -> Vec<String> {
    let mut export = export_all(db, &vault()).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = export.next().await.unwrap() {
        text.push_str(&piece);
    }
    text.lines().map(str::to_owned).collect()
}

fn check_file(lines: &[String], key: Option<Hash>) -> domain::audit::FileReport {
    let mut checker = FileChecker::new(key, None, signed_by);
    lines.iter().for_each(|line| checker.line(line));
    checker.finish()
}

#[sqlx::test(migrations = "../../migrations")]
async fn checkpoints_follow_each_other_and_are_made_once(db: Db) {
    let admin = Admin::sets_up(&db).await;
    assert_eq!(sealed(&db, &admin).await.unwrap(), None);
    let first = checkpoint(&db, &vault(), None).await.unwrap().unwrap();
    assert_eq!(first.number, 1);
    assert_eq!(checkpoint(&db, &vault(), None).await.unwrap(), None, "nothing moved");
    saves(&db, &admin, 2).await;
    // Two servers at once, and one that looks again too soon.
    let (vault_one, vault_other) = (vault(), vault());
    let (one, other) = tokio::join!(checkpoint(&db, &vault_one, None), checkpoint(&db, &vault_other, None));
    let made: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].number, made[0].previous), (2, first.hash));
    assert_eq!(made[0].heads.len(), 1, "only what moved is named again");
    saves(&db, &admin, 1).await;
    let hour = Some(TimeDelta::hours(1));
    assert_eq!(checkpoint(&db, &vault(), hour).await.unwrap(), None);

    let report = verify(&db, &vault(), Some((1, first.hash))).await.unwrap();
    assert_eq!(report.findings, []);
    assert_eq!((report.checkpoints, report.uncovered), (2, 1));
    let sealed = sealed(&db, &admin).await.unwrap().unwrap();
    assert_eq!(sealed.key, first.key);
    assert_eq!(
        sealed.last.map(|(number, hash, _)| (number, hash)),
        Some((2, made[0].hash))
    );
    let other = verify(&db, &vault(), Some((1, Hash([1; 32])))).await.unwrap();
    assert_eq!(other.findings, [Finding::OtherCheckpoint { number: 1 }]);

    let stranger = Vault::from_text(&"0b".repeat(32)).unwrap();
    assert!(matches!(verify(&db, &stranger, None).await, Err(Error::Vault(_))));
}

/// Each on a person of its own: what is broken stays broken. The same in an export that is made of it.
#[sqlx::test(migrations = "../../migrations")]
async fn what_is_done_to_the_record_is_found_where_it_was_done(db: Db) {
    let admin = Admin::sets_up(&db).await;
    type Found = fn(Stream) -> Vec<Finding>;
    let cases: [(&[&'static str], Found); 5] = [
        (
            &["update event set body = '{\"event\": \"signed_in\"}' where stream_id = $1 and seq = 3"],
            |stream| vec![Finding::Changed { stream, seq: 3 }],
        ),
        (&["delete from event where stream_id = $1 and seq = 3"], |stream| {
            vec![Finding::Missing { stream, from: 3, to: 3 }]
        }),
        (
            &[
                "update event set seq = -seq where stream_id = $1 and seq in (3, 4)",
                "update event set seq = 7 + seq where stream_id = $1 and seq < 0",
            ],
            |stream| {
                let moved = |seq, belongs| Finding::Moved {
                    stream,
                    seq,
                    belongs: Some(belongs),
                };
                vec![moved(3, 4), moved(4, 3)]
            },
        ),
        (&["delete from event where stream_id = $1 and seq > 4"], |stream| {
            vec![Finding::CutOff { stream, from: 5, to: 6 }]
        }),
        (&["delete from event where stream_id = $1"], |stream| {
            vec![Finding::CutOff { stream, from: 1, to: 6 }]
        }),
    ];
    let mut people = Vec::new();
    for (i, _) in cases.iter().enumerate() {
        let person = Engineer::join(&db, &admin, &format!("E{i}")).await;
        let stream = Stream::new(StreamKind::Person, person.id);
        let so_far = store::event::of_stream(&db, stream).await.unwrap().len();
        saves(&db, &person, 6 - so_far).await;
        people.push(stream);
    }
    checkpoint(&db, &vault(), None).await.unwrap().unwrap();
    assert_eq!(verify(&db, &vault(), None).await.unwrap().findings, []);
    assert!(check_file(&whole_file(&db).await, None).is_fine());
    for ((statements, wanted), stream) in cases.into_iter().zip(people) {
        tamper(&db, statements, stream).await;
        let of_it = |findings: Vec<Finding>| -> Vec<Finding> {
            let mut found: Vec<Finding> = findings
                .into_iter()
                .filter(|finding| finding.stream() == Some(stream) && !matches!(finding, Finding::Rewritten { .. }))
                .collect();
            found.sort_by_key(|finding| finding.to_string());
            found
        };
        let found = of_it(verify(&db, &vault(), None).await.unwrap().findings);
        assert_eq!(found, wanted(stream), "{statements:?}");
        let file = check_file(&whole_file(&db).await, None);
        let found = of_it(file.report.findings);
        assert!(!found.is_empty(), "{statements:?} in an export");
        assert_eq!(file.problems, [], "the export itself is as it was made");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_chain_that_is_made_anew_is_not_the_one_that_was_signed(db: Db) {
    let admin = Admin::sets_up(&db).await;
    saves(&db, &admin, 3).await;
    let stream = Stream::new(StreamKind::Person, admin.id);
    checkpoint(&db, &vault(), None).await.unwrap().unwrap();
    // The end is gone, and something else stands in its place: the chain holds.
    tamper(&db, &["delete from event where stream_id = $1 and seq > 2"], stream).await;
    for _ in 0..2 {
        access::signed_out(&db, admin.id).await.unwrap();
    }
    assert_eq!(store::event::verify(&db, stream).await.unwrap(), Ok(()));
    let report = verify(&db, &vault(), None).await.unwrap();
    let wanted = Finding::Rewritten {
        stream,
        seq: 4,
        checkpoint: 1,
    };
    assert_eq!(report.findings, [wanted]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn checkpoints_can_not_be_changed_or_replaced(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let stream = Stream::new(StreamKind::Person, admin.id);
    for statement in [
        "update checkpoint set number = 9",
        "delete from checkpoint_head",
        "truncate checkpoint cascade",
    ] {
        assert!(sqlx::query(statement).execute(&db).await.is_err(), "{statement}");
    }
    let first = checkpoint(&db, &vault(), None).await.unwrap().unwrap();
    saves(&db, &admin, 1).await;
    checkpoint(&db, &vault(), None).await.unwrap().unwrap();
    // A head less, and a key of the tamperer's own beside it.
    tamper(
        &db,
        &["delete from checkpoint_head where stream_id = $1 and checkpoint = 1"],
        stream,
    )
    .await;
    let report = verify(&db, &vault(), Some((1, first.hash))).await.unwrap();
    assert!(
        report.findings.contains(&Finding::CheckpointBroken { number: 1 }),
        "{report:?}"
    );
    sqlx::query("update audit_key set public_key = sha256(public_key)")
        .execute(&db)
        .await
        .unwrap();
    let report = verify(&db, &vault(), None).await.unwrap();
    assert_eq!(
        report.findings,
        [Finding::CheckpointBroken { number: 1 }],
        "the sealed half says which key is right"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_file_is_checked_without_the_database(db: Db) {
    let admin = Admin::sets_up(&db).await;
    saves(&db, &admin, 5).await;
    let key = checkpoint(&db, &vault(), None).await.unwrap().unwrap().key;
    saves(&db, &admin, 1).await;
    let lines = whole_file(&db).await;
    let fine = check_file(&lines, Some(key));
    assert!(fine.is_fine() && fine.whole, "{fine:?}");
    assert_eq!((fine.report.checkpoints, fine.report.uncovered), (1, 1));

    let last = lines.len() - 1;
    let changed: Vec<String> = lines
        .iter()
        .map(|line| line.replace("profile_changed", "password_changed"))
        .collect();
    assert!(!check_file(&changed, Some(key)).report.findings.is_empty());
    let mut missing = lines.clone();
    missing.remove(last - 3);
    assert!(matches!(
        check_file(&missing, Some(key)).report.findings[..],
        [Finding::Missing { .. }]
    ));
    let mut moved = lines.clone();
    moved.swap(last - 2, last - 3);
    assert!(matches!(
        check_file(&moved, Some(key)).report.findings[..],
        [Finding::Moved { .. }]
    ));
    let mut cut = lines.clone();
    cut.truncate(last - 3);
    let report = check_file(&cut, Some(key));
    assert_eq!(report.problems, [FileProblem::CutOff]);
    assert!(
        matches!(report.report.findings[..], [Finding::CutOff { .. }]),
        "{report:?}"
    );

    // A part of it has no whole chains: its signed end vouches for it.
    let filter = Filter {
        event: Some("profile_changed".into()),
        ..Filter::default()
    };
    let mut export = export(&db, &admin, &vault(), filter).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = export.next().await.unwrap() {
        text.push_str(&piece);
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let part = check_file(&lines, Some(key));
    assert!(part.is_fine() && !part.whole && part.report.records == 6, "{part:?}");
    lines.remove(2);
    assert_eq!(check_file(&lines, Some(key)).problems, [FileProblem::NotAsExported]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_trail_is_found_by_who_what_and_when(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    service::create(&db, &admin, &service_form("storefront", &admin))
        .await
        .unwrap();
    let opened = service::page(&db, &admin, "storefront").await.unwrap();
    let environment = opened.environments[0].environment.clone();
    let secret = |value: &str| {
        let Settings { target, .. } = settings();
        let Target::Command(command) = target else {
            panic!("a command")
        };
        let env = [("TOKEN".to_owned(), value.to_owned())].into();
        Settings {
            target: Target::Command(CommandTarget { env, ..command }),
            bake_s: 60,
            ..settings()
        }
    };
    service::save_settings(&db, &admin, environment.id, environment.row_version, &secret("hunter2"))
        .await
        .unwrap();
    access::change_role(&db, &admin, engineer.id, Role::Approver)
        .await
        .unwrap();
    saves(&db, &engineer, 1).await;

    let ask = async |filter: Filter| page(&db, &admin, &filter, None).await.unwrap().entries;
    let by_engineer = ask(Filter {
        who: Some(Who::Person(engineer.id)),
        event: Some("profile_changed".into()),
        ..Filter::default()
    })
    .await;
    assert_eq!(by_engineer.len(), 1);
    let changed = ask(Filter {
        kind: Some(StreamKind::Environment),
        ..Filter::default()
    })
    .await;
    let Some(Event::EnvironmentChanged { changes, .. }) = &changed[0].event else {
        panic!("{changed:?}")
    };
    assert!(
        changes
            .iter()
            .any(|change| change.field == "bake_s" && change.after == "60"),
        "{changes:?}"
    );
    assert!(!changed[0].text.contains("hunter2"), "no value of a variable is kept");
    let page_of = page(&db, &admin, &Filter::default(), None).await.unwrap();
    let names: Vec<&str> = page_of.things.iter().map(|thing| thing.name.as_str()).collect();
    assert!(
        names.contains(&format!("storefront {}", environment.name).as_str()),
        "{names:?}"
    );
    assert!(page_of.entries.windows(2).all(|pair| pair[0].id > pair[1].id));

    let roles = ask(Filter {
        text: Some("approver".into()),
        ..Filter::default()
    })
    .await;
    assert!(
        roles
            .iter()
            .any(|entry| matches!(entry.event, Some(Event::RoleChanged { .. })))
    );
    let none = ask(Filter {
        until: Some(chrono::DateTime::UNIX_EPOCH),
        ..Filter::default()
    })
    .await;
    assert_eq!(none, []);

    saves(&db, &engineer, 60).await;
    let own = Filter {
        stream: Some(Stream::new(StreamKind::Person, engineer.id)),
        ..Filter::default()
    };
    let first = page(&db, &admin, &own, None).await.unwrap();
    let next = page(&db, &admin, &own, first.entries.last().map(|entry| entry.id))
        .await
        .unwrap();
    assert!(first.entries.len() == 50 && first.more && !next.more);
    assert_eq!(
        first.entries[49].seq,
        next.entries[0].seq + 1,
        "nothing is lost between pages"
    );

    for answer in [
        page(&db, &engineer, &own, None).await.err(),
        export(&db, &engineer, &vault(), own).await.err(),
        sealed(&db, &engineer).await.err(),
    ] {
        assert!(
            matches!(answer, Some(Error::Denied(denied)) if denied.action == Action::ManageInstance),
            "{answer:?}"
        );
    }
}
