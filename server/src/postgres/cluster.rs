//! The cluster's folder and its server process.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sha2::{Digest, Sha256};
use tokio::process::Child;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::account::Account;
use super::programs::Programs;
use super::socket::SocketFolder;
use super::{PATIENCE, PostgresError};

/// How often a condition is looked at that nobody announces.
const LOOK: Duration = Duration::from_millis(20);

/// Past this size, in bytes, the log starts anew with the next start.
const LONGEST_LOG: u64 = 16 << 20;

/// A folder that holds a cluster, or will.
#[derive(Debug)]
pub(super) struct Cluster {
    path: PathBuf,
}

impl Cluster {
    /// `<folder>/postgres`, or where it leads; elsewhere, with a link, when the account cannot get into `folder`.
    pub(super) async fn place(folder: &Path, account: &Account) -> Result<Self, PostgresError> {
        let here = folder.join("postgres");
        if let Ok(path) = here.canonicalize() {
            account.own(&path).map_err(PostgresError::folder(&path))?;
            return Ok(Self { path });
        }
        if account.reaches(folder).await || (let_pass(folder).is_ok() && account.reaches(folder).await) {
            return Ok(Self { path: here });
        }
        let name = hex::encode(&Sha256::digest(folder.as_os_str().as_encoded_bytes())[..6]);
        let elsewhere = Path::new("/var/lib/slipway").join(name);
        open_folder(&elsewhere).map_err(PostgresError::folder(&elsewhere))?;
        let path = elsewhere.join("postgres");
        match symlink(&path, &here) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(PostgresError::folder(&here)(error));
            }
            _ => {
                tracing::info!(folder = %path.display(), "the data directory is closed to PostgreSQL's account: the database lies elsewhere")
            }
        }
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The major version that made it; none when there is no cluster yet.
    pub(super) fn version(&self) -> Option<String> {
        std::fs::read_to_string(self.path.join("PG_VERSION"))
            .ok()
            .map(|text| text.trim().to_owned())
    }

    /// Makes the cluster beside its place and moves it there whole: an interrupted `initdb` leaves none.
    pub(super) async fn create(&self, programs: &Programs, account: &Account) -> Result<(), PostgresError> {
        let scratch = self.path.with_extension("new");
        let failed = || PostgresError::folder(&scratch);
        match std::fs::remove_dir_all(&scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed()(error)),
            _ => {}
        }
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&scratch)
            .map_err(failed())?;
        account.own(&scratch).map_err(failed())?;
        let mut initdb = account.command(&programs.path("initdb"));
        initdb.args([
            "--username=slipway",
            "--encoding=UTF8",
            "--auth-local=trust",
            "--auth-host=reject",
        ]);
        // The one locale that knows letters beyond ASCII and sorts alike everywhere; macOS does not have it.
        initdb.arg(if cfg!(target_os = "linux") {
            "--locale=C.UTF-8"
        } else {
            "--no-locale"
        });
        let output = initdb.arg("-D").arg(&scratch).output().await.map_err(failed())?;
        if !output.status.success() {
            return Err(PostgresError::program("initdb", &scratch, &output));
        }
        std::fs::rename(&scratch, &self.path).map_err(PostgresError::folder(&self.path))
    }

    /// Starts the server process, in a process group of its own.
    pub(super) fn launch(
        &self,
        programs: &Programs,
        account: &Account,
        socket: &SocketFolder,
        log: &Path,
    ) -> Result<Child, PostgresError> {
        let failed = PostgresError::folder(log);
        let long = log.metadata().is_ok_and(|metadata| metadata.len() > LONGEST_LOG);
        let mut options = OpenOptions::new();
        options.create(true).mode(0o600);
        let file = if long {
            options.write(true).truncate(true)
        } else {
            options.append(true)
        }
        .open(log);
        let (out, err) = file.and_then(|file| Ok((file.try_clone()?, file))).map_err(failed)?;
        let postgres = programs.path("postgres");
        let mut command = match watchdog() {
            Some(setpriv) => {
                let mut command = account.command(&setpriv);
                // After the change of account, which would clear it: SIGINT, a fast shutdown, when our process dies.
                command.args(["--pdeathsig", "INT", "--"]).arg(&postgres);
                command
            }
            None => account.command(&postgres),
        };
        command.arg("-D").arg(&self.path).arg("-k").arg(quoted(socket.path()));
        for setting in [
            "port=5432",
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "logging_collector=off",
        ] {
            command.arg("-c").arg(setting);
        }
        command.process_group(0).stdin(Stdio::null()).stdout(out).stderr(err);
        command.spawn().map_err(PostgresError::folder(&postgres))
    }

    /// Returns when the cluster accepts connections. Recovery after a crash takes as long as it takes.
    pub(super) async fn until_ready(&self, process: &mut Child, log: &Path) -> Result<(), PostgresError> {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut notice = Instant::now() + Duration::from_secs(10);
        loop {
            tokio::select! {
                _ = process.wait() => return Err(PostgresError::ended(log)),
                _ = looks.tick() => {}
            }
            let running = self.running();
            if running
                .as_ref()
                .is_some_and(|running| running.ready && Some(running.pid.as_raw().unsigned_abs()) == process.id())
            {
                return Ok(());
            }
            if Instant::now() > notice {
                tracing::info!(log = %log.display(), "PostgreSQL is still starting, probably recovering after a crash");
                notice = Instant::now() + Duration::from_secs(10);
            }
        }
    }

    /// Stops a cluster that outlived the server that started it, and removes the mark of one that is dead.
    ///
    /// Called with the data directory's lock held: nobody else owns what runs here.
    pub(super) async fn stop_leftover(&self) -> Result<(), PostgresError> {
        let Some(left) = self.running() else { return Ok(()) };
        if self.lives(left.pid) {
            tracing::info!(
                pid = left.pid.as_raw(),
                "taking over the PostgreSQL that an earlier run left behind"
            );
            // Gone between the look and the signal is as good.
            let _ = kill(left.pid, Signal::SIGINT);
            self.until_gone(left.pid).await?;
        }
        // PostgreSQL would take any process that got the same number since for the old one, and refuse.
        match std::fs::remove_file(self.path.join("postmaster.pid")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(PostgresError::folder(&self.path)(error)),
            _ => Ok(()),
        }
    }

    async fn until_gone(&self, pid: Pid) -> Result<(), PostgresError> {
        let deadline = Instant::now() + PATIENCE;
        let mut looks = interval(LOOK);
        while self.lives(pid) {
            if Instant::now() > deadline {
                return Err(PostgresError::Stuck { pid: pid.as_raw() });
            }
            looks.tick().await;
        }
        Ok(())
    }

    /// Whether `pid` is this cluster's server, and not another process that got the number since.
    fn lives(&self, pid: Pid) -> bool {
        if cfg!(target_os = "linux") {
            // A server works in its cluster's folder; one that ended and was not collected has none.
            let folder = std::fs::read_link(format!("/proc/{pid}/cwd"));
            return folder.is_ok_and(|folder| self.path.canonicalize().is_ok_and(|path| path == folder));
        }
        kill(pid, None).is_ok()
    }

    /// What the cluster's own mark says.
    fn running(&self) -> Option<Running> {
        Running::read(&std::fs::read_to_string(self.path.join("postmaster.pid")).ok()?)
    }
}

