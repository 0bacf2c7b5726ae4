//! A delivery, taken once, whatever the order in which deliveries come.

use crate::event::append;
use crate::outside::{Told, meant};
use crate::release::report_in;
use crate::service::read::environments_of;
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use domain::access::{Action, Actor, Scope, TokenScope, TokenUse};
use domain::check::{Check, Commit};
use domain::event::{Event, Stream, StreamKind};
use domain::github::{Checked, Deployed, Heard, Review, ReviewVerdict, Unreadable, Why, review_check, version_of};
use domain::id::{HookId, PersonId, ServiceId, TokenId};
use domain::outside::{OutsideForm, Source};
use domain::service::Environment;

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
    let environments = environments_of(&mut tx, &[row.service]).await?;
    let place = match &heard {
        Ok(Heard::Deployed(deployed)) => meant(&environments, &deployed.environment),
        _ => None,
    };
    let told = match &heard {
        Ok(Heard::Deployed(deployed)) if place.is_none() => format!(
            "{}, and no environment here has this name: nothing is kept of it",
            words(&Heard::Deployed(deployed.clone()))
        ),
        Ok(heard) => words(heard),
        Err(why) => why.to_string().chars().take(500).collect(),
    };
    let taken = match &heard {
        Ok(Heard::Nothing(_)) => Taken::Nothing,
        Ok(Heard::Deployed(_)) if place.is_none() => Taken::Nothing,
        Ok(_) => Taken::Used,
        Err(_) => Taken::Unreadable,
    };
    if !note(&mut tx, hook, delivery, event, taken, &told).await? {
        return Ok(Taken::Before);
    }
    if let Ok(heard) = heard {
        keep(&mut tx, &actor, row.service, &environments, heard).await?;
    }
    tx.kick("services");
    tx.commit().await?;
    Ok(taken)
}

/// Keeps what was heard, whoever told it: a delivery, or an answer to a question. Whether it says something that was not known.
pub(super) async fn keep(
    tx: &mut Tx,
    actor: &Actor,
    service: ServiceId,
    environments: &[Environment],
    heard: Heard,
) -> Result<bool, Error> {
    match heard {
        Heard::Pushed { branch, commits } => push(tx, actor, service, &branch, &commits).await,
        Heard::Checked(checked) => check(tx, actor, service, checked).await,
        Heard::Reviewed(review) => reviewed(tx, actor, service, &review).await,
        Heard::Deployed(deployed) => match meant(environments, &deployed.environment) {
            Some(environment) => deploy(tx, actor, environment, deployed).await,
            None => Ok(false),
        },
        Heard::Published(published) => {
            actor.may(Action::PlanRelease, Scope::Service(service))?;
            crate::outside::publish(tx, actor, service, &published).await
        }
        Heard::Nothing(_) => Ok(false),
    }
}

/// Whoever made the connection, with no more than it needs: to plan, and to say what was deployed.
pub(super) async fn in_whose_name(db: &Db, hook: HookId, person: PersonId) -> Result<Actor, Error> {
    let denied = domain::access::Denied {
        action: Action::TickItem,
    };
    let actor = crate::access::actor(db, person).await?.ok_or(denied)?;
    Ok(Actor {
        token: Some(TokenUse {
            id: TokenId(hook.0),
            scopes: vec![TokenScope::Read, TokenScope::Plan, TokenScope::Deploy],
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

pub(super) fn words(heard: &Heard) -> String {
    match heard {
        Heard::Pushed { branch, commits } => format!("{} commits on {branch}", commits.len()),
        Heard::Checked(checked) => format!("{} {} of {:.8}", checked.name, checked.form.state.key(), checked.commit),
        Heard::Reviewed(review) => format!(
            "{} by {} of {:.8}",
            review.verdict.key(),
            review.reviewer,
            review.commit
        ),
        Heard::Deployed(deployed) => format!(
            "deployment {} of {:.8} to {} {}",
            deployed.id,
            deployed.commit,
            deployed.environment,
            deployed.state.key()
        ),
        Heard::Published(published) => format!("release {} published", published.tag),
        Heard::Nothing(Why::Ping) => "the connection works".into(),
        Heard::Nothing(Why::NotUsed) => "events of this kind are not used".into(),
        Heard::Nothing(Why::SaysNothing) => "nothing that is kept".into(),
    }
}

async fn push(tx: &mut Tx, actor: &Actor, service: ServiceId, branch: &str, commits: &[Commit]) -> Result<bool, Error> {
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
    Ok(new > 0)
}

async fn deploy(tx: &mut Tx, actor: &Actor, environment: &Environment, deployed: Deployed) -> Result<bool, Error> {
    actor.may(Action::Deploy, environment.scope())?;
    let version = match crate::outside::built_from(tx, environment.service, &deployed.commit).await? {
        Some(version) => version,
        None => version_of(&deployed.reference, &deployed.commit),
    };
    let at = deployed.at.min(tx.now);
    let form = OutsideForm {
        environment: environment.name.clone(),
        version,
        commit: deployed.commit,
        state: deployed.state,
        tool: "GitHub".into(),
        url: deployed.url,
        external_id: deployed.id,
        started_at: deployed.started_at,
        finished_at: deployed.state.ended().then_some(at),
    };
    let source = Source::Github;
    let told = Told {
        environment,
        source,
        form: &form,
        at,
    };
    Ok(crate::outside::keep(tx, actor, told).await?.changed)
}

async fn check(tx: &mut Tx, actor: &Actor, service: ServiceId, checked: Checked) -> Result<bool, Error> {
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

async fn reviewed(tx: &mut Tx, actor: &Actor, service: ServiceId, review: &Review) -> Result<bool, Error> {
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
        None => Ok(false),
    }
}
