//! What GitHub's webhooks missed is found by asking: by the real worker, at a real server on loopback.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the failure that it is for")]

#[path = "../store/tests/as_whom/mod.rs"]
mod as_whom;
#[path = "reconcile/hub.rs"]
mod hub;

use as_whom::{Admin, Engineer, release_form, service_form};
use domain::access::Actor;
use domain::field::Problem;
use domain::github::answer::AskForm;
use domain::github::hear;
use domain::hook::Asking;
use domain::id::HookId;
use domain::release::ReleaseForm;
use domain::service::ServiceForm;
use hub::{Hub, SHA, TOKEN, check_run, commit, release, review, workflow_run};
use serde_json::{Value, json};
use server::job::Work;
use std::time::Duration;
use store::{Db, Vault, hook, job, secret, service};
use tokio_util::sync::CancellationToken;

const KEY: &str = "abababababababababababababababababababababababababababababababab";
const SERVICE: &str = "storefront";

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

/// A connected service with a release that is open, GitHub, and a worker.
struct Ground {
    db: Db,
    admin: Admin,
    engineer: Engineer,
    hook: HookId,
    hub: Hub,
    shutdown: CancellationToken,
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Ground {
    async fn make(db: Db) -> Ground {
        let admin = Admin::sets_up(&db).await;
        let engineer = Engineer::join(&db, &admin, "Ana").await;
        let form = ServiceForm {
            repository: "https://github.com/example/storefront".into(),
            ..service_form(SERVICE, &engineer)
        };
        service::create(&db, &admin, &form).await.unwrap();
        let engineer = engineer.again(&db).await;
        let planned = ReleaseForm {
            commit: SHA.into(),
            ..release_form("1.4.0")
        };
        store::release::create(&db, &engineer, SERVICE, &planned).await.unwrap();
        hook::connect(&db, &vault(), &engineer, SERVICE).await.unwrap();
        let (hook, _) = hook::secret(&db, &vault(), SERVICE).await.unwrap().unwrap();
        secret::set(&db, &admin, &vault(), Some(SERVICE), "github-token", TOKEN)
            .await
            .unwrap();
        let work = Work {
            db: db.clone(),
            vault: vault(),
            address: "https://slipway.example.com".into(),
            mailer: None,
            patience: Duration::from_secs(5),
        };
        let shutdown = CancellationToken::new();
        server::job::start(work, Duration::from_secs(60), shutdown.clone())
            .await
            .unwrap();
        let hub = Hub::open().await;
        Ground {
            db,
            admin,
            engineer,
            hook,
            hub,
            shutdown,
        }
    }

    fn form(&self) -> AskForm {
        AskForm {
            secret: "github-token".into(),
            api_url: self.hub.base.clone(),
        }
    }

    async fn ask(&self) {
        hook::ask_by(&self.db, &self.admin, SERVICE, &self.form())
            .await
            .unwrap();
    }

    async fn asking(&self) -> Asking {
        let page = hook::hook(&self.db, &self.engineer, SERVICE).await.unwrap().unwrap();
        page.asking.unwrap()
    }

    /// A round that ends after this moment.
    async fn round(&self) -> Asking {
        let before = self.asking().await.tried_at;
        hook::reconcile_now(&self.db, &self.engineer, SERVICE).await.unwrap();
        eventually("a round ends", async || {
            let asking = self.asking().await;
            (asking.tried_at > before).then_some(asking)
        })
        .await
    }

    /// The first round, which setting the token begins.
    async fn first(&self) -> Asking {
        self.ask().await;
        eventually("the first round ends", async || {
            let asking = self.asking().await;
            asking.tried_at.is_some().then_some(asking)
        })
        .await
    }

    async fn deliver(&self, event: &str, body: &Value) {
        let id = uuid::Uuid::now_v7().to_string();
        let heard = hear(event, body);
        hook::take(&self.db, self.hook, &id, event, heard).await.unwrap();
    }

    /// All that is kept of what GitHub told, but for the moments at which it came.
    async fn kept(&self) -> Value {
        let reader: &Actor = &self.engineer;
        let checks = store::release::checks(&self.db, reader, SERVICE, SHA).await.unwrap();
        let page = store::release::page(&self.db, reader, SERVICE, "1.4.0").await.unwrap();
        let items: Vec<_> = page
            .items
            .iter()
            .map(|item| (&item.text, item.state, &item.evidence))
            .collect();
        let commits: Value = sqlx::query_scalar(
            "select coalesce(jsonb_agg(to_jsonb(c) - 'service_id' - 'pushed_at' order by commit_sha), '[]') from pushed_commit c",
        )
        .fetch_one(&self.db)
        .await
        .unwrap();
        let reviews: Value = sqlx::query_scalar(
            "select coalesce(jsonb_agg(to_jsonb(r) - 'service_id' order by reviewer), '[]') from commit_review r",
        )
        .fetch_one(&self.db)
        .await
        .unwrap();
        json!({"checks": checks, "items": items, "commits": commits, "reviews": reviews, "published": page.published})
    }

    async fn forget(&self) {
        for table in [
            "commit_check",
            "commit_review",
            "pushed_commit",
            "source_release",
            "source_answer",
            "source_filled",
        ] {
            sqlx::query(sqlx::AssertSqlSafe(format!("delete from {table}")))
                .execute(&self.db)
                .await
                .unwrap();
        }
        sqlx::query("update checklist_item set state = 'open', evidence = '', by_check = false")
            .execute(&self.db)
            .await
            .unwrap();
    }

    /// The same story at GitHub, and as its deliveries tell it.
    fn story(&self) -> Vec<(&'static str, Value)> {
        let others: Vec<String> = (0..3).map(|n| format!("{n:040}")).collect();
        let pages = vec![
            json!([commit(SHA, 3), commit(&others[2], 2)]),
            json!([commit(&others[1], 1), commit(&others[0], 0)]),
        ];
        self.hub.set("/commits", pages);
        let checks = |runs: Vec<Value>| json!({"total_count": 3, "check_runs": runs});
        let runs = vec![
            checks(vec![
                check_run("Unit tests", "success"),
                check_run("Security", "failure"),
            ]),
            checks(vec![check_run("Lint", "neutral")]),
        ];
        self.hub.set(&format!("/commits/{SHA}/check-runs"), runs);
        let workflows = json!({"total_count": 1, "workflow_runs": [workflow_run("Integration tests", "success")]});
        self.hub.set("/actions/runs", vec![workflows]);
        self.hub.set(
            &format!("/commits/{SHA}/pulls"),
            vec![json!([{"number": 12, "state": "closed"}])],
        );
        self.hub.set(
            "/pulls/12/reviews",
            vec![json!([review("COMMENTED"), review("APPROVED")])],
        );
        self.hub.set("/releases", vec![json!([release("v1.4.0")])]);
        let pushed = |sha: &str, minute: u32| json!({"id": sha, "timestamp": format!("2025-11-20T10:{minute:02}:00Z"), "message": "feat: coupons", "author": {"name": "Ana"}});
        let commits = [(0, &others[0]), (1, &others[1]), (2, &others[2])].map(|(n, sha)| pushed(sha, n));
        vec![
            ("push", json!({"ref": "refs/heads/main", "commits": commits})),
            ("push", json!({"ref": "refs/heads/main", "commits": [pushed(SHA, 3)]})),
            (
                "check_run",
                json!({"action": "completed", "check_run": check_run("Unit tests", "success")}),
            ),
            (
                "check_run",
                json!({"action": "completed", "check_run": check_run("Security", "failure")}),
            ),
            (
                "check_run",
                json!({"action": "completed", "check_run": check_run("Lint", "neutral")}),
            ),
            (
                "workflow_run",
                json!({"action": "completed", "workflow_run": workflow_run("Integration tests", "success")}),
            ),
            (
                "pull_request_review",
                json!({"action": "submitted", "review": review("approved")}),
            ),
            ("release", json!({"action": "published", "release": release("v1.4.0")})),
        ]
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn asking_and_being_told_end_the_same_in_any_order(db: Db) {
    let ground = Ground::make(db).await;
    let story = ground.story();
    let filled = ground.first().await;
    assert_eq!(filled.error, "");
    assert!(filled.reconciled_at.is_some());
    let by_asking = ground.kept().await;
    assert_eq!(by_asking["commits"].as_array().unwrap().len(), 4, "both pages");
    assert_eq!(
        by_asking["checks"].as_array().unwrap().len(),
        5,
        "{}",
        by_asking["checks"]
    );
    assert_eq!(by_asking["published"]["tag"], "v1.4.0");
    assert!(
        filled.filled.iter().any(|one| one.told.contains("security failed")),
        "{:?}",
        filled.filled
    );

    // What asking brought, deliveries bring again: nothing changes, and nothing was missed.
    for (event, body) in &story {
        ground.deliver(event, body).await;
    }
    assert_eq!(ground.kept().await, by_asking, "asked, then told");

    ground.forget().await;
    for (event, body) in &story {
        ground.deliver(event, body).await;
    }
    assert_eq!(ground.kept().await, by_asking, "told alone");
    let after = ground.round().await;
    assert_eq!(after.error, "");
    assert_eq!(ground.kept().await, by_asking, "told, then asked");
    assert_eq!(after.filled, [], "nothing had been missed");

    // Half of it got lost, from the newest to the oldest.
    ground.forget().await;
    for (event, body) in story.iter().rev().step_by(2) {
        ground.deliver(event, body).await;
    }
    let after = ground.round().await;
    assert_eq!(ground.kept().await, by_asking, "half told, then asked");
    assert!(!after.filled.is_empty());
}

#[sqlx::test(migrations = "../migrations")]
async fn an_unchanged_answer_is_not_sent_again(db: Db) {
    let ground = Ground::make(db).await;
    ground.story();
    ground.first().await;
    let first = ground.hub.counts();
    assert_eq!(first.keys().copied().collect::<Vec<_>>(), [200]);
    ground.round().await;
    // The schedule may begin a round of its own.
    let again = ground.hub.counts();
    assert_eq!(again.keys().copied().collect::<Vec<_>>(), [304], "by its tag");
    assert_eq!(again[&304] % first[&200], 0, "every page, and the same ones");
    ground
        .hub
        .set("/releases", vec![json!([release("v1.4.0"), release("v1.5.0")])]);
    let after = ground.round().await;
    assert_eq!(ground.hub.counts().get(&200), Some(&1));
    assert!(after.filled[0].told.contains("v1.5.0"), "{:?}", after.filled);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_limit_is_waited_for_and_is_no_failure(db: Db) {
    let ground = Ground::make(db).await;
    let until = chrono::Utc::now().timestamp() + 3_600;
    ground.hub.limit(Some(until));
    let asking = ground.first().await;
    assert_eq!((asking.error.as_str(), asking.reconciled_at), ("", None));
    assert_eq!(asking.rests_until.map(|at| at.timestamp()), Some(until));
    assert_eq!(ground.hub.counts(), [(403, 1)].into(), "one question shows it");
    assert_eq!(hook::reconcile_all(&ground.db).await.unwrap(), 0, "it rests");
    let depth = job::depth(&ground.db).await.unwrap();
    assert_eq!((depth.failing, depth.gave_up), (0, 0));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_failure_says_why_and_shows_no_token(db: Db) {
    let ground = Ground::make(db).await;
    let revoked = format!("{TOKEN}-that-ended");
    secret::set(
        &ground.db,
        &ground.admin,
        &vault(),
        Some(SERVICE),
        "github-token",
        &revoked,
    )
    .await
    .unwrap();
    let asking = ground.first().await;
    assert!(asking.error.contains("401"), "{}", asking.error);
    let queue = eventually("the queue keeps why", async || {
        let queue = job::queue(&ground.db, &ground.admin).await.unwrap();
        queue.jobs.iter().any(|job| job.error.is_some()).then_some(queue)
    })
    .await;
    let told = queue.jobs[0].error.clone().unwrap();
    assert!(told.contains("refuses the token") && !told.contains(TOKEN), "{told}");

    secret::set(
        &ground.db,
        &ground.admin,
        &vault(),
        Some(SERVICE),
        "github-token",
        TOKEN,
    )
    .await
    .unwrap();
    ground.story();
    ground.hub.lead_elsewhere();
    let asking = ground.round().await;
    assert!(
        asking.error.contains("not below"),
        "the token goes nowhere else: {}",
        asking.error
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn only_who_may_set_a_command_says_where_a_secret_goes(db: Db) {
    let ground = Ground::make(db).await;
    let denied = hook::ask_by(&ground.db, &ground.engineer, SERVICE, &ground.form()).await;
    assert!(matches!(denied, Err(store::Error::Denied(_))), "{denied:?}");
    for (secret, api_url, field, problem) in [
        ("nothing", ground.hub.base.as_str(), "secret", Problem::Unknown),
        ("github-token", "http://ghe.example.com/api/v3", "api_url", Problem::Url),
    ] {
        let form = AskForm {
            secret: secret.into(),
            api_url: api_url.into(),
        };
        match hook::ask_by(&ground.db, &ground.admin, SERVICE, &form).await {
            Err(store::Error::Invalid(errors)) => assert_eq!(errors.get(field), Some(&problem)),
            other => panic!("{other:?}"),
        }
    }
    ground.first().await;
    let secrets = secret::page(&ground.db, &ground.admin).await.unwrap().secrets;
    let refused = secret::remove(&ground.db, &ground.admin, secrets[0].id).await;
    assert!(
        matches!(refused, Err(store::Error::Rule(store::Rule::SecretInUse))),
        "{refused:?}"
    );
    let none = AskForm {
        secret: String::new(),
        api_url: String::new(),
    };
    hook::ask_by(&ground.db, &ground.admin, SERVICE, &none).await.unwrap();
    assert_eq!(
        hook::hook(&ground.db, &ground.engineer, SERVICE)
            .await
            .unwrap()
            .unwrap()
            .asking,
        None
    );
    secret::remove(&ground.db, &ground.admin, secrets[0].id).await.unwrap();
}
