//! The commands: `slipway playground …`.
//!
//! Each is what a team's own script would be: values come from `SLIPWAY_*` variables or options, progress goes to
//! standard output line by line, the last line is a JSON object, and the exit code says how it ended: 0 done, 75
//! (EX_TEMPFAIL of sysexits) try again later, 130 and 143 stopped by a signal, anything else failed.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use http::{Method, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::Trouble;
use super::catalogue::{Behaviour, Catalogue, Version};
use super::control::{Access, LoadOrder};
use super::journal::Journal;
use super::log::Log;
use super::loopback;
use super::options::{DeployArgs, LoadArgs, LogsArgs, Playground, PublishArgs, Target, given};
use super::order::{Change, Order};
use super::storefront;
use super::supervisor::{ENVIRONMENTS, lock_path};
use super::up;

/// Runs one command and says how it ended.
pub async fn run(command: Playground) -> ExitCode {
    let ran = match command {
        Playground::Up(args) => up::run(args).await,
        Playground::Down(dir) => down(&dir.state).await,
        Playground::Publish(args) => publish(args),
        Playground::Versions(dir) => versions(&dir.state),
        Playground::Deploy(args) => deploy(args).await,
        Playground::Weight(args) => give(args.target, Change::Weight { percent: args.percent }).await,
        Playground::Promote(args) => {
            give(
                args.target,
                Change::Promote {
                    artifact: args.artifact.reference(),
                },
            )
            .await
        }
        Playground::Rollback(args) => give(args.target, Change::Rollback { to: given(args.to) }).await,
        Playground::Status(args) => status(&args.dir.state, given(args.env).as_deref()).await,
        Playground::Logs(args) => logs(&args),
        Playground::Load(args) => load(args).await,
        Playground::Journal(args) => journal(&args.dir.state, given(args.env).as_deref()),
        Playground::Env => env(),
        Playground::Instance(args) => storefront::run(args).await,
    };
    ran.unwrap_or_else(|trouble| explain(&trouble))
}

