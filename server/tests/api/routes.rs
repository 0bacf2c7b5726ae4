//! Every route of the API: what it needs, and a body with which it comes to the question whether it is allowed.

use crate::fixtures::{Fixtures, SERVICE, SPARE, VERSION};
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

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn artifact() -> Value {
    json!({"reference": "storefront:9.9.9", "digest": format!("sha256:{}", "cd".repeat(32))})
}

fn policy() -> Value {
    json!({"approvals": 0, "approver_roles": ["approver"], "checklist": false, "promotion": false, "rollback_plan": false, "window": false})
}

use Action::{
    Approve, Deploy, EditIncident, KeepProfile, LiftLock, ManagePeople, ManagePolicy, ManageService, ManageTarget,
    PlanRelease, PublishStatus, Read, RequestApproval, Steer, TickItem,
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
    Route {
        needs: &[],
        ..read("/tokens")
    },
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
    let service = if route.method == "delete" && path == "/services/{service}" {
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
        "/people/{id}" => fixtures.bystander.to_string(),
        _ => fixtures.invitation.to_string(),
    };
    let filled = path
        .replace("{service}", service)
        .replace("{environment}", environment)
        .replace("{version}", VERSION)
        .replace("{number}", &number.to_string())
        .replace("{item}", &fixtures.item.to_string())
        .replace("{action}", &fixtures.action.to_string())
        .replace("{commit}", COMMIT)
        .replace("{check}", "unit")
        .replace("{id}", &id);
    let query = if path.ends_with("/gate") {
        "?environment=production"
    } else {
        ""
    };
    format!("/api/v1{filled}{query}")
}
