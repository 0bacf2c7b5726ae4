//! The sample workspace: loaded as a whole, tried, removed as a whole.

use crate::as_whom::{Admin, PASSWORD, canary_settings, release_form, service_form, settings};
use crate::world::{SERVICE, problem, rule};
use domain::access::{Actor, Role};
use domain::deployment::{Run, State};
use domain::event::{Event, Stream};
use domain::field::Problem;
use domain::release::{Artifact, Decision, ItemState};
use store::workspace::{self, SampleInput, SamplePerson, texts};
use store::{Db, Error, Rule, access, deployment, event, gate, release, service};

fn input() -> SampleInput {
    let artifact = |version: &str| {
        let digest = format!(
            "sha256:{:064x}",
            version.len() + version.bytes().map(usize::from).sum::<usize>()
        );
        Artifact {
            reference: format!("storefront:{version}"),
            digest,
        }
    };
    let people = texts::PEOPLE.into_iter().map(|(name, email, role)| SamplePerson {
        name: name.into(),
        email: email.into(),
        role,
        password: PASSWORD.into(),
    });
    SampleInput {
        service: texts::service(),
        settings: vec![("staging".into(), settings()), ("production".into(), canary_settings())],
        releases: texts::releases(artifact),
        people: people.collect(),
    }
}

async fn signed_in(db: &Db, email: &str) -> Actor {
    let id = access::sign_in(db, email, PASSWORD, "127.0.0.1").await.unwrap();
    access::actor(db, id).await.unwrap().unwrap()
}

#[sqlx::test(migrations = "../../migrations")]
async fn three_releases_are_there_to_try(db: Db) {
    let admin = Admin::sets_up(&db).await;
    workspace::load(&db, &admin, input()).await.unwrap();
    let lines = release::list(&db, &admin, &release::ReleaseFilter::default())
        .await
        .unwrap();
    assert_eq!(
        lines.iter().map(|line| line.version.as_str()).collect::<Vec<_>>(),
        ["1.5.0", "1.4.0", "1.3.0"]
    );
    assert!(
        lines.iter().all(|line| line.settled > 0 && line.settled < line.items),
        "{lines:?}"
    );
    let ana = signed_in(&db, "ana.ruiz@example.com").await;
    let sam = signed_in(&db, "sam.adeyemi@example.com").await;
    assert_eq!(
        (ana.role, ana.owns.len(), sam.role),
        (Role::Engineer, 1, Role::Approver)
    );
    let page = release::page(&db, &ana, SERVICE, "1.3.0").await.unwrap();
    assert!(page.service.sample);
    let done = page.items.iter().filter(|item| item.state == ItemState::Done);
    assert!(
        done.clone().count() >= 5
            && done
                .clone()
                .all(|item| item.by == Some(ana.id) && !item.evidence.is_empty())
    );
    assert!(page.environments[1].facts.has_target && !page.environments[0].facts.has_target);
    let request = gate::request_approval(&db, &ana, page.release.id, page.environments[2].environment.id)
        .await
        .unwrap();
    gate::decide(&db, &sam, request, page.environments[2].digest, Decision::Approve, "")
        .await
        .unwrap();
    let last = event::of_stream(&db, Stream::instance()).await.unwrap().pop().unwrap();
    assert_eq!((last.event, last.by), (Event::SampleLoaded, admin.by()));
}

