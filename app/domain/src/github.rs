//! What GitHub tells by webhook, as facts of ours. Events arrive in any order, more than once, and with fields that nobody here knows.

use crate::check::{CheckForm, CheckState, Commit, is_commit};
use crate::outside::Published;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub mod answer;
mod deployment;

pub use deployment::{Deployed, version_of};

/// Characters of a commit's message that are kept.
const MOST_MESSAGE: usize = 20_000;
/// Characters of any other word that is kept.
const MOST_WORD: usize = 200;
/// The longest name of a check, as `check` has it.
const MOST_NAME: usize = 40;

/// A fact that one delivery brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// Commits came to a branch, the oldest first.
    Pushed { branch: String, commits: Vec<Commit> },
    /// A check of a commit began, passed or failed.
    Checked(Checked),
    /// Somebody reviewed a commit.
    Reviewed(Review),
    /// Something else deployed, or began to.
    Deployed(Deployed),
    /// A release was published.
    Published(Published),
    /// Nothing that is kept: why.
    Nothing(Why),
}

/// A check's report, and when it came to be so at its source.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    pub commit: String,
    pub name: String,
    pub form: CheckForm,
    pub at: DateTime<Utc>,
}

/// One person's review of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub commit: String,
    /// The reviewer's name at the source.
    pub reviewer: String,
    pub verdict: ReviewVerdict,
    pub url: String,
    pub at: DateTime<Utc>,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    Approved,
    ChangesRequested,
    /// What was said before does not count any more.
    Dismissed,
}

impl ReviewVerdict {
    /// The word by which it is stored.
    pub fn key(self) -> &'static str {
        match self {
            ReviewVerdict::Approved => "approved",
            ReviewVerdict::ChangesRequested => "changes_requested",
            ReviewVerdict::Dismissed => "dismissed",
        }
    }
}

/// Why a delivery brings nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// GitHub tries whether anybody listens.
    Ping,
    /// An event of a kind that is not used.
    NotUsed,
    /// A branch was removed, a tag was pushed, a comment was made.
    SaysNothing,
}

/// A body that can't be read as the event that it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// Reads a delivery: the event's name from `X-GitHub-Event`, and its body.
///
/// # Errors
/// [`Unreadable`], when a field that the event always has is missing or of another kind.
pub fn hear(event: &str, body: &Value) -> Result<Heard, Unreadable> {
    match event {
        "ping" => Ok(Heard::Nothing(Why::Ping)),
        "push" => read(body).map(pushed),
        "check_run" => read::<CheckRun>(body).map(|event| event.check_run.heard(&event.check_run.name)),
        "workflow_run" => read::<WorkflowRun>(body).map(|event| event.workflow_run.heard(&event.workflow_run.name)),
        "pull_request_review" => read(body).map(reviewed),
        "deployment" => read(body).map(deployment::asked),
        "deployment_status" => read(body).map(deployment::told),
        "release" => read(body).map(deployment::published),
        _ => Ok(Heard::Nothing(Why::NotUsed)),
    }
}

fn read<T: for<'a> Deserialize<'a>>(body: &Value) -> Result<T, Unreadable> {
    T::deserialize(body).map_err(|error| Unreadable(error.to_string()))
}

#[derive(Deserialize)]
struct Push {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    commits: Vec<PushedCommit>,
}

#[derive(Deserialize)]
struct PushedCommit {
    id: String,
    timestamp: DateTime<Utc>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    author: Author,
}

#[derive(Deserialize, Default)]
struct Author {
    #[serde(default)]
    name: Option<String>,
}

fn pushed(push: Push) -> Heard {
    let Some(branch) = push.reference.strip_prefix("refs/heads/") else {
        return Heard::Nothing(Why::SaysNothing);
    };
    let commits: Vec<Commit> = push
        .commits
        .into_iter()
        .filter(|commit| is_commit(&commit.id))
        .map(|commit| Commit {
            sha: commit.id,
            message: cut(&commit.message, MOST_MESSAGE),
            author: cut(&commit.author.name.unwrap_or_default(), MOST_WORD),
            at: commit.timestamp,
        })
        .collect();
    if commits.is_empty() {
        return Heard::Nothing(Why::SaysNothing);
    }
    Heard::Pushed {
        branch: cut(branch, MOST_WORD),
        commits,
    }
}

#[derive(Deserialize)]
struct CheckRun {
    check_run: RanCheck,
}

#[derive(Deserialize)]
struct WorkflowRun {
    workflow_run: RanCheck,
}

