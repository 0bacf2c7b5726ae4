//! Screens and API agree, as a property: of two equal instances one is spoken to by server functions and the other by the API, by the same people
//! about the same things. Each answer must be the same verdict, and in the end the two must still be equal.

use crate::any::Dice;
use crate::application::{Answer, Application, Session};
use crate::as_whom::{PASSWORD, address, join, release_form, settings};
use crate::fixtures::Fixtures;
use crate::program::{Program, token, whole_token};
use crate::use_cases::{FOREIGN, Given, Object, UseCase, use_cases};
use axum::http::{Method, header};
use domain::access::{Actor, Role, Scope, TokenScope, usable};
use domain::incident::{IncidentForm, Severity};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use store::{Db, access, deployment, gate, incident, release, service};

/// Pairs of equal instances, and what is done on each pair.
const ROUNDS: usize = 10;
const CASES: usize = 60;

/// Somebody, by session and by tokens.
struct Who {
    name: String,
    session: Session,
    /// With whatever the person may give to one.
    whole: String,
    /// With less.
    narrow: Option<String>,
}

struct Scene {
    fixtures: Fixtures,
    people: Vec<Who>,
    objects: Vec<Object>,
}

async fn who(db: &Db, name: String, actor: &Actor, session: Session) -> Who {
    let few = [TokenScope::Read, TokenScope::Plan, TokenScope::Incident];
    let few: Vec<TokenScope> = few.into_iter().filter(|scope| usable(actor, *scope)).collect();
    Who {
        name,
        session,
        whole: whole_token(db, actor).await,
        narrow: Some(token(db, actor, &few).await),
    }
}

/// One more of everything, on the spare service.
async fn foreign(db: &Db, admin: &Actor) -> Object {
    let page = service::page(db, admin, FOREIGN).await.expect("a page");
    let environments = ["development", "staging", "production"].map(|name| {
        let found = page.environments.iter().find(|state| state.environment.name == name);
        (name, found.expect("an environment").environment.clone())
    });
    for (_, environment) in &environments {
        service::save_settings(db, admin, environment.id, environment.row_version, &settings())
            .await
            .expect("is saved");
    }
    let [(_, development), _, (_, production)] = &environments;
    let made = release::create(db, admin, FOREIGN, &release_form("2.0.0"))
        .await
        .expect("is planned");
    let request = gate::request_approval(db, admin, made, production.id)
        .await
        .expect("is asked for");
    let run = deployment::request(db, admin, made, development.id)
        .await
        .expect("is queued");
    let form = IncidentForm {
        title: "Nothing is found".into(),
        public_title: String::new(),
        severity: Severity::Low,
        what_happened: String::new(),
        impact: String::new(),
        root_cause: String::new(),
        resolution: String::new(),
        lessons: String::new(),
        started_at: "2026-01-15T10:00:00Z".parse().expect("a moment"),
        row_version: 0,
    };
    let opened = incident::open(db, admin, FOREIGN, None, &form)
        .await
        .expect("is opened");
    incident::add_action(db, admin, opened, "Search again", "")
        .await
        .expect("is added");
    let page = release::page(db, admin, FOREIGN, "2.0.0").await.expect("a page");
    let before = page
        .environments
        .iter()
        .find(|one| one.environment.id == production.id)
        .expect("production");
    Object {
        service: FOREIGN,
        version: "2.0.0",
        release: made.0,
        environments: environments.clone().map(|(name, environment)| (name, environment.id.0)),
        item: page.items[0].id.0,
        request: request.0,
        digest: before.digest.to_string(),
        deployment: run.0,
        number: deployment::number(db, admin, run).await.expect("a number"),
        incident: opened,
        action: incident::page(db, admin, opened).await.expect("a page").actions[0].id.0,
    }
}

