//! What GitHub's API answers, read by the same functions as what its webhooks tell: what was missed is found by asking.

use super::{Heard, Unreadable, hear, read};
use crate::check::is_commit;
use crate::field::{FieldErrors, Problem, check_length};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where GitHub's own API is.
pub const PUBLIC_API: &str = "https://api.github.com";

/// Before the moment of which we were sure, commits are asked for again: one may be older than its push.
const OVERLAP: TimeDelta = TimeDelta::days(14);

/// How a repository is asked, as somebody sets it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskForm {
    /// Name of the secret that holds the token. Empty: nobody is asked.
    pub secret: String,
    /// Where the API is; empty: GitHub's own.
    pub api_url: String,
}

impl AskForm {
    /// The address that counts, without a slash at its end.
    pub fn api(&self) -> &str {
        match self.api_url.trim().trim_end_matches('/') {
            "" => PUBLIC_API,
            given => given,
        }
    }

    /// What is wrong, by field. The token is sent there: only https will do, or this very machine.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        check_length(&mut errors, "secret", &self.secret, 0, 100);
        check_length(&mut errors, "api_url", &self.api_url, 0, 500);
        let api = self.api();
        let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let is_here = here.iter().any(|here| {
            let rest = api.strip_prefix(here);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        });
        let plain = !api.contains(['?', '#', '@']) && crate::field::is_url(api);
        if !plain || !(is_here || api.starts_with("https://")) {
            errors.add("api_url", Problem::Url);
        }
        errors
    }
}

/// Owner and name of a repository, from the address that its service names: `https://github.com/example/storefront`.
pub fn repository_of(address: &str) -> Option<String> {
    let (_, rest) = address.trim().split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let path = path
        .split(['?', '#'])
        .next()?
        .trim_matches('/')
        .trim_end_matches(".git");
    let mut parts = path.split('/');
    let (owner, name) = (parts.next()?, parts.next()?);
    let fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    (parts.next().is_none() && fine(owner) && fine(name)).then(|| format!("{owner}/{name}"))
}

/// From when on commits are asked for: whole days, so that the same question is asked all day and an unchanged answer costs nothing.
pub fn asks_from(sure: DateTime<Utc>) -> DateTime<Utc> {
    (sure - OVERLAP).date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// The address of the next page, from a `Link` header.
pub fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|one| {
        let (address, parameters) = one.trim().strip_prefix('<')?.split_once('>')?;
        let mut parameters = parameters.split(';').map(str::trim);
        parameters
            .any(|one| one == "rel=\"next\"" || one == "rel=next")
            .then_some(address)
    })
}

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "asks", rename_all = "snake_case")]
pub enum Question {
    /// What its default branch is called.
    Repository,
    Commits {
        branch: String,
    },
    Releases,
    Checks {
        commit: String,
    },
    Runs {
        commit: String,
    },
    Pulls {
        commit: String,
    },
    Reviews {
        pull: u64,
    },
}

/// What an answer brings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// In the order in which it happened, as far as that shows.
    pub heard: Vec<Heard>,
    /// What it leads to.
    pub asks: Vec<Question>,
}

impl Question {
    /// What is asked once for a repository, and for each of these commits.
    pub fn first(commits: &[String]) -> Vec<Question> {
        let of = |commit: &String| {
            let commit = || commit.clone();
            [
                Question::Checks { commit: commit() },
                Question::Runs { commit: commit() },
                Question::Pulls { commit: commit() },
            ]
        };
        let whole = commits.iter().filter(|commit| is_commit(commit));
        [Question::Repository, Question::Releases]
            .into_iter()
            .chain(whole.flat_map(of))
            .collect()
    }

    /// Where it is asked, below the API's own address. `repository` is owner and name.
    pub fn path(&self, repository: &str, from: DateTime<Utc>) -> String {
        let base = format!("/repos/{repository}");
        match self {
            Question::Repository => base,
            Question::Commits { branch } => {
                let since = from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                format!("{base}/commits?sha={}&since={since}&per_page=100", escaped(branch))
            }
            Question::Releases => format!("{base}/releases?per_page=100"),
            Question::Checks { commit } => format!("{base}/commits/{commit}/check-runs?per_page=100"),
            Question::Runs { commit } => format!("{base}/actions/runs?head_sha={commit}&per_page=100"),
            Question::Pulls { commit } => format!("{base}/commits/{commit}/pulls?per_page=100"),
            Question::Reviews { pull } => format!("{base}/pulls/{pull}/reviews?per_page=100"),
        }
    }

    /// Reads one page of its answer.
    ///
    /// # Errors
    /// [`Unreadable`], when it is not of the documented form.
    pub fn read(&self, body: &Value) -> Result<Answer, Unreadable> {
        let mut answer = Answer::default();
        match self {
            Question::Repository => {
                let Repository { default_branch: branch } = read(body)?;
                answer.asks.push(Question::Commits { branch });
            }
            Question::Commits { branch } => answer.heard.extend(commits(branch, read(body)?)?),
            Question::Pulls { .. } => {
                let pulls: Vec<Pull> = read(body)?;
                answer
                    .asks
                    .extend(pulls.iter().map(|pull| Question::Reviews { pull: pull.number }));
            }
            Question::Checks { .. } => answer.heard = each(list(&body["check_runs"])?, "check_run", "check_run")?,
            Question::Runs { .. } => {
                answer.heard = each(list(&body["workflow_runs"])?, "workflow_run", "workflow_run")?
            }
            Question::Reviews { .. } => answer.heard = each(list(body)?, "pull_request_review", "review")?,
            Question::Releases => answer.heard = each(list(body)?, "release", "release")?,
        }
        answer.heard.retain(|heard| !matches!(heard, Heard::Nothing(_)));
        Ok(answer)
    }
}

