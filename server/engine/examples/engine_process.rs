//! An engine as a process of its own, for tests that end it from outside: `DATABASE_URL`, `ENGINE_OWNER`, `ENGINE_LEASE_MS`.
//!
//! It ends when its standard input closes, so that it does not outlive a test.

use engine::EngineConfig;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let db = store::db::connect(&std::env::var("DATABASE_URL")?, 8).await?;
    let config = EngineConfig {
        owner: std::env::var("ENGINE_OWNER")?,
        lease: Duration::from_millis(std::env::var("ENGINE_LEASE_MS")?.parse()?),
        ..EngineConfig::default()
    };
    let shutdown = CancellationToken::new();
    let engine = tokio::spawn(engine::run(db, config, shutdown.clone()));
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    shutdown.cancel();
    engine.await?;
    Ok(())
}