impl Scene {
    async fn set(db: &Db) -> Scene {
        let app = Application::start(db).await;
        let fixtures = Fixtures::make(db).await;
        let admin = fixtures.actor(Role::Admin).clone();
        let mut people = Vec::new();
        for (name, actor, session) in fixtures.callers(&app).await {
            people.push(who(db, name, &actor, session).await);
        }
        let enter = async |name: &str| app.sign_in(&address(name), PASSWORD).await;
        // Who owns the services, and who is an approver of the spare one alone.
        let known = access::people(db, &admin).await.expect("people");
        let olga = known.iter().find(|one| one.email == address("Olga")).expect("Olga").id;
        let olga = access::actor(db, olga).await.expect("an answer").expect("Olga");
        people.push(who(db, "the owner".into(), &olga, enter("Olga").await).await);
        let elsa = join(db, &admin_of(&fixtures), "Elsa", Role::Viewer).await;
        let spare = service::page(db, &admin, FOREIGN).await.expect("a page").service.id;
        let team = access::create_team(db, &admin, "Elsewhere", "").await.expect("is made");
        access::add_member(db, &admin, team, elsa.id).await.expect("is added");
        access::give_role(db, &admin, team, Role::Approver, Scope::Service(spare))
            .await
            .expect("is given");
        let elsa = access::actor(db, elsa.id).await.expect("an answer").expect("Elsa");
        people.push(who(db, "an approver elsewhere".into(), &elsa, enter("Elsa").await).await);
        // Who is no longer there, with a session and a token of before.
        let gone = join(db, &admin_of(&fixtures), "Gone", Role::Admin).await;
        people.push(who(db, "somebody deactivated".into(), &gone, enter("Gone").await).await);
        access::set_active(db, &admin, gone.id, false)
            .await
            .expect("is deactivated");
        people.push(Who {
            name: "nobody".into(),
            session: Session::nobody(),
            whole: String::new(),
            narrow: None,
        });
        let own = Object::own(&fixtures);
        // What belongs to two services at once belongs to neither.
        let foreign = foreign(db, &admin).await;
        let objects = vec![own, foreign, Object::missing()];
        Scene {
            fixtures,
            people,
            objects,
        }
    }
}

/// The administrator as the fixtures' helpers want one.
fn admin_of(fixtures: &Fixtures) -> crate::as_whom::Admin {
    crate::as_whom::Admin::known(fixtures.actor(Role::Admin).clone())
}

/// A copy of the instance, and the application over it.
struct World {
    name: String,
    app: Application,
}

impl World {
    async fn copy(server: &mut PgConnection, template: &Db, name: &str) -> World {
        let options = template.connect_options();
        let from = options.get_database().expect("a database");
        let make = format!("create database \"{name}\" template \"{from}\"");
        sqlx::query(AssertSqlSafe(make))
            .execute(server)
            .await
            .expect("is copied");
        let db = sqlx::postgres::PgPoolOptions::new()
            .max_connections(4)
            .connect_with((*options).clone().database(name))
            .await
            .expect("is there");
        World {
            name: name.to_owned(),
            app: Application::start(&db).await,
        }
    }

    async fn remove(self, server: &mut PgConnection) {
        self.app.db.close().await;
        let remove = format!("drop database \"{}\" with (force)", self.name);
        sqlx::query(AssertSqlSafe(remove))
            .execute(server)
            .await
            .expect("is removed");
    }

    /// Everything that two equal instances have in common: what happened, and what came of it. Ids of what came later differ.
    async fn facts(&self) -> Vec<String> {
        let facts = "select 'event ' || stream_kind || ' ' || (body ->> 'event') || ' ' || count(*) from event
                group by stream_kind, body ->> 'event'
            union all select 'person ' || email || role || active from person
            union all select 'service ' || name || description || row_version from service
            union all select 'environment ' || name || row_version from environment
            union all select 'release ' || version || row_version from release
            union all select 'deployment ' || state || ' ' || count(*) from deployment group by state
            union all select 'invitation ' || email || (revoked_at is null) from invitation
            union all select 'approval ' || decision || comment from approval
            union all select 'incident ' || number || row_version from incident
            order by 1";
        sqlx::query_scalar(facts).fetch_all(&self.app.db).await.expect("facts")
    }
}

/// What came of it: `ok`, or the word of the refusal and the fields that are wrong.
type Verdict = (String, BTreeSet<String>);

fn fields(said: &Value) -> BTreeSet<String> {
    said.as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

fn by_screen(answer: &Answer) -> Verdict {
    if answer.status.is_success() || answer.status.is_redirection() {
        return ("ok".into(), BTreeSet::new());
    }
    let said = answer.json();
    // Who is not let in is not answered by the function at all.
    if answer.status == axum::http::StatusCode::UNAUTHORIZED {
        return ("signed_out".into(), BTreeSet::new());
    }
    let word = said["code"]["code"].as_str().unwrap_or("no word");
    (word.to_owned(), fields(&said["code"]["fields"]))
}

fn by_api(case: &UseCase, answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return ("ok".into(), BTreeSet::new());
    }
    let said = answer.json();
    let word = said["type"]
        .as_str()
        .unwrap_or_default()
        .rsplit(':')
        .next()
        .unwrap_or("no word");
    let word = match word {
        // A lost race is a failed precondition where the precondition was named.
        "changed" if case.seen.is_some() => "conflict",
        "unauthenticated" => "signed_out",
        other => other,
    };
    (word.replace('-', "_"), fields(&said["fields"]))
}

async fn on_screen(app: &Application, session: &Session, case: &UseCase, methods: &BTreeMap<String, Method>) -> Answer {
    let path = format!("/call/{}", case.call);
    if methods[case.call] == Method::GET {
        let query = serde_urlencoded::to_string(&case.fields).expect("fields are encoded");
        return app.fetch(&format!("{path}?{query}"), session).await;
    }
    app.call(&path, &case.fields, session).await
}

