//! The binary `slipway`.

// Views are types: a page of many parts is a deep one.
#![recursion_limit = "256"]

use clap::{CommandFactory, Parser, Subcommand};
use server::config::{EngineSettings, Settings, StoreSettings};
use server::trace::Traces;
use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// Plan releases, prove them ready, roll them out, take bad ones back
#[derive(Debug, Parser)]
#[command(
    name = "slipway",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
struct Cli {
    #[command(flatten)]
    serve: Settings,
    /// Which events are logged, such as `info` or `engine=debug,info`
    #[arg(long, env = "SLIPWAY_LOG", default_value = "info", global = true)]
    log: String,
    /// Log JSON lines
    #[arg(long, env = "SLIPWAY_LOG_JSON", global = true)]
    log_json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the application, with an engine inside (what happens without a command)
    Serve(Box<Settings>),
    /// Run an engine alone, on the database of a server that runs elsewhere
    Engine {
        #[command(flatten)]
        store: StoreSettings,
        #[command(flatten)]
        engine: EngineSettings,
    },
    /// Bring the database's schema up to date, and stop
    Migrate {
        #[command(flatten)]
        store: StoreSettings,
    },
    /// Look after what is sealed
    Secrets {
        #[command(subcommand)]
        command: Secrets,
    },
    /// Check the audit trail, or take it away
    Audit {
        #[command(subcommand)]
        command: server::audit::Audit,
    },
    /// Help people who can't come in
    Admin {
        #[command(subcommand)]
        command: server::console::Admin,
    },
    /// A small real system on loopback to deploy to
    Playground {
        #[command(subcommand)]
        command: server::playground::Playground,
    },
    #[command(flatten)]
    Client(server::client::Client),
    /// Print completions of these commands for a shell
    Completions { shell: clap_complete::Shell },
    /// Write the manual's pages into a folder
    Man {
        /// The folder, such as /usr/local/share/man/man1
        folder: std::path::PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum Secrets {
    /// Seal everything anew under the newest key, so that an older one can be thrown away: give both, the newest first
    Rotate {
        #[command(flatten)]
        store: StoreSettings,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    // One TLS provider for everything that this process does; nobody installed one before us.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    let done = match cli.command {
        Some(Command::Playground { command }) => return server::playground::run(command).await,
        Some(Command::Client(client)) => return server::client::run(client).await,
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "slipway", &mut script);
            std::io::stdout()
                .write_all(&script)
                .map_err(|error| format!("The completions can't be written: {error}."))
        }
        Some(Command::Man { folder }) => clap_mangen::generate_to(Cli::command(), &folder)
            .map_err(|error| format!("The manual can't be written to {}: {error}.", folder.display())),
        Some(Command::Serve(settings)) => serve(&cli.log, cli.log_json, *settings).await,
        None => serve(&cli.log, cli.log_json, cli.serve).await,
        Some(Command::Engine { store, engine }) => run_engine(&cli.log, cli.log_json, store, engine).await,
        Some(Command::Secrets {
            command: Secrets::Rotate { store },
        }) => rotate(&cli.log, cli.log_json, store).await,
        Some(Command::Audit { command }) => audit(&cli.log, cli.log_json, command).await,
        Some(Command::Admin { command }) => admin(&cli.log, cli.log_json, command).await,
        Some(Command::Migrate { store }) => migrate(&cli.log, cli.log_json, store).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("slipway: {sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(log: &str, json: bool, settings: Settings) -> Result<(), String> {
    let traces = start_log_and_traces(log, json)?;
    let served = server::serve::serve(settings).await;
    end(traces).await;
    served
}

/// The last spans are sent before this process ends.
async fn end(traces: Option<Traces>) {
    if let Some(traces) = traces {
        traces.end().await;
    }
}

async fn run_engine(log: &str, json: bool, store: StoreSettings, engine: EngineSettings) -> Result<(), String> {
    let traces = start_log_and_traces(log, json)?;
    let vault = server::key::vault(store.key.as_deref(), &store.data)?;
    let (db, embedded) = server::serve::open(&store).await?;
    let shutdown = CancellationToken::new();
    let task = server::serve::engine_task(db.clone(), &engine, vault, Default::default(), shutdown.clone());
    server::say(&format!("Engine {} works. Ctrl-C stops it.", engine.owner()));
    server::serve::asked_to_stop().await;
    shutdown.cancel();
    let ended = task
        .await
        .map_err(|error| format!("The engine ended by itself: {error}."));
    db.close().await;
    server::serve::stop(embedded).await;
    end(traces).await;
    ended
}

async fn migrate(log: &str, json: bool, store: StoreSettings) -> Result<(), String> {
    start_log(log, json)?;
    let (db, embedded) = server::serve::open(&store).await?;
    db.close().await;
    server::serve::stop(embedded).await;
    server::say("The schema is current.");
    Ok(())
}

async fn rotate(log: &str, json: bool, settings: StoreSettings) -> Result<(), String> {
    start_log(log, json)?;
    let vault = server::key::vault(settings.key.as_deref(), &settings.data)?;
    let (db, embedded) = server::serve::open(&settings).await?;
    let done = store::rotate(&db, &vault).await;
    db.close().await;
    server::serve::stop(embedded).await;
    let done = done.map_err(|error| format!("Nothing was sealed anew: {error}. Give every key that was ever used."))?;
    for (name, count) in done {
        server::say(&format!("{name}: {count} sealed anew"));
    }
    server::say(
        "Everything is sealed by the newest key. The others can be thrown away, once every server and engine has it.",
    );
    Ok(())
}

/// Speaks to whoever stands at the console: the log says only what went wrong, unless more is asked for.
async fn audit(log: &str, json: bool, command: server::audit::Audit) -> Result<(), String> {
    start_log(if log == "info" { "warn" } else { log }, json)?;
    server::audit::run(command).await
}

/// Speaks to whoever stands at the console, too.
async fn admin(log: &str, json: bool, command: server::console::Admin) -> Result<(), String> {
    start_log(if log == "info" { "warn" } else { log }, json)?;
    server::console::run(command).await
}

fn start_log(filter: &str, json: bool) -> Result<(), String> {
    begin(filter, json, None)
}

/// For what runs on: traces as well, when a collector is named.
fn start_log_and_traces(filter: &str, json: bool) -> Result<Option<Traces>, String> {
    let traces = Traces::named()?;
    begin(filter, json, traces.as_ref())?;
    Ok(traces)
}

fn begin(filter: &str, json: bool, traces: Option<&Traces>) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("SLIPWAY_LOG can't be read: {error}."))?;
    // Spans that are sent to a collector are not for the log.
    let hidden = format!("{}=off", server::trace::TARGET)
        .parse()
        .map_err(|error| format!("The log could not be started: {error}."))?;
    let log = tracing_subscriber::fmt::layer()
        // Colours are for eyes, not for files.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let log = if json {
        log.json().boxed()
    } else {
        log.compact().boxed()
    };
    tracing_subscriber::registry()
        .with(log.with_filter(filter.add_directive(hidden)))
        .with(traces.map(Traces::layer))
        .try_init()
        .map_err(|error| format!("The log could not be started: {error}."))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    /// Clap finds out only when a command is asked for.
    #[test]
    fn every_command_can_be_asked_for() {
        super::Cli::command().debug_assert();
    }
}
