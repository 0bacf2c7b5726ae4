//! A release as a program registers it: artifact and commits in one call, as often as it likes.

use crate::check::{Commit, is_commit};
use crate::field::{FieldErrors, Problem, check_length};
use crate::release::{Artifact, Change, ChangeKind, ReleaseForm};
use serde::{Deserialize, Serialize};

/// Commits that one release may name.
pub const MOST_COMMITS: usize = 500;

/// Changes that are made of commits, at most.
const MOST_CHANGES: usize = 50;

/// What a program tells of a version that it built.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registration {
    /// None leaves what is there; a new release is called by its version then.
    pub title: Option<String>,
    pub artifact: Artifact,
    /// The commit that it was built from, whole.
    pub commit: String,
    /// The oldest first; empty leaves what is there.
    pub commits: Vec<Commit>,
    /// None: a new release's changes are made of its commits, and those of a known one stay.
    pub changes: Option<Vec<Change>>,
}

impl Registration {
    /// What is wrong, by field: `commit`, `commits`, `commits.N.sha`, `commits.N.message`. The rest is checked as a form's.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        if self.commit.is_empty() {
            errors.add("commit", Problem::Missing);
        } else if !is_commit(&self.commit) {
            errors.add("commit", Problem::Digest);
        }
        if self.commits.len() > MOST_COMMITS {
            let most = MOST_COMMITS as f64;
            errors.add("commits", Problem::Range { least: 0.0, most });
        }
        for (i, commit) in self.commits.iter().enumerate() {
            if !is_commit(&commit.sha) {
                errors.add(&format!("commits.{i}.sha"), Problem::Digest);
            }
            check_length(&mut errors, &format!("commits.{i}.message"), &commit.message, 0, 20_000);
            check_length(&mut errors, &format!("commits.{i}.author"), &commit.author, 0, 200);
        }
        errors
    }

    /// The form of a release that is not known yet.
    pub fn fresh(&self, version: &str) -> ReleaseForm {
        let title = self.title.clone().unwrap_or_else(|| format!("Release {version}"));
        ReleaseForm {
            version: version.to_owned(),
            title,
            artifact: self.artifact.clone(),
            commit: self.commit.clone(),
            changes: self.changes.clone().unwrap_or_else(|| self.told_changes()),
            ..ReleaseForm::default()
        }
    }

    /// A known release's form with what was registered. What people wrote stays unless the program says otherwise.
    pub fn onto(&self, kept: &ReleaseForm) -> ReleaseForm {
        ReleaseForm {
            title: self.title.clone().unwrap_or_else(|| kept.title.clone()),
            artifact: self.artifact.clone(),
            commit: self.commit.clone(),
            changes: self.changes.clone().unwrap_or_else(|| kept.changes.clone()),
            ..kept.clone()
        }
    }

    fn told_changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = self.commits.iter().rev().filter_map(change_of).collect();
        changes.truncate(MOST_CHANGES);
        if changes.is_empty() {
            let short: String = self.commit.chars().take(8).collect();
            changes.push(Change {
                kind: ChangeKind::Update,
                text: format!("Built from {short}"),
            });
        }
        changes
    }
}

/// A commit as a line of a plan: its first line, its kind from a conventional prefix. Merges say nothing.
pub fn change_of(commit: &Commit) -> Option<Change> {
    let line = commit.message.lines().next().unwrap_or_default().trim();
    if line.starts_with("Merge ") {
        return None;
    }
    let (kind, text) = match line.split_once(':') {
        Some((prefix, rest)) if !prefix.contains(' ') => {
            let word = prefix.trim_end_matches('!').split('(').next().unwrap_or_default();
            match word {
                "feat" => (ChangeKind::Feature, rest.trim()),
                "fix" => (ChangeKind::Fix, rest.trim()),
                "security" | "sec" => (ChangeKind::Security, rest.trim()),
                "build" | "chore" | "ci" | "deps" | "docs" | "perf" | "refactor" | "style" | "test" => {
                    (ChangeKind::Update, rest.trim())
                }
                _ => (ChangeKind::Update, line),
            }
        }
        _ => (ChangeKind::Update, line),
    };
    let text: String = text.chars().take(300).collect();
    (text.chars().count() >= 3).then_some(Change { kind, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn commit(message: &str) -> Commit {
        Commit {
            sha: "a".repeat(40),
            message: message.into(),
            author: "Ana".into(),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_commit_is_read_as_a_change() {
        for (message, kind, text) in [
            ("feat(cart): coupons\n\nbody", ChangeKind::Feature, "coupons"),
            ("fix!: totals", ChangeKind::Fix, "totals"),
            ("security: escape names", ChangeKind::Security, "escape names"),
            ("Show totals: as euros", ChangeKind::Update, "Show totals: as euros"),
        ] {
            let change = change_of(&commit(message)).expect("a change");
            assert_eq!((change.kind, change.text.as_str()), (kind, text));
        }
        assert_eq!(change_of(&commit("Merge branch 'main'")), None);
        assert_eq!(change_of(&commit("")), None);
    }

    #[test]
    fn what_a_program_registers_is_a_whole_form() {
        let registration = Registration {
            artifact: Artifact {
                reference: "storefront:1.2.3".into(),
                digest: format!("sha256:{}", "ab".repeat(32)),
            },
            commit: "b".repeat(40),
            ..Registration::default()
        };
        assert!(registration.check().is_empty());
        let fresh = registration.fresh("1.2.3");
        assert!(fresh.check().is_empty(), "{:?}", fresh.check());
        let kept = ReleaseForm {
            notes: "By hand".into(),
            title: "Coupons".into(),
            ..fresh
        };
        let again = registration.onto(&kept);
        assert_eq!(again, kept, "registering again changes nothing that people wrote");
    }
}
