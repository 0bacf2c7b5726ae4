//! One tick of one deployment, in five stages.

use crate::config::Context;
use crate::target::{self, short};
use crate::{fault, observe};
use chrono::Utc;
use domain::deployment::Deployment;
use domain::rollout::{Decision, Effect, decide};
use std::sync::Arc;
use std::time::Duration;
use store::execution::Line;
use store::rollout::{Claim, Saved};
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

/// How long a claim stands, by this machine's own monotonic clock: counted from before it was asked for, so never longer than Postgres counts.
pub(crate) struct Lease {
    until: Instant,
}

impl Lease {
    pub fn asked_at(asked: Instant, length: Duration) -> Lease {
        Lease { until: asked + length }
    }

    /// Whether something that takes so long is over before the lease is.
    fn covers(&self, time: Duration) -> bool {
        Instant::now() + time < self.until
    }
}

/// Runs a tick to its end. What fails leaves the lease to run out: the next tick comes after that, not at once.
pub(crate) async fn run(context: Arc<Context>, claim: Claim, lease: Lease) {
    fault::point(&context, "stage:1").await;
    // For a collector, if one is named; the log does not show it.
    let span = tracing::info_span!(
        target: "slipway.spans",
        "tick",
        otel.status_code = Empty,
        slipway.deployment = %claim.deployment,
        slipway.step = Empty,
    );
    let done = stages(&context, &claim, lease).instrument(span.clone()).await;
    if done.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    match done {
        Ok(()) => {
            if let Err(error) = store::rollout::release(&context.db, &claim).await {
                tracing::warn!(deployment = %claim.deployment, %error, "a lease could not be given back");
            }
        }
        Err(error) => tracing::warn!(deployment = %claim.deployment, %error, "a tick failed"),
    }
}

async fn stages(context: &Context, claim: &Claim, mut lease: Lease) -> Result<(), store::Error> {
    let Some(mut loaded) = store::rollout::load(&context.db, claim).await? else {
        return Ok(());
    };
    if !observe::observe(context, claim, &mut loaded).await? {
        return Ok(());
    }
    fault::point(context, "stage:2").await;
    let decision = decide(&loaded.facts, claim.now);
    tracing::Span::current().record("slipway.step", decision.run.step);
    fault::point(context, "stage:3").await;
    let saved = store::rollout::save(&context.db, claim, &loaded.facts, &decision).await?;
    fault::point(context, "stage:4").await;
    if saved != Saved::Yes {
        tracing::debug!(deployment = %claim.deployment, ?saved, "a decision was dropped");
        return Ok(());
    }
    let deployment = Deployment {
        run: decision.run.clone(),
        ..loaded.deployment
    };
    perform(context, claim, &mut lease, &deployment, &decision).await?;
    fault::point(context, "stage:5").await;
    Ok(())
}

/// Performs the short effects, each only if it is surely over before the lease is. One that is not performed is decided again by what the target shows.
async fn perform(
    context: &Context,
    claim: &Claim,
    lease: &mut Lease,
    deployment: &Deployment,
    decision: &Decision,
) -> Result<(), store::Error> {
    let limit = context.config.short();
    for effect in &decision.effects {
        let asked = Instant::now();
        if store::rollout::renew(&context.db, claim, context.config.lease).await? {
            *lease = Lease::asked_at(asked, context.config.lease);
        }
        if !lease.covers(limit + Duration::from_millis(500)) {
            tracing::warn!(deployment = %claim.deployment, ?effect, "the lease is nearly over: left to the next tick");
            return Ok(());
        }
        fault::point(context, "effect").await;
        let Effect::SetWeight { percent, key } = effect;
        set_weight(context, deployment, *percent, key, limit).await?;
    }
    Ok(())
}

async fn set_weight(
    context: &Context,
    deployment: &Deployment,
    percent: u8,
    key: &str,
    limit: Duration,
) -> Result<(), store::Error> {
    let Some(command) = deployment.plan.command() else {
        return Ok(());
    };
    let said = match target::given(context, deployment).await {
        Ok(mut given) => {
            given.variables.push(("SLIPWAY_WEIGHT".into(), percent.to_string()));
            given.variables.push(("SLIPWAY_KEY".into(), key.to_owned()));
            let mut ran = short::run(&command.weight, &given.variables, limit).await;
            ran.hide(&given.mask);
            ran.summary()
        }
        Err(error @ store::Error::Db(_)) => return Err(error),
        Err(error) => target::not_given(&error),
    };
    let text = format!("weight {percent} %: {said}");
    store::execution::log(
        &context.db,
        deployment.id,
        None,
        &[Line {
            at: Utc::now(),
            stream: "slipway",
            text,
        }],
    )
    .await
}
