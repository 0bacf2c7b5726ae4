//! A release with all that its page shows.

use super::read;
use crate::access::read::people;
use crate::event::of_streams;
use crate::gate::{Standing, standing_of};
use crate::service::read::environments_of;
use crate::{Db, Error};
use domain::access::{Action, Actor, Person, Scope};
use domain::event::{Event, Happened, Stream, StreamKind};
use domain::id::{PersonId, ReleaseId};
use domain::release::{ReleaseEnvironment, ReleasePage};
use std::collections::BTreeSet;

/// A release by its service's name and its version.
///
/// # Errors
/// `NotFound`, `Denied`.
pub async fn page(db: &Db, actor: &Actor, service: &str, version: &str) -> Result<ReleasePage, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let id = read::release_id(&mut c, service, version).await?;
    let release = read::release(&mut c, id).await?;
    let service = read::service(&mut c, release.service).await?;
    let items = read::items(&mut c, id).await?;
    let all = environments_of(&mut c, &[release.service]).await?;
    let mut environments = Vec::with_capacity(all.len());
    for environment in &all {
        let standing = standing_of(&mut c, &service, &release, &items, &all, environment.id).await?;
        environments.push(beside(standing));
    }
    let deployments = crate::deployment::lines_of_release(&mut c, id).await?;
    let outside = crate::outside::of_release(&mut c, release.service, version).await?;
    let published = crate::outside::published(&mut c, release.service, version).await?;
    let mut page = ReleasePage {
        outside,
        published,
        release,
        service,
        items,
        environments,
        deployments,
        people: Vec::new(),
    };
    page.people = people(&mut c, &mentioned(&page)).await?;
    Ok(page)
}

fn beside(standing: Standing) -> ReleaseEnvironment {
    ReleaseEnvironment {
        running: standing.running,
        lock: standing.facts.lock.clone(),
        environment: standing.environment,
        plan: standing.plan,
        digest: standing.digest,
        facts: standing.facts,
        request: standing.request,
    }
}

/// Everybody whose id the page mentions.
fn mentioned(page: &ReleasePage) -> Vec<PersonId> {
    let mut people = BTreeSet::from([page.release.created_by]);
    people.extend(page.items.iter().filter_map(|item| item.by));
    people.extend(page.deployments.iter().flat_map(crate::deployment::mentioned_by));
    for environment in &page.environments {
        let facts = &environment.facts;
        people.extend(facts.editors.iter().chain(&facts.active));
        people.extend(facts.lock.iter().filter_map(|lock| lock.by.person()));
        people.extend(environment.request.iter().map(|request| request.by));
        people.extend(facts.approvals.iter().map(|approval| approval.by));
    }
    people.into_iter().collect()
}

/// What happened to a release, and whom that names.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Oldest first.
    pub events: Vec<Happened>,
    pub people: Vec<Person>,
}

/// All that happened to a release itself, and how its deployments went.
///
/// # Errors
/// `NotFound`, `Denied`.
pub async fn history(db: &Db, actor: &Actor, id: ReleaseId) -> Result<History, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    read::release(&mut c, id).await?;
    let deployments = crate::deployment::lines_of_release(&mut c, id).await?;
    let mut streams = vec![Stream::new(StreamKind::Release, id)];
    streams.extend(
        deployments
            .iter()
            .map(|line| Stream::new(StreamKind::Deployment, line.id)),
    );
    let mut events = of_streams(&mut c, &streams).await?;
    events.retain(|happened| happened.stream.kind == StreamKind::Release || turns(&happened.event));
    let named: BTreeSet<PersonId> = events.iter().flat_map(Happened::people).collect();
    let people = people(&mut c, &named.into_iter().collect::<Vec<_>>()).await?;
    Ok(History { events, people })
}

/// Whether a deployment's event is a turn that its release's history tells; its own page has the rest.
fn turns(event: &Event) -> bool {
    matches!(
        event,
        Event::DeploymentStarted
            | Event::Paused { .. }
            | Event::Resumed
            | Event::TakingBack { .. }
            | Event::Ended { .. }
    )
}