/// A run, of a single check or of a whole workflow: both have these.
#[derive(Deserialize)]
struct RanCheck {
    #[serde(default)]
    name: String,
    head_sha: String,
    #[serde(default)]
    html_url: Option<String>,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    completed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    updated_at: Option<DateTime<Utc>>,
    #[serde(default)]
    run_started_at: Option<DateTime<Utc>>,
    #[serde(default)]
    started_at: Option<DateTime<Utc>>,
}

impl RanCheck {
    fn heard(&self, name: &str) -> Heard {
        let name = check_name(name);
        let at = self
            .completed_at
            .or(self.updated_at)
            .or(self.run_started_at)
            .or(self.started_at);
        let (Some(at), true, false) = (at, is_commit(&self.head_sha), name.is_empty()) else {
            return Heard::Nothing(Why::SaysNothing);
        };
        let state = match self.conclusion.as_deref() {
            None => CheckState::Running,
            Some("success" | "neutral" | "skipped") => CheckState::Passed,
            // A stale run was given up: another one tells.
            Some("stale") => return Heard::Nothing(Why::SaysNothing),
            Some(_) => CheckState::Failed,
        };
        let url = self
            .html_url
            .clone()
            .filter(|url| crate::field::is_url(url) && url.len() <= 1_000);
        Heard::Checked(Checked {
            commit: self.head_sha.clone(),
            name,
            form: CheckForm {
                state,
                url: url.unwrap_or_default(),
                figure: None,
                limit: None,
            },
            at,
        })
    }
}

#[derive(Deserialize)]
struct ReviewEvent {
    review: GivenReview,
}

#[derive(Deserialize)]
struct GivenReview {
    state: String,
    #[serde(default)]
    commit_id: Option<String>,
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    html_url: Option<String>,
    #[serde(default)]
    submitted_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

fn reviewed(event: ReviewEvent) -> Heard {
    let review = event.review;
    let verdict = match review.state.to_lowercase().as_str() {
        "approved" => ReviewVerdict::Approved,
        "changes_requested" => ReviewVerdict::ChangesRequested,
        "dismissed" => ReviewVerdict::Dismissed,
        _ => return Heard::Nothing(Why::SaysNothing),
    };
    let commit = review.commit_id.filter(|commit| is_commit(commit));
    let (Some(commit), Some(user), Some(at)) = (commit, review.user, review.submitted_at) else {
        return Heard::Nothing(Why::SaysNothing);
    };
    let url = review
        .html_url
        .filter(|url| crate::field::is_url(url) && url.len() <= 1_000);
    Heard::Reviewed(Review {
        commit,
        reviewer: cut(&user.login, MOST_WORD),
        verdict,
        url: url.unwrap_or_default(),
        at,
    })
}

/// The check that the last word of each reviewer makes together: it passes with an approval and without a request for changes.
/// None while nobody's word counts.
pub fn review_check(commit: &str, last_words: &[Review]) -> Option<Checked> {
    let counts = || {
        last_words
            .iter()
            .filter(|review| review.verdict != ReviewVerdict::Dismissed)
    };
    let at = last_words.iter().map(|review| review.at).max()?;
    let against = counts().find(|review| review.verdict == ReviewVerdict::ChangesRequested);
    let newest = counts().max_by_key(|review| (review.at, review.reviewer.clone()));
    let (state, told) = match (against, newest) {
        (Some(review), _) => (CheckState::Failed, review.url.clone()),
        (None, Some(review)) => (CheckState::Passed, review.url.clone()),
        // All of it was dismissed: a review is due again.
        (None, None) => (CheckState::Running, String::new()),
    };
    Some(Checked {
        commit: commit.to_owned(),
        name: REVIEW.to_owned(),
        form: CheckForm {
            state,
            url: told,
            figure: None,
            limit: None,
        },
        at,
    })
}

/// The name of the check that reviews make.
pub const REVIEW: &str = "review";

/// A run's name as the name of a check: "Unit tests (node 20)" is `unit-tests-node-20`. Empty when no letter is in it.
///
/// The names of the procedure's pipeline are found in longer ones: "Unit tests" reports `unit`.
pub fn check_name(given: &str) -> String {
    let lower = given.to_lowercase();
    let mut name = String::new();
    for c in lower.chars() {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let name: String = name.chars().take(MOST_NAME).collect();
    let name = name.trim_end_matches('-');
    let plain = name
        .strip_suffix("-tests")
        .or_else(|| name.strip_suffix("-test"))
        .unwrap_or(name);
    let known = crate::check::KNOWN.iter().find(|known| **known == plain);
    known.map_or_else(|| name.to_owned(), |known| (*known).to_owned())
}

/// At most so many characters, and none that Postgres does not take.
fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}

#[cfg(test)]
#[path = "github/tests.rs"]
mod tests;
