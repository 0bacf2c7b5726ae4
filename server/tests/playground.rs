//! The playground as its users have it: the real binary, real processes, real HTTP.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a panic is the failure that a test is for, in what it builds on as well"
)]

#[path = "playground/system.rs"]
mod system;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use system::{PATIENCE, Ran, System, alive, each, eventually, slipway};

fn send(signal: Signal, pid: u64) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal).unwrap();
}

fn pids(status: &Value) -> Vec<u64> {
    let environments = status["environments"].as_object().unwrap();
    environments
        .values()
        .flat_map(|one| each(one, "pid"))
        .map(|pid| pid.as_u64().unwrap())
        .collect()
}

fn version_count(seen: &[(u16, String)], version: &str) -> usize {
    seen.iter().filter(|(_, seen)| seen == version).count()
}

#[tokio::test]
async fn down_leaves_nothing() {
    let mut system = System::up(&["--rps", "100"]).await;
    let pids = pids(&system.status);
    assert_eq!(pids.len(), 6, "two instances in each of three environments");
    assert!(pids.iter().all(|pid| alive(*pid)));
    let addresses: Vec<String> = ["gateway", "admin"]
        .iter()
        .map(|port| system.address(port, ""))
        .collect();

    assert_eq!(system.run(&["down"]).await.done()["was_up"], true);
    assert!(system.process.wait().await.unwrap().success());
    assert!(pids.iter().all(|pid| !alive(*pid)), "an instance is left");
    for address in addresses {
        assert!(
            TcpStream::connect(address.trim_start_matches("http://")).await.is_err(),
            "{address} is open"
        );
    }
    assert!(!system.state.path().join("control.json").exists());
    assert_eq!(system.run(&["down"]).await.done()["was_up"], false);
    let ran = system.run(&["weight", "--env", "production", "--percent", "0"]).await;
    assert_eq!(
        (ran.code, &ran.last()["outcome"]),
        (75, &Value::from("retry")),
        "{ran:?}"
    );
}

#[tokio::test]
async fn a_stop_signal_takes_all_down() {
    let mut system = System::up(&[]).await;
    let pids = pids(&system.status);
    send(Signal::SIGTERM, system.process.id().unwrap().into());
    assert!(system.process.wait().await.unwrap().success());
    assert!(pids.iter().all(|pid| !alive(*pid)));
}

#[tokio::test]
async fn the_share_of_canary_is_exact() {
    let system = System::up(&[]).await;
    system.publish("2.0.0", &[]).await;
    system
        .production(&["deploy", "--version", "2.0.0", "--variant", "canary", "--key", "c"])
        .await;
    assert_eq!(
        version_count(&system.visit(50).await, "2.0.0"),
        0,
        "a canary starts without a share"
    );

    for percent in [10_usize, 25, 50, 100] {
        let before = system.counts().await;
        system.production(&["weight", "--percent", &percent.to_string()]).await;
        let seen = system.visit(400).await;
        let after = system.counts().await;
        let grown = |variant: &str| {
            after[variant]["requests"].as_u64().unwrap() - before[variant]["requests"].as_u64().unwrap()
        };
        assert_eq!(version_count(&seen, "2.0.0"), 4 * percent);
        assert_eq!(
            (grown("canary"), grown("stable")),
            (4 * percent as u64, 400 - 4 * percent as u64)
        );
    }
    let before = system.metric("canary", "http_request_duration_seconds_count", "").await;
    assert_eq!(before, system.counts().await["canary"]["requests"].as_f64().unwrap());

    system.production(&["weight", "--percent", "0", "--key", "zero"]).await;
    assert_eq!(
        version_count(&system.visit(200).await, "2.0.0"),
        0,
        "weight 0 holds from the next request on"
    );
    let history = system.fetch(&system.address("admin", "/_gateway/weights")).await.1;
    let history: Vec<Value> = serde_json::from_str(&history).unwrap();
    let weights: Vec<u64> = history
        .iter()
        .map(|change| change["weight"].as_u64().unwrap())
        .collect();
    assert_eq!(weights, [0, 10, 25, 50, 100, 0]);
    assert_eq!(history.last().unwrap()["by"], "zero");
}

