//! What each server function needs, and fields with which it comes to the question whether it is allowed.

use crate::fixtures::{Fixtures, PROVIDER, SERVICE, SPARE, VERSION};
use domain::access::{Action, Scope};
use domain::id::EnvironmentId;

/// What must be granted.
pub enum Needs {
    /// Somebody.
    SignedIn,
    /// All of these, asked in this order.
    All(&'static [Action]),
}

/// On what it is done.
pub enum On {
    Instance,
    Service,
    Environment(fn(&Fixtures) -> EnvironmentId),
    /// Wherever the actions are granted.
    Somewhere,
}

const DEVELOPMENT: On = On::Environment(|all| all.development);
const PRODUCTION: On = On::Environment(|all| all.production);
/// The one that the administrator holds.
const HELD: On = On::Environment(|all| all.held);

pub struct Function {
    /// Without the prefix.
    pub path: &'static str,
    pub needs: Needs,
    pub on: On,
    /// Reads: then it succeeds for whoever is let in.
    pub reads: bool,
    pub fields: fn(&Fixtures) -> Vec<(&'static str, String)>,
}

const fn read(path: &'static str, fields: fn(&Fixtures) -> Vec<(&'static str, String)>) -> Function {
    Function {
        path,
        needs: Needs::All(&[Action::Read]),
        on: On::Instance,
        reads: true,
        fields,
    }
}

const fn write(
    path: &'static str,
    needs: &'static [Action],
    on: On,
    fields: fn(&Fixtures) -> Vec<(&'static str, String)>,
) -> Function {
    Function {
        path,
        needs: Needs::All(needs),
        on,
        reads: false,
        fields,
    }
}

const fn manage(path: &'static str, reads: bool, fields: fn(&Fixtures) -> Vec<(&'static str, String)>) -> Function {
    Function {
        path,
        needs: Needs::All(&[Action::ManageInstance]),
        on: On::Instance,
        reads,
        fields,
    }
}

const fn own(path: &'static str, fields: fn(&Fixtures) -> Vec<(&'static str, String)>) -> Function {
    Function {
        path,
        needs: Needs::SignedIn,
        on: On::Instance,
        reads: false,
        fields,
    }
}

fn of(text: &str) -> String {
    text.to_owned()
}

fn none(_: &Fixtures) -> Vec<(&'static str, String)> {
    Vec::new()
}

/// For people, teams, accounts.
const MANAGE: &[Action] = &[Action::ManagePeople];

