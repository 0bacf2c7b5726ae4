//! Secrets: set and never read again, covered by plans, opened for commands alone, and sealed anew under another key.

use crate::as_whom::{Admin, Approver, Engineer, release_form, service_form, settings};
use domain::access::Action;
use domain::field::Problem;
use domain::plan::Plan;
use domain::release::Decision;
use domain::service::{CommandTarget, Policy, Settings, Target};
use store::{Db, Error, Rule, Vault, release, rotate, secret, service};

fn vault(keys: &[&str]) -> Vault {
    let keys: Vec<String> = keys.iter().map(|key| key.repeat(32)).collect();
    Vault::from_text(&keys.join(",")).unwrap()
}

fn naming(secret: &str) -> Settings {
    let Settings {
        target: Target::Command(command),
        ..
    } = settings()
    else {
        panic!("a command")
    };
    Settings {
        target: Target::Command(CommandTarget {
            secrets: [("TOKEN".to_owned(), secret.to_owned())].into(),
            ..command
        }),
        ..settings()
    }
}

/// Saves settings of the first environment.
async fn save(db: &Db, admin: &Admin, settings: &Settings) -> Result<(), Error> {
    let page = service::page(db, admin, "storefront").await.unwrap();
    let environment = &page.environments[0].environment;
    service::save_settings(db, admin, environment.id, environment.row_version, settings).await
}

/// The plan of the release for the first environment, as it would be frozen now.
async fn plan(db: &Db, admin: &Admin) -> Plan {
    let page = release::page(db, admin, "storefront", "1.2.3").await.unwrap();
    Plan::freeze(
        &page.service,
        &page.release,
        &page.items,
        &page.environments[0].environment,
    )
}