async fn by_program(app: &Application, secret: &str, case: &UseCase) -> Answer {
    let program = Program {
        app,
        secret: secret.to_owned(),
    };
    let mut request = program.request(&case.method(), &case.path, case.body.as_ref());
    if let Some(seen) = case.seen {
        let tag = format!("\"{seen}.0\"").parse().expect("a header");
        request.headers_mut().insert(header::IF_MATCH, tag);
    }
    app.send(request).await
}

fn given(dice: &mut Dice) -> Given {
    let texts = ["", "x", "Orders fail", "Look again tomorrow", "   "];
    let long = "far too long ".repeat(2_000);
    let text = match dice.draw(0..12) {
        0 => long,
        _ => (*dice.one(&texts)).to_owned(),
    };
    Given {
        text,
        flag: dice.draw(0..2) == 0,
        role: *dice.one(&Role::ALL),
        seen: *dice.one(&[1, 1, 1, 2, 3, -1]),
        act: dice.one::<&str>(&[
            "pause",
            "resume",
            "promote",
            "abort",
            "roll_back",
            "cancel",
            "happened",
            "repeat",
            "explode",
        ]),
        trigger: dice.one::<&str>(&["error_rate", "words", ""]),
        state: dice.one::<&str>(&["investigating", "identified", "monitoring", "resolved"]),
        mark: dice.one::<&str>(&["open", "done", "not_applicable"]),
        decision: dice.one::<&str>(&["approve", "reject"]),
        version: dice.one::<&str>(&["1.2.3", "2.0.0", "9.9.9", "not a version", ""]),
        environment: dice.draw(0_usize..3),
        digest: dice.draw(0..4) != 0,
        known: dice.draw(0..3) != 0,
    }
}

