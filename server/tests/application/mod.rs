//! The whole application over a real database, spoken to as a browser and as a program would.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod factor;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use server::config::{EngineSettings, Settings, StoreSettings};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Db;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Where the application of a test thinks it is.
pub const HERE: &str = "http://127.0.0.1:3000";

/// The application, without a listener, an engine or a playground.
pub struct Application {
    pub db: Db,
    pub shutdown: CancellationToken,
    router: Router,
    folder: tempfile::TempDir,
}

/// Who calls: a session's cookie, or nobody.
#[derive(Debug, Clone, Default)]
pub struct Session(Option<String>);

impl Session {
    pub fn nobody() -> Session {
        Session(None)
    }

    /// The session's cookie as it is sent back, `name=value`.
    pub fn cookie(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a readable header"))
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The cookie that it sets, whole.
    pub fn set_cookie(&self) -> &str {
        self.header("set-cookie")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or(serde_json::Value::Null)
    }
}

impl Application {
    /// Over this database, reached at [`HERE`].
    pub async fn start(db: &Db) -> Application {
        Application::reached_at(db, HERE).await
    }

    /// Over this database, reached at an address of its own.
    pub async fn reached_at(db: &Db, address: &str) -> Application {
        Application::set(db, address, |_| {}).await
    }

    /// The same with other settings.
    pub async fn set(db: &Db, address: &str, change: impl FnOnce(&mut Settings)) -> Application {
        store::release::seed_templates(db).await.expect("templates are stored");
        let folder = tempfile::tempdir().expect("a folder");
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).expect("a folder");
        std::fs::write(site.join("hash.txt"), "js: a\nwasm: b\ncss: c\n").expect("a file");
        std::fs::write(site.join("pkg/slipway.a.js"), "export {}").expect("a file");
        let mut settings = Settings {
            listen: "127.0.0.1:3000".parse().expect("an address"),
            public_url: Some(address.to_owned()),
            store: StoreSettings {
                database_url: None,
                key: None,
                data: folder.path().to_path_buf(),
                db_connections: 5,
            },
            site: Some(site.clone()),
            no_engine: true,
            engine: EngineSettings {
                engine_name: None,
                lease: 10,
                engine_concurrency: 1,
            },
            metrics_token: None,
            no_worker: true,
            worker_lease: 60,
            mail: server::config::MailSettings::default(),
            network: server::config::NetworkSettings::default(),
            playground_ports: 0,
        };
        change(&mut settings);
        let shutdown = CancellationToken::new();
        let state = server::serve::state(&settings, site, BTreeMap::new(), db.clone(), shutdown.clone())
            .expect("the state is made");
        let listener = store::event::listen(db).await.expect("the database is listened to");
        tokio::spawn(state.kicks.clone().relay(listener, shutdown.clone()));
        let following = state.status.clone();
        tokio::spawn(following.follow(db.clone(), state.kicks.clone(), String::new(), shutdown.clone()));
        let unused = app::service::Prober(Arc::new(|_, _| Box::pin(async { Vec::new() })));
        Application {
            db: db.clone(),
            shutdown,
            router: server::http::router(state, unused),
            folder,
        }
    }

    /// Serves it over real connections, until it is dropped. Answers where.
    pub async fn listen(&self) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let here = listener.local_addr().expect("an address");
        let service = self
            .router
            .clone()
            .into_make_service_with_connect_info::<std::net::SocketAddr>();
        let shutdown = self.shutdown.clone();
        let server = axum::serve(listener, service).with_graceful_shutdown(async move { shutdown.cancelled().await });
        tokio::spawn(async move { server.await });
        here
    }

    /// Sends a request whole.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.stream(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Sends a request, and leaves the body of the answer as it comes.
    pub async fn stream(&self, request: Request<Body>) -> axum::response::Response {
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("the router never fails")
    }

    /// What a browser gets that navigates there.
    pub async fn visit(&self, path: &str, session: &Session) -> Answer {
        self.send(request(Method::GET, path, session, "text/html", Body::empty()))
            .await
    }

    /// What a script gets.
    pub async fn fetch(&self, path: &str, session: &Session) -> Answer {
        self.send(request(Method::GET, path, session, "application/json", Body::empty()))
            .await
    }

    /// Posts fields as a script does.
    pub async fn call(&self, path: &str, fields: &[(String, String)], session: &Session) -> Answer {
        self.post(path, fields, session, "application/json").await
    }

    /// Posts a form as a browser without script does.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)], session: &Session) -> Answer {
        let fields: Vec<(String, String)> = fields.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        self.post(path, &fields, session, "text/html").await
    }

    async fn post(&self, path: &str, fields: &[(String, String)], session: &Session, accept: &str) -> Answer {
        let body = serde_urlencoded::to_string(fields).expect("fields are encoded");
        let mut request = request(Method::POST, path, session, accept, Body::from(body));
        let form = "application/x-www-form-urlencoded".parse().expect("a header");
        request.headers_mut().insert(header::CONTENT_TYPE, form);
        self.send(request).await
    }

    /// Signs in through the door.
    pub async fn sign_in(&self, email: &str, password: &str) -> Session {
        let answer = self
            .submit(
                "/sign-in",
                &[("email", email), ("password", password)],
                &Session::nobody(),
            )
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.location(), "/", "{email} comes in");
        let cookie = answer.set_cookie().split(';').next().expect("a cookie");
        Session(Some(cookie.to_owned()))
    }

    /// A session of a cookie that an answer set.
    pub fn session_of(answer: &Answer) -> Session {
        let cookie = answer.set_cookie().split(';').next().expect("a cookie");
        Session(Some(cookie.to_owned()))
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// A request as one of our own pages sends it.
pub fn request(method: Method, path: &str, session: &Session, accept: &str, body: Body) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:3000")
        .header(header::ORIGIN, HERE)
        .header(header::ACCEPT, accept);
    if let Some(cookie) = session.cookie() {
        request = request.header(header::COOKIE, cookie);
    }
    request.body(body).expect("a request")
}

/// The same with one more header, or with another value of it.
pub fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request
        .headers_mut()
        .insert(HeaderName::from_static(name), value.parse().expect("a header"));
    request
}

/// The same without a header.
pub fn without(mut request: Request<Body>, name: &'static str) -> Request<Body> {
    request.headers_mut().remove(name);
    request
}