#[tokio::test]
async fn the_error_rate_is_in_the_metrics() {
    let system = System::up(&[]).await;
    system
        .publish(
            "2.0.0",
            &["--error-rate", "0.2", "--latency-ms", "1", "--memory-mib", "32"],
        )
        .await;
    system
        .production(&["deploy", "--version", "2.0.0", "--variant", "canary"])
        .await;
    system.production(&["weight", "--percent", "100"]).await;
    let failed = system
        .visit(2000)
        .await
        .iter()
        .filter(|(status, _)| *status == 500)
        .count();
    // Six standard deviations of a binomial with n = 2000 and p = 0.2 to either side.
    assert!((293..=507).contains(&failed), "{failed} of 2000 failed");
    assert_eq!(
        system.metric("canary", "http_requests_total", "status=\"500\"").await,
        failed as f64
    );
    assert_eq!(system.metric("canary", "http_requests_total", "").await, 2000.0);
    assert_eq!(
        system
            .metric("canary", "http_request_duration_seconds_bucket", "le=\"0.001\"")
            .await,
        0.0
    );
    assert_eq!(system.counts().await["canary"]["errors"], failed as u64);
    assert_eq!(system.metric("stable", "http_requests_total", "").await, 0.0);
    let held = system.metric("canary", "process_resident_memory_bytes", "").await;
    assert!(
        held > 32.0 * 1024.0 * 1024.0,
        "{held} bytes are less than the version's appetite"
    );
}

#[tokio::test]
async fn promote_loses_no_request() {
    let system = Arc::new(System::up(&["--rps", "200", "--staging-rps", "0"]).await);
    system
        .publish("2.0.0", &["--latency-ms", "30", "--latency-spread-ms", "20"])
        .await;
    system
        .production(&["deploy", "--version", "2.0.0", "--variant", "canary"])
        .await;
    system.production(&["weight", "--percent", "50"]).await;

    let enough = Arc::new(AtomicBool::new(false));
    let visitors: Vec<_> = (0..8)
        .map(|_| {
            let (system, enough) = (system.clone(), enough.clone());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while !enough.load(Ordering::Relaxed) {
                    seen.extend(system.visit(1).await);
                }
                seen
            })
        })
        .collect();
    eventually("both versions are visited", async || {
        let counts = system.counts().await;
        let visited = |variant: &str| counts[variant]["requests"].as_u64().unwrap() > 50;
        (visited("stable") && visited("canary")).then_some(())
    })
    .await;
    let mut command = system.command(&["promote", "--env", "production"]);
    let result = Ran::of(command.env("SLIPWAY_VERSION", "2.0.0").output().await.unwrap()).done();
    assert_eq!(
        (&result["version"], &result["canary_version"]),
        (&Value::from("2.0.0"), &Value::Null)
    );
    let after = system.visit(20).await;
    assert_eq!(version_count(&after, "2.0.0"), 20);
    enough.store(true, Ordering::Relaxed);
    let mut seen = Vec::new();
    for visitor in visitors {
        seen.extend(visitor.await.unwrap());
    }
    assert!(version_count(&seen, "1.2.0") > 0 && version_count(&seen, "2.0.0") > 0);
    assert!(seen.iter().all(|(status, _)| *status == 200), "a request was lost");
    system.run(&["load", "--rps", "0"]).await.done();
    let status = eventually("all visitors are answered", async || {
        let status = system.production(&["status"]).await;
        let load = &status["load"];
        (load["sent"].as_u64() == load["answered"].as_u64()).then_some(status)
    })
    .await;
    assert!(status["load"]["sent"].as_u64().unwrap() > 0);
    assert_eq!(system.counts().await["unserved"], 0);
    let counted = system.metric("stable", "http_request_duration_seconds_count", "").await;
    let sent = system.counts().await["stable"]["requests"].as_f64().unwrap();
    assert_eq!(
        counted, sent,
        "what replaced instances counted stays in the variant's sum"
    );
    let canary = system.address("admin", "/_gateway/metrics/canary");
    assert_eq!(system.fetch(&canary).await.0, 404, "there is no canary any more");
}

