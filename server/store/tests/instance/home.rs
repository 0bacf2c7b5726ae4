//! The first page and the palette.

use crate::as_whom::{Admin, Approver, Engineer, Support, Viewer, address, release_form, service_form, settings};
use domain::access::Actor;
use domain::home::{Hit, HitKind, Waits};
use domain::incident::{IncidentForm, Severity};
use domain::release::Decision;
use domain::service::{Policy, ServiceForm};
use store::{Db, deployment, gate, home, incident, release, service};

async fn with_service(db: &Db) -> Admin {
    let admin = Admin::sets_up(db).await;
    let form = ServiceForm {
        description: "Sells 100% of things".into(),
        ..service_form("storefront", &admin)
    };
    service::create(db, &admin, &form).await.unwrap();
    let page = service::page(db, &admin, "storefront").await.unwrap();
    service::save_settings(db, &admin, page.environments[0].environment.id, 1, &settings())
        .await
        .unwrap();
    admin
}

async fn waits(db: &Db, actor: &Actor) -> Vec<Waits> {
    home::page(db, actor).await.unwrap().waits
}

fn trouble(title: &str) -> IncidentForm {
    IncidentForm {
        title: title.into(),
        public_title: String::new(),
        severity: Severity::High,
        what_happened: String::new(),
        impact: String::new(),
        root_cause: String::new(),
        resolution: String::new(),
        lessons: String::new(),
        started_at: chrono::DateTime::UNIX_EPOCH,
        row_version: 0,
    }
}

