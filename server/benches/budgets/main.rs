//! `make bench`: what the budgets say, measured on the release binary with a real Postgres, real HTTP and the playground. Nothing is asserted.
//!
//! Needs DATABASE_URL of an empty database (`.make/bench` gives a throw-away one). BENCH_RUNS is the number of bad and of healthy canaries;
//! BENCH_TOKENS, BENCH_REQUESTS and BENCH_DELIVERIES shorten what is done by programs. BENCH_ONLY=size,pages,load,canaries
//! chooses among the parts; those about programs have more to read when the pages have filled the database before.

#![allow(clippy::print_stdout, reason = "it prints a table")]
#![allow(clippy::unwrap_used, reason = "a measurement that fails has nothing to say")]

mod canaries;
mod instance;
mod load;
mod pages;
mod size;

use instance::Instance;

/// One line of the table.
pub struct Line {
    pub what: String,
    pub measured: String,
    pub budget: &'static str,
}

impl Line {
    pub fn new(what: impl Into<String>, measured: impl Into<String>, budget: &'static str) -> Line {
        Line {
            what: what.into(),
            measured: measured.into(),
            budget,
        }
    }
}

/// The value below which this share of the sorted values lies.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(((last as f64) * share).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

#[tokio::main]
async fn main() {
    let runs = std::env::var("BENCH_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(40);
    println!("machine: {}", machine());
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let wanted = |part: &str| only.is_empty() || only.split(',').any(|one| one == part);
    let mut lines = if wanted("size") { size::lines() } else { Vec::new() };
    let instance = Instance::start().await;
    if wanted("pages") {
        lines.extend(pages::lines(&instance).await);
    }
    if wanted("load") {
        lines.extend(load::lines(&instance).await);
    }
    if wanted("canaries") {
        lines.extend(canaries::lines(&instance, runs).await);
    }
    instance.stop().await;
    println!("\n{:<64} {:>24}   budget", "what", "measured");
    for line in lines {
        println!("{:<64} {:>24}   {}", line.what, line.measured, line.budget);
    }
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or(": unknown processor");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib: u64 = memory
        .split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse().ok())
        .unwrap_or(0);
    format!(
        "{} x{cores}, {} GiB",
        model.trim_start_matches([':', ' ', '\t']),
        kib / 1_048_576
    )
}
