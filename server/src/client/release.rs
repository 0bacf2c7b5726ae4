//! `slipway release …`

use super::remote::{Remote, part, told};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

/// What can be done with a release.
#[derive(Debug, Subcommand)]
pub enum Release {
    /// Register what was built: plans the release, or brings a known one to this artifact
    Create {
        #[command(flatten)]
        which: Which,
        /// How the target finds the artifact, such as storefront:1.2.3
        #[arg(long)]
        artifact: String,
        /// What it is: sha256: and 64 hexadecimal digits
        #[arg(long)]
        digest: String,
        /// The commit that it was built from, whole
        #[arg(long)]
        commit: String,
        #[arg(long)]
        title: Option<String>,
    },
    /// Show a release, and what holds it before each environment
    Show {
        #[command(flatten)]
        which: Which,
        /// Print the answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Approve the plan as it is now
    Approve {
        #[command(flatten)]
        which: Which,
        #[arg(long)]
        environment: String,
        #[arg(long, default_value = "")]
        comment: String,
    },
    /// Deploy, when every gate passes
    Deploy {
        #[command(flatten)]
        which: Which,
        #[arg(long)]
        environment: String,
        /// Follow it to its end
        #[arg(long)]
        watch: bool,
    },
    /// Follow a deployment until it bakes or has ended: exit code 0 when it is well, 1 otherwise
    Watch {
        /// The deployment's number
        number: i64,
    },
}

/// A release by its service's name and its version.
#[derive(Debug, Args)]
pub struct Which {
    /// Name of the service
    pub service: String,
    /// Version, such as 1.2.3
    pub version: String,
}

impl Which {
    /// Its address in the API.
    pub fn path(&self) -> String {
        format!("/services/{}/releases/{}", part(&self.service), part(&self.version))
    }
}

impl Release {
    /// # Errors
    /// One sentence.
    pub async fn run(self) -> Result<ExitCode, String> {
        let remote = Remote::logged_in()?;
        match self {
            Release::Create {
                which,
                artifact,
                digest,
                commit,
                title,
            } => {
                let body =
                    json!({"artifact": {"reference": artifact, "digest": digest}, "commit": commit, "title": title});
                let release = remote.send(Method::PUT, &which.path(), body).await?;
                show(&release);
            }
            Release::Show { which, json } => {
                let release = remote.get(&which.path()).await?;
                if json {
                    crate::say(&release.to_string());
                } else {
                    show(&release);
                }
            }
            Release::Approve {
                which,
                environment,
                comment,
            } => {
                let release = remote.get(&which.path()).await?;
                let before = before(&release, &environment)
                    .ok_or_else(|| format!("{} has no environment {environment}.", which.service))?;
                let body = json!({
                    "environment": environment, "digest": before["digest"], "decision": "approve", "comment": comment,
                });
                remote
                    .send(Method::POST, &format!("{}/decisions", which.path()), body)
                    .await?;
                crate::say(&format!(
                    "{} {} is approved for {environment}.",
                    which.service, which.version
                ));
            }
            Release::Deploy {
                which,
                environment,
                watch: follow,
            } => {
                let body = json!({"environment": environment});
                let path = format!("{}/deployments", which.path());
                let number = remote.send(Method::POST, &path, body).await?["number"]
                    .as_i64()
                    .unwrap_or_default();
                crate::say(&format!("Deployment {number} is asked for."));
                if follow {
                    return watch(&remote, number).await;
                }
            }
            Release::Watch { number } => return watch(&remote, number).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn before<'a>(release: &'a Value, environment: &str) -> Option<&'a Value> {
    let all = release["environments"].as_array()?;
    all.iter().find(|one| one["environment"] == environment)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn show(release: &Value) {
    crate::say(&format!(
        "{} {}  {}\nchecklist  {} of {}",
        text(&release["service"]),
        text(&release["version"]),
        text(&release["title"]),
        release["settled"],
        release["items"],
    ));
    for one in release["environments"].as_array().into_iter().flatten() {
        crate::say(&format!("{}  {}", text(&one["environment"]), text(&one["verdict"])));
        for gate in one["gates"].as_array().into_iter().flatten() {
            for reason in gate["reasons"].as_array().into_iter().flatten() {
                crate::say(&format!("  {}  {}", text(&gate["gate"]), told(reason)));
            }
        }
    }
}

/// Follows log and state, a look a second.
async fn watch(remote: &Remote, number: i64) -> Result<ExitCode, String> {
    const LOOK: Duration = Duration::from_secs(1);
    let (mut cursor, mut last) = (String::from("0"), String::new());
    loop {
        // The state first: what it wrote before it ended is in the log then.
        let deployment = remote.get(&format!("/deployments/{number}")).await?;
        loop {
            let page = remote
                .get(&format!("/deployments/{number}/log?cursor={}", part(&cursor)))
                .await?;
            let lines = page["items"].as_array().cloned().unwrap_or_default();
            for line in &lines {
                crate::say(&format!("{}  {}", text(&line["at"]), text(&line["text"])));
            }
            if let Some(next) = page["next"].as_str() {
                cursor = next.to_owned();
            }
            if lines.len() < 500 {
                break;
            }
        }
        let state = text(&deployment["state"]).to_owned();
        let shown = match deployment["weight"].as_i64() {
            Some(weight) => format!("{state}, {weight} % of traffic"),
            None => state.clone(),
        };
        if shown != last {
            crate::say(&format!("Deployment {number} is {shown}."));
            last = shown;
        }
        match state.as_str() {
            "succeeded" | "baking" => return Ok(ExitCode::SUCCESS),
            "queued" | "running" | "paused" => tokio::time::sleep(LOOK).await,
            _ => return Ok(ExitCode::FAILURE),
        }
    }
}
