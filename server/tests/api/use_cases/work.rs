//! Use cases of the daily work: plans, checklists, approvals, runs, incidents.

use super::{Given, Object, UseCase, case, planned, seen};
use serde_json::json;

pub(super) fn releases(on: &Object, given: &Given) -> Vec<UseCase> {
    let (name, id) = on.environments[given.environment];
    let path = format!("/services/{}/releases/{}", on.service, on.version);
    let release = || ("release", on.release.to_string());
    let by_id = || ("environment", id.to_string());
    let (mut create, body) = planned(given);
    create.push(("service", on.service.to_owned()));
    let (mut update, changed) = planned(given);
    update.extend([("service", on.service.to_owned()), ("version", on.version.to_owned())]);
    let act = match given.mark {
        "open" => "reopen",
        "done" => "tick",
        other => other,
    };
    let digest = if given.digest {
        on.digest.clone()
    } else {
        "00".repeat(32)
    };
    vec![
        case(
            "release/create",
            create,
            "post /services/{service}/releases",
            format!("/services/{}/releases", on.service),
            Some(body),
        ),
        seen(
            case(
                "release/update",
                update,
                "patch /services/{service}/releases/{version}",
                path.clone(),
                Some(changed),
            ),
            given.seen,
        ),
        case(
            "release/item",
            vec![
                ("item", on.item.to_string()),
                ("row_version", given.seen.to_string()),
                ("act", act.to_owned()),
                ("text", given.text.clone()),
            ],
            "patch /services/{service}/releases/{version}/checklist/{item}",
            format!("{path}/checklist/{}", on.item),
            Some(json!({"state": given.mark, "text": given.text, "row_version": given.seen})),
        ),
        case(
            "gate/request",
            vec![release(), by_id()],
            "post /services/{service}/releases/{version}/approval-requests",
            format!("{path}/approval-requests"),
            Some(json!({"environment": name})),
        ),
        case(
            "gate/decide",
            vec![
                ("request", on.request.to_string()),
                ("seen", digest.clone()),
                ("decision", given.decision.to_owned()),
                ("comment", given.text.clone()),
            ],
            "post /services/{service}/releases/{version}/decisions",
            format!("{path}/decisions"),
            Some(json!({
                "environment": "production", "digest": digest, "decision": given.decision, "comment": given.text,
            })),
        ),
        case(
            "deployment/request",
            vec![release(), by_id()],
            "post /services/{service}/releases/{version}/deployments",
            format!("{path}/deployments"),
            Some(json!({"environment": name})),
        ),
    ]
}

pub(super) fn runs(on: &Object, given: &Given) -> Vec<UseCase> {
    vec![case(
        "deployment/steer",
        vec![
            ("deployment", on.deployment.to_string()),
            ("number", on.number.to_string()),
            ("act", given.act.to_owned()),
            ("reason", given.text.clone()),
            ("trigger", given.trigger.to_owned()),
        ],
        "post /deployments/{number}/commands",
        format!("/deployments/{}/commands", on.number),
        Some(json!({"act": given.act, "reason": given.text, "trigger": given.trigger})),
    )]
}

pub(super) fn incidents(on: &Object, given: &Given) -> Vec<UseCase> {
    let severity = if given.flag { "low" } else { "critical" };
    let report = |more: &[(&'static str, String)]| {
        let mut fields = vec![
            ("form[title]", given.text.clone()),
            ("form[severity]", severity.to_owned()),
            ("form[started_at]", "2026-01-15T10:00".to_owned()),
            ("form[impact]", "Nobody can order".to_owned()),
        ];
        fields.extend_from_slice(more);
        fields
    };
    let told = json!({
        "title": given.text, "severity": severity, "started_at": "2026-01-15T10:00:00Z", "impact": "Nobody can order",
    });
    let number = ("number", on.incident.to_string());
    let path = format!("/incidents/{}", on.incident);
    vec![
        case(
            "incident/open",
            report(&[("service", on.service.to_owned())]),
            "post /incidents",
            "/incidents".into(),
            Some(json!({"service": on.service, "report": told})),
        ),
        seen(
            case(
                "incident/update",
                report(&[number.clone(), ("form[row_version]", given.seen.to_string())]),
                "patch /incidents/{number}",
                path.clone(),
                Some(told),
            ),
            given.seen,
        ),
        case(
            "incident/publish",
            vec![
                number.clone(),
                ("state", given.state.to_owned()),
                ("body", given.text.clone()),
            ],
            "post /incidents/{number}/updates",
            format!("{path}/updates"),
            Some(json!({"state": given.state, "body": given.text})),
        ),
        case(
            "incident/add-action",
            vec![number, ("text", given.text.clone()), ("ticket", String::new())],
            "post /incidents/{number}/actions",
            format!("{path}/actions"),
            Some(json!({"text": given.text, "ticket": ""})),
        ),
        case(
            "incident/tick-action",
            vec![("action", on.action.to_string()), ("done", given.flag.to_string())],
            "patch /incidents/{number}/actions/{action}",
            format!("{path}/actions/{}", on.action),
            Some(json!({"done": given.flag})),
        ),
    ]
}
