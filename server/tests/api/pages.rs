//! Lists of many pages: whoever walks one while things are added meets each that was there exactly once.

use crate::application::Application;
use crate::as_whom::service_form;
use crate::fixtures::{Fixtures, SERVICE};
use crate::program::{Program, whole_token};
use axum::http::StatusCode;
use domain::access::{Actor, Role};
use domain::incident::{IncidentForm, Severity};
use std::collections::BTreeMap;
use store::{Db, access};

/// More than two pages of any list here.
const MANY: usize = 405;

/// Walks a list by its links, adding something after each page; how often each thing was met.
async fn walk(program: &Program<'_>, path: &str, key: &str, mut add: impl AsyncFnMut()) -> BTreeMap<String, u32> {
    let (mut met, mut pages) = (BTreeMap::new(), 0);
    let mut next = Some(format!("/api/v1{path}"));
    while let Some(address) = next {
        let answer = program.get(&address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.body);
        let page = answer.json();
        for item in page["items"].as_array().expect("items") {
            let name = item[key].to_string().trim_matches('"').to_owned();
            *met.entry(name).or_default() += 1;
        }
        let link = answer
            .header("link")
            .split_once('>')
            .map(|(link, _)| link.trim_start_matches('<').to_owned());
        assert_eq!(
            link.is_some(),
            page["next"].is_string(),
            "{address}: a link where there is a next page"
        );
        next = link;
        pages += 1;
        assert!(pages < 50, "{path} does not end");
        add().await;
    }
    assert!(pages > 2, "{path} has {pages} pages: too few to show anything");
    met
}

fn each_once(met: &BTreeMap<String, u32>, old: &[String]) {
    for name in old {
        assert_eq!(met.get(name), Some(&1), "{name}");
    }
    let twice: Vec<_> = met.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "met more than once: {twice:?}");
}

async fn names(program: &Program<'_>, path: &str, key: &str) -> Vec<String> {
    walk(program, path, key, async || ()).await.into_keys().collect()
}

async fn open_incident(db: &Db, admin: &Actor) {
    let form = IncidentForm {
        title: "Orders fail".into(),
        public_title: String::new(),
        severity: Severity::Low,
        what_happened: String::new(),
        impact: String::new(),
        root_cause: String::new(),
        resolution: String::new(),
        lessons: String::new(),
        started_at: "2026-01-15T10:00:00Z".parse().expect("a moment"),
        row_version: 0,
    };
    store::incident::open(db, admin, SERVICE, None, &form)
        .await
        .expect("is opened");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_walk_meets_each_thing_once_while_others_are_added(db: Db) {
    let app = Application::start(&db).await;
    let fixtures = Fixtures::make(&db).await;
    let admin = fixtures.actor(Role::Admin);
    let program = Program {
        app: &app,
        secret: whole_token(&db, admin).await,
    };
    for n in 0..MANY {
        open_incident(&db, admin).await;
        access::invite(&db, admin, &format!("guest-{n}@example.com"), Role::Viewer)
            .await
            .expect("is invited");
    }
    for n in 0..MANY / 2 {
        access::create_team(&db, admin, &format!("Team {n}"), "")
            .await
            .expect("is made");
        store::service::create(&db, admin, &service_form(&format!("service-{n}"), admin))
            .await
            .expect("is set up");
    }
    let mut more = MANY;
    let old = names(&program, "/incidents", "number").await;
    assert!(old.len() > MANY);
    each_once(
        &walk(&program, "/incidents", "number", async || {
            open_incident(&db, admin).await
        })
        .await,
        &old,
    );

    let old = names(&program, "/invitations", "id").await;
    let met = walk(&program, "/invitations", "id", async || {
        more += 1;
        let email = format!("guest-{more}@example.com");
        access::invite(&db, admin, &email, Role::Viewer)
            .await
            .expect("is invited");
    });
    each_once(&met.await, &old);

    let old = names(&program, "/teams", "id").await;
    let met = walk(&program, "/teams", "id", async || {
        more += 1;
        let name = format!("Team {more}");
        access::create_team(&db, admin, &name, "").await.expect("is made");
    });
    each_once(&met.await, &old);

    // New ones come before, among and after those that are there.
    let old = names(&program, "/services", "name").await;
    let met = walk(&program, "/services", "name", async || {
        more += 1;
        for name in [format!("a-{more}"), format!("service-1{more}"), format!("z-{more}")] {
            store::service::create(&db, admin, &service_form(&name, admin))
                .await
                .expect("is set up");
        }
    });
    each_once(&met.await, &old);

    for path in [
        "/incidents",
        "/invitations",
        "/teams",
        "/people",
        "/tokens",
        "/webhooks",
        "/secrets",
    ] {
        let answer = program.get(&format!("/api/v1{path}?cursor=of-no-page")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.json()["type"], "urn:slipway:problem:cursor", "{path}");
    }
}