/// Prints a line; a reader that is gone is no reason to fail.
pub(super) fn say(line: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn explain(trouble: &Trouble) -> ExitCode {
    let (outcome, code) = match trouble {
        Trouble::Fatal(_) => ("failed", 1),
        Trouble::Retry(_) => ("retry", super::give::TRY_AGAIN),
        Trouble::Interrupted(_) => ("interrupted", 1),
    };
    let _ = writeln!(std::io::stderr(), "{trouble}");
    say(json!({ "outcome": outcome, "reason": trouble.to_string() }));
    ExitCode::from(code)
}

/// How to reach the playground of a directory.
pub(super) fn access(state: &Path) -> Result<Access, Trouble> {
    Access::read(state).ok_or_else(|| {
        Trouble::retry(format!(
            "No playground is up in {}: start one with `slipway playground up`.",
            state.display()
        ))
    })
}

async fn deploy(args: DeployArgs) -> Result<ExitCode, Trouble> {
    let artifact = args.artifact.reference().ok_or_else(|| {
        Trouble::fatal("Say what to deploy: `--version`, `--artifact`, SLIPWAY_VERSION or SLIPWAY_ARTIFACT.")
    })?;
    give(
        args.target,
        Change::Deploy {
            artifact,
            digest: given(args.digest),
            variant: args.variant,
        },
    )
    .await
}

async fn give(target: Target, change: Change) -> Result<ExitCode, Trouble> {
    let order = Order {
        environment: target.env,
        key: given(target.key),
        deployment: given(target.deployment),
        slow_ms: target.slow_ms,
        change,
    };
    super::give::give(&target.dir.state, &order).await
}

fn publish(args: PublishArgs) -> Result<ExitCode, Trouble> {
    let behaviour = Behaviour {
        error_rate: args.error_rate,
        latency_ms: args.latency_ms,
        latency_spread_ms: args.latency_spread_ms,
        memory_mib: args.memory_mib,
    };
    let version = Version::new(&args.version, behaviour);
    Catalogue::of(&args.dir.state).publish(&version)?;
    say(format!("{} is published as {}", version.reference(), version.digest));
    say(json!({ "artifact": version.reference(), "version": version.version, "digest": version.digest }));
    Ok(ExitCode::SUCCESS)
}

fn versions(state: &Path) -> Result<ExitCode, Trouble> {
    let versions = Catalogue::of(state).versions()?;
    for version in &versions {
        let Behaviour {
            error_rate,
            latency_ms,
            latency_spread_ms,
            memory_mib,
        } = version.behaviour;
        let (reference, digest) = (version.reference(), &version.digest);
        say(format!(
            "{reference}  errors {error_rate}  latency {latency_ms} ± {latency_spread_ms} ms  memory {memory_mib} MiB  {digest}"
        ));
    }
    say(json!({ "versions": versions }));
    Ok(ExitCode::SUCCESS)
}

/// Asks the control port for JSON.
pub(super) async fn ask(access: &Access, method: Method, path: &str, body: Bytes) -> Result<Value, Trouble> {
    let client = loopback::client();
    let response = loopback::send(&client, method, access.port, path, Some(&access.token), body).await?;
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .map_err(|e| Trouble::retry(e.to_string()))?
        .to_bytes();
    if status != StatusCode::OK {
        return Err(Trouble::fatal(String::from_utf8_lossy(&body).into_owned()));
    }
    serde_json::from_slice(&body).map_err(|e| Trouble::fatal(e.to_string()))
}

async fn status(state: &Path, environment: Option<&str>) -> Result<ExitCode, Trouble> {
    let mut all = ask(&access(state)?, Method::GET, "/status", Bytes::new()).await?;
    let Some(environment) = environment else {
        say(all);
        return Ok(ExitCode::SUCCESS);
    };
    match all["environments"].get_mut(environment) {
        Some(one) => say(one.take()),
        None => {
            let names = ENVIRONMENTS.join(", ");
            return Err(Trouble::fatal(format!(
                "There is no environment \"{environment}\": use {names}."
            )));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn load(args: LoadArgs) -> Result<ExitCode, Trouble> {
    let order = LoadOrder {
        environment: args.env,
        rps: args.rps,
    };
    let body = serde_json::to_vec(&order).map_err(|e| Trouble::fatal(e.to_string()))?;
    say(ask(&access(&args.dir.state)?, Method::POST, "/load", body.into()).await?);
    Ok(ExitCode::SUCCESS)
}

async fn down(state: &Path) -> Result<ExitCode, Trouble> {
    let asked = match access(state) {
        Ok(access) => ask(&access, Method::POST, "/down", Bytes::new()).await.is_ok(),
        Err(_) => false,
    };
    // The lock is let go by the end of the process, after everything that it owned.
    tokio::time::timeout(Duration::from_secs(30), async {
        while is_locked(state) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .map_err(|_| Trouble::retry(format!("The playground in {} is still ending.", state.display())))?;
    say(if asked {
        "The playground is down."
    } else {
        "No playground was up."
    });
    say(json!({ "outcome": "done", "was_up": asked }));
    Ok(ExitCode::SUCCESS)
}

fn is_locked(state: &Path) -> bool {
    std::fs::File::open(lock_path(state))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}

fn logs(args: &LogsArgs) -> Result<ExitCode, Trouble> {
    if !ENVIRONMENTS.contains(&args.env.as_str()) {
        return Err(Trouble::fatal(format!("There is no environment \"{}\".", args.env)));
    }
    for line in Log::tail(&args.dir.state, &args.env, args.lines)? {
        say(line);
    }
    Ok(ExitCode::SUCCESS)
}

fn journal(state: &Path, environment: Option<&str>) -> Result<ExitCode, Trouble> {
    for entry in Journal::read(state)? {
        if environment.is_none_or(|environment| entry.environment == environment) {
            say(serde_json::to_string(&entry).map_err(|e| Trouble::fatal(e.to_string()))?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn env() -> Result<ExitCode, Trouble> {
    const NAMES: [(&str, &str); 12] = [
        ("SLIPWAY_ENVIRONMENT", "environment: development, staging or production"),
        ("SLIPWAY_VERSION", "version to deploy or to promote"),
        (
            "SLIPWAY_ARTIFACT",
            "artifact reference, such as storefront:1.3.0; goes before the version",
        ),
        ("SLIPWAY_DIGEST", "content id that the artifact must have"),
        ("SLIPWAY_WEIGHT", "canary's share of the requests, 0 to 100"),
        ("SLIPWAY_KEY", "idempotency key"),
        ("SLIPWAY_PREVIOUS_VERSION", "version that a rollback goes back to"),
        ("SLIPWAY_DEPLOYMENT", "number of the deployment, for the journal"),
        ("SLIPWAY_PLAYGROUND_DIR", "state directory of the playground"),
        ("SLIPWAY_PLAYGROUND_VARIANT", "what deploy changes, stable or canary"),
        ("SLIPWAY_PLAYGROUND_PORTS", "first port of `up`, 0 for free ones"),
        ("SLIPWAY_PLAYGROUND_SLOW_MS", "make deploy and promote take this long"),
    ];
    for (name, meaning) in NAMES {
        say(format!("{name:<27} {meaning}"));
    }
    say(json!({ "variables": NAMES.map(|(name, _)| name) }));
    Ok(ExitCode::SUCCESS)
}
