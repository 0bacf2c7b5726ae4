//! Where to, and as whom: from the environment, else from a file that only its owner reads.

use super::remote::Remote;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Without a slash at its end.
    pub address: String,
    pub token: String,
}

/// `slipway login`
#[derive(Debug, Args)]
pub struct Login {
    /// Address of the instance, such as https://slipway.example.com
    pub address: String,
    /// File that holds the access token; without, it is read from standard input
    #[arg(long)]
    pub token_file: Option<PathBuf>,
}

impl Login {
    /// # Errors
    /// One sentence.
    pub async fn run(self) -> Result<(), String> {
        let token = match &self.token_file {
            Some(path) => fs::read_to_string(path)
                .map_err(|error| format!("The token file {} can't be read: {error}.", path.display()))?,
            None => {
                eprintln!(
                    "Paste the access token (from the page “Access tokens” of your profile), then Enter and Ctrl-D:"
                );
                let mut text = String::new();
                let read = std::io::stdin().read_to_string(&mut text);
                read.map_err(|error| format!("The token could not be read: {error}."))?;
                text
            }
        };
        let account = Account {
            address: self.address.trim_end_matches('/').to_owned(),
            token: token.trim().to_owned(),
        };
        let me = Remote::new(account.clone())?.get("/me").await?;
        let path = path()?;
        keep(&path, &account).map_err(|error| format!("{} can't be written: {error}.", path.display()))?;
        let name = me["person"]["name"].as_str().unwrap_or_default();
        crate::say(&format!(
            "You are {name} at {}. The token is kept in {}.",
            account.address,
            path.display()
        ));
        Ok(())
    }
}

/// The account to use.
///
/// # Errors
/// One sentence that says what to do.
pub fn account() -> Result<Account, String> {
    let (address, token) = (std::env::var("SLIPWAY_URL"), std::env::var("SLIPWAY_TOKEN"));
    if let (Ok(address), Ok(token)) = (address, token) {
        return Ok(Account {
            address: address.trim_end_matches('/').to_owned(),
            token,
        });
    }
    let path = path()?;
    let text = fs::read_to_string(&path)
        .map_err(|_| "Nobody is logged in: run `slipway login`, or set SLIPWAY_URL and SLIPWAY_TOKEN.".to_owned())?;
    toml::from_str(&text).map_err(|_| format!("{} is damaged: run `slipway login` again.", path.display()))
}

fn path() -> Result<PathBuf, String> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    let folder =
        folder.ok_or("Neither XDG_CONFIG_HOME nor HOME is set: set one, or use SLIPWAY_URL and SLIPWAY_TOKEN.")?;
    Ok(folder.join("slipway").join("login.toml"))
}

/// Written beside and moved into its place, so that it is never half of one, and readable by its owner alone from its first moment.
fn keep(path: &Path, account: &Account) -> std::io::Result<()> {
    let text = toml::to_string(account).map_err(std::io::Error::other)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn only_its_owner_reads_the_token() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("slipway/login.toml");
        let account = Account {
            address: "https://slipway.example.com".into(),
            token: "slipway_x".into(),
        };
        for _ in 0..2 {
            keep(&path, &account).expect("is written");
        }
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read: Account = toml::from_str(&fs::read_to_string(&path).expect("a file")).expect("is read");
        assert_eq!(read, account);
    }
}
