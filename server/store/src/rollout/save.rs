//! A decision, kept: run, writes and events in one transaction, behind the fence.

use super::{Claim, load, write};
use crate::deployment::{self, stream};
use crate::tx::{self, Tx};
use crate::{Db, Error, event, incident};
use domain::access::By;
use domain::deployment::{Deployment, Kind, Observation, Run, State};
use domain::event::Event;
use domain::id::DeploymentId;
use domain::rollout::{Decision, Facts, Write};
use sqlx::types::Json;

/// What came of saving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    Yes,
    /// Another engine holds the deployment, or the lease ran out: everything is to be dropped.
    Fenced,
    /// What the decision took for granted of other deployments no longer holds; the next tick sees how it is.
    Stale,
}

/// Keeps a decision and all that goes with it, or nothing.
///
/// Rows are locked in this order everywhere: environment, deployment, execution, then the streams of events.
///
/// # Errors
/// `Conflict` when a lock was lost to another transaction, `Db`. Nothing is kept then.
pub async fn save(db: &Db, claim: &Claim, facts: &Facts, decision: &Decision) -> Result<Saved, Error> {
    let mut tx = tx::begin(db).await?;
    let moves = facts.run.state != decision.run.state;
    if moves {
        lock_environment(&mut tx, claim.deployment).await?;
    }
    let Some(before) = read_fenced(&mut tx, claim).await? else {
        return Ok(Saved::Fenced);
    };
    if moves && !still_holds(&mut tx, &before, facts).await? {
        return Ok(Saved::Stale);
    }
    write_run(&mut tx, claim, facts, decision).await?;
    let after = Deployment {
        run: decision.run.clone(),
        ..before
    };
    if facts.run.state == State::Queued && decision.run.begun_at.is_some() && after.kind != Kind::Rollback {
        keep_previous(&mut tx, &after).await?;
    }
    for write in &decision.writes {
        write::perform(&mut tx, &after, write).await?;
    }
    for event in &decision.events {
        event::append(&mut tx, stream(after.id), By::Engine, event).await?;
    }
    incidents(&mut tx, &after, &decision.writes).await?;
    consume(&mut tx, decision).await?;
    watch_target(&mut tx, claim, facts.run.seen.as_ref(), decision.run.seen.as_ref()).await?;
    if moves {
        wake_others(&mut tx, &after, facts.run.state).await?;
    }
    tx.commit().await?;
    Ok(Saved::Yes)
}

