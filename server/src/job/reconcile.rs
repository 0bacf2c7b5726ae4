//! Asks a repository for what its webhook missed: GitHub does not deliver again by itself.

use super::webhook::said;
use super::{NotDone, Work, work};
use chrono::{DateTime, Utc};
use domain::github::answer::{Question, next_page};
use domain::id::HookId;
use domain::job::Task;
use engine::address;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use store::hook::{Begun, End, Known, Page, Round};

/// Bytes of one page of an answer, at most.
const LARGEST: usize = 8 * 1024 * 1024;

/// Questions of one round, at most: a page is one.
const MOST: usize = 1_000;

/// The job: find the repositories that are to be asked. It needs nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ReconcileAll {}

impl TaskHandler for ReconcileAll {
    const IDENTIFIER: &'static str = Task::ReconcileAll.key();

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        all(&context).await
    }
}

async fn all(context: &WorkerContext) -> Result<(), NotDone> {
    store::hook::reconcile_all(&work(context)?.db).await?;
    Ok(())
}

/// The job: ask about this connection, unless it was ended or rests.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reconcile {
    pub hook: HookId,
}

impl TaskHandler for Reconcile {
    const IDENTIFIER: &'static str = Task::Reconcile.key();

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        reconcile(&context, self.hook).await
    }
}

async fn reconcile(context: &WorkerContext, hook: HookId) -> Result<(), NotDone> {
    let work = work(context)?;
    let end = match store::hook::round(&work.db, &work.vault, hook).await? {
        Begun::Not => return Ok(()),
        Begun::NoRepository => End::Failed(
            "The service's repository is not of the form https://github.com/owner/name: correct it on the service's page.".into(),
        ),
        Begun::NoSecret(name) => End::Failed(format!("There is no secret {name}: set it, or name another one.")),
        Begun::Ask(round) => match ask_all(&work, hook, &round).await {
            Ok(()) => End::Done(round.began_at),
            Err(Stop::Rests(until)) => End::Rests(until),
            Err(Stop::Gone) => return Ok(()),
            Err(Stop::Failed(why)) => End::Failed(round.token.mask.hide(&why).into_owned()),
        },
    };
    store::hook::note_end(&work.db, hook, &end).await?;
    match end {
        End::Done(_) | End::Rests(_) => Ok(()),
        End::Failed(why) => Err(NotDone::because(why)),
    }
}

/// Why a round stops.
enum Stop {
    /// In words.
    Failed(String),
    /// GitHub's limit is reached.
    Rests(DateTime<Utc>),
    /// The connection was ended meanwhile.
    Gone,
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Stop {
        match error {
            store::Error::NotFound => Stop::Gone,
            store::Error::Denied(_) => {
                Stop::Failed("Whoever connected this service may not do that any more: connect it anew.".into())
            }
            other => Stop::Failed(other.to_string()),
        }
    }
}

/// Asks everything, page by page. What a page brings is kept before the next one is asked for.
async fn ask_all(work: &Work, hook: HookId, round: &Round) -> Result<(), Stop> {
    let asker = Asker::new(work, round)?;
    let mut waiting: VecDeque<(Question, Option<String>)> = round
        .questions
        .iter()
        .map(|question| (question.clone(), None))
        .collect();
    let (mut asked, mut rests) = (0, None);
    while let Some((question, page)) = waiting.pop_front() {
        // The last answer said that it was the last one for now.
        if let Some(until) = rests {
            return Err(Stop::Rests(until));
        }
        asked += 1;
        if asked > MOST {
            return Err(Stop::Failed(format!(
                "More than {MOST} questions: this repository is too large to be asked."
            )));
        }
        let address = page.unwrap_or_else(|| format!("{}{}", round.api, question.path(&round.repository, round.from)));
        let known = round.known.get(&address);
        let (said, last) = asker.ask(&address, known).await?;
        rests = last;
        let (asks, next) = match said {
            Said::Unchanged(known) => (known.asks, known.next),
            Said::New { body, etag, next } => {
                let answer = question
                    .read(&body)
                    .map_err(|why| Stop::Failed(format!("An answer can't be read: {why}.")))?;
                let known = etag.map(|etag| Known {
                    etag,
                    next: next.clone(),
                    asks: answer.asks.clone(),
                });
                let page = Page {
                    address: &address,
                    heard: answer.heard,
                    known: known.as_ref(),
                };
                store::hook::keep_page(&work.db, hook, page).await?;
                (answer.asks, next)
            }
        };
        waiting.extend(asks.into_iter().map(|question| (question, None)));
        if let Some(next) = next {
            waiting.push_front((question, Some(next)));
        }
    }
    Ok(())
}

/// One answer.
enum Said {
    Unchanged(Known),
    New {
        body: Value,
        etag: Option<String>,
        next: Option<String>,
    },
}