/// Every function of the registry.
pub const FUNCTIONS: &[Function] = &[
    own("access/invitation", |_| vec![("token", of("none"))]),
    own("access/reset", |_| vec![("token", of("none"))]),
    own("access/mail", none),
    own("notice/page", none),
    own("notice/unread", none),
    own("notice/mark-read", |all| vec![("id", all.nothing.to_string())]),
    own("notice/mark-all-read", |all| vec![("newest", all.nothing.to_string())]),
    own("notice/choices", none),
    own("notice/save-choices", |_| vec![("ways[decided]", of("bell"))]),
    manage("job/queue", true, none),
    manage("job/retry", false, |_| vec![("id", of("0"))]),
    manage("job/remove", false, |_| vec![("id", of("0"))]),
    manage("webhook/list", true, none),
    manage("webhook/page", true, |all| vec![("id", all.webhook.to_string())]),
    manage("webhook/add", false, |_| webhook()),
    manage("webhook/change", false, |all| {
        let mut fields = webhook();
        fields.push(("id", all.webhook.to_string()));
        fields
    }),
    manage("webhook/renew", false, |all| vec![("id", all.webhook.to_string())]),
    manage("webhook/test", false, |all| vec![("id", all.webhook.to_string())]),
    manage("webhook/resend", false, |all| vec![("id", all.nothing.to_string())]),
    manage("webhook/stop", false, |all| vec![("id", all.webhook.to_string())]),
    manage("webhook/start", false, |all| vec![("id", all.webhook.to_string())]),
    manage("webhook/remove", false, |all| vec![("id", all.nothing.to_string())]),
    own("access/zones", none),
    own("access/profile", |_| {
        vec![("name", of("Somebody")), ("zone", of("UTC")), ("theme", of("dark"))]
    }),
    own("access/password", |_| {
        vec![
            ("old_password", of("not this")),
            ("new_password", of("a new long password")),
        ]
    }),
    own("access/ways", none),
    own("access/second-factor", none),
    own("access/second-factor-begin", |_| vec![("password", of("not this"))]),
    own("access/second-factor-confirm", |_| vec![("code", of("000000"))]),
    own("access/second-factor-codes", |_| {
        vec![("password_or_code", of("not this"))]
    }),
    own("access/second-factor-off", |_| {
        vec![("password_or_code", of("not this"))]
    }),
    write(
        "access/second-factor-remove",
        &[Action::ManagePeople],
        On::Instance,
        |all| vec![("person", all.bystander.to_string())],
    ),
    own("access/ways-to-prove", none),
    own("access/own-ways", none),
    own("access/unlink", |all| vec![("id", all.bystander.to_string())]),
    own("access/sessions", none),
    own("access/end-session", |_| vec![("number", of("0"))]),
    own("access/end-others", none),
    write("access/end-sessions-of", &[Action::ManagePeople], On::Instance, |all| {
        vec![("person", all.bystander.to_string())]
    }),
    write("access/providers", &[Action::ManageInstance], On::Instance, none),
    write("access/provider-test", &[Action::ManageInstance], On::Instance, |_| {
        vec![("slug", of(PROVIDER))]
    }),
    write("access/provider-save", &[Action::ManageInstance], On::Instance, |_| {
        vec![("form[slug]", of(PROVIDER)), ("form[row_version]", of("-1"))]
    }),
    write(
        "access/passwords-switch",
        &[Action::ManageInstance],
        On::Instance,
        // As it is already.
        |_| vec![("on", of("true"))],
    ),
    write(
        "access/provider-switch",
        &[Action::ManageInstance],
        On::Instance,
        |_| vec![("slug", of(PROVIDER)), ("enabled", of("true"))],
    ),
    write(
        "access/provider-remove",
        &[Action::ManageInstance],
        On::Instance,
        |_| vec![("slug", of(PROVIDER)), ("confirmation", of("something else"))],
    ),
    read("access/people", none),
    write("access/invite", &[Action::ManagePeople], On::Instance, |_| {
        vec![("email", of("new@example.com")), ("role", of("viewer"))]
    }),
    write("access/revoke", &[Action::ManagePeople], On::Instance, |all| {
        vec![("id", all.invitation.to_string())]
    }),
    write("access/role", &[Action::ManagePeople], On::Instance, |all| {
        vec![("id", all.bystander.to_string()), ("role", of("support"))]
    }),
    write("access/active", &[Action::ManagePeople], On::Instance, |all| {
        vec![("id", all.bystander.to_string()), ("active", of("false"))]
    }),
    Function {
        path: "audit/page",
        needs: Needs::All(&[Action::ManageInstance]),
        on: On::Instance,
        reads: true,
        fields: |_| vec![("form[text]", of("joined"))],
    },
    Function {
        path: "health/page",
        needs: Needs::All(&[Action::ManageInstance]),
        on: On::Instance,
        reads: true,
        fields: none,
    },
    Function {
        path: "secret/page",
        needs: Needs::All(&[Action::ManageInstance]),
        on: On::Instance,
        reads: true,
        fields: none,
    },
    write("secret/set", &[Action::ManageInstance], On::Instance, |_| {
        vec![
            ("name", of("sweep")),
            ("service", of("")),
            ("secret_value", of("nothing much")),
        ]
    }),
    write("secret/remove", &[Action::ManageInstance], On::Instance, |all| {
        vec![("id", all.bystander.to_string())]
    }),
    write("access/holdings", MANAGE, On::Instance, |all| {
        vec![("id", all.bystander.to_string())]
    }),
    write("access/leave", MANAGE, On::Instance, |all| {
        vec![
            ("id", all.bystander.to_string()),
            ("handover[0][service]", all.service.id.to_string()),
            ("handover[0][to]", of("")),
        ]
    }),
    write("access/explain", MANAGE, On::Instance, |all| {
        vec![("person", all.bystander.to_string())]
    }),
    read("team/list", none),
    read("team/page", |all| vec![("id", all.team.to_string())]),
    write("team/create", MANAGE, On::Instance, |_| {
        vec![("name", of("Payments")), ("description", of("They keep the till"))]
    }),
    write("team/change", MANAGE, On::Instance, |all| {
        vec![
            ("id", all.team.to_string()),
            ("row_version", of("-1")),
            ("name", of("Payments")),
            ("description", of("")),
        ]
    }),
    write("team/add-member", MANAGE, On::Instance, |all| {
        vec![("id", all.team.to_string()), ("person", all.bystander.to_string())]
    }),
    write("team/remove-member", MANAGE, On::Instance, |all| {
        vec![("id", all.team.to_string()), ("person", all.bystander.to_string())]
    }),
    write("team/give-role", MANAGE, On::Instance, |all| {
        vec![
            ("id", all.team.to_string()),
            ("role", of("support")),
            ("on", Scope::Service(all.service.id).key()),
        ]
    }),
    write("team/take-role", MANAGE, On::Instance, |all| {
        vec![
            ("id", all.team.to_string()),
            ("role", of("support")),
            ("on", Scope::Service(all.service.id).key()),
        ]
    }),
    write("team/remove", MANAGE, On::Instance, |all| {
        vec![("id", all.team.to_string())]
    }),
    read("account/list", none),
    write("account/create", MANAGE, On::Instance, |_| {
        vec![
            ("name", of("another-bot")),
            ("description", of("Registers releases")),
            ("role", of("viewer")),
        ]
    }),
    read("stop/standing", none),
    // Whoever may stop the line releases what they stopped.
    write("stop/stop", &[Action::Deploy], On::Somewhere, |_| {
        vec![("reason", of("Something is wrong"))]
    }),
    write("stop/release", &[Action::Deploy], On::Somewhere, none),
    read("freeze/calendar", |_| {
        vec![("from", of("2026-01-01T00:00:00Z")), ("to", of("2026-02-01T00:00:00Z"))]
    }),
    read("freeze/feed", none),
    own("freeze/feed-make", none),
    own("freeze/feed-end", none),
    read("freeze/one", |all| vec![("id", all.time.to_string())]),
    write("freeze/preview", &[Action::Freeze], PRODUCTION, freeze),
    write("freeze/set", &[Action::Freeze], PRODUCTION, freeze),
    write("freeze/change", &[Action::Freeze], On::Instance, |all| {
        let mut fields = freeze(all);
        fields.extend([("id", all.time.to_string()), ("form[row_version]", of("-1"))]);
        fields
    }),
    write("freeze/end", &[Action::Freeze], On::Instance, |all| {
        vec![("id", all.ended_time.to_string())]
    }),
    write("freeze/override", &[Action::Override], PRODUCTION, |all| {
        vec![
            ("release", all.release.to_string()),
            ("environment", all.production.to_string()),
            ("why", of("It can't wait until then")),
        ]
    }),
    write("account/make-token", MANAGE, On::Instance, |all| {
        vec![
            ("account", all.account.to_string()),
            ("name", of("Pipeline")),
            ("scopes[0]", of("read")),
            ("days", of("30")),
        ]
    }),
    write("account/remove", MANAGE, On::Instance, |all| {
        vec![("id", all.account.to_string())]
    }),
    own("access/tokens", none),
    own("access/make-token", |_| {
        vec![("name", of("Sweep")), ("scopes[0]", of("read")), ("days", of("30"))]
    }),
    write("access/all-tokens", &[Action::ManagePeople], On::Instance, none),
    // Somebody else's.
    write("access/revoke-token", &[Action::ManagePeople], On::Instance, |all| {
        vec![("id", all.access_token.to_string())]
    }),
    read("home/page", none),
    read("home/search", |_| vec![("text", of("storefront"))]),
    read("service/list", none),
    read("service/page", |_| vec![("name", of(SERVICE))]),
    read("service/form", |_| vec![("name", of(SERVICE))]),
    write("service/create", &[Action::ManageService], On::Instance, |_| {
        vec![("form[name]", of("another")), ("form[row_version]", of("0"))]
    }),
    write("service/update", &[Action::ManageService], On::Service, |_| {
        vec![
            ("name", of(SERVICE)),
            ("form[name]", of(SERVICE)),
            ("form[row_version]", of("-1")),
        ]
    }),
    Function {
        path: "service/source",
        needs: Needs::All(&[Action::ManageService]),
        on: On::Service,
        reads: true,
        fields: |_| vec![("name", of(SERVICE))],
    },
    write("service/source-connect", &[Action::ManageService], On::Service, |_| {
        vec![("name", of(SERVICE))]
    }),
    write("service/source-ask", &[Action::ManageTarget], On::Service, |_| {
        vec![("name", of(SERVICE)), ("kept_in", of("NOTHING"))]
    }),
    write(
        "service/source-reconcile",
        &[Action::ManageService],
        On::Service,
        |_| vec![("name", of(SERVICE))],
    ),
    write(
        "service/source-disconnect",
        &[Action::ManageService],
        On::Service,
        |_| vec![("name", of(SPARE))],
    ),
    write("service/remove", &[Action::ManageService], On::Service, |_| {
        vec![("name", of(SPARE)), ("confirmation", of(SPARE))]
    }),
    write(
        "service/import",
        &[Action::ManageService, Action::ManageTarget, Action::ManagePolicy],
        On::Instance,
        |_| vec![("file", of(FILE))],
    ),
    write("service/settings", &[Action::ManageTarget], DEVELOPMENT, |all| {
        let mut fields = settings();
        fields.extend([("environment", all.development.to_string()), ("row_version", of("-1"))]);
        fields
    }),
    write("service/test", &[Action::ManageTarget], DEVELOPMENT, |all| {
        let mut fields = settings();
        fields.push(("environment", all.development.to_string()));
        fields
    }),
    write("service/policy-effect", &[Action::ManagePolicy], DEVELOPMENT, |all| {
        vec![
            ("environment", all.development.to_string()),
            ("form[approvals]", of("0")),
            ("form[roles][0]", of("approver")),
        ]
    }),
    write("service/policy", &[Action::ManagePolicy], DEVELOPMENT, |all| {
        vec![
            ("environment", all.development.to_string()),
            ("version_seen", of("-1")),
            ("form[approvals]", of("0")),
            ("form[roles][0]", of("approver")),
        ]
    }),
    write("service/lock", &[Action::Deploy], DEVELOPMENT, |all| {
        vec![
            ("environment", all.development.to_string()),
            ("text", of("The sweep holds it")),
        ]
    }),
    // Held by the administrator, so that it is somebody else's lock for everybody before.
    write("service/unlock", &[Action::LiftLock], HELD, |all| {
        vec![("environment", all.held.to_string())]
    }),
    read("release/list", |_| vec![("text", of(""))]),
    read("release/services", none),
    read("release/services-where", |_| vec![("action", of("plan_release"))]),
    read("release/page", |_| {
        vec![("service", of(SERVICE)), ("version", of(VERSION))]
    }),
    read("release/history", |_| {
        vec![("service", of(SERVICE)), ("version", of(VERSION))]
    }),
    write("release/create", &[Action::PlanRelease], On::Service, |_| {
        let mut fields = plan();
        fields.push(("service", of(SERVICE)));
        fields
    }),
    write("release/update", &[Action::PlanRelease], On::Service, |_| {
        let mut fields = plan();
        fields.extend([
            ("service", of(SERVICE)),
            ("version", of(VERSION)),
            ("form[row_version]", of("-1")),
        ]);
        fields
    }),
    write("release/item", &[Action::TickItem], On::Service, |all| {
        vec![
            ("item", all.item.to_string()),
            ("row_version", of("-1")),
            ("act", of("tick")),
            ("text", of("https://ci.example.com/1")),
        ]
    }),
    write("gate/request", &[Action::RequestApproval], DEVELOPMENT, |all| {
        vec![
            ("release", all.release.to_string()),
            ("environment", all.development.to_string()),
        ]
    }),
    write("gate/decide", &[Action::Approve], PRODUCTION, |all| {
        vec![
            ("request", all.request.to_string()),
            ("seen", all.digest.clone()),
            ("decision", of("approve")),
            ("comment", of("")),
        ]
    }),
    read("deployment/list", none),
    read("deployment/page", |all| vec![("number", all.number.to_string())]),
    read("deployment/log", |all| {
        vec![("deployment", all.deployment.to_string()), ("after", of("0"))]
    }),
    read("deployment/points", |all| {
        vec![("deployment", all.deployment.to_string()), ("after", of("0"))]
    }),
    write("deployment/request", &[Action::Deploy], DEVELOPMENT, |all| {
        vec![
            ("release", all.release.to_string()),
            ("environment", all.development.to_string()),
        ]
    }),
    write("deployment/steer", &[Action::Steer], DEVELOPMENT, |all| {
        vec![
            ("deployment", all.deployment.to_string()),
            ("number", all.number.to_string()),
            ("act", of("cancel")),
        ]
    }),
    read("incident/list", none),
    read("incident/page", |all| vec![("number", all.incident.to_string())]),
    write("incident/open", &[Action::EditIncident], On::Service, |_| {
        let mut fields = incident();
        fields.push(("service", of(SERVICE)));
        fields
    }),
    write("incident/update", &[Action::EditIncident], On::Service, |all| {
        let mut fields = incident();
        fields.extend([("number", all.incident.to_string()), ("form[row_version]", of("-1"))]);
        fields
    }),
    write("incident/publish", &[Action::PublishStatus], On::Service, |all| {
        vec![
            ("number", all.incident.to_string()),
            ("state", of("identified")),
            ("body", of("We know why.")),
        ]
    }),
    write("incident/add-action", &[Action::EditIncident], On::Service, |all| {
        vec![
            ("number", all.incident.to_string()),
            ("text", of("Look again tomorrow")),
            ("ticket", of("")),
        ]
    }),
    write("incident/tick-action", &[Action::EditIncident], On::Service, |all| {
        vec![("action", all.action.to_string()), ("done", of("true"))]
    }),
];

