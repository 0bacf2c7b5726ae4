//! Every route of the API: what it needs, and a body with which it comes to the question whether it is allowed.

use crate::fixtures::{Fixtures, PROVIDER, SERVICE, SPARE, VERSION};
use domain::access::Action;
use serde_json::{Value, json};

/// A route as the sweep tries it.
pub struct Route {
    pub method: &'static str,
    /// As it is described, without the base.
    pub path: &'static str,
    /// Actions in the order in which they are asked.
    pub needs: &'static [Action],
    /// On the service; otherwise on the instance.
    pub on_service: bool,
    /// With an `If-Match` that nobody read.
    pub conditional: bool,
    pub body: fn(&Fixtures) -> Option<Value>,
}

const fn read(path: &'static str) -> Route {
    Route {
        method: "get",
        path,
        needs: &[Action::Read],
        on_service: false,
        conditional: false,
        body: |_| None,
    }
}

const fn write(
    method: &'static str,
    path: &'static str,
    needs: &'static [Action],
    body: fn(&Fixtures) -> Option<Value>,
) -> Route {
    Route {
        method,
        path,
        needs,
        on_service: true,
        conditional: false,
        body,
    }
}

const fn instance(route: Route) -> Route {
    Route {
        on_service: false,
        ..route
    }
}

const fn conditional(route: Route) -> Route {
    Route {
        conditional: true,
        ..route
    }
}

/// Read, and not open to everybody.
const fn managed(path: &'static str, needs: &'static [Action]) -> Route {
    Route { needs, ..read(path) }
}

/// Of no service that is there.
fn webhook() -> Value {
    json!({"name": "Another", "form": "standard", "url": "https://example.com/another", "kinds": ["incident.opened"], "services": []})
}

