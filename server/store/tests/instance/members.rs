//! Roles and accounts.

use crate::as_whom::{Admin, Engineer};
use domain::access::Role;
use store::{Db, Error, Rule, access};

fn last_admin<T: std::fmt::Debug>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Rule(Rule::LastAdmin)))
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_last_administrator_stays(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let other = Admin::join(&db, &admin, "Bea").await;
    access::set_active(&db, &admin, other.id, false).await.unwrap();
    // One who is not active does not count.
    assert!(last_admin(
        &access::change_role(&db, &admin, admin.id, Role::Viewer).await
    ));
    assert!(last_admin(&access::set_active(&db, &admin, admin.id, false).await));
    access::set_active(&db, &admin, other.id, true).await.unwrap();
    access::change_role(&db, &admin, admin.id, Role::Viewer).await.unwrap();
    assert_eq!(admin.again(&db).await.role, Role::Viewer);
}

#[sqlx::test(migrations = "../../migrations")]
async fn two_administrators_can_not_remove_each_other_at_once(db: Db) {
    let (ada, bea) = {
        let admin = Admin::sets_up(&db).await;
        let other = Admin::join(&db, &admin, "Bea").await;
        (admin, other)
    };
    let (one, other) = tokio::join!(
        access::change_role(&db, &ada, bea.id, Role::Viewer),
        access::set_active(&db, &bea, ada.id, false),
    );
    assert_eq!(
        [&one, &other].iter().filter(|answer| answer.is_ok()).count(),
        1,
        "{one:?} {other:?}"
    );
    assert!(last_admin(&one) || last_admin(&other));
    let left: i64 = sqlx::query_scalar("select count(*) from person where role = 'admin' and active")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(left, 1);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_closed_account_is_nobody_until_it_is_opened(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    access::set_active(&db, &admin, engineer.id, false).await.unwrap();
    assert_eq!(access::me(&db, engineer.id).await.unwrap(), None);
    assert_eq!(access::actor(&db, engineer.id).await.unwrap(), None);
    assert!(
        access::people(&db, &admin)
            .await
            .unwrap()
            .iter()
            .any(|person| person.id == engineer.id && !person.active)
    );
    let again = access::set_active(&db, &admin, engineer.id, false).await;
    assert!(matches!(again, Err(Error::Rule(Rule::NothingToDo))));
    access::set_active(&db, &admin, engineer.id, true).await.unwrap();
    assert!(access::me(&db, engineer.id).await.unwrap().is_some());
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_role_is_changed_for_the_next_request(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    access::change_role(&db, &admin, engineer.id, Role::Approver)
        .await
        .unwrap();
    assert_eq!(engineer.again(&db).await.role, Role::Approver);
    let nobody = domain::id::PersonId(uuid::Uuid::nil());
    assert!(matches!(
        access::change_role(&db, &admin, nobody, Role::Viewer).await,
        Err(Error::NotFound)
    ));
}
