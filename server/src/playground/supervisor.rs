//! The supervisor: the process that owns the environments, carries out orders, and takes all down in order.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{join_all, try_join_all};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Trouble;
use super::catalogue::{self, Catalogue};
use super::control::{self, Access};
use super::environment::Environment;
use super::gateway::Gateway;
use super::instance::Launch;
use super::journal::{Admission, Journal};
use super::load::Load;
use super::log::{Log, Progress};
use super::loopback;
use super::order::{Ending, Order, Outcome, Reply};
use super::weights::WeightHistory;

/// The environments, in promotion order.
pub const ENVIRONMENTS: [&str; 3] = ["development", "staging", "production"];

/// How a playground is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// State directory; one playground runs in it at a time.
    pub state: PathBuf,
    /// The binary that holds `playground instance`.
    pub program: PathBuf,
    /// The first port (control; gateways and admin ports follow), or 0 for free ones.
    pub ports: u16,
    /// The version that runs at first in an environment that has no state yet.
    pub version: String,
    /// Instances of stable and of canary.
    pub sizes: [usize; 2],
    /// Requests a second of the load generators, in the order of `ENVIRONMENTS`.
    pub rates: [u32; 3],
    /// The longest time that the load generators run.
    pub load_for: Duration,
    /// How long deploy and promote take when their order does not say.
    pub slow: Duration,
}

/// An environment with its generator and its ports.
#[derive(Debug)]
pub struct Place {
    /// The environment.
    pub environment: Environment,
    /// Its visitors.
    pub load: Arc<Load>,
    /// The port of the gateway.
    pub gateway_port: u16,
    /// The gateway's admin port.
    pub admin_port: u16,
}

/// What serves and takes orders.
#[derive(Debug)]
pub struct Supervisor {
    /// The environments by name.
    pub places: BTreeMap<&'static str, Place>,
    /// Where the commands reach it.
    pub access: Access,
    /// Fires when it is to end.
    pub ending: CancellationToken,
    journal: Journal,
    slow: Duration,
    operations: Mutex<BTreeMap<u64, CancellationToken>>,
    tasks: TaskTracker,
}

/// A playground that is up.
#[derive(Debug)]
pub struct Running {
    supervisor: Arc<Supervisor>,
    state: PathBuf,
    /// Ended one after the other.
    loads: Stage,
    gateways: Stage,
    control: Stage,
    _lock: File,
}

/// Servers that end together.
#[derive(Debug, Default)]
struct Stage {
    end: CancellationToken,
    tasks: TaskTracker,
}

impl Stage {
    fn serve(&self, listener: TcpListener, routes: axum::Router) {
        let end = self.end.clone();
        self.tasks.spawn(async move {
            if let Err(trouble) = loopback::serve(listener, routes, end.cancelled_owned()).await {
                tracing::error!(%trouble, "a part of the playground ended");
            }
        });
    }

