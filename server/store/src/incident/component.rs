//! A service's line of the status page follows its open incidents.

use crate::Error;
use crate::event::append;
use crate::tx::Tx;
use domain::access::By;
use domain::event::{Event, Stream, StreamKind};
use domain::id::{ComponentId, ServiceId};
use domain::incident::Severity;
use domain::status::ComponentState;

/// The name of a customer-facing service's component.
pub(super) async fn name(tx: &mut Tx, service: ServiceId) -> Result<Option<String>, Error> {
    let name = sqlx::query_scalar!(
        "select c.name from component c join service s on s.id = c.service_id where s.id = $1 and s.customer_facing",
        service.0,
    );
    Ok(name.fetch_optional(&mut **tx).await?)
}

/// Sets the component to the worst that its open incidents make of it. An incident of a deployment counts when that went to production.
pub(super) async fn follow(tx: &mut Tx, service: ServiceId, by: By) -> Result<(), Error> {
    // Locked first, so that two incidents of one service settle it one after the other.
    let component = sqlx::query!(
        r#"select c.id as "id: ComponentId", c.state as "state: ComponentState"
           from component c join service s on s.id = c.service_id
           where s.id = $1 and s.customer_facing for update of c"#,
        service.0,
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(component) = component else { return Ok(()) };
    let state = worst(tx, service).await?;
    if state == component.state {
        return Ok(());
    }
    change(tx, component.id, state).await?;
    append(
        tx,
        Stream::new(StreamKind::Component, component.id),
        by,
        &Event::ComponentChanged { to: state },
    )
    .await?;
    Ok(())
}

async fn worst(tx: &mut Tx, service: ServiceId) -> Result<ComponentState, Error> {
    let severities = sqlx::query_scalar!(
        r#"select i.severity as "severity: Severity" from incident i
           left join deployment d on d.id = i.deployment_id
           left join environment e on e.id = d.environment_id
           where i.service_id = $1 and i.resolved_at is null and (e.tier is null or e.tier = 'production')"#,
        service.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(severities
        .into_iter()
        .map(ComponentState::of)
        .max()
        .unwrap_or(ComponentState::Operational))
}

async fn change(tx: &mut Tx, component: ComponentId, state: ComponentState) -> Result<(), Error> {
    let now = tx.now;
    sqlx::query!(
        "update component set state = $2, since = $3 where id = $1",
        component.0,
        state.key(),
        now
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into component_change (component_id, at, state) values ($1, $2, $3)",
        component.0,
        now,
        state.key(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
