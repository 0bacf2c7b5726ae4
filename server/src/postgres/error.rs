//! What can keep the cluster from running, each as one sentence that says what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private cluster could not be started, or not be stopped.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No installation was found that has `initdb`, `postgres` and `createdb` in one folder.
    #[error(
        "PostgreSQL was not found: install it (on Debian `apt install postgresql`), \
         or set DATABASE_URL to a database that is there already."
    )]
    NotInstalled,
    /// The cluster was made by a major version that is not installed.
    #[error(
        "The database in {folder} was made by PostgreSQL {wanted}, which is not installed: \
         install that version (on Debian `apt install postgresql-{wanted}`), or choose another data directory."
    )]
    OtherVersion {
        /// The cluster's folder.
        folder: PathBuf,
        /// Its major version.
        wanted: String,
    },
    /// Another process holds the data directory.
    #[error(
        "Slipway already runs on {folder}{holder}: stop it, choose another data directory, \
         or set DATABASE_URL to share its database."
    )]
    InUse {
        /// The data directory.
        folder: PathBuf,
        /// Who holds it and at what URL its database is, as far as known, with a leading space.
        holder: String,
    },
    /// Started as root on a machine without an account that could own the cluster.
    #[error(
        "PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it: \
         add one (`useradd --system postgres`), or start Slipway as an ordinary user."
    )]
    NoAccount,
    /// The cluster belongs to another user.
    #[error(
        "The database in {folder} belongs to {owner}: start Slipway as that user or as root, \
         or choose another data directory."
    )]
    NotMine {
        /// The cluster's folder.
        folder: PathBuf,
        /// The owner's name, or number when it has no name.
        owner: String,
    },
    /// The disk has no room.
    #[error("There is no space left on the disk of {folder}: free some, or choose another data directory.")]
    DiskFull {
        /// The folder that was written to.
        folder: PathBuf,
    },
    /// A folder or file cannot be made, read or written.
    #[error("{path} cannot be used ({source}): make it writable for this user, or choose another data directory.")]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed ({detail}): mend what it says and start again.")]
    Program {
        /// Its name.
        program: String,
        /// The last line that it wrote, or how it ended.
        detail: String,
    },
    /// The server process ended.
    #[error("PostgreSQL ended ({detail}): its log is {log}; mend what it says and start again.")]
    Ended {
        /// The log's last complaint.
        detail: String,
        /// Where the whole log is.
        log: PathBuf,
    },
    /// A process of PostgreSQL does not end.
    #[error("PostgreSQL (process {pid}) does not end: end it with `kill -QUIT {pid}`, then start again.")]
    Stuck {
        /// Its number.
        pid: i32,
    },
}

impl PostgresError {
    /// For `map_err`: what the system said about `path`.
    pub(super) fn folder(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { folder: path },
            _ => Self::Folder { path, source },
        }
    }

    /// A program that ended badly; a full disk gets its own sentence.
    pub(super) fn program(program: &str, folder: &Path, output: &std::process::Output) -> Self {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("No space left on device") {
            return Self::DiskFull {
                folder: folder.to_owned(),
            };
        }
        let detail = complaint(&said).unwrap_or_else(|| output.status.to_string());
        Self::Program {
            program: program.to_owned(),
            detail,
        }
    }

    /// The server process ended: the reason is in `log`.
    pub(super) fn ended(log: &Path) -> Self {
        let said = std::fs::read(log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let latest: String = said
            .lines()
            .rev()
            .take(20)
            .fold(String::new(), |later, line| format!("{line}\n{later}"));
        if latest.contains("No space left on device") {
            return Self::DiskFull {
                folder: log.parent().unwrap_or(log).to_owned(),
            };
        }
        let detail = complaint(&latest).unwrap_or_else(|| "without a word".to_owned());
        Self::Ended {
            detail,
            log: log.to_owned(),
        }
    }
}

/// The line that says most: the last one marked as an error, else the last one.
fn complaint(said: &str) -> Option<String> {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let grave = |line: &&str| ["PANIC:", "FATAL:", "error:"].iter().any(|mark| line.contains(mark));
    lines().rfind(grave).or_else(|| lines().next_back()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{PostgresError, complaint};

    #[test]
    fn the_gravest_line_is_told() {
        let said =
            "LOG:  starting\nFATAL:  could not map anonymous shared memory\nLOG:  database system is shut down\n";

        assert_eq!(
            complaint(said).as_deref(),
            Some("FATAL:  could not map anonymous shared memory")
        );
        assert_eq!(complaint("one\ntwo\n").as_deref(), Some("two"));
        assert_eq!(complaint("\n"), None);
    }

    #[test]
    fn a_full_disk_is_told_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("postgres.log");
        std::fs::write(
            &log,
            "PANIC:  could not write to file \"pg_wal/xlogtemp.7\": No space left on device\n",
        )
        .unwrap();

        assert!(matches!(PostgresError::ended(&log), PostgresError::DiskFull { .. }));
    }
}
