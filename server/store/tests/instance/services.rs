//! Services: made, changed, locked, taken along as a file, removed.

use crate::as_whom::{Admin, Approver, Engineer, canary_settings, release_form, service_form, settings};
use chrono::{TimeDelta, Utc};
use domain::access::{Action, Actor, Denied};
use domain::field::Problem;
use domain::gate::LockReason;
use domain::id::EnvironmentId;
use domain::service::{EnvironmentForm, Policy, ServiceFile, ServiceForm, ServicePage, Tier};
use store::{Db, Error, Rule, deployment, release, service};

fn problem<T: std::fmt::Debug>(answer: Result<T, Error>, field: &str) -> Problem {
    match answer {
        Err(Error::Invalid(errors)) => errors
            .get(field)
            .cloned()
            .unwrap_or_else(|| panic!("{field} is fine: {errors:?}")),
        other => panic!("nothing is invalid: {other:?}"),
    }
}

fn denied<T: std::fmt::Debug>(answer: Result<T, Error>, asked: Action) -> bool {
    matches!(answer, Err(Error::Denied(Denied { action })) if action == asked)
}

/// The form as a person would find it to change the service.
fn form_of(page: &ServicePage) -> ServiceForm {
    let environments = page.environments.iter().map(|state| EnvironmentForm {
        id: Some(state.environment.id),
        name: state.environment.name.clone(),
        tier: state.environment.tier,
    });
    ServiceForm {
        name: page.service.name.clone(),
        repository: page.service.repository.clone(),
        description: page.service.description.clone(),
        customer_facing: page.service.customer_facing,
        owners: page.owners.iter().map(|person| person.id).collect(),
        team: page.team.as_ref().map(|team| team.id),
        stakeholders: page.stakeholders.iter().map(|person| person.id).collect(),
        environments: environments.collect(),
        row_version: page.service.row_version,
    }
}

async fn storefront(db: &Db) -> (Admin, ServicePage) {
    let admin = Admin::sets_up(db).await;
    let form = ServiceForm {
        customer_facing: true,
        ..service_form("storefront", &admin)
    };
    assert_eq!(service::create(db, &admin, &form).await.unwrap(), "storefront");
    let page = service::page(db, &admin, "storefront").await.unwrap();
    (admin, page)
}

fn environment(page: &ServicePage, i: usize) -> EnvironmentId {
    page.environments[i].environment.id
}

