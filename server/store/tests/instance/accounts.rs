//! Service accounts: programs with a role, who are nobody at the door and count as nobody.

use crate::as_whom::{Admin, Approver, Engineer, PASSWORD, release_form, service_form, settings};
use domain::access::{Action, Denied, Role, TokenForm, TokenScope};
use domain::field::Problem;
use domain::release::Decision;
use domain::service::{Policy, ServiceForm};
use store::{Db, Error, Rule, access, gate, release, service};

#[sqlx::test(migrations = "../../migrations")]
async fn an_account_acts_by_its_role_and_comes_in_nowhere(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let bot = access::create_service_account(&db, &admin, " deploy-bot ", "Deploys from CI", Role::Engineer)
        .await
        .unwrap();
    let accounts = access::service_accounts(&db, &admin).await.unwrap();
    assert_eq!(
        (accounts[0].name.as_str(), accounts[0].role),
        ("deploy-bot", Role::Engineer)
    );
    let actor = access::actor(&db, bot).await.unwrap().unwrap();
    service::create(&db, &admin, &service_form("storefront", &admin))
        .await
        .unwrap();
    release::create(&db, &actor, "storefront", &release_form("1.0.0"))
        .await
        .unwrap();

    let email: String = sqlx::query_scalar("select email from person where id = $1")
        .bind(bot.0)
        .fetch_one(&db)
        .await
        .unwrap();
    let signed_in = access::sign_in(&db, &email, PASSWORD, "127.0.0.1").await;
    assert!(
        matches!(signed_in, Err(Error::Rule(Rule::WrongCredentials))),
        "{signed_in:?}"
    );
    let with_password = sqlx::query("update person set password_hash = 'x' where id = $1")
        .bind(bot.0)
        .execute(&db)
        .await;
    assert!(with_password.is_err(), "it never has a password");
    let people = access::people(&db, &admin).await.unwrap();
    assert!(people.iter().all(|person| person.id != bot), "it is no person");
    for answer in [
        access::set_active(&db, &admin, bot, false).await,
        access::set_active(&db, &admin, bot, true).await,
        access::remove_service_account(&db, &admin, admin.id).await,
    ] {
        assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
    }

    access::remove_service_account(&db, &admin, bot).await.unwrap();
    assert_eq!(access::actor(&db, bot).await.unwrap(), None);
    assert!(access::service_accounts(&db, &admin).await.unwrap().is_empty());
    let again = access::remove_service_account(&db, &admin, bot).await;
    assert!(matches!(again, Err(Error::Rule(Rule::NothingToDo))), "{again:?}");
    // The name is free for another one.
    access::create_service_account(&db, &admin, "deploy-bot", "Again", Role::Viewer)
        .await
        .unwrap();
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_account_is_no_owner_no_last_administrator_and_no_approver(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let bot = access::create_service_account(&db, &admin, "root-bot", "Does everything", Role::Admin)
        .await
        .unwrap();
    let demoted = access::change_role(&db, &admin, admin.id, Role::Viewer).await;
    assert!(matches!(demoted, Err(Error::Rule(Rule::LastAdmin))), "{demoted:?}");
    let form = ServiceForm {
        owners: vec![bot],
        ..service_form("storefront", &admin)
    };
    match service::create(&db, &admin, &form).await {
        Err(Error::Invalid(errors)) => assert_eq!(errors.get("owners"), Some(&Problem::Unknown)),
        other => panic!("{other:?}"),
    }
    service::create(&db, &admin, &service_form("storefront", &admin))
        .await
        .unwrap();
    let environment = service::page(&db, &admin, "storefront").await.unwrap().environments[0]
        .environment
        .clone();
    let one = Policy {
        approvals: 1,
        ..Policy::default()
    };
    // The administrator asks, the account can't approve: nobody could.
    let alone = service::policy_effect(&db, &admin, environment.id, &one).await;
    assert!(matches!(alone, Err(Error::Invalid(_))), "{alone:?}");
    Approver::join(&db, &admin, "Sam").await;
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    service::save_settings(&db, &admin, environment.id, environment.row_version, &settings())
        .await
        .unwrap();
    service::save_policy(&db, &admin, environment.id, 1, &one)
        .await
        .unwrap();
    let planned = release::create(&db, &engineer, "storefront", &release_form("1.0.0"))
        .await
        .unwrap();
    let request = gate::request_approval(&db, &engineer, planned, environment.id)
        .await
        .unwrap();
    let page = release::page(&db, &admin, "storefront", "1.0.0").await.unwrap();
    let bot = access::actor(&db, bot).await.unwrap().unwrap();
    let decided = gate::decide(&db, &bot, request, page.environments[0].digest, Decision::Approve, "").await;
    assert!(
        matches!(
            decided,
            Err(Error::Denied(Denied {
                action: Action::Approve
            }))
        ),
        "{decided:?}"
    );
}

#[sqlx::test(migrations = "../../migrations")]
async fn names_are_taken_once_and_only_administrators_make_them(db: Db) {
    let admin = Admin::sets_up(&db).await;
    access::create_service_account(&db, &admin, "bot", "Deploys", Role::Viewer)
        .await
        .unwrap();
    match access::create_service_account(&db, &admin, "BOT", "", Role::Viewer).await {
        Err(Error::Invalid(errors)) => assert_eq!(errors.get("description"), Some(&Problem::Missing)),
        other => panic!("{other:?}"),
    }
    match access::create_service_account(&db, &admin, "BOT", "Deploys", Role::Viewer).await {
        Err(Error::Invalid(errors)) => assert_eq!(errors.get("name"), Some(&Problem::Taken)),
        other => panic!("{other:?}"),
    }
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    let made = access::create_service_account(&db, &engineer, "mine", "Deploys", Role::Admin).await;
    assert!(matches!(made, Err(Error::Denied(_))), "{made:?}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_account_acts_by_a_token_that_reaches_no_further_than_its_role(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Ana").await;
    let bot = access::create_service_account(&db, &admin, "reader", "Reads releases", Role::Viewer)
        .await
        .unwrap();
    let form = |scopes: &[TokenScope]| TokenForm {
        name: "Dashboard".into(),
        scopes: scopes.to_vec(),
        days: 30,
    };
    let beyond = access::make_account_token(&db, &admin, bot, &form(&[TokenScope::Deploy])).await;
    assert!(matches!(beyond, Err(Error::Invalid(fields)) if fields.get("scopes").is_some()));
    let read = form(&[TokenScope::Read]);
    let refused = access::make_account_token(&db, &engineer, bot, &read).await;
    assert!(matches!(refused, Err(Error::Denied(_))));
    let of_a_person = access::make_account_token(&db, &admin, engineer.id, &read).await;
    assert!(matches!(of_a_person, Err(Error::NotFound)), "people make their own");

    let secret = access::make_account_token(&db, &admin, bot, &read).await.unwrap();
    let (me, used) = access::by_token(&db, &secret, "127.0.0.1").await.unwrap().unwrap();
    assert_eq!((me.person.id, used.scopes), (bot, vec![TokenScope::Read]));
    access::remove_service_account(&db, &admin, bot).await.unwrap();
    assert!(
        access::by_token(&db, &secret, "127.0.0.1").await.unwrap().is_none(),
        "it ends with the account"
    );
    let late = access::make_account_token(&db, &admin, bot, &read).await;
    assert!(matches!(late, Err(Error::NotFound)));
}
