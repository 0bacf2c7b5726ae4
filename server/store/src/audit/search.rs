//! The page of the audit trail: what a filter finds, newest first, and what it is about by name.

use super::trail;
use crate::access::read::everybody;
use crate::{Db, Error};
use domain::access::{Action, Actor, Person, Scope};
use domain::audit::{Entry, Filter, Record, Thing};
use domain::event::{Stream, StreamKind};
use sqlx::PgConnection;
use uuid::Uuid;

/// Entries of one page.
const PAGE: usize = 50;

/// A page of the audit trail.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// What they are about.
    pub things: Vec<Thing>,
    /// Everybody, for names and for the filter.
    pub people: Vec<Person>,
    /// Whether older ones follow.
    pub more: bool,
}

/// What a filter finds, newest first, before an entry with this id.
///
/// # Errors
/// `Denied`; `Db`.
pub async fn page(db: &Db, actor: &Actor, filter: &Filter, before: Option<i64>) -> Result<Page, Error> {
    actor.may(Action::ManageInstance, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let most = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
    let bounds = (0, before.unwrap_or(i64::MAX));
    let found = trail::between(&mut c, bounds, filter, most).await?;
    let more = found.len() > PAGE;
    let entries: Vec<Entry> = found.into_iter().take(PAGE).flatten().map(entry).collect();
    let streams: Vec<Stream> = entries.iter().map(|entry| entry.stream).chain(filter.stream).collect();
    Ok(Page {
        things: things(&mut c, &streams).await?,
        people: everybody(&mut c).await?,
        entries,
        more,
    })
}

fn entry(record: Record) -> Entry {
    Entry {
        id: record.id,
        stream: record.stream,
        seq: record.seq,
        at: record.at,
        by: serde_json::from_value(record.by).ok(),
        text: domain::canonical::text(&record.event),
        event: serde_json::from_value(record.event).ok(),
        hash: record.hash,
    }
}

/// The names of these streams' things, as far as they are still there.
async fn things(c: &mut PgConnection, streams: &[Stream]) -> Result<Vec<Thing>, Error> {
    let mut ids: Vec<Uuid> = streams.iter().map(|stream| stream.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut things = vec![Thing {
        stream: Stream::instance(),
        name: "Instance".into(),
        href: None,
    }];
    let mut add = |kind, id, name: String, href: String| {
        things.push(Thing {
            stream: Stream { kind, id },
            name,
            href: Some(href),
        });
    };
    let services = sqlx::query!("select id, name from service where id = any($1)", &ids);
    for row in services.fetch_all(&mut *c).await? {
        add(
            StreamKind::Service,
            row.id,
            row.name.clone(),
            format!("/services/{}", row.name),
        );
    }
    let environments = sqlx::query!(
        "select e.id, e.name, s.name as service from environment e join service s on s.id = e.service_id where e.id = any($1)",
        &ids,
    );
    for row in environments.fetch_all(&mut *c).await? {
        let href = format!("/services/{}/environments/{}", row.service, row.name);
        add(
            StreamKind::Environment,
            row.id,
            format!("{} {}", row.service, row.name),
            href,
        );
    }
    let releases = sqlx::query!(
        "select r.id, r.version, s.name as service from release r join service s on s.id = r.service_id where r.id = any($1)",
        &ids,
    );
    for row in releases.fetch_all(&mut *c).await? {
        let href = format!("/releases/{}/{}", row.service, row.version);
        add(
            StreamKind::Release,
            row.id,
            format!("{} {}", row.service, row.version),
            href,
        );
    }
    let deployments = sqlx::query!("select id, number from deployment where id = any($1)", &ids);
    for row in deployments.fetch_all(&mut *c).await? {
        let href = format!("/deployments/{}", row.number);
        add(
            StreamKind::Deployment,
            row.id,
            format!("Deployment {}", row.number),
            href,
        );
    }
    let incidents = sqlx::query!("select id, number from incident where id = any($1)", &ids);
    for row in incidents.fetch_all(&mut *c).await? {
        let href = format!("/incidents/{}", row.number);
        add(StreamKind::Incident, row.id, format!("INC-{}", row.number), href);
    }
    let components = sqlx::query!("select id, name from component where id = any($1)", &ids);
    for row in components.fetch_all(&mut *c).await? {
        add(
            StreamKind::Component,
            row.id,
            format!("{} (status page)", row.name),
            "/status".into(),
        );
    }
    let people = sqlx::query!("select id, name from person where id = any($1)", &ids);
    for row in people.fetch_all(&mut *c).await? {
        add(StreamKind::Person, row.id, row.name, "/people".into());
    }
    Ok(things)
}