#[tokio::test]
async fn a_key_is_carried_out_once() {
    let system = System::up(&[]).await;
    let deploy = ["deploy", "--version", "1.3.0", "--variant", "canary", "--key", "once"];
    assert_eq!(system.production(&deploy).await["repeated"], false);
    system.production(&["weight", "--percent", "40", "--key", "w"]).await;
    let status = system.production(&["status"]).await;

    assert_eq!(system.production(&deploy).await["repeated"], true);
    let again = system.production(&["status"]).await;
    assert_eq!(
        (&again["weight"], each(&again, "pid")),
        (&Value::from(40), each(&status, "pid"))
    );
    assert_eq!(system.journal("once").await, ["begun", "done", "repeated"]);

    let other = system
        .run(&["weight", "--env", "production", "--percent", "41", "--key", "w"])
        .await;
    assert_eq!((other.code, &other.last()["outcome"]), (1, &Value::from("failed")));
    assert_eq!(system.counts().await["weight"], 40);

    let at_once = ["deploy", "--env", "staging", "--version", "1.3.0", "--key", "race"];
    let all = futures::future::join_all((0..6).map(|_| system.run(&at_once))).await;
    let fresh = all
        .iter()
        .filter(|ran| ran.code == 0 && ran.last()["repeated"] == false)
        .count();
    assert_eq!(fresh, 1, "{all:?}");
    assert!(all.iter().all(|ran| matches!(ran.code, 0 | 75)), "{all:?}");
    let kinds = system.journal("race").await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "begun").count(), 1, "{kinds:?}");
}

#[tokio::test]
async fn a_stopped_deploy_is_put_back() {
    let system = System::up(&[]).await;
    let before = system.production(&["status"]).await;
    for (signal, key, code) in [
        (Signal::SIGTERM, "t", Some(143)),
        (Signal::SIGINT, "i", Some(130)),
        (Signal::SIGKILL, "k", None),
    ] {
        let deploy = ["deploy", "--env", "production", "--version", "1.3.0", "--key", key];
        let (mut child, mut output) = system.begin(&deploy, "600000");
        // Half of it is done: one of two instances is replaced and serves.
        while !output.next_line().await.unwrap().unwrap().contains("of 300000 ms") {}
        let seen = system.visit(10).await;
        assert_eq!((version_count(&seen, "1.2.0"), version_count(&seen, "1.3.0")), (5, 5));

        send(signal, child.id().unwrap().into());
        assert_eq!(child.wait().await.unwrap().code(), code);
        eventually("the deploy is over", async || {
            (system.journal(key).await == ["begun", "interrupted"]).then_some(())
        })
        .await;
        let mut last = String::new();
        while let Some(line) = output.next_line().await.unwrap() {
            last = line;
        }
        if code.is_some() {
            assert_eq!(serde_json::from_str::<Value>(&last).unwrap()["outcome"], "interrupted");
        }
        let after = system.production(&["status"]).await;
        assert_eq!(
            (&after["version"], each(&after, "pid")),
            (&before["version"], each(&before, "pid"))
        );
        assert_eq!(after["running"], Value::Null);
        assert_eq!(version_count(&system.visit(10).await, "1.2.0"), 10);
    }
    // What was interrupted did not take effect: its key may be tried again.
    let deploy = ["deploy", "--version", "1.3.0", "--key", "t"];
    assert_eq!(system.production(&deploy).await["repeated"], false);
    assert_eq!(system.production(&["status"]).await["version"], "1.3.0");
}

