//! A release as a program registers it: once or many times, with the same result.

use super::check::settle_items;
use super::edit::{change, plan};
use super::read;
use crate::service::read::locked_by_name;
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use domain::access::{Action, Actor, Scope};
use domain::check::Commit;
use domain::id::ReleaseId;
use domain::registration::Registration;

/// Plans a version of a service with its artifact and commits, or brings one that is planned already to them. Answers whether it is new.
///
/// # Errors
/// `NotFound` for the service; `Denied`; `Invalid`, by the fields of a plan and of the registration.
pub async fn register(
    db: &Db,
    actor: &Actor,
    service: &str,
    version: &str,
    registration: &Registration,
) -> Result<bool, Error> {
    let mut tx = begin(db).await?;
    // Of two that register one version at once, the second finds the first one's release.
    let service = locked_by_name(&mut tx, service).await?;
    actor.may(Action::PlanRelease, Scope::Service(service.id))?;
    registration.check().into_result()?;
    let (id, new) = match read::release_id(&mut tx, &service.name, version).await {
        Ok(id) => {
            read::lock(&mut tx, id).await?;
            let before = read::release(&mut tx, id).await?;
            change(&mut tx, actor, &before, &registration.onto(&before.form)).await?;
            (id, false)
        }
        Err(Error::NotFound) => {
            let form = registration.fresh(version);
            (plan(&mut tx, actor, service.id, &form).await?, true)
        }
        Err(other) => return Err(other),
    };
    if !registration.commits.is_empty() {
        keep_commits(&mut tx, id, &registration.commits).await?;
    }
    settle_items(&mut tx, actor, id).await?;
    tx.commit().await?;
    Ok(new)
}

async fn keep_commits(tx: &mut Tx, release: ReleaseId, commits: &[Commit]) -> Result<(), Error> {
    sqlx::query!("delete from release_commit where release_id = $1", release.0)
        .execute(&mut **tx)
        .await?;
    for (position, commit) in (0..).zip(commits) {
        sqlx::query!(
            "insert into release_commit (release_id, position, commit_sha, message, author, at)
             values ($1, $2, $3, $4, $5, $6)",
            release.0,
            position,
            commit.sha,
            commit.message.replace('\0', ""),
            commit.author.replace('\0', ""),
            commit.at,
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// The commits that a release brings, the oldest first.
///
/// # Errors
/// `NotFound`; `Denied`.
pub async fn commits(db: &Db, actor: &Actor, service: &str, version: &str) -> Result<Vec<Commit>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let id = read::release_id(&mut c, service, version).await?;
    let commits = sqlx::query_as!(
        Commit,
        "select commit_sha as sha, message, author, at from release_commit where release_id = $1 order by position",
        id.0,
    );
    Ok(commits.fetch_all(&mut *c).await?)
}
