//! Company sign-in against a real, certified provider that runs as a process: the good way, and the bad ones.

mod application;
#[path = "../store/tests/as_whom/mod.rs"]
mod as_whom;
#[path = "identity/provider.rs"]
mod provider;

use application::{Answer, Application, Session};
use as_whom::{Admin, Engineer, PASSWORD, address};
use axum::http::StatusCode;
use domain::access::Role;
use domain::identity::{ProviderForm, ProviderKind, Refusal};
use provider::{Browser, Provider, SECRET, between};
use store::{Db, access};

/// The instance, its administrator, and a provider that it knows.
struct Scene {
    app: Application,
    admin: Admin,
    ada: Session,
    provider: Provider,
}

impl Scene {
    async fn set(db: &Db, change: impl FnOnce(&mut ProviderForm)) -> Scene {
        Scene::with(db, Provider::start(0).await, change).await
    }

    async fn with(db: &Db, provider: Provider, change: impl FnOnce(&mut ProviderForm)) -> Scene {
        let app = Application::start(db).await;
        let admin = Admin::sets_up(db).await;
        let ada = app.sign_in(&address("Ada"), PASSWORD).await;
        let mut form = ProviderForm {
            slug: "company".into(),
            issuer: provider.issuer.clone(),
            client_id: "slipway".into(),
            client_secret: SECRET.into(),
            joins: "true".into(),
            ..ProviderForm::new(ProviderKind::Oidc)
        };
        change(&mut form);
        let fields = [
            ("form[slug]", form.slug.as_str()),
            ("form[kind]", &form.kind),
            ("form[name]", &form.name),
            ("form[issuer]", &form.issuer),
            ("form[client_id]", &form.client_id),
            ("form[client_secret]", &form.client_secret),
            ("form[joins]", &form.joins),
            ("form[join_role]", &form.join_role),
            ("form[domains]", &form.domains),
            ("form[groups]", &form.groups),
            ("form[groups_claim]", &form.groups_claim),
            ("form[row_version]", "0"),
        ];
        let saved = app.submit("/call/access/provider-save", &fields, &ada).await;
        assert!(
            saved.location().contains("saved=company"),
            "{}: {}",
            saved.location(),
            saved.body
        );
        Scene {
            app,
            admin,
            ada,
            provider,
        }
    }

    /// Presses the button, as whoever has this session. Answers where the browser is sent, and the session.
    async fn press(&self, fields: &[(&str, &str)], session: &Session) -> (String, Session) {
        let answer = self.app.submit("/sign-in/with/company", fields, session).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "leads to {}: {}",
            answer.location(),
            answer.body
        );
        let url = between(&answer.body, "content=\"0; url=", "\"").replace("&amp;", "&");
        (url, after(&answer, session))
    }

    /// Signs in as this account, from the button to the answer of the callback.
    async fn come(&self, account: &str) -> (Answer, Session) {
        let (url, session) = self.press(&[], &Session::nobody()).await;
        let back = Browser::new().sign_in(&url, account).await;
        let answer = self.app.visit(&back, &session).await;
        let session = after(&answer, &session);
        (answer, session)
    }

    /// The reason that the page shows to which an answer leads.
    async fn refused(&self, answer: &Answer, session: &Session) -> String {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let session = after(answer, session);
        self.app.visit(answer.location(), &session).await.body
    }

    async fn assert_refused(&self, answer: &Answer, session: &Session, why: Refusal) {
        let page = self.refused(answer, session).await;
        let words = app::words::identity(why);
        assert!(page.contains(&words), "{words} is not said: {page}");
    }
}

fn after(answer: &Answer, before: &Session) -> Session {
    match answer.set_cookie() {
        "" => before.clone(),
        _ => Application::session_of(answer),
    }
}

async fn role(db: &Db, email: &str) -> Option<Role> {
    let role = sqlx::query_scalar("select role from person where email = $1").bind(email);
    let role: Option<String> = role.fetch_optional(db).await.expect("an answer");
    role.and_then(|role| Role::from_key(&role))
}