    async fn finish(&self) {
        self.end.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Supervisor {
    /// Starts a playground: gateways, instances, visitors, control. It is ready when this returns.
    ///
    /// # Errors
    /// A playground runs in this directory already, a port is in use, an instance does not become healthy.
    /// What was started until then is ended.
    pub async fn start(settings: &Settings) -> Result<Running, Trouble> {
        fs::create_dir_all(&settings.state).map_err(|e| Trouble::io("create", &settings.state, &e))?;
        let lock = lock(&settings.state)?;
        let catalogue = Catalogue::of(&settings.state);
        for version in catalogue::samples() {
            // One that was published by an earlier release of this program stays what it was.
            if catalogue.resolve(&version.version, None).is_err() {
                catalogue.publish(&version)?;
            }
        }
        let control_listener = loopback::listen(settings.ports).await?;
        let access = Access::new(port_of(&control_listener)?);
        let gateways = Stage::default();
        let places = open_places(settings, &gateways).await?;
        let supervisor = Arc::new(Self {
            places,
            access,
            ending: CancellationToken::new(),
            journal: Journal::open(&settings.state)?,
            slow: settings.slow,
            operations: Mutex::default(),
            tasks: TaskTracker::new(),
        });
        let running = Running {
            supervisor: supervisor.clone(),
            state: settings.state.clone(),
            loads: Stage::default(),
            gateways,
            control: Stage::default(),
            _lock: lock,
        };
        let first = settings.version.as_str();
        let started = try_join_all(supervisor.places.values().map(|place| place.environment.start(first))).await;
        if let Err(trouble) = started {
            running.stop().await;
            return Err(trouble);
        }
        for place in supervisor.places.values() {
            let load = place.load.clone();
            running
                .loads
                .tasks
                .spawn(load.run(loopback::client(), settings.load_for, running.loads.end.clone()));
        }
        running
            .control
            .serve(control_listener, control::routes(supervisor.clone()));
        supervisor.access.write(&settings.state)?;
        Ok(running)
    }

    /// Finds an environment.
    pub fn place(&self, name: &str) -> Result<&Place, Trouble> {
        self.places.get(name).ok_or_else(|| {
            Trouble::fatal(format!(
                "There is no environment \"{name}\": use {}.",
                ENVIRONMENTS.join(", ")
            ))
        })
    }

    /// Takes an order on; what happens is said to `replies`, the outcome last. An order whose giver
    /// goes away is stopped.
    pub fn take(self: &Arc<Self>, order: Order, replies: UnboundedSender<Reply>) {
        let supervisor = self.clone();
        self.tasks.spawn(async move {
            let outcome = supervisor.answer(&order, &replies).await;
            // The giver may be gone; the journal has it all the same.
            let _ = replies.send(Reply::Outcome(outcome));
        });
    }

    /// Stops an order that runs; false when there is none with this number.
    pub fn cancel(&self, operation: u64) -> bool {
        let operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        operations.get(&operation).map(CancellationToken::cancel).is_some()
    }

    async fn answer(&self, order: &Order, replies: &UnboundedSender<Reply>) -> Outcome {
        let (repeated, result) = match self.admit(order) {
            Ok(Admission::New(operation)) => (false, self.perform(order, operation, replies).await),
            Ok(Admission::Done(result)) => {
                let text = "This key was carried out before; this is the journal's answer. Nothing was done again.";
                let _ = replies.send(Reply::Progress(text.to_owned()));
                (true, Ok(result))
            }
            Ok(Admission::Running) => (
                true,
                Err(Trouble::retry(
                    "This key is being carried out at this moment: ask again later.",
                )),
            ),
            Err(trouble) => (false, Err(trouble)),
        };
        outcome(order, repeated, result)
    }

    fn admit(&self, order: &Order) -> Result<Admission, Trouble> {
        self.place(&order.environment)?;
        if self.ending.is_cancelled() {
            return Err(Trouble::retry("The playground is being taken down."));
        }
        self.journal.admit(order)
    }

    async fn perform(&self, order: &Order, operation: u64, replies: &UnboundedSender<Reply>) -> Result<Value, Trouble> {
        let place = self.place(&order.environment)?;
        let cancel = self.ending.child_token();
        self.operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(operation, cancel.clone());
        let _ = replies.send(Reply::Operation(operation));
        let slow = order.slow_ms.map_or(self.slow, Duration::from_millis);
        let progress = Progress::new(&place.environment.log, Some(replies.clone()));
        let mut work = std::pin::pin!(place.environment.carry_out(order, slow, &progress, &cancel));
        let result = tokio::select! {
            result = &mut work => result,
            () = replies.closed() => {
                cancel.cancel();
                work.await
            }
        };
        let result = result.map(Value::Object);
        self.operations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&operation);
        if let Err(trouble) = &result {
            place
                .environment
                .log
                .say(&format!("{}: {trouble}", order.change.command()));
        }
        self.journal.end(order, operation, &result)?;
        result
    }
}

fn outcome(order: &Order, repeated: bool, result: Result<Value, Trouble>) -> Outcome {
    let reason = result.as_ref().err().map(ToString::to_string);
    let (outcome, result) = match result {
        Ok(Value::Object(result)) => (Ending::Done, result),
        Ok(_) => (Ending::Done, Map::new()),
        Err(Trouble::Fatal(_)) => (Ending::Failed, Map::new()),
        Err(Trouble::Retry(_)) => (Ending::Retry, Map::new()),
        Err(Trouble::Interrupted(_)) => (Ending::Interrupted, Map::new()),
    };
    let (environment, command) = (order.environment.clone(), order.change.command().to_owned());
    Outcome {
        outcome,
        reason,
        environment,
        command,
        repeated,
        result,
    }
}

impl Running {
    /// The supervisor.
    pub fn supervisor(&self) -> &Arc<Supervisor> {
        &self.supervisor
    }

