//! Mail and reports to webhooks, by the real worker: a real mail server on loopback, real receivers, and real processes that are killed.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the failure that it is for")]

#[path = "../store/tests/as_whom/mod.rs"]
mod as_whom;
#[path = "outbox/post_office.rs"]
mod post_office;
#[path = "outbox/receiver.rs"]
mod receiver;

use as_whom::{Admin, Engineer, address, service_form};
use domain::id::{DeliveryId, WebhookId};
use domain::incident::{IncidentForm, Severity};
use domain::webhook::{Delivery, DeliveryState, Form, Kind, Stopped, WebhookForm};
use post_office::{PostOffice, Slipway};
use receiver::Receiver;
use server::config::MailSettings;
use server::job::{Mailer, Work};
use std::time::Duration;
use store::{Db, Vault, access, job, mail, webhook};
use tokio_util::sync::CancellationToken;

const KEY: &str = "abababababababababababababababababababababababababababababababab";

fn vault() -> Vault {
    Vault::from_text(KEY).unwrap()
}

/// Waits for a condition, and fails when it does not come.
async fn eventually<T>(what: &str, question: impl AsyncFn() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = question().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(90), asking).await;
    answer.unwrap_or_else(|_| panic!("never: {what}"))
}

/// A worker in this process.
async fn worker(db: &Db, smtp: Option<u16>) -> CancellationToken {
    let settings = MailSettings {
        smtp_url: smtp.map(|port| format!("smtp://127.0.0.1:{port}")),
        mail_from: Some("Slipway <slipway@example.com>".into()),
    };
    let mailer = Mailer::new(&settings, "slipway.example.com").unwrap();
    let work = Work {
        db: db.clone(),
        vault: vault(),
        address: "https://slipway.example.com".into(),
        mailer,
        patience: Duration::from_secs(1),
    };
    let shutdown = CancellationToken::new();
    server::job::start(work, Duration::from_secs(60), shutdown.clone())
        .await
        .unwrap();
    shutdown
}

