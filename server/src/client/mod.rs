//! The program as a client of another instance: the same binary, by the API and an access token.

mod account;
mod gate;
mod incident;
mod outside;
mod release;
mod remote;
mod token;

use clap::Subcommand;
use std::process::ExitCode;

/// What can be asked of an instance.
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Keep the address of an instance and an access token, for the commands below
    Login(account::Login),
    /// Register, show, approve, deploy and watch releases
    Release {
        #[command(subcommand)]
        command: release::Release,
    },
    /// What holds a release
    Gate {
        #[command(subcommand)]
        command: gate::Gate,
    },
    /// Report deployments that something else made
    Outside {
        #[command(subcommand)]
        command: outside::Outside,
    },
    /// Open, update and resolve incidents
    Incident {
        #[command(subcommand)]
        command: incident::Incident,
    },
    /// List and revoke your access tokens
    Token {
        #[command(subcommand)]
        command: token::Token,
    },
}

/// Does it. What went wrong is said in one sentence.
pub async fn run(client: Client) -> ExitCode {
    let done = match client {
        Client::Login(login) => login.run().await.map(|()| ExitCode::SUCCESS),
        Client::Release { command } => command.run().await,
        Client::Gate { command } => command.run().await,
        Client::Outside { command } => command.run().await.map(|()| ExitCode::SUCCESS),
        Client::Incident { command } => command.run().await.map(|()| ExitCode::SUCCESS),
        Client::Token { command } => command.run().await.map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|sentence| {
        eprintln!("slipway: {sentence}");
        ExitCode::FAILURE
    })
}
