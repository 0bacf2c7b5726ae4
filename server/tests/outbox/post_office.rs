//! The mail server of the tests, and a whole Slipway as a process that can be killed.

use sqlx::ConnectOptions;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use store::Db;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Nothing here takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// `end2end/post-office.mjs`: the npm package smtp-server on loopback.
pub struct PostOffice {
    pub port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    orders: ChildStdin,
    _process: Child,
}

/// A mail that arrived.
#[derive(Debug, serde::Deserialize)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub raw: String,
}

impl Received {
    /// The line that names it.
    pub fn id(&self) -> &str {
        let line = self.raw.lines().find(|line| line.starts_with("Message-ID: "));
        line.expect("a mail with an id")
    }
}

impl PostOffice {
    /// Opens it. With `hold`, it answers for a mail only when it is told to.
    pub async fn open(hold: bool) -> PostOffice {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end");
        assert!(
            folder.join("node_modules/smtp-server").is_dir(),
            "npm's smtp-server is missing: `make test` installs it, or `npm ci` in end2end"
        );
        let mut process = Command::new("node")
            .arg("post-office.mjs")
            .args(hold.then_some("hold"))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let orders = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().expect("a port");
        let said: serde_json::Value = serde_json::from_str(&first).unwrap();
        PostOffice {
            port: said["port"].as_u64().and_then(|port| port.try_into().ok()).unwrap(),
            lines,
            orders,
            _process: process,
        }
    }

    /// The next mail that arrives.
    pub async fn next(&mut self) -> Received {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.expect("a mail arrives").unwrap().expect("the mail server lives");
        serde_json::from_str(&line).unwrap()
    }

    /// Lets it answer for the oldest mail that waits.
    pub async fn answer(&mut self) {
        self.orders.write_all(b"\n").await.unwrap();
    }

    /// Closes it, and says whether no further mail had arrived.
    pub async fn nothing_more(mut self) -> bool {
        drop(self.orders);
        self.lines.next_line().await.unwrap().is_none()
    }
}

/// `slipway serve` as its users start it.
pub struct Slipway {
    process: Child,
    _folder: TempDir,
}

impl Slipway {
    /// Starts it on this database, and returns once it serves.
    pub async fn start(db: &Db, smtp: u16, arguments: &[&str]) -> Slipway {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        std::fs::write(site.join("hash.txt"), "js: a\nwasm: b\ncss: c\n").unwrap();
        std::fs::write(site.join("manifest.json"), "{}").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SLIPWAY_")) {
            command.env_remove(name);
        }
        let mut process = command
            .args(["serve", "--listen", "127.0.0.1:0", "--no-engine", "--worker-lease", "4"])
            .args(["--playground-ports", "0", "--db-connections", "5"])
            .args(arguments)
            .arg("--data")
            .arg(folder.path())
            .arg("--site")
            .arg(&site)
            .env("DATABASE_URL", db.connect_options().to_url_lossy().as_str())
            .env("SLIPWAY_SEAL_KEY", super::KEY)
            .env("SLIPWAY_SMTP_URL", format!("smtp://127.0.0.1:{smtp}"))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let greeting = async {
            loop {
                let line = lines.next_line().await.unwrap().expect("it says where it serves");
                if line.starts_with("Slipway serves on") {
                    break;
                }
            }
        };
        tokio::time::timeout(PATIENCE, greeting).await.expect("it serves");
        Slipway {
            process,
            _folder: folder,
        }
    }

    /// Kills it, as the kernel does when memory runs out.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}
