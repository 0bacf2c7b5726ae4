//! `slipway incident …`

use super::remote::Remote;
use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::json;

/// How bad it is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// How far it is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum State {
    Investigating,
    Identified,
    Monitoring,
}

/// What can be done with an incident.
#[derive(Debug, Subcommand)]
pub enum Incident {
    /// Open an incident
    Open {
        /// Name of the service
        service: String,
        #[arg(long)]
        title: String,
        #[arg(long, value_enum)]
        severity: Severity,
        /// Number of the deployment that caused it
        #[arg(long)]
        deployment: Option<i64>,
    },
    /// Tell the public how far it is
    Update {
        /// The incident's number
        number: i64,
        #[arg(long, value_enum)]
        state: State,
        #[arg(long)]
        message: String,
    },
    /// Tell the public that it is over
    Resolve {
        /// The incident's number
        number: i64,
        #[arg(long)]
        message: String,
    },
}

impl Incident {
    /// # Errors
    /// One sentence.
    pub async fn run(self) -> Result<(), String> {
        let remote = Remote::logged_in()?;
        match self {
            Incident::Open {
                service,
                title,
                severity,
                deployment,
            } => {
                let now: chrono::DateTime<chrono::Utc> = std::time::SystemTime::now().into();
                // A clock that is ahead of the instance's must not open it in the future.
                let started_at = (now - chrono::TimeDelta::seconds(5)).to_rfc3339();
                let body = json!({
                    "service": service, "deployment": deployment,
                    "report": {"title": title, "severity": word(severity), "started_at": started_at},
                });
                let incident = remote.send(Method::POST, "/incidents", body).await?;
                crate::say(&format!("INC-{} is open.", incident["number"]));
            }
            Incident::Update { number, state, message } => tell(&remote, number, &word(state), &message).await?,
            Incident::Resolve { number, message } => tell(&remote, number, "resolved", &message).await?,
        }
        Ok(())
    }
}

async fn tell(remote: &Remote, number: i64, state: &str, message: &str) -> Result<(), String> {
    let body = json!({"state": state, "body": message});
    remote
        .send(Method::POST, &format!("/incidents/{number}/updates"), body)
        .await?;
    crate::say(&format!("INC-{number} is {state}."));
    Ok(())
}

/// The word by which it is chosen, which is the API's too.
fn word(value: impl ValueEnum) -> String {
    value
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}
