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

/// A line of output, or a piece of one that is long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// `stdout` or `stderr`.
    pub stream: &'static str,
    pub text: String,
    /// False: the line goes on in the next piece.
    pub ends: bool,
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
    // Begins with what a piece before left over of a character.
    let mut line = Vec::new();
    let mut going = false;
    loop {
        // A line without an end comes in pieces.
        let read = (&mut reader).take(LINE_BYTES).read_until(b'\n', &mut line).await;
        let over = !matches!(read, Ok(1..));
        if over && line.is_empty() && !going {
            return;
        }
        let ends = over || line.ends_with(b"\n");
        let whole = if ends {
            line.len()
        } else {
            before_its_end(&line[..whole_characters(&line)])
        };
        let mut text = String::from_utf8_lossy(&line[..whole]).into_owned();
        if ends {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        line.drain(..whole);
        going = !ends;
        if lines.send(Output { stream, text, ends }).await.is_err() || over {
            return;
        }
    }
}

/// Without carriage returns that may belong to the end of the line, which is not there yet. More than a few belong to the text.
fn before_its_end(bytes: &[u8]) -> usize {
    let returns = bytes.iter().rev().take_while(|byte| **byte == b'\r').count();
    if returns > 16 {
        bytes.len()
    } else {
        bytes.len() - returns
    }
}

/// How many of these bytes come before a character of UTF-8 of which only the beginning is there.
fn whole_characters(bytes: &[u8]) -> usize {
    for (back, byte) in (1..).zip(bytes.iter().rev().take(3)) {
        let needed = match byte {
            0x80..=0xbf => continue,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
            _ => 1,
        };
        return if back < needed { bytes.len() - back } else { bytes.len() };
    }
    bytes.len()
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use store::secret::{Mask, Veil};
    use tokio::io::AsyncWriteExt as _;

    /// What is read of these bytes when they are written so many at a time.
    fn pieces(bytes: &[u8], at_once: usize) -> Vec<Output> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let (mut pipe, end) = tokio::io::duplex(64 * 1024);
            let (sender, mut lines) = mpsc::channel(4096);
            let write = async {
                for chunk in bytes.chunks(at_once) {
                    pipe.write_all(chunk).await.expect("is written");
                }
                drop(pipe);
            };
            tokio::join!(read(end, "stdout", sender), write);
            let mut all = Vec::new();
            while let Some(line) = lines.recv().await {
                all.push(line);
            }
            all
        })
    }

    fn lines(pieces: &[Output]) -> Vec<String> {
        let mut lines = vec![String::new()];
        for piece in pieces {
            lines.last_mut().expect("a line").push_str(&piece.text);
            if piece.ends {
                lines.push(String::new());
            }
        }
        lines.pop();
        lines
    }

    #[test]
    fn a_long_line_comes_in_pieces_and_its_end_is_known() {
        let long = "é".repeat(20_000);
        let read = pieces(format!("a\r\n{long}\n\nz").as_bytes(), 1_000);
        assert_eq!(lines(&read), ["a", &long, "", "z"]);
        assert!(read.iter().all(|piece| piece.text.len() <= 16 * 1024 + 4));
        let exact = "x".repeat(16 * 1024);
        let both = pieces(format!("{exact}\n{exact}").as_bytes(), 4096);
        assert_eq!(lines(&both), [exact.as_str(), exact.as_str()]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

        #[test]
        fn any_bytes_become_lines(bytes in prop::collection::vec(any::<u8>(), 0..300), at_once in 1..50usize) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let mut wanted: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
            if bytes.is_empty() || bytes.ends_with(b"\n") {
                wanted.pop();
            }
            prop_assert_eq!(lines(&pieces(&bytes, at_once)), wanted);
        }

        /// Wherever it stands to the place where a line is cut, and however the bytes come.
        #[test]
        fn a_secret_across_a_cut_is_hidden(
            secret in "[A-ZÄ€💥]{8,60}",
            before in 16_000..16_500usize,
            after in 0..40_000usize,
            at_once in prop::sample::select(vec![977usize, 4096, 16_384, 65_536]),
        ) {
            let line = format!("{}{secret}{}", "z".repeat(before), "z".repeat(after));
            let mut veil = Veil::new(Mask::new([secret.as_str()].into_iter()));
            let read = pieces(line.as_bytes(), at_once);
            let kept: String = read.iter().filter_map(|piece| veil.next(&piece.text, piece.ends)).collect();
            prop_assert_eq!(kept, line.replace(&secret, "•••"));
        }
    }
}