async fn scene(db: &Db) -> Admin {
    store::release::seed_templates(db).await.unwrap();
    let admin = Admin::sets_up(db).await;
    service::create(db, &admin, &service_form("storefront", &admin))
        .await
        .unwrap();
    release::create(db, &admin, "storefront", &release_form("1.2.3"))
        .await
        .unwrap();
    admin
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_plan_keeps_to_the_version_that_it_was_made_with(db: Db) {
    let admin = scene(&db).await;
    let vault = vault(&["0a"]);
    let unknown = save(&db, &admin, &naming("registry")).await;
    assert!(matches!(&unknown, Err(Error::Invalid(errors)) if errors.get("target.secrets") == Some(&Problem::Unknown)));
    assert_eq!(
        secret::set(&db, &admin, &vault, None, "registry", "first value")
            .await
            .unwrap(),
        1
    );
    save(&db, &admin, &naming("registry")).await.unwrap();
    let first = plan(&db, &admin).await;
    assert_eq!((first.scheme, first.secrets[0].version), (2, 1));
    assert_eq!(
        secret::set(&db, &admin, &vault, None, "registry", "second value")
            .await
            .unwrap(),
        2
    );
    let second = plan(&db, &admin).await;
    assert_ne!(first.digest(), second.digest());
    // The service's own one goes before the instance's.
    secret::set(&db, &admin, &vault, Some("storefront"), "registry", "its own value")
        .await
        .unwrap();
    let own = plan(&db, &admin).await;
    assert_ne!(second.digest(), own.digest());

    for (plan, wanted) in [
        (&first, "first value"),
        (&second, "second value"),
        (&own, "its own value"),
    ] {
        let (variables, mask) = secret::open(&db, Some(&vault), plan).await.unwrap();
        assert_eq!(variables, [("TOKEN".to_owned(), wanted.to_owned())]);
        assert_eq!(mask.hide(&format!("token={wanted};")), "token=•••;");
    }
    let stranger = Vault::from_text(&"0b".repeat(32)).unwrap();
    assert!(matches!(
        secret::open(&db, Some(&stranger), &first).await,
        Err(Error::Vault(_))
    ));
    assert!(matches!(secret::open(&db, None, &first).await, Err(Error::Vault(_))));
    // Sealed for one place, it opens in no other.
    sqlx::query("update secret_version set sealed = (select sealed from secret_version where version = 2)")
        .execute(&db)
        .await
        .unwrap();
    assert!(matches!(
        secret::open(&db, Some(&vault), &first).await,
        Err(Error::Vault(_))
    ));
}

#[sqlx::test(migrations = "../../migrations")]
async fn no_value_is_anywhere_but_sealed(db: Db) {
    let admin = scene(&db).await;
    secret::set(&db, &admin, &vault(&["0a"]), None, "registry", "correct horse battery")
        .await
        .unwrap();
    secret::set(
        &db,
        &admin,
        &vault(&["0a"]),
        Some("storefront"),
        "pepper",
        "correct horse battery",
    )
    .await
    .unwrap();
    save(&db, &admin, &naming("registry")).await.unwrap();
    let rows: Vec<String> = sqlx::query_scalar(
        "select body::text from event union all select to_jsonb(s)::text from secret s
         union all select to_jsonb(v)::text from secret_version v union all select settings::text from environment",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    let hex = hex_of("correct horse battery");
    assert!(!rows.is_empty());
    for row in rows {
        assert!(!row.contains("horse") && !row.contains(&hex), "{row}");
    }
    let page = secret::page(&db, &admin).await.unwrap();
    let shown: Vec<_> = page
        .secrets
        .iter()
        .map(|one| (one.name.as_str(), one.service.as_deref()))
        .collect();
    assert_eq!(shown, [("registry", None), ("pepper", Some("storefront"))]);
    assert_eq!(page.secrets[0].used_by.len(), 1, "{page:?}");
    assert!(page.secrets[1].used_by.is_empty() && page.secrets[1].used_at.is_none());
}

fn hex_of(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_used_stays_and_only_administrators_touch_it(db: Db) {
    let admin = scene(&db).await;
    let vault = vault(&["0a"]);
    secret::set(&db, &admin, &vault, None, "registry", "some value")
        .await
        .unwrap();
    let id = secret::page(&db, &admin).await.unwrap().secrets[0].id;
    save(&db, &admin, &naming("registry")).await.unwrap();
    assert!(matches!(
        secret::remove(&db, &admin, id).await,
        Err(Error::Rule(Rule::SecretInUse))
    ));
    // A deployment that was asked for with it needs it, whatever the settings say by now.
    let page = release::page(&db, &admin, "storefront", "1.2.3").await.unwrap();
    let environment = page.environments[0].environment.id;
    let asked = store::deployment::request(&db, &admin, page.release.id, environment)
        .await
        .unwrap();
    save(&db, &admin, &settings()).await.unwrap();
    assert!(matches!(
        secret::remove(&db, &admin, id).await,
        Err(Error::Rule(Rule::SecretInUse))
    ));
    store::deployment::steer(&db, &admin, asked, domain::deployment::Steer::Cancel)
        .await
        .unwrap();
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    for answer in [
        secret::page(&db, &engineer).await.err(),
        secret::set(&db, &engineer, &vault, None, "registry", "another")
            .await
            .err(),
        secret::remove(&db, &engineer, id).await.err(),
    ] {
        assert!(
            matches!(answer, Some(Error::Denied(denied)) if denied.action == Action::ManageInstance),
            "{answer:?}"
        );
    }
    for (name, value) in [("registry", "abc"), ("Registry", "long enough"), ("", "")] {
        assert!(matches!(
            secret::set(&db, &admin, &vault, None, name, value).await,
            Err(Error::Invalid(_))
        ));
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_next_version_says_and_does_what_it_voids(db: Db) {
    let admin = scene(&db).await;
    let vault = vault(&["0a"]);
    let set = async |service: Option<&str>, value: &str| {
        let done = secret::set(&db, &admin, &vault, service, "registry", value).await;
        done.unwrap()
    };
    let voids = async || {
        let page = secret::page(&db, &admin).await.unwrap();
        let voids = page.secrets.iter().map(|one| (one.voids.requests, one.voids.approvals));
        voids.collect::<Vec<_>>()
    };
    let told = async || {
        let told = sqlx::query_scalar::<_, i64>(
            "select (body ->> 'count')::bigint from event where body ->> 'event' = 'approvals_voided' order by id",
        );
        told.fetch_all(&db).await.unwrap()
    };
    let approver = Approver::join(&db, &admin, "Sam").await;
    set(None, "first value").await;
    save(&db, &admin, &naming("registry")).await.unwrap();
    assert_eq!(voids().await, [(0, 0)], "nothing waits yet");
    let page = release::page(&db, &admin, "storefront", "1.2.3").await.unwrap();
    let release = page.release.id;
    let development = page.environments[0].environment.clone();
    let environment = development.id;
    let policy = Policy {
        approvals: 1,
        ..Policy::default()
    };
    service::save_policy(&db, &admin, environment, development.policy_version, &policy)
        .await
        .unwrap();
    let ask = async || {
        let asked = store::gate::request_approval(&db, &admin, release, environment).await;
        asked.unwrap()
    };
    let approve = async |request| {
        let page = release::page(&db, &admin, "storefront", "1.2.3").await.unwrap();
        let digest = page.environments[0].digest;
        store::gate::decide(&db, &approver, request, digest, Decision::Approve, "")
            .await
            .unwrap();
    };
    approve(ask().await).await;
    assert_eq!(voids().await, [(1, 1)]);
    set(None, "second value").await;
    assert_eq!(
        (voids().await, told().await),
        (vec![(0, 0)], vec![1]),
        "what was said has happened"
    );
    // Nobody has asked anew: nothing is left that a third one could void.
    set(None, "third value").await;
    assert_eq!(told().await, [1]);
    // One of the service's own takes the place of the instance's in its plans.
    ask().await;
    assert_eq!(voids().await, [(1, 0)]);
    set(Some("storefront"), "its own value").await;
    assert_eq!((voids().await, told().await), (vec![(0, 0), (0, 0)], vec![1, 0]));
    // Another value of the instance's is nothing to that plan.
    let request = ask().await;
    set(None, "fourth value").await;
    assert_eq!((voids().await, told().await), (vec![(0, 0), (1, 0)], vec![1, 0]));
    approve(request).await;
    assert_eq!(voids().await, [(0, 0), (1, 1)]);
    // What is queued keeps its version, so nothing of it is void.
    store::deployment::request(&db, &admin, release, environment)
        .await
        .unwrap();
    assert_eq!(voids().await, [(0, 0), (0, 0)]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn everything_is_sealed_anew_under_the_newest_key(db: Db) {
    let admin = scene(&db).await;
    let old = vault(&["0a"]);
    secret::set(&db, &admin, &old, None, "registry", "some value")
        .await
        .unwrap();
    secret::set(&db, &admin, &old, None, "registry", "another value")
        .await
        .unwrap();
    store::audit::checkpoint(&db, &old, None).await.unwrap().unwrap();
    let told = store::hook::connect(&db, &old, &admin, "storefront").await.unwrap();
    save(&db, &admin, &naming("registry")).await.unwrap();
    let plan = plan(&db, &admin).await;

    assert!(
        rotate(&db, &vault(&["0b"])).await.is_err(),
        "the old key has to be there"
    );
    let both = vault(&["0b", "0a"]);
    let sealing = |vault| {
        let (db, admin) = (&db, &admin);
        async move { store::sealing(db, admin, &vault).await.unwrap() }
    };
    let before = sealing(both.clone()).await;
    assert_eq!((before.newest, before.older, before.unknown), (0, 4, 0));
    assert_eq!(sealing(vault(&["0b"])).await.unknown, 4, "the key is missing there");
    let counts: Vec<u64> = rotate(&db, &both)
        .await
        .unwrap()
        .into_iter()
        .map(|(_, count)| count)
        .collect();
    assert_eq!(counts, [1, 2, 0, 0, 0, 0, 1, 0]);
    let after = sealing(both.clone()).await;
    assert_eq!((after.newest, after.older, after.unknown), (4, 0, 0));
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    assert!(matches!(
        store::sealing(&db, &engineer, &both).await,
        Err(Error::Denied(_))
    ));
    let again: u64 = rotate(&db, &both)
        .await
        .unwrap()
        .into_iter()
        .map(|(_, count)| count)
        .sum();
    assert_eq!(again, 0);
    let new = vault(&["0b"]);
    assert_eq!(
        secret::open(&db, Some(&new), &plan).await.unwrap().0[0].1,
        "another value"
    );
    let (_, kept) = store::hook::secret(&db, &new, "storefront").await.unwrap().unwrap();
    assert_eq!(kept, told.as_bytes());
    assert_eq!(store::audit::verify(&db, &new, None).await.unwrap().findings, []);
    assert!(secret::open(&db, Some(&old), &plan).await.is_err());
}
