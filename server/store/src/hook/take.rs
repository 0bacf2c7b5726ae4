//! A delivery, taken once, whatever the order in which deliveries come.

use crate::event::append;
use crate::release::report_in;
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use domain::access::{Action, Actor, Scope, TokenScope, TokenUse};
use domain::check::{Check, Commit};
use domain::event::{Event, Stream, StreamKind};
use domain::github::{Checked, Heard, Review, ReviewVerdict, Unreadable, Why, review_check};
use domain::id::{HookId, PersonId, ServiceId, TokenId};

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was kept.
    Used,
    /// It brought nothing that is kept.
    Nothing,
    /// It could not be read; that is kept, so that its page shows it.
    Unreadable,
    /// It came before: nothing was done.
    Before,
}

/// Takes a delivery whose signature was right. Everything that it brings is one transaction with the note that it came.
///
/// # Errors
/// `NotFound` when the connection was ended meanwhile; `Denied` when whoever made it is not active any more, or may not do that.
pub async fn take(
    db: &Db,
    hook: HookId,
    delivery: &str,
    event: &str,
    heard: Result<Heard, Unreadable>,
) -> Result<Taken, Error> {
    let mut tx = begin(db).await?;
    // One delivery of a service after the other: two reviews at once must see each other.
    let row = sqlx::query!(
        r#"select service_id as "service: ServiceId", connected_by as "by: PersonId" from source_hook
           where id = $1 for update"#,
        hook.0,
    );
    let row = row.fetch_one(&mut *tx).await?;
    let actor = in_whose_name(db, hook, row.by).await?;
    let told = match &heard {
        Ok(heard) => words(heard),
        Err(why) => why.to_string().chars().take(500).collect(),
    };
    let taken = match &heard {
        Ok(Heard::Nothing(_)) => Taken::Nothing,
        Ok(_) => Taken::Used,
        Err(_) => Taken::Unreadable,
    };
    if !note(&mut tx, hook, delivery, event, taken, &told).await? {
        return Ok(Taken::Before);
    }
    match heard {
        Ok(Heard::Pushed { branch, commits }) => push(&mut tx, &actor, row.service, &branch, &commits).await?,
        Ok(Heard::Checked(checked)) => check(&mut tx, &actor, row.service, checked).await?,
        Ok(Heard::Reviewed(review)) => reviewed(&mut tx, &actor, row.service, &review).await?,
        Ok(Heard::Nothing(_)) | Err(_) => {}
    }
    tx.kick("services");
    tx.commit().await?;
    Ok(taken)
}

/// Whoever made the connection, with no more than it needs.
async fn in_whose_name(db: &Db, hook: HookId, person: PersonId) -> Result<Actor, Error> {
    let denied = domain::access::Denied {
        action: Action::TickItem,
    };
    let actor = crate::access::actor(db, person).await?.ok_or(denied)?;
    Ok(Actor {
        token: Some(TokenUse {
            id: TokenId(hook.0),
            scopes: vec![TokenScope::Read, TokenScope::Plan],
        }),
        ..actor
    })
}

/// Notes that it came. False: it came before.
async fn note(tx: &mut Tx, hook: HookId, delivery: &str, event: &str, taken: Taken, told: &str) -> Result<bool, Error> {
    let outcome = match taken {
        Taken::Used => "used",
        Taken::Nothing | Taken::Before => "nothing",
        Taken::Unreadable => "unreadable",
    };
    let now = tx.now;
    let noted = sqlx::query!(
        "insert into hook_delivery (hook_id, id, event, received_at, outcome, told) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
        hook.0,
        delivery,
        event,
        now,
        outcome,
        told.replace('\0', ""),
    );
    Ok(noted.execute(&mut **tx).await?.rows_affected() == 1)
}

fn words(heard: &Heard) -> String {
    match heard {
        Heard::Pushed { branch, commits } => format!("{} commits on {branch}", commits.len()),
        Heard::Checked(checked) => format!("{} {} of {:.8}", checked.name, checked.form.state.key(), checked.commit),
        Heard::Reviewed(review) => format!(
            "{} by {} of {:.8}",
            review.verdict.key(),
            review.reviewer,
            review.commit
        ),
        Heard::Nothing(Why::Ping) => "the connection works".into(),
        Heard::Nothing(Why::NotUsed) => "events of this kind are not used".into(),
        Heard::Nothing(Why::SaysNothing) => "nothing that is kept".into(),
    }
}

async fn push(tx: &mut Tx, actor: &Actor, service: ServiceId, branch: &str, commits: &[Commit]) -> Result<(), Error> {
    actor.may(Action::PlanRelease, Scope::Service(service))?;
    let now = tx.now;
    let mut new = 0;
    for commit in commits {
        // A commit came to version control when it was first pushed, to whichever branch.
        let kept = sqlx::query!(
            "insert into pushed_commit (service_id, commit_sha, branch, message, author, at, pushed_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            service.0,
            commit.sha,
            branch,
            commit.message,
            commit.author,
            commit.at,
            now,
        );
        new += kept.execute(&mut **tx).await?.rows_affected();
    }
    if new > 0 {
        let event = Event::CommitsPushed {
            branch: branch.to_owned(),
            count: u32::try_from(new).unwrap_or(u32::MAX),
        };
        append(tx, Stream::new(StreamKind::Service, service), actor.by(), &event).await?;
    }
    Ok(())
}

async fn check(tx: &mut Tx, actor: &Actor, service: ServiceId, checked: Checked) -> Result<(), Error> {
    checked.form.check(&checked.name, &checked.commit).into_result()?;
    let check = Check {
        commit: checked.commit,
        name: checked.name,
        state: checked.form.counts_as(),
        url: checked.form.url,
        figure: checked.form.figure,
        limit: checked.form.limit,
        // A source whose clock is ahead does not silence what comes after.
        reported_at: checked.at.min(tx.now),
    };
    report_in(tx, actor, service, &check).await
}

async fn reviewed(tx: &mut Tx, actor: &Actor, service: ServiceId, review: &Review) -> Result<(), Error> {
    sqlx::query!(
        "insert into commit_review (service_id, commit_sha, reviewer, verdict, url, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (service_id, commit_sha, reviewer) do update
             set verdict = excluded.verdict, url = excluded.url, at = excluded.at
             where commit_review.at <= excluded.at",
        service.0,
        review.commit,
        review.reviewer,
        review.verdict.key(),
        review.url,
        review.at,
    )
    .execute(&mut **tx)
    .await?;
    let last_words = sqlx::query_as!(
        Review,
        r#"select commit_sha as commit, reviewer, verdict as "verdict: ReviewVerdict", url, at from commit_review
           where service_id = $1 and commit_sha = $2 order by reviewer"#,
        service.0,
        review.commit,
    )
    .fetch_all(&mut **tx)
    .await?;
    match review_check(&review.commit, &last_words) {
        Some(checked) => check(tx, actor, service, checked).await,
        None => Ok(()),
    }
}
