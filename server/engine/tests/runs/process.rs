//! An engine as a process of its own, which a test ends, stops and lets go on.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::ConnectOptions;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use store::Db;

pub struct EngineProcess(Child);

impl EngineProcess {
    /// Starts one that strikes at a place: `("SLIPWAY_CRASH_AT", "stage:3#5")`.
    pub fn start(db: &Db, owner: &str, fault: Option<(&str, &str)>) -> EngineProcess {
        let mut command = Command::new(program());
        command
            .env("DATABASE_URL", db.connect_options().to_url_lossy().as_str())
            .env("ENGINE_OWNER", owner)
            .env("ENGINE_LEASE_MS", "3000");
        command
            .envs(fault)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        EngineProcess(
            command
                .spawn()
                .expect("the example engine_process, which cargo builds with the tests"),
        )
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.0.id()).unwrap())
    }

    /// How it ended: the signal that ended it. One that ends by itself can never be struck, so the test ends too.
    pub fn ended_by(&mut self) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt;
        let status = self.0.try_wait().unwrap()?;
        Some(
            status
                .signal()
                .unwrap_or_else(|| panic!("the engine ended by itself: {status}")),
        )
    }

    /// Whether it stands still, as after SIGSTOP.
    pub fn stands_still(&mut self) -> bool {
        assert_eq!(self.ended_by(), None, "it ended instead of standing still");
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    }

    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }
}

impl Drop for EngineProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Beside the test's own program: `target/debug/deps/runs-…` and `target/debug/examples/engine_process`.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent()
        .and_then(|deps| deps.parent())
        .unwrap()
        .join("examples/engine_process")
}