async fn lock_of(db: &Db, actor: &Actor, i: usize) -> Option<domain::gate::Lock> {
    service::page(db, actor, "storefront")
        .await
        .unwrap()
        .environments
        .remove(i)
        .lock
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_new_service_has_environments_under_the_rules_of_their_tiers(db: Db) {
    let (admin, page) = storefront(&db).await;
    assert_eq!(
        page.owners.iter().map(|person| person.id).collect::<Vec<_>>(),
        [admin.id]
    );
    for (state, tier) in page.environments.iter().zip(Tier::ALL) {
        assert_eq!(
            (state.environment.tier, &state.environment.name[..]),
            (tier, tier.key())
        );
        assert_eq!(state.environment.policy, Policy::for_tier(tier));
        assert_eq!((&state.running, &state.lock, &state.current), (&None, &None, &None));
        assert_eq!(
            service::environment(&db, state.environment.id).await.unwrap().as_ref(),
            Some(&state.environment)
        );
    }
    let components: Vec<(String, String)> =
        sqlx::query_as("select c.name, c.state from component c join component_change h on h.component_id = c.id")
            .fetch_all(&db)
            .await
            .unwrap();
    assert_eq!(components, [("storefront".into(), "operational".into())]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_form_is_refused_by_field(db: Db) {
    let (admin, _) = storefront(&db).await;
    let create = |form: ServiceForm| {
        let (db, admin) = (db.clone(), admin.clone());
        async move { service::create(&db, &admin, &form).await }
    };
    assert_eq!(
        problem(create(service_form("storefront", &admin)).await, "name"),
        Problem::Taken
    );
    assert_eq!(
        problem(create(service_form("Store Front", &admin)).await, "name"),
        Problem::Name
    );
    let strangers = vec![domain::id::PersonId(uuid::Uuid::nil())];
    let form = ServiceForm {
        owners: strangers.clone(),
        stakeholders: strangers,
        ..service_form("other", &admin)
    };
    let answer = create(form).await;
    assert!(
        matches!(&answer, Err(Error::Invalid(errors)) if errors.0.len() == 2),
        "{answer:?}"
    );
    assert_eq!(problem(answer, "stakeholders"), Problem::Unknown);
    assert_eq!(
        service::list(&db, &admin).await.unwrap().len(),
        1,
        "nothing of a refused one stays"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_engineer_owns_what_they_make_and_manages_nothing_else(db: Db) {
    let (admin, page) = storefront(&db).await;
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    service::create(&db, &engineer, &service_form("basket", &admin))
        .await
        .unwrap();
    let engineer = engineer.again(&db).await;
    let basket = service::page(&db, &engineer, "basket").await.unwrap();
    assert!(basket.owners.iter().any(|person| person.id == engineer.id));

    let mut form = form_of(&basket);
    form.description = "What customers are about to buy".into();
    service::update(&db, &engineer, "basket", &form).await.unwrap();
    let other = service::update(&db, &engineer, "storefront", &form_of(&page)).await;
    assert!(denied(other, Action::ManageService));
    let own = &basket.environments[0].environment;
    assert!(denied(
        service::save_settings(&db, &engineer, own.id, own.row_version, &settings()).await,
        Action::ManageTarget
    ));
    assert!(denied(
        service::save_policy(&db, &engineer, own.id, 1, &Policy::default()).await,
        Action::ManagePolicy
    ));
    service::remove(&db, &engineer, "basket").await.unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_who_edit_one_service_at_once_one_does(db: Db) {
    let (admin, page) = storefront(&db).await;
    let edit = |text: &str| ServiceForm {
        description: text.into(),
        ..form_of(&page)
    };
    let (a, b) = (edit("by one"), edit("by the other"));
    let (one, other) = tokio::join!(
        service::update(&db, &admin, "storefront", &a),
        service::update(&db, &admin, "storefront", &b),
    );
    let (kept, lost) = if one.is_ok() {
        ("by one", other)
    } else {
        ("by the other", one)
    };
    assert!(matches!(lost, Err(Error::Conflict)), "{lost:?}");
    let after = service::page(&db, &admin, "storefront").await.unwrap().service;
    assert_eq!((after.description.as_str(), after.row_version), (kept, 2));
}

#[sqlx::test(migrations = "../../migrations")]
async fn environments_are_renamed_added_moved_and_removed(db: Db) {
    let (admin, page) = storefront(&db).await;
    let mut form = form_of(&page);
    // Development and staging swap their names, but for the tiers, and one comes in between.
    form.environments[0].name = "staging".into();
    form.environments[1].name = "development".into();
    form.environments.insert(
        1,
        EnvironmentForm {
            id: None,
            name: "qa".into(),
            tier: Tier::Staging,
        },
    );
    service::update(&db, &admin, "storefront", &form).await.unwrap();
    let after = service::page(&db, &admin, "storefront").await.unwrap();
    let names: Vec<&str> = after
        .environments
        .iter()
        .map(|state| state.environment.name.as_str())
        .collect();
    assert_eq!(names, ["staging", "qa", "development", "production"]);
    assert_eq!(environment(&after, 0), environment(&page, 0));
    assert_eq!(
        after.environments[1].environment.policy,
        Policy::for_tier(Tier::Staging)
    );

    let mut form = form_of(&after);
    form.environments.truncate(1);
    service::update(&db, &admin, "storefront", &form).await.unwrap();
    assert_eq!(
        service::page(&db, &admin, "storefront")
            .await
            .unwrap()
            .environments
            .len(),
        1
    );
    let mut form = form_of(&service::page(&db, &admin, "storefront").await.unwrap());
    form.environments[0].id = Some(environment(&page, 2));
    assert_eq!(
        problem(service::update(&db, &admin, "storefront", &form).await, "environments"),
        Problem::Unknown
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn settings_are_saved_once_by_who_saw_them(db: Db) {
    let (admin, page) = storefront(&db).await;
    let id = environment(&page, 0);
    let mut wrong = canary_settings();
    wrong.analysis.alpha = 7.0;
    wrong.bake_s = 100_000;
    let answer = service::save_settings(&db, &admin, id, 1, &wrong).await;
    assert!(
        matches!(&answer, Err(Error::Invalid(e)) if e.get("bake_s").is_some() && e.get("analysis.alpha").is_some())
    );
    service::save_settings(&db, &admin, id, 1, &canary_settings())
        .await
        .unwrap();
    let stale = service::save_settings(&db, &admin, id, 1, &settings()).await;
    assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
    let kept = service::environment(&db, id).await.unwrap().unwrap();
    assert_eq!((kept.settings, kept.row_version), (canary_settings(), 2));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_lock_is_lifted_by_its_owner_or_by_who_may_lift_others(db: Db) {
    let (admin, page) = storefront(&db).await;
    let (eve, ed) = (
        Engineer::join(&db, &admin, "Eve").await,
        Engineer::join(&db, &admin, "Ed").await,
    );
    let approver = Approver::join(&db, &admin, "Ann").await;
    let id = environment(&page, 0);
    assert_eq!(
        problem(service::lock(&db, &eve, id, "", None).await, "text"),
        Problem::Missing
    );
    let past = Some(Utc::now() - TimeDelta::hours(1));
    assert_eq!(
        problem(service::lock(&db, &eve, id, "Migrating", past).await, "until"),
        Problem::Order
    );
    service::lock(&db, &eve, id, "Migrating", None).await.unwrap();
    let lock = lock_of(&db, &eve, 0).await.unwrap();
    assert_eq!(
        (lock.by, lock.reason),
        (
            eve.by(),
            LockReason::Words {
                text: "Migrating".into()
            }
        )
    );
    let twice = service::lock(&db, &ed, id, "Me too", None).await;
    assert!(matches!(twice, Err(Error::Rule(Rule::NothingToDo))), "{twice:?}");
    assert!(denied(service::unlock(&db, &ed, id).await, Action::LiftLock));
    service::unlock(&db, &eve, id).await.unwrap();
    assert!(matches!(
        service::unlock(&db, &eve, id).await,
        Err(Error::Rule(Rule::NothingToDo))
    ));
    service::lock(&db, &ed, id, "Now me", None).await.unwrap();
    service::unlock(&db, &approver, id).await.unwrap();
    assert_eq!(lock_of(&db, &eve, 0).await, None);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_lock_that_is_over_is_in_nobodys_way(db: Db) {
    let (admin, page) = storefront(&db).await;
    let id = environment(&page, 0);
    service::lock(&db, &admin, id, "Until tonight", Some(Utc::now() + TimeDelta::hours(1)))
        .await
        .unwrap();
    sqlx::query("update environment_lock set until = now()")
        .execute(&db)
        .await
        .unwrap();
    assert_eq!(lock_of(&db, &admin, 0).await, None);
    assert!(matches!(
        service::unlock(&db, &admin, id).await,
        Err(Error::Rule(Rule::NothingToDo))
    ));
    service::lock(&db, &admin, id, "And tomorrow", None).await.unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_who_lock_at_once_one_does(db: Db) {
    let (admin, page) = storefront(&db).await;
    let id = environment(&page, 0);
    let (one, other) = tokio::join!(
        service::lock(&db, &admin, id, "By one", None),
        service::lock(&db, &admin, id, "By the other", None),
    );
    assert_eq!(
        [&one, &other].iter().filter(|answer| answer.is_ok()).count(),
        1,
        "{one:?} {other:?}"
    );
    let lost = if one.is_ok() { other } else { one };
    assert!(matches!(lost, Err(Error::Rule(Rule::NothingToDo))), "{lost:?}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_under_way_keeps_a_service(db: Db) {
    let (admin, page) = storefront(&db).await;
    let id = environment(&page, 0);
    service::save_settings(&db, &admin, id, 1, &settings()).await.unwrap();
    let planned = release::create(&db, &admin, "storefront", &release_form("1.0.0"))
        .await
        .unwrap();
    deployment::request(&db, &admin, planned, id).await.unwrap();
    let shown = service::page(&db, &admin, "storefront").await.unwrap();
    assert_eq!(
        shown.environments[0].current.as_ref().map(|line| line.version.as_str()),
        Some("1.0.0")
    );
    let removed = service::remove(&db, &admin, "storefront").await;
    assert!(matches!(removed, Err(Error::Rule(Rule::InUse))), "{removed:?}");
    let mut form = form_of(&shown);
    form.environments.remove(0);
    let updated = service::update(&db, &admin, "storefront", &form).await;
    assert!(matches!(updated, Err(Error::Rule(Rule::InUse))), "{updated:?}");

    sqlx::query("update deployment set state = 'cancelled'")
        .execute(&db)
        .await
        .unwrap();
    service::remove(&db, &admin, "storefront").await.unwrap();
    assert!(matches!(
        service::page(&db, &admin, "storefront").await,
        Err(Error::NotFound)
    ));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_service_travels_as_a_file(db: Db) {
    let (admin, page) = storefront(&db).await;
    Approver::join(&db, &admin, "Ann").await;
    service::save_settings(&db, &admin, environment(&page, 2), 1, &canary_settings())
        .await
        .unwrap();
    let policy = Policy {
        approvals: 1,
        window: true,
        ..Policy::default()
    };
    service::save_policy(&db, &admin, environment(&page, 0), 1, &policy)
        .await
        .unwrap();
    let file = service::export(&db, &admin, "storefront").await.unwrap();
    assert_eq!(file.owners, ["ada@example.com"]);
    let text = toml::to_string_pretty(&file).unwrap();
    let read: ServiceFile = toml::from_str(&text).unwrap();
    assert_eq!(read, file, "{text}");

    let renamed = ServiceFile {
        name: "checkout".into(),
        ..read
    };
    assert_eq!(service::import(&db, &admin, &renamed).await.unwrap(), "checkout");
    assert_eq!(service::export(&db, &admin, "checkout").await.unwrap(), renamed);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_file_brings_an_existing_service_to_what_it_says_or_changes_nothing(db: Db) {
    let (admin, page) = storefront(&db).await;
    let mut file = service::export(&db, &admin, "storefront").await.unwrap();
    file.environments.remove(1);
    file.environments[0].settings = settings();
    file.environments[1].policy = Policy::default();
    file.description = "Sells things".into();
    service::import(&db, &admin, &file).await.unwrap();
    assert_eq!(service::export(&db, &admin, "storefront").await.unwrap(), file);
    let after = service::page(&db, &admin, "storefront").await.unwrap();
    assert_eq!(
        environment(&after, 1),
        environment(&page, 2),
        "the environment itself stays"
    );
    assert_eq!(after.environments[1].environment.policy_version, 2);

    let mut wrong = file.clone();
    wrong.description = "Not this".into();
    wrong.environments[1].policy.approvals = 9;
    let answer = service::import(&db, &admin, &wrong).await;
    assert!(matches!(
        problem(answer, "environments.1.approvals"),
        Problem::TooFew { need: 9, .. }
    ));
    wrong.environments[1].policy.approvals = 0;
    wrong.owners = vec!["nobody@example.com".into()];
    assert_eq!(
        problem(service::import(&db, &admin, &wrong).await, "owners"),
        Problem::Unknown
    );
    assert_eq!(service::export(&db, &admin, "storefront").await.unwrap(), file);
}