struct Asker<'a> {
    client: reqwest::Client,
    work: &'a Work,
    round: &'a Round,
}

impl<'a> Asker<'a> {
    fn new(work: &'a Work, round: &'a Round) -> Result<Asker<'a>, Stop> {
        let client = reqwest::Client::builder()
            .timeout(work.patience)
            // A redirect could carry the token elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(address::Resolver))
            .no_proxy()
            .user_agent("slipway")
            .build()
            .map_err(|error| Stop::Failed(error.to_string()))?;
        Ok(Asker { client, work, round })
    }

    /// The address, when it is below the API's own: the token goes nowhere else.
    fn below(&self, address: &str) -> Result<Url, Stop> {
        let elsewhere = || Stop::Failed("GitHub names a next page that is not below the API's address.".to_owned());
        let url = Url::parse(address).map_err(|_| elsewhere())?;
        let api = Url::parse(&self.round.api).map_err(|_| elsewhere())?;
        let inside = url.origin() == api.origin() && url.path().starts_with(api.path().trim_end_matches('/'));
        if !inside {
            return Err(elsewhere());
        }
        address::check(&url).map_err(Stop::Failed)?;
        Ok(url)
    }

    /// Asks, and says until when nothing more may be asked, when that was the last question that GitHub allows.
    async fn ask(&self, address: &str, known: Option<&Known>) -> Result<(Said, Option<DateTime<Utc>>), Stop> {
        let url = self.below(address)?;
        let mut request = self
            .client
            .get(url)
            .bearer_auth(&self.round.token.value)
            .header(http::header::ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        if let Some(known) = known {
            request = request.header(http::header::IF_NONE_MATCH, &known.etag);
        }
        let failed = |error: reqwest::Error| {
            let why = said(&error, self.work.patience);
            Stop::Failed(format!("GitHub does not answer: {why}."))
        };
        let mut response = request.send().await.map_err(failed)?;
        let (status, limit) = (response.status(), Limit::of(response.headers()));
        let text = |name: http::HeaderName| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (etag, link) = (text(http::header::ETAG), text(http::header::LINK));
        match (status, known) {
            (StatusCode::NOT_MODIFIED, Some(known)) => return Ok((Said::Unchanged(known.clone()), limit.exhausted())),
            (status, _) if status.is_success() => {}
            (status, _) => return Err(refused(status, &limit, &self.round.repository, self.round.began_at)),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                return Err(Stop::Failed("An answer is larger than eight mebibytes.".into()));
            }
        }
        let body =
            serde_json::from_slice(&bytes).map_err(|error| Stop::Failed(format!("An answer is no JSON: {error}.")))?;
        let next = link.as_deref().and_then(next_page).map(str::to_owned);
        Ok((Said::New { body, etag, next }, limit.exhausted()))
    }
}

/// What GitHub says of its limits.
struct Limit {
    left: Option<u64>,
    /// When all are left again.
    reset: Option<DateTime<Utc>>,
    /// Seconds to wait.
    wait_s: Option<i64>,
}

impl Limit {
    /// Until when nothing more may be asked.
    fn exhausted(&self) -> Option<DateTime<Utc>> {
        self.reset.filter(|_| self.left == Some(0))
    }

    fn of(headers: &http::HeaderMap) -> Limit {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<i64>().ok();
        Limit {
            left: number("x-ratelimit-remaining").and_then(|left| u64::try_from(left).ok()),
            reset: number("x-ratelimit-reset").and_then(|at| DateTime::from_timestamp(at, 0)),
            wait_s: number("retry-after"),
        }
    }
}

/// Why GitHub did not answer a question, and until when it answers none.
fn refused(status: StatusCode, limit: &Limit, repository: &str, now: DateTime<Utc>) -> Stop {
    let limited = matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    if limited && (limit.wait_s.is_some() || limit.left == Some(0) || status == StatusCode::TOO_MANY_REQUESTS) {
        let after = limit
            .wait_s
            .and_then(chrono::TimeDelta::try_seconds)
            .map(|wait| now + wait);
        // Never longer than a day, whatever is said; a minute, when nothing is.
        let until = after.or(limit.reset).unwrap_or(now + chrono::TimeDelta::minutes(1));
        return Stop::Rests(until.min(now + chrono::TimeDelta::days(1)));
    }
    Stop::Failed(match status.as_u16() {
        401 => "GitHub refuses the token (401): it ended, or was revoked. Set the secret anew.".into(),
        403 => format!(
            "GitHub does not let this token read {repository} (403): it needs contents, checks, actions and pull requests."
        ),
        404 => format!("GitHub knows no repository {repository}, or this token may not read it (404)."),
        300..=399 => format!("{repository} has moved ({status}): correct the service's repository."),
        _ => format!("GitHub answers {status}."),
    })
}
