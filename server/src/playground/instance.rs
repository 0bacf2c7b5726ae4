//! One supervised instance: a child process that is started again when it dies.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Trouble;
use super::catalogue::Version;
use super::log::Log;
use super::loopback::{self, Client};
use super::metrics::Series;
use super::order::Variant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// An instance that served this long before it died is started again without a longer pause.
const STEADY: Duration = Duration::from_secs(10);
const READY_WITHIN: Duration = Duration::from_secs(10);
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// Missed health checks in a row after which a process is ended and started again.
const MISSES: u32 = 3;
const LEAVE_WITHIN: Duration = Duration::from_secs(3);
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// What all instances of an environment share.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The binary that holds `playground instance`.
    pub program: PathBuf,
    /// Where the processes complain.
    pub log: Arc<Log>,
    /// For health checks and metrics.
    pub client: Client,
}

/// Where an instance is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// Its process was started and has not answered yet.
    Starting,
    /// It answers its health check.
    Healthy,
    /// It does not answer, for this reason; it will be started again.
    Down(String),
    /// It was stopped; its process is gone.
    Gone,
}

/// One instance. Its process, and with it its port, may change; its counts go on.
#[derive(Debug)]
pub struct Instance {
    /// Unique in its environment.
    pub name: String,
    /// The set that it was started for.
    pub variant: Variant,
    /// What it runs.
    pub version: Version,
    launch: Launch,
    life: watch::Sender<Life>,
    port: AtomicU16,
    pid: AtomicU32,
    starts: AtomicU32,
    open_requests: AtomicUsize,
    idle: Notify,
    counts: Mutex<Counts>,
    stop: CancellationToken,
}

/// The counters of the processes that are gone, and the last known ones of the living.
#[derive(Debug, Default)]
struct Counts {
    process: u32,
    past: Series,
    last: Series,
}

impl Instance {
    /// Starts an instance; `ready` says when it serves.
    pub fn start(launch: &Launch, name: String, variant: Variant, version: &Version) -> Arc<Self> {
        let instance = Arc::new(Self {
            name,
            variant,
            version: version.clone(),
            launch: launch.clone(),
            life: watch::Sender::new(Life::Starting),
            port: AtomicU16::new(0),
            pid: AtomicU32::new(0),
            starts: AtomicU32::new(0),
            open_requests: AtomicUsize::new(0),
            idle: Notify::new(),
            counts: Mutex::default(),
            stop: CancellationToken::new(),
        });
        tokio::spawn(instance.clone().supervise());
        instance
    }

    /// Waits until it is healthy; an instance that dies first has failed.
    pub async fn ready(&self) -> Result<(), Trouble> {
        let mut life = self.life.subscribe();
        let settled = timeout(READY_WITHIN, life.wait_for(|life| *life != Life::Starting)).await;
        let failed = |why: &str| Trouble::fatal(format!("{} does not become healthy: {why}.", self.name));
        match settled {
            Err(_) => Err(failed("it did not answer in time")),
            Ok(Err(_)) => Err(failed("it is not supervised any more")),
            Ok(Ok(life)) => match &*life {
                Life::Healthy => Ok(()),
                Life::Down(why) => Err(failed(why)),
                Life::Starting | Life::Gone => Err(failed("it was stopped")),
            },
        }
    }

    /// Whether it answers its health check.
    pub fn healthy(&self) -> bool {
        *self.life.borrow() == Life::Healthy
    }

    /// The port of its present process.
    pub fn port(&self) -> u16 {
        self.port.load(Ordering::Acquire)
    }

    /// Its present process, if there is one.
    pub fn pid(&self) -> Option<u32> {
        Some(self.pid.load(Ordering::Acquire)).filter(|pid| *pid != 0)
    }

    /// How often it had to be started again.
    pub fn restarts(&self) -> u32 {
        self.starts.load(Ordering::Acquire).saturating_sub(1)
    }

    /// Marks a request as open until the guard is dropped.
    pub fn open(self: &Arc<Self>) -> OpenRequest {
        self.open_requests.fetch_add(1, Ordering::AcqRel);
        OpenRequest(self.clone())
    }

    /// Waits until no request is open, but not for ever. Take it out of the rotation first.
    pub async fn drain(&self) {
        let drained = async {
            loop {
                let idle = self.idle.notified();
                tokio::pin!(idle);
                idle.as_mut().enable();
                if self.open_requests.load(Ordering::Acquire) == 0 {
                    return;
                }
                idle.await;
            }
        };
        if timeout(DRAIN_WITHIN, drained).await.is_err() {
            self.launch.log.say(&format!(
                "{}: requests are still open after {DRAIN_WITHIN:?}",
                self.name
            ));
        }
    }

    /// Ends its process and waits until it is gone.
    pub async fn stop(&self) {
        let mut life = self.life.subscribe();
        self.stop.cancel();
        // The sender lives in `self`, so waiting ends with the state and not with an error.
        let _ = life.wait_for(|life| *life == Life::Gone).await;
    }

