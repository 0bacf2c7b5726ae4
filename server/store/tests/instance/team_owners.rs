//! A team owns a service: its members are its owners, for as long as they are members.

use crate::as_whom::{Admin, Engineer, service_form};
use domain::access::{Action, Actor, Scope};
use domain::field::Problem;
use domain::id::TeamId;
use domain::service::{EnvironmentForm, ServiceForm, ServicePage};
use store::{Db, Error, Rule, access, service};
use uuid::Uuid;

struct Scene {
    admin: Admin,
    member: Engineer,
    stranger: Engineer,
    team: TeamId,
}

/// A team with one engineer, and a service that it alone owns.
async fn scene(db: &Db) -> Scene {
    let admin = Admin::sets_up(db).await;
    let member = Engineer::join(db, &admin, "Mia").await;
    let stranger = Engineer::join(db, &admin, "Stu").await;
    let team = access::create_team(db, &admin, "Payments", "").await.unwrap();
    access::add_member(db, &admin, team, member.id).await.unwrap();
    let form = ServiceForm {
        owners: Vec::new(),
        team: Some(team),
        ..service_form("till", &admin)
    };
    service::create(db, &admin, &form).await.unwrap();
    Scene {
        member: member.again(db).await,
        stranger: stranger.again(db).await,
        admin,
        team,
    }
}

async fn page(db: &Db, scene: &Scene) -> ServicePage {
    service::page(db, &scene.admin, "till").await.unwrap()
}

fn form_of(page: &ServicePage) -> ServiceForm {
    let environments = page.environments.iter().map(|state| EnvironmentForm {
        id: Some(state.environment.id),
        name: state.environment.name.clone(),
        tier: state.environment.tier,
    });
    ServiceForm {
        name: page.service.name.clone(),
        team: page.team.as_ref().map(|team| team.id),
        environments: environments.collect(),
        row_version: page.service.row_version,
        ..ServiceForm::default()
    }
}

fn edits(actor: &Actor, page: &ServicePage) -> bool {
    actor
        .may(Action::ManageService, Scope::Service(page.service.id))
        .is_ok()
}

#[sqlx::test(migrations = "../../migrations")]
async fn members_edit_what_their_team_owns(db: Db) {
    let scene = scene(&db).await;
    let kept = page(&db, &scene).await;
    assert_eq!(kept.team.as_ref().map(|team| team.name.as_str()), Some("Payments"));
    assert!(kept.owners.is_empty() && edits(&scene.member, &kept) && !edits(&scene.stranger, &kept));
    let described = ServiceForm {
        description: "It takes the money.".into(),
        ..form_of(&kept)
    };
    let denied = service::update(&db, &scene.stranger, "till", &described).await;
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");
    service::update(&db, &scene.member, "till", &described).await.unwrap();

    access::remove_member(&db, &scene.admin, scene.team, scene.member.id)
        .await
        .unwrap();
    let left = scene.member.again(&db).await;
    assert!(!edits(&left, &page(&db, &scene).await), "it ends with the membership");
    access::add_member(&db, &scene.admin, scene.team, scene.stranger.id)
        .await
        .unwrap();
    let me = access::me(&db, scene.stranger.id).await.unwrap().unwrap();
    assert!(edits(&me.actor(), &page(&db, &scene).await));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_service_has_people_or_a_team_and_a_team_that_exists(db: Db) {
    let scene = scene(&db).await;
    let nobody = ServiceForm {
        team: None,
        ..form_of(&page(&db, &scene).await)
    };
    let unknown = ServiceForm {
        team: Some(TeamId(Uuid::nil())),
        ..nobody.clone()
    };
    for (form, field, problem) in [
        (nobody, "owners", Problem::Missing),
        (unknown, "team", Problem::Unknown),
    ] {
        match service::update(&db, &scene.admin, "till", &form).await {
            Err(Error::Invalid(errors)) => assert_eq!(errors.get(field), Some(&problem)),
            other => panic!("{other:?}"),
        }
    }
    let owns = access::remove_team(&db, &scene.admin, scene.team).await;
    assert!(matches!(owns, Err(Error::Rule(Rule::OwnsServices))), "{owns:?}");
    let to_people = ServiceForm {
        team: None,
        owners: vec![scene.member.id],
        ..form_of(&page(&db, &scene).await)
    };
    service::update(&db, &scene.admin, "till", &to_people).await.unwrap();
    access::remove_team(&db, &scene.admin, scene.team).await.unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn who_leaves_hands_over_nothing_that_the_team_keeps(db: Db) {
    let scene = scene(&db).await;
    let both = ServiceForm {
        owners: vec![scene.member.id],
        ..form_of(&page(&db, &scene).await)
    };
    service::update(&db, &scene.admin, "till", &both).await.unwrap();
    let held = access::holdings(&db, &scene.admin, scene.member.id).await.unwrap();
    assert_eq!(held.services[0].team.as_deref(), Some("Payments"));
    access::leave(&db, &scene.admin, scene.member.id, &[]).await.unwrap();
    let kept = page(&db, &scene).await;
    assert!(kept.owners.is_empty() && kept.team.is_some());
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_file_names_the_team(db: Db) {
    let scene = scene(&db).await;
    let mut file = service::export(&db, &scene.admin, "till").await.unwrap();
    assert_eq!((file.team.as_deref(), file.owners.len()), (Some("Payments"), 0));
    let text = toml::to_string_pretty(&file).unwrap();
    assert_eq!(
        toml::from_str::<domain::service::ServiceFile>(&text).unwrap(),
        file,
        "{text}"
    );
    file.name = "counter".into();
    file.team = Some("payments".into());
    service::import(&db, &scene.admin, &file).await.unwrap();
    let made = service::page(&db, &scene.admin, "counter").await.unwrap();
    assert_eq!(made.team.map(|team| team.id), Some(scene.team));
    file.team = Some("nobody knows it".into());
    let refused = service::import(&db, &scene.admin, &file).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
}