async fn queue_is_empty(db: &Db) {
    eventually("the queue is empty", async || {
        let depth = job::depth(db).await.unwrap();
        (depth.waiting + depth.running + depth.failing + depth.gave_up == 0).then_some(())
    })
    .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_mail_arrives_with_its_id_its_words_and_its_link(db: Db) {
    let mut office = PostOffice::open(false).await;
    let admin = Admin::sets_up(&db).await;
    mail::announce(&db, true).await.unwrap();
    let role = domain::access::Role::Viewer;
    let invited = access::invite_by_mail(&db, &vault(), &admin, "eve@example.com", role)
        .await
        .unwrap();
    let shutdown = worker(&db, Some(office.port)).await;
    let received = office.next().await;
    assert_eq!(received.to, ["eve@example.com"]);
    assert_eq!(received.from, "slipway@example.com");
    let flat = received.raw.replace("=\r\n", "").replace("=3D", "=");
    assert!(flat.contains("Subject: You are invited to Slipway"), "{flat}");
    let link = format!("https://slipway.example.com/invite/{}", invited.token);
    assert_eq!(flat.matches(&link).count(), 2, "in plain text and in HTML: {flat}");
    queue_is_empty(&db).await;
    let id: uuid::Uuid = sqlx::query_scalar("select id from mail where sent_at is not null")
        .fetch_one(&db)
        .await
        .unwrap();
    assert!(
        flat.contains(&format!("Message-ID: <{id}@slipway.example.com>")),
        "{flat}"
    );
    shutdown.cancel();
}

/// Killed between enqueue and send, and again between the mail server's word and the record of it: one duplicate, with the same id, and none lost.
#[sqlx::test(migrations = "../migrations")]
async fn a_killed_server_loses_no_mail_and_repeats_it_once(db: Db) {
    let mut office = PostOffice::open(true).await;
    let admin = Admin::sets_up(&db).await;
    Engineer::join(&db, &admin, "Ana").await;
    let idle = Slipway::start(&db, office.port, &["--no-worker"]).await;
    access::forgot(&db, &vault(), &address("Ana"), "net").await.unwrap();
    assert_eq!(job::depth(&db).await.unwrap().waiting, 1);
    idle.kill().await;

    let first = Slipway::start(&db, office.port, &[]).await;
    let once = office.next().await;
    first.kill().await;
    office.answer().await;

    let second = Slipway::start(&db, office.port, &[]).await;
    let again = office.next().await;
    office.answer().await;
    queue_is_empty(&db).await;
    assert_eq!(once.id(), again.id(), "a receiver knows the second by its id");
    let unsent: i64 = sqlx::query_scalar("select count(*) from mail where sent_at is null")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(unsent, 0);
    second.kill().await;
    assert!(office.nothing_more().await, "and no third one");
}

/// A webhook for opened incidents.
async fn reports_to(db: &Db, admin: &Admin, url: &str, form: Form) -> (WebhookId, String) {
    let form = WebhookForm {
        name: format!("To {url}"),
        form,
        url: url.into(),
        kinds: vec![Kind::IncidentOpened],
        services: Vec::new(),
        row_version: 1,
    };
    let added = webhook::add(db, &vault(), admin, &form).await.unwrap();
    (added.id, added.secret)
}

async fn an_incident_opens(db: &Db, admin: &Admin) {
    let owner = Engineer::join(db, admin, "Olga").await;
    store::service::create(db, admin, &service_form("storefront", &owner))
        .await
        .unwrap();
    let form = IncidentForm {
        title: "Orders fail".into(),
        public_title: String::new(),
        severity: Severity::High,
        what_happened: String::new(),
        impact: String::new(),
        root_cause: String::new(),
        resolution: String::new(),
        lessons: String::new(),
        started_at: "2026-01-15T10:00:00Z".parse().unwrap(),
        row_version: 0,
    };
    store::incident::open(db, admin, "storefront", None, &form)
        .await
        .unwrap();
}

async fn delivery(db: &Db, admin: &Admin, id: WebhookId) -> Delivery {
    let page = webhook::page(db, admin, id).await.unwrap();
    page.deliveries.into_iter().next().unwrap()
}

/// The delivery, once it was tried so often.
async fn tried(db: &Db, admin: &Admin, id: WebhookId, times: usize) -> Delivery {
    eventually("it was tried", async || {
        let delivery = delivery(db, admin, id).await;
        (delivery.attempts.len() >= times).then_some(delivery)
    })
    .await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_receiver_that_fails_and_recovers_gets_the_same_report(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let receiver = Receiver::open().await;
    receiver.answers(500, "no room", 2);
    let (id, secret) = reports_to(&db, &admin, &receiver.url("/in"), Form::Standard).await;
    let (chat, _) = reports_to(&db, &admin, &receiver.url("/chat"), Form::Slack).await;
    an_incident_opens(&db, &admin).await;
    let shutdown = worker(&db, None).await;
    let done = eventually("both are delivered", async || {
        let both = (delivery(&db, &admin, id).await, delivery(&db, &admin, chat).await);
        let delivered = |one: &Delivery| one.state == DeliveryState::Delivered;
        (delivered(&both.0) && delivered(&both.1)).then_some(both.0)
    })
    .await;
    let seen = receiver.seen("/in");
    assert_eq!(seen.len(), done.attempts.len());
    let ids: Vec<&str> = seen.iter().map(|seen| seen.header("webhook-id")).collect();
    assert!(ids.iter().all(|id| *id == format!("msg_{}", done.id)), "{ids:?}");
    let last = seen.last().unwrap();
    assert!(last.signed_by(&secret), "the receiver can check it");
    assert!(!last.signed_by("whsec_AAAA"), "and by its secret alone");
    let read: serde_json::Value = serde_json::from_str(&last.body).unwrap();
    assert_eq!(read["type"], "incident.opened");
    assert_eq!(read["data"]["about"]["title"], "Orders fail");
    let text = receiver.seen("/chat").pop().unwrap().body;
    assert!(text.starts_with(r#"{"text":"*INC-1 Orders fail*"#), "{text}");
    let failed: Vec<_> = done
        .attempts
        .iter()
        .filter(|attempt| attempt.status == Some(500))
        .collect();
    assert!(failed.iter().all(|attempt| attempt.answer == "no room"));
    let page = webhook::page(&db, &admin, id).await.unwrap();
    assert_eq!(page.webhook.failing_since, None, "it recovered");

    // The same once more, on request.
    webhook::resend(&db, &admin, done.id).await.unwrap();
    let again = tried(&db, &admin, id, done.attempts.len() + 1).await;
    assert_eq!(again.id, done.id);
    assert_eq!(receiver.seen("/in").last().unwrap().body, last.body);
    shutdown.cancel();
}

#[sqlx::test(migrations = "../migrations")]
async fn receivers_that_hang_redirect_or_lie_in_forbidden_places_fail(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let receiver = Receiver::open().await;
    let (hangs, _) = reports_to(&db, &admin, &receiver.url("/hang"), Form::Standard).await;
    let (redirects, _) = reports_to(&db, &admin, &receiver.url("/redirect"), Form::Standard).await;
    let metadata = "http://169.254.169.254/latest/meta-data/";
    let (forbidden, _) = reports_to(&db, &admin, metadata, Form::Standard).await;
    an_incident_opens(&db, &admin).await;
    let shutdown = worker(&db, None).await;

    let hung = tried(&db, &admin, hangs, 1).await;
    assert_eq!((hung.state, hung.attempts[0].status), (DeliveryState::Waiting, None));
    assert!(hung.attempts[0].error.starts_with("no answer within"), "{hung:?}");
    let redirected = tried(&db, &admin, redirects, 1).await;
    assert_eq!(redirected.attempts[0].status, Some(302));
    assert!(redirected.attempts[0].error.contains("redirects are not followed"));
    let refused = tried(&db, &admin, forbidden, 1).await;
    assert_eq!(refused.attempts[0].error, "169.254.169.254 may not be asked");
    let failing = eventually("the queue says why", async || {
        let queue = job::queue(&db, &admin).await.unwrap();
        let reasons: Vec<String> = queue.jobs.into_iter().filter_map(|job| job.error).collect();
        (reasons.len() >= 3).then_some(reasons)
    })
    .await;
    assert!(
        failing.iter().any(|why| why == "169.254.169.254 may not be asked"),
        "{failing:?}"
    );
    shutdown.cancel();
}

#[sqlx::test(migrations = "../migrations")]
async fn a_receiver_that_took_nothing_for_days_is_stopped_and_said(db: Db) {
    let admin = Admin::sets_up(&db).await;
    let (id, _) = reports_to(&db, &admin, "http://127.0.0.1:1/", Form::Standard).await;
    an_incident_opens(&db, &admin).await;
    let first: DeliveryId = delivery(&db, &admin, id).await.id;
    let failed = webhook::Outcome {
        delivered: false,
        status: Some(500),
        error: "it answered 500".into(),
        answer: vec![b'x'; 10_000],
        duration_ms: 3,
        last: false,
    };
    webhook::keep_attempt(&db, first, &failed).await.unwrap();
    assert_eq!(delivery(&db, &admin, id).await.attempts[0].answer.len(), 4096);
    sqlx::query("update webhook set failing_since = now() - interval '73 hours'")
        .execute(&db)
        .await
        .unwrap();
    webhook::keep_attempt(&db, first, &failed).await.unwrap();
    let page = webhook::page(&db, &admin, id).await.unwrap();
    assert!(matches!(page.webhook.stopped, Some((_, Stopped::Failing))));
    assert_eq!(page.deliveries[0].state, DeliveryState::Failed);
    let told = store::notice::page(&db, &admin, None).await.unwrap().told;
    assert_eq!(told[0].notice.what, domain::notice::What::WebhookStopped);
    assert_eq!(webhook::outgoing(&db, &vault(), first).await.unwrap(), None);
    webhook::start(&db, &admin, id).await.unwrap();
    webhook::resend(&db, &admin, first).await.unwrap();
    assert!(webhook::outgoing(&db, &vault(), first).await.unwrap().is_some());
}
