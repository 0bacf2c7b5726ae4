//! Invitations: a link that makes one person, once, within seven days.

use crate::as_whom::{Admin, PASSWORD, address};
use domain::access::Role;
use domain::field::Problem;
use store::{Db, Error, Rule, access};

fn ended<T: std::fmt::Debug>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Rule(Rule::InvitationEnded)))
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_link_makes_a_person_of_the_role(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let token = access::invite(&db, &admin, &address("Eve"), Role::Engineer)
        .await
        .unwrap();
    assert_eq!(token.len(), 43, "32 bytes in base64url");
    let open = access::invitation(&db, &token).await.unwrap();
    assert_eq!(
        (open.email.as_str(), open.role, open.invited_by),
        ("eve@example.com", Role::Engineer, admin.id)
    );
    assert_eq!((open.expires_at - open.created_at).num_days(), 7);
    let id = access::accept_invitation(&db, &token, "Eve", PASSWORD).await.unwrap();
    assert_eq!(access::actor(&db, id).await.unwrap().unwrap().role, Role::Engineer);
    assert_eq!(access::sign_in(&db, &address("Eve"), PASSWORD, "a").await.unwrap(), id);
    assert!(access::invitations(&db, &admin).await.unwrap()[0].accepted_at.is_some());
}

#[sqlx::test(migrations = "../../migrations")]
async fn it_is_accepted_once(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let token = access::invite(&db, &admin, &address("Eve"), Role::Engineer)
        .await
        .unwrap();
    access::accept_invitation(&db, &token, "Eve", PASSWORD).await.unwrap();
    assert!(ended(access::accept_invitation(&db, &token, "Eve", PASSWORD).await));
    assert!(ended(access::invitation(&db, &token).await));
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_two_who_accept_one_invitation_at_once_one_does(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let token = access::invite(&db, &admin, &address("Eve"), Role::Engineer)
        .await
        .unwrap();
    let (one, other) = tokio::join!(
        access::accept_invitation(&db, &token, "Eve", PASSWORD),
        access::accept_invitation(&db, &token, "Mallory", PASSWORD),
    );
    assert_eq!(
        [&one, &other].iter().filter(|answer| answer.is_ok()).count(),
        1,
        "{one:?} {other:?}"
    );
    assert!(ended(if one.is_ok() { other } else { one }));
    assert_eq!(access::people(&db, &admin).await.unwrap().len(), 2);
}

#[sqlx::test(migrations = "../../migrations")]
async fn it_ends_when_it_expires_is_revoked_or_replaced(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let expired = access::invite(&db, &admin, &address("Eve"), Role::Viewer)
        .await
        .unwrap();
    sqlx::query("update invitation set expires_at = now() - interval '1 second'")
        .execute(&db)
        .await
        .unwrap();
    assert!(ended(access::accept_invitation(&db, &expired, "Eve", PASSWORD).await));

    let replaced = access::invite(&db, &admin, &address("Eve"), Role::Viewer)
        .await
        .unwrap();
    let revoked = access::invite(&db, &admin, &address("EVE"), Role::Support)
        .await
        .unwrap();
    assert!(ended(access::invitation(&db, &replaced).await));
    let id = access::invitation(&db, &revoked).await.unwrap().id;
    access::revoke_invitation(&db, &admin, id).await.unwrap();
    assert!(ended(access::accept_invitation(&db, &revoked, "Eve", PASSWORD).await));
    assert!(ended(access::revoke_invitation(&db, &admin, id).await));
    assert!(ended(access::invitation(&db, "never issued").await));
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_address_belongs_to_one_person(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let taken = |answer: Result<_, Error>| match answer {
        Err(Error::Invalid(errors)) => errors.get("email") == Some(&Problem::Taken),
        _ => false,
    };
    assert!(taken(
        access::invite(&db, &admin, "Ada@Example.com", Role::Viewer)
            .await
            .map(|_| ())
    ));
    // Taken only after the invitation was sent: by somebody whose address was changed.
    let token = access::invite(&db, &admin, &address("Eve"), Role::Viewer)
        .await
        .unwrap();
    sqlx::query("update person set email = 'EVE@example.com'")
        .execute(&db)
        .await
        .unwrap();
    assert!(taken(
        access::accept_invitation(&db, &token, "Eve", PASSWORD)
            .await
            .map(|_| ())
    ));
}
