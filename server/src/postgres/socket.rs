//! The folder of the cluster's socket, which nobody else can enter.

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::PostgresError;
use super::account::Account;

/// The longest folder, in bytes, for which `<folder>/.s.PGSQL.5432.lock` fits where the system keeps a socket's path (104 bytes on
/// macOS, 108 on Linux).
const LONGEST: usize = 80;

/// A folder with mode 0700 that belongs to the cluster's account; one below `/tmp` is removed with the value.
#[derive(Debug)]
pub(super) struct SocketFolder {
    path: PathBuf,
    temporary: bool,
}

impl SocketFolder {
    /// Makes it inside the cluster, or below `/tmp` when that path would be too long for a socket.
    pub(super) fn make(cluster: &Path, account: &Account) -> Result<Self, PostgresError> {
        let inside = cluster.join("socket");
        let folder = if inside.as_os_str().len() <= LONGEST {
            Self {
                path: inside,
                temporary: false,
            }
        } else {
            Self {
                path: PathBuf::from(format!("/tmp/slipway-{:016x}", rand::random::<u64>())),
                temporary: true,
            }
        };
        folder.build(account).map_err(PostgresError::folder(&folder.path))?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn build(&self, account: &Account) -> std::io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.path) {
            // Inside the cluster an old one may be there; below /tmp it would be a stranger's.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && !self.temporary => {}
            made => made?,
        }
        std::fs::set_permissions(&self.path, PermissionsExt::from_mode(0o700))?;
        account.own(&self.path)
    }
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        if self.temporary {
            // Left behind, it is an empty folder.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