async fn hits(db: &Db, actor: &Actor, q: &str) -> Vec<(HitKind, String, String)> {
    let hits = home::search(db, actor, q).await.unwrap();
    hits.into_iter()
        .map(|Hit { kind, title, href, .. }| (kind, title, href))
        .collect()
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_empty_instance_shows_nothing(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let page = home::page(&db, &admin).await.unwrap();
    assert!(
        page.services.is_empty() && page.in_flight.is_empty() && page.waits.is_empty() && page.incidents.is_empty()
    );
    assert!(!page.sample);
    assert_eq!(
        home::counts(&db, &admin).await.unwrap(),
        domain::home::Counts::default()
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_approval_waits_for_those_who_can_give_it_until_they_did(db: Db) {
    let admin = with_service(&db).await;
    let (engineer, approver) = (
        Engineer::join(&db, &admin, "Eve").await,
        Approver::join(&db, &admin, "Ann").await,
    );
    let viewer = Viewer::join(&db, &admin, "Vic").await;
    let environment = service::page(&db, &admin, "storefront").await.unwrap().environments[0]
        .environment
        .id;
    let policy = Policy {
        approvals: 2,
        ..Policy::default()
    };
    service::save_policy(&db, &admin, environment, 1, &policy)
        .await
        .unwrap();
    let id = release::create(&db, &engineer, "storefront", &release_form("1.0.0"))
        .await
        .unwrap();
    assert!(waits(&db, &approver).await.is_empty(), "nobody asked");
    let request = gate::request_approval(&db, &engineer, id, environment).await.unwrap();

    for who in [&*approver, &*admin] {
        let waits = waits(&db, who).await;
        assert!(
            matches!(&waits[..], [Waits::Approve { service, version, environment, .. }]
                if service == "storefront" && version == "1.0.0" && environment == "development"),
            "{waits:?}"
        );
    }
    for who in [&*engineer, &*viewer] {
        assert!(waits(&db, who).await.is_empty());
    }
    let digest = release::page(&db, &approver, "storefront", "1.0.0")
        .await
        .unwrap()
        .environments[0]
        .digest;
    gate::decide(&db, &approver, request, digest, Decision::Approve, "")
        .await
        .unwrap();
    assert!(waits(&db, &approver).await.is_empty());
    assert_eq!(waits(&db, &admin).await.len(), 1);
    // An edit: what was asked for is not what would run.
    let mut edit = release_form("1.0.0");
    edit.row_version = release::page(&db, &admin, "storefront", "1.0.0")
        .await
        .unwrap()
        .release
        .row_version;
    edit.rollback_plan = "Another way back".into();
    release::update(&db, &engineer, "storefront", "1.0.0", &edit)
        .await
        .unwrap();
    assert!(waits(&db, &admin).await.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_in_flight_is_shown_and_counted(db: Db) {
    let admin = with_service(&db).await;
    let environment = service::page(&db, &admin, "storefront").await.unwrap().environments[0]
        .environment
        .id;
    let id = release::create(&db, &admin, "storefront", &release_form("1.0.0"))
        .await
        .unwrap();
    deployment::request(&db, &admin, id, environment).await.unwrap();
    let page = home::page(&db, &admin).await.unwrap();
    assert_eq!(page.in_flight.len(), 1);
    assert_eq!(
        page.services[0].environments[0].current,
        Some(page.in_flight[0].clone())
    );
    let counts = home::counts(&db, &admin).await.unwrap();
    assert_eq!((counts.releases, counts.deployments, counts.incidents), (1, 1, 0));

    sqlx::query("update deployment set state = 'paused'")
        .execute(&db)
        .await
        .unwrap();
    let viewer = Viewer::join(&db, &admin, "Vic").await;
    assert!(matches!(&waits(&db, &admin).await[..], [Waits::Decide { .. }]));
    assert!(waits(&db, &viewer).await.is_empty());
    sqlx::query("update deployment set state = 'succeeded'")
        .execute(&db)
        .await
        .unwrap();
    assert!(home::page(&db, &admin).await.unwrap().in_flight.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_report_waits_until_its_cause_is_written(db: Db) {
    let admin = with_service(&db).await;
    let (support, viewer) = (
        Support::join(&db, &admin, "Sue").await,
        Viewer::join(&db, &admin, "Vic").await,
    );
    let number = incident::open(&db, &support, "storefront", None, &trouble("Checkout is slow"))
        .await
        .unwrap();
    let page = home::page(&db, &support).await.unwrap();
    assert_eq!(
        (page.incidents[0].number, page.incidents[0].title.as_str()),
        (number, "Checkout is slow")
    );
    assert!(matches!(&page.waits[..], [Waits::Report { incident, .. }] if incident.number == number));
    assert!(waits(&db, &viewer).await.is_empty());
    assert_eq!(home::counts(&db, &viewer).await.unwrap().incidents, 1);
    let seen = incident::page(&db, &support, number).await.unwrap().incident.form;
    let written = IncidentForm {
        root_cause: "An index was missing".into(),
        ..seen
    };
    incident::update(&db, &support, number, &written).await.unwrap();
    assert!(waits(&db, &support).await.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_palette_finds_by_name_version_and_number(db: Db) {
    let admin = with_service(&db).await;
    Engineer::join(&db, &admin, "Eve").await;
    let environment = service::page(&db, &admin, "storefront").await.unwrap().environments[0]
        .environment
        .id;
    let id = release::create(&db, &admin, "storefront", &release_form("1.4.0"))
        .await
        .unwrap();
    deployment::request(&db, &admin, id, environment).await.unwrap();
    let number = incident::open(&db, &admin, "storefront", None, &trouble("Checkout is slow"))
        .await
        .unwrap();

    let hit = |kind: HitKind, title: &str, href: &str| (kind, title.to_owned(), href.to_owned());
    assert_eq!(
        hits(&db, &admin, "STORE").await[0],
        hit(HitKind::Service, "storefront", "/services/storefront")
    );
    assert_eq!(
        hits(&db, &admin, "storefront 1.4").await,
        [hit(HitKind::Release, "storefront 1.4.0", "/releases/storefront/1.4.0")]
    );
    let deployed: i64 = sqlx::query_scalar("select number from deployment")
        .fetch_one(&db)
        .await
        .unwrap();
    let there = hit(
        HitKind::Deployment,
        &format!("#{deployed}"),
        &format!("/deployments/{deployed}"),
    );
    assert_eq!(hits(&db, &admin, &format!("#{deployed}")).await, [there]);
    let trouble = hit(
        HitKind::Incident,
        &format!("INC-{number}"),
        &format!("/incidents/{number}"),
    );
    assert_eq!(
        hits(&db, &admin, &format!("inc-{number}")).await,
        std::slice::from_ref(&trouble)
    );
    assert_eq!(hits(&db, &admin, "checkout").await, [trouble]);
    assert_eq!(
        hits(&db, &admin, &address("Eve")).await,
        [hit(HitKind::Person, "Eve", "/people")]
    );
    assert_eq!(hits(&db, &admin, "  ").await, []);
    assert_eq!(hits(&db, &admin, "100%").await.len(), 1);
    assert_eq!(
        hits(&db, &admin, "10_%").await,
        [],
        "special characters stand for themselves"
    );
}
