//! What the engine writes of an incident, in the transaction that takes a deployment back or has restored what ran before.

use super::read;
use super::tell::{tell, to_state};
use super::write::insert;
use super::{component, write::save};
use crate::Error;
use crate::event::{append, of_streams};
use crate::tx::Tx;
use domain::access::By;
use domain::analysis::Judgement;
use domain::deployment::Deployment;
use domain::event::{Event, Stream, StreamKind};
use domain::id::{DeploymentId, IncidentId, ServiceId};
use domain::incident::{Incident, IncidentState};
use domain::report::{Story, public_noticed, public_restored, resolution};
use domain::service::Tier;

/// Drafts the incident of a deployment that was taken back; answers the one that there is, if there is one.
///
/// The deployment must hold the outcome of this decision, and the decision's events must have been appended. That the two belong
/// together is the caller's to append to the deployment's stream.
pub(crate) async fn draft(
    tx: &mut Tx,
    deployment: &Deployment,
    judgement: Option<&Judgement>,
) -> Result<IncidentId, Error> {
    if let Some(number) = read::number_of(tx, deployment.id).await? {
        return Ok(read::incident(tx, number).await?.id);
    }
    let events = of_streams(tx, &[Stream::new(StreamKind::Deployment, deployment.id)]).await?;
    let form = Story {
        deployment,
        judgement,
        events: &events,
        now: tx.now,
    }
    .form();
    let service = service_of(tx, deployment.id).await?;
    let Some((id, number)) = insert(
        tx,
        service,
        Some(deployment.id),
        IncidentState::Identified,
        &form,
        By::Engine,
    )
    .await?
    else {
        // A person was faster by a moment.
        let number = read::number_of(tx, deployment.id).await?.ok_or(Error::Conflict)?;
        return Ok(read::incident(tx, number).await?.id);
    };
    let opened = Event::IncidentOpened {
        number,
        deployment: Some(deployment.id),
    };
    append(tx, Stream::new(StreamKind::Incident, id), By::Engine, &opened).await?;
    if deployment.plan.tier == Tier::Production {
        component::follow(tx, service, By::Engine).await?;
        if let Some(name) = component::name(tx, service).await? {
            tell(tx, id, IncidentState::Identified, &public_noticed(&name), By::Engine).await?;
        }
    }
    Ok(id)
}

async fn service_of(tx: &mut Tx, deployment: DeploymentId) -> Result<ServiceId, Error> {
    let service = sqlx::query_scalar!(
        r#"select service_id as "id: ServiceId" from deployment where id = $1"#,
        deployment.0
    );
    Ok(service.fetch_one(&mut **tx).await?)
}

/// The way back of this deployment restored what ran before: its incident is over, its report stays a person's to finish.
///
/// Nothing happens when it has no incident, or an incident that is over.
pub(crate) async fn resolve_for(tx: &mut Tx, parent: DeploymentId) -> Result<(), Error> {
    let Some(number) = read::number_of(tx, parent).await? else {
        return Ok(());
    };
    let incident = read::locked(tx, number).await?;
    if incident.resolved_at.is_some() {
        return Ok(());
    }
    write_resolution(tx, &incident, parent).await?;
    to_state(tx, &incident, IncidentState::Resolved, By::Engine).await?;
    component::follow(tx, incident.service, By::Engine).await?;
    let told = !read::updates(tx, incident.id).await?.is_empty();
    if told && component::name(tx, incident.service).await?.is_some() {
        tell(tx, incident.id, IncidentState::Resolved, public_restored(), By::Engine).await?;
    }
    Ok(())
}

/// A person's words stay; an empty resolution is filled in.
async fn write_resolution(tx: &mut Tx, incident: &Incident, parent: DeploymentId) -> Result<(), Error> {
    if !incident.form.resolution.trim().is_empty() {
        return Ok(());
    }
    let back = sqlx::query!(
        "select number, previous_version from deployment where parent_id = $1 and kind = 'rollback'",
        parent.0,
    )
    .fetch_optional(&mut **tx)
    .await?;
    let (number, version) = back.map(|back| (back.number, back.previous_version)).unzip();
    let mut form = incident.form.clone();
    form.resolution = resolution(version.flatten().as_deref(), number, form.started_at, tx.now);
    save(tx, incident.id, &form).await
}
