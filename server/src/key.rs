//! The instance's key: given, or made at the first start and kept beside the data, readable by this account alone.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use store::Vault;

/// The vault of this instance: by the keys that were given, else by those in the data folder, which are made when there are none.
///
/// # Errors
/// One sentence that says what to do.
pub fn vault(given: Option<&str>, data: &Path) -> Result<Vault, String> {
    if let Some(text) = given {
        return Vault::from_text(text).map_err(|error| format!("SLIPWAY_SEAL_KEY can't be used: {error}."));
    }
    let path = data.join("key");
    let said = |error: std::io::Error| {
        format!(
            "The key {} can't be read or made ({error}): mend that, or give the key by SLIPWAY_SEAL_KEY.",
            path.display()
        )
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path).map_err(said)?,
        Err(error) => return Err(said(error)),
    };
    Vault::from_text(&text).map_err(|error| format!("The key in {} can't be used: {error}.", path.display()))
}

/// Of two processes that start at once, both use what the first one wrote.
fn make(path: &Path) -> std::io::Result<String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let key = Vault::new_key();
    let own = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&own)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    let linked = fs::hard_link(&own, path);
    fs::remove_file(&own)?;
    match linked {
        Ok(()) => {
            tracing::info!(path = %path.display(), "made the key that secrets are sealed by; keep a copy of it");
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::read_to_string(path),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::vault;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let sealed = vault(None, &data).expect("a key").seal("p", b"value").expect("sealed");
        let again = vault(None, &data).expect("the same key");
        assert_eq!(again.open("p", &sealed), Ok(b"value".to_vec()));
        let mode = std::fs::metadata(data.join("key"))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&data).expect("a folder").count(), 1);
    }

    #[test]
    fn a_damaged_key_is_said_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("key"), "half of a k").expect("a file");
        let said = vault(None, folder.path()).expect_err("no key");
        assert!(said.contains("64 hexadecimal digits"), "{said}");
        assert!(vault(Some("zz"), folder.path()).is_err());
        assert_eq!(
            std::fs::read_to_string(folder.path().join("key")).expect("a file"),
            "half of a k"
        );
    }
}
