//! The door's switches as a browser without scripts sees them, and the way in from the console.

use crate::application::{Application, Session};
use crate::as_whom::{Admin, Engineer, PASSWORD, address};
use domain::access::Role;
use domain::identity::{Asserted, ProviderForm, ProviderKind};
use store::access::Wish;
use store::{Db, Vault, access};
use tokio::process::Command;

const ISSUER: &str = "https://id.example.com";

async fn provider(db: &Db, admin: &Admin) {
    let form = ProviderForm {
        slug: "company".into(),
        name: "Company account".into(),
        issuer: ISSUER.into(),
        client_id: "slipway".into(),
        client_secret: "a client secret".into(),
        ..ProviderForm::new(ProviderKind::Oidc)
    };
    let vault = Vault::from_text(&"0f".repeat(32)).expect("a key");
    access::save_provider(db, admin, &vault, &form).await.expect("is added");
}

async fn link(db: &Db, admin: &Admin) {
    let ada = Asserted {
        issuer: ISSUER.into(),
        subject: "1".into(),
        email: None,
        email_verified: false,
        name: None,
        groups: Vec::new(),
        groups_left_out: false,
    };
    access::enter(db, "company", &ada, Wish::Link(admin.id))
        .await
        .expect("is linked");
}

const SWITCH: &str = "/call/access/passwords-switch";
const PAGE: &str = "/administration/sign-in";

#[sqlx::test(migrations = "../migrations")]
async fn passwords_are_switched_off_without_script_and_the_door_says_so(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    Engineer::join(&db, &admin, "Eve").await;
    let ada = app.sign_in(&address("Ada"), PASSWORD).await;
    let nobody = Session::nobody();
    let why = app::words::needed(domain::identity::Needed::NoProvider);
    assert!(
        app.visit(PAGE, &ada).await.body.contains(why),
        "the button says why not"
    );
    provider(&db, &admin).await;
    let why = app::words::needed(domain::identity::Needed::Yourself);
    assert!(app.visit(PAGE, &ada).await.body.contains(why));
    app.submit(SWITCH, &[("on", "false")], &ada).await;
    assert!(
        app.visit("/login", &nobody).await.body.contains("name=\"password\""),
        "refused"
    );
    link(&db, &admin).await;
    assert!(!app.visit(PAGE, &ada).await.body.contains(why));
    app.submit(SWITCH, &[("on", "false")], &ada).await;
    let page = app.visit(PAGE, &ada).await.body;
    assert!(page.contains("people sign in by a provider alone"), "{page}");
    let why = app::words::needed(domain::identity::Needed::Nobody);
    assert!(page.contains(why), "the last way in stays: {page}");

    let login = app.visit("/login", &nobody).await.body;
    assert!(
        !login.contains("name=\"password\"") && !login.contains("/forgot"),
        "{login}"
    );
    assert!(login.contains("/sign-in/with/company"), "{login}");
    let answer = app
        .submit(
            "/sign-in",
            &[("email", "ada@example.com"), ("password", PASSWORD)],
            &nobody,
        )
        .await;
    assert_eq!(answer.location(), "/login");
    let login = app.visit("/login", &Application::session_of(&answer)).await.body;
    assert!(login.contains("Passwords are switched off"), "{login}");

    assert!(app.visit("/forgot", &nobody).await.body.contains("takes no passwords"));
    let answer = app
        .submit("/forgot-password", &[("email", "eve@example.com")], &nobody)
        .await;
    assert_eq!(answer.location(), "/forgot");
    assert!(
        app.visit("/reset/anything", &nobody)
            .await
            .body
            .contains("Passwords are switched off")
    );
    let profile = app.visit("/profile", &ada).await.body;
    assert!(
        !profile.contains("old_password") && profile.contains("takes no passwords"),
        "{profile}"
    );
    let token = access::invite(&db, &admin, "kim@example.com", Role::Viewer)
        .await
        .expect("is invited");
    let page = app.visit(&format!("/invite/{token}"), &nobody).await.body;
    assert!(
        page.contains("/sign-in/with/company") && !page.contains("name=\"password\""),
        "{page}"
    );

    app.submit(SWITCH, &[("on", "true")], &ada).await;
    app.sign_in(&address("Eve"), PASSWORD).await;
}

/// The program itself, on the database of a test.
async fn slipway(db: &Db, arguments: &[&str]) -> (Option<i32>, String, String) {
    let options = db.connect_options();
    let name = options.get_database().expect("a database");
    let url = std::env::var("DATABASE_URL").expect("where tests keep their databases");
    let (server, query) = url
        .split_once('?')
        .map_or((url.as_str(), String::new()), |(server, query)| {
            (server, format!("?{query}"))
        });
    let at = server.rfind('/').expect("a path");
    let done = Command::new(env!("CARGO_BIN_EXE_slipway"))
        .args(arguments)
        .env("DATABASE_URL", format!("{}/{name}{query}", &server[..at]))
        .env("SLIPWAY_PUBLIC_URL", "https://slipway.example.com/")
        .output()
        .await
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

#[sqlx::test(migrations = "../migrations")]
async fn the_console_gives_a_link_that_sets_a_password(db: Db) {
    let app = Application::start(&db).await;
    let admin = Admin::sets_up(&db).await;
    let eve = Engineer::join(&db, &admin, "Eve").await;
    let (code, told, said) = slipway(&db, &["admin", "reset", "eve@example.com"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("/reset/"), "on stdout alone: {said}");
    let link = told
        .lines()
        .find_map(|line| line.strip_prefix("https://slipway.example.com"));
    let link = link.expect("a link");
    let token = link.strip_prefix("/reset/").expect("of a reset");
    assert!(
        app.visit(link, &Session::nobody())
            .await
            .body
            .contains("Choose a new password")
    );
    let fields = [("token", token), ("password", "a quite different sentence")];
    app.submit("/reset-password", &fields, &Session::nobody()).await;
    app.sign_in(&address("Eve"), "a quite different sentence").await;

    let (code, told, said) = slipway(&db, &["admin", "reset", "nobody@example.com"]).await;
    assert_eq!((code, told.as_str()), (Some(1), ""));
    assert!(
        said.contains("Nobody on this instance signs in by nobody@example.com"),
        "{said}"
    );
    access::set_active(&db, &admin, eve.id, false)
        .await
        .expect("is deactivated");
    let (code, _, said) = slipway(&db, &["admin", "reset", "eve@example.com"]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("is deactivated"), "{said}");

    provider(&db, &admin).await;
    link_and_close(&db, &admin).await;
    let (code, told, said) = slipway(&db, &["admin", "reset", "ada@example.com"]).await;
    assert_eq!((code, told.as_str()), (Some(1), ""));
    assert!(said.contains("--allow-passwords"), "{said}");
    let (code, told, _) = slipway(&db, &["admin", "reset", "ada@example.com", "--allow-passwords"]).await;
    assert_eq!(code, Some(0));
    assert!(told.contains("switched on again") && told.contains("/reset/"), "{told}");
    app.sign_in(&address("Ada"), PASSWORD).await;
}

async fn link_and_close(db: &Db, admin: &Admin) {
    link(db, admin).await;
    access::switch_passwords(db, admin, false)
        .await
        .expect("are switched off");
}
