//! The live stream: kicks as they happen, and its end with the session, the account and the server.

use crate::application::{Application, HERE, Session, request};
use crate::as_whom::{Admin, Engineer, PASSWORD, address, service_form};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt;
use std::time::Duration;
use store::{Db, access};

/// How long something may take that comes by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The live stream of somebody, read line by line.
struct Stream(axum::body::Body);

impl Stream {
    async fn open(app: &Application, session: &Session) -> Stream {
        let request = request(Method::GET, "/live", session, "text/event-stream", Body::empty());
        let response = app.stream(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream(response.into_body())
    }

    /// The topics of the next kick; None when the stream has ended.
    async fn next(&mut self) -> Option<String> {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.0.frame())
                .await
                .expect("something comes in time")?;
            let bytes = frame.expect("a frame").into_data().expect("data");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some(topics) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
                return Some(topics.to_owned());
            }
        }
    }

    /// Reads until a topic comes.
    async fn until(&mut self, topic: &str) {
        while let Some(topics) = self.next().await {
            if topics.split(' ').any(|one| one == topic) {
                return;
            }
        }
        panic!("the stream ended before {topic}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_change_is_heard_by_topic_and_brings_no_content(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let mut stream = Stream::open(&app, &session).await;
    store::service::create(&db, &admin, &service_form("storefront", &admin))
        .await
        .expect("is set up");
    let topics = stream.next().await.expect("a kick");
    assert!(topics.split(' ').any(|topic| topic == "services"), "{topics}");
    assert!(!topics.contains("storefront"), "kicks, not payloads: {topics}");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_stream_ends_with_the_account(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let engineer = Engineer::join(&db, &admin, "Eve").await;
    let session = app.sign_in(&address("Eve"), PASSWORD).await;
    let mut stream = Stream::open(&app, &session).await;
    store::access::change_role(&db, &admin, engineer.id, domain::access::Role::Viewer)
        .await
        .expect("is changed");
    stream.until("people").await;
    store::access::set_active(&db, &admin, engineer.id, false)
        .await
        .expect("is deactivated");
    assert_eq!(stream.next().await, None, "who was let go hears nothing more");
    assert_eq!(app.visit("/", &session).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_stream_ends_at_shutdown(db: Db) {
    let app = Application::start(&db).await;
    Admin::sets_up(&db).await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let mut stream = Stream::open(&app, &session).await;
    app.shutdown.cancel();
    assert_eq!(stream.next().await, None);
}

/// Two servers on one database.
struct Two {
    here: Application,
    there: Application,
}

impl Two {
    async fn start(db: &Db) -> Two {
        Two {
            here: Application::start(db).await,
            there: Application::start(db).await,
        }
    }

    /// The streams of a session end, on both servers, and it opens none any more.
    async fn assert_cut(&self, session: &Session, streams: [Stream; 2]) {
        for mut stream in streams {
            while stream.next().await.is_some() {}
        }
        for app in [&self.here, &self.there] {
            assert_eq!(app.fetch("/live", session).await.status, StatusCode::UNAUTHORIZED);
        }
    }

    async fn open(&self, session: &Session) -> [Stream; 2] {
        [
            Stream::open(&self.here, session).await,
            Stream::open(&self.there, session).await,
        ]
    }

    /// The streams of a session go on.
    async fn assert_open(&self, db: &Db, by: &Admin, name: &str, streams: &mut [Stream; 2]) {
        store::service::create(db, by, &service_form(name, by))
            .await
            .expect("is set up");
        for stream in streams {
            stream.until("services").await;
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_that_is_ended_is_cut_off_on_every_server(db: Db) {
    let two = Two::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let (kept, ended) = (
        two.here.sign_in(&address("Ada"), PASSWORD).await,
        two.there.sign_in(&address("Ada"), PASSWORD).await,
    );
    let mut stays = two.open(&kept).await;
    let goes = two.open(&ended).await;
    let sessions = access::sessions(&db, &admin).await.expect("sessions");
    two.here.visit("/", &kept).await;
    let page = two.here.visit("/profile/sessions", &kept).await.body;
    let numbers: Vec<String> = sessions.iter().map(|session| session.number.to_string()).collect();
    let other = numbers
        .iter()
        .find(|number| page.contains(&format!("name=\"number\" value=\"{number}\"")))
        .expect("the other one can be ended");
    two.here
        .submit("/call/access/end-session", &[("number", other)], &kept)
        .await;
    two.assert_cut(&ended, goes).await;
    two.assert_open(&db, &admin, "storefront", &mut stays).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn signing_out_cuts_the_streams_of_that_browser(db: Db) {
    let two = Two::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let (kept, ended) = (
        two.here.sign_in(&address("Ada"), PASSWORD).await,
        two.here.sign_in(&address("Ada"), PASSWORD).await,
    );
    let mut stays = two.open(&kept).await;
    let goes = two.open(&ended).await;
    two.there.submit("/sign-out", &[], &ended).await;
    two.assert_cut(&ended, goes).await;
    two.assert_open(&db, &admin, "storefront", &mut stays).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_password_and_an_administrator_cut_streams_as_well(db: Db) {
    let two = Two::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let new = "a quite different sentence";
    let (this, other) = (
        two.here.sign_in(&address("Eve"), PASSWORD).await,
        two.here.sign_in(&address("Eve"), PASSWORD).await,
    );
    let mut stays = two.open(&this).await;
    let goes = two.open(&other).await;
    let fields = [("old_password", PASSWORD), ("new_password", new)];
    let changed = two.there.submit("/call/access/password", &fields, &this).await;
    assert!(changed.location().ends_with("saved=password"), "{}", changed.location());
    two.assert_cut(&other, goes).await;
    two.assert_open(&db, &admin, "storefront", &mut stays).await;

    access::end_sessions_of(&db, &admin, eve.id).await.expect("are ended");
    two.assert_cut(&this, stays).await;

    let again = two.here.sign_in(&address("Eve"), new).await;
    let goes = two.open(&again).await;
    let opened = access::reset_at_console(&db, &address("Eve"), false)
        .await
        .expect("a link");
    let fields = [("token", opened.token.as_str()), ("password", PASSWORD)];
    two.there.submit("/reset-password", &fields, &Session::nobody()).await;
    two.assert_cut(&again, goes).await;

    let last = two.here.sign_in(&address("Eve"), PASSWORD).await;
    let goes = two.open(&last).await;
    access::set_active(&db, &admin, eve.id, false)
        .await
        .expect("is deactivated");
    two.assert_cut(&last, goes).await;
}

/// Over a real connection: the browser sees the end, and is refused when it connects again.
#[sqlx::test(migrations = "../migrations")]
async fn a_connection_is_closed_when_its_session_is_ended(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let session = app.sign_in(&address("Ada"), PASSWORD).await;
    let here = app.listen().await;
    let http = reqwest::Client::new();
    let ask = || {
        let request = http.get(format!("http://{here}/live")).header("origin", HERE);
        request.header("cookie", session.cookie().expect("a cookie")).send()
    };
    let mut stream = ask().await.expect("an answer");
    assert_eq!(stream.status(), 200);
    access::end_sessions_of(&db, &admin, admin.id).await.expect("are ended");
    let end = async { while let Ok(Some(_)) = stream.chunk().await {} };
    tokio::time::timeout(PATIENCE, end).await.expect("the stream ends");
    assert_eq!(ask().await.expect("an answer").status(), 401);
}