const FILE: &str = "name = \"imported\"\nowners = [\"ada@example.com\"]\n[[environments]]\nname = \"production\"\ntier = \"production\"\n";

fn webhook() -> Vec<(&'static str, String)> {
    vec![
        ("form[name]", of("Another")),
        ("form[form]", of("standard")),
        ("form[url]", of("https://example.com/another")),
        ("form[kinds][]", of("incident.opened")),
        ("form[row_version]", of("-1")),
    ]
}

fn settings() -> Vec<(&'static str, String)> {
    vec![
        ("form[target]", of("none")),
        ("form[strategy]", of("all_at_once")),
        ("form[source]", of("none")),
        ("form[timeout_s]", of("60")),
        ("form[interval_s]", of("5")),
    ]
}

fn plan() -> Vec<(&'static str, String)> {
    vec![
        ("form[version]", of("9.9.9")),
        ("form[title]", of("Nine")),
        ("form[reference]", of("storefront:9.9.9")),
        ("form[digest]", format!("sha256:{}", "cd".repeat(32))),
        ("form[changes][0][kind]", of("fix")),
        ("form[changes][0][text]", of("Nine is nine")),
    ]
}

fn incident() -> Vec<(&'static str, String)> {
    vec![
        ("form[title]", of("Orders fail again")),
        ("form[severity]", of("low")),
        ("form[started_at]", of("2026-01-15T10:00")),
    ]
}

/// A freeze of production, far ahead.
fn freeze(all: &Fixtures) -> Vec<(&'static str, String)> {
    vec![
        ("form[kind]", of("freeze")),
        ("form[name]", of("Year end")),
        ("form[reason]", of("Nobody is there")),
        (
            "form[place]",
            format!("environment:{}:{}", all.service.id, all.production),
        ),
        ("form[zone]", of("UTC")),
        ("form[from]", of("2099-12-20T18:00")),
        ("form[to]", of("2099-12-30T06:00")),
        ("form[repeat]", of("no")),
        ("form[on_run]", of("hold")),
    ]
}
