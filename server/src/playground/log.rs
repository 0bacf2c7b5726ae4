//! The log of one environment: a file that people read and that instances write their complaints to.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use chrono::SecondsFormat;
use tokio::sync::mpsc::UnboundedSender;

use super::Trouble;
use super::order::Reply;

/// An open log.
#[derive(Debug)]
pub struct Log {
    file: File,
}

impl Log {
    /// Where the log of an environment is.
    pub fn path(state: &Path, environment: &str) -> PathBuf {
        state.join(environment).join("log")
    }

    /// Opens it, with its directory.
    pub fn open(state: &Path, environment: &str) -> Result<Self, Trouble> {
        let path = Self::path(state, environment);
        let directory = state.join(environment);
        fs::create_dir_all(&directory).map_err(|e| Trouble::io("create", &directory, &e))?;
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|e| Trouble::io("open", &path, &e))?;
        Ok(Self { file })
    }

    /// Writes a line with its time. A full disk must not stop a rollback, so a failure is only traced.
    pub fn say(&self, text: &str) {
        let line = format!("{} {text}\n", super::now().to_rfc3339_opts(SecondsFormat::Millis, true));
        if let Err(e) = (&self.file).write_all(line.as_bytes()) {
            tracing::warn!(error = %e, "the playground's log cannot be written");
        }
    }

    /// The log as a child's standard error.
    pub fn as_output(&self) -> Stdio {
        self.file.try_clone().map_or_else(|_| Stdio::null(), Stdio::from)
    }

    /// The last lines of an environment's log.
    pub fn tail(state: &Path, environment: &str, lines: usize) -> Result<Vec<String>, Trouble> {
        let path = Self::path(state, environment);
        let text = fs::read(&path).map_err(|e| Trouble::io("read", &path, &e))?;
        let text = String::from_utf8_lossy(&text);
        let all: Vec<&str> = text.lines().collect();
        Ok(all[all.len().saturating_sub(lines)..]
            .iter()
            .map(|line| (*line).to_owned())
            .collect())
    }
}

/// Where an order says what it does: the environment's log, and whoever gave the order.
#[derive(Debug)]
pub struct Progress<'a> {
    log: &'a Log,
    listener: Option<UnboundedSender<Reply>>,
}

impl<'a> Progress<'a> {
    /// Says it to both.
    pub fn new(log: &'a Log, listener: Option<UnboundedSender<Reply>>) -> Self {
        Self { log, listener }
    }

    /// Says one thing.
    pub fn say(&self, text: impl AsRef<str>) {
        self.log.say(text.as_ref());
        if let Some(listener) = &self.listener {
            // Nobody listens any more when the command was killed.
            let _ = listener.send(Reply::Progress(text.as_ref().to_owned()));
        }
    }
}