    /// Its counters since it was first started. When the process does not answer, what it said last.
    pub async fn series(&self) -> Series {
        let process = self.starts.load(Ordering::Acquire);
        let answer = loopback::get(&self.launch.client, self.port(), "/metrics", ANSWER_WITHIN).await;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok((StatusCode::OK, text)) = answer
            && counts.process == process
        {
            counts.last = Series::parse(&String::from_utf8_lossy(&text));
        }
        let mut sum = counts.past.clone();
        sum.merge(&counts.last);
        sum
    }

    async fn supervise(self: Arc<Self>) {
        let mut pause = FIRST_PAUSE;
        while !self.stop.is_cancelled() {
            let begun = Instant::now();
            let Err(trouble) = self.live().await else { break };
            self.launch.log.say(&format!("{}: {trouble}", self.name));
            self.life.send_replace(Life::Down(trouble.to_string()));
            if begun.elapsed() > STEADY {
                pause = FIRST_PAUSE;
            }
            if self.stop.run_until_cancelled(sleep(pause)).await.is_some() {
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        self.life.send_replace(Life::Gone);
    }

    /// One process, from its start to its end; ok when it was stopped.
    async fn live(&self) -> Result<(), Trouble> {
        self.begin_process();
        let mut child = self.spawn()?;
        self.pid.store(child.id().unwrap_or(0), Ordering::Release);
        // Waiting for a child closes its input, and its input is what keeps it alive.
        let lifeline = child.stdin.take();
        let output = child.stdout.take();
        let ended = tokio::select! {
            () = self.stop.cancelled() => Ok(()),
            status = child.wait() => Err(match status {
                Ok(status) => Trouble::retry(format!("the process ended ({status})")),
                Err(e) => Trouble::retry(format!("the process cannot be watched: {e}")),
            }),
            trouble = self.watch(output) => Err(trouble),
        };
        self.life.send_if_modified(|life| {
            let was_healthy = *life == Life::Healthy;
            if was_healthy {
                *life = Life::Down("it is being ended".to_owned());
            }
            was_healthy
        });
        put_down(&mut child).await;
        drop(lifeline);
        self.pid.store(0, Ordering::Release);
        ended
    }

    fn begin_process(&self) {
        let process = self.starts.fetch_add(1, Ordering::AcqRel) + 1;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let last = std::mem::take(&mut counts.last).without_gauges();
        counts.past.merge(&last);
        counts.process = process;
    }

    fn spawn(&self) -> Result<Child, Trouble> {
        let behaviour = &self.version.behaviour;
        Command::new(&self.launch.program)
            .args([
                "playground",
                "instance",
                "--name",
                &self.name,
                "--version",
                &self.version.version,
            ])
            .args(["--error-rate", &behaviour.error_rate.to_string()])
            .args(["--latency-ms", &behaviour.latency_ms.to_string()])
            .args(["--latency-spread-ms", &behaviour.latency_spread_ms.to_string()])
            .args(["--memory-mib", &behaviour.memory_mib.to_string()])
            .args(["--parent", &std::process::id().to_string()])
            .arg0("slipway")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(self.launch.log.as_output())
            // A Ctrl-C at the terminal is for the supervisor, which takes things down in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| Trouble::retry(format!("the process cannot be started: {e}")))
    }

    /// Reads the port, waits for health, then checks it for ever; returns what went wrong.
    async fn watch(&self, output: Option<ChildStdout>) -> Trouble {
        let Some(output) = output else {
            return Trouble::retry("its output is not connected");
        };
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line).await;
        let (Ok(_), Ok(port)) = (read, line.trim().parse()) else {
            // The process is ending; its exit status says more.
            return std::future::pending().await;
        };
        self.port.store(port, Ordering::Release);
        let mut misses = 0;
        loop {
            if self.answers().await {
                misses = 0;
                self.life
                    .send_if_modified(|life| std::mem::replace(life, Life::Healthy) != Life::Healthy);
            } else {
                misses += 1;
                self.life
                    .send_replace(Life::Down("it does not answer its health check".to_owned()));
                if misses >= MISSES {
                    return Trouble::retry(format!("it missed {misses} health checks"));
                }
            }
            sleep(HEALTH_INTERVAL).await;
        }
    }

    async fn answers(&self) -> bool {
        let answer = loopback::get(&self.launch.client, self.port(), "/health", ANSWER_WITHIN).await;
        matches!(answer, Ok((StatusCode::OK, _)))
    }
}

/// Asks a process to end, then makes it.
async fn put_down(child: &mut Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    let Some(pid) = pid else { return };
    // A process that has just ended by itself cannot be signalled; waiting tells.
    let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    if timeout(LEAVE_WITHIN, child.wait()).await.is_err()
        && let Err(e) = child.kill().await
    {
        tracing::warn!(pid, error = %e, "a playground instance cannot be ended");
    }
}

/// A request that an instance has not answered yet.
#[derive(Debug)]
pub struct OpenRequest(Arc<Instance>);

impl OpenRequest {
    /// The instance that answers it.
    pub fn instance(&self) -> &Arc<Instance> {
        &self.0
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        if self.0.open_requests.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}