/// Columns of a list's rows.
fn rows(of: &Value, list: &str, columns: &[&str]) -> Value {
    let rows = of.pointer(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let row = |row: &Value| {
        columns
            .iter()
            .map(|column| row.pointer(column).cloned())
            .collect::<Vec<_>>()
    };
    serde_json::json!(rows.iter().map(row).collect::<Vec<_>>())
}

/// What both ways tell of the same thing, where they tell it in comparable forms.
fn told(call: &str, screen: &Value, api: &Value) -> Option<(Value, Value)> {
    let both = |list: (&str, &[&str]), items: (&str, &[&str])| {
        Some((rows(screen, list.0, list.1), rows(api, items.0, items.1)))
    };
    let one = |columns: &[(&str, &str)]| {
        let of = |value: &Value, path: &str| value.pointer(path).cloned().unwrap_or(Value::Null);
        let screen: Vec<Value> = columns.iter().map(|(path, _)| of(screen, path)).collect();
        let api: Vec<Value> = columns.iter().map(|(_, path)| of(api, path)).collect();
        Some((screen.into(), api.into()))
    };
    match call {
        "access/tokens" => both(("/tokens", &["/id", "/name"]), ("/items", &["/id", "/name"])),
        "access/people" => {
            let columns = ["/id", "/name", "/email", "/role", "/active"];
            // By name on the screen, by id where there are pages of them.
            let sorted = |of: Value| {
                let mut rows = of.as_array().cloned().unwrap_or_default();
                rows.sort_by_key(ToString::to_string);
                Value::from(rows)
            };
            let (screen, api) = both(("/people", &columns), ("/items", &columns))?;
            Some((sorted(screen), sorted(api)))
        }
        "service/list" => both(
            ("", &["/service/name", "/service/row_version"]),
            ("/items", &["/name", "/row_version"]),
        ),
        "service/page" => one(&[
            ("/service/name", "/name"),
            ("/service/description", "/description"),
            ("/service/row_version", "/row_version"),
            ("/environments/0/environment/name", "/environments/0/name"),
            ("/environments/2/lock/since", "/environments/2/lock/since"),
        ]),
        "release/list" => {
            let columns = ["/version", "/title", "/items", "/settled"];
            both(("", &columns), ("/items", &columns))
        }
        "release/page" => one(&[
            ("/release/form/version", "/version"),
            ("/release/form/title", "/title"),
            ("/release/form/artifact/digest", "/artifact/digest"),
            ("/release/row_version", "/row_version"),
            ("/environments/0/digest", "/environments/0/digest"),
            ("/environments/2/digest", "/environments/2/digest"),
        ]),
        "deployment/list" => both(
            ("/lines", &["/number", "/version"]),
            ("/items", &["/number", "/version"]),
        ),
        "deployment/log" => both(("", &["/text"]), ("/items", &["/text"])),
        "incident/list" => both(
            ("", &["/number", "/title", "/severity"]),
            ("/items", &["/number", "/title", "/severity"]),
        ),
        "incident/page" => one(&[
            ("/incident/form/title", "/title"),
            ("/incident/form/severity", "/severity"),
            ("/incident/form/row_version", "/row_version"),
            ("/actions/0/text", "/actions/0/text"),
        ]),
        _ => None,
    }
}

#[test]
fn every_pair_is_of_an_operation() {
    let paths = server::api::description()["paths"].as_object().expect("paths");
    for operation in crate::use_cases::OPERATIONS {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        assert!(paths[&format!("/api/v1{path}")].get(method).is_some(), "{operation}");
    }
}

/// Both did it, or both refused for the same reason. What is wrong with an input by itself may be told before or after who may and what is
/// there; and a screen knows by its id what has another name by now.
fn agree(shown: &Verdict, said: &Verdict) -> bool {
    let refused = shown.0 != "ok" && said.0 != "ok";
    let first = [&shown.0, &said.0].iter().any(|word| *word == "invalid");
    shown == said || (refused && (first || said.0 == "not_found"))
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_does_whatever_gets_the_same_verdict_by_both(db: Db) {
    let scene = Scene::set(&db).await;
    let options = db.connect_options();
    let name = options.get_database().expect("a database").to_owned();
    db.close().await;
    let mut server = PgConnection::connect_with(&(*options).clone().database("postgres"))
        .await
        .expect("the server");
    // The template must have no other guest.
    let leave = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
    sqlx::query(leave)
        .bind(&name)
        .execute(&mut server)
        .await
        .expect("they left");
    let methods: BTreeMap<String, Method> = server_fn::axum::server_fn_paths()
        .map(|(path, method)| (path.trim_start_matches("/call/").to_owned(), method))
        .collect();
    // The name of a test's database is as long as one may be.
    let own = std::process::id();
    let (mut dice, mut wrong) = (Dice::new(), BTreeSet::new());
    let (mut tried, mut verdicts) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    for round in 0..ROUNDS {
        let here = World::copy(&mut server, &db, &format!("slipway_{own}_a{round}")).await;
        let there = World::copy(&mut server, &db, &format!("slipway_{own}_b{round}")).await;
        for _ in 0..CASES {
            let person = dice.one(&scene.people);
            let (object, given) = (dice.one(&scene.objects), given(&mut dice));
            let cases = use_cases(object, &scene.fixtures, &given);
            let case = dice.one(&cases);
            let narrow = person.narrow.as_ref().filter(|_| dice.draw(0..4) == 0);
            let api = by_program(&there.app, narrow.unwrap_or(&person.whole), case).await;
            let mut said = by_api(case, &api);
            // A token with less may be refused more, and then nothing happened.
            if narrow.is_some() && said.0 == "denied" {
                continue;
            }
            let screen = on_screen(&here.app, &person.session, case, &methods).await;
            let mut shown = by_screen(&screen);
            if case.settles && shown.0 == "nothing_to_do" {
                shown.0 = "ok".into();
            }
            // What is entered by different forms is read by different words.
            for verdict in [&mut said, &mut shown] {
                if matches!(verdict.0.as_str(), "unreadable") {
                    verdict.0 = "invalid".into();
                }
            }
            tried.insert(case.call);
            *verdicts.entry(shown.0.clone()).or_default() += 1;
            let what = format!("{} of {} by {}", case.call, object.service, person.name);
            if !agree(&shown, &said) {
                let (screen, api) = (&screen.body, &api.body);
                wrong.insert(format!(
                    "{what}: {shown:?} on the screen, {said:?} by the API ({screen:.200} | {api:.200})"
                ));
            } else if shown.0 == "ok"
                && let Some((screen, api)) = told(case.call, &screen.json(), &api.json())
                && screen != api
            {
                wrong.insert(format!("{what}: {screen} is shown, and {api} told"));
            }
        }
        let (facts, other) = (here.facts().await, there.facts().await);
        for fact in facts.iter().filter(|fact| !other.contains(fact)) {
            wrong.insert(format!("after round {round} only the screens' world has {fact}"));
        }
        for fact in other.iter().filter(|fact| !facts.contains(fact)) {
            wrong.insert(format!("after round {round} only the API's world has {fact}"));
        }
        here.remove(&mut server).await;
        there.remove(&mut server).await;
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
    assert_eq!(tried.len(), 40, "each use case was drawn: {tried:?}");
    for word in [
        "ok",
        "denied",
        "not_found",
        "invalid",
        "conflict",
        "signed_out",
        "nothing_to_do",
    ] {
        assert!(verdicts.contains_key(word), "nobody was answered {word}: {verdicts:?}");
    }
}
