//! Teams: what they give and where, who changes them, and the last administrator.

use crate::as_whom::{Admin, Approver, Engineer, Viewer, release_form, service_form};
use domain::access::{Action, Denied, Role, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::Problem;
use domain::id::{EnvironmentId, ServiceId, TeamId};
use store::{Db, Error, Rule, access, event, release, service};
use uuid::Uuid;

struct Scene {
    admin: Admin,
    viewer: Viewer,
    storefront: ServiceId,
    production: EnvironmentId,
    basket: ServiceId,
    team: TeamId,
}

async fn ids(db: &Db, admin: &Admin, name: &str) -> (ServiceId, EnvironmentId) {
    let page = service::page(db, admin, name).await.unwrap();
    (page.service.id, page.environments[2].environment.id)
}

/// Two services, and a team with one member, a viewer. It gives nothing yet.
async fn scene(db: &Db) -> Scene {
    let admin = Admin::sets_up(db).await;
    let viewer = Viewer::join(db, &admin, "Vic").await;
    for name in ["storefront", "basket"] {
        service::create(db, &admin, &service_form(name, &admin)).await.unwrap();
    }
    let (storefront, production) = ids(db, &admin, "storefront").await;
    let (basket, _) = ids(db, &admin, "basket").await;
    let team = access::create_team(db, &admin, " Payments ", "They keep the till")
        .await
        .unwrap();
    access::add_member(db, &admin, team, viewer.id).await.unwrap();
    Scene {
        admin,
        viewer,
        storefront,
        production,
        basket,
        team,
    }
}

fn denied<T: std::fmt::Debug>(answer: Result<T, Error>) -> Action {
    match answer {
        Err(Error::Denied(Denied { action })) => action,
        other => panic!("it is not denied: {other:?}"),
    }
}

fn rule<T: std::fmt::Debug>(answer: Result<T, Error>) -> Rule {
    match answer {
        Err(Error::Rule(rule)) => rule,
        other => panic!("no rule refused it: {other:?}"),
    }
}

fn problem<T: std::fmt::Debug>(answer: Result<T, Error>, field: &str) -> Option<Problem> {
    match answer {
        Err(Error::Invalid(errors)) => errors.get(field).cloned(),
        other => panic!("nothing is invalid: {other:?}"),
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_viewer_plans_where_the_team_makes_them_an_engineer_and_nowhere_else(db: Db) {
    let scene = scene(&db).await;
    let plan = async |service: &str, version: &str| {
        let viewer = scene.viewer.again(&db).await;
        release::create(&db, &viewer, service, &release_form(version)).await
    };
    assert_eq!(denied(plan("storefront", "1.0.0").await), Action::PlanRelease);
    access::give_role(
        &db,
        &scene.admin,
        scene.team,
        Role::Engineer,
        Scope::Service(scene.storefront),
    )
    .await
    .unwrap();
    plan("storefront", "1.0.0").await.unwrap();
    assert_eq!(denied(plan("basket", "1.0.0").await), Action::PlanRelease);
    let me = access::me(&db, scene.viewer.id).await.unwrap().unwrap();
    assert_eq!(
        me.actor(),
        *scene.viewer.again(&db).await,
        "the page knows what the server knows"
    );
    access::remove_member(&db, &scene.admin, scene.team, scene.viewer.id)
        .await
        .unwrap();
    assert_eq!(denied(plan("storefront", "1.0.1").await), Action::PlanRelease);
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_environments_role_ends_at_the_environment(db: Db) {
    let scene = scene(&db).await;
    let there = Scope::Environment {
        service: scene.storefront,
        environment: scene.production,
    };
    access::give_role(&db, &scene.admin, scene.team, Role::Engineer, there)
        .await
        .unwrap();
    let viewer = scene.viewer.again(&db).await;
    service::lock(&db, &viewer, scene.production, "Stocktaking", None)
        .await
        .unwrap();
    let staging = service::page(&db, &scene.admin, "storefront")
        .await
        .unwrap()
        .environments[1]
        .environment
        .id;
    assert_eq!(
        denied(service::lock(&db, &viewer, staging, "Stocktaking", None).await),
        Action::Deploy
    );
    let planned = release::create(&db, &viewer, "storefront", &release_form("1.0.0")).await;
    assert_eq!(denied(planned), Action::PlanRelease);
}

#[sqlx::test(migrations = "../../migrations")]
async fn only_who_manages_people_gives_roles(db: Db) {
    let scene = scene(&db).await;
    // An administrator of one service is none of the instance.
    access::give_role(
        &db,
        &scene.admin,
        scene.team,
        Role::Admin,
        Scope::Service(scene.storefront),
    )
    .await
    .unwrap();
    let local = scene.viewer.again(&db).await;
    let engineer = Engineer::join(&db, &scene.admin, "Eve").await;
    let approver = Approver::join(&db, &scene.admin, "Sam").await;
    for actor in [&*local, &*engineer, &*approver] {
        let on = Scope::Service(scene.storefront);
        for answer in [
            access::create_team(&db, actor, "Mine", "").await.map(drop),
            access::change_team(&db, actor, scene.team, 1, "Mine", "").await,
            access::remove_team(&db, actor, scene.team).await,
            access::add_member(&db, actor, scene.team, actor.id).await,
            access::remove_member(&db, actor, scene.team, scene.viewer.id).await,
            access::give_role(&db, actor, scene.team, Role::Admin, on).await,
            access::take_role(&db, actor, scene.team, Role::Admin, on).await,
        ] {
            assert_eq!(denied(answer), Action::ManagePeople);
        }
        // Everybody sees who is in which team, and nothing to add.
        let page = access::team(&db, actor, scene.team).await.unwrap();
        assert_eq!((page.members.len(), page.others.len(), page.places.len()), (1, 0, 0));
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_last_administrator_by_a_team_stays(db: Db) {
    let scene = scene(&db).await;
    let (admin, team) = (&scene.admin, scene.team);
    access::give_role(&db, admin, team, Role::Admin, Scope::Instance)
        .await
        .unwrap();
    // Ada may go back: the team's member is an administrator as well.
    access::change_role(&db, admin, admin.id, Role::Viewer).await.unwrap();
    let vic = scene.viewer.again(&db).await;
    assert!(vic.may(Action::ManagePeople, Scope::Instance).is_ok());
    let bot = access::create_service_account(&db, &vic, "deploy-bot", "Deploys", Role::Admin)
        .await
        .unwrap();
    access::add_member(&db, &vic, team, bot).await.unwrap();
    assert_eq!(
        rule(access::take_role(&db, &vic, team, Role::Admin, Scope::Instance).await),
        Rule::LastAdmin
    );
    assert_eq!(
        rule(access::remove_member(&db, &vic, team, vic.id).await),
        Rule::LastAdmin
    );
    assert_eq!(rule(access::remove_team(&db, &vic, team).await), Rule::LastAdmin);
    assert_eq!(
        rule(access::set_active(&db, &vic, vic.id, false).await),
        Rule::LastAdmin
    );
    access::change_role(&db, &vic, admin.id, Role::Admin).await.unwrap();
    access::remove_team(&db, &vic, team).await.unwrap();
    assert!(scene.viewer.again(&db).await.teams.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn two_administrators_can_not_take_each_others_role_at_once(db: Db) {
    let scene = scene(&db).await;
    access::give_role(&db, &scene.admin, scene.team, Role::Admin, Scope::Instance)
        .await
        .unwrap();
    let vic = scene.viewer.again(&db).await;
    let (one, other) = tokio::join!(
        access::change_role(&db, &vic, scene.admin.id, Role::Viewer),
        access::remove_member(&db, &scene.admin, scene.team, vic.id),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(rule(one.and(other)), Rule::LastAdmin);
}

#[sqlx::test(migrations = "../../migrations")]
async fn names_edits_and_places_are_checked(db: Db) {
    let scene = scene(&db).await;
    let (admin, team) = (&scene.admin, scene.team);
    assert_eq!(
        problem(access::create_team(&db, admin, "PAYMENTS", "").await, "name"),
        Some(Problem::Taken)
    );
    assert_eq!(
        problem(access::create_team(&db, admin, " ", "").await, "name"),
        Some(Problem::Missing)
    );
    access::change_team(&db, admin, team, 1, "Tills", "").await.unwrap();
    let stale = access::change_team(&db, admin, team, 1, "Basket", "").await;
    assert!(matches!(stale, Err(Error::Conflict)), "{stale:?}");
    // An environment belongs to its service.
    let elsewhere = Scope::Environment {
        service: scene.basket,
        environment: scene.production,
    };
    let gone = Scope::Service(ServiceId(Uuid::nil()));
    for on in [elsewhere, gone] {
        let given = access::give_role(&db, admin, team, Role::Engineer, on).await;
        assert_eq!(problem(given, "on"), Some(Problem::Unknown));
    }
    let on = Scope::Service(scene.basket);
    access::give_role(&db, admin, team, Role::Engineer, on).await.unwrap();
    assert_eq!(
        rule(access::give_role(&db, admin, team, Role::Engineer, on).await),
        Rule::NothingToDo
    );
    assert_eq!(
        rule(access::add_member(&db, admin, team, scene.viewer.id).await),
        Rule::NothingToDo
    );
    assert_eq!(
        rule(access::remove_member(&db, admin, team, admin.id).await),
        Rule::NothingToDo
    );
    // With the service goes what was given on it.
    service::remove(&db, admin, "basket").await.unwrap();
    assert!(access::team(&db, admin, team).await.unwrap().grants.is_empty());
    assert!(scene.viewer.again(&db).await.teams.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_happens_to_a_team_is_kept(db: Db) {
    let scene = scene(&db).await;
    let (admin, team) = (&scene.admin, scene.team);
    let on = Scope::Environment {
        service: scene.storefront,
        environment: scene.production,
    };
    access::give_role(&db, admin, team, Role::Approver, on).await.unwrap();
    let line = access::teams(&db, &scene.viewer).await.unwrap().remove(0);
    let place = &line.grants[0].place;
    assert_eq!(
        (line.members, place.service.as_str(), place.environment.as_str()),
        (1, "storefront", "production")
    );
    access::take_role(&db, admin, team, Role::Approver, on).await.unwrap();
    access::remove_team(&db, admin, team).await.unwrap();
    let stream = Stream::new(StreamKind::Team, team);
    let events = event::of_stream(&db, stream).await.unwrap();
    let events: Vec<Event> = events.into_iter().map(|happened| happened.event).collect();
    let name = || "Payments".to_owned();
    let place = || "storefront production".to_owned();
    let role = Role::Approver;
    assert_eq!(
        events,
        [
            Event::TeamCreated { name: name() },
            Event::MemberAdded {
                person: scene.viewer.id
            },
            Event::TeamRoleGiven {
                role,
                on,
                place: place()
            },
            Event::TeamRoleTaken {
                role,
                on,
                place: place()
            },
            Event::TeamRemoved { name: name() },
        ]
    );
    assert_eq!(event::verify(&db, stream).await.unwrap(), Ok(()));
}

#[sqlx::test(migrations = "../../migrations")]
async fn each_sees_what_decides_for_themself_and_administrators_for_all(db: Db) {
    let scene = scene(&db).await;
    access::give_role(
        &db,
        &scene.admin,
        scene.team,
        Role::Engineer,
        Scope::Service(scene.storefront),
    )
    .await
    .unwrap();
    let viewer = scene.viewer.again(&db).await;
    let own = access::person_access(&db, &viewer, viewer.id).await.unwrap();
    assert_eq!(own.actor, *viewer);
    assert_eq!(own.teams, [(scene.team, "Payments".to_owned())]);
    assert_eq!(
        own.places.len(),
        1 + 2 * 4,
        "the instance, two services, three environments each"
    );
    let other = access::person_access(&db, &viewer, scene.admin.id).await;
    assert_eq!(denied(other), Action::ManagePeople);
    assert_eq!(access::person_access(&db, &scene.admin, viewer.id).await.unwrap(), own);
}
