//! Finding an installation of PostgreSQL on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::PostgresError;

/// What an installation must have in one folder.
const NEEDED: [&str; 3] = ["initdb", "postgres", "createdb"];

/// Folders that hold one installation per major version, as packagers lay them out: before and after the version.
const LAYOUTS: [(&str, &str, &str); 4] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

/// The folder of programs of one installation.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Finds an installation; of major version `wanted` when `cluster` was made by that version already.
    ///
    /// Looked at, in this order: PATH, the answer of `pg_config --bindir`, the packagers' folders from the newest version on.
    pub(super) fn find(cluster: &Path, wanted: Option<&str>) -> Result<Self, PostgresError> {
        let mut found = candidates().into_iter().filter(|folder| is_complete(folder)).peekable();
        if found.peek().is_none() {
            return Err(PostgresError::NotInstalled);
        }
        match wanted {
            None => found
                .next()
                .map(|folder| Self { folder })
                .ok_or(PostgresError::NotInstalled),
            Some(wanted) => found
                .find(|folder| major(folder).as_deref() == Some(wanted))
                .map(|folder| Self { folder })
                .ok_or_else(|| PostgresError::OtherVersion {
                    folder: cluster.into(),
                    wanted: wanted.into(),
                }),
        }
    }

    /// The path of one of the programs.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for folder in std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()) {
        // A link in PATH leads to the folder where the other programs are.
        if let Ok(program) = folder.join("postgres").canonicalize() {
            folders.extend(program.parent().map(Path::to_owned));
        }
    }
    if let Ok(answer) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(String::from_utf8_lossy(&answer.stdout).trim().into());
    }
    folders.extend(
        LAYOUTS
            .iter()
            .flat_map(|(root, before, after)| versions(Path::new(root), before, after)),
    );
    folders
}

/// The installations below `root`, the newest first.
fn versions(root: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(before)?.parse().ok()?;
            Some((version, entry.path().join(after)))
        })
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn is_complete(folder: &Path) -> bool {
    NEEDED.iter().all(|name| folder.join(name).is_file())
}

/// The major version, from an answer such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(folder: &Path) -> Option<String> {
    let answer = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
    let version = answer
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn the_newest_version_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for name in ["pg9", "pg15", "pg16", "other", "pgx"] {
            std::fs::create_dir_all(root.path().join(name).join("bin")).unwrap();
        }

        let found = versions(root.path(), "pg", "bin");

        assert_eq!(
            found,
            ["pg16", "pg15", "pg9"].map(|name| root.path().join(name).join("bin"))
        );
    }
}