#[tokio::test]
async fn a_rollback_does_not_wait() {
    let system = System::up(&[]).await;
    system
        .production(&["deploy", "--version", "1.4.0", "--variant", "canary"])
        .await;
    system.production(&["weight", "--percent", "25"]).await;
    let (mut child, mut output) = system.begin(&["promote", "--env", "production", "--key", "p"], "600000");
    while !output.next_line().await.unwrap().unwrap().contains("of 300000 ms") {}

    let busy = system
        .run(&["deploy", "--env", "production", "--version", "1.5.0"])
        .await;
    assert_eq!(
        (busy.code, &busy.last()["outcome"]),
        (75, &Value::from("retry")),
        "{busy:?}"
    );
    let mut rollback = system.command(&["rollback"]);
    rollback
        .env("SLIPWAY_ENVIRONMENT", "production")
        .env("SLIPWAY_PREVIOUS_VERSION", "storefront:1.2.0");
    let result = Ran::of(rollback.env("SLIPWAY_KEY", "r").output().await.unwrap()).done();
    assert_eq!(
        (&result["version"], &result["weight"]),
        (&Value::from("1.2.0"), &Value::from(0))
    );
    assert_eq!(
        child.wait().await.unwrap().code(),
        Some(1),
        "the promote was interrupted"
    );
    assert_eq!(system.journal("p").await, ["begun", "interrupted"]);
    assert_eq!(version_count(&system.visit(20).await, "1.2.0"), 20);
    let status = system.production(&["status"]).await;
    assert_eq!(each(&status, "variant"), ["stable", "stable"], "the canary is gone");

    system.production(&["deploy", "--version", "1.4.0"]).await;
    let left_alone = system.production(&["rollback"]).await;
    assert_eq!(
        (&left_alone["version"], &left_alone["changed"]),
        (&Value::from("1.4.0"), &Value::from(false))
    );
    let back = system.production(&["rollback", "--to", "1.2.0"]).await;
    assert_eq!(
        (&back["version"], &back["changed"]),
        (&Value::from("1.2.0"), &Value::from(true))
    );
}

#[tokio::test]
async fn values_come_by_environment_variables() {
    let system = System::up(&[]).await;
    let digest = system.publish("2.0.0", &[]).await;
    let deploy = async |digest: &str, artifact: &str| {
        let mut command = system.command(&["deploy", "--variant", "canary"]);
        command
            .env("SLIPWAY_ENVIRONMENT", "staging")
            .env("SLIPWAY_KEY", format!("{artifact}{digest}"));
        command
            .env("SLIPWAY_VERSION", "Spring release")
            .env("SLIPWAY_ARTIFACT", artifact);
        command.env("SLIPWAY_DIGEST", digest).env("SLIPWAY_DEPLOYMENT", "17");
        Ran::of(command.output().await.unwrap())
    };
    let other = format!("sha256:{}", "0".repeat(64));
    for (digest, artifact) in [
        (other.as_str(), "storefront:2.0.0"),
        ("", "storefront:9.9.9"),
        ("", "../x"),
    ] {
        let ran = deploy(digest, artifact).await;
        assert_eq!(
            (ran.code, &ran.last()["outcome"]),
            (1, &Value::from("failed")),
            "{ran:?}"
        );
    }
    let result = deploy(&digest, "storefront:2.0.0").await.done();
    assert_eq!(
        (&result["version"], &result["canary_version"]),
        (&Value::from("1.2.0"), &Value::from("2.0.0"))
    );
    let mut weight = system.command(&["weight"]);
    weight
        .env("SLIPWAY_ENVIRONMENT", "staging")
        .env("SLIPWAY_WEIGHT", "30")
        .env("SLIPWAY_KEY", "");
    assert_eq!(Ran::of(weight.output().await.unwrap()).done()["weight"], 30);
    let nowhere = system.run(&["status", "--env", "nowhere"]).await;
    assert_eq!(nowhere.code, 1);
    assert_eq!(
        system
            .run(&["weight", "--env", "staging", "--percent", "101"])
            .await
            .code,
        2
    );
}

