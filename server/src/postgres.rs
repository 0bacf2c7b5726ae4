//! A PostgreSQL of our own: with no `DATABASE_URL`, the server starts and owns a private cluster below its data directory.
//!
//! The cluster listens on a unix socket in a folder that only its account can enter, and on no network address. It runs in
//! a process group of its own, so that Ctrl-C reaches the server alone, which stops the cluster when it has drained. Where
//! `setpriv` exists the kernel stops the cluster when the server dies; a cluster that outlived its server all the same is
//! stopped, and started anew, by the next start.

mod account;
mod cluster;
mod error;
mod lock;
mod programs;
mod socket;

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;

use account::Account;
use cluster::Cluster;
pub use error::PostgresError;
use lock::Lock;
use programs::Programs;
use socket::SocketFolder;

/// How long a fast shutdown may take, before the cluster is told to leave its recovery to the next start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running cluster that this process owns. Dropped without [`Embedded::stop`], it is asked to shut down and not awaited.
#[derive(Debug)]
pub struct Embedded {
    url: String,
    process: Child,
    programs: Programs,
    log: PathBuf,
    // The socket's folder goes before the lock: the next owner must not find it half removed.
    _socket: SocketFolder,
    _lock: Lock,
}

/// Starts the cluster of `data_dir`, making it first when there is none, and returns when it accepts connections.
///
/// Await it in `main`'s own task: the kernel watches the thread that starts the cluster, and a worker thread may end before
/// the process does.
///
/// As root, the cluster belongs to an unprivileged account (`postgres`, else `nobody`), because PostgreSQL refuses to run as
/// root; others may then pass through `data_dir`, though not list it. Where a folder above it is closed to the account, the
/// cluster lies below `/var/lib/slipway`, and `data_dir` holds a link.
///
/// # Errors
/// See [`PostgresError`]: each is one sentence that says what to do.
pub async fn start(data_dir: &Path) -> Result<Embedded, PostgresError> {
    let folder = folder(data_dir)?;
    let mut lock = Lock::take(&folder)?;
    let account = Account::choose(&folder.join("postgres"))?;
    let cluster = Cluster::place(&folder, &account).await?;
    let programs = Programs::find(cluster.path(), cluster.version().as_deref())?;
    cluster.stop_leftover().await?;
    if cluster.version().is_none() {
        cluster.create(&programs, &account).await?;
    }
    let socket = SocketFolder::make(cluster.path(), &account)?;
    let log = folder.join("postgres.log");
    let process = cluster.launch(&programs, &account, &socket, &log)?;
    let url = url(socket.path());
    let mut embedded = Embedded {
        url,
        process,
        programs,
        log,
        _socket: socket,
        _lock: lock.clone(),
    };
    cluster.until_ready(&mut embedded.process, &embedded.log).await?;
    cluster::create_database(&embedded.programs, &account, embedded._socket.path()).await?;
    lock.tell(&embedded.url)?;
    tracing::info!(folder = %cluster.path().display(), "own PostgreSQL is ready");
    Ok(embedded)
}

/// Where the cluster of `data_dir` is while another process runs it, as `DATABASE_URL` would say it; for programs that do one thing beside it.
pub fn running(data_dir: &Path) -> Option<String> {
    Lock::told(&data_dir.canonicalize().ok()?)
}

impl Embedded {
    /// Where the database is, as `DATABASE_URL` would say it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The path of another program of the same installation, such as `psql` or `pg_dump`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.path(name)
    }

    /// Returns when the cluster has ended although nobody stopped it, with the reason from its log.
    pub async fn ended(&mut self) -> PostgresError {
        // A failed wait means that there is no such process any more, which is the same news.
        let _ = self.process.wait().await;
        PostgresError::ended(&self.log)
    }

    /// Shuts the cluster down: connections are closed, everything is on disk when this returns.
    ///
    /// # Errors
    /// [`PostgresError::Stuck`] when the process survives even the order to quit at once.
    pub async fn stop(mut self) -> Result<(), PostgresError> {
        for signal in [Signal::SIGINT, Signal::SIGQUIT] {
            let Some(pid) = pid(&self.process) else { return Ok(()) };
            signal_to(pid, signal);
            if tokio::time::timeout(PATIENCE, self.process.wait()).await.is_ok() {
                return Ok(());
            }
            tracing::warn!(pid = pid.as_raw(), ?signal, "PostgreSQL does not end");
        }
        Err(PostgresError::Stuck {
            pid: pid(&self.process).map_or(0, Pid::as_raw),
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(pid) = pid(&self.process) {
            signal_to(pid, Signal::SIGINT);
        }
    }
}

/// None once the process was awaited: its number may belong to somebody else by then.
fn pid(process: &Child) -> Option<Pid> {
    process.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

fn signal_to(pid: Pid, signal: Signal) {
    if let Err(error) = kill(pid, signal) {
        tracing::debug!(pid = pid.as_raw(), %error, "PostgreSQL is gone already");
    }
}

fn folder(data_dir: &Path) -> Result<PathBuf, PostgresError> {
    std::fs::create_dir_all(data_dir)
        .and_then(|()| data_dir.canonicalize())
        .map_err(PostgresError::folder(data_dir))
}

fn url(socket: &Path) -> String {
    let socket = socket.to_string_lossy();
    let query: String = socket.bytes().map(encoded).collect();
    format!("postgres:///slipway?host={query}&user=slipway")
}

/// Percent-encodes what is neither unreserved nor a slash, as RFC 3986 has it for a query.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn a_folder_with_a_space_or_a_sign_is_encoded() {
        let url = super::url(Path::new("/home/ann lee/a&b/socket"));

        assert_eq!(
            url,
            "postgres:///slipway?host=/home/ann%20lee/a%26b/socket&user=slipway"
        );
    }
}
