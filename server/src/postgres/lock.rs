//! One Slipway per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use super::PostgresError;

/// Held for as long as a clone of it lives; the kernel releases it when the process dies, however it dies.
#[derive(Clone, Debug)]
pub(super) struct Lock(Arc<File>);

impl Lock {
    /// Takes the lock of `folder`, or says who holds it.
    pub(super) fn take(folder: &Path) -> Result<Self, PostgresError> {
        let path = folder.join("postgres.lock");
        let failed = || PostgresError::folder(&path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // What the holder wrote is a courtesy: without it the sentence is still true.
                let _ = file.read_to_string(&mut text);
                return Err(PostgresError::InUse {
                    folder: folder.to_owned(),
                    holder: holder(&text),
                });
            }
            Err(TryLockError::Error(source)) => return Err(PostgresError::folder(&path)(source)),
        }
        let mut lock = Self(Arc::new(file));
        lock.write(&format!("{}\n", std::process::id())).map_err(failed())?;
        Ok(lock)
    }

    /// Leaves the database's URL for whoever finds the lock taken.
    pub(super) fn tell(&mut self, url: &str) -> Result<(), PostgresError> {
        self.write(&format!("{}\n{url}\n", std::process::id()))
            .map_err(PostgresError::folder(Path::new("postgres.lock")))
    }

    /// The database's URL, while another process holds the lock and has left it.
    pub(super) fn told(folder: &Path) -> Option<String> {
        let mut file = File::open(folder.join("postgres.lock")).ok()?;
        if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            return None;
        }
        let mut text = String::new();
        file.read_to_string(&mut text).ok()?;
        text.lines().nth(1).map(str::to_owned)
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        let mut file = &*self.0;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(text.as_bytes())
    }
}

fn holder(text: &str) -> String {
    let mut lines = text.lines();
    match (lines.next(), lines.next()) {
        (Some(pid), Some(url)) => format!(" (process {pid}, database {url})"),
        (Some(pid), None) => format!(" (process {pid})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn the_second_hears_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Lock::take(folder.path()).unwrap();
        first.tell("postgres:///slipway?host=/x&user=slipway").unwrap();

        let sentence = Lock::take(folder.path()).unwrap_err().to_string();

        let pid = std::process::id();
        assert!(
            sentence.contains(&format!(
                "(process {pid}, database postgres:///slipway?host=/x&user=slipway)"
            )),
            "{sentence}"
        );
        let told = Lock::told(folder.path());
        assert_eq!(told.as_deref(), Some("postgres:///slipway?host=/x&user=slipway"));
        drop(first);
        assert_eq!(
            Lock::told(folder.path()),
            None,
            "what is left of one that ended is not believed"
        );
        Lock::take(folder.path()).unwrap();
    }
}