/// A branch's name within a query.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                escaped.push(char::from(byte))
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

fn list(body: &Value) -> Result<&Vec<Value>, Unreadable> {
    body.as_array()
        .ok_or_else(|| Unreadable("no list is where one should be".into()))
}

/// Each thing of a list as the webhook of this event tells it.
fn each(things: &[Value], event: &str, field: &str) -> Result<Vec<Heard>, Unreadable> {
    let one = |thing: &Value| hear(event, &json!({"action": "published", field: thing}));
    things.iter().map(one).collect()
}

#[derive(Deserialize)]
struct Repository {
    default_branch: String,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
}

#[derive(Deserialize)]
struct ListedCommit {
    sha: String,
    commit: InnerCommit,
}

#[derive(Deserialize)]
struct InnerCommit {
    #[serde(default)]
    message: String,
    #[serde(default)]
    author: Option<Signature>,
    committer: Signature,
}

#[derive(Deserialize)]
struct Signature {
    #[serde(default)]
    name: Option<String>,
    date: DateTime<Utc>,
}

/// Commits as a push tells them: the oldest first. They are listed the newest first.
fn commits(branch: &str, listed: Vec<ListedCommit>) -> Result<Option<Heard>, Unreadable> {
    let commits: Vec<Value> = listed
        .into_iter()
        .rev()
        .map(|one| {
            let author = one.commit.author.and_then(|author| author.name);
            json!({"id": one.sha, "timestamp": one.commit.committer.date, "message": one.commit.message, "author": {"name": author}})
        })
        .collect();
    if commits.is_empty() {
        return Ok(None);
    }
    hear(
        "push",
        &json!({"ref": format!("refs/heads/{branch}"), "commits": commits}),
    )
    .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_named_by_its_address() {
        for address in [
            "https://github.com/example/storefront",
            "https://github.com/example/storefront.git",
            "https://ghe.example.com/example/storefront/",
        ] {
            assert_eq!(
                repository_of(address).as_deref(),
                Some("example/storefront"),
                "{address}"
            );
        }
        for address in [
            "",
            "https://github.com/example",
            "https://gitlab.com/a/b/c",
            "https://github.com/../x",
            "https://github.com/a/b%2f",
        ] {
            assert_eq!(repository_of(address), None, "{address}");
        }
    }

    #[test]
    fn the_next_page_is_in_the_link() {
        let link = "<https://api.github.com/x?page=1>; rel=\"prev\", <https://api.github.com/x?page=3>; rel=\"next\"";
        assert_eq!(next_page(link), Some("https://api.github.com/x?page=3"));
        assert_eq!(next_page("<https://api.github.com/x?page=1>; rel=\"first\""), None);
        assert_eq!(next_page("nonsense"), None);
    }

    #[test]
    fn a_token_goes_only_where_nobody_listens_in() {
        let wrong = |api_url: &str| {
            let form = AskForm {
                secret: "token".into(),
                api_url: api_url.into(),
            };
            !form.check().is_empty()
        };
        for fine in [
            "",
            "https://ghe.example.com/api/v3/",
            "http://127.0.0.1:8080",
            "http://localhost:1/api",
        ] {
            assert!(!wrong(fine), "{fine}");
        }
        for bad in [
            "http://ghe.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://x",
            "https://token@x.example.com",
            "https://x.example.com/?a=b",
        ] {
            assert!(wrong(bad), "{bad}");
        }
    }

    #[test]
    fn commits_read_as_a_push() {
        let sha = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
        let listed = json!([{"sha": sha, "commit": {"message": "feat: coupons", "author": {"name": "Ana", "date": "2026-11-20T09:00:00Z"},
            "committer": {"name": "GitHub", "date": "2026-11-20T10:00:00Z"}}}]);
        let asked = Question::Commits { branch: "main".into() };
        let pushed = hear(
            "push",
            &json!({"ref": "refs/heads/main", "commits": [{"id": sha, "timestamp": "2026-11-20T10:00:00Z",
            "message": "feat: coupons", "author": {"name": "Ana"}}]}),
        );
        assert_eq!(
            asked.read(&listed).map(|answer| answer.heard),
            pushed.map(|heard| vec![heard])
        );
        assert!(asked.read(&json!({"message": "Not Found"})).is_err());
        let day = asks_from("2026-11-20T10:00:00Z".parse().expect("a time"));
        assert_eq!(
            asked.path("example/storefront", day),
            "/repos/example/storefront/commits?sha=main&since=2026-11-06T00:00:00Z&per_page=100"
        );
    }
}