#[tokio::test]
async fn a_dead_instance_is_started_again() {
    let system = System::up(&[]).await;
    system.visit(40).await;
    assert_eq!(system.metric("stable", "http_requests_total", "").await, 40.0);
    let before = system.production(&["status"]).await;
    let killed = each(&before, "pid")[0].as_u64().unwrap();
    send(Signal::SIGKILL, killed);
    let after = eventually("it serves again", async || {
        let status = system.production(&["status"]).await;
        let first = &status["instances"][0];
        (first["restarts"] == 1 && first["healthy"] == true).then_some(status)
    })
    .await;
    assert_ne!(each(&after, "pid")[0].as_u64().unwrap(), killed);
    assert_eq!(each(&after, "name"), each(&before, "name"));
    let seen = system.visit(40).await;
    assert!(seen.iter().all(|(status, _)| *status == 200));
    assert_eq!(
        system.metric("stable", "http_requests_total", "").await,
        80.0,
        "a death takes no counts away"
    );
}

#[tokio::test]
async fn instances_die_with_their_supervisor_and_come_back_with_it() {
    let mut system = System::up(&[]).await;
    system
        .production(&["deploy", "--version", "1.3.0", "--variant", "canary"])
        .await;
    system.production(&["weight", "--percent", "25"]).await;
    let (mut child, mut output) = system.begin(
        &["deploy", "--env", "staging", "--version", "1.3.0", "--key", "open"],
        "600000",
    );
    while !output.next_line().await.unwrap().unwrap().contains("of 300000 ms") {}
    let everything = system.run(&["status"]).await.done();
    send(Signal::SIGKILL, system.process.id().unwrap().into());
    system.process.wait().await.unwrap();
    assert_eq!(
        child.wait().await.unwrap().code(),
        Some(75),
        "the command says that it may be tried again"
    );
    eventually("the instances are gone", async || {
        pids(&everything).iter().all(|pid| !alive(*pid)).then_some(())
    })
    .await;

    let system = System::up_in(system.state, &[]).await;
    assert_eq!(system.journal("open").await, ["begun", "interrupted"]);
    let places = &system.status["environments"];
    assert_eq!(places["staging"]["version"], "1.2.0");
    let production = &places["production"];
    assert_eq!(
        (&production["version"], &production["canary_version"]),
        (&"1.2.0".into(), &"1.3.0".into())
    );
    assert_eq!(version_count(&system.visit(40).await, "1.3.0"), 10);
}

#[tokio::test]
async fn what_cannot_start_says_why_in_one_sentence() {
    let system = System::up(&[]).await;
    let second = system.run(&["up", "--ports", "0"]).await;
    assert_eq!((second.code, second.errors.lines().count()), (1, 1), "{second:?}");
    assert!(second.errors.contains("is up already"), "{second:?}");

    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let state = tempfile::tempdir().unwrap();
    let busy = slipway(state.path(), &["up", "--ports", &port]).output();
    let busy = Ran::of(timeout(PATIENCE, busy).await.unwrap().unwrap());
    assert_eq!((busy.code, busy.errors.lines().count()), (1, 1), "{busy:?}");
    assert!(
        busy.errors.contains(&format!("Port {port} on 127.0.0.1 is in use")),
        "{busy:?}"
    );
}

#[tokio::test]
async fn visitors_come_at_their_rate_and_not_for_ever() {
    let system = System::up(&["--rps", "50", "--staging-rps", "0", "--load-seconds", "2"]).await;
    let load = eventually("the time of the visitors is over", async || {
        let status = system.production(&["status"]).await;
        let load = status["load"].clone();
        (load["rps"] == 0 && load["answered"] == load["sent"]).then_some(load)
    })
    .await;
    // 50 a second for 2 seconds; never more, and on a busy machine fewer.
    let sent = load["sent"].as_u64().unwrap();
    assert!((1..=101).contains(&sent), "{load}");
    assert_eq!(system.counts().await["stable"]["requests"], sent);
    assert!(system.metric("stable", "signups_total", "").await <= sent as f64);
    let too_many = system.run(&["load", "--rps", "100000"]).await;
    assert_eq!(too_many.code, 1, "{too_many:?}");
}
