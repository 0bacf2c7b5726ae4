//! A playground in a directory of its own, and the commands that are given to it.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{sleep, timeout};

/// Nothing here takes this long unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// `slipway playground …` with nothing of the caller's environment that it would read.
pub fn slipway(state: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SLIPWAY_")) {
        command.env_remove(name);
    }
    command
        .arg("playground")
        .args(arguments)
        .env("SLIPWAY_PLAYGROUND_DIR", state)
        .kill_on_drop(true);
    command
}

/// Waits until a question has an answer.
pub async fn eventually<T>(what: &str, question: impl AsyncFn() -> Option<T>) -> T {
    let answered = timeout(PATIENCE, async {
        loop {
            if let Some(answer) = question().await {
                return answer;
            }
            sleep(Duration::from_millis(10)).await;
        }
    });
    answered.await.unwrap_or_else(|_| panic!("never: {what}"))
}

/// Whether a process runs; one that only waits to be reaped does not.
pub fn alive(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub lines: Vec<String>,
    pub errors: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ended the command"),
            lines: String::from_utf8(output.stdout)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The last line, which is a JSON object.
    pub fn last(&self) -> Value {
        let line = self
            .lines
            .last()
            .unwrap_or_else(|| panic!("it printed nothing: {self:?}"));
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))
    }

    pub fn done(self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        self.last()
    }
}

/// A playground that is up. Its end of standard input keeps it alive, so that it ends with the test.
pub struct System {
    pub state: TempDir,
    pub process: Child,
    _output: Lines<BufReader<ChildStdout>>,
    pub status: Value,
    pub http: reqwest::Client,
}

impl System {
    /// Starts one on free ports, without visitors unless `options` ask for them.
    pub async fn up(options: &[&str]) -> Self {
        Self::up_in(tempfile::tempdir().unwrap(), options).await
    }

    pub async fn up_in(state: TempDir, options: &[&str]) -> Self {
        let quiet = ["up", "--ports", "0", "--until-stdin-closes"];
        let rates = if options.contains(&"--rps") {
            vec![]
        } else {
            vec!["--rps", "0", "--staging-rps", "0"]
        };
        let arguments: Vec<&str> = quiet.into_iter().chain(rates).chain(options.iter().copied()).collect();
        let mut process = slipway(state.path(), &arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let status = timeout(PATIENCE, async {
            loop {
                let line = output.next_line().await.unwrap().expect("the playground ended");
                if line.starts_with('{') {
                    return serde_json::from_str(&line).unwrap();
                }
            }
        });
        let status = status.await.expect("the playground is not ready in time");
        Self {
            state,
            process,
            _output: output,
            status,
            http: reqwest::Client::new(),
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        slipway(self.state.path(), arguments)
    }

    pub async fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().await.unwrap())
    }

    /// Runs a command on production that must succeed.
    pub async fn production(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--env", "production"]).collect();
        self.run(&arguments).await.done()
    }

    /// Starts a command whose output is read as it comes.
    pub fn begin(&self, arguments: &[&str], slow_ms: &str) -> (Child, Lines<BufReader<ChildStdout>>) {
        let mut command = self.command(arguments);
        command
            .env("SLIPWAY_PLAYGROUND_SLOW_MS", slow_ms)
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        (child, output)
    }

    pub async fn publish(&self, version: &str, options: &[&str]) -> String {
        let arguments: Vec<&str> = ["publish", version]
            .into_iter()
            .chain(options.iter().copied())
            .collect();
        self.run(&arguments).await.done()["digest"].as_str().unwrap().to_owned()
    }

    /// What the gateway itself counts in production.
    pub async fn counts(&self) -> Value {
        let text = self.fetch(&self.address("admin", "/_gateway/status")).await.1;
        serde_json::from_str(&text).unwrap()
    }

    /// The address of a path at production's `gateway` or `admin` port.
    pub fn address(&self, port: &str, path: &str) -> String {
        format!(
            "{}{path}",
            self.status["environments"]["production"][port].as_str().unwrap()
        )
    }

    pub async fn fetch(&self, address: &str) -> (u16, String) {
        let response = self.http.get(address).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Sends requests to production, some at once, and returns each one's status and version.
    pub async fn visit(&self, count: usize) -> Vec<(u16, String)> {
        const AT_ONCE: usize = 16;
        let address = self.address("gateway", "/products");
        let visits = (0..count).map(|_| async {
            let response = self.http.get(&address).send().await.unwrap();
            let version = response.headers()["x-storefront-version"].to_str().unwrap().to_owned();
            let status = response.status().as_u16();
            response.bytes().await.unwrap();
            (status, version)
        });
        futures::stream::iter(visits).buffer_unordered(AT_ONCE).collect().await
    }

    /// The sum of the series of a variant's metrics whose line begins so and holds `part`.
    pub async fn metric(&self, variant: &str, name: &str, part: &str) -> f64 {
        let (status, text) = self
            .fetch(&self.address("admin", &format!("/_gateway/metrics/{variant}")))
            .await;
        assert_eq!(status, 200, "{text}");
        let lines = text
            .lines()
            .filter(|line| line.starts_with(name) && line.contains(part));
        lines
            .map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap())
            .sum()
    }

    /// The kinds of the journal's entries under a key.
    pub async fn journal(&self, key: &str) -> Vec<String> {
        let lines = self.run(&["journal"]).await.lines;
        let entries = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        entries
            .filter(|entry| entry["key"] == key)
            .map(|entry| entry["kind"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The field of each instance of an environment's status.
pub fn each<'a>(environment: &'a Value, field: &str) -> Vec<&'a Value> {
    environment["instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| &instance[field])
        .collect()
}
