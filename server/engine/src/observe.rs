//! The look at the world before a decision: the target and the metric source, at once, outside any transaction.

use crate::config::Context;
use crate::scrape::{Http, queries};
use crate::target::{self, short};
use chrono::{DateTime, TimeDelta, Utc};
use domain::analysis::{Judgement, Reading, Sample, Variant};
use domain::deployment::{Deployment, Kind, Run, State};
use domain::plan::{CommandKind, Plan, StepKind};
use domain::rollout::{Seen, judge_now, judging};
use domain::service::MetricSource;
use store::rollout::{Claim, Kept, Loaded};

/// Looks, keeps what was measured, and fills the facts. False: the deployment is somebody else's meanwhile.
///
/// # Errors
/// Postgres.
pub(crate) async fn observe(context: &Context, claim: &Claim, loaded: &mut Loaded) -> Result<bool, store::Error> {
    let interval = TimeDelta::seconds(interval_s(&loaded.facts.plan).max(1));
    // A tick comes about each second: one that comes a little early scrapes too, rather than a whole second late.
    let early = TimeDelta::milliseconds(100);
    let (seen, round) = tokio::join!(
        look(context, &loaded.deployment),
        scrape(context, claim, loaded, interval - early)
    );
    loaded.facts.seen = seen;
    let scraped = round.is_some();
    if !keep(context, claim, loaded, round).await? {
        return Ok(false);
    }
    judge(context, claim, loaded).await?;
    if !scraped && loaded.facts.judgement.as_ref().is_some_and(Judgement::suspects) {
        let closer = TimeDelta::milliseconds(loaded.facts.plan.analysis.closest_look_ms());
        let round = scrape(context, claim, loaded, closer).await;
        if !keep(context, claim, loaded, round).await? {
            return Ok(false);
        }
        judge(context, claim, loaded).await?;
    }
    Ok(true)
}

/// What one round of scrapes brought.
type Round = (Vec<Sample>, Kept);

/// Keeps a round, if there was one. False: the deployment is somebody else's meanwhile.
async fn keep(
    context: &Context,
    claim: &Claim,
    loaded: &mut Loaded,
    round: Option<Round>,
) -> Result<bool, store::Error> {
    let Some((samples, kept)) = round else { return Ok(true) };
    let held = store::rollout::keep_samples(&context.db, claim, &samples, &kept).await?;
    loaded.kept = Some(kept);
    Ok(held)
}

/// Judges what is kept, if anything is to be judged now.
async fn judge(context: &Context, claim: &Claim, loaded: &mut Loaded) -> Result<(), store::Error> {
    let facts = &mut loaded.facts;
    if let Some(judging) = judging(&facts.plan, &facts.run, claim.now) {
        let samples = store::rollout::samples_of(&context.db, facts.deployment, judging.reads_from()).await?;
        let sources = loaded
            .kept
            .as_ref()
            .map_or_else(Vec::new, |kept| kept.collector.states());
        facts.judgement = Some(judge_now(&facts.plan.analysis, judging, &samples, &sources, claim.now));
    }
    Ok(())
}

/// Seconds between two rounds of scrapes; 0 where nothing is scraped.
fn interval_s(plan: &Plan) -> i64 {
    match plan.source {
        MetricSource::Scrape { interval_s, .. } => i64::from(interval_s),
        MetricSource::None => 0,
    }
}

/// Whether anything depends on what the target shows: not before it begins, nor after the end of one that set no traffic.
fn asks(run: &Run) -> bool {
    run.begun_at.is_some() && (!run.state.terminal() || run.weight.is_some())
}

async fn look(context: &Context, deployment: &Deployment) -> Seen {
    let Some(command) = deployment.plan.command().filter(|_| asks(&deployment.run)) else {
        return Seen::NotAsked;
    };
    let given = match target::given(context, deployment).await {
        Ok(given) => given,
        Err(error) => {
            return Seen::Unreachable {
                why: target::not_given(&error),
            };
        }
    };
    let mut ran = short::run(&command.status, &given.variables, context.config.short()).await;
    ran.hide(&given.mask);
    match target::read_status(&ran.stdout).filter(|_| ran.ok()) {
        Some(seen) => Seen::Target(seen),
        None if ran.ok() => Seen::Unreachable {
            why: "the status command printed no JSON object".into(),
        },
        None => Seen::Unreachable { why: ran.summary() },
    }
}

/// One round of scrapes, if the last one is so long ago. All readings of a round share its time, which is Postgres's.
async fn scrape(context: &Context, claim: &Claim, loaded: &Loaded, after: TimeDelta) -> Option<Round> {
    let (plan, run) = (&loaded.facts.plan, &loaded.facts.run);
    let MetricSource::Scrape {
        stable_url, canary_url, ..
    } = &plan.source
    else {
        return None;
    };
    let measures = matches!(run.state, State::Running | State::Paused | State::Baking) && run.begun_at.is_some();
    let canary_lives = canary_lives(plan, run);
    // What a canary counted is the difference of two scrapes: the first one comes as soon as it lives, not up to an interval later.
    let first = canary_lives
        && !loaded
            .kept
            .as_ref()
            .is_some_and(|kept| kept.collector.knows(Variant::Canary));
    if !measures || loaded.facts.kind == Kind::Rollback || !(first || due(loaded.kept.as_ref(), after, claim.now)) {
        return None;
    }
    let (stable, canary) = tokio::join!(reading(&context.http, stable_url, claim.now), async {
        if canary_lives {
            Some(reading(&context.http, canary_url, claim.now).await)
        } else {
            None
        }
    });
    let mut collector = loaded
        .kept
        .as_ref()
        .map(|kept| kept.collector.clone())
        .unwrap_or_default();
    let queries = queries(&plan.source, &plan.analysis);
    let mut samples = collector.observe(Variant::Stable, stable, &queries);
    match canary {
        Some(canary) => samples.extend(collector.observe(Variant::Canary, canary, &queries)),
        None => collector.forget(Variant::Canary),
    }
    Some((
        samples,
        Kept {
            collector,
            observed_at: claim.now,
        },
    ))
}

fn due(kept: Option<&Kept>, after: TimeDelta, now: DateTime<Utc>) -> bool {
    kept.is_none_or(|kept| now - kept.observed_at >= after)
}

/// From the end of the canary's command until it is promoted.
fn canary_lives(plan: &Plan, run: &Run) -> bool {
    let done = |wanted: CommandKind| {
        let done = plan.steps.iter().take(run.step as usize);
        done.into_iter()
            .any(|step| matches!(step.kind, StepKind::Command { command, .. } if command == wanted))
    };
    done(CommandKind::Canary) && !done(CommandKind::Promote)
}

async fn reading(http: &Http, url: &str, at: DateTime<Utc>) -> Reading {
    match http.metrics(url).await {
        Ok(exposition) => Reading::Scraped { exposition, at },
        Err(refusal) => {
            tracing::debug!(url, %refusal, "a metric source did not answer");
            Reading::Missing { at }
        }
    }
}
