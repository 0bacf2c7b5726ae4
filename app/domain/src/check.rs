//! Checks of a commit: what programs report of it, and which checklist items they settle.

use crate::field::{FieldErrors, Problem, check_length, is_url};
use crate::id::ItemId;
use crate::release::{Item, ItemAct, ItemState};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Checks that the procedure's pipeline has. Others may be reported too.
pub const KNOWN: [&str; 8] = [
    "unit",
    "integration",
    "e2e",
    "lint",
    "types",
    "security",
    "performance",
    "bundle-size",
];

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Running,
    Passed,
    Failed,
}

impl CheckState {
    /// The word by which it is stored.
    pub fn key(self) -> &'static str {
        match self {
            CheckState::Running => "running",
            CheckState::Passed => "passed",
            CheckState::Failed => "failed",
        }
    }
}

/// What a program reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckForm {
    pub state: CheckState,
    /// Where its result can be read; may be empty.
    pub url: String,
    /// What was measured, such as the bytes of the bundle.
    pub figure: Option<f64>,
    /// What the figure may be at most: above it, the check failed whatever else is said.
    pub limit: Option<f64>,
}

impl CheckForm {
    /// What is wrong, by field: `check` (its name), `commit`, `url`, `limit`.
    pub fn check(&self, name: &str, commit: &str) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let fine = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
            && name.len() <= 40;
        if !fine {
            errors.add("check", Problem::Name);
        }
        if !is_commit(commit) {
            errors.add("commit", Problem::Digest);
        }
        if !self.url.is_empty() && !is_url(&self.url) {
            errors.add("url", Problem::Url);
        }
        check_length(&mut errors, "url", &self.url, 0, 1_000);
        if self.limit.is_some() && self.figure.is_none() {
            errors.add("figure", Problem::Missing);
        }
        for (field, number) in [("figure", self.figure), ("limit", self.limit)] {
            if number.is_some_and(|number| !number.is_finite()) {
                errors.add(
                    field,
                    Problem::Unreadable {
                        why: "not a number".into(),
                    },
                );
            }
        }
        errors
    }

    /// The state that counts: a figure above its limit is a failure.
    pub fn counts_as(&self) -> CheckState {
        match (self.figure, self.limit) {
            (Some(figure), Some(limit)) if figure > limit => CheckState::Failed,
            _ => self.state,
        }
    }
}

/// A whole commit: 40 or 64 hexadecimal digits in lower case.
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

/// A check as it is kept: the last report of this name for this commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub commit: String,
    pub name: String,
    pub state: CheckState,
    pub url: String,
    pub figure: Option<f64>,
    pub limit: Option<f64>,
    pub reported_at: DateTime<Utc>,
}

/// A commit of a release, as the program that registered it told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub sha: String,
    pub message: String,
    pub author: String,
    pub at: DateTime<Utc>,
}

/// Checks that together prove an item of the checklist, by the item's text; none for an item that a person settles.
///
/// "All tests pass (unit, integration, e2e)" names its checks itself.
pub fn proof_of(text: &str) -> Vec<String> {
    let lower = text.trim().to_lowercase();
    if let Some(rest) = lower.strip_prefix("all tests pass") {
        let inside = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let names = inside.unwrap_or("unit, integration, e2e");
        return names
            .split(',')
            .map(|name| name.trim().replace(' ', "-"))
            .filter(|name| !name.is_empty())
            .collect();
    }
    let one: &[(&str, &str)] = &[
        ("code review approved", crate::github::REVIEW),
        ("security scan passed", "security"),
        ("performance tests passed", "performance"),
        ("bundle size within limit", "bundle-size"),
        ("lint passed", "lint"),
        ("type check passed", "types"),
    ];
    one.iter()
        .find(|(begin, _)| lower.starts_with(begin))
        .map(|(_, check)| vec![(*check).to_owned()])
        .unwrap_or_default()
}

/// What the checks of a release's commit do to its checklist.
///
/// An open item is ticked once everything that proves it passed, with the links as evidence. An item that checks had ticked is opened again
/// when one of them failed since, or when the release has another commit that nobody has checked. What a person settled stays.
pub fn settle(items: &[(Item, bool)], checks: &[Check]) -> Vec<(ItemId, ItemAct)> {
    let of = |name: &str| checks.iter().find(|check| check.name == name);
    items
        .iter()
        .filter_map(|(item, by_check)| {
            let proof = proof_of(&item.text);
            if proof.is_empty() {
                return None;
            }
            let passed: Option<Vec<&Check>> = proof
                .iter()
                .map(|name| of(name).filter(|check| check.state == CheckState::Passed))
                .collect();
            let stands = proof
                .iter()
                .all(|name| of(name).is_some_and(|check| check.state != CheckState::Failed));
            match (item.state, passed) {
                (ItemState::Open, Some(passed)) => {
                    let evidence = evidence(&passed);
                    Some((item.id, ItemAct::Tick { evidence }))
                }
                (ItemState::Done, None) if *by_check && !stands => Some((item.id, ItemAct::Reopen)),
                _ => None,
            }
        })
        .collect()
}