async fn lock_environment(tx: &mut Tx, id: DeploymentId) -> Result<(), Error> {
    sqlx::query!(
        r#"select e.id from environment e join deployment d on d.environment_id = e.id where d.id = $1
           for no key update of e"#,
        id.0
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(())
}

async fn read_fenced(tx: &mut Tx, claim: &Claim) -> Result<Option<Deployment>, Error> {
    let held = sqlx::query!(
        r#"select id from deployment
           where id = $1 and lease_owner = $2 and attempt = $3 and lease_until > clock_timestamp() for update"#,
        claim.deployment.0,
        claim.owner,
        claim.fence,
    )
    .fetch_optional(&mut **tx)
    .await?;
    if held.is_none() {
        Ok(None)
    } else {
        deployment::read(tx, claim.deployment).await
    }
}

/// Whether the environment is as the decision took it, now that nobody else can change it.
async fn still_holds(tx: &mut Tx, deployment: &Deployment, facts: &Facts) -> Result<bool, Error> {
    if facts.run.state == State::Queued {
        return Ok(load::occupied_by(tx, deployment).await? == facts.occupied_by);
    }
    Ok(load::superseded_by(tx, deployment).await? == facts.superseded_by)
}

/// The run, and when to look again: at once, if somebody woke it since it was claimed.
async fn write_run(tx: &mut Tx, claim: &Claim, facts: &Facts, decision: &Decision) -> Result<(), Error> {
    let run = &decision.run;
    let bare = |run: &Run| Run {
        seen: None,
        ..run.clone()
    };
    if bare(&facts.run) != bare(run) {
        tx.kick(stream(claim.deployment).topic());
    }
    sqlx::query!(
        r#"update deployment set run = $2, state = $3, started_at = $4, in_production_at = $5, ended_at = $6,
             wake_at = case when wake_at is distinct from $7 then wake_at else $8 end
           where id = $1"#,
        claim.deployment.0,
        Json(run) as _,
        run.state as State,
        run.begun_at,
        run.in_production_at,
        run.ended_at,
        claim.woken,
        decision.wake_at,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What runs as this one begins is what its way back restores.
async fn keep_previous(tx: &mut Tx, deployment: &Deployment) -> Result<(), Error> {
    let mut running = crate::service::read::running_in(&mut *tx, &[deployment.environment]).await?;
    let running = running.remove(&deployment.environment);
    sqlx::query!(
        "update deployment set previous_version = $2, previous_release_id = $3 where id = $1",
        deployment.id.0,
        running.as_ref().map(|running| running.version.as_str()),
        running.as_ref().and_then(|running| running.release).map(|id| id.0),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn incidents(tx: &mut Tx, deployment: &Deployment, writes: &[Write]) -> Result<(), Error> {
    let judgement = writes.iter().find_map(|write| match write {
        Write::KeepJudgement { judgement } => Some(judgement),
        _ => None,
    });
    for write in writes {
        match (write, deployment.parent) {
            (Write::DraftIncident, _) => {
                let incident = incident::draft(tx, deployment, judgement).await?;
                let linked = Event::IncidentLinked { incident };
                event::append(tx, stream(deployment.id), By::Engine, &linked).await?;
            }
            (Write::ResolveIncident, Some(parent)) => incident::resolve_for(tx, parent).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn consume(tx: &mut Tx, decision: &Decision) -> Result<(), Error> {
    if decision.consumed.is_empty() {
        return Ok(());
    }
    let (now, ids) = (tx.now, decision.consumed.iter().map(|id| id.0).collect::<Vec<_>>());
    sqlx::query!("update intent set consumed_at = $2 where id = any($1)", &ids, now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Notes the share of traffic when the target shows another one, and kicks pages when it shows anything else than before.
async fn watch_target(
    tx: &mut Tx,
    claim: &Claim,
    before: Option<&Observation>,
    seen: Option<&Observation>,
) -> Result<(), Error> {
    let Some(seen) = seen else { return Ok(()) };
    if before.map(without_memory) != Some(without_memory(seen)) {
        tx.kick(stream(claim.deployment).topic());
    }
    let changed = before.and_then(|before| before.weight) != seen.weight;
    if let Some(percent) = seen.weight.filter(|_| changed) {
        sqlx::query!(
            "insert into weight_point (deployment_id, at, percent) values ($1, $2, $3)",
            claim.deployment.0,
            claim.now,
            i32::from(percent),
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Memory changes at every look, and is not worth a kick.
fn without_memory(seen: &Observation) -> Observation {
    let mut seen = seen.clone();
    seen.instances
        .iter_mut()
        .for_each(|instance| instance.memory_bytes = None);
    seen
}

/// Whoever waits for the environment, or bakes in it, looks now.
async fn wake_others(tx: &mut Tx, deployment: &Deployment, before: State) -> Result<(), Error> {
    let began = before == State::Queued && deployment.run.state == State::Running;
    let freed = !deployment.run.state.occupies();
    let states: &[String] = match (began, freed) {
        (true, _) => &[State::Baking.key().to_owned()],
        (_, true) => &[State::Queued.key().to_owned()],
        _ => return Ok(()),
    };
    let now = tx.now;
    sqlx::query!(
        "update deployment set wake_at = $4 where environment_id = $1 and id <> $2 and state = any($3)",
        deployment.environment.0,
        deployment.id.0,
        states,
        now,
    )
    .execute(&mut **tx)
    .await?;
    tx.wake_engine();
    Ok(())
}
