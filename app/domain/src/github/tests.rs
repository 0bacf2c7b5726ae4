//! What GitHub sends, read: each event, and whatever else may come.

use super::*;
use proptest::prelude::*;
use serde_json::json;

const SHA: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

#[test]
fn a_push_brings_its_commits() {
    let body = json!({
        "ref": "refs/heads/main", "before": "0", "forced": false, "something_new": {"x": 1},
        "commits": [
            {"id": SHA, "timestamp": "2026-11-20T10:00:00+01:00", "message": "fix: totals\u{0}", "author": {"name": "Ana", "email": "a@example.com"}, "added": []},
            {"id": "not a commit", "timestamp": "2026-11-20T10:00:00Z", "message": "", "author": {}},
        ],
    });
    let Ok(Heard::Pushed { branch, commits }) = hear("push", &body) else {
        panic!("no push");
    };
    assert_eq!(branch, "main");
    assert_eq!(commits.len(), 1);
    assert_eq!(commits[0].message, "fix: totals");
    assert_eq!(commits[0].at, at("2026-11-20T09:00:00Z"));
    let removed = json!({"ref": "refs/heads/old", "deleted": true, "commits": []});
    assert_eq!(hear("push", &removed), Ok(Heard::Nothing(Why::SaysNothing)));
    let tag = json!({"ref": "refs/tags/v1", "commits": [{"id": SHA, "timestamp": "2026-11-20T10:00:00Z"}]});
    assert_eq!(hear("push", &tag), Ok(Heard::Nothing(Why::SaysNothing)));
    assert!(hear("push", &json!({"commits": []})).is_err());
}

#[test]
fn every_conclusion_of_a_run_means_something() {
    let state = |conclusion: Value| {
        let body = json!({"check_run": {"name": "Unit tests", "head_sha": SHA, "html_url": "https://example.com/1",
            "conclusion": conclusion, "started_at": "2026-11-20T10:00:00Z"}});
        match hear("check_run", &body).expect("readable") {
            Heard::Checked(checked) => {
                assert_eq!(checked.name, "unit");
                Some(checked.form.state)
            }
            _ => None,
        }
    };
    for fine in ["success", "neutral", "skipped"] {
        assert_eq!(state(json!(fine)), Some(CheckState::Passed), "{fine}");
    }
    for bad in ["failure", "cancelled", "timed_out", "action_required", "something_new"] {
        assert_eq!(state(json!(bad)), Some(CheckState::Failed), "{bad}");
    }
    assert_eq!(state(Value::Null), Some(CheckState::Running));
    assert_eq!(state(json!("stale")), None);
}

#[test]
fn a_workflow_is_a_check_of_its_own() {
    let body = json!({"workflow_run": {"name": "Security scan", "head_sha": SHA, "html_url": "javascript:alert(1)",
        "conclusion": "success", "updated_at": "2026-11-20T10:00:00Z", "run_started_at": "2026-11-20T09:00:00Z"}});
    let Ok(Heard::Checked(checked)) = hear("workflow_run", &body) else {
        panic!("no check");
    };
    assert_eq!(
        (checked.name.as_str(), checked.form.url.as_str()),
        ("security-scan", "")
    );
    assert_eq!(checked.at, at("2026-11-20T10:00:00Z"));
}

#[test]
fn names_become_names_of_checks() {
    for (given, name) in [
        ("Unit tests", "unit"),
        ("e2e", "e2e"),
        ("E2E test", "e2e"),
        ("bundle size", "bundle-size"),
        ("Unit tests (node 20)", "unit-tests-node-20"),
        ("  1. Lint!", "lint"),
        ("✨", ""),
        ("", ""),
    ] {
        assert_eq!(check_name(given), name, "{given}");
    }
}

fn review(reviewer: &str, verdict: ReviewVerdict, minute: u32) -> Review {
    Review {
        commit: SHA.into(),
        reviewer: reviewer.into(),
        verdict,
        url: format!("https://example.com/{reviewer}"),
        at: at("2026-11-20T10:00:00Z") + chrono::TimeDelta::minutes(i64::from(minute)),
    }
}

#[test]
fn one_request_for_changes_outweighs_every_approval() {
    use ReviewVerdict::{Approved, ChangesRequested, Dismissed};
    let state = |reviews: &[Review]| review_check(SHA, reviews).map(|checked| checked.form.state);
    assert_eq!(state(&[]), None);
    assert_eq!(state(&[review("a", Approved, 1)]), Some(CheckState::Passed));
    let both = [review("a", Approved, 9), review("b", ChangesRequested, 1)];
    assert_eq!(state(&both), Some(CheckState::Failed));
    let lifted = [review("a", Approved, 1), review("b", Dismissed, 9)];
    assert_eq!(state(&lifted), Some(CheckState::Passed));
    assert_eq!(state(&[review("b", Dismissed, 9)]), Some(CheckState::Running));
}

#[test]
fn what_is_not_used_is_taken_all_the_same() {
    for event in ["release_note", "fork", "star", ""] {
        assert_eq!(hear(event, &json!({"action": "x"})), Ok(Heard::Nothing(Why::NotUsed)));
    }
    assert_eq!(hear("ping", &json!(null)), Ok(Heard::Nothing(Why::Ping)));
    let comment = json!({"review": {"state": "commented", "commit_id": SHA, "user": {"login": "b"}, "submitted_at": "2026-11-20T10:00:00Z"}});
    assert_eq!(
        hear("pull_request_review", &comment),
        Ok(Heard::Nothing(Why::SaysNothing))
    );
}

/// Any JSON, with the words that the events have among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!(SHA)),
        Just(json!("2026-11-20T10:00:00Z")),
        Just(json!("refs/heads/main")),
    ];
    let key = prop_oneof![
        Just("ref"),
        Just("commits"),
        Just("id"),
        Just("timestamp"),
        Just("check_run"),
        Just("workflow_run"),
        Just("head_sha"),
        Just("name"),
        Just("conclusion"),
        Just("started_at"),
        Just("review"),
        Just("state"),
        Just("user"),
        Just("login"),
        Just("commit_id"),
        Just("submitted_at"),
        Just("message"),
        Just("author"),
        Just("deployment"),
        Just("deployment_status"),
        Just("sha"),
        Just("environment"),
        Just("created_at"),
        Just("release"),
        Just("tag_name"),
        Just("published_at"),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..8)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn whatever_comes_is_read_or_refused(event in prop_oneof![Just("push"), Just("check_run"), Just("workflow_run"), Just("pull_request_review"), Just("deployment_status"), Just("release")], body in any_json()) {
        match hear(event, &body) {
            Ok(Heard::Checked(checked)) => prop_assert!(checked.form.check(&checked.name, &checked.commit).is_empty()),
            Ok(Heard::Pushed { commits, .. }) => prop_assert!(commits.iter().all(|commit| is_commit(&commit.sha))),
            Ok(Heard::Reviewed(review)) => prop_assert!(is_commit(&review.commit)),
            Ok(Heard::Deployed(deployed)) => prop_assert!(is_commit(&deployed.commit) && !deployed.environment.is_empty()),
            Ok(Heard::Published(published)) => prop_assert!(!published.tag.is_empty()),
            Ok(Heard::Nothing(_)) | Err(_) => {}
        }
    }

    #[test]
    fn a_name_of_a_check_is_one_or_empty(given in ".{0,80}") {
        let name = check_name(&given);
        let form = CheckForm { state: CheckState::Passed, url: String::new(), figure: None, limit: None };
        prop_assert!(name.is_empty() || form.check(&name, SHA).is_empty(), "{given:?} → {name:?}");
    }
}
