//! Every use case that has both a server function and an operation of the API, with what is sent to each.

#[path = "use_cases/work.rs"]
mod work;

use crate::fixtures::{Fixtures, SERVICE, SPARE, VERSION};
use axum::http::Method;
use domain::access::Role;
use serde_json::{Value, json};
use uuid::Uuid;
use work::{incidents, releases, runs};

/// On what something is done: with its names for the API, and its ids for the screens.
#[derive(Debug, Clone)]
pub struct Object {
    pub service: &'static str,
    pub version: &'static str,
    pub release: Uuid,
    /// Environments by name; one that is not there has an id that nothing has.
    pub environments: [(&'static str, Uuid); 3],
    pub item: Uuid,
    pub request: Uuid,
    pub digest: String,
    pub deployment: Uuid,
    pub number: i64,
    pub incident: i64,
    pub action: Uuid,
}

impl Object {
    /// What does not exist.
    pub fn missing() -> Object {
        Object {
            service: "none",
            version: "7.7.7",
            release: Uuid::nil(),
            environments: ["development", "staging", "production"].map(|name| (name, Uuid::nil())),
            item: Uuid::nil(),
            request: Uuid::nil(),
            digest: "00".repeat(32),
            deployment: Uuid::nil(),
            number: 999_999,
            incident: 999_999,
            action: Uuid::nil(),
        }
    }

    /// What the fixtures made.
    pub fn own(all: &Fixtures) -> Object {
        Object {
            service: SERVICE,
            version: VERSION,
            release: all.release.0,
            environments: [
                ("development", all.development.0),
                ("staging", all.held.0),
                ("production", all.production.0),
            ],
            item: all.item.0,
            request: all.request.0,
            digest: all.digest.clone(),
            deployment: all.deployment.0,
            number: all.number,
            incident: all.incident,
            action: all.action.0,
        }
    }
}

/// What is entered.
#[derive(Debug, Clone)]
pub struct Given {
    pub text: String,
    pub flag: bool,
    pub role: Role,
    pub seen: i32,
    pub act: &'static str,
    pub trigger: &'static str,
    pub state: &'static str,
    pub mark: &'static str,
    pub decision: &'static str,
    pub version: &'static str,
    pub environment: usize,
    /// The plan that is there, or none.
    pub digest: bool,
    /// The one that is meant, or one that nothing has.
    pub known: bool,
}

/// One thing to do, both ways.
#[derive(Debug, Clone)]
pub struct UseCase {
    /// The server function, without its prefix.
    pub call: &'static str,
    pub fields: Vec<(String, String)>,
    /// The operation as it is described, such as `get /services`.
    pub operation: &'static str,
    pub path: String,
    pub body: Option<Value>,
    /// The row version that the person saw.
    pub seen: Option<i32>,
    /// The API takes "it is so already" for done.
    pub settles: bool,
}

impl UseCase {
    pub fn method(&self) -> Method {
        let word = self.operation.split(' ').next().expect("a method");
        word.to_uppercase().parse().expect("a method")
    }
}

/// Operations that have a server function.
pub const OPERATIONS: &[&str] = &[
    "get /tokens",
    "get /people",
    "get /search",
    "get /services",
    "get /services/{service}",
    "get /releases",
    "get /services/{service}/releases/{version}",
    "get /services/{service}/releases/{version}/history",
    "get /deployments",
    "get /deployments/{number}",
    "get /deployments/{number}/log",
    "get /deployments/{number}/samples",
    "get /incidents",
    "get /incidents/{number}",
    "delete /tokens/{id}",
    "post /invitations",
    "delete /invitations/{id}",
    "patch /people/{id}",
    "post /services",
    "patch /services/{service}",
    "delete /services/{service}",
    "post /service-files",
    "put /services/{service}/environments/{environment}/settings",
    "post /services/{service}/environments/{environment}/policy/effect",
    "put /services/{service}/environments/{environment}/policy",
    "put /services/{service}/environments/{environment}/lock",
    "delete /services/{service}/environments/{environment}/lock",
    "post /services/{service}/releases",
    "patch /services/{service}/releases/{version}",
    "patch /services/{service}/releases/{version}/checklist/{item}",
    "post /services/{service}/releases/{version}/approval-requests",
    "post /services/{service}/releases/{version}/decisions",
    "post /services/{service}/releases/{version}/deployments",
    "post /deployments/{number}/commands",
    "post /incidents",
    "patch /incidents/{number}",
    "post /incidents/{number}/updates",
    "post /incidents/{number}/actions",
    "patch /incidents/{number}/actions/{action}",
];

/// A service and its release, as both sides are sent them.
fn planned(given: &Given) -> (Vec<(&'static str, String)>, Value) {
    let digest = format!("sha256:{}", "cd".repeat(32));
    let fields = vec![
        ("form[version]", given.version.to_owned()),
        ("form[title]", given.text.clone()),
        ("form[reference]", "storefront:9.9.9".to_owned()),
        ("form[digest]", digest.clone()),
        ("form[changes][0][kind]", "fix".to_owned()),
        ("form[changes][0][text]", "Nine is nine".to_owned()),
        ("form[row_version]", given.seen.to_string()),
    ];
    let body = json!({
        "version": given.version, "title": given.text, "changes": [{"kind": "fix", "text": "Nine is nine"}],
        "artifact": {"reference": "storefront:9.9.9", "digest": digest}, "rollback_plan": "",
    });
    (fields, body)
}

fn environments() -> [(&'static str, &'static str); 2] {
    [("staging", "staging"), ("production", "production")]
}

/// All of them, in the same order whatever is given.
pub fn use_cases(on: &Object, all: &Fixtures, given: &Given) -> Vec<UseCase> {
    let mut cases = reads(on, given);
    cases.extend(people(all, given));
    cases.extend(services(on, all, given));
    cases.extend(environment(on, given));
    cases.extend(releases(on, given));
    cases.extend(runs(on, given));
    cases.extend(incidents(on, given));
    cases
}

type Fields = Vec<(&'static str, String)>;

fn case(call: &'static str, fields: Fields, operation: &'static str, path: String, body: Option<Value>) -> UseCase {
    UseCase {
        call,
        fields: fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        operation,
        path: format!("/api/v1{path}"),
        body,
        seen: None,
        settles: false,
    }
}

fn seen(case: UseCase, seen: i32) -> UseCase {
    UseCase {
        seen: Some(seen),
        ..case
    }
}

fn settles(case: UseCase) -> UseCase {
    UseCase { settles: true, ..case }
}

fn reads(on: &Object, given: &Given) -> Vec<UseCase> {
    let read = |call, fields, operation, path| case(call, fields, operation, path, None);
    let service = || on.service.to_owned();
    let version = || on.version.to_owned();
    let number = || ("number", on.number.to_string());
    let after = || vec![("deployment", on.deployment.to_string()), ("after", "0".to_owned())];
    let text = if given.flag { "storefront" } else { "" };
    vec![
        read("access/tokens", vec![], "get /tokens", "/tokens".into()),
        read("access/people", vec![], "get /people", "/people".into()),
        read(
            "home/search",
            vec![("text", text.to_owned())],
            "get /search",
            format!("/search?text={text}"),
        ),
        read("service/list", vec![], "get /services", "/services".into()),
        read(
            "service/page",
            vec![("name", service())],
            "get /services/{service}",
            format!("/services/{}", on.service),
        ),
        read(
            "release/list",
            vec![("service", service())],
            "get /releases",
            format!("/releases?service={}", on.service),
        ),
        read(
            "release/page",
            vec![("service", service()), ("version", version())],
            "get /services/{service}/releases/{version}",
            format!("/services/{}/releases/{}", on.service, on.version),
        ),
        read(
            "release/history",
            vec![("service", service()), ("version", version())],
            "get /services/{service}/releases/{version}/history",
            format!("/services/{}/releases/{}/history", on.service, on.version),
        ),
        read(
            "deployment/list",
            vec![("service", service())],
            "get /deployments",
            format!("/deployments?service={}", on.service),
        ),
        read(
            "deployment/page",
            vec![number()],
            "get /deployments/{number}",
            format!("/deployments/{}", on.number),
        ),
        read(
            "deployment/log",
            after(),
            "get /deployments/{number}/log",
            format!("/deployments/{}/log", on.number),
        ),
        read(
            "deployment/points",
            after(),
            "get /deployments/{number}/samples",
            format!("/deployments/{}/samples", on.number),
        ),
        read(
            "incident/list",
            vec![("open_only", given.flag.to_string())],
            "get /incidents",
            format!("/incidents?open={}", given.flag),
        ),
        read(
            "incident/page",
            vec![("number", on.incident.to_string())],
            "get /incidents/{number}",
            format!("/incidents/{}", on.incident),
        ),
    ]
}

fn people(all: &Fixtures, given: &Given) -> Vec<UseCase> {
    let or_none = |id: String| if given.known { id } else { Uuid::nil().to_string() };
    let person = or_none(all.bystander.to_string());
    let (token, invitation) = (
        or_none(all.access_token.to_string()),
        or_none(all.invitation.to_string()),
    );
    let role = given.role.key();
    let email = if given.known {
        format!("new-{role}@example.com")
    } else {
        given.text.clone()
    };
    vec![
        case(
            "access/revoke-token",
            vec![("id", token.clone())],
            "delete /tokens/{id}",
            format!("/tokens/{token}"),
            None,
        ),
        case(
            "access/invite",
            vec![("email", email.clone()), ("role", role.to_owned())],
            "post /invitations",
            "/invitations".into(),
            Some(json!({"email": email, "role": role})),
        ),
        case(
            "access/revoke",
            vec![("id", invitation.clone())],
            "delete /invitations/{id}",
            format!("/invitations/{invitation}"),
            None,
        ),
        settles(case(
            "access/role",
            vec![("id", person.clone()), ("role", role.to_owned())],
            "patch /people/{id}",
            format!("/people/{person}"),
            Some(json!({"role": role})),
        )),
        settles(case(
            "access/active",
            vec![("id", person.clone()), ("active", given.flag.to_string())],
            "patch /people/{id}",
            format!("/people/{person}"),
            Some(json!({"active": given.flag})),
        )),
    ]
}

fn services(on: &Object, all: &Fixtures, given: &Given) -> Vec<UseCase> {
    let owner = all.actor(Role::Engineer).id.to_string();
    let entered = |name: &str| {
        let mut fields = vec![
            ("form[name]", name.to_owned()),
            ("form[description]", given.text.clone()),
            ("form[owners][0]", owner.clone()),
            ("form[row_version]", given.seen.to_string()),
        ];
        for (i, (name, tier)) in environments().into_iter().enumerate() {
            let [named, of] = [
                ["form[environments][0][name]", "form[environments][0][tier]"],
                ["form[environments][1][name]", "form[environments][1][tier]"],
            ][i];
            fields.extend([(named, name.to_owned()), (of, tier.to_owned())]);
        }
        let tiers = environments().map(|(name, tier)| json!({"name": name, "tier": tier}));
        let body = json!({
            "name": name, "description": given.text, "owners": [owner], "stakeholders": [], "repository": "",
            "customer_facing": false, "environments": tiers,
        });
        (fields, body)
    };
    let new = ["another", SERVICE, "Not a name", ""][usize::try_from(given.seen.rem_euclid(4)).unwrap_or_default()];
    let (create, created) = entered(new);
    let path = format!("/services/{}", on.service);
    let email = if given.known {
        "ada@example.com"
    } else {
        "nobody@example.com"
    };
    let file = format!(
        "name = {new:?}\nowners = [{email:?}]\n[[environments]]\nname = \"production\"\ntier = \"production\"\n"
    );
    let file_body =
        json!({"name": new, "owners": [email], "environments": [{"name": "production", "tier": "production"}]});
    let change = vec![
        ("name", on.service.to_owned()),
        ("form[name]", on.service.to_owned()),
        ("form[description]", given.text.clone()),
        ("form[row_version]", given.seen.to_string()),
    ];
    vec![
        case(
            "service/create",
            create,
            "post /services",
            "/services".into(),
            Some(created),
        ),
        // Without an owner, which is refused: with its environments the form of the screen would have to name their ids.
        seen(
            case(
                "service/update",
                change,
                "patch /services/{service}",
                path.clone(),
                Some(json!({"description": given.text, "owners": [], "environments": []})),
            ),
            given.seen,
        ),
        case(
            "service/remove",
            vec![("name", on.service.to_owned()), ("confirmation", on.service.to_owned())],
            "delete /services/{service}",
            path,
            None,
        ),
        case(
            "service/import",
            vec![("file", file)],
            "post /service-files",
            "/service-files".into(),
            Some(file_body),
        ),
    ]
}

fn environment(on: &Object, given: &Given) -> Vec<UseCase> {
    let (name, id) = on.environments[given.environment];
    let path = format!("/services/{}/environments/{name}", on.service);
    let by_id = || ("environment", id.to_string());
    let approvals = given.seen.rem_euclid(12);
    let rules = |field: (&'static str, String)| {
        vec![
            field,
            ("version_seen", given.seen.to_string()),
            ("form[approvals]", approvals.to_string()),
            ("form[roles][0]", given.role.key().to_owned()),
        ]
    };
    let policy = json!({
        "approvals": approvals, "approver_roles": [given.role.key()], "checklist": false, "promotion": false,
        "rollback_plan": false, "window": false,
    });
    let check_s = if given.flag { 0 } else { 600_000 };
    let settings = vec![
        by_id(),
        ("row_version", given.seen.to_string()),
        ("form[target]", "none".to_owned()),
        ("form[strategy]", "all_at_once".to_owned()),
        ("form[source]", "none".to_owned()),
        ("form[timeout_s]", "60".to_owned()),
        ("form[interval_s]", "5".to_owned()),
        ("form[check_s]", check_s.to_string()),
    ];
    let set = json!({
        "target": {"kind": "none"}, "strategy": {"kind": "all_at_once"}, "source": {"kind": "none"}, "analysis": {},
        "check_s": check_s, "bake_s": 0,
    });
    vec![
        seen(
            case(
                "service/settings",
                settings,
                "put /services/{service}/environments/{environment}/settings",
                format!("{path}/settings"),
                Some(set),
            ),
            given.seen,
        ),
        case(
            "service/policy-effect",
            rules(by_id()),
            "post /services/{service}/environments/{environment}/policy/effect",
            format!("{path}/policy/effect"),
            Some(policy.clone()),
        ),
        seen(
            case(
                "service/policy",
                rules(by_id()),
                "put /services/{service}/environments/{environment}/policy",
                format!("{path}/policy"),
                Some(policy),
            ),
            given.seen,
        ),
        case(
            "service/lock",
            vec![by_id(), ("text", given.text.clone())],
            "put /services/{service}/environments/{environment}/lock",
            format!("{path}/lock"),
            Some(json!({"text": given.text})),
        ),
        case(
            "service/unlock",
            vec![by_id()],
            "delete /services/{service}/environments/{environment}/lock",
            format!("{path}/lock"),
            None,
        ),
    ]
}

/// The spare service, as the foreign object of who has a right on the other one alone.
pub const FOREIGN: &str = SPARE;
