//! What a screen can do, a program can do as well: each server function has its routes, or a reason why it has none.

use crate::routes::ROUTES;
use std::collections::BTreeSet;

/// How a program does what a server function does.
enum Rest {
    /// By these routes.
    By(&'static [(&'static str, &'static str)]),
    /// Not at all, and why.
    Never(&'static str),
    /// It is asked before anybody is signed in, and tells nothing that a program would use.
    Door,
}

use Rest::{By, Door, Never};

const NO_TOKEN: &str = "a token that makes another would outlive its own end";
const NO_PASSWORD: &str = "who has a token would have the account";
const NO_PROOF: &str = "a token proves nothing about who holds it, and would weaken what protects its person";
const NO_SILENCE: &str = "a leaked token must not silence what its person is told";
const NO_IDENTITY: &str = "who has a token would lock its person out of their way in";

/// Every function of the registry.
const COVERED: &[(&str, Rest)] = &[
    ("access/invitation", Door),
    ("access/reset", Door),
    ("access/mail", Door),
    ("access/ways", Door),
    ("access/zones", By(&[("get", "/time-zones")])),
    ("access/profile", By(&[("patch", "/me")])),
    ("access/sessions", By(&[("get", "/me/sessions")])),
    ("access/end-session", By(&[("delete", "/me/sessions/{number}")])),
    ("access/end-others", By(&[("delete", "/me/sessions")])),
    ("stop/standing", By(&[("get", "/line")])),
    ("stop/stop", By(&[("put", "/line/stop")])),
    ("stop/release", By(&[("delete", "/line/stop")])),
    ("freeze/feed", Never(NO_TOKEN)),
    ("freeze/feed-make", Never(NO_TOKEN)),
    ("freeze/feed-end", Never(NO_TOKEN)),
    ("freeze/calendar", By(&[("get", "/calendar")])),
    ("freeze/one", By(&[("get", "/calendar/rules/{id}")])),
    ("freeze/preview", By(&[("post", "/calendar/preview")])),
    ("freeze/set", By(&[("post", "/calendar/rules")])),
    ("freeze/change", By(&[("put", "/calendar/rules/{id}")])),
    ("freeze/end", By(&[("delete", "/calendar/rules/{id}")])),
    (
        "freeze/override",
        By(&[("post", "/services/{service}/releases/{version}/calendar-overrides")]),
    ),
    ("access/password", Never(NO_PASSWORD)),
    ("access/passwords-switch", By(&[("put", "/passwords")])),
    ("access/second-factor", Never(NO_PROOF)),
    ("access/second-factor-begin", Never(NO_PROOF)),
    ("access/second-factor-codes", Never(NO_PROOF)),
    ("access/second-factor-confirm", Never(NO_PROOF)),
    ("access/second-factor-off", Never(NO_PROOF)),
    (
        "access/second-factor-remove",
        By(&[("delete", "/people/{id}/second-factor")]),
    ),
    ("access/ways-to-prove", Never(NO_PROOF)),
    (
        "service/source-ask",
        By(&[("put", "/services/{service}/source/asking")]),
    ),
    (
        "service/source-reconcile",
        By(&[("post", "/services/{service}/source/rounds")]),
    ),
    ("access/own-ways", Never(NO_IDENTITY)),
    ("access/unlink", Never(NO_IDENTITY)),
    ("access/make-token", Never(NO_TOKEN)),
    ("account/make-token", Never(NO_TOKEN)),
    ("notice/page", By(&[("get", "/notices")])),
    ("notice/unread", By(&[("get", "/notices/unread")])),
    ("notice/mark-read", By(&[("put", "/notices/{id}/read")])),
    ("notice/mark-all-read", By(&[("post", "/notices/read")])),
    ("notice/choices", By(&[("get", "/notices/choices")])),
    ("notice/save-choices", Never(NO_SILENCE)),
    ("job/queue", By(&[("get", "/jobs"), ("get", "/jobs/depth")])),
    ("job/retry", By(&[("post", "/jobs/{id}/attempts")])),
    ("job/remove", By(&[("delete", "/jobs/{id}")])),
    ("webhook/list", By(&[("get", "/webhooks")])),
    (
        "webhook/page",
        By(&[("get", "/webhooks/{id}"), ("get", "/webhooks/{id}/deliveries")]),
    ),
    ("webhook/add", By(&[("post", "/webhooks")])),
    ("webhook/change", By(&[("put", "/webhooks/{id}")])),
    ("webhook/renew", By(&[("post", "/webhooks/{id}/secret")])),
    ("webhook/test", By(&[("post", "/webhooks/{id}/commands")])),
    ("webhook/stop", By(&[("post", "/webhooks/{id}/commands")])),
    ("webhook/start", By(&[("post", "/webhooks/{id}/commands")])),
    ("webhook/resend", By(&[("post", "/webhook-deliveries/{id}/attempts")])),
    ("webhook/remove", By(&[("delete", "/webhooks/{id}")])),
    ("access/end-sessions-of", By(&[("delete", "/people/{id}/sessions")])),
    (
        "access/providers",
        By(&[("get", "/sign-in-providers"), ("get", "/sign-in-providers/{slug}")]),
    ),
    (
        "access/provider-test",
        By(&[("post", "/sign-in-providers/{slug}/test")]),
    ),
    (
        "access/provider-save",
        By(&[("post", "/sign-in-providers"), ("put", "/sign-in-providers/{slug}")]),
    ),
    ("access/provider-switch", By(&[("patch", "/sign-in-providers/{slug}")])),
    ("access/provider-remove", By(&[("delete", "/sign-in-providers/{slug}")])),
    ("access/people", By(&[("get", "/people"), ("get", "/invitations")])),
    ("access/invite", By(&[("post", "/invitations")])),
    ("access/revoke", By(&[("delete", "/invitations/{id}")])),
    ("access/role", By(&[("patch", "/people/{id}")])),
    ("access/active", By(&[("patch", "/people/{id}")])),
    ("access/holdings", By(&[("get", "/people/{id}/holdings")])),
    ("access/leave", By(&[("post", "/people/{id}/leave")])),
    (
        "access/explain",
        By(&[("get", "/people/{id}/access"), ("get", "/tokens/{id}/access")]),
    ),
    ("access/tokens", By(&[("get", "/tokens")])),
    ("access/all-tokens", By(&[("get", "/people/tokens")])),
    ("access/revoke-token", By(&[("delete", "/tokens/{id}")])),
    ("audit/page", By(&[("get", "/audit"), ("get", "/audit/checkpoint")])),
    ("health/page", By(&[("get", "/health")])),
    ("secret/page", By(&[("get", "/secrets")])),
    ("secret/set", By(&[("post", "/secrets")])),
    ("secret/remove", By(&[("delete", "/secrets/{id}")])),
    ("team/list", By(&[("get", "/teams")])),
    ("team/page", By(&[("get", "/teams/{team}")])),
    ("team/create", By(&[("post", "/teams")])),
    ("team/change", By(&[("patch", "/teams/{team}")])),
    ("team/remove", By(&[("delete", "/teams/{team}")])),
    ("team/add-member", By(&[("put", "/teams/{team}/members/{person}")])),
    (
        "team/remove-member",
        By(&[("delete", "/teams/{team}/members/{person}")]),
    ),
    ("team/give-role", By(&[("post", "/teams/{team}/roles")])),
    ("team/take-role", By(&[("delete", "/teams/{team}/roles")])),
    ("account/list", By(&[("get", "/service-accounts")])),
    ("account/create", By(&[("post", "/service-accounts")])),
    ("account/remove", By(&[("delete", "/service-accounts/{id}")])),
    ("home/page", By(&[("get", "/home")])),
    ("home/search", By(&[("get", "/search")])),
    ("service/list", By(&[("get", "/services")])),
    ("service/page", By(&[("get", "/services/{service}")])),
    (
        "service/form",
        By(&[("get", "/services/{service}"), ("get", "/people")]),
    ),
    ("service/create", By(&[("post", "/services")])),
    ("service/update", By(&[("patch", "/services/{service}")])),
    ("service/source", By(&[("get", "/services/{service}/source")])),
    ("service/source-connect", By(&[("post", "/services/{service}/source")])),
    (
        "service/source-disconnect",
        By(&[("delete", "/services/{service}/source")]),
    ),
    ("service/remove", By(&[("delete", "/services/{service}")])),
    ("service/import", By(&[("post", "/service-files")])),
    (
        "service/settings",
        By(&[("put", "/services/{service}/environments/{environment}/settings")]),
    ),
    (
        "service/test",
        By(&[("post", "/services/{service}/environments/{environment}/settings/test")]),
    ),
    (
        "service/policy-effect",
        By(&[("post", "/services/{service}/environments/{environment}/policy/effect")]),
    ),
    (
        "service/policy",
        By(&[("put", "/services/{service}/environments/{environment}/policy")]),
    ),
    (
        "service/lock",
        By(&[("put", "/services/{service}/environments/{environment}/lock")]),
    ),
    (
        "service/unlock",
        By(&[("delete", "/services/{service}/environments/{environment}/lock")]),
    ),
    ("release/list", By(&[("get", "/releases")])),
    ("release/services", By(&[("get", "/services")])),
    (
        "release/services-where",
        By(&[("get", "/services"), ("get", "/people/{id}/access")]),
    ),
    ("release/page", By(&[("get", "/services/{service}/releases/{version}")])),
    (
        "release/history",
        By(&[("get", "/services/{service}/releases/{version}/history")]),
    ),
    ("release/create", By(&[("post", "/services/{service}/releases")])),
    (
        "release/update",
        By(&[("patch", "/services/{service}/releases/{version}")]),
    ),
    (
        "release/item",
        By(&[("patch", "/services/{service}/releases/{version}/checklist/{item}")]),
    ),
    (
        "gate/request",
        By(&[("post", "/services/{service}/releases/{version}/approval-requests")]),
    ),
    (
        "gate/decide",
        By(&[("post", "/services/{service}/releases/{version}/decisions")]),
    ),
    ("deployment/list", By(&[("get", "/deployments")])),
    ("deployment/page", By(&[("get", "/deployments/{number}")])),
    ("deployment/log", By(&[("get", "/deployments/{number}/log")])),
    ("deployment/points", By(&[("get", "/deployments/{number}/samples")])),
    (
        "deployment/request",
        By(&[("post", "/services/{service}/releases/{version}/deployments")]),
    ),
    ("deployment/steer", By(&[("post", "/deployments/{number}/commands")])),
    ("incident/list", By(&[("get", "/incidents")])),
    ("incident/page", By(&[("get", "/incidents/{number}")])),
    ("incident/open", By(&[("post", "/incidents")])),
    ("incident/update", By(&[("patch", "/incidents/{number}")])),
    ("incident/publish", By(&[("post", "/incidents/{number}/updates")])),
    ("incident/add-action", By(&[("post", "/incidents/{number}/actions")])),
    (
        "incident/tick-action",
        By(&[("patch", "/incidents/{number}/actions/{action}")]),
    ),
];

/// Plain routes of the screens that do something; files and feeds are addresses of their own already.
const PLAIN: &[(&str, &str, Rest)] = &[
    ("POST", "/sample/load", By(&[("post", "/sample-workspace")])),
    ("POST", "/sample/remove", By(&[("delete", "/sample-workspace")])),
    (
        "GET",
        "/services/{name}/service.toml",
        By(&[("get", "/services/{service}/file")]),
    ),
    (
        "GET",
        "/incidents/{number}/report.md",
        By(&[("get", "/incidents/{number}/report")]),
    ),
];

#[test]
fn whatever_a_screen_can_do_has_a_route_or_a_reason() {
    let found: BTreeSet<String> = server_fn::axum::server_fn_paths()
        .map(|(path, _)| path.trim_start_matches("/call/").to_owned())
        .collect();
    let listed: BTreeSet<String> = COVERED.iter().map(|(function, _)| (*function).to_owned()).collect();
    assert_eq!(listed.len(), COVERED.len(), "a function is listed twice");
    assert_eq!(
        found, listed,
        "functions of the registry, and functions of which this table says how a program does the same"
    );
    for (_, path, _) in PLAIN {
        assert!(
            server::http::PLAIN.iter().any(|(_, plain)| plain == path),
            "{path} is no plain route"
        );
    }
    let rows = COVERED.iter().map(|(name, rest)| (*name, rest));
    for (name, rest) in rows.chain(PLAIN.iter().map(|(_, path, rest)| (*path, rest))) {
        match rest {
            By(routes) => {
                assert!(!routes.is_empty(), "{name}: no route");
                for (method, path) in *routes {
                    let there = ROUTES
                        .iter()
                        .any(|route| route.method == *method && route.path == *path);
                    assert!(there, "{name}: there is no {method} {path}");
                }
            }
            Never(why) => assert!(why.split(' ').count() > 5, "{name}: {why:?} is no reason"),
            Door => {}
        }
    }
}
