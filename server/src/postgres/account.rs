//! The account that owns and runs the cluster.

use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;

use nix::unistd::{Uid, User};
use tokio::process::Command;

use super::PostgresError;

/// Ourselves, or as root an unprivileged account.
#[derive(Debug)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
    /// Whether it is another one than ours, so that processes and files have to be handed over.
    other: bool,
}

impl Account {
    /// Chooses the account for the cluster at `cluster`: its owner when it exists.
    pub(super) fn choose(cluster: &Path) -> Result<Self, PostgresError> {
        let me = Uid::effective();
        let owner = cluster.metadata().ok().map(|metadata| Uid::from_raw(metadata.uid()));
        match owner {
            Some(owner) if owner != me && !me.is_root() => Err(PostgresError::NotMine {
                folder: cluster.to_owned(),
                owner: name(owner),
            }),
            _ if !me.is_root() => Ok(Self {
                uid: me.as_raw(),
                gid: nix::unistd::getegid().as_raw(),
                other: false,
            }),
            Some(owner) if !owner.is_root() => {
                Ok(Self::of(known(User::from_uid(owner)).ok_or(PostgresError::NoAccount)?))
            }
            _ => ["postgres", "nobody"]
                .into_iter()
                .find_map(|name| known(User::from_name(name)))
                .map(Self::of)
                .ok_or(PostgresError::NoAccount),
        }
    }

    fn of(user: User) -> Self {
        Self {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
            other: true,
        }
    }

    /// A command that runs as this account, with nothing of the caller's PostgreSQL settings and with messages in English.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        // The caller's folder and home may be closed to the account.
        command.env("LC_ALL", "C").env("HOME", "/").current_dir("/");
        if self.other {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Whether this account can get into `folder`.
    pub(super) async fn reaches(&self, folder: &Path) -> bool {
        if !self.other {
            return true;
        }
        let mut command = self.command(Path::new("/bin/sh"));
        command.arg("-c").arg("test -x \"$0\"").arg(folder);
        command.status().await.is_ok_and(|status| status.success())
    }

    /// Hands `path` and everything below it to this account.
    pub(super) fn own(&self, path: &Path) -> std::io::Result<()> {
        if !self.other {
            return Ok(());
        }
        let metadata = path.symlink_metadata()?;
        if metadata.uid() != self.uid {
            lchown(path, Some(self.uid), Some(self.gid))?;
        }
        if metadata.is_dir() {
            for entry in std::fs::read_dir(path)? {
                self.own(&entry?.path())?;
            }
        }
        Ok(())
    }
}

/// A look-up that fails finds nobody.
fn known(answer: nix::Result<Option<User>>) -> Option<User> {
    answer.ok().flatten()
}

fn name(uid: Uid) -> String {
    known(User::from_uid(uid)).map_or_else(|| format!("user {uid}"), |user| user.name)
}