    /// Takes all down in order: orders, visitors, gateways, instances, control. Nothing is left running.
    pub async fn stop(self) {
        let supervisor = &self.supervisor;
        supervisor.ending.cancel();
        supervisor.tasks.close();
        supervisor.tasks.wait().await;
        self.loads.finish().await;
        self.gateways.finish().await;
        join_all(supervisor.places.values().map(|place| place.environment.stop())).await;
        Access::remove(&self.state);
        self.control.finish().await;
    }
}

/// Makes sure that one playground runs in a directory; the lock goes with the process, however it ends.
fn lock(state: &Path) -> Result<File, Trouble> {
    let path = lock_path(state);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(|e| Trouble::io("open", &path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Trouble::fatal(format!(
            "A playground is up already in {}: take it down with `slipway playground down`, or use another `--state`.",
            state.display()
        ))),
        Err(TryLockError::Error(e)) => Err(Trouble::io("lock", &path, &e)),
    }
}

/// The file that a playground which is up has locked.
pub fn lock_path(state: &Path) -> PathBuf {
    state.join("lock")
}

fn port_of(listener: &TcpListener) -> Result<u16, Trouble> {
    listener
        .local_addr()
        .map(|address| address.port())
        .map_err(|e| Trouble::fatal(e.to_string()))
}

/// Opens all gateways, with nobody behind them yet: a port in use is found before anything is started.
async fn open_places(settings: &Settings, gateways: &Stage) -> Result<BTreeMap<&'static str, Place>, Trouble> {
    let mut places = BTreeMap::new();
    let mut listeners = Vec::new();
    for (index, name) in (0_u16..).zip(ENVIRONMENTS) {
        let port = |offset: u16| {
            if settings.ports == 0 {
                0
            } else {
                settings.ports + 10 * (index + 1) + offset
            }
        };
        let users = loopback::listen(port(0)).await?;
        let admin = loopback::listen(port(1)).await?;
        let log = Arc::new(Log::open(&settings.state, name)?);
        let weights = WeightHistory::open(&settings.state, name)?;
        let gateway = Arc::new(Gateway::new(name.to_owned(), loopback::client(), weights));
        let launch = Launch {
            program: settings.program.clone(),
            log,
            client: loopback::client(),
        };
        let (gateway_port, admin_port) = (port_of(&users)?, port_of(&admin)?);
        let load = Arc::new(Load::new(gateway_port, settings.rates[usize::from(index)]));
        let environment = Environment::new(&settings.state, gateway.clone(), launch, settings.sizes);
        places.insert(
            name,
            Place {
                environment,
                load,
                gateway_port,
                admin_port,
            },
        );
        listeners.push((users, admin, gateway));
    }
    for (users, admin, gateway) in listeners {
        gateways.serve(users, gateway.routes());
        gateways.serve(admin, gateway.admin_routes());
    }
    Ok(places)
}