/// Of no kind.
fn provider() -> Value {
    json!({"slug": "another", "kind": "none", "name": "Another", "issuer": "http://127.0.0.1:1", "client_id": "x", "join_role": "viewer"})
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn artifact() -> Value {
    json!({"reference": "storefront:9.9.9", "digest": format!("sha256:{}", "cd".repeat(32))})
}

fn policy() -> Value {
    json!({"approvals": 0, "approver_roles": ["approver"], "checklist": false, "promotion": false, "rollback_plan": false, "window": false})
}

/// A freeze of everything, far ahead.
fn freeze() -> Value {
    json!({
        "kind": "freeze", "name": "Year end", "reason": "Nobody is there", "place": {"on": "instance"}, "zone": "UTC",
        "from": "2099-12-20T18:00:00", "to": "2099-12-30T06:00:00"
    })
}

use Action::{
    Approve, Deploy, EditIncident, Freeze, KeepProfile, LiftLock, ManageInstance, ManagePeople, ManagePolicy,
    ManageService, ManageTarget, Override, PlanRelease, PublishStatus, Read, RequestApproval, Steer, TickItem,
};

/// Every route of the description.
pub const ROUTES: &[Route] = &[
    Route {
        needs: &[],
        ..read("/me")
    },
    instance(write("patch", "/me", &[KeepProfile], |_| {
        Some(json!({"theme": "dark"}))
    })),
    read("/me/sessions"),
    instance(write("delete", "/me/sessions/{number}", &[KeepProfile], |_| None)),
    instance(write("delete", "/me/sessions", &[KeepProfile], |_| None)),
    read("/home"),
    Route {
        needs: &[],
        ..read("/time-zones")
    },
    instance(write("post", "/sample-workspace", &[ManageInstance], |_| None)),
    instance(write("delete", "/sample-workspace", &[ManageInstance], |_| None)),
    read("/notices"),
    read("/notices/unread"),
    read("/notices/choices"),
    instance(write("put", "/notices/{id}/read", &[Read], |_| None)),
    instance(write("post", "/notices/read", &[Read], |all| {
        Some(json!({"newest": all.nothing.to_string()}))
    })),
    Route {
        needs: &[],
        ..read("/tokens")
    },
    managed("/people/tokens", &[ManagePeople]),
    managed("/tokens/{id}/access", &[ManagePeople]),
    managed("/people/{id}/access", &[ManagePeople]),
    managed("/people/{id}/holdings", &[ManagePeople]),
    instance(write("post", "/people/{id}/leave", &[ManagePeople], |_| {
        Some(json!({"handover": []}))
    })),
    instance(write("delete", "/people/{id}/sessions", &[ManagePeople], |_| None)),
    read("/teams"),
    instance(write("post", "/teams", &[ManagePeople], |_| {
        Some(json!({"name": "x", "description": "Too short a name"}))
    })),
    read("/teams/{team}"),
    instance(conditional(write("patch", "/teams/{team}", &[ManagePeople], |_| {
        Some(json!({"name": "Payments"}))
    }))),
    // No team has this id: the others go on.
    instance(write("delete", "/teams/{team}", &[ManagePeople], |_| None)),
    instance(write("put", "/teams/{team}/members/{person}", &[ManagePeople], |_| {
        None
    })),
    instance(write(
        "delete",
        "/teams/{team}/members/{person}",
        &[ManagePeople],
        |_| None,
    )),
    instance(write("post", "/teams/{team}/roles", &[Read, ManagePeople], |_| {
        Some(json!({"role": "support", "service": "none"}))
    })),
    instance(write("delete", "/teams/{team}/roles", &[Read, ManagePeople], |_| None)),
    read("/service-accounts"),
    instance(write("post", "/service-accounts", &[ManagePeople], |_| {
        Some(json!({"name": "x", "description": "Too short a name", "role": "viewer"}))
    })),
    instance(write("delete", "/service-accounts/{id}", &[ManagePeople], |_| None)),
    managed("/webhooks", &[Read, ManageInstance]),
    instance(write("post", "/webhooks", &[Read, ManageInstance], |_| Some(webhook()))),
    managed("/webhooks/{id}", &[Read, ManageInstance]),
    instance(conditional(write(
        "put",
        "/webhooks/{id}",
        &[Read, ManageInstance],
        |_| Some(webhook()),
    ))),
    instance(write("delete", "/webhooks/{id}", &[ManageInstance], |_| None)),
    instance(write("post", "/webhooks/{id}/secret", &[ManageInstance], |_| None)),
    instance(write("post", "/webhooks/{id}/commands", &[ManageInstance], |_| {
        Some(json!({"act": "test"}))
    })),
    managed("/webhooks/{id}/deliveries", &[ManageInstance]),
    instance(write(
        "post",
        "/webhook-deliveries/{id}/attempts",
        &[ManageInstance],
        |_| None,
    )),
    managed("/sign-in-providers", &[ManageInstance]),
    instance(write("post", "/sign-in-providers", &[ManageInstance], |_| {
        Some(provider())
    })),
    managed("/sign-in-providers/{slug}", &[ManageInstance]),
    instance(conditional(write(
        "put",
        "/sign-in-providers/{slug}",
        &[ManageInstance],
        |_| Some(provider()),
    ))),
    instance(write("patch", "/sign-in-providers/{slug}", &[ManageInstance], |_| {
        Some(json!({"enabled": true}))
    })),
    instance(write("delete", "/sign-in-providers/{slug}", &[ManageInstance], |_| {
        None
    })),
    instance(write(
        "post",
        "/sign-in-providers/{slug}/test",
        &[ManageInstance],
        |_| None,
    )),
    managed("/secrets", &[ManageInstance]),
    instance(write("post", "/secrets", &[ManageInstance], |_| {
        Some(json!({"name": "sweep", "value": "abc"}))
    })),
    instance(write("delete", "/secrets/{id}", &[ManageInstance], |_| None)),
    managed("/jobs", &[ManageInstance]),
    managed("/jobs/depth", &[ManageInstance]),
    instance(write("post", "/jobs/{id}/attempts", &[ManageInstance], |_| None)),
    instance(write("delete", "/jobs/{id}", &[ManageInstance], |_| None)),
    managed("/audit", &[ManageInstance]),
    managed("/audit/checkpoint", &[ManageInstance]),
    managed("/health", &[ManageInstance]),
    write("post", "/services/{service}/source", &[ManageService], |_| None),
    Route {
        needs: &[ManageService],
        on_service: true,
        ..read("/services/{service}/source")
    },
    write("delete", "/services/{service}/source", &[ManageService], |_| None),
    write("put", "/services/{service}/source/asking", &[ManageTarget], |_| {
        Some(json!({"secret": "NOTHING"}))
    }),
    write("post", "/services/{service}/source/rounds", &[ManageService], |_| None),
    instance(write("put", "/passwords", &[ManageInstance], |_| {
        Some(json!({"on": true}))
    })),
    instance(write("delete", "/people/{id}/second-factor", &[ManagePeople], |_| None)),
    write(
        "post",
        "/services/{service}/environments/{environment}/settings/test",
        &[Read, ManageTarget],
        |_| {
            Some(
                json!({"target": {"kind": "none"}, "strategy": {"kind": "all_at_once"}, "source": {"kind": "none"}, "check_s": 0, "bake_s": 0}),
            )
        },
    ),
    instance(write("delete", "/tokens/{id}", &[ManagePeople], |_| None)),
    read("/people"),
    instance(write("patch", "/people/{id}", &[ManagePeople], |_| {
        Some(json!({"role": "support"}))
    })),
    Route {
        needs: &[ManagePeople],
        ..read("/invitations")
    },
    instance(write("post", "/invitations", &[ManagePeople], |_| {
        Some(json!({"email": "new@example.com", "role": "viewer"}))
    })),
    instance(write("delete", "/invitations/{id}", &[ManagePeople], |_| None)),
    read("/search"),
    read("/services"),
    instance(write("post", "/services", &[ManageService], |_| {
        Some(json!({"name": "x", "owners": []}))
    })),
    read("/services/{service}"),
    conditional(write("patch", "/services/{service}", &[Read, ManageService], |_| {
        Some(json!({"description": "x"}))
    })),
    write("delete", "/services/{service}", &[ManageService], |_| None),
    Route {
        needs: &[ManageService],
        on_service: true,
        ..read("/services/{service}/file")
    },
    instance(write(
        "post",
        "/service-files",
        &[ManageService, ManageTarget, ManagePolicy],
        |_| Some(json!({"name": "imported", "owners": ["nobody@example.com"], "environments": []})),
    )),
    read("/services/{service}/environments/{environment}/settings"),
    conditional(write(
        "put",
        "/services/{service}/environments/{environment}/settings",
        &[Read, ManageTarget],
        |_| {
            Some(
                json!({"target": {"kind": "none"}, "strategy": {"kind": "all_at_once"}, "source": {"kind": "none"}, "check_s": 0, "bake_s": 0}),
            )
        },
    )),
    read("/services/{service}/environments/{environment}/policy"),
    conditional(write(
        "put",
        "/services/{service}/environments/{environment}/policy",
        &[Read, ManagePolicy],
        |_| Some(policy()),
    )),
    write(
        "post",
        "/services/{service}/environments/{environment}/policy/effect",
        &[Read, ManagePolicy],
        |_| Some(policy()),
    ),
    write(
        "put",
        "/services/{service}/environments/{environment}/lock",
        &[Read, Deploy],
        |_| Some(json!({"text": "The sweep holds it"})),
    ),
    // Held by the administrator, so that it is somebody else's lock for everybody before.
    write(
        "delete",
        "/services/{service}/environments/{environment}/lock",
        &[Read, LiftLock],
        |_| None,
    ),
    read("/releases"),
    write("post", "/services/{service}/releases", &[PlanRelease], |_| {
        Some(json!({"version": "9.9.9", "title": "x"}))
    }),
    read("/services/{service}/releases/{version}"),
    conditional(write(
        "patch",
        "/services/{service}/releases/{version}",
        &[Read, PlanRelease],
        |_| Some(json!({"title": "x"})),
    )),
    write("put", "/services/{service}/releases/{version}", &[PlanRelease], |_| {
        Some(json!({"artifact": artifact(), "commit": "not whole"}))
    }),
    read("/services/{service}/releases/{version}/history"),
    read("/services/{service}/releases/{version}/commits"),
    read("/services/{service}/releases/{version}/checklist"),
    write(
        "patch",
        "/services/{service}/releases/{version}/checklist/{item}",
        &[Read, TickItem],
        |_| Some(json!({"state": "done", "text": "https://ci.example.com/1", "row_version": -1})),
    ),
    read("/services/{service}/releases/{version}/gate"),
    write(
        "post",
        "/services/{service}/releases/{version}/approval-requests",
        &[Read, RequestApproval],
        |_| Some(json!({"environment": "development"})),
    ),
    write(
        "post",
        "/services/{service}/releases/{version}/decisions",
        &[Read, Approve],
        |_| Some(json!({"environment": "production", "digest": "00".repeat(32), "decision": "approve"})),
    ),
    write(
        "post",
        "/services/{service}/releases/{version}/deployments",
        &[Read, Deploy],
        |_| Some(json!({"environment": "development"})),
    ),
    read("/services/{service}/commits/{commit}/checks"),
    write(
        "put",
        "/services/{service}/commits/{commit}/checks/{check}",
        &[TickItem],
        |_| Some(json!({"state": "passed"})),
    ),
    read("/services/{service}/outside-deployments"),
    write("post", "/services/{service}/outside-deployments", &[Deploy], |_| {
        Some(
            json!({"environment": "production", "version": "9.9.9", "state": "succeeded", "tool": "A script", "external_id": "1"}),
        )
    }),
    read("/line"),
    instance(write("put", "/line/stop", &[Deploy], |_| {
        Some(json!({"reason": "Something is wrong"}))
    })),
    instance(write("delete", "/line/stop", &[Deploy], |_| None)),
    read("/calendar"),
    instance(write("post", "/calendar/rules", &[Read, Freeze], |_| Some(freeze()))),
    instance(write("post", "/calendar/preview", &[Read, Freeze], |_| Some(freeze()))),
    read("/calendar/rules/{id}"),
    conditional(instance(write("put", "/calendar/rules/{id}", &[Read, Freeze], |_| {
        Some(freeze())
    }))),
    instance(write("delete", "/calendar/rules/{id}", &[Freeze], |_| None)),
    write(
        "post",
        "/services/{service}/releases/{version}/calendar-overrides",
        &[Read, Override],
        |_| Some(json!({"environment": "production", "reason": "It can't wait until then"})),
    ),
    read("/deployments"),
    read("/deployments/{number}"),
    read("/deployments/{number}/log"),
    read("/deployments/{number}/samples"),
    write("post", "/deployments/{number}/commands", &[Read, Steer], |_| {
        Some(json!({"act": "resume"}))
    }),
    read("/incidents"),
    write("post", "/incidents", &[EditIncident], |_| {
        Some(
            json!({"service": SERVICE, "report": {"title": "", "severity": "low", "started_at": "2026-01-15T10:00:00Z"}}),
        )
    }),
    read("/incidents/{number}"),
    conditional(write("patch", "/incidents/{number}", &[Read, EditIncident], |_| {
        Some(json!({"title": "Orders fail"}))
    })),
    read("/incidents/{number}/report"),
    write("post", "/incidents/{number}/updates", &[PublishStatus, Read], |_| {
        Some(json!({"state": "identified", "body": "We know why."}))
    }),
    write("post", "/incidents/{number}/actions", &[EditIncident, Read], |_| {
        Some(json!({"text": "Look again tomorrow"}))
    }),
    write(
        "patch",
        "/incidents/{number}/actions/{action}",
        &[Read, EditIncident],
        |_| Some(json!({"done": true})),
    ),
];

/// A route's address with what there is.
pub fn fill(route: &Route, fixtures: &Fixtures) -> String {
    let path = route.path;
    let number = if path.starts_with("/incidents") {
        fixtures.incident
    } else {
        fixtures.number
    };
    let service = if route.method == "delete" && matches!(path, "/services/{service}" | "/services/{service}/source") {
        SPARE
    } else {
        SERVICE
    };
    let environment = if path.ends_with("/lock") && route.method == "delete" {
        "staging"
    } else {
        "production"
    };
    let id = match path {
        "/tokens/{id}" => fixtures.access_token.to_string(),
        "/tokens/{id}/access" => fixtures.access_token.to_string(),
        // What is listed after these still finds them.
        "/people/{id}/leave" => fixtures.nothing.to_string(),
        "/webhooks/{id}" if route.method == "delete" => fixtures.nothing.to_string(),
        path if path.starts_with("/people") => fixtures.bystander.to_string(),
        path if path.starts_with("/webhooks") => fixtures.webhook.to_string(),
        path if path.starts_with("/jobs") => "0".to_owned(),
        path if path.starts_with("/notices") || path.starts_with("/secrets") => fixtures.nothing.to_string(),
        path if path.starts_with("/webhook-deliveries") => fixtures.nothing.to_string(),
        path if path.starts_with("/service-accounts") => fixtures.nothing.to_string(),
        "/calendar/rules/{id}" if route.method == "delete" => fixtures.ended_time.to_string(),
        "/calendar/rules/{id}" => fixtures.time.to_string(),
        _ => fixtures.invitation.to_string(),
    };
    let team = match (route.method, path) {
        ("delete", "/teams/{team}") => fixtures.nothing.to_string(),
        _ => fixtures.team.to_string(),
    };
    let slug = if route.method == "delete" { "none" } else { PROVIDER };
    let filled = path
        .replace("{service}", service)
        .replace("{environment}", environment)
        .replace("{version}", VERSION)
        .replace("{number}", &number.to_string())
        .replace("{item}", &fixtures.item.to_string())
        .replace("{action}", &fixtures.action.to_string())
        .replace("{commit}", COMMIT)
        .replace("{check}", "unit")
        .replace("{team}", &team)
        .replace("{person}", &fixtures.bystander.to_string())
        .replace("{slug}", slug)
        .replace("{id}", &id);
    let query = match (route.method, path) {
        (_, path) if path.ends_with("/gate") => "?environment=production",
        ("delete", "/teams/{team}/roles") => "?role=support&service=none",
        (_, "/calendar") => "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z",
        _ => "",
    };
    format!("/api/v1{filled}{query}")
}
