//! Short commands, run inside a tick: looking at the target, and setting the share of traffic.

use super::process::{self, Next, Process};
use std::borrow::Cow;
use std::time::Duration;
use store::secret::Mask;
use tokio::time::{Instant, timeout, timeout_at};

/// Bytes of output that are read.
const MOST_BYTES: usize = 256 * 1024;

/// How long a short command has between TERM and KILL: it must be gone before the lease is.
const GRACE: Duration = Duration::from_millis(250);

/// How long output may still come once the command has ended, if something of its own holds the pipe.
const LINGER: Duration = Duration::from_millis(250);

/// What came of a short command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// None: it was ended by a signal, or could not be begun.
    pub exit_code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// It took longer than it may, and was stopped.
    pub late: bool,
    /// Not all that it printed was read.
    pub cut: bool,
}

impl Ran {
    pub fn ok(&self) -> bool {
        self.exit_code == Some(0) && !self.late
    }

    /// Hides secrets in what it printed.
    pub fn hide(&mut self, mask: &Mask) {
        let cut = self.cut || self.late;
        for text in [&mut self.stdout, &mut self.stderr] {
            let hidden = match cut {
                true => mask.hide_cut(text.trim_end_matches('\n')),
                false => mask.hide(text),
            };
            if let Cow::Owned(hidden) = hidden {
                *text = hidden;
            }
        }
    }

    /// One line for people.
    pub fn summary(&self) -> String {
        let last = |text: &str| {
            text.lines()
                .rev()
                .map(str::trim)
                .find(|line| !line.is_empty())
                .map(str::to_owned)
        };
        let said = last(&self.stderr).or_else(|| last(&self.stdout)).filter(|_| !self.ok());
        let end = match (self.late, self.exit_code) {
            (true, _) => "no answer in time".to_owned(),
            (false, Some(code)) => format!("exit {code}"),
            (false, None) => "not run to its end".to_owned(),
        };
        said.map_or(end.clone(), |said| format!("{end}: {said}"))
    }
}

/// Runs a command to its end, or stops it when its time is over.
pub(crate) async fn run(argv: &[String], variables: &[(String, String)], limit: Duration) -> Ran {
    let mut ran = Ran {
        exit_code: None,
        stdout: String::new(),
        stderr: String::new(),
        late: false,
        cut: false,
    };
    let mut process = match process::spawn(argv, variables) {
        Ok(process) => process,
        Err(error) => {
            ran.stderr = error.to_string();
            return ran;
        }
    };
    let deadline = Instant::now() + limit;
    let ended = timeout_at(deadline, to_the_end(&mut process, &mut ran)).await;
    if ended.is_err() {
        ran.late = true;
        process.term();
        if timeout(GRACE, process.wait()).await.is_err() {
            process.kill();
            let _ = process.wait().await;
        }
    }
    ran
}

async fn to_the_end(process: &mut Process, ran: &mut Ran) {
    let status = loop {
        match process.next().await {
            Next::Line(line) => keep(ran, &line),
            Next::Ended(status) => break status,
        }
    };
    // What it wrote before it ended may still be on its way; something of its own may hold the pipe open for ever.
    let rest = async {
        while let Some(line) = process.line().await {
            keep(ran, &line);
        }
    };
    ran.cut |= timeout(LINGER, rest).await.is_err();
    ran.exit_code = status.and_then(|status| status.code());
}

fn keep(ran: &mut Ran, line: &process::Output) {
    let text = if line.stream == "stdout" {
        &mut ran.stdout
    } else {
        &mut ran.stderr
    };
    if text.len() >= MOST_BYTES {
        ran.cut = true;
        return;
    }
    text.push_str(&line.text);
    if line.ends {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn a_command_sees_what_it_is_given_and_nothing_else() {
        let variables = [("SLIPWAY_WEIGHT".to_owned(), "10; exit 9".to_owned())];
        let ran = run(
            &shell("env | cut -d= -f1 | sort; echo $SLIPWAY_WEIGHT"),
            &variables,
            Duration::from_secs(5),
        )
        .await;
        assert!(ran.ok(), "{ran:?}");
        let names: Vec<_> = ran
            .stdout
            .lines()
            .filter(|line| !["_", "PWD", "SHLVL", "OLDPWD"].contains(line))
            .collect();
        let allowed = |name: &&str| ["HOME", "LANG", "PATH", "SLIPWAY_WEIGHT", "10; exit 9"].contains(name);
        assert!(names.iter().all(allowed), "{names:?}");
        assert_eq!(ran.stdout.lines().next_back(), Some("10; exit 9"));
    }

    #[tokio::test]
    async fn its_time_over_the_whole_group_is_gone() {
        let script = "trap '' TERM; echo $$; (trap '' TERM; while :; do sleep 1; done) & wait";
        let ran = run(&shell(script), &[], Duration::from_millis(300)).await;
        assert!(ran.late);
        let group: i32 = ran.stdout.lines().next().unwrap().parse().unwrap();
        // Killed processes without a parent are collected by init, which takes its moment.
        let group = nix::unistd::Pid::from_raw(group);
        while nix::sys::signal::killpg(group, None).is_ok() {
            tokio::task::yield_now().await;
            if std::fs::read_dir("/proc")
                .unwrap()
                .flatten()
                .all(|one| !alive_in(&one.path(), group.as_raw()))
            {
                break;
            }
        }
    }

    /// Whether a process of the group is neither gone nor a zombie.
    fn alive_in(path: &std::path::Path, group: i32) -> bool {
        let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
        let rest: Vec<&str> = stat
            .rsplit_once(')')
            .map_or("", |(_, rest)| rest)
            .split_whitespace()
            .collect();
        rest.first().is_some_and(|state| *state != "Z") && rest.get(2) == Some(&group.to_string().as_str())
    }

    #[tokio::test]
    async fn a_status_of_one_long_line_is_read_whole() {
        let script = "printf '{\"version\":\"1.2.3\",\"weight\":10,\"more\":\"'; head -c 40000 /dev/zero | tr '\\0' x; echo '\"}'";
        let ran = run(&shell(script), &[], Duration::from_secs(5)).await;
        let seen = super::super::read_status(&ran.stdout).expect("a status");
        assert_eq!((seen.version.as_deref(), seen.weight), (Some("1.2.3"), Some(10)));
    }

    #[tokio::test]
    async fn a_secret_across_the_end_of_what_is_read_is_hidden() {
        let mask = Mask::new(["CORRECT-HORSE-BATTERY-STAPLE"].into_iter());
        // The pieces of a long line have 16 KiB, and 16 of them are read: the secret stands across the end of the last one.
        let script = "head -c 262130 /dev/zero | tr '\\0' x; echo CORRECT-HORSE-BATTERY-STAPLE; yes | head -c 100000";
        let mut ran = run(&shell(script), &[], Duration::from_secs(5)).await;
        assert!(ran.cut);
        ran.hide(&mask);
        assert!(!ran.stdout.contains("CORRECT-HORSE"), "{}", &ran.stdout[262_100..]);
    }

    #[tokio::test]
    async fn what_is_not_there_is_said() {
        let ran = run(&["/nowhere/at-all".to_owned()], &[], Duration::from_secs(1)).await;
        assert!(!ran.ok());
        assert!(ran.summary().contains("No such file"), "{}", ran.summary());
    }

    #[tokio::test]
    async fn output_held_open_by_a_child_does_not_hold_the_command_up() {
        let ran = run(&shell("sleep 30 & echo done"), &[], Duration::from_secs(5)).await;
        assert_eq!((ran.exit_code, ran.stdout.as_str()), (Some(0), "done\n"));
    }
}
