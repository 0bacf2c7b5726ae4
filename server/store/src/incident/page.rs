//! Incidents in a list, an incident's page, and its report as Markdown.

use super::read;
use crate::access::read::people;
use crate::event::of_streams;
use crate::release::read as kept;
use crate::release::template::{INCIDENT_REPORT, newest};
use crate::tx::begin;
use crate::{Db, Error};
use domain::access::{Action, Actor, Scope};
use domain::analysis::Judgement;
use domain::deployment::{DeploymentLine, Outcome};
use domain::event::{Stream, StreamKind};
use domain::id::{DeploymentId, IncidentId, PersonId};
use domain::incident::{IncidentLine, IncidentPage, IncidentState, Moment, Severity};
use domain::report::{markdown, timeline};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeSet;

/// Lines of one page of the list.
pub const A_PAGE: usize = 200;

/// Incidents, newest first: the first page.
///
/// # Errors
/// `Denied`.
pub async fn list(db: &Db, actor: &Actor, open_only: bool) -> Result<Vec<IncidentLine>, Error> {
    list_before(db, actor, open_only, None).await
}

/// Incidents, newest first: those before the one with this number.
///
/// # Errors
/// `Denied`.
pub async fn list_before(
    db: &Db,
    actor: &Actor,
    open_only: bool,
    before: Option<i64>,
) -> Result<Vec<IncidentLine>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let lines = sqlx::query_as!(
        IncidentLine,
        r#"select i.id as "id: IncidentId", i.number, i.form ->> 'title' as "title!", s.name as service,
                  i.severity as "severity: Severity", i.state as "state: IncidentState", i.started_at, i.resolved_at
           from incident i join service s on s.id = i.service_id
           where (not $1 or i.resolved_at is null) and ($2::bigint is null or i.number < $2)
           order by i.number desc limit $3"#,
        open_only,
        before,
        A_PAGE as i64,
    );
    Ok(lines.fetch_all(db).await?)
}

/// An incident with all that its page shows.
///
/// # Errors
/// `NotFound`, `Denied`.
pub async fn page(db: &Db, actor: &Actor, number: i64) -> Result<IncidentPage, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut c = db.acquire().await?;
    read_page(&mut c, number).await
}

/// The report in the newest layout, as Markdown.
///
/// # Errors
/// `NotFound`, `Denied`.
pub async fn report(db: &Db, actor: &Actor, number: i64) -> Result<String, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let mut tx = begin(db).await?;
    let page = read_page(&mut tx, number).await?;
    let layout = newest(&mut tx, INCIDENT_REPORT).await?;
    // On an instance without a layout, the first report keeps the binary's own.
    tx.commit().await?;
    Ok(markdown(&layout.markdown, &page))
}

async fn read_page(c: &mut PgConnection, number: i64) -> Result<IncidentPage, Error> {
    let incident = read::incident(&mut *c, number).await?;
    let service = kept::service(&mut *c, incident.service).await?;
    let deployment = line(&mut *c, incident.deployment).await?;
    let rollback = match incident.deployment {
        Some(parent) => rollback_of(&mut *c, parent).await?,
        None => None,
    };
    let rollback = line(&mut *c, rollback).await?;
    let mut streams = vec![Stream::new(StreamKind::Incident, incident.id)];
    streams.extend(
        deployment
            .iter()
            .chain(&rollback)
            .map(|line| Stream::new(StreamKind::Deployment, line.id)),
    );
    let events = of_streams(&mut *c, &streams).await?;
    let updates = read::updates(&mut *c, incident.id).await?;
    let judgement = match &deployment {
        Some(deployment) => judgement_of(&mut *c, deployment).await?,
        None => None,
    };
    let actions = read::actions(&mut *c, incident.id).await?;
    let timeline = timeline(events, &updates);
    let mut page = IncidentPage {
        incident,
        service,
        deployment,
        rollback,
        timeline,
        updates,
        actions,
        judgement,
        people: Vec::new(),
    };
    page.people = people(c, &mentioned(&page)).await?;
    Ok(page)
}

async fn line(c: &mut PgConnection, deployment: Option<DeploymentId>) -> Result<Option<DeploymentLine>, Error> {
    match deployment {
        Some(deployment) => crate::deployment::line_of(c, deployment).await,
        None => Ok(None),
    }
}

async fn rollback_of(c: &mut PgConnection, parent: DeploymentId) -> Result<Option<DeploymentId>, Error> {
    let back = sqlx::query_scalar!(
        r#"select id as "id: DeploymentId" from deployment where parent_id = $1 and kind = 'rollback'"#,
        parent.0,
    );
    Ok(back.fetch_optional(c).await?)
}

/// The judgement that took the deployment back: of its outcome, else the newest one that failed.
async fn judgement_of(c: &mut PgConnection, deployment: &DeploymentLine) -> Result<Option<Judgement>, Error> {
    if let Some(Outcome::JudgedBad { judgement }) = &deployment.run.outcome {
        return Ok(Some(judgement.clone()));
    }
    let newest = sqlx::query_scalar!(
        r#"select body as "body: Json<Judgement>" from judgement
           where deployment_id = $1 and body ->> 'overall' = 'fail' order by id desc limit 1"#,
        deployment.id.0,
    );
    Ok(newest.fetch_optional(c).await?.map(|body| body.0))
}

/// Everybody whose id the page mentions.
fn mentioned(page: &IncidentPage) -> Vec<PersonId> {
    let mut people: BTreeSet<PersonId> = page.incident.opened_by.person().into_iter().collect();
    people.extend(
        page.deployment
            .iter()
            .chain(&page.rollback)
            .flat_map(crate::deployment::mentioned_by),
    );
    people.extend(page.updates.iter().filter_map(|update| update.by.person()));
    for moment in &page.timeline {
        if let Moment::Event(happened) = moment {
            people.extend(happened.people());
        }
    }
    people.into_iter().collect()
}
