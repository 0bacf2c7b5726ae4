//! `slipway playground up`: start, say where everything is, stay, and take all down in order.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use clap::Args;
use serde_json::Value;
use tokio::process::{Child, Command};

use super::Trouble;
use super::command::say;
use super::control::Access;
use super::options::StateDir;
use super::supervisor::{ENVIRONMENTS, Running, Settings, Supervisor};
use super::{input_closed, stopping};

const READY_WITHIN: Duration = Duration::from_secs(30);

/// Options of `up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    #[command(flatten)]
    dir: StateDir,
    /// First port: control here, then development +10, staging +20, production +30, their admin ports one
    /// higher; 0 takes free ones
    #[arg(long, env = "SLIPWAY_PLAYGROUND_PORTS", default_value_t = 4100, value_parser = clap::value_parser!(u16).range(0..=65500))]
    ports: u16,
    /// Version that runs at first
    #[arg(long, default_value = "1.2.0")]
    version: String,
    /// Stable instances in each environment
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    instances: u8,
    /// Canary instances
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    canary_instances: u8,
    /// Visitors' requests a second in production
    #[arg(long, default_value_t = 120)]
    rps: u32,
    /// Visitors' requests a second in staging
    #[arg(long, default_value_t = 20)]
    staging_rps: u32,
    /// Visitors' requests a second in development
    #[arg(long, default_value_t = 0)]
    development_rps: u32,
    /// Longest time that visitors come, in seconds
    #[arg(long, default_value_t = 8 * 60 * 60)]
    load_seconds: u64,
    /// Make deploy and promote take this many milliseconds
    #[arg(long, env = "SLIPWAY_PLAYGROUND_SLOW_MS", default_value_t = 0)]
    slow_ms: u64,
    /// Return when it is up, and leave it running
    #[arg(long)]
    detach: bool,
    /// Also end when standard input does: for a program that owns it
    #[arg(long, conflicts_with = "detach")]
    until_stdin_closes: bool,
}

/// Runs a playground until it is to end.
pub async fn run(args: UpArgs) -> Result<ExitCode, Trouble> {
    if args.detach {
        return detach(&args.dir.state).await;
    }
    let owner_gone = args.until_stdin_closes.then(input_closed).transpose()?;
    let end = async {
        match owner_gone {
            Some(gone) => tokio::select! {
                () = stopping() => {}
                _ = gone => {}
            },
            None => stopping().await,
        }
    };
    tokio::pin!(end);
    let settings = settings(&args)?;
    let running = tokio::select! {
        running = Supervisor::start(&settings) => running?,
        () = &mut end => return Err(Trouble::Interrupted("It was stopped before it was up.".to_owned())),
    };
    introduce(&running);
    tokio::select! {
        () = &mut end => {}
        () = running.supervisor().ending.cancelled() => {}
    }
    running.stop().await;
    tracing::info!("the playground is down");
    Ok(ExitCode::SUCCESS)
}

fn settings(args: &UpArgs) -> Result<Settings, Trouble> {
    Ok(Settings {
        state: args.dir.state.clone(),
        program: program()?,
        ports: args.ports,
        version: args.version.clone(),
        sizes: [args.instances.into(), args.canary_instances.into()],
        rates: [args.development_rps, args.staging_rps, args.rps],
        load_for: Duration::from_secs(args.load_seconds),
        slow: Duration::from_millis(args.slow_ms),
    })
}

/// This binary. One that was replaced while it runs can still be started on Linux.
fn program() -> Result<PathBuf, Trouble> {
    let path = std::env::current_exe().map_err(|e| Trouble::fatal(format!("This binary is not to be found: {e}.")))?;
    if path.exists() {
        Ok(path)
    } else {
        Ok(PathBuf::from("/proc/self/exe"))
    }
}

fn introduce(running: &Running) {
    let status = running.supervisor().status();
    for name in ENVIRONMENTS {
        let place = &status["environments"][name];
        let text = |key: &str| place[key].as_str().unwrap_or_default().to_owned();
        say(format!(
            "{name:<12} storefront {:<8} {}  admin {}",
            text("version"),
            text("gateway"),
            text("admin")
        ));
    }
    say(status);
}

/// Starts the same command without `--detach`, and waits until it is up.
async fn detach(state: &Path) -> Result<ExitCode, Trouble> {
    fs::create_dir_all(state).map_err(|e| Trouble::io("create", state, &e))?;
    let path = state.join("up.log");
    let output = File::create(&path).map_err(|e| Trouble::io("write", &path, &e))?;
    let errors = output.try_clone().map_err(|e| Trouble::io("write", &path, &e))?;
    let mut child = Command::new(program()?)
        .args(std::env::args_os().skip(1).filter(|argument| argument != "--detach"))
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(|e| Trouble::fatal(format!("The playground cannot be started: {e}.")))?;
    let status = tokio::time::timeout(READY_WITHIN, ready(&mut child, state, &path)).await;
    let status =
        status.unwrap_or_else(|_| Err(Trouble::retry(format!("It is not up yet: see {}.", path.display()))))?;
    say(format!("The playground is up; its output is in {}.", path.display()));
    say(status);
    Ok(ExitCode::SUCCESS)
}

async fn ready(child: &mut Child, state: &Path, output: &Path) -> Result<Value, Trouble> {
    loop {
        if let Ok(Some(_)) = child.try_wait() {
            let text = fs::read_to_string(output).unwrap_or_default();
            let why = text
                .lines()
                .find(|line| !line.starts_with('{'))
                .unwrap_or("The playground did not start.");
            return Err(Trouble::fatal(why));
        }
        let up = Access::read(state).filter(|access| Some(access.pid) == child.id());
        if let Some(access) = up
            && let Ok(status) = super::command::ask(&access, http::Method::GET, "/status", Default::default()).await
        {
            return Ok(status);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
