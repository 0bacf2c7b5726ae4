//! Rows of incidents, and the events that tell their story.

use crate::Error;
use chrono::{DateTime, Utc};
use domain::access::By;
use domain::id::{ActionItemId, DeploymentId, IncidentId, ServiceId};
use domain::incident::{ActionItem, Incident, IncidentForm, IncidentState, Update};
use sqlx::PgConnection;
use sqlx::types::Json;

struct Row {
    id: IncidentId,
    number: i64,
    service: ServiceId,
    deployment: Option<DeploymentId>,
    state: IncidentState,
    form: Json<IncidentForm>,
    opened_by: Json<By>,
    opened_at: DateTime<Utc>,
    detected_at: Option<DateTime<Utc>>,
    resolved_at: Option<DateTime<Utc>>,
    row_version: i32,
}

impl From<Row> for Incident {
    fn from(row: Row) -> Incident {
        Incident {
            id: row.id,
            number: row.number,
            service: row.service,
            deployment: row.deployment,
            state: row.state,
            form: IncidentForm {
                row_version: row.row_version,
                ..row.form.0
            },
            opened_by: row.opened_by.0,
            opened_at: row.opened_at,
            detected_at: row.detected_at,
            resolved_at: row.resolved_at,
        }
    }
}

/// An incident by its number.
///
/// # Errors
/// `NotFound`.
pub(super) async fn incident(c: &mut PgConnection, number: i64) -> Result<Incident, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: IncidentId", number, service_id as "service: ServiceId",
                  deployment_id as "deployment: DeploymentId", state as "state: IncidentState",
                  form as "form: Json<IncidentForm>", opened_by as "opened_by: Json<By>",
                  opened_at, detected_at, resolved_at, row_version
           from incident where number = $1"#,
        number,
    );
    Ok(row.fetch_one(c).await?.into())
}

/// An incident by its number; until the end of the transaction nobody else changes it.
///
/// # Errors
/// `NotFound`.
pub(super) async fn locked(c: &mut PgConnection, number: i64) -> Result<Incident, Error> {
    sqlx::query!("select id from incident where number = $1 for update", number)
        .fetch_one(&mut *c)
        .await?;
    incident(c, number).await
}

/// The number of the incident that names this deployment.
pub(super) async fn number_of(c: &mut PgConnection, deployment: DeploymentId) -> Result<Option<i64>, Error> {
    let number = sqlx::query_scalar!("select number from incident where deployment_id = $1", deployment.0);
    Ok(number.fetch_optional(c).await?)
}

/// What the public has been told, newest first.
pub(crate) async fn updates(c: &mut PgConnection, incident: IncidentId) -> Result<Vec<Update>, Error> {
    let rows = sqlx::query!(
        r#"select state as "state: IncidentState", body, at, by as "by: Json<By>"
           from incident_update where incident_id = $1 order by at desc, id desc"#,
        incident.0,
    )
    .fetch_all(c)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Update {
            state: row.state,
            body: row.body,
            at: row.at,
            by: row.by.0,
        })
        .collect())
}

/// The action items, in the order in which they were added.
pub(super) async fn actions(c: &mut PgConnection, incident: IncidentId) -> Result<Vec<ActionItem>, Error> {
    let actions = sqlx::query_as!(
        ActionItem,
        r#"select id as "id: ActionItemId", text, ticket, done from action_item
           where incident_id = $1 order by position, id"#,
        incident.0,
    );
    Ok(actions.fetch_all(c).await?)
}