/// What `postmaster.pid` says: the first line is the process, the eighth its state.
#[derive(Debug, PartialEq)]
struct Running {
    pid: Pid,
    ready: bool,
}

impl Running {
    fn read(text: &str) -> Option<Self> {
        let pid = text.lines().next()?.trim().parse().ok().map(Pid::from_raw)?;
        Some(Self {
            pid,
            ready: text.lines().nth(7).is_some_and(|state| state.trim() == "ready"),
        })
    }
}

/// Lets others pass through the data directory, though not look around in it.
fn let_pass(folder: &Path) -> io::Result<()> {
    let mode = folder.metadata()?.permissions().mode();
    std::fs::set_permissions(folder, PermissionsExt::from_mode(mode | 0o011))
}

/// A folder that others can pass through, whatever root's umask is; the cluster in it is closed to them.
fn open_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for path in folder.ancestors().take(2) {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755))?;
    }
    Ok(())
}

/// Makes the database `slipway` unless it is there.
pub(super) async fn create_database(
    programs: &Programs,
    account: &Account,
    socket: &Path,
) -> Result<(), PostgresError> {
    let mut createdb = account.command(&programs.path("createdb"));
    createdb.arg("-h").arg(socket).args([
        "-p",
        "5432",
        "-U",
        "slipway",
        "--no-password",
        "--maintenance-db=postgres",
        "slipway",
    ]);
    let output = createdb
        .output()
        .await
        .map_err(PostgresError::folder(&programs.path("createdb")))?;
    let exists = String::from_utf8_lossy(&output.stderr).contains("already exists");
    if output.status.success() || exists {
        Ok(())
    } else {
        Err(PostgresError::program("createdb", socket, &output))
    }
}

/// `setpriv` from util-linux, which asks the kernel for a signal at the parent's death.
fn watchdog() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("setpriv"))
        .find(|program| program.is_file())
}

/// PostgreSQL reads a list here, in which a quoted name may hold anything.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.to_string_lossy().replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use nix::unistd::Pid;

    use super::Running;

    #[test]
    fn the_mark_tells_process_and_state() {
        let starting = "4711\n/data\n1705312800\n5432\n/run\n\n  12 34\nstarting\n";
        let ready = starting.replace("starting", "ready   ");

        assert_eq!(
            Running::read(starting),
            Some(Running {
                pid: Pid::from_raw(4711),
                ready: false
            })
        );
        assert_eq!(
            Running::read(&ready),
            Some(Running {
                pid: Pid::from_raw(4711),
                ready: true
            })
        );
        assert_eq!(Running::read(""), None);
    }
}
