//! A forgotten password: a link that works once, for an hour, and tells nobody who is here.

use crate::as_whom::{Admin, Engineer, PASSWORD, address};
use domain::field::Problem;
use domain::id::MailId;
use store::mail::{Body, announce, letter, sent};
use store::{Db, Error, Rule, Vault, access};

fn vault() -> Vault {
    Vault::from_text(&"ab".repeat(32)).unwrap()
}

async fn mails(db: &Db) -> Vec<MailId> {
    let ids: Vec<uuid::Uuid> = sqlx::query_scalar("select id from mail order by at, id")
        .fetch_all(db)
        .await
        .unwrap();
    ids.into_iter().map(MailId).collect()
}

/// The token in the newest mail.
async fn token(db: &Db) -> String {
    let newest = *mails(db).await.last().unwrap();
    let letter = letter(db, &vault(), newest).await.unwrap().unwrap();
    match letter.body {
        Body::Reset { token, .. } => token,
        other => panic!("another mail: {other:?}"),
    }
}

const NEW: &str = "a new long password";

#[sqlx::test(migrations = "../../migrations")]
async fn a_link_sets_a_password_once_and_ends_all_sessions(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let ana = Engineer::join(&db, &admin, "Ana").await;
    announce(&db, true).await.unwrap();
    sqlx::query(
        "insert into session (id_hash, person_id, data, expires_at) values ('x', $1, '{}', now() + interval '1 day')",
    )
    .bind(ana.id.0)
    .execute(&db)
    .await
    .unwrap();
    access::forgot(&db, &vault(), "ANA@example.com ", "net").await.unwrap();
    let link = token(&db).await;
    let kept: Vec<Option<Vec<u8>>> = sqlx::query_scalar("select token_sealed from mail")
        .fetch_all(&db)
        .await
        .unwrap();
    let sealed = kept[0].clone().unwrap();
    assert!(!sealed.windows(8).any(|part| link.as_bytes().starts_with(part)));

    let short = access::reset_password(&db, &link, "short").await;
    match short {
        Err(Error::Invalid(errors)) => assert_eq!(errors.get("password"), Some(&Problem::TooShort { least: 12 })),
        other => panic!("{other:?}"),
    }
    let (one, other) = tokio::join!(
        access::reset_password(&db, &link, NEW),
        access::reset_password(&db, &link, NEW)
    );
    assert!(
        one.is_ok() != other.is_ok(),
        "of two at once, one does: {one:?} {other:?}"
    );
    let sessions: i64 = sqlx::query_scalar("select count(*) from session where person_id = $1")
        .bind(ana.id.0)
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(sessions, 0);
    assert_eq!(access::sign_in(&db, &address("Ana"), NEW, "net").await.unwrap(), ana.id);
    assert!(access::sign_in(&db, &address("Ana"), PASSWORD, "net").await.is_err());
    let used = *mails(&db).await.last().unwrap();
    assert_eq!(letter(&db, &vault(), used).await.unwrap(), None, "nobody needs it now");
}

#[sqlx::test(migrations = "../../migrations")]
async fn strangers_learn_nothing_and_are_slowed_down(db: Db) {
    let admin = Admin::sets_up(&db).await;
    Engineer::join(&db, &admin, "Ana").await;
    announce(&db, true).await.unwrap();
    for who in ["ana@example.com", "nobody@example.com"] {
        for _ in 0..3 {
            access::forgot(&db, &vault(), who, "net").await.unwrap();
        }
        let fourth = access::forgot(&db, &vault(), who, "net").await;
        assert!(
            matches!(fourth, Err(Error::Rule(Rule::TooManyAttempts { .. }))),
            "{who}: {fourth:?}"
        );
    }
    assert_eq!(mails(&db).await.len(), 3);
    let open: i64 = sqlx::query_scalar("select count(*) from password_reset where used_at is null")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(open, 1, "only the newest link works");
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_link_ends_with_its_hour_and_with_the_account(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let ana = Engineer::join(&db, &admin, "Ana").await;
    announce(&db, true).await.unwrap();
    access::forgot(&db, &vault(), &address("Ana"), "net").await.unwrap();
    let link = token(&db).await;
    access::set_active(&db, &admin, ana.id, false).await.unwrap();
    let refused = access::reset_password(&db, &link, NEW).await;
    assert!(matches!(refused, Err(Error::Rule(Rule::ResetEnded))), "{refused:?}");
    access::set_active(&db, &admin, ana.id, true).await.unwrap();
    sqlx::query("update password_reset set expires_at = now()")
        .execute(&db)
        .await
        .unwrap();
    let late = access::reset_password(&db, &link, NEW).await;
    assert!(matches!(late, Err(Error::Rule(Rule::ResetEnded))), "{late:?}");
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_invitation_is_mailed_where_mail_is_sent(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let role = domain::access::Role::Viewer;
    let invite = |email: &'static str| access::invite_by_mail(&db, VAULT.get_or_init(vault), &admin, email, role);
    assert!(!invite("eve@example.com").await.unwrap().mailed);
    announce(&db, true).await.unwrap();
    let invited = invite("bob@example.com").await.unwrap();
    assert!(invited.mailed);
    let id = mails(&db).await[0];
    let found = letter(&db, &vault(), id).await.unwrap().unwrap();
    assert_eq!(found.to, "bob@example.com");
    assert!(matches!(&found.body, Body::Invitation { token, .. } if *token == invited.token));
    sent(&db, id).await.unwrap();
    assert_eq!(letter(&db, &vault(), id).await.unwrap(), None, "once is enough");
    let sealed: Option<Vec<u8>> = sqlx::query_scalar("select token_sealed from mail")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(sealed, None, "the link is forgotten");
}

static VAULT: std::sync::OnceLock<Vault> = std::sync::OnceLock::new();
