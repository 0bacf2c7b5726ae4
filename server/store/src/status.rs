//! The public status page: what everybody may see without signing in.

use crate::incident::public_updates;
use crate::{Db, Error};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::By;
use domain::id::{ComponentId, IncidentId};
use domain::incident::{IncidentState, Severity, Update};
use domain::status::{ComponentLine, ComponentState, PublicIncident, StatusPage, days, public_title};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Days that a component's line shows.
const DAYS: u32 = 90;

/// Days for which a resolved incident stays on the page.
const PAST_DAYS: i64 = 14;

/// Components of customer-facing services with their last 90 days, and the incidents that the public was told of: open ones, and
/// those resolved within 14 days. Nobody's id is on it, and no incident's own title: that one may name a version or quote a reason.
///
/// # Errors
/// `Db`.
pub async fn page(db: &Db) -> Result<StatusPage, Error> {
    let mut c = db.acquire().await?;
    let instance = sqlx::query!(r#"select name, now() as "now!" from instance"#)
        .fetch_one(&mut *c)
        .await?;
    let now = instance.now;
    let components = components(&mut c, now).await?;
    let (open, past) = incidents(&mut c, now)
        .await?
        .into_iter()
        .partition(|incident| incident.resolved_at.is_none());
    Ok(StatusPage {
        name: instance.name,
        components,
        open,
        past,
        updated_at: now,
    })
}

async fn components(c: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<ComponentLine>, Error> {
    let rows = sqlx::query!(
        r#"select c.id as "id: ComponentId", c.name, c.description, c.state as "state: ComponentState", c.since
           from component c join service s on s.id = c.service_id
           where s.customer_facing order by c.position, c.name"#,
    )
    .fetch_all(&mut *c)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mut changes = changes(c, &ids, now).await?;
    let lines = rows.into_iter().map(|row| {
        let changes = changes.remove(&row.id).unwrap_or_else(|| vec![(row.since, row.state)]);
        let days = days(&changes, now, DAYS);
        ComponentLine {
            name: row.name,
            description: row.description,
            state: row.state,
            since: row.since,
            days,
        }
    });
    Ok(lines.collect())
}

/// Changes of the last 90 days and the last one before, oldest first.
async fn changes(
    c: &mut PgConnection,
    components: &[Uuid],
    now: DateTime<Utc>,
) -> Result<BTreeMap<ComponentId, Vec<(DateTime<Utc>, ComponentState)>>, Error> {
    let first = (now - TimeDelta::days(i64::from(DAYS) - 1))
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    let rows = sqlx::query!(
        r#"select component_id as "component: ComponentId", at, state as "state: ComponentState"
           from component_change ch
           where component_id = any($1) and at >= coalesce(
               (select max(at) from component_change where component_id = ch.component_id and at <= $2), $2)
           order by at, id"#,
        components,
        first,
    )
    .fetch_all(c)
    .await?;
    let mut changes: BTreeMap<ComponentId, Vec<_>> = BTreeMap::new();
    for row in rows {
        changes.entry(row.component).or_default().push((row.at, row.state));
    }
    Ok(changes)
}

/// Incidents that the public was told of, newest first.
async fn incidents(c: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<PublicIncident>, Error> {
    let rows = sqlx::query!(
        r#"select i.id as "id: IncidentId", i.number, coalesce(i.form ->> 'public_title', '') as "written!",
                  c.name as component, i.state as "state: IncidentState", i.severity as "severity: Severity",
                  i.started_at, i.resolved_at
           from incident i join service s on s.id = i.service_id join component c on c.service_id = s.id
           where s.customer_facing and (i.resolved_at is null or i.resolved_at >= $1)
             and exists (select from incident_update where incident_id = i.id)
           order by i.started_at desc, i.number desc"#,
        now - TimeDelta::days(PAST_DAYS),
    )
    .fetch_all(&mut *c)
    .await?;
    let mut incidents = Vec::with_capacity(rows.len());
    for row in rows {
        let updates = public_updates(&mut *c, row.id).await?.into_iter().map(|update| Update {
            by: By::System,
            ..update
        });
        incidents.push(PublicIncident {
            number: row.number,
            title: public_title(&row.written, &row.component, row.resolved_at.is_some()),
            component: row.component,
            state: row.state,
            severity: row.severity,
            started_at: row.started_at,
            resolved_at: row.resolved_at,
            updates: updates.collect(),
        });
    }
    Ok(incidents)
}
