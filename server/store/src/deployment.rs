//! Deployments: asked for, steered, shown. What happens to a run in between is the engine's, in [`crate::rollout`].

mod page;
mod read;
mod tail;

pub use page::page;
pub(crate) use page::{intent, lock_of};
pub(crate) use read::{ExecutionRow, command, line_of, lines, lines_of_release, mentioned_by, people_of, read};
pub(crate) use tail::variant;
pub use tail::{SamplesSince, log_since, samples_since};

use crate::tx::{self, Tx};
use crate::{Db, Error, Rule, event, gate};
use domain::access::{Action, Actor, Person, Scope};
use domain::deployment::{DeploymentLine, Kind, Run, State, Steer, fits};
use domain::event::{Event, Stream, StreamKind};
use domain::gate::{evaluate, reasons};
use domain::id::{DeploymentId, EnvironmentId, IntentId, ReleaseId};
use sqlx::types::Json;
use uuid::Uuid;

/// Lines of a list that are shown at once.
const PAGE: i64 = 50;

/// Asks for a deployment: every gate is evaluated in the same transaction that freezes the plan and puts it into the environment's queue.
///
/// # Errors
/// `Denied`; `Refused` with the reasons of every gate that does not pass; `Rule(NothingToDo)` while this release is under way there already.
pub async fn request(
    db: &Db,
    actor: &Actor,
    release: ReleaseId,
    environment: EnvironmentId,
) -> Result<DeploymentId, Error> {
    let mut tx = tx::begin(db).await?;
    gate::hold(&mut tx, release, environment).await?;
    let standing = gate::standing(&mut tx, release, environment).await?;
    actor.may(Action::Deploy, standing.environment.scope())?;
    let held = reasons(&evaluate(&standing.facts, tx.now));
    if !held.is_empty() {
        return Err(Error::Refused(held));
    }
    if under_way(&mut tx, release, environment).await? {
        return Err(Rule::NothingToDo.into());
    }
    let digest = gate::keep_plan(&mut tx, &standing.plan).await?;
    let running = standing.running.as_ref();
    let id = DeploymentId(Uuid::now_v7());
    let asked = Asked {
        id,
        kind: if running.and_then(|running| running.release) == Some(release) {
            Kind::Redeploy
        } else {
            Kind::Planned
        },
        service: standing.service.id.0,
        release,
        environment,
        digest: &digest.0,
        previous_version: running.map(|running| running.version.clone()),
    };
    insert(&mut tx, asked, actor).await?;
    let requested = Event::DeploymentRequested {
        release,
        environment: standing.environment.name,
        version: standing.plan.version,
    };
    event::append(&mut tx, stream(id), actor.by(), &requested).await?;
    tx.kick(Stream::new(StreamKind::Release, release).topic());
    tx.wake_engine();
    tx.commit().await?;
    Ok(id)
}

/// The stream of a deployment.
pub(crate) fn stream(id: DeploymentId) -> Stream {
    Stream::new(StreamKind::Deployment, id)
}

async fn under_way(tx: &mut Tx, release: ReleaseId, environment: EnvironmentId) -> Result<bool, Error> {
    // Two clicks at once: the second waits here for the first.
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 1))",
        format!("{release}:{environment}")
    )
    .execute(&mut **tx)
    .await?;
    let states: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| state.under_way())
        .map(|state| state.key().to_owned())
        .collect();
    let found = sqlx::query_scalar!(
        r#"select exists (
             select from deployment where release_id = $1 and environment_id = $2 and kind <> 'rollback'
             and state = any($3)
           ) as "found!""#,
        release.0,
        environment.0,
        &states,
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(found)
}

struct Asked<'a> {
    id: DeploymentId,
    kind: Kind,
    service: Uuid,
    release: ReleaseId,
    environment: EnvironmentId,
    digest: &'a [u8],
    previous_version: Option<String>,
}

