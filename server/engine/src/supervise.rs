//! One execution under supervision: heartbeat, log, time limit, and the ways in which it is stopped.
//!
//! A command does not die with its engine: it has a process group of its own, and a half-done deploy that nobody ends is worse than one that ends by
//! itself. If its engine dies, its lease runs out, another engine on the same machine ends the group ([`crate::orphan`]), and what became of it is
//! *unknown*: the target is observed before anything is repeated.

use crate::config::Context;
use crate::fault;
use crate::target;
use crate::target::process::{self, GRACE, Next, Output, Process};
use chrono::Utc;
use domain::deployment::ExecutionState;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use store::execution::{Beat, Ended, Job, Line};
use store::secret::{Mask, Veil};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tracing::Instrument as _;
use tracing::field::Empty;

/// Bytes of output that are kept of one execution.
const KEPT_BYTES: u64 = 1024 * 1024;

/// How often lines are written.
const FLUSH: Duration = Duration::from_millis(500);

/// How long output may still come once the command has ended.
const LINGER: Duration = Duration::from_millis(500);

/// Exit code by which a command asks for another attempt.
const TRY_AGAIN: i32 = 75;

/// Why a command was stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Cancelled,
    Late,
    EngineStops,
    /// Its lease ran out: others may be acting on the target by now.
    Lost,
}

/// Runs a claimed execution to its end and keeps how it ended.
pub(crate) async fn run(context: Arc<Context>, job: Job) {
    let id = job.id;
    // For a collector, if one is named; the log does not show it.
    let span = tracing::info_span!(
        target: "slipway.spans",
        "execution",
        otel.status_code = Empty,
        slipway.execution = %id,
        slipway.deployment = %job.deployment.id,
        slipway.command = job.command.key(),
        slipway.state = Empty,
    );
    if let Err(error) = Supervisor::new(&context, &job).run().instrument(span.clone()).await {
        span.record("otel.status_code", "ERROR");
        // The row stays as it is, its lease runs out, and the execution becomes unknown.
        tracing::warn!(execution = %id, %error, "an execution could not be followed to its end");
    }
}

