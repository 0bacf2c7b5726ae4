//! `slipway gate check`

use super::release::Which;
use super::remote::{Remote, part, told};
use clap::Subcommand;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Longest wait of one call, in seconds.
const ONE_CALL: u64 = 60;

/// Exit code of a gate that waits: EX_TEMPFAIL.
const WAITING: u8 = 75;

/// What can be asked of gates.
#[derive(Debug, Subcommand)]
pub enum Gate {
    /// Exit code 0: it passes; 1: somebody must change something; 75: it waits for time or for somebody's work
    Check {
        #[command(flatten)]
        which: Which,
        #[arg(long)]
        environment: String,
        /// Seconds to wait while the verdict is waiting
        #[arg(long, default_value_t = 0)]
        wait: u64,
        /// Print the answer as JSON
        #[arg(long)]
        json: bool,
    },
}

impl Gate {
    /// # Errors
    /// One sentence.
    pub async fn run(self) -> Result<ExitCode, String> {
        let Gate::Check {
            which,
            environment,
            wait,
            json,
        } = self;
        let remote = Remote::logged_in()?;
        let begun = Instant::now();
        let state = loop {
            let left = Duration::from_secs(wait).saturating_sub(begun.elapsed()).as_secs();
            let this = left.min(ONE_CALL);
            let path = format!("{}/gate?environment={}&wait={this}", which.path(), part(&environment));
            let state = remote.get(&path).await?;
            if state["verdict"] != "waiting" || left <= ONE_CALL {
                break state;
            }
        };
        let verdict = state["verdict"].as_str().unwrap_or_default().to_owned();
        if json {
            crate::say(&state.to_string());
        } else {
            crate::say(&format!(
                "{} {} before {environment}: {verdict}",
                which.service, which.version
            ));
            for gate in state["gates"].as_array().into_iter().flatten() {
                for reason in gate["reasons"].as_array().into_iter().flatten() {
                    crate::say(&format!("  {}", told(reason)));
                }
            }
        }
        Ok(match verdict.as_str() {
            "pass" => ExitCode::SUCCESS,
            "waiting" => ExitCode::from(WAITING),
            _ => ExitCode::FAILURE,
        })
    }
}