async fn insert(tx: &mut Tx, asked: Asked<'_>, actor: &Actor) -> Result<(), Error> {
    let run = Run::queued();
    let now = tx.now;
    sqlx::query!(
        r#"insert into deployment
             (id, kind, service_id, release_id, environment_id, digest, state, run, previous_version, by, requested_at, wake_at)
           values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9, $10, $10)"#,
        asked.id.0,
        asked.kind as Kind,
        asked.service,
        asked.release.0,
        asked.environment.0,
        asked.digest,
        Json(&run) as _,
        asked.previous_version,
        Json(actor.by()) as _,
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Tells a run what a person wants. The engine carries it out: it is the run's one writer.
///
/// # Errors
/// `Denied`; `Rule(SteerRefused)` when the command does not fit the run as it is now; `NotFound`.
pub async fn steer(db: &Db, actor: &Actor, id: DeploymentId, act: Steer) -> Result<(), Error> {
    let mut tx = tx::begin(db).await?;
    sqlx::query!("select id from deployment where id = $1 for update", id.0)
        .fetch_one(&mut *tx)
        .await?;
    let deployment = read(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let service = sqlx::query_scalar!("select service_id from deployment where id = $1", id.0)
        .fetch_one(&mut *tx)
        .await?;
    let there = Scope::Environment {
        service: domain::id::ServiceId(service),
        environment: deployment.environment,
    };
    actor.may(Action::Steer, there)?;
    fits(deployment.kind, &deployment.plan, &deployment.run, &act)?;
    let now = tx.now;
    sqlx::query!(
        "insert into intent (id, deployment_id, by_id, at, act) values ($1, $2, $3, $4, $5)",
        IntentId(Uuid::now_v7()).0,
        id.0,
        actor.id.0,
        now,
        Json(&act) as _,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("update deployment set wake_at = $2 where id = $1", id.0, now)
        .execute(&mut *tx)
        .await?;
    event::append(&mut tx, stream(id), actor.by(), &Event::Steered { act }).await?;
    tx.wake_engine();
    tx.commit().await
}

/// The number by which people call a deployment.
///
/// # Errors
/// `Denied`, `NotFound`.
pub async fn number(db: &Db, actor: &Actor, id: DeploymentId) -> Result<i64, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    Ok(sqlx::query_scalar!("select number from deployment where id = $1", id.0)
        .fetch_one(db)
        .await?)
}

/// Which states a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    Open,
    Ended,
    #[default]
    All,
}

/// What a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Name of a service.
    pub service: Option<String>,
    /// Name of an environment.
    pub environment: Option<String>,
    pub state: Which,
    /// Only those with a smaller number: the next page.
    pub before: Option<i64>,
}

/// Whether a list goes on after these lines.
pub(crate) fn is_full(lines: &[DeploymentLine]) -> bool {
    i64::try_from(lines.len()).is_ok_and(|count| count >= PAGE)
}

/// Deployments, newest first, 50 a page.
///
/// # Errors
/// `Denied`.
pub async fn list(db: &Db, actor: &Actor, filter: &Filter) -> Result<Vec<DeploymentLine>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let states: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| match filter.state {
            Which::All => true,
            Which::Open => !state.terminal(),
            Which::Ended => state.terminal(),
        })
        .map(|state| state.key().to_owned())
        .collect();
    let mut connection = db.acquire().await?;
    let ids = sqlx::query_scalar!(
        r#"select d.id from deployment d
           join service s on s.id = d.service_id
           join environment e on e.id = d.environment_id
           where ($1::text is null or s.name = $1) and ($2::text is null or e.name = $2)
             and d.state = any($3) and ($4::bigint is null or d.number < $4)
           order by d.number desc limit $5"#,
        filter.service,
        filter.environment,
        &states,
        filter.before,
        PAGE,
    )
    .fetch_all(&mut *connection)
    .await?;
    lines(&mut connection, &ids).await
}

/// The people whom these lines mention, for their names.
///
/// # Errors
/// `Denied`.
pub async fn people(db: &Db, actor: &Actor, lines: &[DeploymentLine]) -> Result<Vec<Person>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    people_of(&mut *db.acquire().await?, lines).await
}