/// The link of one check; several as a sentence.
fn evidence(passed: &[&Check]) -> String {
    match passed {
        [one] if is_url(&one.url) => one.url.clone(),
        many => {
            let told: Vec<String> = many
                .iter()
                .map(|check| {
                    let figure = match (check.figure, check.limit) {
                        (Some(figure), Some(limit)) => format!(" {figure} of at most {limit}"),
                        (Some(figure), None) => format!(" {figure}"),
                        _ => String::new(),
                    };
                    let link = if check.url.is_empty() {
                        String::new()
                    } else {
                        format!(" {}", check.url)
                    };
                    format!("{} passed{figure}{link}", check.name)
                })
                .collect();
            format!("Reported: {}", told.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn item(text: &str, state: ItemState) -> Item {
        Item {
            id: ItemId(Uuid::from_u128(1)),
            section: "Code & Tests".into(),
            position: 0,
            text: text.into(),
            condition: String::new(),
            state,
            evidence: String::new(),
            by: None,
            at: None,
            row_version: 1,
        }
    }

    fn check(name: &str, state: CheckState) -> Check {
        Check {
            commit: "a".repeat(40),
            name: name.into(),
            state,
            url: format!("https://ci.example.com/{name}"),
            figure: None,
            limit: None,
            reported_at: DateTime::UNIX_EPOCH,
        }
    }

    const TESTS: &str = "All tests pass (unit, integration, e2e)";

    #[test]
    fn an_item_is_ticked_once_everything_that_proves_it_passed() {
        use CheckState::{Failed, Passed, Running};
        let open = [(item(TESTS, ItemState::Open), false)];
        let two = [check("unit", Passed), check("integration", Passed)];
        assert!(settle(&open, &two).is_empty());
        for third in [Failed, Running] {
            let mut all = two.to_vec();
            all.push(check("e2e", third));
            assert!(settle(&open, &all).is_empty());
        }
        let mut all = two.to_vec();
        all.push(check("e2e", Passed));
        let acts = settle(&open, &all);
        let [(_, act)] = acts.as_slice() else {
            panic!("{acts:?}")
        };
        assert!(act.apply().is_ok(), "what it gives as evidence counts as such");
        assert!(matches!(act, ItemAct::Tick { evidence } if evidence.contains("https://ci.example.com/e2e")));
    }

    #[test]
    fn a_later_failure_opens_it_again_and_what_a_person_ticked_stays() {
        let failed = [check("security", CheckState::Failed)];
        let text = "Security scan passed";
        let by_check = [(item(text, ItemState::Done), true)];
        assert_eq!(settle(&by_check, &failed)[0].1, ItemAct::Reopen);
        assert_eq!(
            settle(&by_check, &[]).len(),
            1,
            "another commit that nobody has checked"
        );
        let again = [check("security", CheckState::Running)];
        assert!(
            settle(&by_check, &again).is_empty(),
            "it runs again: nothing is known to be wrong"
        );
        assert!(settle(&[(item(text, ItemState::Done), false)], &failed).is_empty());
        assert!(settle(&[(item(text, ItemState::NotApplicable), false)], &failed).is_empty());
    }

    #[test]
    fn settling_twice_does_nothing_more() {
        let checks = [check("security", CheckState::Passed)];
        let mut one = item("Security scan passed", ItemState::Open);
        let acts = settle(&[(one.clone(), false)], &checks);
        let (state, evidence) = acts[0].1.apply().expect("an act");
        assert_eq!(evidence, "https://ci.example.com/security");
        one.state = state;
        assert!(settle(&[(one, true)], &checks).is_empty());
    }

    #[test]
    fn a_figure_above_its_limit_failed_whatever_is_said() {
        let form = |figure, limit| CheckForm {
            state: CheckState::Passed,
            url: String::new(),
            figure,
            limit,
        };
        assert_eq!(form(Some(301.0), Some(300.0)).counts_as(), CheckState::Failed);
        assert_eq!(form(Some(300.0), Some(300.0)).counts_as(), CheckState::Passed);
        let errors = form(None, Some(1.0)).check("bundle-size", &"a".repeat(40));
        assert_eq!(errors.get("figure"), Some(&Problem::Missing));
    }

    #[test]
    fn names_and_commits_are_strict() {
        let form = CheckForm {
            state: CheckState::Passed,
            url: "ftp://x".into(),
            figure: None,
            limit: None,
        };
        let errors = form.check("Unit tests", "abc");
        for field in ["check", "commit", "url"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
        assert!(!is_commit(&"A".repeat(40)));
    }
}
