//! The binary `slipway`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Plan releases, prove them ready, roll them out, take bad ones back
#[derive(Debug, Parser)]
#[command(name = "slipway", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A small real system on loopback to deploy to
    Playground {
        #[command(subcommand)]
        command: server::playground::Playground,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Playground { command } => server::playground::run(command).await,
    }
}
