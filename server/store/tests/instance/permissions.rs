//! Every use case of people, services and the first page, for every role: granted and denied exactly as the table says.

use crate::as_whom::{Admin, address, join, service_form, settings};
use domain::access::{Action, Actor, Denied, Grant, Role, Scope, Theme, grant};
use domain::id::{EnvironmentId, InvitationId, PersonId, TeamId};
use domain::service::{EnvironmentFile, Policy, ServiceFile, ServiceForm};
use std::future::Future;
use std::pin::Pin;
use store::{Db, Error, access, home, service};
use uuid::Uuid;

type Answer = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// What the use cases are tried on. Each call gets its own copy.
#[derive(Clone)]
struct Scene {
    db: Db,
    actor: Actor,
    admin: PersonId,
    environment: EnvironmentId,
}

/// A use case by name, what it asks for, and a call of it.
struct Case {
    name: &'static str,
    asks: Action,
    call: fn(Scene) -> Answer,
}

macro_rules! cases {
    ($($name:literal asks $action:ident: |$scene:ident| $call:expr;)*) => {
        [$(Case { name: $name, asks: Action::$action, call: |$scene| Box::pin(async move { $call.await.map(drop) }) },)*]
    };
}

fn cases() -> Vec<Case> {
    cases! {
        "people" asks Read: |s| access::people(&s.db, &s.actor);
        "invite" asks ManagePeople: |s| access::invite(&s.db, &s.actor, &address(&Uuid::now_v7().to_string()), Role::Viewer);
        "invitations" asks ManagePeople: |s| access::invitations(&s.db, &s.actor);
        "revoke_invitation" asks ManagePeople: |s| access::revoke_invitation(&s.db, &s.actor, InvitationId(Uuid::nil()));
        "change_role" asks ManagePeople: |s| access::change_role(&s.db, &s.actor, s.admin, Role::Viewer);
        "set_active" asks ManagePeople: |s| access::set_active(&s.db, &s.actor, s.admin, true);
        "leave" asks ManagePeople: |s| access::leave(&s.db, &s.actor, s.admin, &[]);
        "holdings" asks ManagePeople: |s| access::holdings(&s.db, &s.actor, s.admin);
        "person_access" asks ManagePeople: |s| access::person_access(&s.db, &s.actor, s.admin);
        "who_has_factors" asks ManagePeople: |s| access::who_has_factors(&s.db, &s.actor);
        "remove_factor" asks ManagePeople: |s| access::remove_factor(&s.db, &s.actor, s.admin);
        "teams" asks Read: |s| access::teams(&s.db, &s.actor);
        "team" asks Read: |s| access::team(&s.db, &s.actor, TeamId(Uuid::nil()));
        "create_team" asks ManagePeople: |s| access::create_team(&s.db, &s.actor, "", "");
        "change_team" asks ManagePeople: |s| access::change_team(&s.db, &s.actor, TeamId(Uuid::nil()), 1, "Tills", "");
        "remove_team" asks ManagePeople: |s| access::remove_team(&s.db, &s.actor, TeamId(Uuid::nil()));
        "add_member" asks ManagePeople: |s| access::add_member(&s.db, &s.actor, TeamId(Uuid::nil()), s.admin);
        "remove_member" asks ManagePeople: |s| access::remove_member(&s.db, &s.actor, TeamId(Uuid::nil()), s.admin);
        "give_role" asks ManagePeople: |s| access::give_role(&s.db, &s.actor, TeamId(Uuid::nil()), Role::Admin, Scope::Instance);
        "take_role" asks ManagePeople: |s| access::take_role(&s.db, &s.actor, TeamId(Uuid::nil()), Role::Admin, Scope::Instance);
        "service_accounts" asks Read: |s| access::service_accounts(&s.db, &s.actor);
        "create_service_account" asks ManagePeople: |s| access::create_service_account(&s.db, &s.actor, "", "", Role::Viewer);
        "remove_service_account" asks ManagePeople: |s| access::remove_service_account(&s.db, &s.actor, s.admin);
        "service::list" asks Read: |s| service::list(&s.db, &s.actor);
        "service::page" asks Read: |s| service::page(&s.db, &s.actor, "storefront");
        "service::update" asks ManageService: |s| service::update(&s.db, &s.actor, "storefront", &ServiceForm::default());
        "service::export" asks ManageService: |s| service::export(&s.db, &s.actor, "storefront");
        "save_settings" asks ManageTarget: |s| service::save_settings(&s.db, &s.actor, s.environment, 0, &settings());
        "save_policy" asks ManagePolicy: |s| service::save_policy(&s.db, &s.actor, s.environment, 0, &Policy::default());
        "policy_effect" asks ManagePolicy: |s| service::policy_effect(&s.db, &s.actor, s.environment, &Policy::default());
        "lock" asks Deploy: |s| service::lock(&s.db, &s.actor, s.environment, "", None);
        "unlock (none)" asks Deploy: |s| service::unlock(&s.db, &s.actor, s.environment);
        "home::page" asks Read: |s| home::page(&s.db, &s.actor);
        "home::counts" asks Read: |s| home::counts(&s.db, &s.actor);
        "home::search" asks Read: |s| home::search(&s.db, &s.actor, "store");
        "service::remove" asks ManageService: |s| service::remove(&s.db, &s.actor, "storefront");
    }
    .into()
}

