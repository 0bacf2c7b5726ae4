//! Strangers over real connections: where they come from, and how often they may call.

use crate::application::{Application, HERE};
use crate::as_whom::{Admin, PASSWORD, address};
use server::config::NetworkSettings;
use std::net::SocketAddr;
use store::{Db, access};

/// Somebody who calls over the network, through whatever writes these headers.
struct Caller {
    http: reqwest::Client,
    to: SocketAddr,
}

impl Caller {
    async fn of(app: &Application) -> Caller {
        let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Caller {
            http: plain.build().expect("a client"),
            to: app.listen().await,
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let request = self.http.get(format!("http://{}{path}", self.to));
        self.send(request, headers).await
    }

    async fn sign_in(&self, password: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let form = [("email", address("Ada")), ("password", password.to_owned())];
        let request = self.http.post(format!("http://{}/sign-in", self.to)).form(&form);
        self.send(request.header("origin", HERE).header("host", "127.0.0.1:3000"), headers)
            .await
    }

    async fn send(&self, mut request: reqwest::RequestBuilder, headers: &[(&str, &str)]) -> reqwest::Response {
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }
}

async fn app(db: &Db, proxies: &str, reads: u32, writes: u32) -> Application {
    Application::set(db, HERE, |settings| {
        settings.network = NetworkSettings {
            trusted_proxies: proxies.parse().expect("proxies"),
            reads_a_minute: reads,
            writes_a_minute: writes,
        };
    })
    .await
}

fn from(client: &'static str) -> [(&'static str, &'static str); 1] {
    [("x-forwarded-for", client)]
}

/// Seconds of `Retry-After`, in an answer that says no: at one request a minute they are what is left of it.
fn refused(answer: &reqwest::Response) -> u64 {
    assert_eq!(answer.status(), 429);
    let wait = answer.headers()["retry-after"].to_str().expect("a number").parse();
    let wait = wait.expect("a number");
    assert!((1..=60).contains(&wait), "{wait}");
    wait
}

#[sqlx::test(migrations = "../migrations")]
async fn one_network_that_asks_too_often_is_told_so_and_another_is_not_concerned(db: Db) {
    let app = app(&db, "127.0.0.1", 0, 1).await;
    Admin::sets_up(&db).await;
    let caller = Caller::of(&app).await;
    let first = caller.sign_in("a wrong guess", &from("192.0.2.1")).await;
    assert_eq!(first.status(), 303);
    let second = caller.sign_in("a wrong guess", &from("192.0.2.1")).await;
    refused(&second);
    assert_eq!(second.headers()["content-type"], "application/problem+json");
    assert!(
        second.headers().contains_key("x-content-type-options"),
        "guarded as every answer is"
    );
    let said: serde_json::Value = second.json().await.expect("a problem");
    assert_eq!(said["type"], "urn:slipway:problem:too-many-requests");

    let browser = [("x-forwarded-for", "192.0.2.1"), ("accept", "text/html")];
    let page = caller.sign_in(PASSWORD, &browser).await;
    let wait = refused(&page);
    let page = page.text().await.expect("a page");
    assert!(page.contains(&format!("Wait {wait} second")), "{page}");

    let other = caller.sign_in(PASSWORD, &from("192.0.2.2")).await;
    assert_eq!(other.headers()["location"], "/", "comes in");
    assert_eq!(
        caller.get("/login", &from("192.0.2.1")).await.status(),
        200,
        "reading is counted for itself"
    );
    // Of a long address the first half is one customer.
    assert_eq!(
        caller.sign_in("a wrong guess", &from("2001:db8:1:2::1")).await.status(),
        303
    );
    refused(&caller.sign_in("a wrong guess", &from("2001:db8:1:2:ffff::9")).await);
    assert_eq!(
        caller.sign_in("a wrong guess", &from("2001:db8:1:3::1")).await.status(),
        303
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn who_is_no_proxy_of_ours_is_not_believed(db: Db) {
    let app = app(&db, "10.0.0.0/8", 0, 1).await;
    let admin = Admin::sets_up(&db).await;
    let caller = Caller::of(&app).await;
    let entered = caller.sign_in(PASSWORD, &from("192.0.2.1")).await;
    assert_eq!(entered.headers()["location"], "/");
    refused(&caller.sign_in(PASSWORD, &from("192.0.2.2")).await);
    refused(&caller.sign_in(PASSWORD, &[("forwarded", "for=192.0.2.3")]).await);
    refused(&caller.sign_in(PASSWORD, &[]).await);
    assert_eq!(
        recorded(&caller, &db, &admin, &entered, &from("192.0.2.1")).await,
        "127.0.0.1"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_trusted_proxy_says_is_recorded(db: Db) {
    let app = app(&db, "127.0.0.0/8, 10.0.0.0/8", 0, 100).await;
    let admin = Admin::sets_up(&db).await;
    let caller = Caller::of(&app).await;
    let entered = caller.sign_in(PASSWORD, &from("192.0.2.1")).await;
    let through = from("1.1.1.1, 192.0.2.7, 10.0.0.3");
    assert_eq!(recorded(&caller, &db, &admin, &entered, &through).await, "192.0.2.7");

    let form = domain::access::TokenForm {
        name: "A program".into(),
        scopes: vec![domain::access::TokenScope::Read],
        days: 30,
    };
    let secret = access::make_token(&db, &admin, &form).await.expect("a token");
    let bearer = format!("Bearer {secret}");
    let me = caller
        .get("/api/v1/me", &[("authorization", &bearer), through[0]])
        .await;
    assert_eq!(me.status(), 200);
    let (tokens, _) = access::own_tokens(&db, &admin).await.expect("tokens");
    assert_eq!(tokens[0].last_network.as_deref(), Some("192.0.2.7"));

    // Fifty failures close the network that they came from, and no other.
    let key = "insert into sign_in_failure (key_hash) select sha256(convert_to(E'network\\n192.0.2.7', 'UTF8')) from generate_series(1, 50)";
    sqlx::query(key).execute(&db).await.expect("failures");
    assert_eq!(caller.sign_in(PASSWORD, &through).await.headers()["location"], "/login");
    assert_eq!(
        caller.sign_in(PASSWORD, &from("192.0.2.8")).await.headers()["location"],
        "/"
    );
}

/// The network of the session that an answer began, after a request with these headers.
async fn recorded(
    caller: &Caller,
    db: &Db,
    admin: &Admin,
    entered: &reqwest::Response,
    headers: &[(&str, &str)],
) -> String {
    let cookie = entered.headers()["set-cookie"].to_str().expect("a cookie");
    let cookie = cookie.split(';').next().expect("a cookie");
    let headers = [headers, &[("cookie", cookie)]].concat();
    assert_eq!(caller.get("/", &headers).await.status(), 200);
    let sessions = access::sessions(db, admin).await.expect("sessions");
    sessions[0].network.clone()
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_for_all_are_counted_and_what_is_inside_is_not(db: Db) {
    let app = app(&db, "", 1, 100).await;
    Admin::sets_up(&db).await;
    let caller = Caller::of(&app).await;
    let entered = caller.sign_in(PASSWORD, &[]).await;
    let cookie = entered.headers()["set-cookie"].to_str().expect("a cookie").to_owned();
    assert_eq!(caller.get("/status", &[]).await.status(), 200);
    for path in ["/status", "/login", "/api/openapi.json"] {
        refused(&caller.get(path, &[]).await);
    }
    for path in ["/health/live", "/pkg/slipway.a.js", "/robots.txt"] {
        assert_ne!(caller.get(path, &[]).await.status(), 429, "{path}");
    }
    for _ in 0..5 {
        assert_eq!(caller.get("/", &[("cookie", &cookie)]).await.status(), 200);
    }
    // Deliveries have a count of their own.
    let hook = caller.http.post(format!("http://{}/hooks/github/none", caller.to));
    assert_eq!(caller.send(hook, &[]).await.status(), 401);
}
