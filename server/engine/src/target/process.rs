//! A command as a process group of its own, with its output line by line.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Bytes of a line that are kept.
const LINE_BYTES: u64 = 16 * 1024;

/// How long a group has between TERM and KILL.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Variables of the engine's own that a command sees; it sees no other.
const INHERITED: [&str; 3] = ["PATH", "HOME", "LANG"];

/// A line of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// `stdout` or `stderr`.
    pub stream: &'static str,
    pub text: String,
}

/// What a command does next.
#[derive(Debug)]
pub(crate) enum Next {
    Line(Output),
    /// None: the operating system could not say how.
    Ended(Option<ExitStatus>),
}

/// A command that runs. Dropped, it is killed with its whole group.
pub(crate) struct Process {
    child: Child,
    group: Pid,
    over: bool,
    lines: mpsc::Receiver<Output>,
}

/// Starts a command. Values reach it by variables alone; no shell is involved, unless it is the program.
///
/// # Errors
/// The program is not there, or can't be run.
pub(crate) fn spawn(argv: &[String], variables: &[(String, String)]) -> std::io::Result<Process> {
    let (program, arguments) = argv
        .split_first()
        .ok_or_else(|| std::io::Error::other("no command is configured"))?;
    let inherited = INHERITED
        .iter()
        .filter_map(|name| std::env::var_os(name).map(|value| (*name, value)));
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(inherited)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .ok_or_else(|| std::io::Error::other("it ended at once"))?;
    let (sender, lines) = mpsc::channel(256);
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(read(stdout, "stdout", sender.clone()));
    }
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(read(stderr, "stderr", sender));
    }
    Ok(Process {
        child,
        group: Pid::from_raw(pid),
        over: false,
        lines,
    })
}

async fn read(pipe: impl AsyncRead + Unpin, stream: &'static str, lines: mpsc::Sender<Output>) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line without an end comes in pieces.
        let read = (&mut reader).take(LINE_BYTES).read_until(b'\n', &mut line).await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        if lines.send(Output { stream, text }).await.is_err() {
            return;
        }
    }
}

impl Process {
    /// The process group's number, which is its first process's.
    pub fn pid(&self) -> i32 {
        self.group.as_raw()
    }

    /// The next line; None when both streams are closed.
    pub async fn line(&mut self) -> Option<Output> {
        self.lines.recv().await
    }

    /// The next line, or the end of the first process of the group, whichever comes first.
    pub async fn next(&mut self) -> Next {
        let status = tokio::select! {
            biased;
            Some(line) = self.lines.recv() => return Next::Line(line),
            status = self.child.wait() => status,
        };
        self.over = true;
        Next::Ended(status.ok())
    }

    /// The end of the first process of the group.
    pub async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.over = true;
        Ok(status)
    }

    /// Asks the whole group to stop.
    pub fn term(&self) {
        signal(self.group, Signal::SIGTERM);
    }

    /// Stops the whole group.
    pub fn kill(&self) {
        signal(self.group, Signal::SIGKILL);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The number of a group whose first process was waited for may belong to others by now.
        if !self.over {
            self.kill();
        }
    }
}

fn signal(group: Pid, signal: Signal) {
    // It may be gone already, which is what was wanted.
    let _ = killpg(group, signal);
}
