//! Deployments that something else made: taken as they are told, in any order and any number.

mod read;

pub use read::{beside, list};
pub(crate) use read::{newest_in, of_release, published};

use crate::event::append;
use crate::service::read::{environments_of, locked_by_name};
use crate::tx::{Tx, begin};
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, Scope};
use domain::event::{Event, Stream, StreamKind};
use domain::field::{FieldErrors, Problem};
use domain::id::{DeploymentId, OutsideId, ReleaseId, ServiceId};
use domain::outside::{Outside, OutsideForm, OutsideState, Published, Source, named, plain_version, replaces};
use domain::service::Environment;
use sqlx::types::Json;
use uuid::Uuid;

/// Keeps what a program tells of a deployment that it made; the same external id is the same deployment. Answers it as it is kept, and whether it is new.
///
/// # Errors
/// `NotFound` for the service; `Denied`; `Invalid` by the names of the fields.
pub async fn report(db: &Db, actor: &Actor, service: &str, form: &OutsideForm) -> Result<(Outside, bool), Error> {
    let mut tx = begin(db).await?;
    // Of two reports at once the second sees the first one.
    let service = locked_by_name(&mut tx, service).await?.id;
    let environments = environments_of(&mut tx, &[service]).await?;
    let Some(environment) = meant(&environments, &form.environment) else {
        actor.may(Action::Deploy, Scope::Service(service))?;
        return Err(FieldErrors::one("environment", Problem::Unknown).into());
    };
    actor.may(Action::Deploy, environment.scope())?;
    form.check().into_result()?;
    let told = Told {
        environment,
        source: Source::Report,
        form,
        at: form.at(tx.now),
    };
    let kept = keep(&mut tx, actor, told).await?;
    let outside = read::lines(&mut tx, &[kept.id.0]).await?.pop().ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok((outside, kept.new))
}

/// The environment that is meant by a name, in capitals or not.
pub(crate) fn meant<'a>(environments: &'a [Environment], given: &str) -> Option<&'a Environment> {
    let name = named(environments.iter().map(|one| one.name.as_str()), given)?;
    environments.iter().find(|one| one.name == name)
}

/// A deployment as a source tells it, after it was checked.
pub(crate) struct Told<'a> {
    pub environment: &'a Environment,
    pub source: Source,
    pub form: &'a OutsideForm,
    /// When its state came to be.
    pub at: DateTime<Utc>,
}

/// What became of it.
pub(crate) struct Kept {
    id: OutsideId,
    new: bool,
    /// It says something that was not known.
    pub changed: bool,
}

struct Before {
    id: OutsideId,
    state: OutsideState,
    at: DateTime<Utc>,
}

/// Keeps it inside a transaction in which nobody else keeps one of this source and service.
pub(crate) async fn keep(tx: &mut Tx, actor: &Actor, told: Told<'_>) -> Result<Kept, Error> {
    let (form, service) = (told.form, told.environment.service);
    let before = sqlx::query_as!(
        Before,
        r#"select id as "id: OutsideId", state as "state: OutsideState", at from outside_deployment
           where service_id = $1 and source = $2 and external_id = $3 for update"#,
        service.0,
        told.source.key(),
        form.external_id.trim(),
    )
    .fetch_optional(&mut **tx)
    .await?;
    // Without a time of its own, the same word again tells nothing new.
    let untimed = match form.state.ended() {
        true => form.finished_at.is_none(),
        false => form.started_at.is_none(),
    };
    let stands = |before: &Before| {
        (untimed && before.state == form.state) || !replaces((before.at, before.state), (told.at, form.state))
    };
    if let Some(before) = before.as_ref().filter(|before| stands(before)) {
        if let Some(started) = form.started_at {
            began(tx, before.id, started).await?;
        }
        return Ok(Kept {
            id: before.id,
            new: false,
            changed: false,
        });
    }
    let id = before
        .as_ref()
        .map_or_else(|| OutsideId(Uuid::now_v7()), |before| before.id);
    let within = part_of(tx, &told).await?;
    write(tx, actor, id, &told, within.map(|(id, _)| id)).await?;
    let changed = before.as_ref().map(|before| before.state) != Some(form.state);
    if changed {
        let event = Event::DeployedOutside {
            environment: told.environment.name.clone(),
            version: plain_version(&form.version).to_owned(),
            state: form.state,
            tool: form.tool.trim().to_owned(),
            within: within.map(|(_, number)| number),
        };
        tell(tx, actor, service, plain_version(&form.version), &event).await?;
    }
    tx.kick("deployments");
    Ok(Kept {
        id,
        new: before.is_none(),
        changed,
    })
}