#[sqlx::test(migrations = "../migrations")]
async fn somebody_joins_signs_out_there_and_comes_back(db: Db) {
    let scene = Scene::set(&db, |form| form.groups = "platform = engineer".into()).await;
    let login = scene.app.visit("/login", &Session::nobody()).await.body;
    assert!(login.contains("/sign-in/with/company"), "{login}");

    let (url, session) = scene.press(&[("next", "/releases")], &Session::nobody()).await;
    for part in [
        "code_challenge_method=S256",
        "state=",
        "nonce=",
        "scope=openid+email+profile+groups",
    ] {
        assert!(url.contains(part), "{part} is missing in {url}");
    }
    let mut browser = Browser::new();
    let back = browser.sign_in(&url, "kim").await;
    let answer = scene.app.visit(&back, &session).await;
    assert_eq!(
        answer.location(),
        "/releases",
        "leads on to where somebody wanted to go: {}",
        answer.body
    );
    let inside = after(&answer, &session);
    assert_ne!(inside.cookie(), session.cookie(), "the session has a new id");
    assert_eq!(
        scene.app.visit("/releases", &session).await.status,
        StatusCode::SEE_OTHER,
        "the old id is worth nothing"
    );
    assert_eq!(scene.app.visit("/releases", &inside).await.status, StatusCode::OK);
    assert_eq!(role(&db, "kim@example.com").await, Some(Role::Engineer));

    let answer = scene.app.submit("/sign-out", &[], &inside).await;
    let end = between(&answer.body, "content=\"0; url=", "\"").replace("&amp;", "&");
    assert!(end.contains("id_token_hint="), "{end}");
    assert_eq!(
        scene.app.visit("/", &inside).await.status,
        StatusCode::SEE_OTHER,
        "signed out here"
    );
    assert_eq!(browser.sign_out(&end).await, "/login");
    let (answer, _) = scene.come("kim").await;
    assert_eq!(answer.location(), "/");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_wrong_state_and_a_replayed_answer_lead_nowhere(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let (url, session) = scene.press(&[], &Session::nobody()).await;
    let back = Browser::new().sign_in(&url, "kim").await;
    let forged = back.replace("state=", "state=x");
    scene
        .assert_refused(&scene.app.visit(&forged, &session).await, &session, Refusal::Stale)
        .await;
    // Another browser that is given the link: login by somebody else's hand.
    let nobody = Session::nobody();
    scene
        .assert_refused(&scene.app.visit(&back, &nobody).await, &nobody, Refusal::Stale)
        .await;
    let answer = scene.app.visit(&back, &session).await;
    assert_eq!(answer.location(), "/");
    let inside = after(&answer, &session);
    let again = scene.app.visit(&back, &session).await;
    scene.assert_refused(&again, &session, Refusal::Stale).await;
    scene
        .assert_refused(&scene.app.visit(&back, &inside).await, &inside, Refusal::Stale)
        .await;

    // The used code once more, within a sign-in that is under way.
    let (url, session) = scene.press(&[], &Session::nobody()).await;
    let state = between(&url, "state=", "&");
    let old = between(&back, "code=", "&");
    let stolen = format!("/sign-in/callback/company?code={old}&state={state}");
    scene
        .assert_refused(&scene.app.visit(&stolen, &session).await, &session, Refusal::Stale)
        .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_wrong_nonce_is_not_believed(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let (url, session) = scene.press(&[], &Session::nobody()).await;
    let nonce = between(&url, "nonce=", "&");
    let back = Browser::new().sign_in(&url.replace(&nonce, "another"), "kim").await;
    scene
        .assert_refused(&scene.app.visit(&back, &session).await, &session, Refusal::NotTrusted)
        .await;
    assert_eq!(role(&db, "kim@example.com").await, None, "nobody has joined");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_answer_of_another_issuer_is_not_believed(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let (url, session) = scene.press(&[], &Session::nobody()).await;
    let back = Browser::new().sign_in(&url, "kim").await;
    let mixed = back.replace("iss=", "iss=https%3A%2F%2Fevil.example%2F&was=");
    scene
        .assert_refused(&scene.app.visit(&mixed, &session).await, &session, Refusal::NotTrusted)
        .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_address_that_is_not_verified_is_nobodys(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let (answer, session) = scene.come("una").await;
    scene.assert_refused(&answer, &session, Refusal::EmailNotProven).await;
    let (answer, _) = scene.come("ada").await;
    assert_eq!(answer.location(), "/", "a verified one finds its person");
    let linked = access::identities(&db, &scene.admin).await.expect("identities");
    assert_eq!(linked.len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn groups_that_are_left_out_take_no_role_in_silence(db: Db) {
    let scene = Scene::set(&db, |form| form.groups = "platform = engineer".into()).await;
    let (answer, session) = scene.come("max").await;
    scene.assert_refused(&answer, &session, Refusal::GroupsLeftOut).await;
    assert_eq!(role(&db, "max@example.com").await, None, "nobody has joined");
    // The same person, who had a role by a group before there were so many.
    let (answer, _) = scene.come("kim").await;
    assert_eq!(answer.location(), "/");
    let people = "update identity set subject = 'max' where subject = 'kim'";
    sqlx::query(people).execute(&db).await.expect("is changed");
    let (answer, session) = scene.come("max").await;
    scene.assert_refused(&answer, &session, Refusal::GroupsLeftOut).await;
    assert_eq!(
        role(&db, "kim@example.com").await,
        Some(Role::Engineer),
        "what was given stays"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn groups_that_are_left_out_matter_to_nobody_where_no_role_follows(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let (answer, _) = scene.come("max").await;
    assert_eq!(answer.location(), "/", "{}", answer.body);
}

#[sqlx::test(migrations = "../migrations")]
async fn saying_no_at_the_provider_is_said_here(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let (url, session) = scene.press(&[], &Session::nobody()).await;
    let back = Browser::new().decline(&url).await;
    scene
        .assert_refused(&scene.app.visit(&back, &session).await, &session, Refusal::Declined)
        .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_provider_that_is_down_is_said_before_and_after(db: Db) {
    let mut scene = Scene::set(&db, |_| {}).await;
    let (url, session) = scene.press(&[], &Session::nobody()).await;
    let back = Browser::new().sign_in(&url, "kim").await;
    scene.provider.stop().await;
    scene
        .assert_refused(&scene.app.visit(&back, &session).await, &session, Refusal::Unreachable)
        .await;
    // A server that has just started knows nothing of the provider yet.
    let app = Application::start(&db).await;
    let unsealed = app.submit("/sign-in/with/company", &[], &Session::nobody()).await;
    assert_eq!(
        unsealed.status,
        StatusCode::SEE_OTHER,
        "another key can't open the secret, and that is said too"
    );
    let test = scene
        .app
        .visit("/administration/sign-in?test=company", &scene.ada)
        .await
        .body;
    assert!(test.contains("refused"), "{test}");
}

/// Signs in at a provider whose clock is ahead by so many seconds.
async fn comes_with_a_clock(db: &Db, ahead: i64) -> Result<(), String> {
    let scene = Scene::with(db, Provider::start(ahead).await, |_| {}).await;
    let (answer, session) = scene.come("kim").await;
    match answer.location() {
        "/" => Ok(()),
        _ => Err(scene.refused(&answer, &session).await),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_clock_that_is_ahead_by_a_little_is_fine(db: Db) {
    comes_with_a_clock(&db, 30).await.expect("comes in");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_clock_that_is_behind_by_a_little_is_fine(db: Db) {
    comes_with_a_clock(&db, -30).await.expect("comes in");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_clock_that_is_far_ahead_is_said(db: Db) {
    let page = comes_with_a_clock(&db, 300).await.expect_err("is refused");
    assert!(page.contains(&app::words::identity(Refusal::Clock)), "{page}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_clock_that_is_far_behind_is_said(db: Db) {
    let page = comes_with_a_clock(&db, -7200).await.expect_err("is refused");
    assert!(page.contains(&app::words::identity(Refusal::Clock)), "{page}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_disabled_person_with_a_live_session_is_out(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let (answer, session) = scene.come("kim").await;
    assert_eq!(answer.location(), "/");
    let people = access::people(&db, &scene.admin).await.expect("people");
    let kim = people
        .iter()
        .find(|person| person.email == "kim@example.com")
        .expect("Kim")
        .id;
    access::set_active(&db, &scene.admin, kim, false)
        .await
        .expect("is deactivated");
    assert_eq!(scene.app.visit("/", &session).await.status, StatusCode::SEE_OTHER);
    let (answer, session) = scene.come("kim").await;
    scene.assert_refused(&answer, &session, Refusal::Deactivated).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn who_is_signed_in_links_and_then_comes_in_by_it(db: Db) {
    let scene = Scene::set(&db, |form| form.joins = String::new()).await;
    Engineer::join(&db, &scene.admin, "Eve").await;
    let eve = scene.app.sign_in(&address("Eve"), PASSWORD).await;
    let (url, eve) = scene.press(&[("link", "true")], &eve).await;
    let back = Browser::new().sign_in(&url, "una").await;
    // Given to somebody else who is signed in, the link links nothing.
    scene
        .assert_refused(&scene.app.visit(&back, &scene.ada).await, &scene.ada, Refusal::Stale)
        .await;
    let answer = scene.app.visit(&back, &eve).await;
    assert_eq!(answer.location(), "/profile/sign-in?saved=linked", "{}", answer.body);
    let (answer, una) = scene.come("una").await;
    assert_eq!(answer.location(), "/");
    assert!(scene.app.visit("/profile", &una).await.body.contains("eve@example.com"));
    let (url, ada) = scene.press(&[("link", "true")], &scene.ada).await;
    let back = Browser::new().sign_in(&url, "una").await;
    scene
        .assert_refused(&scene.app.visit(&back, &ada).await, &ada, Refusal::LinkedElsewhere)
        .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_invitation_is_accepted_without_a_password(db: Db) {
    let scene = Scene::set(&db, |form| form.joins = String::new()).await;
    let token = access::invite(&db, &scene.admin, "kim@elsewhere.example", Role::Approver)
        .await
        .expect("is invited");
    let page = scene
        .app
        .visit(&format!("/invite/{token}"), &Session::nobody())
        .await
        .body;
    assert!(page.contains("/sign-in/with/company"), "{page}");
    let (url, session) = scene.press(&[("invitation", &token)], &Session::nobody()).await;
    let back = Browser::new().sign_in(&url, "una").await;
    let answer = scene.app.visit(&back, &session).await;
    assert_eq!(answer.location(), "/", "{}", answer.body);
    assert_eq!(role(&db, "kim@elsewhere.example").await, Some(Role::Approver));
    let data: String = sqlx::query_scalar("select string_agg(data::text, ' ') from session")
        .fetch_one(&db)
        .await
        .expect("sessions");
    assert!(
        !data.contains(&token) && !data.contains("eyJ"),
        "neither the link nor a token is kept in the open: {data}"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn no_other_site_begins_a_sign_in(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let request = application::request(
        axum::http::Method::POST,
        "/sign-in/with/company",
        &Session::nobody(),
        "text/html",
        axum::body::Body::empty(),
    );
    let answer = scene
        .app
        .send(application::with(request, "origin", "https://evil.example"))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let none = scene.app.submit("/sign-in/with/nothing", &[], &Session::nobody()).await;
    scene
        .assert_refused(&none, &Session::nobody(), Refusal::NoProvider)
        .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn sessions_are_listed_and_ended_without_script(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let (_, kim) = scene.come("kim").await;
    let (_, other) = scene.come("kim").await;
    let page = scene.app.visit("/profile/sessions", &kim).await.body;
    assert_eq!(
        page.matches("name=\"number\"").count(),
        1,
        "all but this one can be ended: {page}"
    );
    let number = between(&page, "name=\"number\" value=\"", "\"");
    scene
        .app
        .submit("/call/access/end-session", &[("number", &number)], &kim)
        .await;
    assert_eq!(scene.app.visit("/", &other).await.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.app.visit("/", &kim).await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "../migrations")]
async fn who_confirms_is_asked_again_by_the_provider(db: Db) {
    let scene = Scene::set(&db, |_| {}).await;
    let mut browser = Browser::new();
    let (url, session) = scene.press(&[], &Session::nobody()).await;
    let back = browser.sign_in(&url, "kim").await;
    let answer = scene.app.visit(&back, &session).await;
    let inside = after(&answer, &session);
    sqlx::query("update session set data = data - 'proved'")
        .execute(&db)
        .await
        .expect("long ago");
    let proved = async || {
        let proved = sqlx::query_scalar("select count(*) from session where data ? 'proved'");
        let proved: i64 = proved.fetch_one(&db).await.expect("an answer");
        proved == 1
    };
    let page = scene.app.visit("/confirm?next=/releases", &inside).await.body;
    assert!(
        page.contains("/sign-in/with/company") && !page.contains("By your password"),
        "{page}"
    );

    let wish = [("confirm", "true"), ("next", "/releases")];
    let (url, inside) = scene.press(&wish, &inside).await;
    assert!(url.contains("prompt=login") && url.contains("max_age=0"), "{url}");
    // Who sits at the open browser takes the wish out of the address: the provider knows its session, and asks nothing.
    let silent = url.replace("prompt=login", "").replace("max_age=0", "");
    let back = browser.sign_in(&silent, "kim").await;
    let answer = scene.app.visit(&back, &inside).await;
    assert!(answer.location().starts_with("/confirm"), "{}", answer.location());
    scene.assert_refused(&answer, &inside, Refusal::NotAskedAgain).await;
    assert!(!proved().await);

    let (url, inside) = scene.press(&wish, &inside).await;
    let back = Browser::new().sign_in(&url, "robin").await;
    let answer = scene.app.visit(&back, &inside).await;
    scene.assert_refused(&answer, &inside, Refusal::SomebodyElse).await;
    assert!(!proved().await);

    let (url, inside) = scene.press(&wish, &inside).await;
    let back = browser.sign_in(&url, "kim").await;
    let answer = scene.app.visit(&back, &inside).await;
    assert_eq!(answer.location(), "/releases", "{}", answer.body);
    assert!(proved().await);
}