async fn scene(db: &Db) -> (Admin, Scene) {
    let admin = Admin::sets_up(db).await;
    service::create(db, &admin, &service_form("storefront", &admin))
        .await
        .unwrap();
    let environment = service::page(db, &admin, "storefront").await.unwrap().environments[0]
        .environment
        .id;
    let scene = Scene {
        db: db.clone(),
        actor: (*admin).clone(),
        admin: admin.id,
        environment,
    };
    (admin, scene)
}

#[sqlx::test(migrations = "../../migrations")]
async fn every_use_case_asks_the_table(db: Db) {
    let (admin, scene) = scene(&db).await;
    // Administrators last: one of their calls removes the service.
    for role in Role::ALL {
        let actor = join(&db, &admin, role.key(), role).await;
        for Case { name, asks, call } in cases() {
            let answer = call(Scene {
                actor: actor.clone(),
                ..scene.clone()
            })
            .await;
            let denied = matches!(&answer, Err(Error::Denied(Denied { action })) if *action == asks);
            // "Own" is nothing on a service of somebody else.
            assert_eq!(
                denied,
                grant(role, asks) != Grant::Yes,
                "{name} as {}: {answer:?}",
                role.key()
            );
            if !denied {
                assert!(
                    !matches!(answer, Err(Error::Denied(_) | Error::Db(_))),
                    "{name} as {}: {answer:?}",
                    role.key()
                );
            }
        }
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_denied_call_leaves_nothing_behind(db: Db) {
    let (admin, scene) = scene(&db).await;
    let viewer = join(&db, &admin, "vic", Role::Viewer).await;
    let count = async || -> (i64, i64, i64) {
        sqlx::query_as(
            "select (select count(*) from event), (select count(*) from invitation), (select count(*) from policy)",
        )
        .fetch_one(&db)
        .await
        .unwrap()
    };
    let before = count().await;
    for Case { call, .. } in cases() {
        let _ = call(Scene {
            actor: viewer.clone(),
            ..scene.clone()
        })
        .await;
    }
    assert_eq!(count().await, before);
}

#[sqlx::test(migrations = "../../migrations")]
async fn who_makes_services_and_who_brings_files(db: Db) {
    let (admin, _) = scene(&db).await;
    for role in Role::ALL {
        let actor = join(&db, &admin, role.key(), role).await;
        let made = service::create(&db, &actor, &service_form(&format!("by-{}", role.key()), &admin)).await;
        assert_eq!(made.is_ok(), matches!(role, Role::Engineer | Role::Admin), "{made:?}");
        let file = ServiceFile {
            name: format!("file-{}", role.key()),
            repository: String::new(),
            description: String::new(),
            customer_facing: false,
            owners: vec!["ada@example.com".into()],
            team: None,
            stakeholders: Vec::new(),
            environments: vec![EnvironmentFile {
                name: "production".into(),
                tier: domain::service::Tier::Production,
                settings: settings(),
                policy: Policy::default(),
            }],
        };
        let brought = service::import(&db, &actor, &file).await;
        assert_eq!(brought.is_ok(), role == Role::Admin, "{brought:?}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn everybody_keeps_their_own_profile(db: Db) {
    let (admin, _) = scene(&db).await;
    for role in Role::ALL {
        let actor = join(&db, &admin, role.key(), role).await;
        access::save_profile(&db, &actor, "Somebody", "UTC", Theme::Dark)
            .await
            .unwrap();
    }
}