/// When it began, if that was not known, or known later.
async fn began(tx: &mut Tx, id: OutsideId, started: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "update outside_deployment set started_at = least(started_at, $2) where id = $1",
        id.0,
        started,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The deployment of ours that brought the same version there at the same time: what was told is a part of it.
async fn part_of(tx: &mut Tx, told: &Told<'_>) -> Result<Option<(DeploymentId, i64)>, Error> {
    let row = sqlx::query!(
        r#"select d.id as "id: DeploymentId", d.number from deployment d join release r on r.id = d.release_id
           where d.environment_id = $1 and r.version = $2 and d.started_at <= $3 and (d.ended_at is null or d.ended_at >= $4)
           order by d.number desc limit 1"#,
        told.environment.id.0,
        plain_version(&told.form.version),
        told.at,
        told.form.started_at.unwrap_or(told.at),
    );
    Ok(row.fetch_optional(&mut **tx).await?.map(|row| (row.id, row.number)))
}

async fn write(
    tx: &mut Tx,
    actor: &Actor,
    id: OutsideId,
    told: &Told<'_>,
    within: Option<DeploymentId>,
) -> Result<(), Error> {
    let (form, now) = (told.form, tx.now);
    let begins = (!form.state.ended()).then_some(told.at);
    let ends = form.state.ended().then_some(told.at);
    sqlx::query!(
        "insert into outside_deployment (id, service_id, environment_id, source, external_id, version, commit_sha, state, tool, url,
             started_at, finished_at, at, deployment_id, by, reported_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         on conflict (id) do update
             set environment_id = excluded.environment_id, version = excluded.version, commit_sha = excluded.commit_sha,
                 state = excluded.state, tool = excluded.tool,
                 url = case when excluded.url = '' then outside_deployment.url else excluded.url end,
                 started_at = least(outside_deployment.started_at, excluded.started_at), finished_at = excluded.finished_at,
                 at = excluded.at, deployment_id = excluded.deployment_id, by = excluded.by, reported_at = excluded.reported_at",
        id.0,
        told.environment.service.0,
        told.environment.id.0,
        told.source.key(),
        form.external_id.trim(),
        plain_version(&form.version),
        form.commit,
        form.state.key(),
        form.tool.trim(),
        form.url.trim(),
        form.started_at.or(begins),
        ends,
        told.at,
        within.map(|id| id.0),
        Json(actor.by()) as _,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Appends to the stream of the release of this version, else to the service's.
async fn tell(tx: &mut Tx, actor: &Actor, service: ServiceId, version: &str, event: &Event) -> Result<(), Error> {
    let release = sqlx::query_scalar!(
        r#"select id as "id: ReleaseId" from release where service_id = $1 and version = $2"#,
        service.0,
        version,
    )
    .fetch_optional(&mut **tx)
    .await?;
    let of_service = Stream::new(StreamKind::Service, service);
    let stream = release.map_or(of_service, |release| Stream::new(StreamKind::Release, release));
    // What runs there may be another version now.
    tx.kick(of_service.topic());
    tx.kick("services");
    append(tx, stream, actor.by(), event).await?;
    Ok(())
}

/// The version of the newest release that is built from this commit. A plan may name it by its first seven digits or more.
pub(crate) async fn built_from(tx: &mut Tx, service: ServiceId, commit: &str) -> Result<Option<String>, Error> {
    let version = sqlx::query_scalar!(
        "select version from release
         where service_id = $1 and length(form ->> 'commit') >= 7 and starts_with($2, form ->> 'commit')
         order by created_at desc, id desc limit 1",
        service.0,
        commit,
    );
    Ok(version.fetch_optional(&mut **tx).await?)
}

/// Keeps a release that the source repository published. Whether that was not known.
pub(crate) async fn publish(
    tx: &mut Tx,
    actor: &Actor,
    service: ServiceId,
    published: &Published,
) -> Result<bool, Error> {
    let known = sqlx::query_scalar!(
        "select published_at from source_release where service_id = $1 and tag = $2 for update",
        service.0,
        published.tag,
    )
    .fetch_optional(&mut **tx)
    .await?;
    if known.is_some_and(|known| known > published.at) {
        return Ok(false);
    }
    sqlx::query!(
        "insert into source_release (service_id, tag, version, name, url, prerelease, published_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (service_id, tag) do update
             set name = excluded.name, url = excluded.url, prerelease = excluded.prerelease, published_at = excluded.published_at",
        service.0,
        published.tag,
        plain_version(&published.tag),
        published.name,
        published.url,
        published.prerelease,
        published.at,
    )
    .execute(&mut **tx)
    .await?;
    if known.is_none() {
        let event = Event::ReleasePublished {
            tag: published.tag.clone(),
        };
        tell(tx, actor, service, plain_version(&published.tag), &event).await?;
    }
    Ok(known.is_none())
}
