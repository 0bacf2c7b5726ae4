//! Access tokens: only what the person may, only while both live, and never shown again.

use crate::as_whom::{Admin, Engineer, Viewer};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope, TokenForm, TokenScope};
use domain::field::Problem;
use domain::id::TokenId;
use proptest::prelude::{Strategy as _, any};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use store::replay::{self, Answer, Known};
use store::{Db, Error, Rule, access};

fn form(scopes: &[TokenScope]) -> TokenForm {
    TokenForm {
        name: "Pipeline".into(),
        scopes: scopes.to_vec(),
        days: 30,
    }
}

/// Who asks by this token, as the server makes it.
async fn program(db: &Db, secret: &str) -> Option<Actor> {
    let (me, used) = access::by_token(db, secret, "192.0.2.7").await.expect("an answer")?;
    Some(Actor {
        token: Some(used),
        ..me.actor()
    })
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_token_is_its_person_less_what_it_was_not_given(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Emil").await;
    let secret = access::make_token(&db, &engineer, &form(&[TokenScope::Read, TokenScope::Deploy]))
        .await
        .expect("is made");
    assert!(secret.starts_with(access::PREFIX) && secret.len() > 40);
    let asks = program(&db, &secret).await.expect("is let in");
    assert_eq!(asks.id, engineer.id);
    assert!(asks.may(Action::Deploy, Scope::Instance).is_ok());
    assert!(asks.may(Action::PlanRelease, Scope::Instance).is_err(), "not given");
    assert!(asks.may(Action::Approve, Scope::Instance).is_err(), "not the person's");
    let (tokens, now) = access::own_tokens(&db, &engineer).await.expect("a list");
    assert!(secret.starts_with(&tokens[0].beginning) && tokens[0].beginning.len() < 20);
    assert_eq!(tokens[0].last_network.as_deref(), Some("192.0.2.7"));
    assert!(tokens[0].last_used_at.expect("used") <= now);
    // Another role takes effect at once.
    access::change_role(&db, &admin, engineer.id, domain::access::Role::Viewer)
        .await
        .expect("is changed");
    let asks = program(&db, &secret).await.expect("is let in");
    assert!(asks.may(Action::Deploy, Scope::Instance).is_err());
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_ended_lets_nobody_in(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Emil").await;
    let make = async || {
        access::make_token(&db, &engineer, &form(&[TokenScope::Read]))
            .await
            .expect("is made")
    };
    let (revoked, expired, left) = (make().await, make().await, make().await);
    let id = |tokens: &[domain::access::AccessToken], secret: &str| -> TokenId {
        let found = tokens.iter().find(|token| secret.starts_with(&token.beginning));
        found.expect("is listed").id
    };
    let (tokens, _) = access::own_tokens(&db, &engineer).await.expect("a list");
    access::revoke_token(&db, &engineer, id(&tokens, &revoked))
        .await
        .expect("is revoked");
    assert!(program(&db, &revoked).await.is_none());
    let again = access::revoke_token(&db, &engineer, id(&tokens, &revoked)).await;
    assert!(matches!(again, Err(Error::Rule(Rule::NothingToDo))));

    sqlx::query("update access_token set expires_at = now() where id = $1")
        .bind(id(&tokens, &expired).0)
        .execute(&db)
        .await
        .expect("time passes");
    assert!(program(&db, &expired).await.is_none());

    assert!(program(&db, &left).await.is_some());
    access::set_active(&db, &admin, engineer.id, false)
        .await
        .expect("is deactivated");
    assert!(program(&db, &left).await.is_none(), "its person is not active");
    for nonsense in ["", "slipway_", "slipway_nonsense", "Bearer x", &"slipway_".repeat(50)] {
        assert!(program(&db, nonsense).await.is_none(), "{nonsense}");
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn tokens_are_made_by_people_and_ended_by_their_own(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let viewer = Viewer::join(&db, &admin, "Vera").await;
    let engineer = Engineer::join(&db, &admin, "Emil").await;
    let refused = access::make_token(&db, &viewer, &form(&[TokenScope::Deploy])).await;
    assert!(
        matches!(&refused, Err(Error::Invalid(fields)) if fields.get("scopes") == Some(&Problem::Unknown)),
        "{refused:?}"
    );
    let secret = access::make_token(&db, &engineer, &form(&[TokenScope::Read, TokenScope::Plan]))
        .await
        .expect("is made");
    let asks = program(&db, &secret).await.expect("is let in");
    assert!(matches!(
        access::make_token(&db, &asks, &form(&[TokenScope::Read])).await,
        Err(Error::Denied(_))
    ));
    let own = asks.token.as_ref().expect("a token").id;
    assert!(matches!(
        access::revoke_token(&db, &viewer, own).await,
        Err(Error::Denied(_))
    ));
    assert!(matches!(
        access::all_tokens(&db, &engineer).await,
        Err(Error::Denied(_))
    ));
    let all = access::all_tokens(&db, &admin).await.expect("a list");
    assert_eq!((all.tokens.len(), all.people[0].id), (1, engineer.id));
    access::revoke_token(&db, &asks, own).await.expect("ends itself");
    assert!(program(&db, &secret).await.is_none());
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_use_is_written_once_a_minute(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let secret = access::make_token(&db, &admin, &form(&[TokenScope::Read]))
        .await
        .expect("is made");
    let used =
        async || -> Option<DateTime<Utc>> { access::own_tokens(&db, &admin).await.expect("a list").0[0].last_used_at };
    assert_eq!(used().await, None);
    program(&db, &secret).await.expect("is let in");
    let first = used().await;
    program(&db, &secret).await.expect("is let in");
    assert_eq!(used().await, first);
    sqlx::query("update access_token set last_used_at = last_used_at - interval '61 seconds'")
        .execute(&db)
        .await
        .expect("time passes");
    program(&db, &secret).await.expect("is let in");
    assert!(used().await >= first);
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_answer_is_kept_under_its_key(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let secret = access::make_token(&db, &admin, &form(&[TokenScope::Read]))
        .await
        .expect("is made");
    let token = program(&db, &secret).await.expect("in").token.expect("a token").id;
    let begin = async |request: &[u8]| replay::begin(&db, token, "k", request).await.expect("an answer");
    assert_eq!(begin(b"one").await, Known::New);
    assert_eq!(begin(b"one").await, Known::Running);
    assert_eq!(begin(b"two").await, Known::Another);
    let answer = Answer {
        status: 201,
        headers: vec![("etag".into(), "\"1\"".into())],
        body: b"{}".to_vec(),
    };
    replay::finish(&db, token, "k", &answer).await.expect("is kept");
    assert_eq!(begin(b"one").await, Known::Done(answer));
    sqlx::query("update api_answer set begun_at = begun_at - interval '25 hours'")
        .execute(&db)
        .await
        .expect("time passes");
    assert_eq!(begin(b"two").await, Known::New, "after a day the key is free");
    replay::forget(&db, token, "k").await.expect("is given back");
    assert_eq!(begin(b"one").await, Known::New);
    // A process that died while it answered does not hold the key for ever.
    sqlx::query("update api_answer set begun_at = begun_at - interval '6 minutes'")
        .execute(&db)
        .await
        .expect("time passes");
    assert_eq!(begin(b"one").await, Known::New);
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_many_at_once_one_gets_the_key(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let secret = access::make_token(&db, &admin, &form(&[TokenScope::Read]))
        .await
        .expect("is made");
    let token = program(&db, &secret).await.expect("in").token.expect("a token").id;
    let all = (0..8).map(|_| replay::begin(&db, token, "k", b"one"));
    let all = futures::future::join_all(all).await;
    let new = all.iter().filter(|known| matches!(known, Ok(Known::New))).count();
    let running = all.iter().filter(|known| matches!(known, Ok(Known::Running))).count();
    assert_eq!((new, running), (1, 7), "{all:?}");
}

/// Also what is nearly one: the beginning, the end, another writing of the very token.
#[sqlx::test(migrations = "../../migrations")]
async fn no_text_but_a_token_comes_in(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let secret = access::make_token(&db, &admin, &form(&[TokenScope::Read]))
        .await
        .unwrap();
    assert!(secret.starts_with(access::PREFIX));
    let mut near: Vec<String> = (0..=secret.len()).map(|end| secret[..end].to_owned()).collect();
    near.pop();
    near.extend((1..secret.len()).map(|from| secret[from..].to_owned()));
    near.extend([
        secret.to_uppercase(),
        secret.to_lowercase(),
        format!("{secret}="),
        format!("{secret}{secret}"),
        secret.replacen(access::PREFIX, "", 1),
        format!("{secret}\0"),
    ]);
    let mut runner = TestRunner::deterministic();
    for _ in 0..200 {
        let text = any::<String>().new_tree(&mut runner).unwrap().current();
        near.extend([format!("{}{text}", access::PREFIX), text]);
    }
    for text in near.iter().filter(|text| **text != secret) {
        assert!(access::by_token(&db, text, "here").await.unwrap().is_none(), "{text:?}");
    }
    assert!(access::by_token(&db, &secret, "here").await.unwrap().is_some());
    let hashes: Vec<Vec<u8>> = sqlx::query_scalar("select hash from access_token")
        .fetch_all(&db)
        .await
        .unwrap();
    assert!(hashes.iter().all(|hash| hash.len() == 32), "only a hash of it is kept");
}
