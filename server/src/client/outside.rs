//! `slipway outside …`

use super::remote::{Remote, part};
use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

/// What can be said of deployments that something else made.
#[derive(Debug, Subcommand)]
pub enum Outside {
    /// Report one: its start, its success, its failure. The same id is the same deployment
    Report {
        /// Name of the service
        service: String,
        /// Version, such as 1.2.3
        version: String,
        #[arg(long)]
        environment: String,
        #[arg(long, value_enum)]
        state: State,
        /// What deploys, as people know it
        #[arg(long)]
        tool: String,
        /// What the tool calls this deployment
        #[arg(long)]
        id: String,
        /// The commit that was deployed, whole
        #[arg(long, default_value = "")]
        commit: String,
        /// Where it can be read
        #[arg(long, default_value = "")]
        url: String,
        /// When it began, such as 2026-01-15T10:00:00Z
        #[arg(long)]
        started_at: Option<String>,
        /// When it ended; without it, now
        #[arg(long)]
        finished_at: Option<String>,
    },
    /// List those of a service, the newest first
    List {
        /// Name of the service
        service: String,
    },
}

/// How it stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum State {
    Started,
    Succeeded,
    Failed,
}

impl State {
    fn key(self) -> &'static str {
        match self {
            State::Started => "started",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
        }
    }
}

impl Outside {
    /// # Errors
    /// One sentence.
    pub async fn run(self) -> Result<(), String> {
        let remote = Remote::logged_in()?;
        match self {
            Outside::Report {
                service,
                version,
                environment,
                state,
                tool,
                id,
                commit,
                url,
                started_at,
                finished_at,
            } => {
                let body = json!({
                    "environment": environment, "version": version, "commit": commit, "state": state.key(), "tool": tool, "url": url,
                    "external_id": id, "started_at": started_at, "finished_at": finished_at,
                });
                let kept = remote.send(Method::POST, &path(&service), body).await?;
                crate::say(&line(&kept));
            }
            Outside::List { service } => {
                let page = remote.get(&path(&service)).await?;
                for one in page["items"].as_array().into_iter().flatten() {
                    crate::say(&line(one));
                }
            }
        }
        Ok(())
    }
}

fn path(service: &str) -> String {
    format!("/services/{}/outside-deployments", part(service))
}

fn line(one: &Value) -> String {
    let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
    format!(
        "{}  {} {} in {}  {}  by {}",
        text("at"),
        text("service"),
        text("version"),
        text("environment"),
        text("state"),
        text("tool")
    )
}