struct Supervisor<'a> {
    context: &'a Context,
    job: &'a Job,
    /// Hide the secrets that it was given, in each of its streams.
    veils: [(&'static str, Veil); 2],
    buffer: Vec<Line>,
    kept_bytes: u64,
    cut_bytes: u64,
    last_line: String,
    stop: Option<Stop>,
    kill_at: Option<Instant>,
    beaten: Instant,
}

impl<'a> Supervisor<'a> {
    fn new(context: &'a Context, job: &'a Job) -> Supervisor<'a> {
        Supervisor {
            context,
            job,
            veils: veils(&Mask::default()),
            buffer: Vec::new(),
            kept_bytes: 0,
            cut_bytes: 0,
            last_line: String::new(),
            stop: None,
            kill_at: None,
            beaten: Instant::now(),
        }
    }

    async fn run(mut self) -> Result<(), store::Error> {
        let mut given = match target::given(self.context, &self.job.deployment).await {
            Ok(given) => given,
            Err(error @ store::Error::Db(_)) => return Err(error),
            Err(error) => return self.not_begun(&target::not_given(&error)).await,
        };
        given.variables.push(("SLIPWAY_KEY".into(), self.job.key.clone()));
        self.veils = veils(&given.mask);
        let mut process = match process::spawn(self.job.argv(), &given.variables) {
            Ok(process) => process,
            Err(error) => return self.not_begun(&error.to_string()).await,
        };
        store::secret::used(&self.context.db, &self.job.deployment.plan).await?;
        self.beat(&process).await;
        fault::point(self.context, "execution:begun").await;
        let status = self.follow(&mut process).await;
        self.drain(&mut process).await;
        fault::point(self.context, "execution:ended").await;
        self.flush().await;
        let ended = self.ended(status);
        let span = tracing::Span::current();
        span.record("slipway.state", tracing::field::debug(ended.state));
        if ended.state == ExecutionState::Failed {
            span.record("otel.status_code", "ERROR");
        }
        if self.stop != Some(Stop::Lost) && !store::execution::finish(&self.context.db, self.job, &ended).await? {
            tracing::info!(execution = %self.job.id, "it had been given up as unknown meanwhile");
        }
        Ok(())
    }

    async fn not_begun(self, why: &str) -> Result<(), store::Error> {
        let last_line = format!("could not be started: {why}");
        let ended = Ended {
            state: ExecutionState::Failed,
            exit_code: None,
            last_line,
            cut_bytes: 0,
        };
        store::execution::finish(&self.context.db, self.job, &ended).await?;
        Ok(())
    }

    /// Until the command ends, by itself or stopped.
    async fn follow(&mut self, process: &mut Process) -> Option<ExitStatus> {
        let limit = self
            .job
            .deployment
            .plan
            .command()
            .map_or(0, |command| command.timeout_s);
        let late_at = Instant::now() + Duration::from_secs(u64::from(limit.max(1)));
        let mut woken = self.context.woken.subscribe();
        let mut beats = interval((self.context.config.lease / 4).min(Duration::from_secs(1)));
        let mut flushes = interval(FLUSH);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        flushes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let kill_at = self.kill_at.unwrap_or_else(|| Instant::now() + GRACE);
            tokio::select! {
                biased;
                _ = beats.tick() => self.beat(process).await,
                Ok(()) = woken.changed() => self.beat(process).await,
                () = sleep_until(kill_at), if self.kill_at.is_some() => { process.kill(); self.kill_at = None; }
                () = sleep_until(late_at), if self.stop.is_none() => self.stop(process, Stop::Late),
                () = self.context.give_up.cancelled(), if self.stop.is_none() => self.stop(process, Stop::EngineStops),
                _ = flushes.tick() => self.flush().await,
                next = process.next() => match next {
                    Next::Line(line) => self.keep(line),
                    Next::Ended(status) => return status,
                },
            }
        }
    }

    /// What the command wrote before it ended may still be on its way.
    async fn drain(&mut self, process: &mut Process) {
        let rest = async {
            while let Some(line) = process.line().await {
                self.keep(line);
            }
        };
        let _ = timeout(LINGER, rest).await;
        // A line may be under way that nobody ends any more.
        for place in 0..self.veils.len() {
            let (stream, veil) = &mut self.veils[place];
            let stream = *stream;
            if let Some(text) = veil.rest() {
                self.keep_text(stream, text);
            }
        }
    }

    /// Prolongs the lease, and hears whether the command is still wanted. A supervisor that can't reach Postgres until its lease is over stops it:
    /// from then on others may act.
    async fn beat(&mut self, process: &Process) {
        let asked = Instant::now();
        match store::execution::beat(
            &self.context.db,
            self.job,
            Some(process.pid()),
            self.context.config.lease,
        )
        .await
        {
            Ok(Beat::GoOn) => self.beaten = asked,
            Ok(Beat::Cancel) => {
                self.beaten = asked;
                self.stop(process, Stop::Cancelled);
            }
            Ok(Beat::Lost) => self.lose(process),
            Err(error) => {
                tracing::warn!(execution = %self.job.id, %error, "a heartbeat failed");
                if asked.duration_since(self.beaten) >= self.context.config.lease {
                    self.lose(process);
                }
            }
        }
    }

    fn lose(&mut self, process: &Process) {
        self.stop = Some(Stop::Lost);
        process.kill();
    }

    fn stop(&mut self, process: &Process, why: Stop) {
        if self.stop.is_none() {
            self.stop = Some(why);
            self.kill_at = Some(Instant::now() + GRACE);
            process.term();
        }
    }

    fn keep(&mut self, line: Output) {
        let veil = self.veils.iter_mut().find(|(stream, _)| *stream == line.stream);
        if let Some(text) = veil.and_then(|(_, veil)| veil.next(&line.text, line.ends)) {
            self.keep_text(line.stream, text);
        }
    }

    /// Keeps a text in which no secret stands any more.
    fn keep_text(&mut self, stream: &'static str, text: String) {
        let bytes = text.len() as u64 + 1;
        if stream == "stdout" && !text.trim().is_empty() {
            self.last_line = text.chars().take(2_000).collect();
        }
        if self.kept_bytes + bytes > KEPT_BYTES {
            self.cut_bytes += bytes;
            return;
        }
        self.kept_bytes += bytes;
        self.buffer.push(Line {
            at: Utc::now(),
            stream,
            text,
        });
    }

    async fn flush(&mut self) {
        let lines = std::mem::take(&mut self.buffer);
        let (db, deployment) = (&self.context.db, self.job.deployment.id);
        if let Err(error) = store::execution::log(db, deployment, Some(self.job.id), &lines).await {
            tracing::warn!(execution = %self.job.id, %error, lines = lines.len(), "lines of a log were lost");
        }
    }

    fn ended(&self, status: Option<ExitStatus>) -> Ended {
        let exit_code = status.and_then(|status| status.code());
        Ended {
            state: state(exit_code, self.stop),
            exit_code,
            last_line: self.last_line.clone(),
            cut_bytes: i64::try_from(self.cut_bytes).unwrap_or(i64::MAX),
        }
    }
}

fn veils(mask: &Mask) -> [(&'static str, Veil); 2] {
    ["stdout", "stderr"].map(|stream| (stream, Veil::new(mask.clone())))
}

/// The contract of exit codes. One that was stopped, or that a signal ended, may or may not have happened; 0 has happened in any case.
fn state(exit_code: Option<i32>, stop: Option<Stop>) -> ExecutionState {
    match (exit_code, stop) {
        (Some(0), _) => ExecutionState::Succeeded,
        (_, Some(Stop::Cancelled)) => ExecutionState::Cancelled,
        (_, Some(_)) | (None, None) => ExecutionState::Unknown,
        (Some(TRY_AGAIN), None) => ExecutionState::Retry,
        (Some(_), None) => ExecutionState::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_of_exit_codes() {
        assert_eq!(state(Some(0), None), ExecutionState::Succeeded);
        assert_eq!(state(Some(75), None), ExecutionState::Retry);
        assert_eq!(state(Some(1), None), ExecutionState::Failed);
        assert_eq!(state(None, None), ExecutionState::Unknown);
        assert_eq!(state(Some(143), Some(Stop::Cancelled)), ExecutionState::Cancelled);
        assert_eq!(state(Some(143), Some(Stop::Late)), ExecutionState::Unknown);
        assert_eq!(state(Some(0), Some(Stop::Cancelled)), ExecutionState::Succeeded);
    }
}
