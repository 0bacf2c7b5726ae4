//! What administrators do with webhooks is in the audit trail, also what changes no row of them.

use crate::as_whom::Admin;
use domain::webhook::{Form, Kind, WebhookForm};
use serde_json::Value;
use store::webhook::{Outcome, add, keep_attempt, page, resend, send_test};
use store::{Db, Error, Rule, Vault};

#[sqlx::test(migrations = "../../migrations")]
async fn a_test_and_a_delivery_sent_again_are_kept_with_who_had_them_sent(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let vault = Vault::from_text(&"0a".repeat(32)).unwrap();
    let form = WebhookForm {
        name: "Chat".into(),
        form: Form::Slack,
        url: "https://hooks.example.com/T0/secret".into(),
        kinds: vec![Kind::IncidentOpened],
        services: Vec::new(),
        row_version: 0,
    };
    let id = add(&db, &vault, &admin, &form).await.unwrap().id;
    let delivery = send_test(&db, &admin, id).await.unwrap();
    // It waits to be sent anyway: nothing happens, and nothing is said to have happened.
    assert!(matches!(
        resend(&db, &admin, delivery).await,
        Err(Error::Rule(Rule::NothingToDo))
    ));
    let failed = Outcome {
        delivered: false,
        status: Some(500),
        error: "it answered 500".into(),
        answer: Vec::new(),
        duration_ms: 1,
        last: true,
    };
    keep_attempt(&db, delivery, &failed).await.unwrap();
    resend(&db, &admin, delivery).await.unwrap();
    assert_eq!(page(&db, &admin, id).await.unwrap().deliveries.len(), 1);
    let events: Vec<(Value, Value)> =
        sqlx::query_as("select by, body from event where body ->> 'event' like 'webhook%' order by id")
            .fetch_all(&db)
            .await
            .unwrap();
    let words: Vec<&str> = events.iter().filter_map(|(_, body)| body["event"].as_str()).collect();
    assert_eq!(words, ["webhook_added", "webhook_tested", "webhook_resent"]);
    for (by, body) in &events[1..] {
        assert_eq!(body["delivery"], delivery.to_string());
        assert!(by.to_string().contains(&admin.id.to_string()), "{by}");
        assert!(!body.to_string().contains("secret"), "{body}");
    }
}
