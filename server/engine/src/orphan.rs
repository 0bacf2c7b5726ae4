//! Executions whose supervisor is gone: their processes are ended where they can be reached, then they are given up as unknown.

use crate::config::Context;
use crate::target::process::GRACE;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::execution::Orphan;
use tokio::time::{Instant, sleep};

/// Orphans that are being looked after.
#[derive(Clone, Default)]
pub(crate) struct Orphans(Arc<Mutex<HashSet<uuid::Uuid>>>);

impl Orphans {
    /// Looks after each orphan that is not yet, beside everything else.
    pub async fn sweep(&self, context: &Arc<Context>) -> Result<(), store::Error> {
        for orphan in store::execution::orphans(&context.db).await? {
            let id = orphan.id.0;
            if self.with(|known| known.insert(id)) {
                let (context, orphans) = (context.clone(), self.clone());
                tokio::spawn(async move {
                    settle(&context, &orphan).await;
                    orphans.with(|known| known.remove(&id));
                });
            }
        }
        Ok(())
    }

    fn with<T>(&self, change: impl FnOnce(&mut HashSet<uuid::Uuid>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

async fn settle(context: &Context, orphan: &Orphan) {
    if orphan.host == context.host {
        end_group(orphan).await;
    }
    match store::execution::give_up(&context.db, orphan).await {
        Ok(true) => tracing::warn!(execution = %orphan.id, "nobody supervised it any more: it is unknown"),
        Ok(false) => {}
        Err(error) => tracing::warn!(execution = %orphan.id, %error, "an orphan could not be given up"),
    }
}

/// TERM, then KILL. Only while the first process of the group still carries the execution's key: its number may be another's by now.
async fn end_group(orphan: &Orphan) {
    let Some(pid) = orphan.pid.filter(|pid| carries_key(*pid, &orphan.key)) else {
        return;
    };
    let group = Pid::from_raw(pid);
    let _ = killpg(group, Signal::SIGTERM);
    let kill_at = Instant::now() + GRACE;
    while carries_key(pid, &orphan.key) {
        if Instant::now() >= kill_at {
            let _ = killpg(group, Signal::SIGKILL);
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Whether a process that is neither gone nor a zombie was given this key.
fn carries_key(pid: i32, key: &str) -> bool {
    let wanted = format!("SLIPWAY_KEY={key}");
    let variables = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    variables
        .split(|byte| *byte == 0)
        .any(|variable| variable == wanted.as_bytes())
}
