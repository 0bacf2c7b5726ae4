//! Deployments that something else made, as pages show them.

use crate::deployment::{Filter, Which};
use crate::{Db, Error};
use chrono::{DateTime, Utc};
use domain::access::{Action, Actor, By, Scope};
use domain::deployment::{Brought, DeploymentLine, Running};
use domain::id::{EnvironmentId, OutsideId, ReleaseId, ServiceId};
use domain::outside::{Outside, OutsideState, Published};
use domain::service::Tier;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// Lines that are shown at once.
const PAGE: i64 = 50;

/// Lines of one page of deployments' list, at most: a page of ours ends it, unless it is the last one.
const MOST: i64 = 200;

struct Row {
    id: OutsideId,
    service: String,
    environment: String,
    tier: Tier,
    version: String,
    commit: String,
    state: OutsideState,
    tool: String,
    url: String,
    external_id: String,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
    release: Option<ReleaseId>,
    within: Option<i64>,
    by: Json<By>,
    reported_at: DateTime<Utc>,
}

impl From<Row> for Outside {
    fn from(row: Row) -> Outside {
        Outside {
            id: row.id,
            service: row.service,
            environment: row.environment,
            tier: row.tier,
            version: row.version,
            commit: row.commit,
            state: row.state,
            tool: row.tool,
            url: row.url,
            external_id: row.external_id,
            started_at: row.started_at,
            finished_at: row.finished_at,
            at: row.at,
            release: row.release,
            within: row.within,
            by: row.by.0,
            reported_at: row.reported_at,
        }
    }
}

/// These, newest first.
pub(super) async fn lines(c: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Outside>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select o.id as "id: OutsideId", s.name as service, e.name as environment, e.tier as "tier: Tier", o.version,
               o.commit_sha as commit, o.state as "state: OutsideState", o.tool, o.url, o.external_id, o.started_at, o.finished_at, o.at,
               r.id as "release?: ReleaseId", d.number as "within?", o.by as "by: Json<By>", o.reported_at
           from outside_deployment o
           join service s on s.id = o.service_id
           join environment e on e.id = o.environment_id
           left join release r on r.service_id = o.service_id and r.version = o.version
           left join deployment d on d.id = o.deployment_id
           where o.id = any($1) order by o.at desc, o.id desc"#,
        ids,
    )
    .fetch_all(c)
    .await?;
    Ok(rows.into_iter().map(Outside::from).collect())
}

/// Those of a service, newest first, fifty a page. `before` is when the last line of the page before came to be as it is.
///
/// # Errors
/// `NotFound` for the service; `Denied`.
pub async fn list(db: &Db, actor: &Actor, service: &str, before: Option<DateTime<Utc>>) -> Result<Vec<Outside>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    let service = crate::service::read::service_by_name(&mut c, service).await?.id;
    let ids = sqlx::query_scalar!(
        "select id from outside_deployment where service_id = $1 and ($2::timestamptz is null or at < $2)
         order by at desc, id desc limit $3",
        service.0,
        before,
        PAGE,
    )
    .fetch_all(&mut *c)
    .await?;
    lines(&mut c, &ids).await
}

/// Those that belong between the lines of this page of deployments by their time, newest first.
///
/// # Errors
/// `Denied`.
pub async fn beside(db: &Db, actor: &Actor, filter: &Filter, page: &[DeploymentLine]) -> Result<Vec<Outside>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let states: Vec<String> = OutsideState::ALL
        .into_iter()
        .filter(|state| match filter.state {
            Which::All => true,
            Which::Open => !state.ended(),
            Which::Ended => state.ended(),
        })
        .map(|state| state.key().to_owned())
        .collect();
    // A page that is full goes on at its last line: what is older stands on the next one.
    let from = page
        .last()
        .filter(|_| crate::deployment::is_full(page))
        .map(|line| line.requested_at);
    let mut c = db.acquire().await?;
    let ids = sqlx::query_scalar!(
        r#"select o.id from outside_deployment o
           join service s on s.id = o.service_id
           join environment e on e.id = o.environment_id
           where ($1::text is null or s.name = $1) and ($2::text is null or e.name = $2) and o.state = any($3)
             and ($4::timestamptz is null or o.at > $4)
             and ($5::bigint is null or o.at <= (select requested_at from deployment where number = $5))
           order by o.at desc, o.id desc limit $6"#,
        filter.service,
        filter.environment,
        &states,
        from,
        filter.before,
        MOST,
    )
    .fetch_all(&mut *c)
    .await?;
    lines(&mut c, &ids).await
}

/// Those of a version, newest first.
pub(crate) async fn of_release(c: &mut PgConnection, service: ServiceId, version: &str) -> Result<Vec<Outside>, Error> {
    let ids = sqlx::query_scalar!(
        "select id from outside_deployment where service_id = $1 and version = $2",
        service.0,
        version,
    )
    .fetch_all(&mut *c)
    .await?;
    lines(c, &ids).await
}

/// What was last brought past us to these environments: the newest success that was not part of a deployment of ours.
pub(crate) async fn newest_in(
    c: &mut PgConnection,
    environments: &[EnvironmentId],
) -> Result<HashMap<EnvironmentId, Running>, Error> {
    let ids: Vec<_> = environments.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select distinct on (o.environment_id) o.environment_id as "environment: EnvironmentId", o.id as "id: OutsideId",
               o.version, o.tool, o.at, r.id as "release?: ReleaseId"
           from outside_deployment o left join release r on r.service_id = o.service_id and r.version = o.version
           where o.environment_id = any($1) and o.state = 'succeeded' and o.deployment_id is null
           order by o.environment_id, o.at desc, o.id desc"#,
        &ids,
    )
    .fetch_all(c)
    .await?;
    let newest = rows.into_iter().map(|row| {
        let running = Running {
            version: row.version,
            release: row.release,
            brought: Brought::Outside {
                outside: row.id,
                tool: row.tool,
            },
            since: row.at,
        };
        (row.environment, running)
    });
    Ok(newest.collect())
}

/// What the source repository published under a version.
pub(crate) async fn published(
    c: &mut PgConnection,
    service: ServiceId,
    version: &str,
) -> Result<Option<Published>, Error> {
    let published = sqlx::query_as!(
        Published,
        "select tag, name, url, prerelease, published_at as at from source_release
         where service_id = $1 and version = $2 order by published_at desc limit 1",
        service.0,
        version,
    );
    Ok(published.fetch_optional(c).await?)
}