#[sqlx::test(migrations = "../../migrations")]
async fn it_is_loaded_once_even_by_two_at_once(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let (one, other) = tokio::join!(
        workspace::load(&db, &admin, input()),
        workspace::load(&db, &admin, input())
    );
    assert_eq!(rule(if one.is_ok() { other } else { one }), Rule::NothingToDo);
    assert_eq!(service::list(&db, &admin).await.unwrap().len(), 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn nothing_is_left_of_a_loading_that_failed(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let mut bad = input();
    bad.releases[2].version = "1.4.0".into();
    assert_eq!(
        problem(workspace::load(&db, &admin, bad).await, "version"),
        Problem::Taken
    );
    let mut bad = input();
    bad.settings.push(("nowhere".into(), settings()));
    assert_eq!(
        problem(workspace::load(&db, &admin, bad).await, "settings"),
        Problem::Unknown
    );
    let mut bad = input();
    bad.people[0].password = "short".into();
    assert_eq!(
        problem(workspace::load(&db, &admin, bad).await, "password"),
        Problem::TooShort { least: 12 }
    );
    assert!(service::list(&db, &admin).await.unwrap().is_empty());
    assert_eq!(access::people(&db, &admin).await.unwrap().len(), 1);
    service::create(&db, &admin, &service_form(SERVICE, &admin))
        .await
        .unwrap();
    assert_eq!(
        problem(workspace::load(&db, &admin, input()).await, "name"),
        Problem::Taken
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn it_goes_with_everything_that_was_done_on_it(db: Db) {
    let admin = Admin::sets_up(&db).await;
    assert_eq!(rule(workspace::remove(&db, &admin).await), Rule::NothingToDo);
    workspace::load(&db, &admin, input()).await.unwrap();
    let ana = signed_in(&db, "ana.ruiz@example.com").await;
    let page = release::page(&db, &ana, SERVICE, "1.3.0").await.unwrap();
    let id = deployment::request(&db, &ana, page.release.id, page.environments[1].environment.id)
        .await
        .unwrap();
    for (state, refused) in [(State::Running, true), (State::Paused, true), (State::Succeeded, false)] {
        let run = sqlx::types::Json(Run { state, ..Run::queued() });
        let kept = sqlx::query("update deployment set state = $2, run = $3 where id = $1")
            .bind(id.0)
            .bind(state.key())
            .bind(run);
        kept.execute(&db).await.unwrap();
        let answer = workspace::remove(&db, &admin).await;
        assert_eq!(
            matches!(answer, Err(Error::Rule(Rule::InUse))),
            refused,
            "{state:?}: {answer:?}"
        );
    }
    assert!(service::list(&db, &admin).await.unwrap().is_empty());
    assert_eq!(access::people(&db, &admin).await.unwrap().len(), 1);
    assert_eq!(access::actor(&db, ana.id).await.unwrap(), None);
    workspace::load(&db, &admin, input()).await.unwrap();
    assert_eq!(service::list(&db, &admin).await.unwrap().len(), 1);
}

/// Who is named by something that stays is erased and closed instead of deleted.
#[sqlx::test(migrations = "../../migrations")]
async fn somebody_who_is_named_elsewhere_is_erased(db: Db) {
    let admin = Admin::sets_up(&db).await;
    workspace::load(&db, &admin, input()).await.unwrap();
    let ana = signed_in(&db, "ana.ruiz@example.com").await;
    service::create(&db, &admin, &service_form("warehouse", &admin))
        .await
        .unwrap();
    release::create(&db, &ana, "warehouse", &release_form("1.0.0"))
        .await
        .unwrap();
    workspace::remove(&db, &admin).await.unwrap();
    let page = release::page(&db, &admin, "warehouse", "1.0.0").await.unwrap();
    let gone = page.people.iter().find(|person| person.id == ana.id).unwrap();
    assert_eq!((gone.name.as_str(), gone.active), ("Removed person", false));
    assert!(!gone.email.contains("ana"), "{}", gone.email);
    assert_eq!(
        rule(access::sign_in(&db, "ana.ruiz@example.com", PASSWORD, "127.0.0.1").await),
        Rule::WrongCredentials
    );
    workspace::load(&db, &admin, input()).await.unwrap();
    workspace::remove(&db, &admin).await.unwrap();
}

/// What the sample's people set up beside it stays, and somebody answers for it.
#[sqlx::test(migrations = "../../migrations")]
async fn a_service_of_a_sample_person_goes_to_who_removes_the_sample(db: Db) {
    let admin = Admin::sets_up(&db).await;
    workspace::load(&db, &admin, input()).await.unwrap();
    let ana = signed_in(&db, "ana.ruiz@example.com").await;
    service::create(&db, &ana, &service_form("warehouse", &ana))
        .await
        .unwrap();
    release::create(&db, &ana, "warehouse", &release_form("1.0.0"))
        .await
        .unwrap();
    workspace::remove(&db, &admin).await.unwrap();
    let page = service::page(&db, &admin, "warehouse").await.unwrap();
    assert_eq!(
        page.owners.iter().map(|person| person.id).collect::<Vec<_>>(),
        [admin.id]
    );
    let stream = Stream::new(domain::event::StreamKind::Service, page.service.id);
    let last = event::of_stream(&db, stream).await.unwrap().pop().unwrap();
    let to = Some(admin.id);
    assert_eq!(last.event, Event::ServiceHandedOver { from: ana.id, to });
}

#[test]
fn a_generated_password_is_long_and_never_the_same() {
    let (one, other) = (workspace::generated_password(), workspace::generated_password());
    assert!(one.len() >= 16 && one != other, "{one} {other}");
}
