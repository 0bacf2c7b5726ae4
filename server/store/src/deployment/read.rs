//! Rows of deployments, as the rules know them.

use crate::Error;
use chrono::{DateTime, Utc};
use domain::access::{By, Person};
use domain::deployment::{Deployment, DeploymentLine, Execution, ExecutionState, Kind, Outcome, Pause, Run, State};
use domain::id::{DeploymentId, EnvironmentId, ExecutionId, PersonId, ReleaseId};
use domain::plan::{CommandKind, Plan, PlanDigest, StepKind};
use domain::service::Tier;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// A deployment with its plan.
pub(crate) async fn read(connection: &mut PgConnection, id: DeploymentId) -> Result<Option<Deployment>, Error> {
    let row = sqlx::query!(
        r#"select d.number, d.kind as "kind: Kind", d.release_id, d.environment_id, d.parent_id, d.digest,
             p.body as "plan: Json<Plan>", d.run as "run: Json<Run>", d.previous_version, d.by as "by: Json<By>",
             d.requested_at, d.started_at
           from deployment d join plan p on p.digest = d.digest where d.id = $1"#,
        id.0,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Deployment {
        id,
        number: row.number,
        kind: row.kind,
        release: ReleaseId(row.release_id),
        environment: EnvironmentId(row.environment_id),
        parent: row.parent_id.map(DeploymentId),
        digest: digest(&row.digest),
        plan: row.plan.0,
        run: row.run.0,
        previous_version: row.previous_version,
        by: row.by.0,
        requested_at: row.requested_at,
        started_at: row.started_at,
    }))
}

/// The digest of a `bytea` column; what is not 32 bytes long matches nothing.
fn digest(bytes: &[u8]) -> PlanDigest {
    PlanDigest(bytes.try_into().unwrap_or([0; 32]))
}

struct LineRow {
    id: Uuid,
    number: i64,
    kind: Kind,
    service: String,
    version: String,
    environment: String,
    tier: Tier,
    state: State,
    by: Json<By>,
    requested_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    plan: Json<Plan>,
    run: Json<Run>,
}

impl From<LineRow> for DeploymentLine {
    fn from(row: LineRow) -> DeploymentLine {
        let steps = &row.plan.0.steps;
        let weights = steps.iter().filter_map(|step| match step.kind {
            StepKind::Shift { weight, .. } => Some(weight),
            _ => None,
        });
        DeploymentLine {
            id: DeploymentId(row.id),
            number: row.number,
            kind: row.kind,
            service: row.service,
            version: row.version,
            environment: row.environment,
            tier: row.tier,
            state: row.state,
            by: row.by.0,
            requested_at: row.requested_at,
            ended_at: row.ended_at,
            phase: steps.get(row.run.0.step as usize).map(|step| step.phase),
            weights: weights.collect(),
            weight: row.run.0.weight,
            run: row.run.0,
        }
    }
}

/// These deployments as lines, newest first.
pub(crate) async fn lines(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<DeploymentLine>, Error> {
    let rows = sqlx::query_as!(
        LineRow,
        r#"select d.id, d.number, d.kind as "kind: Kind", s.name as service, r.version, e.name as environment,
             e.tier as "tier: Tier", d.state as "state: State", d.by as "by: Json<By>", d.requested_at, d.ended_at,
             p.body as "plan: Json<Plan>", d.run as "run: Json<Run>"
           from deployment d
           join service s on s.id = d.service_id
           join release r on r.id = d.release_id
           join environment e on e.id = d.environment_id
           join plan p on p.digest = d.digest
           where d.id = any($1) order by d.number desc"#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(DeploymentLine::from).collect())
}

/// One deployment as a line.
pub(crate) async fn line_of(connection: &mut PgConnection, id: DeploymentId) -> Result<Option<DeploymentLine>, Error> {
    Ok(lines(connection, &[id.0]).await?.pop())
}

/// Who is mentioned by a line: who asked for it, who paused it, who ended it.
pub(crate) fn mentioned_by(line: &DeploymentLine) -> impl Iterator<Item = PersonId> + use<> {
    let paused = match &line.run.pause {
        Some(Pause::Person { by, .. }) => Some(*by),
        _ => None,
    };
    let ended = match &line.run.outcome {
        Some(Outcome::Aborted { by, .. } | Outcome::TakenBack { by, .. } | Outcome::Cancelled { by }) => Some(*by),
        _ => None,
    };
    line.by.person().into_iter().chain(paused).chain(ended)
}

/// The people whom lines mention.
pub(crate) async fn people_of(connection: &mut PgConnection, lines: &[DeploymentLine]) -> Result<Vec<Person>, Error> {
    let mut ids: Vec<PersonId> = lines.iter().flat_map(mentioned_by).collect();
    ids.sort();
    ids.dedup();
    crate::access::read::people(connection, &ids).await
}

/// All deployments of a release, newest first.
pub(crate) async fn lines_of_release(
    connection: &mut PgConnection,
    release: ReleaseId,
) -> Result<Vec<DeploymentLine>, Error> {
    let ids = sqlx::query_scalar!("select id from deployment where release_id = $1", release.0)
        .fetch_all(&mut *connection)
        .await?;
    lines(connection, &ids).await
}

/// The executions of a deployment, oldest first.
pub(crate) async fn executions(connection: &mut PgConnection, id: DeploymentId) -> Result<Vec<Execution>, Error> {
    let rows = sqlx::query_as!(
        ExecutionRow,
        r#"select id, step, command, attempt, key, state as "state: ExecutionState", exit_code, last_line, started_at,
             ended_at, cancel_requested_at
           from execution where deployment_id = $1 order by created_at, id"#,
        id.0,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(|row| row.of(id)).collect())
}

/// A row of `execution`, without what only supervisors need.
pub(crate) struct ExecutionRow {
    pub id: Uuid,
    pub step: i32,
    pub command: String,
    pub attempt: i32,
    pub key: String,
    pub state: ExecutionState,
    pub exit_code: Option<i32>,
    pub last_line: String,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub cancel_requested_at: Option<DateTime<Utc>>,
}

impl ExecutionRow {
    /// The execution as the rules know it; None for a command that this version does not know.
    pub fn of(self, deployment: DeploymentId) -> Option<Execution> {
        Some(Execution {
            id: ExecutionId(self.id),
            deployment,
            step: u32::try_from(self.step).ok()?,
            command: command(&self.command)?,
            attempt: u32::try_from(self.attempt).ok()?,
            key: self.key,
            state: self.state,
            exit_code: self.exit_code,
            last_line: self.last_line,
            started_at: self.started_at,
            ended_at: self.ended_at,
            cancel_requested: self.cancel_requested_at.is_some(),
        })
    }
}

/// The command that is stored under this word.
pub(crate) fn command(key: &str) -> Option<CommandKind> {
    use CommandKind::{Canary, Deploy, Promote, Rollback};
    [Deploy, Canary, Promote, Rollback]
        .into_iter()
        .find(|command| command.key() == key)
}
