//! The options of the commands, each with the variable that it falls back to.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::order::Variant;
use super::storefront::InstanceArgs;
use super::up::UpArgs;

/// A small real system on loopback to deploy to
#[derive(Debug, Subcommand)]
pub enum Playground {
    /// Start it: three environments behind gateways, with visitors; Ctrl-C takes it down
    Up(UpArgs),
    /// Take it down and wait until nothing is left
    Down(StateDir),
    /// Put a version with its behaviour into the catalogue and print its digest
    Publish(PublishArgs),
    /// List the catalogue
    Versions(StateDir),
    /// Bring a version to stable, one instance after another, or start it as canary
    Deploy(DeployArgs),
    /// Send a share of the requests to canary
    Weight(WeightArgs),
    /// Make canary's version the stable one
    Promote(PromoteArgs),
    /// Take canary away, and bring stable back to a version when one is named
    Rollback(RollbackArgs),
    /// Print what runs
    Status(StatusArgs),
    /// Print the last lines of an environment's log
    Logs(LogsArgs),
    /// Change the rate of an environment's visitors
    Load(LoadArgs),
    /// Print what was ordered and what came of it
    Journal(StatusArgs),
    /// Name the environment variables
    Env,
    /// One instance of the sample service; started by `up`
    #[command(hide = true)]
    Instance(InstanceArgs),
}

/// Where the playground keeps its state.
#[derive(Debug, Clone, Args)]
pub struct StateDir {
    /// State directory of the playground
    #[arg(long, env = "SLIPWAY_PLAYGROUND_DIR", default_value = "data/playground")]
    pub state: PathBuf,
}

/// What all orders have.
#[derive(Debug, Args)]
pub struct Target {
    #[command(flatten)]
    pub(super) dir: StateDir,
    /// Environment: development, staging or production
    #[arg(long, env = "SLIPWAY_ENVIRONMENT")]
    pub(super) env: String,
    /// Idempotency key: an order that was carried out under it is not carried out again
    #[arg(long, env = "SLIPWAY_KEY")]
    pub(super) key: Option<String>,
    /// Number of the deployment, for the journal
    #[arg(long, env = "SLIPWAY_DEPLOYMENT")]
    pub(super) deployment: Option<String>,
    /// Make deploy and promote take this many milliseconds
    #[arg(long, env = "SLIPWAY_PLAYGROUND_SLOW_MS")]
    pub(super) slow_ms: Option<u64>,
}

/// What to deploy.
#[derive(Debug, Args)]
pub struct Artifact {
    /// Version, such as 1.3.0
    #[arg(long, env = "SLIPWAY_VERSION")]
    pub(super) version: Option<String>,
    /// Artifact reference, such as storefront:1.3.0; goes before the version
    #[arg(long, env = "SLIPWAY_ARTIFACT")]
    pub(super) artifact: Option<String>,
}

impl Artifact {
    /// What is named; the artifact goes before the version.
    pub(super) fn reference(self) -> Option<String> {
        given(self.artifact).or(given(self.version))
    }
}

/// Options of `deploy`.
#[derive(Debug, Args)]
pub struct DeployArgs {
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) artifact: Artifact,
    /// Content id that the artifact must have
    #[arg(long, env = "SLIPWAY_DIGEST")]
    pub(super) digest: Option<String>,
    /// Which set it is for
    #[arg(long, value_enum, default_value = "stable", env = "SLIPWAY_PLAYGROUND_VARIANT")]
    pub(super) variant: Variant,
}

/// Options of `weight`.
#[derive(Debug, Args)]
pub struct WeightArgs {
    #[command(flatten)]
    pub(super) target: Target,
    /// Canary's share of the requests
    #[arg(long, env = "SLIPWAY_WEIGHT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(super) percent: u8,
}

/// Options of `promote`.
#[derive(Debug, Args)]
pub struct PromoteArgs {
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) artifact: Artifact,
}

/// Options of `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    pub(super) target: Target,
    /// Version that stable goes back to, unless it runs it; without it stable is left alone
    #[arg(long, env = "SLIPWAY_PREVIOUS_VERSION")]
    pub(super) to: Option<String>,
}

/// Options of `publish`.
#[derive(Debug, Args)]
pub struct PublishArgs {
    #[command(flatten)]
    pub(super) dir: StateDir,
    /// Version to publish
    pub(super) version: String,
    /// Fraction of requests that fail, 0 to 1
    #[arg(long, default_value_t = 0.0)]
    pub(super) error_rate: f64,
    /// Time added to each request, in milliseconds
    #[arg(long, default_value_t = 0)]
    pub(super) latency_ms: u32,
    /// Spread of that time to either side, in milliseconds
    #[arg(long, default_value_t = 0)]
    pub(super) latency_spread_ms: u32,
    /// Memory that each instance holds, in MiB
    #[arg(long, default_value_t = 8)]
    pub(super) memory_mib: u32,
}

/// Options of `status` and `journal`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub(super) dir: StateDir,
    /// Only this environment
    #[arg(long, env = "SLIPWAY_ENVIRONMENT")]
    pub(super) env: Option<String>,
}

/// Options of `logs`.
#[derive(Debug, Args)]
pub struct LogsArgs {
    #[command(flatten)]
    pub(super) dir: StateDir,
    /// Environment: development, staging or production
    #[arg(long, env = "SLIPWAY_ENVIRONMENT")]
    pub(super) env: String,
    /// How many lines
    #[arg(long, default_value_t = 50)]
    pub(super) lines: usize,
}

/// Options of `load`.
#[derive(Debug, Args)]
pub struct LoadArgs {
    #[command(flatten)]
    pub(super) dir: StateDir,
    /// Environment: development, staging or production
    #[arg(long, env = "SLIPWAY_ENVIRONMENT", default_value = "production")]
    pub(super) env: String,
    /// Requests a second; 0 rests
    #[arg(long)]
    pub(super) rps: u32,
}

/// An empty variable is none.
pub(super) fn given(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.trim().is_empty())
}
