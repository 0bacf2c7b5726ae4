//! `slipway token …`

use super::remote::{Remote, part};
use clap::Subcommand;

/// What can be done with access tokens. They are made on the page “Access tokens” of one's profile.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// List your tokens
    List,
    /// End a token: the one that is used here, or, with the scope to administer, any
    Revoke {
        /// Its id, as `slipway token list` shows it
        id: String,
    },
}

impl Token {
    /// # Errors
    /// One sentence.
    pub async fn run(self) -> Result<(), String> {
        let remote = Remote::logged_in()?;
        match self {
            Token::List => {
                let page = remote.get("/tokens").await?;
                for token in page["items"].as_array().into_iter().flatten() {
                    let text = |field: &str| token[field].as_str().unwrap_or("never").to_owned();
                    let scopes: Vec<&str> = token["scopes"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|s| s.as_str())
                        .collect();
                    let this = if token["this"] == true { "  (this one)" } else { "" };
                    crate::say(&format!(
                        "{}  {}…  {}  {}  {}  last used {}{this}",
                        text("id"),
                        text("beginning"),
                        text("state"),
                        scopes.join(","),
                        text("name"),
                        text("last_used_at"),
                    ));
                }
            }
            Token::Revoke { id } => {
                remote.delete(&format!("/tokens/{}", part(&id))).await?;
                crate::say("It is refused from now on.");
            }
        }
        Ok(())
    }
}
