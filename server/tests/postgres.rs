//! The private cluster, with the real PostgreSQL of this machine.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the failure that it is for")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use server::postgres::{Embedded, PostgresError, start};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Set for the child process that plays a server which gets killed: the data directory to use.
const VICTIM: &str = "SLIPWAY_TEST_VICTIM";

#[tokio::test]
async fn starts_answers_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = start(folder.path()).await.unwrap();
    let postgres = mark(folder.path()).expect("a running cluster leaves its mark");

    let databases = databases(&embedded).await;
    embedded.stop().await.unwrap();

    assert!(databases.contains("slipway|slipway|UTF8"), "{databases}");
    assert!(!lives(postgres), "the process has ended");
    assert_eq!(mark(folder.path()), None);
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = start(folder.path()).await.unwrap();
    let made = Command::new(embedded.program("createdb"))
        .args(["--maintenance-db", embedded.url(), "kept"])
        .status()
        .await
        .unwrap();
    embedded.stop().await.unwrap();

    let embedded = start(folder.path()).await.unwrap();

    assert!(made.success());
    assert!(databases(&embedded).await.contains("kept|"));
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_start_on_the_same_folder_is_told_who_runs_there() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path()).await.unwrap();

    let second = start(folder.path()).await.unwrap_err();

    assert!(matches!(second, PostgresError::InUse { .. }));
    assert!(second.to_string().contains(first.url()), "{second}");
    assert_eq!(second.to_string().lines().count(), 1);
    first.stop().await.unwrap();
}

#[tokio::test]
async fn a_deep_folder_gets_its_socket_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a folder with a name that is long".repeat(4));

    let embedded = start(&deep).await.unwrap();

    assert!(embedded.url().contains("host=/tmp/slipway-"), "{}", embedded.url());
    assert!(databases(&embedded).await.contains("slipway|"));
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_closed_folder_is_no_hindrance_to_the_unprivileged_account() {
    let folder = tempfile::tempdir().unwrap();
    close(folder.path());

    let embedded = start(folder.path()).await.unwrap();

    assert!(databases(&embedded).await.contains("slipway|"));
    assert!(!folder.path().join("postgres").is_symlink());
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn behind_a_closed_folder_root_gets_its_cluster_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    close(folder.path());
    let data = folder.path().join("data");

    let embedded = start(&data).await.unwrap();

    let answered = databases(&embedded).await.contains("slipway|");
    let place = data.join("postgres").canonicalize().unwrap();
    embedded.stop().await.unwrap();
    assert!(answered);
    if nix::unistd::geteuid().is_root() {
        assert!(place.starts_with("/var/lib/slipway"), "{}", place.display());
        std::fs::remove_dir_all(place.parent().unwrap()).unwrap();
    } else {
        assert!(place.starts_with(folder.path()), "{}", place.display());
    }
}

#[tokio::test]
async fn an_interrupted_first_start_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("postgres.new")).unwrap();
    std::fs::write(folder.path().join("postgres.new/PG_VERSION"), "15\n").unwrap();

    let embedded = start(folder.path()).await.unwrap();

    assert!(databases(&embedded).await.contains("slipway|"));
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_mark_whose_number_went_to_another_process_is_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path()).await.unwrap().stop().await.unwrap();
    let stale = format!(
        "{}\n{}\n1705312800\n5432\n\n\n\nready   \n",
        std::process::id(),
        folder.path().display()
    );
    std::fs::write(folder.path().join("postgres/postmaster.pid"), stale).unwrap();

    let embedded = start(folder.path()).await.unwrap();

    assert!(databases(&embedded).await.contains("slipway|"));
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_of_another_version_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("postgres")).unwrap();
    std::fs::write(folder.path().join("postgres/PG_VERSION"), "7\n").unwrap();

    let error = start(folder.path()).await.unwrap_err();

    assert!(
        matches!(&error, PostgresError::OtherVersion { wanted, .. } if wanted == "7"),
        "{error}"
    );
}

#[tokio::test]
async fn its_end_is_noticed_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let mut embedded = start(folder.path()).await.unwrap();
    kill(mark(folder.path()).unwrap(), Signal::SIGQUIT).unwrap();

    let error = embedded.ended().await;

    assert!(
        matches!(&error, PostgresError::Ended { log, .. } if log.is_file()),
        "{error}"
    );
}

#[tokio::test]
async fn a_killed_server_takes_its_cluster_along() {
    let folder = tempfile::tempdir().unwrap();
    let mut victim = victim(folder.path(), &std::env::var("PATH").unwrap()).await;
    let postgres = mark(folder.path()).unwrap();

    victim.kill().await.unwrap();

    until(|| !lives(postgres)).await;
    start(folder.path()).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_that_outlived_its_server_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    // Without `setpriv` in its PATH, nothing ends the cluster when the server dies.
    let mut victim = victim(folder.path(), "/nowhere").await;
    let orphan = mark(folder.path()).unwrap();
    victim.kill().await.unwrap();
    assert!(lives(orphan));

    let embedded = start(folder.path()).await.unwrap();

    assert!(!lives(orphan));
    assert!(databases(&embedded).await.contains("slipway|"));
    embedded.stop().await.unwrap();
}

/// Not a test by itself: the process that [`victim`] starts, and that waits to be killed.
#[tokio::test]
async fn plays_the_victim() {
    let Some(folder) = std::env::var_os(VICTIM) else { return };
    let _embedded = start(Path::new(&folder)).await.unwrap();
    eprintln!("\nready");
    std::future::pending::<()>().await;
}

/// A process of its own that runs a cluster in `folder`, once it is ready.
async fn victim(folder: &Path, path: &str) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "plays_the_victim", "--nocapture"])
        .env(VICTIM, folder)
        .env("PATH", path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while lines
        .next_line()
        .await
        .unwrap()
        .expect("the victim ended before it was ready")
        != "ready"
    {}
    child
}

async fn databases(embedded: &Embedded) -> String {
    let output = Command::new(embedded.program("psql"))
        .args(["--no-psqlrc", "--list", "--tuples-only", "--no-align", embedded.url()])
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Only its owner gets in.
fn close(folder: &Path) {
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
}

fn mark(folder: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(folder.join("postgres/postmaster.pid")).ok()?;
    Some(Pid::from_raw(text.lines().next().unwrap().parse().unwrap()))
}

/// A process that ended and was not collected yet has no folder that it works in.
fn lives(pid: Pid) -> bool {
    if cfg!(target_os = "linux") {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok()
    } else {
        kill(pid, None).is_ok()
    }
}

async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .expect("the condition holds within a minute");
}
